"""How much there is of what: rounds in hand, and what waits on people's desks."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, select

from grants.appraisal import queries
from grants.appraisal.models import Assignment, GateOutcome, GateResult, Moderation
from grants.bids.models import Bid, BidStatus
from grants.funds.models import Round, RoundStatus
from grants.kernel.db import db
from grants.people.models import Person


def rounds_in_hand(person: Person, day: date) -> Select[Any]:
    """Rounds that have submitted bids, with how many wait for the check, are in appraisal, moderated, and decided."""

    def counted(*statuses: BidStatus) -> ColumnElement[int]:
        return func.sum(case((Bid.status.in_(statuses), 1), else_=0))

    return (
        select(Round)
        .join(Bid, Bid.round_id == Round.id)
        .where(Bid.id.in_(queries.bids_open_to(person, day).with_only_columns(Bid.id)))
        .where(Round.status.in_((RoundStatus.PUBLISHED, RoundStatus.ANNOUNCED)))
        .add_columns(counted(BidStatus.SUBMITTED).label("to_check"), counted(BidStatus.APPRAISAL).label("in_appraisal"))
        .add_columns(counted(BidStatus.MODERATED).label("moderated"), counted(*queries.DECIDED).label("decided"))
        .group_by(Round.id)
        .order_by(Round.id.desc())
    )


# --- Desks: how many wait


def how_many(rows: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0


def fails_to_agree(person: Person, day: date) -> Select[Any]:
    """Bids with a fail that somebody else found and nobody has agreed to yet."""
    fail = exists().where(
        GateResult.bid_id == Bid.id,
        GateResult.outcome == GateOutcome.FAIL,
        GateResult.second_checker_id.is_(None),
        GateResult.checked_by_id != person.id,
    )
    return queries.bids_open_to(person, day).where(Bid.status == BidStatus.SUBMITTED, fail).with_only_columns(Bid.id)


def bids_short_of_appraisers(person: Person, day: date, least: int) -> Select[Any]:
    """Bids in appraisal with fewer than `least` appraisers still on them, and no agreed mark."""
    on_it = select(func.count()).where(Assignment.bid_id == Bid.id, queries.live()).correlate(Bid).scalar_subquery()
    begun = exists().where(Moderation.bid_id == Bid.id)
    rows = queries.bids_judged_by_others(person, day).where(Bid.status == BidStatus.APPRAISAL, on_it < least, ~begun)
    return rows.with_only_columns(Bid.id)
