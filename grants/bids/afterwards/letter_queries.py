"""Reading letters: those of one bid, and the exchanges in which the other side had the last word."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from werkzeug.exceptions import NotFound

from grants.bids.afterwards.sides import discussed_bids, speaks_for_council, speaks_for_programme
from grants.bids.models import Bid, Letter, LetterAttachment
from grants.files.models import Attachment
from grants.kernel.db import db
from grants.people.models import Person


def letters_of(bid: Bid) -> Select[Letter]:
    """The latest first, with who wrote them and what they enclose."""
    options = (joinedload(Letter.person, innerjoin=True), selectinload(Letter.enclosures))
    return select(Letter).where(Letter.bid_id == bid.id).options(*options).order_by(Letter.id.desc())


def enclosed_in(bid: Bid, letter_key: str, attachment_key: str) -> LetterAttachment:
    """A file that came with a letter about this bid; NotFound for any other."""
    held = (
        select(LetterAttachment)
        .join(LetterAttachment.letter)
        .join(LetterAttachment.attachment)
        .where(Letter.bid_id == bid.id, Letter.key == letter_key, Attachment.key == attachment_key)
        .options(contains_eager(LetterAttachment.letter), contains_eager(LetterAttachment.attachment))
    )
    found = db.session.scalar(held)
    if found is None:
        raise NotFound
    return found


def exchanges(person: Person, day: date) -> Select[Any]:
    """(bid, its last letter, whether that waits for this person's side) for each bid with letters, the latest first."""
    last = select(func.max(Letter.id)).where(Letter.bid_id == Bid.id).correlate(Bid).scalar_subquery()
    mine = discussed_bids(person, day).order_by(None).with_only_columns(Bid.id)
    rows = select(Bid).join(Letter, and_(Letter.bid_id == Bid.id, Letter.id == last)).join(Bid.round)
    rows = rows.where(Bid.id.in_(mine)).options(contains_eager(Bid.round))
    waits = case((_waits_for(person, day), true()), else_=false())
    return rows.add_columns(Letter, waits.label("waits")).order_by(Letter.id.desc())


def _waits_for(person: Person, day: date) -> ColumnElement[bool]:
    ours = and_(speaks_for_programme(person, day), Letter.from_programme.is_(False))
    return or_(ours, and_(speaks_for_council(person, day), Letter.from_programme.is_(True)))


def how_many_wait(person: Person, day: date) -> int:
    """Exchanges in which the other side wrote last."""
    waiting = exchanges(person, day).where(_waits_for(person, day)).order_by(None).with_only_columns(Bid.id)
    return db.session.scalar(select(func.count()).select_from(waiting.subquery())) or 0
