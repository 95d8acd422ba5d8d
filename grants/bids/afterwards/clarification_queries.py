"""Reading clarifications: those of one bid side by side, one of them, and which bids have one that waits."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from werkzeug.exceptions import NotFound

from grants.bids.afterwards.sides import programme_bids
from grants.bids.answers.values import in_words
from grants.bids.models import UNDER_EMBARGO, Bid, BidStatus, Clarification, ClarifiedAnswer
from grants.bids.people.places import written_by
from grants.bids.queries import visible_bids
from grants.funds.models import Question
from grants.kernel.clock import has_passed
from grants.kernel.db import db
from grants.people.models import Person

CLARIFIABLE = (BidStatus.SUBMITTED, *UNDER_EMBARGO)
"""To its council such a bid is simply submitted, and what the programme does with it must not show here either."""


class ClarificationState(StrEnum):
    """How far an ask has come, from what has happened; never stored."""

    ASKED = "asked"
    NOT_ANSWERED = "not_answered"
    """Its time is over and nothing was sent."""
    ANSWERED = "answered"
    TAKEN_BACK = "taken_back"
    OVER = "over"
    """The bid was withdrawn or decided before the council answered."""


def state_of(asked: Clarification, at: datetime) -> ClarificationState:
    if asked.taken_back_at:
        return ClarificationState.TAKEN_BACK
    if asked.answered_at:
        return ClarificationState.ANSWERED
    if asked.bid.status not in CLARIFIABLE:
        return ClarificationState.OVER
    return ClarificationState.NOT_ANSWERED if has_passed(asked.due_at, at) else ClarificationState.ASKED


def is_waiting(at: datetime) -> ColumnElement[bool]:
    """That the clarification waits for its council, with time left."""
    return and_(Clarification.answered_at.is_(None), Clarification.taken_back_at.is_(None), Clarification.due_at >= at)


def bids_asked(bid_ids: Collection[int], at: datetime) -> set[int]:
    """Those of these bids whose council is asked for clarification now; one query for a whole list."""
    if not bid_ids:
        return set()
    waiting = select(Clarification.bid_id).join(Clarification.bid).where(is_waiting(at), Bid.status.in_(CLARIFIABLE))
    return set(db.session.scalars(waiting.where(Clarification.bid_id.in_(bid_ids))))


@dataclass(frozen=True)
class ShownItem:
    """One question, its answer as submitted and the one given now, in words; empty where there is none.

    `given` says whether there is a new answer at all that the reader may see.
    """

    number: int
    item: ClarifiedAnswer
    label: str
    of: str
    """The project's title, where it was asked of one."""
    unclear: str
    old: str
    new: str
    words: str
    """What the council says about its new answer, where the question has no room for it."""
    given: bool


@dataclass(frozen=True)
class ShownClarification:
    """`items` are in the order in which they were asked."""

    asked: Clarification
    state: ClarificationState
    items: list[ShownItem]

    @property
    def answered(self) -> int:
        return sum(item.given for item in self.items)


def shown(asked: Clarification, at: datetime, *, to_council: bool) -> ShownClarification:
    """The clarification for its council, or for the programme: that sees new answers only once they were sent."""
    opened = to_council or asked.answered_at is not None
    items = [_item(number, item, opened) for number, item in enumerate(asked.items, start=1)]
    return ShownClarification(asked, state_of(asked, at), items)


def _item(number: int, item: ClarifiedAnswer, opened: bool) -> ShownItem:
    new = item.new if opened else None
    return ShownItem(
        number,
        item,
        item.question.label,
        item.project.title if item.project else "",
        item.unclear,
        in_words(item.question, item.old["is"]),
        in_words(item.question, new["is"]) if new is not None else "",
        new.get("words", "") if new is not None else "",
        new is not None,
    )


def clarifications_of(bid: Bid) -> list[Clarification]:
    """All of the bid, the latest first, with their questions; two queries however many."""
    return list(db.session.scalars(_whole().where(Clarification.bid_id == bid.id)))


def _whole() -> Select[Clarification]:
    items = selectinload(Clarification.items).options(
        joinedload(ClarifiedAnswer.question).joinedload(Question.section), joinedload(ClarifiedAnswer.project)
    )
    return select(Clarification).options(items).order_by(Clarification.id.desc())


def answers_sent(bid: Bid, at: datetime) -> list[ShownClarification]:
    """What those who judge the bid read beside it: clarifications that its council has sent."""
    sent = _whole().where(Clarification.bid_id == bid.id, Clarification.answered_at.is_not(None))
    return [shown(one, at, to_council=False) for one in db.session.scalars(sent)]


def clarification_of(bid: Bid, key: str) -> Clarification:
    """One clarification of this bid; NotFound for any other's."""
    asked = db.session.scalar(_whole().where(Clarification.bid_id == bid.id, Clarification.key == key))
    if asked is None:
        raise NotFound
    return asked


def item_of(asked: Clarification, number: int) -> ClarifiedAnswer:
    """Its question of this number, counted from one."""
    if not 1 <= number <= len(asked.items):
        raise NotFound
    return asked.items[number - 1]


def asked_by_programme(person: Person, day: date) -> Select[Any]:
    """Clarifications of the bids that this person deals with for the programme, the latest first, bid and round too."""
    mine = programme_bids(person, day).order_by(None).with_only_columns(Bid.id)
    rows = select(Clarification).join(Clarification.bid).join(Bid.round).where(Bid.id.in_(mine))
    rows = rows.options(contains_eager(Clarification.bid).contains_eager(Bid.round))
    return rows.order_by(Clarification.asked_at.desc(), Clarification.id.desc())


def to_answer(person: Person, day: date, at: datetime) -> list[Clarification]:
    """What waits for this person, who writes for a council of the bid, the first due first."""
    mine = visible_bids(person, day).where(written_by(person, day)).order_by(None).with_only_columns(Bid.id)
    rows = (
        select(Clarification)
        .join(Clarification.bid)
        .where(Bid.id.in_(mine), is_waiting(at), Bid.status.in_(CLARIFIABLE))
    )
    rows = rows.options(contains_eager(Clarification.bid)).order_by(Clarification.due_at, Clarification.id)
    return list(db.session.scalars(rows.limit(20)))
