"""The sums of delivery: variance, red-amber-green, equivalents, savings. Exact, without a session or a clock.

F-numbers are the programme's own list of formulas; the limits in them are our defaults, not published ones. Money is
whole pence; shares are Fractions that `kernel.rounding.half_up` rounds where they are printed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor

from grants.kernel.rounding import half_up

Amount = int | Decimal | Fraction

SPEND_GREEN, SPEND_AMBER = Fraction(5, 100), Fraction(10, 100)
OUTCOME_GREEN, OUTCOME_AMBER = Fraction(95, 100), Fraction(80, 100)
SLIP_AMBER = 90
QUARTERS_BEFORE_PROGRESS_IS_RATED = 2


class Rag(StrEnum):
    GREEN = "green"
    AMBER = "amber"
    RED = "red"


_BY_GRAVITY = (Rag.GREEN, Rag.AMBER, Rag.RED)


@dataclass(frozen=True, slots=True)
class Variance:
    """`pence` above what was planned, below it if negative; `share` of the plan, None where nothing was planned."""

    pence: int
    share: Fraction | None


@dataclass(frozen=True, slots=True)
class FullYear:
    """What a financial year is now expected to come to, and how far that lies from its budget."""

    outturn: int
    variance: Variance


def year_to_date(profile_pence: int, actual_pence: int) -> Variance:
    """F17: actual less profile, both to the same day."""
    return _variance(actual_pence, profile_pence)


def full_year(budget_pence: int, actual_pence: int, rest_pence: int) -> FullYear:
    """F17: the outturn is what is spent plus `rest_pence`, the forecast for the rest of the year; less the budget."""
    outturn = actual_pence + rest_pence
    return FullYear(outturn, _variance(outturn, budget_pence))


def spend_rag(budget_pence: int, outturn_pence: int, *, crosses_year_end: bool = False) -> Rag:
    """F18: up to 5% off budget either way green, up to 10% amber, more red; red if any of it moves past 31 March.

    Money where none was budgeted is red.
    """
    share = _variance(outturn_pence, budget_pence).share
    if crosses_year_end or (share is None and outturn_pence):
        return Rag.RED
    off = abs(share or Fraction(0))
    return Rag.GREEN if off <= SPEND_GREEN else Rag.AMBER if off <= SPEND_AMBER else Rag.RED


def outcome_rag(expected: Amount, target: Amount) -> Rag | None:
    """F19: a forecast of 95% of the target or more is green, of 80% or more amber, below red; None without a target."""
    if not target:
        return None
    reached = Fraction(expected) / Fraction(target)
    return Rag.GREEN if reached >= OUTCOME_GREEN else Rag.AMBER if reached >= OUTCOME_AMBER else Rag.RED


def progress_rag(actual: Amount, profile: Amount, quarters: int) -> Rag | None:
    """F19: what is achieved so far against the profile to the same day, rated alike, once two quarters are reported."""
    return outcome_rag(actual, profile) if quarters >= QUARTERS_BEFORE_PROGRESS_IS_RATED else None


def slip(baseline_on: date, forecast_on: date) -> int:
    """Days by which a milestone is now expected later than planned; negative if earlier."""
    return (forecast_on - baseline_on).days


def milestone_rag(baseline_on: date, forecast_on: date, final_on: date | None = None) -> Rag:
    """F20: on time or early green, up to 90 days late amber, more red; red if past the round's final date."""
    if final_on and forecast_on > final_on:
        return Rag.RED
    late = slip(baseline_on, forecast_on)
    return Rag.GREEN if late <= 0 else Rag.AMBER if late <= SLIP_AMBER else Rag.RED


def overall_rag(ratings: Iterable[Rag | None], *, override: Rag | None = None, reason: str = "") -> Rag | None:
    """F20: the worst of spend, outcome and milestone, those not rated left out; or what a person puts in its place.

    ValueError for an override without a reason.
    """
    if override:
        if not reason.strip():
            raise ValueError("an override says why")
        return override
    return max((rating for rating in ratings if rating), key=_BY_GRAVITY.index, default=None)


def home_equivalents(counts: Iterable[tuple[Amount, Amount]]) -> Fraction:
    """F21: the sum of count times factor: a home 1, a student bedroom or a care-home room a quarter. Not rounded."""
    return sum((Fraction(count) * Fraction(factor) for count, factor in counts), Fraction(0))


def printed_homes(equivalents: Fraction) -> int:
    """F21: a printed total counts whole homes only. Never add up what comes out of this."""
    return floor(equivalents)


def annual_saving(baseline_pence: int, new_pence: int) -> int:
    """F22: what a year's running costs less than before; negative if they cost more."""
    return baseline_pence - new_pence


def payback_years(cost_pence: int, annual_saving_pence: int) -> Fraction | None:
    """F22: years until the saving has paid for the one-off cost; None if there is no saving."""
    return Fraction(cost_pence, annual_saving_pence) if annual_saving_pence > 0 else None


def cumulative_saving(annual_saving_pence: int, starts_on: date, as_at: date) -> int:
    """F22: pence saved by the end of `as_at`, a twelfth for each whole month since `starts_on`, rounded half up.

    A saving that starts on 1 April has run for a whole year at the end of 31 March. Nothing before it starts.
    """
    until = as_at + timedelta(days=1)
    months = 12 * (until.year - starts_on.year) + until.month - starts_on.month - (until.day < starts_on.day)
    return int(half_up(Fraction(annual_saving_pence * max(months, 0), 12)))


def _variance(actual_pence: int, planned_pence: int) -> Variance:
    over = actual_pence - planned_pence
    return Variance(over, Fraction(over, planned_pence) if planned_pence else None)
