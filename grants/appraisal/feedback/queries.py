"""Feedback: what is written and approved for each bid, how far a round is, and what was sent."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.selectable import Subquery

from grants.appraisal.models import Assignment, Feedback, FeedbackSent, Moderation
from grants.appraisal.queries import DECIDED
from grants.bids.models import Bid, BidStatus, Conflict
from grants.funds.models import Criterion, Round, RoundStatus
from grants.kernel.db import db

FED_BACK = (BidStatus.INELIGIBLE, BidStatus.MODERATED, *DECIDED)
"""The judgement is over: from now on feedback on the bid may be written."""


def feedback_on(bid: Bid) -> dict[int | None, Feedback]:
    """By criterion id; None is the bid as a whole. An emptied text is among them, for its version."""
    rows = (
        select(Feedback)
        .where(Feedback.bid_id == bid.id)
        .options(joinedload(Feedback.criterion), joinedload(Feedback.written_by), joinedload(Feedback.approved_by))
    )
    return {row.criterion_id: row for row in db.session.scalars(rows.execution_options(populate_existing=True))}


def written_on(bids: Collection[Bid]) -> dict[int, list[Feedback]]:
    """The texts on each bid, approved or not, by bid id; one query."""
    by_bid: dict[int, list[Feedback]] = {bid.id: [] for bid in bids}
    rows = select(Feedback).where(Feedback.bid_id.in_(by_bid), is_written()).options(joinedload(Feedback.criterion))
    for row in db.session.scalars(rows.order_by(Feedback.id)):
        by_bid[row.bid_id].append(row)
    return by_bid


def is_written() -> ColumnElement[bool]:
    return Feedback.text != ""


def conflicted_with(bid: Bid) -> set[int]:
    """Ids of the people with a conflict of interest on record."""
    return set(db.session.scalars(select(Conflict.person_id).where(Conflict.bid_id == bid.id)))


def was_scored(bid: Bid) -> bool:
    return bool(db.session.scalar(select(_scored(bid.id))))


def _scored(bid_id: Any) -> ColumnElement[bool]:
    return exists().where(Assignment.bid_id == bid_id, Assignment.submitted_at.is_not(None))


def agreed_reasons(bid: Bid) -> dict[int, list[str]]:
    """What the panel wrote, by criterion id: a starting point for who writes, copied by hand or not at all."""
    rows = select(Moderation.criterion_id, Moderation.reason).where(Moderation.bid_id == bid.id)
    reasons: dict[int, list[str]] = {}
    for criterion_id, reason in db.session.execute(rows.order_by(Moderation.criterion_id, Moderation.part)):
        reasons.setdefault(criterion_id, []).append(reason)
    return reasons


def sent_on(bid: Bid) -> FeedbackSent | None:
    return db.session.scalar(select(FeedbackSent).where(FeedbackSent.bid_id == bid.id))


def _counts() -> Subquery:
    """For each bid with feedback: its id, how many texts, how many approved, and how many of those on a criterion."""

    def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    approved = Feedback.approved_at.is_not(None)
    return (
        select(
            Feedback.bid_id,
            func.count().label("written"),
            counted(approved).label("approved"),
            counted(and_(approved, Criterion.looked_up.is_(False), Criterion.id.is_not(None))).label("criteria"),
        )
        .outerjoin(Criterion, Criterion.id == Feedback.criterion_id)
        .where(is_written())
        .group_by(Feedback.bid_id)
        .subquery()
    )


def with_progress(bids: Select[Bid]) -> Select[Any]:
    """(bid, texts written, texts approved, criteria that need one, whether all is approved, sent at) for a list."""
    counts = _counts()
    sent = select(FeedbackSent.bid_id, FeedbackSent.sent_at).subquery()
    needed = (
        select(func.count())
        .where(Criterion.round_id == Bid.round_id, Criterion.looked_up.is_(False))
        .correlate(Bid)
        .scalar_subquery()
    )
    wanted = case((_scored(Bid.id).correlate(Bid), needed), else_=0)
    whole = and_(counts.c.written > 0, counts.c.written == counts.c.approved, counts.c.criteria >= wanted)
    return (
        bids.outerjoin(counts, counts.c.bid_id == Bid.id)
        .outerjoin(sent, sent.c.bid_id == Bid.id)
        .add_columns(
            func.coalesce(counts.c.written, 0).label("written"),
            func.coalesce(counts.c.approved, 0).label("approved"),
            wanted.label("wanted"),
            case((whole, 1), else_=0).label("whole"),
            sent.c.sent_at,
        )
    )


def ready_to_send(bids: Select[Bid]) -> Select[Bid]:
    """Those whose feedback is approved as a whole, whose round is announced, and that have not got it yet."""
    rows = with_progress(bids.where(Bid.status.in_(DECIDED), Round.status == RoundStatus.ANNOUNCED)).subquery()
    ids = select(rows.c.id).where(rows.c.whole == 1, rows.c.sent_at.is_(None))
    return bids.where(Bid.id.in_(ids))


def narrowed(rows: Select[Any], show: str) -> Select[Any]:
    """`rows` as of `with_progress`, narrowed to what is to be done: write, approve, send, or what was sent."""
    inner = rows.order_by(None).subquery()
    conditions: dict[str, ColumnElement[bool]] = {
        "write": and_(inner.c.whole == 0, inner.c.written == inner.c.approved, inner.c.sent_at.is_(None)),
        "approve": and_(inner.c.written > inner.c.approved, inner.c.sent_at.is_(None)),
        "send": and_(inner.c.whole == 1, inner.c.sent_at.is_(None)),
        "sent": inner.c.sent_at.is_not(None),
    }
    return rows if show not in conditions else rows.where(Bid.id.in_(select(inner.c.id).where(conditions[show])))


def to_approve(bids: Select[Bid], person_id: int) -> Select[Feedback]:
    """Texts that wait for a second person who is not the one of this id."""
    ids = bids.with_only_columns(Bid.id).order_by(None)
    waits = and_(is_written(), Feedback.approved_at.is_(None), Feedback.written_by_id != person_id)
    return select(Feedback).where(Feedback.bid_id.in_(ids), waits)


def criteria_to_feed_back(criteria: Collection[Criterion]) -> list[Criterion]:
    """A looked-up criterion was judged by nobody here."""
    return [criterion for criterion in criteria if not criterion.looked_up]
