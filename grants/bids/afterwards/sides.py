"""The two sides of a submitted bid: the people of its councils, and the programme's people who deal with it."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload
from werkzeug.exceptions import NotFound

from grants.bids.models import Bid, BidCouncil, Conflict
from grants.bids.people.places import of_councils
from grants.bids.queries import visible_bids
from grants.funds.models import Round
from grants.kernel.db import db
from grants.people.models import Appointment, Person
from grants.people.queries import standing
from grants.people.roles import COUNCIL_ROLES, Permission, Role, permissions_of

WITH_ROUND = (joinedload(Bid.round, innerjoin=True), joinedload(Bid.lead_council, innerjoin=True))
_PROGRAMME_ROLES = frozenset(Role) - COUNCIL_ROLES


def to_judge() -> ColumnElement[bool]:
    """That the programme judges the bid now: one that came late only once it was taken in."""
    return or_(Bid.late.is_(False), Bid.taken_in_at.is_not(None))


def programme_bids(person: Person, day: date) -> Select[Bid]:
    """Submitted bids that this person may deal with for the programme: none with a conflict, none of an own council."""
    own = of_councils(person.councils_on(day))
    return visible_bids(person, day).where(Bid.submitted_at.is_not(None), ~own)


def bid_of_programme(person: Person, key: str, day: date) -> Bid:
    """One of `programme_bids` with its round and lead council; NotFound for any other."""
    return _one(programme_bids(person, day), key)


def discussed_bids(person: Person, day: date) -> Select[Bid]:
    """Bids about which this person writes to the other side: for a council of the bid, or for the programme."""
    return visible_bids(person, day).where(or_(speaks_for_council(person, day), speaks_for_programme(person, day)))


def speaks_for_council(person: Person, day: date) -> ColumnElement[bool]:
    return of_councils(person.councils_where(day, Permission.BID_DISCUSS))


def speaks_for_programme(person: Person, day: date) -> ColumnElement[bool]:
    discusses = any(Permission.BID_DISCUSS in permissions_of(role) for role in person.roles_on(day) & _PROGRAMME_ROLES)
    if not discusses:
        return Bid.id.is_(None)
    return and_(Bid.submitted_at.is_not(None), ~of_councils(person.councils_on(day)))


def bid_to_discuss(person: Person, key: str, day: date) -> Bid:
    return _one(discussed_bids(person, day), key)


def acts_for(person: Person, bid: Bid, day: date) -> bool:
    """Whether the person acts for a council of this bid, and so reads it as a council does."""
    mine = person.councils_on(day)
    seat = exists().where(BidCouncil.bid_id == bid.id, BidCouncil.council_id.in_(mine))
    return bool(mine) and (bid.lead_council_id in mine or bool(db.session.scalar(select(seat))))


def programme_people(bid: Bid, permission: Permission, day: date) -> list[Person]:
    """Who holds `permission` for the programme that day and may deal with the bid: no conflict, no council in it."""
    roles = [role for role in _PROGRAMME_ROLES if permission in permissions_of(role)]
    seats = select(BidCouncil.council_id).where(BidCouncil.bid_id == bid.id)
    holds = exists().where(Appointment.person_id == Person.id, Appointment.role.in_(roles), standing(day))
    own = exists().where(Appointment.person_id == Person.id, Appointment.council_id.in_(seats), standing(day))
    barred = exists().where(Conflict.bid_id == bid.id, Conflict.person_id == Person.id)
    wanted = select(Person).where(Person.active, holds, ~own, ~barred)
    return list(db.session.scalars(wanted.order_by(Person.name, Person.id)))


def chosen_bids(bids: Select[Bid], keys: Collection[str]) -> list[Bid]:
    """Those of `bids` with these keys, in the order of their references; NotFound where one is not among them."""
    if not all(key.isascii() and key.isalnum() for key in keys):
        raise NotFound
    found = list(db.session.scalars(bids.where(Bid.key.in_(keys)).order_by(None).order_by(Bid.reference)).unique())
    if len(found) != len(set(keys)):
        raise NotFound
    return found


def counted_by_round(bids: Select[Bid]) -> list[tuple[str, str, int]]:
    """(name, code, number of bids) by round; `bids` is joined with its round."""
    columns = bids.order_by(None).with_only_columns(Round.name, Round.code, func.count())
    rows = db.session.execute(columns.group_by(Round.id, Round.name, Round.code).order_by(Round.name, Round.code))
    return [(name, code, count) for name, code, count in rows]


def _one(bids: Select[Bid], key: str) -> Bid:
    wanted = bids.where(Bid.key == key).order_by(None).join(Bid.round).join(Bid.lead_council)
    options = (contains_eager(Bid.round), contains_eager(Bid.lead_council), joinedload(Bid.partnership))
    bid = db.session.scalar(wanted.options(*options))
    if bid is None:
        raise NotFound
    return bid
