"""What was found at the gates of bids."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from grants.appraisal.models import GateOutcome, GateResult, Valuation
from grants.bids.models import Bid, BidStatus, Conflict, Project
from grants.funds.models import Gate, GateStage
from grants.kernel.db import db

REOPENED = (BidStatus.INELIGIBLE, BidStatus.APPRAISAL)
"""A concluded check is opened again from these: a moderated bid stays where it is."""
LEAST_REASON = 20
"""Characters in a reason that stands for a valuation: for another category, or for none at all (our own default)."""


def gate_results(bid: Bid) -> dict[int, GateResult]:
    """What was found so far, by gate id, those set aside too; read again, as conflicts come on record meanwhile."""
    db.session.flush()
    rows = select(GateResult).where(GateResult.bid_id == bid.id).options(joinedload(GateResult.checked_by))
    found = db.session.scalars(rows.execution_options(populate_existing=True))
    return {result.gate_id: result for result in found}


def to_check() -> ColumnElement[bool]:
    """That a bid waits for its check, or to be checked again because of a conflict of interest found since."""
    who = or_(Conflict.person_id == GateResult.checked_by_id, Conflict.person_id == GateResult.second_checker_id)
    again = select(GateResult.bid_id).join(Conflict, and_(Conflict.bid_id == GateResult.bid_id, who))
    set_aside = or_(Bid.id.in_(again), Bid.id.in_(_without_its_worth()))
    return or_(Bid.status == BidStatus.SUBMITTED, and_(Bid.status.in_(REOPENED), set_aside))


def _without_its_worth() -> Select[int]:
    """Ids of bids that passed a gate about value by a valuation that is set aside, without a reason beside it."""
    later = aliased(Valuation)
    newest = ~exists().where(later.project_id == Valuation.project_id, later.number > Valuation.number)
    made_by = and_(Conflict.bid_id == Project.bid_id, Conflict.person_id == Valuation.made_by_id)
    gone = (
        select(Project.bid_id).join(Valuation, Valuation.project_id == Project.id).join(Conflict, made_by).where(newest)
    )
    by_value = (Gate.value_at_least != "", GateResult.outcome == GateOutcome.PASS)
    no_reason = func.length(func.trim(GateResult.reason)) < LEAST_REASON
    passed = select(GateResult.bid_id).join(GateResult.gate).where(*by_value, no_reason)
    return passed.where(GateResult.bid_id.in_(gone))


def is_to_check(bid: Bid) -> bool:
    return bool(db.session.scalar(select(exists().where(Bid.id == bid.id, to_check()))))


def any_conflict(bid: Bid, people: Collection[int | None]) -> bool:
    """Whether one of them has a conflict of interest with the bid."""
    on_record = exists().where(Conflict.bid_id == bid.id, Conflict.person_id.in_(people))
    return bool(db.session.scalar(select(on_record)))


def gate_result(bid: Bid, gate_id: int) -> Select[GateResult]:
    return select(GateResult).where(GateResult.bid_id == bid.id, GateResult.gate_id == gate_id)


def gate_counts() -> Select[int, int, int, int, int, int]:
    """One row for each bid with results that count: its id, gates passed, failed, failed with a second checker, in
    query, and how many of those checked are of the gateway."""

    def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    failed = GateResult.outcome == "fail"
    return (
        select(
            GateResult.bid_id,
            counted(GateResult.outcome == "pass").label("passed"),
            counted(failed).label("failed"),
            counted(and_(failed, GateResult.agreed)).label("agreed"),
            counted(GateResult.outcome == "query").label("queries"),
            counted(Gate.stage == GateStage.GATEWAY).label("of_gateway"),
        )
        .join(GateResult.gate)
        .where(~GateResult.set_aside)
        .group_by(GateResult.bid_id)
    )


def gates_of(round_ids: Collection[int]) -> dict[tuple[int, GateStage], int]:
    """How many gates of each stage each round has."""
    rows = select(Gate.round_id, Gate.stage, func.count()).where(Gate.round_id.in_(round_ids))
    return {(round_id, stage): n for round_id, stage, n in db.session.execute(rows.group_by(Gate.round_id, Gate.stage))}
