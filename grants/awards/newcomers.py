"""Whether a council or partnership is new to a fund: what the invitation to a round may depend on."""

from sqlalchemy import ColumnElement, or_, select

from grants.awards.models import Award
from grants.awards.queries import SPENT
from grants.bids.people.invitations import knows_awards
from grants.councils.models import Partnership
from grants.funds.models import Round, RoundStatus
from grants.kernel.db import db


@knows_awards
def has_had_award(round: Round, council_ids: set[int], partnership: Partnership | None) -> bool:
    """Whether one of these councils, or the partnership, was awarded money of the round's fund, papers included."""
    ways: list[ColumnElement[bool]] = [Award.council_id.in_(council_ids)]
    if partnership is not None:
        ways.append(Award.partnership_id == partnership.id)
    awards = select(Award.id).join(Award.round).where(or_(*ways), Award.status.not_in(SPENT))
    public = awards.where(Round.fund_id == round.fund_id, Round.status == RoundStatus.ANNOUNCED)
    return db.session.scalar(public.limit(1)) is not None
