"""What a return's figures must satisfy, before they are kept and before they are signed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from grants.awards.models import Award
from grants.funds.models import OutcomeMeasure, Unit
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear
from grants.outcomes.models import Return

MOST = 10**15
"""The largest figure taken, in hundredths or pence: ten trillion. It keeps every sum inside 64 bits."""


@dataclass(frozen=True, slots=True)
class Reported:
    """So far in a year, and expected for the whole of it: hundredths of a unit, or pence. None for an empty box."""

    actual: int | None = None
    forecast: int | None = None

    def __bool__(self) -> bool:
        return self.actual is not None or self.forecast is not None


Figures = Mapping[tuple[OutcomeMeasure, FinancialYear], Reported]
Spending = Mapping[FinancialYear, Reported]


def check_figures(progress_return: Return, figures: Figures) -> None:
    """Refused at the box in question: a measure of another round, part of a home, less than nought, an actual of a
    year to come, a forecast of a year that is over, a year's forecast below what is achieved in it already."""
    known = {measure.id for measure in progress_return.award.round.measures}
    for (measure, year), reported in figures.items():
        if measure.id not in known:
            raise Refused(f"{measure.name} is not counted in this round.")
        box = f"m_{measure.code}_{year.starts_in}"
        _check_unit(measure, reported, box)
        _check_year(progress_return, year, reported, measure.name, box)


def check_spending(progress_return: Return, spending: Spending) -> None:
    """The same for grant spent, in pence."""
    for year, reported in spending.items():
        _check_year(progress_return, year, reported, "Grant spent", f"spent_{year.starts_in}")


def _check_unit(measure: OutcomeMeasure, reported: Reported, box: str) -> None:
    for part, value in (("actual", reported.actual), ("forecast", reported.forecast)):
        if value is not None and measure.unit in (Unit.COUNT, Unit.YES_NO) and value % 100:
            raise Refused(f"{measure.name} is counted in whole numbers.", field=f"{part}_{box}")
        if value is not None and measure.unit is Unit.YES_NO and value > 100:
            raise Refused(f"{measure.name}: enter 1 for yes or 0 for no.", field=f"{part}_{box}")


def _check_year(progress_return: Return, year: FinancialYear, reported: Reported, what: str, box: str) -> None:
    actual, forecast, now = reported.actual, reported.forecast, progress_return.year
    for part, value in (("actual", actual), ("forecast", forecast)):
        if value is not None and not 0 <= value <= MOST:
            raise Refused(f"{what} in {year} must be nought or more, and not so large.", field=f"{part}_{box}")
    if actual is not None and year > now:
        raise Refused(f"{what}: nothing can have been achieved in {year} yet.", field=f"actual_{box}")
    if forecast is not None and year < now:
        raise Refused(f"{what}: {year} is over, so there is nothing left to forecast.", field=f"forecast_{box}")
    if actual is not None and forecast is not None and forecast < actual:
        raise Refused(
            f"{what}: the forecast for the whole of {year} is below what is achieved already.", field=f"forecast_{box}"
        )


def fallen(before: Return | None, figures: Figures) -> list[str]:
    """Names of measures of which less is now said to be achieved, over all years, than the return before had it."""
    if before is None:
        return []
    then: dict[int, int] = {}
    for figure in before.figures:
        then[figure.measure_id] = then.get(figure.measure_id, 0) + (figure.actual_hundredths or 0)
    now: dict[int, int] = {}
    names: dict[int, str] = {figure.measure_id: figure.measure.name for figure in before.figures}
    for (measure, _year), reported in figures.items():
        now[measure.id] = now.get(measure.id, 0) + (reported.actual or 0)
    return [names[measure_id] for measure_id, sum_then in then.items() if now.get(measure_id, 0) < sum_then]


def lacking(progress_return: Return, award: Award, profile_years: Collection[FinancialYear]) -> list[str]:
    """Sentences on what a return still needs before it can go to the Section 151 officer."""
    year = progress_return.year
    told = any(f.actual_hundredths is not None or f.forecast_hundredths is not None for f in progress_return.figures)
    spent = any(line.year == year and line.actual_pence is not None for line in progress_return.spending)
    wrong = {
        "Say what has happened this quarter.": not progress_return.progress,
        "Enter what has been achieved or is expected for at least one measure.": bool(award.round.measures)
        and not told,
        f"Enter the grant spent so far in {year}; nought if there was none.": year in profile_years and not spent,
    }
    return [sentence for sentence, applies in wrong.items() if applies]
