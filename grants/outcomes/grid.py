"""The figures of a return as tables: for each measure, and for the grant spent, a row a year beside what was promised
and what the return before said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from grants.funds.models import OutcomeMeasure, Unit
from grants.kernel.financial_year import FinancialYear
from grants.outcomes.checks import Reported
from grants.outcomes.models import Return
from grants.outcomes.queries import previous_return, targets, years_of

SPENT = "spent"
GRANT_SPENT = "grant_spent"
"""A measure that templates name and a return does not ask for again: its table of spending has it, to the penny."""


@dataclass(frozen=True)
class Row:
    year: FinancialYear
    target: int | None
    before: Reported
    now: Reported


@dataclass(frozen=True)
class Block:
    """One table. `key` begins the names of its boxes; figures are hundredths of the unit, so pence for pounds."""

    key: str
    title: str
    unit: Unit
    rows: tuple[Row, ...]
    measure: OutcomeMeasure | None = None

    @property
    def empty(self) -> bool:
        """Nothing promised, reported or expected in any year."""
        return not any(row.target is not None or row.before or row.now for row in self.rows)

    @property
    def target(self) -> int | None:
        return _sum(row.target for row in self.rows)

    @property
    def before(self) -> int | None:
        return _sum(row.before.actual for row in self.rows)

    @property
    def now(self) -> int | None:
        return _sum(row.now.actual for row in self.rows)

    @property
    def expected(self) -> int | None:
        """In all, by the latest forecasts: a year without one counts with what was achieved in it."""
        return _sum(expected_in(row.now) for row in self.rows)


@dataclass(frozen=True)
class Grid:
    years: list[FinancialYear]
    blocks: tuple[Block, ...]
    before: Return | None
    has_targets: bool


def grid_of(progress_return: Return, day: date) -> Grid:
    """All tables of one return. Two queries, besides what came with the return."""
    award = progress_return.award
    promised, profile = targets(award), award.profile(day)
    before = previous_return(award, progress_return.quarter)
    years = years_of(progress_return, promised, profile)
    said, said_before = _figures(progress_return), _figures(before)
    spent, spent_before = _spending(progress_return), _spending(before)
    nothing = Reported()

    def counted(measure: OutcomeMeasure, year: FinancialYear) -> Row:
        cell = measure.id, year
        return Row(year, promised.get(cell), said_before.get(cell, nothing), said.get(cell, nothing))

    def paid(year: FinancialYear) -> Row:
        return Row(year, profile.get(year), spent_before.get(year, nothing), spent.get(year, nothing))

    blocks = [
        Block(f"m_{measure.code}", measure.name, measure.unit, tuple(counted(measure, y) for y in years), measure)
        for measure in award.round.measures
        if measure.code != GRANT_SPENT
    ]
    blocks.append(Block(SPENT, "Grant spent", Unit.POUNDS, tuple(paid(year) for year in years)))
    return Grid(years, tuple(blocks), before, bool(promised))


def expected_in(reported: Reported) -> int | None:
    return reported.actual if reported.forecast is None else reported.forecast


def _figures(progress_return: Return | None) -> dict[tuple[int, FinancialYear], Reported]:
    figures = progress_return.figures if progress_return else []
    return {(f.measure_id, f.year): Reported(f.actual_hundredths, f.forecast_hundredths) for f in figures}


def _spending(progress_return: Return | None) -> dict[FinancialYear, Reported]:
    lines = progress_return.spending if progress_return else []
    return {line.year: Reported(line.actual_pence, line.forecast_pence) for line in lines}


def _sum(values: Iterable[int | None]) -> int | None:
    """None where there is nothing to add up, which is not nought."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
