"""The council people who have to do with one bid."""

from datetime import date

from sqlalchemy import ColumnElement, exists, select

from grants.bids.models import Bid, BidCouncil, BidPlace, BidRole, Conflict
from grants.bids.people.places import READERS, WRITERS
from grants.kernel.db import db
from grants.people.models import Appointment, Person
from grants.people.queries import standing
from grants.people.roles import Role


def people_on(bid: Bid, day: date, *, writing: bool = False) -> list[Person]:
    """Who may read the bid for one of its councils on that day, or may write it, in the order of their names."""
    by_role = _acts_for(bid, day, *(WRITERS if writing else READERS))
    by_place = _placed(bid, *((BidRole.AUTHOR,) if writing else BidRole)) & _acts_for(bid, day)
    barred = exists().where(Conflict.bid_id == bid.id, Conflict.person_id == Person.id)
    wanted = select(Person).where(Person.active, by_role | by_place, ~barred)
    return list(db.session.scalars(wanted.order_by(Person.name, Person.id)))


def _acts_for(bid: Bid, day: date, *roles: Role) -> ColumnElement[bool]:
    """That the person acts for a council of the bid, in one of `roles` where any are named."""
    seats = select(BidCouncil.council_id).where(BidCouncil.bid_id == bid.id)
    acts = exists().where(Appointment.person_id == Person.id, Appointment.council_id.in_(seats), standing(day))
    return acts.where(Appointment.role.in_(roles)) if roles else acts


def _placed(bid: Bid, *roles: BidRole) -> ColumnElement[bool]:
    return exists().where(
        BidPlace.bid_id == bid.id,
        BidPlace.person_id == Person.id,
        BidPlace.until_at.is_(None),
        BidPlace.role.in_(roles),
    )
