"""Whether a bid is one's own: what is shown of it before others may see it."""

from datetime import date

from sqlalchemy import exists, select

from grants.bids.models import Bid
from grants.bids.people.places import read_by
from grants.kernel.db import db
from grants.people.models import Person


def is_own(bid: Bid, person: Person, day: date) -> bool:
    """Whether the person reads the bid for one of its councils, or has a place in it."""
    return bool(db.session.scalar(select(exists().where(Bid.id == bid.id, read_by(person, day)))))
