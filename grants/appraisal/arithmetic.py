"""The sums of appraisal, exact and without a session. F-numbers are the programme's own list of formulas.

Ratios are Fractions: `kernel.rounding.half_up` rounds them where they are printed, and nowhere before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from grants.kernel.rounding import half_up

Criterion = TypeVar("Criterion")

HIGHEST_MARK = 5
WIDE_RANGE = 2
WIDE_DEVIATION = 1
TOTALS_APART = 15


class SpreadFlag(StrEnum):
    """Why appraisers' marks are to be talked through (our own limits, not published ones)."""

    RANGE = "range"
    DEVIATION = "deviation"


@dataclass(frozen=True, slots=True)
class Spread:
    """How far the marks for one criterion lie apart; `deviation` is that of a sample, to three places for print."""

    low: int
    high: int
    deviation: Decimal
    flags: frozenset[SpreadFlag]

    @property
    def range(self) -> int:
        return self.high - self.low


def mean(marks: Sequence[int | Fraction]) -> Fraction | None:
    """None of no marks at all, which have no mean."""
    return sum((Fraction(mark) for mark in marks), Fraction(0)) / len(marks) if marks else None


def weighted_score(
    weights: Mapping[Criterion, int], scores: Mapping[Criterion, int | Decimal | Fraction | None]
) -> Fraction | None:
    """F11: the sum of weight times mark over 5, out of 100; None until every criterion has its mark, 0 being one.

    ValueError if the weights do not make 100, a mark lies outside 0 to 5, or one is given for no criterion of these.
    """
    if sum(weights.values()) != 100:
        raise ValueError(f"the weights make {sum(weights.values())}, not 100")
    if strange := scores.keys() - weights.keys():
        raise ValueError(f"no such criterion: {strange}")
    marks = {criterion: scores.get(criterion) for criterion in weights}
    if any(mark is not None and not 0 <= mark <= HIGHEST_MARK for mark in marks.values()):
        raise ValueError(f"a mark is from 0 to {HIGHEST_MARK}")
    given = [(weights[criterion], Fraction(mark)) for criterion, mark in marks.items() if mark is not None]
    if len(given) < len(weights):
        return None
    return sum((weight * mark for weight, mark in given), Fraction(0)) / HIGHEST_MARK


def place_mark(hundredths: int) -> Fraction:
    """A looked-up mark: 0 to 100 points of a published list, in hundredths, over 20 (our own scale, not published)."""
    return Fraction(hundredths, 100 * 20)


def shown(points: Fraction | Decimal | int, least: int = 1, most: int = 2) -> str:
    """A total or a mark for the eye: one decimal where that is exact (78.0), otherwise two (78.33). Rank by neither."""
    return str(half_up(points, places_of([points], least, most)))


def places_of(values: Iterable[Fraction | Decimal | int], least: int = 1, most: int = 2) -> int:
    """The fewest decimals, from `least`, that show all of these exactly; `most` where none do."""
    exact = [Fraction(value) for value in values]
    enough = (n for n in range(least, most) if all((value * 10**n).denominator == 1 for value in exact))
    return next(enough, max(least, most))


def spread(marks: Sequence[int]) -> Spread | None:
    """F12 for one criterion: flagged where the range is 2 or more, or the sample deviation is above 1.

    None with fewer than two marks, which cannot lie apart.
    """
    if len(marks) < 2:
        return None
    variance = _sample_variance(marks)
    flags = {
        SpreadFlag.RANGE: max(marks) - min(marks) >= WIDE_RANGE,
        SpreadFlag.DEVIATION: variance > WIDE_DEVIATION**2,
    }
    deviation = (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt()
    return Spread(min(marks), max(marks), half_up(deviation, 3), frozenset(flag for flag, up in flags.items() if up))


def totals_apart(totals: Sequence[Fraction]) -> bool:
    """F12 for a whole bid: two appraisers' weighted totals are 15 points or more apart."""
    return len(totals) > 1 and max(totals) - min(totals) >= TOTALS_APART


def cost_per_home(grant_pence: int, homes: int | Decimal | Fraction) -> int | None:
    """F1: pence of grant for each home, rounded half up; None for no homes at all, never infinite.

    `homes` may be equivalents, and so a fraction. ValueError for fewer than none.
    """
    if homes < 0:
        raise ValueError("homes cannot be fewer than none")
    return int(half_up(Fraction(grant_pence) / Fraction(homes))) if homes else None


def leverage(grant_pence: int, other_pence: int) -> Fraction | None:
    """F2: money from elsewhere (all of it, or the private part alone) for each pound of grant; None without a grant."""
    return Fraction(other_pence, grant_pence) if grant_pence else None


def intervention_rate(grant_pence: int, total_pence: int) -> Fraction | None:
    """F2: the grant's share of the total cost, 1 being all of it; None without a cost."""
    return Fraction(grant_pence, total_pence) if total_pence else None


def _sample_variance(marks: Sequence[int]) -> Fraction:
    count = len(marks)
    return Fraction(count * sum(mark * mark for mark in marks) - sum(marks) ** 2, count * (count - 1))
