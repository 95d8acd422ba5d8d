"""Marks that bids take from published lists: nobody gives one to a bid that is closed to him or her."""

from datetime import datetime

from sqlalchemy import select

from grants.appraisal.guards import closed_to
from grants.bids.models import Bid
from grants.funds.models import PlaceScore, PlaceScoreList, Round
from grants.funds.places.keeping import before_later_edition
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person


def refuse_own_interest(round_: Round, listed: PlaceScoreList, later: PlaceScoreList, by: Person, at: datetime) -> None:
    """A later edition gives marks to the bids of councils that were not on the list before."""
    on, known = (select(PlaceScore.council_id).where(PlaceScore.list_id == one.id) for one in (later, listed))
    gains = Bid.lead_council_id.in_(on) & Bid.lead_council_id.not_in(known)
    bids = db.session.scalars(select(Bid).where(Bid.round_id == round_.id, Bid.submitted_at.is_not(None), gains))
    if any(closed_to(bid, by, at) for bid in bids.all()):
        why = "This edition gives a mark to a bid with which you have a conflict of interest."
        raise Refused(f"{why} Somebody else has to take it.", field="edition")


before_later_edition.append(refuse_own_interest)
