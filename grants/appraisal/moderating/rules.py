"""Which bids a panel is to talk through, found by the database for a whole round at once (F12 and our own rules).

All in whole numbers: a total is in the units of `ranking.counted`, so nothing is rounded. While an appraiser has not
submitted, no rule says anything of a bid but that it is flagged, which tells no mark.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, case, false, func, literal, not_, or_, select
from sqlalchemy.orm import aliased

from grants.appraisal.arithmetic import TOTALS_APART, WIDE_RANGE
from grants.appraisal.models import Assignment, Score
from grants.appraisal.queries import waits_for_appraisers
from grants.appraisal.ranking.counted import PLACE_UNITS, POINT, UNITS, counts, of_parts, parts_marked
from grants.appraisal.ranking.totals import ranking_of
from grants.appraisal.remarks.queries import flagged
from grants.appraisal.tallies import scored_by_few
from grants.bids.models import Bid
from grants.funds.models import Criterion, PlaceScore, Round
from grants.kernel.db import db


class Rule(StrEnum):
    """Why a bid is on the list of those to talk through."""

    RANGE = "range"
    DEVIATION = "deviation"
    TOTALS = "totals"
    LINE = "line"
    ALONE = "alone"
    FLAGS = "flags"


@dataclass(frozen=True)
class Line:
    """The total that divides bids: of the last bid within the money, or the pass mark while the money ends nowhere."""

    units: int
    drawn: bool
    """Where the money ends, and not merely the pass mark."""

    @property
    def total(self) -> Fraction:
        return Fraction(self.units, POINT)


def line_of(round_: Round, among: Select[Bid]) -> Line:
    """Worked out as if every bid that all its appraisers have scored were moderated as scored; one query.

    `among` are the bids that the reader may moderate: others count neither for the order nor for the money.
    """
    ranking = ranking_of(round_, among=among, provisional=True)
    places, pots = ranking.places, range(len(ranking.pots))
    within = and_(True, *(places.c[f"so_far_{n}"] <= ranking.budget.get(pot, 0) for n, pot in enumerate(ranking.pots)))
    passed = places.c.recommended == 1
    last = func.min(case((and_(passed, within), places.c.points)))
    beyond = func.coalesce(func.sum(case((and_(passed, not_(within)), 1), else_=0)), 0)
    if not (ranking.criteria and ranking.budget and pots):
        return Line(round_.pass_mark * POINT, drawn=False)
    units, left_out = db.session.execute(select(last, beyond)).one()
    if units is None or not left_out:
        return Line(round_.pass_mark * POINT, drawn=False)
    return Line(int(units), drawn=True)


def ready() -> ColumnElement[bool]:
    """Every appraiser who is still on the bid has submitted, and there is one."""
    return ~waits_for_appraisers()


@dataclass(frozen=True)
class Ruled:
    """Bids of one round with what each rule says of them.

    `rows` gives Bid, a column `rule_NAME`, 0 or 1, for each rule, and `is_ready`.
    """

    rows: Select[Any]
    says: Mapping[Rule, ColumnElement[bool]]

    @property
    def listed(self) -> ColumnElement[bool]:
        return or_(*self.says.values())


def ruled(bids: Select[Bid], criteria: Sequence[Criterion], line: Line, *, only: Bid | None = None) -> Ruled:
    """`bids` of one round, whose criteria and line these are; `only` this one is looked at where there is one."""
    marks = marks_that_count(criteria, only)
    spreads, totals = _spreads(marks), _totals(criteria, marks)
    places, missing = place_units(criteria)
    apart = totals.c.high - totals.c.low >= TOTALS_APART * POINT
    astride = and_(not_(missing), totals.c.high + places >= line.units, totals.c.low + places < line.units)
    says: dict[Rule, ColumnElement[bool]] = {
        Rule.RANGE: _of_ready(spreads.c.wide == 1),
        Rule.DEVIATION: _of_ready(spreads.c.scattered == 1),
        Rule.TOTALS: _of_ready(apart),
        Rule.LINE: _of_ready(astride),
        Rule.ALONE: and_(scored_by_few(), ready()),
        Rule.FLAGS: flagged(),
    }
    rows = bids.outerjoin(spreads, spreads.c.bid_id == Bid.id).outerjoin(totals, totals.c.bid_id == Bid.id)
    columns = (case((said, 1), else_=0).label(f"rule_{rule}") for rule, said in says.items())
    return Ruled(rows.add_columns(*columns, case((ready(), 1), else_=0).label("is_ready")), says)


def rules_of(bid: Bid, line: Line) -> set[Rule]:
    """Why this bid is listed; one query."""
    found = ruled(select(Bid).where(Bid.id == bid.id), list(bid.round.criteria), line, only=bid)
    row = db.session.execute(found.rows).one()
    return read_rules(row)


def read_rules(row: Any) -> set[Rule]:
    return {rule for rule in Rule if row._mapping[f"rule_{rule}"]}


def _of_ready(said: ColumnElement[bool]) -> ColumnElement[bool]:
    """False, and not unknown, for a bid without marks."""
    return and_(func.coalesce(case((said, 1), else_=0), 0) == 1, ready())


def _spreads(of_part: CTE) -> CTE:
    """One row for each bid with marks: whether those of some part lie 2 apart, or deviate by more than 1.

    The variance of a sample is (n * sum of squares - square of the sum) / (n * (n - 1)).
    """
    n = func.count()
    scatter = n * func.sum(of_part.c.mark * of_part.c.mark) - func.sum(of_part.c.mark) * func.sum(of_part.c.mark)
    parts = (
        select(
            of_part.c.bid_id,
            case((func.max(of_part.c.mark) - func.min(of_part.c.mark) >= WIDE_RANGE, 1), else_=0).label("wide"),
            case((scatter > n * (n - 1), 1), else_=0).label("scattered"),
        )
        .group_by(of_part.c.bid_id, of_part.c.criterion_id, of_part.c.part)
        .cte("spread_of_parts")
    )
    wide, scattered = func.max(parts.c.wide).label("wide"), func.max(parts.c.scattered).label("scattered")
    return select(parts.c.bid_id, wide, scattered).group_by(parts.c.bid_id).cte("spreads")


def _totals(criteria: Sequence[Criterion], marks: CTE) -> CTE:
    """One row for each bid: its lowest and its highest total among appraisers whose set is complete, in units.

    Without looked-up marks, which are the same for all of them.
    """
    each = totals_by_task(criteria, marks)
    low, high = func.min(each.c.units).label("low"), func.max(each.c.units).label("high")
    return select(each.c.bid_id, low, high).group_by(each.c.bid_id).cte("totals_of_bids")


def totals_by_task(criteria: Sequence[Criterion], marks: CTE) -> CTE:
    """`bid_id`, `person_id` and F11 in units of every complete set of marks, without looked-up criteria."""
    scored = [criterion for criterion in criteria if not criterion.looked_up]
    worth = {c.id: c.weight * (UNITS // len(c.numbered_parts)) for c in scored}
    unit = case(worth, value=marks.c.criterion_id, else_=0) if worth else literal(0)
    return (
        select(marks.c.bid_id, marks.c.person_id, func.sum(marks.c.mark * unit).label("units"))
        .group_by(marks.c.bid_id, marks.c.person_id)
        .having(func.count() == parts_marked(criteria))
        .cte("totals_of_tasks")
    )


def marks_that_count(criteria: Sequence[Criterion], only: Bid | None = None) -> CTE:
    """One row for each: bid, person, criterion, part and mark; of one bid where only that is looked at."""
    scored = [criterion for criterion in criteria if not criterion.looked_up]
    marks = (
        select(Assignment.bid_id, Assignment.person_id, Score.criterion_id, Score.part, Score.mark)
        .join(Score.assignment)
        .where(of_parts(Score, scored), counts(), Score.mark.is_not(None))
    )
    return (marks.where(Assignment.bid_id == only.id) if only else marks).cte("marks_that_count")


def place_units(criteria: Sequence[Criterion]) -> tuple[ColumnElement[int], ColumnElement[bool]]:
    """What looked-up marks add to every total of a bid, in units, and whether one of them is missing."""
    units: ColumnElement[int] = literal(0)
    missing: ColumnElement[bool] = false()
    for criterion in criteria:
        if criterion.looked_up:
            listed = aliased(PlaceScore)
            own = and_(listed.list_id == criterion.place_list_id, listed.council_id == Bid.lead_council_id)
            points = select(listed.hundredths).where(own).correlate(Bid).scalar_subquery()
            units, missing = units + points * PLACE_UNITS * criterion.weight, or_(missing, points.is_(None))
    return units, missing
