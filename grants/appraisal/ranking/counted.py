"""What counts of each bid's marks, worked out by the database in whole numbers: nothing is rounded before it is shown.

A part's mark is the one that two people agreed on, or else the mean of up to six appraisers' marks, so whole sixtieths;
a criterion's is the mean of up to four parts; a looked-up one is a place score of 0 to 100 points, in hundredths, over
20. All three are whole in units of 1/18000 of a mark. `judgement.Judgement` says the same of one bid in fractions.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy import CTE, Integer, and_, case, cast, func, null, or_, select, union_all

from grants.appraisal.models import Assignment, Moderation, Score
from grants.funds.models import Criterion

UNITS = 18_000
"""Of one mark."""
POINT = 5 * UNITS
"""Of one point of a total (F11): sum of weight times units."""
PLACE_UNITS = 9
"""Of a hundredth of a point on a list of places: 100 points are 5 marks."""
_SIXTIETHS = 60


def fraction(units: int | None) -> Fraction | None:
    """A mark from its units."""
    return None if units is None else Fraction(int(units), UNITS)


def parts_marked(criteria: Sequence[Criterion]) -> int:
    """How many marks make a bid's set complete: one for each part that people mark."""
    return sum(len(criterion.numbered_parts) for criterion in criteria if not criterion.looked_up)


def counted_marks(criteria: Sequence[Criterion]) -> CTE:
    """One row for each bid with marks: `marked` parts, and `mark_ID` in units for each criterion that people mark."""
    scored = [criterion for criterion in criteria if not criterion.looked_up]
    parts = _parts(scored)
    of_part = {c.id: UNITS // _SIXTIETHS // len(c.numbered_parts) for c in scored}

    def units(criterion: Criterion) -> Any:
        own = case((parts.c.criterion_id == criterion.id, parts.c.sixtieths * of_part[criterion.id]))
        return cast(func.sum(own), Integer).label(f"mark_{criterion.id}")

    return (
        select(parts.c.bid_id, func.count().label("marked"), *map(units, scored))
        .where(parts.c.sixtieths.is_not(None))
        .group_by(parts.c.bid_id)
        .cte("marks")
        # Worked out once, whatever the planner thinks: without statistics it is anew for each bid, 2,000 times over.
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )


def _parts(criteria: Sequence[Criterion]) -> CTE:
    """One row for each part of a criterion of a bid: its mark in sixtieths."""
    nothing = cast(null(), Integer)
    given = (
        select(Assignment.bid_id, Score.criterion_id, Score.part, Score.mark.label("given"), nothing.label("agreed"))
        .join(Score.assignment)
        .where(of_parts(Score, criteria), counts(), Score.mark.is_not(None))
    )
    agreed = select(
        Moderation.bid_id, Moderation.criterion_id, Moderation.part, nothing, Moderation.settled_mark
    ).where(of_parts(Moderation, criteria))  # fmt: skip
    rows = union_all(given, agreed).cte("given")
    mean = func.sum(rows.c.given) * _SIXTIETHS // func.nullif(func.count(rows.c.given), 0)
    place = (rows.c.bid_id, rows.c.criterion_id, rows.c.part)
    mark = func.coalesce(func.max(rows.c.agreed) * _SIXTIETHS, mean)
    return select(*place, cast(mark, Integer).label("sixtieths")).group_by(*place).cte("parts")


def counts() -> Any:
    """That an assignment's scores take part: handed in, and not set aside by a conflict or its end."""
    return and_(Assignment.submitted_at.is_not(None), Assignment.ended_at.is_(None), Assignment.conflicted.is_(False))


def of_parts(marks: type[Score] | type[Moderation], criteria: Sequence[Criterion]) -> Any:
    """Of these criteria and of parts that they have."""
    by_size: dict[int, list[int]] = {}
    for criterion in criteria:
        by_size.setdefault(len(criterion.numbered_parts), []).append(criterion.id)
    return or_(False, *(and_(marks.criterion_id.in_(ids), marks.part <= size) for size, ids in by_size.items()))
