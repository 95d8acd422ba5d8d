"""Giving and ending places in one bid."""

from datetime import datetime

from sqlalchemy import select

from grants import audit
from grants.bids.models import Bid, BidCouncil, BidPlace, BidRole
from grants.bids.writing import hold
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person


def seats_of(bid: Bid) -> set[int]:
    """Ids of the councils in the bid."""
    return set(db.session.scalars(select(BidCouncil.council_id).where(BidCouncil.bid_id == bid.id)))


def give_place(bid: Bid, person: Person, role: BidRole, *, by: Person, at: datetime) -> BidPlace:
    """A place in the bid, instead of the one that the person has there, if any. Given by two at once, it is one."""
    hold(bid)
    before = place_in(bid, person)
    if before is not None and before.role is role:
        return before
    if before is not None:
        before.until_at = at
    place = BidPlace(bid=bid, person=person, role=role, from_at=at, given_by_id=by.id)
    db.session.add(place)
    audit.record(bid, "gave_place", by=by, what=f"{person.name}, {role.value}")
    return place


def end_place(place: BidPlace, *, reason: str, by: Person, at: datetime) -> None:
    """The person has no place in the bid any more. What they may do by a role for a council stays."""
    if place.until_at is not None:
        raise Refused("This place has ended already.")
    if not reason.strip():
        raise Refused("Say why, for the record.", field="reason")
    place.until_at = at
    audit.record(place.bid, "ended_place", by=by, reason=reason, what=place.person.name)


def place_in(bid: Bid, person: Person) -> BidPlace | None:
    """The place that somebody has in a bid now."""
    there = select(BidPlace).where(BidPlace.bid_id == bid.id, BidPlace.person_id == person.id)
    return db.session.scalar(there.where(BidPlace.until_at.is_(None)).with_for_update())
