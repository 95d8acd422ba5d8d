"""Forms of a project's tables: milestones, risks, value, and what outcomes stand on."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from wtforms import RadioField, SelectField

from grants.bids.models import Project, Proximity, ValueKind
from grants.bids.projects.grid_forms import Grid, GridRow, measure_box
from grants.bids.projects.milestones import field_of
from grants.bids.projects.parts import milestone_names
from grants.bids.projects.value import BENEFITS, COSTS, VALUE_WORDS, Basis, Values, value_years
from grants.funds.models import OutcomeMeasure
from grants.kernel.financial_year import FinancialYear
from grants.kernel.forms import (
    CreateForm,
    DateParts,
    EditForm,
    Line,
    Paragraphs,
    PenceField,
    PercentField,
    choices,
)

YEARS_SHOWN_AFTER = 10
"""Of a project's value; more where more are filled in or asked for."""
LIKELIHOODS = {1: "1, rare", 2: "2, unlikely", 3: "3, possible", 4: "4, likely", 5: "5, almost certain"}
IMPACTS = {1: "1, slight", 2: "2, small", 3: "3, noticeable", 4: "4, serious", 5: "5, fatal to the project"}
PROXIMITIES = {
    Proximity.MONTH: "Within a month",
    Proximity.QUARTER: "Within three months",
    Proximity.HALF_YEAR: "Within six months",
    Proximity.YEAR: "Within a year",
    Proximity.BEYOND: "Later",
}


def milestones_form(project: Project) -> EditForm:
    names = milestone_names(project.bid.round)
    fields: dict[str, Any] = {field_of(names, name): DateParts(name) for name in names}
    data = {field_of(names, row.name): row.due_on for row in project.milestones if row.name in names}
    form: EditForm = type("MilestonesForm", (EditForm,), fields)(data={**data, "version": project.version})
    return form


def typed_milestones(form: EditForm, project: Project) -> dict[str, date]:
    names = milestone_names(project.bid.round)
    typed = {name: form[field_of(names, name)].data for name in names}
    return {name: day for name, day in typed.items() if day is not None}


def _score(label: str, words: dict[int, str]) -> RadioField:
    offered = choices([(str(mark), said) for mark, said in words.items()])
    return RadioField(label, choices=offered, validate_choice=False)


class _RiskFields:
    what = Paragraphs("What may go wrong?", required="Say what may go wrong.")
    likelihood = _score("How likely is it?", LIKELIHOODS)
    impact = _score("How bad would it be?", IMPACTS)
    proximity = SelectField(
        "When may it come about?",
        choices=choices([(p.value, words) for p, words in PROXIMITIES.items()]),
        default=Proximity.YEAR.value,
    )
    response = Paragraphs("What do you do about it?")
    owner = Line("Who sees to it?", longest=120, description="A post rather than a name.")

    def fields(self) -> dict[str, Any]:
        """As the operations take them."""
        same = {name: getattr(self, name).data for name in ("what", "response", "owner", "proximity")}
        marks = {name: str(getattr(self, name).data or "") for name in ("likelihood", "impact")}
        return same | {name: int(mark) if mark in "12345" and len(mark) == 1 else None for name, mark in marks.items()}


class NewRiskForm(_RiskFields, CreateForm):
    pass


class RiskForm(_RiskFields, EditForm):
    pass


@dataclass(frozen=True)
class BasisFields:
    """The names of the three fields of one measure."""

    measure: OutcomeMeasure
    baseline: str
    method: str
    evidence: str


def basis_fields(project: Project) -> list[BasisFields]:
    return [
        BasisFields(measure, *(f"{what}_{measure.id}" for what in ("baseline", "method", "evidence")))
        for measure in project.bid.round.measures
    ]


def basis_boxes(measure: OutcomeMeasure) -> dict[str, Any]:
    return {
        "baseline": measure_box(measure, f"{measure.name}: where does it stand today?"),
        "method": Paragraphs(f"{measure.name}: how is it counted?"),
        "evidence": Paragraphs(f"{measure.name}: what will prove it?"),
    }


def bases_form(project: Project) -> EditForm:
    fields: dict[str, Any] = {}
    data: dict[str, Any] = {"version": project.version}
    known = {row.measure_id: row for row in project.bases}
    for one in basis_fields(project):
        made = basis_boxes(one.measure)
        fields |= {one.baseline: made["baseline"], one.method: made["method"], one.evidence: made["evidence"]}
        if row := known.get(one.measure.id):
            data |= {one.baseline: row.baseline_hundredths, one.method: row.method, one.evidence: row.evidence}
    form: EditForm = type("BasesForm", (EditForm,), fields)(data=data)
    return form


def typed_bases(form: EditForm, project: Project) -> dict[OutcomeMeasure, Basis]:
    return {
        one.measure: Basis(form[one.baseline].data, form[one.method].data or "", form[one.evidence].data or "")
        for one in basis_fields(project)
    }


def value_grids(project: Project, *, all_years: bool) -> list[Grid]:
    """Costs and benefits, a row for each year, both on one form with what is said of them."""
    years = years_shown(project, all_years=all_years)
    saved = {(line.what, line.year): line.pence for line in project.values}
    form = _value_form(project, years, saved)
    return [
        _value_grid(form, kinds, years, saved, "All costs" if kinds is COSTS else "All benefits")
        for kinds in (COSTS, BENEFITS)
    ]


def years_shown(project: Project, *, all_years: bool) -> list[FinancialYear]:
    years, last = value_years(project.bid), project.bid.round.last_year.next(YEARS_SHOWN_AFTER)
    last = max([last, *(line.year for line in project.values)])
    return years if all_years else [year for year in years if year <= last]


def _value_form(project: Project, years: list[FinancialYear], saved: Values) -> EditForm:
    boxes = [(kind, year) for kind in ValueKind for year in years]
    fields: dict[str, Any] = {value_box(*box): PenceField(f"{VALUE_WORDS[box[0]]}, {box[1]}") for box in boxes}
    fields |= value_extras()
    data: dict[str, Any] = {value_box(*place): pence for place, pence in saved.items()}
    said = {name: getattr(project, name) for name in ("optimism_bias", "additionality", "value_note", "version")}
    form: EditForm = type("ValueForm", (EditForm,), fields)(data=data | said)
    return form


def value_extras() -> dict[str, Any]:
    """The fields beside the costs and benefits."""
    return {
        "optimism_bias": PercentField(
            "Optimism bias, in percent", description="What is added to the costs because estimates tend to be too low."
        ),
        "additionality": PercentField(
            "Additionality, in percent", description="How much of the benefit would not come about without the project."
        ),
        "value_note": Paragraphs("Where do the figures come from?"),
    }


def value_box(kind: ValueKind, year: FinancialYear) -> str:
    return f"v_{kind}_{year.starts_in}"


def _value_grid(
    form: EditForm, kinds: tuple[ValueKind, ...], years: list[FinancialYear], saved: Values, whole: str
) -> Grid:
    rows = [
        GridRow(str(year), [value_box(kind, year) for kind in kinds], sum(saved.get((k, year), 0) for k in kinds))
        for year in years
    ]
    totals = [sum(pence for (what, _), pence in saved.items() if what is kind) for kind in kinds]
    return Grid(form, [VALUE_WORDS[kind] for kind in kinds], rows, totals, corner="Year", whole=whole)


def typed_values(form: EditForm, years: list[FinancialYear]) -> Values:
    return {(kind, year): form[value_box(kind, year)].data or 0 for kind in ValueKind for year in years}
