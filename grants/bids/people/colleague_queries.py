"""Reading who acts for a council and who has to do with a bid, for those who keep them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import joinedload

from grants.bids.models import BEING_WRITTEN, Bid, BidCouncil, BidPlace, Task
from grants.bids.people.places import of_councils, read_by
from grants.bids.queries import visible_bids
from grants.councils.models import Council
from grants.kernel.db import db, found
from grants.people.models import Appointment, Invitation, Person
from grants.people.queries import standing
from grants.people.roles import Role

T = TypeVar("T", BidPlace, Task)
INVITES = (Role.BID_COORDINATOR, Role.COUNCIL_ADMINISTRATOR)
"""Of the lead council: they invite to its bids for every council in them."""


def council_to_keep(person: Person, code: str, day: date) -> Council:
    """The council of this code if the person is its administrator that day; NotFound otherwise."""
    return found(councils_kept_by(person, day).where(Council.code == code))


def councils_kept_by(person: Person, day: date) -> Select[Council]:
    mine = person.councils_on(day, Role.COUNCIL_ADMINISTRATOR)
    return select(Council).where(Council.id.in_(mine)).order_by(Council.name)


def acting_for(council: Council, day: date) -> Select[Person]:
    """Everyone with a role for the council that day, in the order of their names."""
    acts = exists().where(Appointment.person_id == Person.id, Appointment.council_id == council.id, standing(day))
    return select(Person).where(acts).order_by(Person.name, Person.id)


def colleague(council: Council, key: str, day: date) -> Person:
    """Somebody who acts for the council that day; NotFound for anyone else."""
    return found(acting_for(council, day).where(Person.key == key))


def roles_here(people: Collection[Person], council: Council, day: date) -> dict[int, list[Appointment]]:
    """By id of a person: the roles held for this council that day, and for no other."""
    return {person.id: [a for a in person.appointments_on(day) if a.council_id == council.id] for person in people}


def bid_of_council_side(person: Person, key: str, day: date) -> Bid:
    """A bid that this person reads for one of its councils; NotFound for any other, whatever else they may read."""
    return found(visible_bids(person, day).where(read_by(person, day), Bid.key == key).order_by(None))


def bid_to_invite_to(person: Person, key: str, day: date) -> Bid:
    """The same, where the person may also invite to it: for a council of theirs, or for the lead to every one."""
    may = or_(
        of_councils(person.councils_on(day, *INVITES), leading=True),
        of_councils(person.councils_on(day, Role.COUNCIL_ADMINISTRATOR)),
    )
    return found(visible_bids(person, day).where(may, Bid.key == key).order_by(None))


def councils_to_invite_for(person: Person, bid: Bid, day: date) -> list[Council]:
    """The councils of the bid for whose colleagues this person may invite, lead first."""
    seats = select(Council).join(BidCouncil, BidCouncil.council_id == Council.id).where(BidCouncil.bid_id == bid.id)
    if bid.lead_council_id not in person.councils_on(day, *INVITES):
        seats = seats.where(Council.id.in_(person.councils_on(day, Role.COUNCIL_ADMINISTRATOR)))
    return list(db.session.scalars(seats.order_by(BidCouncil.position)))


def invitations_to(bid: Bid, councils: Collection[Council]) -> Select[Any]:
    """(invitation, council's name) rows of those sent for this bid and these councils, newest first."""
    ids = [council.id for council in councils]
    return _invitations(Invitation.bid_id == bid.id, Invitation.council_id.in_(ids))


def invitations_of(council: Council) -> Select[Any]:
    """The same for everything that was sent for one council, to its roles and to its bids."""
    return _invitations(Invitation.council_id == council.id)


def _invitations(*which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(Invitation)
        .add_columns(Council.name)
        .join(Council, Council.id == Invitation.council_id)
        .where(*which)
        .options(joinedload(Invitation.invited_by))
        .order_by(Invitation.invited_at.desc(), Invitation.id.desc())
    )


def invitation_among(rows: Select[Any], key: str) -> Invitation:
    """NotFound for an invitation that is not one of these."""
    return found(rows.with_only_columns(Invitation).where(Invitation.key == key))


def state_of(invitation: Invitation, at: datetime) -> str:
    """One of accepted, taken_back, too_old and waiting."""
    if invitation.accepted_at:
        return "accepted"
    if invitation.taken_back_at:
        return "taken_back"
    return "waiting" if invitation.open_at(at) else "too_old"


def places_in(bid: Bid) -> list[BidPlace]:
    """The places that stand in a bid, in the order of the people's names."""
    there = select(BidPlace).where(BidPlace.bid_id == bid.id, BidPlace.until_at.is_(None)).join(BidPlace.person)
    return list(db.session.scalars(there.options(joinedload(BidPlace.person)).order_by(Person.name, BidPlace.id)))


@dataclass(frozen=True)
class Held:
    """What a person has in hand in one bid: a place, tasks that are not done, a draft that he or she started."""

    bid: Bid
    place: BidPlace | None
    tasks: list[Task]
    started: bool


def held_by(person: Person, council: Council) -> list[Held]:
    """Everything that would be left lying if this person left the council, by bid; four queries at most."""
    ours = exists().where(BidCouncil.bid_id == Bid.id, BidCouncil.council_id == council.id)
    places = _by_bid(select(BidPlace).where(BidPlace.person_id == person.id, BidPlace.until_at.is_(None)))
    tasks = _by_bid(select(Task).where(Task.person_id == person.id, Task.ended_at.is_(None)))
    draft = (Bid.started_by_id == person.id) & Bid.status.in_(BEING_WRITTEN)
    wanted = select(Bid).where(ours, or_(Bid.id.in_([*places, *tasks]), draft)).order_by(Bid.title, Bid.id)
    return [
        Held(
            bid,
            next(iter(places.get(bid.id, [])), None),
            tasks.get(bid.id, []),
            bid.started_by_id == person.id and bid.being_written,
        )
        for bid in db.session.scalars(wanted.options(joinedload(Bid.round)))
    ]


def _by_bid(rows: Select[T]) -> dict[int, list[T]]:
    found_rows: dict[int, list[T]] = {}
    for row in db.session.scalars(rows):
        found_rows.setdefault(row.bid_id, []).append(row)
    return found_rows
