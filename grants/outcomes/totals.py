"""What a programme has achieved in all: homes, jobs, capital receipts and running-cost savings against target."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, and_, case, cast, func, select

from grants.awards.models import Award, AwardStatus
from grants.bids.models import OutcomeLine
from grants.funds.models import Heading, OutcomeMeasure, Unit
from grants.kernel.db import db
from grants.outcomes.models import Return, ReturnFigure, ReturnStatus
from grants.outcomes.queries import SIGNED

_COUNTED = (AwardStatus.PROPOSED, AwardStatus.OFFERED, AwardStatus.ACCEPTED)
"""Awards whose promised outcomes are a target: those declined or withdrawn promise nothing any more."""


@dataclass
class HeadingTotal:
    """One heading over some rounds, in hundredths of `unit`. Each of an award's figures is from its latest return.

    `actual` and `forecast` (what is expected in all) are from signed returns, `validated` from validated ones.
    `target` is what projects promised, or what the programme stated for a round none of whose projects promised
    anything; `stated` says of which rounds the second holds. `programme_target` was stated over all rounds.
    """

    heading: Heading
    unit: Unit
    target: int | None = None
    actual: int = 0
    forecast: int = 0
    validated: int = 0
    stated: list[str] = field(default_factory=list)
    programme_target: int | None = None
    programme_source: str = ""


_UNITS = {
    Heading.HOMES: Unit.COUNT,
    Heading.JOBS: Unit.FTE,
    Heading.RECEIPTS: Unit.POUNDS,
    Heading.SAVINGS: Unit.POUNDS_A_YEAR,
}


def programme_totals(round_ids: Collection[int]) -> list[HeadingTotal]:
    """The four headings over these rounds, each by its headline measure alone. Two queries."""
    totals = {heading: HeadingTotal(heading, unit) for heading, unit in _UNITS.items()}
    for heading, actual, forecast, validated in _reported(round_ids):
        total = totals[heading]
        total.actual, total.forecast, total.validated = actual or 0, forecast or 0, validated or 0
    for measure, promised in _promised(round_ids):
        _add_target(totals[measure.heading], measure, promised)
    return list(totals.values())


def _add_target(total: HeadingTotal, measure: OutcomeMeasure, promised: int | None) -> None:
    stated = measure.target_hundredths
    if measure.target_of_programme and stated is not None:
        total.programme_target = max(stated, total.programme_target or 0)
        total.programme_source = measure.target_source
        stated = None
    if promised is None and stated is not None:
        total.stated.append(measure.target_source)
    known = promised if promised is not None else stated
    if known is not None:
        total.target = (total.target or 0) + known


def _reported(round_ids: Collection[int]) -> Sequence[Row[Heading, int, int, int]]:
    """(heading, actual, expected in all, validated): the latest signed return of each award, and its latest validated
    one."""
    newest_first = (Return.year.desc(), Return.quarter_number.desc())
    ranked = (
        select(
            Return.id,
            Return.status,
            func.row_number().over(partition_by=Return.award_id, order_by=newest_first).label("place"),
            func.row_number()
            .over(partition_by=(Return.award_id, Return.status), order_by=newest_first)
            .label("place_among_alike"),
        )
        .join(Award, Award.id == Return.award_id)
        .where(Return.status.in_(SIGNED), Award.round_id.in_(round_ids), Award.status.in_(_COUNTED))
        .subquery()
    )
    newest = ranked.c.place == 1
    checked = and_(ranked.c.status == ReturnStatus.VALIDATED, ranked.c.place_among_alike == 1)
    actual = ReturnFigure.actual_hundredths
    expected = func.coalesce(ReturnFigure.forecast_hundredths, actual)
    summed = (
        select(
            OutcomeMeasure.heading,
            _sum(case((newest, actual))),
            _sum(case((newest, expected))),
            _sum(case((checked, actual))),
        )
        .join(ranked, ranked.c.id == ReturnFigure.return_id)
        .join(OutcomeMeasure, OutcomeMeasure.id == ReturnFigure.measure_id)
        .where(OutcomeMeasure.headline, OutcomeMeasure.heading.in_(_UNITS))
        .group_by(OutcomeMeasure.heading)
    )
    return db.session.execute(summed).all()


def _promised(round_ids: Collection[int]) -> Sequence[Row[OutcomeMeasure, int]]:
    """Each headline measure of these rounds with what awarded projects promise of it; None where none does."""
    promised = (
        select(_sum(OutcomeLine.hundredths))
        .join(Award, Award.project_id == OutcomeLine.project_id)
        .where(OutcomeLine.measure_id == OutcomeMeasure.id, Award.status.in_(_COUNTED))
        .correlate(OutcomeMeasure)
        .scalar_subquery()
    )
    measures = select(OutcomeMeasure, promised).where(
        OutcomeMeasure.round_id.in_(round_ids), OutcomeMeasure.headline, OutcomeMeasure.heading.in_(_UNITS)
    )
    return db.session.execute(measures).all()


def _sum(value: Any) -> ColumnElement[int]:
    """A sum that stays a whole number on PostgreSQL, whose own would be a decimal."""
    return cast(func.sum(value), BigInteger)
