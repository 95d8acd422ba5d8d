"""What stands on the sheets of the workbook: one description, by which they are written, read back and compared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeAlias

from grants.bids.answers.values import digest
from grants.bids.forms import PLANNING
from grants.bids.models import Bid, Project, Site, ValueKind
from grants.bids.projects.forms import IMPACTS, LIKELIHOODS, PROXIMITIES, years_shown
from grants.bids.projects.grid_forms import SOURCES, kinds_of_money
from grants.bids.projects.operations import outcome_years
from grants.bids.projects.parts import asks, milestone_names
from grants.bids.projects.value import VALUE_WORDS
from grants.funds.definition.types import ProjectPart
from grants.funds.models import Stream
from grants.kernel.exports import fit_cell, xml_text
from grants.kernel.financial_year import FinancialYear
from grants.kernel.money import pounds
from grants.kernel.sheets import MOST_EXACT_PENCE

Cell: TypeAlias = str | int | date | None
"""Text or the value of a choice, pence or hundredths or a whole number, a day; None for an empty cell."""
PROJECTS, SITES, FUNDING, OUTCOMES = "Projects", "Sites", "Funding", "Outcomes"
MILESTONES, RISKS, VALUE = "Milestones", "Risks", "Value"
YES, NO, NOT_KNOWN = "yes", "no", ""


class Holds(StrEnum):
    TEXT = "text"
    MONEY = "money"
    NUMBER = "number"
    WHOLE = "whole"
    DAY = "day"
    CHOICE = "choice"
    PLACE = "place"
    """Says what the row is about; of a row that was handed out it may not be changed."""
    TITLE = "title"
    """Stands there to be read: what is typed over it is not taken."""


@dataclass(frozen=True)
class Column:
    """`field` is the name of the field on the form that checks the cell; `options` are values and their words."""

    field: str
    head: str
    holds: Holds
    width: int = 14
    options: tuple[tuple[str, str], ...] = ()

    @property
    def is_data(self) -> bool:
        return self.holds not in (Holds.PLACE, Holds.TITLE)


@dataclass(frozen=True)
class Row:
    """`key` names the row in the product; `cells` are in the order of the columns."""

    key: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Sheet:
    """`noun` is what a row is called, one and many."""

    name: str
    noun: tuple[str, str]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    removable: bool = False
    """Whether a row is a thing of its own, which may be taken off the bid."""

    def raw(self, row: Row) -> tuple[str, ...]:
        """The cells of a row as a reader of the file finds them."""
        return tuple(raw(cell, column) for cell, column in zip(row.cells, self.columns, strict=True))

    def mark(self, raws: tuple[str, ...]) -> str:
        """Of what may be changed in a row: the same as long as nobody has changed it."""
        return digest([text for text, column in zip(raws, self.columns, strict=True) if column.is_data])


def raw(cell: Cell, column: Column) -> str:
    """A cell as text, the same for what was written and for what was read again."""
    if cell is None or cell == "":
        return dict(column.options).get("", "") if column.holds is Holds.CHOICE else ""
    if isinstance(cell, date):
        return cell.isoformat()
    if column.holds is Holds.CHOICE or column.options:
        return dict(column.options)[str(cell)]
    if isinstance(cell, int):
        return _number(cell, column.holds)
    return fit_cell(xml_text(cell))


def _number(cell: int, holds: Holds) -> str:
    if holds in (Holds.WHOLE, Holds.PLACE):
        return str(cell)
    return pounds(cell) if is_inexact(cell) else f"{cell / 100:.15g}"


def is_inexact(hundredths: int) -> bool:
    """Whether a spreadsheet would round it, so that it is written as text."""
    return hundredths > MOST_EXACT_PENCE


def sheets_of(bid: Bid) -> list[Sheet]:
    """The sheets that the round asks for, of a bid loaded in full. Projects are numbered in their order."""
    numbered = list(enumerate(bid.projects, start=1))
    made = {
        ProjectPart.SITES: _sites,
        ProjectPart.FUNDING: _funding,
        ProjectPart.OUTCOMES: _outcomes,
        ProjectPart.MILESTONES: _milestones,
        ProjectPart.RISKS: _risks,
        ProjectPart.VALUE: _value,
    }
    return [_projects(bid, numbered), *(make(bid, numbered) for part, make in made.items() if asks(bid.round, part))]


Numbered: TypeAlias = list[tuple[int, Project]]
_PLACE = (Column("number", "Project no.", Holds.PLACE, 10), Column("title", "Project", Holds.TITLE, 30))


def _options(words: Mapping[Any, str]) -> tuple[tuple[str, str], ...]:
    return tuple((str(value), said) for value, said in words.items())


def _projects(bid: Bid, numbered: Numbered) -> Sheet:
    councils = tuple((seat.council.code, seat.council.name) for seat in bid.councils)
    columns = [
        Column("number", "Project no.", Holds.PLACE, 10),
        Column("title", "Title of the project", Holds.TEXT, 40),
        Column("council", "Council that leads the project", Holds.CHOICE, 34, councils),
        Column("summary", "The project in one sentence", Holds.TEXT, 60),
    ]
    if with_value := asks(bid.round, ProjectPart.VALUE):
        columns += [
            Column("optimism_bias", "Optimism bias, in percent", Holds.NUMBER),
            Column("additionality", "Additionality, in percent", Holds.NUMBER),
            Column("value_note", "Where do the figures of value come from?", Holds.TEXT, 50),
        ]
    rows = []
    for number, project in numbered:
        cells: list[Cell] = [number, project.title, project.council.code, project.summary]
        cells += [project.optimism_bias, project.additionality, project.value_note] if with_value else []
        rows.append(Row(project.key, tuple(cells)))
    return Sheet(PROJECTS, ("project", "projects"), tuple(columns), tuple(rows), removable=True)


def _sites(bid: Bid, numbered: Numbered) -> Sheet:
    known = ((YES, "Yes"), (NO, "No"), (NOT_KNOWN, "Not known"))
    columns = (
        *_PLACE,
        Column("name", "Name of the site", Holds.TEXT, 30),
        Column("address", "Address", Holds.TEXT, 30),
        Column("postcode", "Postcode", Holds.TEXT, 10),
        Column("uprn", "UPRN", Holds.TEXT, 14),
        Column("title_number", "Title number", Holds.TEXT, 12),
        Column("easting", "Easting", Holds.WHOLE, 10),
        Column("northing", "Northing", Holds.WHOLE, 10),
        Column("hectares", "Area in hectares", Holds.NUMBER, 10),
        Column("owner", "Who owns it?", Holds.TEXT, 24),
        Column("current_use", "What is it used for now?", Holds.TEXT, 24),
        Column("brownfield", "Is it brownfield land?", Holds.CHOICE, 12, known),
        Column(
            "planning", "Planning permission", Holds.CHOICE, 26, _options({k.value: w for k, w in PLANNING.items()})
        ),
        Column("constraints", "What stands in the way of using it?", Holds.TEXT, 40),
    )
    rows = [Row(site.key, (n, project.title, *_site(site))) for n, project in numbered for site in project.sites]
    return Sheet(SITES, ("site", "sites"), columns, tuple(rows), removable=True)


def _site(site: Site) -> Iterator[Cell]:
    yield from (site.name, site.address, site.postcode, site.uprn, site.title_number, site.easting, site.northing)
    yield None if site.hectares is None else round(site.hectares * 100)
    yield from (site.owner, site.current_use)
    yield NOT_KNOWN if site.brownfield is None else YES if site.brownfield else NO
    yield from (site.planning.value, site.constraints)


def _years(years: list[FinancialYear], holds: Holds) -> tuple[Column, ...]:
    return tuple(Column(f"y{year.starts_in}", str(year), holds) for year in years)


def _funding(bid: Bid, numbered: Numbered) -> Sheet:
    years = bid.round.years
    sources, streams = _options(SOURCES), _options({stream: stream.value for stream in Stream})
    place = (Column("source", "Source", Holds.PLACE, 26, sources), Column("stream", "Kind", Holds.PLACE, 10, streams))
    rows = []
    for number, project in numbered:
        saved = {(line.source, line.stream, line.year): line.pence for line in project.funding}
        for source, stream in kinds_of_money(bid.round, project):
            amounts = (saved.get((source, stream, year)) for year in years)
            cells = (number, project.title, source.value, stream.value, *amounts)
            rows.append(Row(f"{project.key}:{source.value}:{stream.value}", cells))
    columns = (*_PLACE, *place, *_years(years, Holds.MONEY))
    return Sheet(FUNDING, ("line of funding", "lines of funding"), columns, tuple(rows))


def _outcomes(bid: Bid, numbered: Numbered) -> Sheet:
    years, measures = outcome_years(bid), bid.round.measures
    columns = (
        *_PLACE,
        Column("measure", "Outcome", Holds.PLACE, 34, tuple((measure.code, measure.name) for measure in measures)),
        Column("baseline", "Where does it stand today?", Holds.NUMBER),
        *_years(years, Holds.NUMBER),
        Column("method", "How is it counted?", Holds.TEXT, 40),
        Column("evidence", "What will prove it?", Holds.TEXT, 40),
    )
    rows = []
    for number, project in numbered:
        saved = {(line.measure_id, line.year): line.hundredths for line in project.outcomes}
        bases = {row.measure_id: row for row in project.bases}
        for measure in measures:
            basis = bases.get(measure.id)
            amounts = [saved.get((measure.id, year)) for year in years]
            today, method, evidence = (
                (basis.baseline_hundredths, basis.method, basis.evidence) if basis else (None, "", "")
            )
            cells = (number, project.title, measure.code, today, *amounts, method, evidence)
            rows.append(Row(f"{project.key}:{measure.code}", cells))
    return Sheet(OUTCOMES, ("outcome", "outcomes"), columns, tuple(rows))


def _milestones(bid: Bid, numbered: Numbered) -> Sheet:
    names = milestone_names(bid.round)
    known = tuple((str(place), name) for place, name in enumerate(names))
    own = (Column("milestone", "Milestone", Holds.PLACE, 34, known), Column("due_on", "Expected on", Holds.DAY, 16))
    columns = (*_PLACE, *own)
    rows = []
    for number, project in numbered:
        days = {row.name: row.due_on for row in project.milestones}
        rows += [
            Row(f"{project.key}:{place}", (number, project.title, str(place), days.get(name)))
            for place, name in enumerate(names)
        ]
    return Sheet(MILESTONES, ("milestone", "milestones"), columns, tuple(rows))


def _risks(bid: Bid, numbered: Numbered) -> Sheet:
    columns = (
        *_PLACE,
        Column("what", "What may go wrong?", Holds.TEXT, 40),
        Column("likelihood", "How likely is it?", Holds.CHOICE, 18, _options(LIKELIHOODS)),
        Column("impact", "How bad would it be?", Holds.CHOICE, 18, _options(IMPACTS)),
        Column(
            "proximity", "When may it come about?", Holds.CHOICE, 20,
            _options(PROXIMITIES),
        ),
        Column("response", "What do you do about it?", Holds.TEXT, 40),
        Column("owner", "Who sees to it?", Holds.TEXT, 24),
    )  # fmt: skip
    rows = [
        Row(
            risk.key,
            (
                *(number, project.title, risk.what, str(risk.likelihood), str(risk.impact), risk.proximity.value),
                *(risk.response, risk.owner),
            ),
        )
        for number, project in numbered
        for risk in project.risks
    ]
    return Sheet(RISKS, ("risk", "risks"), columns, tuple(rows), removable=True)


def _value(bid: Bid, numbered: Numbered) -> Sheet:
    shown = [year for project in bid.projects for year in years_shown(project, all_years=False)[-1:]]
    last = max([bid.round.last_year.next(10), *shown])
    years = bid.round.first_year.until(last)
    kinds = _options(VALUE_WORDS)
    columns = (*_PLACE, Column("kind", "Cost or benefit", Holds.PLACE, 28, kinds), *_years(years, Holds.MONEY))
    rows = []
    for number, project in numbered:
        saved = {(line.what, line.year): line.pence for line in project.values}
        for kind in ValueKind:
            amounts = (saved.get((kind, year)) for year in years)
            rows.append(Row(f"{project.key}:{kind.value}", (number, project.title, kind.value, *amounts)))
    return Sheet(VALUE, ("line of value", "lines of value"), columns, tuple(rows))
