"""Whose a bid is: the conditions under which council people read and write it, by their roles and by places in it."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, exists, false, or_, select

from grants.bids.models import Bid, BidCouncil, BidPlace, BidRole
from grants.kernel.db import db
from grants.people.models import Person
from grants.people.roles import COUNCIL_ROLES, Role

WRITERS = (Role.BID_AUTHOR, Role.BID_COORDINATOR)
READERS = tuple(sorted(COUNCIL_ROLES - {Role.COLLEAGUE}))
"""They read every bid of their council; a colleague only those in which he or she has a place."""


def of_councils(council_ids: Collection[int], *, leading: bool = False) -> ColumnElement[bool]:
    """That one of these councils takes part in the bid, or leads it."""
    if not council_ids:
        return false()
    if leading:
        return Bid.lead_council_id.in_(council_ids)
    return exists().where(BidCouncil.bid_id == Bid.id, BidCouncil.council_id.in_(council_ids))


def read_by(person: Person, day: date) -> ColumnElement[bool]:
    """That the person may read the bid for a council: by a role for one of its councils, or by a place in it."""
    return or_(of_councils(person.councils_on(day, *READERS)), _placed(person, day, *BidRole))


def written_by(person: Person, day: date) -> ColumnElement[bool]:
    """That the person may write it: author or coordinator for one of its councils, or an author's place in it."""
    return or_(of_councils(person.councils_on(day, *WRITERS)), _placed(person, day, BidRole.AUTHOR))


def writes(person: Person, bid: Bid, day: date) -> bool:
    """Whether this person may write this bid; for buttons, since the query of a page that writes decides for real."""
    return bool(db.session.scalar(select(exists().where(Bid.id == bid.id, written_by(person, day)))))


def _placed(person: Person, day: date, *roles: BidRole) -> ColumnElement[bool]:
    """A place is worth nothing to somebody who no longer acts for any council of the bid."""
    acts_for = person.councils_on(day)
    if not acts_for:
        return false()
    place = exists().where(BidPlace.bid_id == Bid.id, BidPlace.person_id == person.id, BidPlace.until_at.is_(None))
    return place.where(BidPlace.role.in_(roles)) & of_councils(acts_for)
