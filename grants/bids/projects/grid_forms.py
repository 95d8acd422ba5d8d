"""The two grids of a project, money and outcomes: a row for each kind, a box for each year."""

from dataclasses import dataclass
from typing import Any

from grants.bids.checks import streams_of
from grants.bids.models import FundingSource, Project
from grants.bids.projects.operations import Funding, Outcomes, outcome_years
from grants.funds.models import OutcomeMeasure, Round, Stream, Unit
from grants.kernel.financial_year import FinancialYear
from grants.kernel.forms import EditForm, HundredthsField, PenceField

SOURCES = {
    FundingSource.GRANT: "Grant asked for",
    FundingSource.COUNCIL: "The council's own money",
    FundingSource.PUBLIC: "Other public money",
    FundingSource.PRIVATE: "Private money",
    FundingSource.RIGHT_TO_BUY: "Right to Buy receipts",
}


@dataclass(frozen=True)
class GridRow:
    """`boxes` are names of fields, one for each year of the grid; `total` is of what is saved, in the row's unit."""

    label: str
    boxes: list[str]
    total: int
    unit: Unit = Unit.POUNDS


@dataclass(frozen=True)
class Grid:
    form: EditForm
    columns: list[str]
    rows: list[GridRow]
    totals: list[int]
    """Of each column, over the rows; empty where rows have different units."""
    corner: str = "What"
    whole: str = "All"
    """How the row of totals is headed."""

    @property
    def total(self) -> int:
        return sum(self.totals)


def funding_grid(project: Project) -> Grid:
    round = project.bid.round
    saved = {(line.year, line.stream, line.source): line.pence for line in project.funding}
    fields: dict[str, Any] = {}
    rows = []
    for source, stream in kinds_of_money(round, project):
        label = f"{SOURCES[source]}, {stream}"
        names = {f"f_{source}_{stream}_{year.starts_in}": year for year in round.years}
        fields |= {name: PenceField(f"{label}, {year}") for name, year in names.items()}
        total = sum(pence for (_, *place), pence in saved.items() if place == [stream, source])
        rows.append(GridRow(label, list(names), total))
    data = {_funding_name(*place): pence for place, pence in saved.items()}
    form: EditForm = type("FundingForm", (EditForm,), fields)(data={**data, "version": project.version})
    totals = [sum(pence for (when, *_), pence in saved.items() if when == year) for year in round.years]
    return Grid(form, [str(year) for year in round.years], rows, totals)


def kinds_of_money(round: Round, project: Project) -> list[tuple[FundingSource, Stream]]:
    """The grant as the fund pays it, and whatever else in either stream; and what is saved against the rules."""
    saved = {(line.source, line.stream) for line in project.funding}
    allowed = streams_of(round)
    return [
        (source, stream)
        for source in FundingSource
        for stream in Stream
        if source is not FundingSource.GRANT or stream in allowed or (source, stream) in saved
    ]


def _funding_name(year: FinancialYear, stream: Stream, source: FundingSource) -> str:
    return f"f_{source}_{stream}_{year.starts_in}"


def typed_funding(grid: Grid, project: Project) -> Funding:
    """What the boxes hold; an empty one is no money."""
    return {
        (year, stream, source): grid.form[_funding_name(year, stream, source)].data or 0
        for source, stream in kinds_of_money(project.bid.round, project)
        for year in project.bid.round.years
    }


def outcomes_grid(project: Project) -> Grid:
    round = project.bid.round
    years = outcome_years(project.bid)
    saved = {(line.measure_id, line.year): line.hundredths for line in project.outcomes}
    fields: dict[str, Any] = {}
    rows = []
    for measure in round.measures:
        names = {f"m{measure.id}_{year.starts_in}": year for year in years}
        fields |= {name: measure_box(measure, f"{measure.name}, {year}") for name, year in names.items()}
        total = sum(hundredths for (measure_id, _), hundredths in saved.items() if measure_id == measure.id)
        rows.append(GridRow(measure.name, list(names), total, measure.unit))
    data = {f"m{measure_id}_{year.starts_in}": hundredths for (measure_id, year), hundredths in saved.items()}
    form: EditForm = type("OutcomesForm", (EditForm,), fields)(data={**data, "version": project.version})
    return Grid(form, [str(year) for year in years], rows, [])


def measure_box(measure: OutcomeMeasure, label: str) -> Any:
    if measure.unit in (Unit.POUNDS, Unit.POUNDS_A_YEAR):
        return PenceField(label)
    return HundredthsField(label, decimals=measure.unit not in (Unit.COUNT, Unit.YES_NO))


def typed_outcomes(grid: Grid, project: Project) -> Outcomes:
    return {
        (measure, year): grid.form[f"m{measure.id}_{year.starts_in}"].data or 0
        for measure in project.bid.round.measures
        for year in outcome_years(project.bid)
    }
