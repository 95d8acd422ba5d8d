"""The calculator's form: what a project costs and brings by year, and how it is to be worked out."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, cast

from wtforms import RadioField, SelectField
from wtforms.validators import ValidationError

from grants.appraisal.gates.calculator import BENEFITS, COSTS, KINDS, Inputs, Land, Outcome, box
from grants.appraisal.gates.starting import SHARES, outcome_fields
from grants.bids.models import Project, ValueKind
from grants.bids.projects.grid_forms import Grid, GridRow
from grants.bids.projects.operations import MOST_IN_A_CELL
from grants.bids.projects.value import MOST_OPTIMISM_BIAS, VALUE_WORDS, value_years
from grants.funds.assuming.sets import SCOPE_WORDS, categories_of
from grants.funds.assuming.value_for_money import Adjustments, CostScope
from grants.funds.models import AssumptionSet, OutcomeMeasure
from grants.kernel import text
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear
from grants.kernel.forms import EditForm, HundredthsField, Paragraphs, PenceField, PercentField, choices

_YEARS_BEFORE, _YEARS_AFTER = 10, 10
_PERCENT = 100_00
_LAND = ("land_new_use", "land_present_use", "land_hectares", "land_additionality")


class ValueForm(EditForm):
    """`version` is the number of the newest valuation that the person had before them."""


def most(bound: int) -> Any:
    """No more than so many hundredths."""

    def check(form: Any, field: Any) -> None:
        if field.data is not None and field.data > bound:
            raise ValidationError(text.about(field.label.text, f"must be {bound // 100:,} or less."))

    return check


def value_form(project: Project, by: AssumptionSet, begun: Inputs, years: Sequence[FinancialYear]) -> ValueForm:
    """Filled in with `begun`, until something is typed."""
    fields: dict[str, Any] = {**_settings(project, by), **_amounts(years), **_land(years)}
    for measure in project.bid.round.measures:
        fields |= _outcome(measure)
    return cast(ValueForm, type("ValueForm", (ValueForm,), fields)(data=_data(project, begun)))


def years_to_fill(project: Project, begun: Inputs, *, all_years: bool) -> list[FinancialYear]:
    years = value_years(project.bid)
    used = [FinancialYear(year) for _, year in begun.lines]
    last = max([project.bid.round.last_year.next(_YEARS_AFTER), *used])
    return years if all_years else [year for year in years if year <= last]


def grids(form: ValueForm, years: Sequence[FinancialYear]) -> list[Grid]:
    """Costs and benefits, a row for each year; the totals are of what stands in the boxes."""
    return [_grid(form, kinds, years, whole) for kinds, whole in ((COSTS, "All costs"), (BENEFITS, "All benefits"))]


def inputs_of(form: ValueForm, project: Project, years: Sequence[FinancialYear]) -> Inputs:
    """What was typed. Refused at the field where a part of something is missing."""
    lines = {
        (kind, year.starts_in): form[box(kind, year.starts_in)].data
        for kind in KINDS
        for year in years
        if form[box(kind, year.starts_in)].data
    }
    if any(pence > MOST_IN_A_CELL for pence in lines.values()):
        raise Refused("Each amount must be less than £10,000,000,000,000.")
    outcomes = (_typed_outcome(form, measure) for measure in project.bid.round.measures)
    return Inputs(
        base_year=int(form["base_year"].data),
        prices_of=int(form["prices_of"].data),
        nominal=form["prices"].data == "nominal",
        scope=CostScope(form["scope"].data),
        optimism_bias=form["optimism_bias"].data or 0,
        additionality=_or(form["additionality"].data, _PERCENT),
        lines=lines,
        land=_typed_land(form),
        outcomes=[outcome for outcome in outcomes if outcome.gross or outcome.reference],
        target=form["target"].data or 100,
    )


def _settings(project: Project, by: AssumptionSet) -> dict[str, Any]:
    round = project.bid.round
    first = FinancialYear(round.first_year.starts_in - _YEARS_BEFORE)
    years = [(str(year.starts_in), str(year)) for year in first.until(round.last_year)]
    judged = [("", "As computed"), *((name, name) for name in categories_of(by))]
    in_prices = [("real", "In the prices of one year"), ("nominal", "As it is paid in each year")]
    return {
        "base_year": SelectField("Present values of", choices=choices(years)),
        "prices": RadioField("The amounts below are", choices=choices(in_prices)),
        "prices_of": SelectField("In the prices of", choices=choices(years)),
        "scope": RadioField("Costs that count", choices=choices(list(SCOPE_WORDS.items()))),
        "optimism_bias": PercentField(
            "Optimism bias, in percent", validators=[most(MOST_OPTIMISM_BIAS)], description="Added to every cost."
        ),
        "additionality": PercentField(
            "Additional share of the benefits, in percent",
            validators=[most(_PERCENT)],
            description="Of the benefits by year below: how much would not come about anyway.",
        ),
        "target": HundredthsField("Switching value for a ratio of", validators=[most(100_00)]),
        "judged": RadioField("Judged category", choices=choices(judged), default=""),
        "reason": Paragraphs(
            "Reason", description="Needed where the judged category is not the computed one: what could not be counted?"
        ),
    }


def _amounts(years: Sequence[FinancialYear]) -> dict[str, Any]:
    return {box(kind, year.starts_in): PenceField(f"{VALUE_WORDS[kind]}, {year}") for kind in KINDS for year in years}


def _land(years: Sequence[FinancialYear]) -> dict[str, Any]:
    offered = [(str(year.starts_in), str(year)) for year in years]
    return {
        "land_new_use": PenceField("Value of a hectare in its new use", validators=[most(MOST_IN_A_CELL)]),
        "land_present_use": PenceField("Value of a hectare in its present use", validators=[most(MOST_IN_A_CELL)]),
        "land_hectares": HundredthsField("Hectares", validators=[most(1_000_000_00)]),
        "land_additionality": PercentField("Additional share, in percent", validators=[most(_PERCENT)]),
        "land_year": SelectField("Gained in", choices=choices(offered)),
    }


def _outcome(measure: OutcomeMeasure) -> dict[str, Any]:
    names = outcome_fields(measure)
    fields: dict[str, Any] = {
        names["gross"]: HundredthsField(f"{measure.name}, with the project", validators=[most(MOST_IN_A_CELL)]),
        names["reference"]: HundredthsField(f"{measure.name}, without it", validators=[most(MOST_IN_A_CELL)]),
        names["multiplier"]: HundredthsField(f"{measure.name}, multiplier", validators=[most(10_00)]),
    }
    for share in SHARES:
        label = f"{measure.name}, {share} in percent"
        fields[names[share]] = PercentField(label, validators=[most(_PERCENT)])
    return fields


def _data(project: Project, begun: Inputs) -> dict[str, Any]:
    data: dict[str, Any] = {box(*place): pence for place, pence in begun.lines.items()}
    data |= {"base_year": str(begun.base_year), "prices_of": str(begun.prices_of), "scope": begun.scope.value}
    data |= {"prices": "nominal" if begun.nominal else "real", "target": begun.target}
    data |= {"optimism_bias": begun.optimism_bias, "additionality": begun.additionality}
    data["land_year"] = str(begun.land.year if begun.land else begun.base_year)
    if land := begun.land:
        data |= {name: getattr(land, name.removeprefix("land_")) for name in _LAND}
    by_name = {outcome.name: outcome for outcome in begun.outcomes}
    for measure in project.bid.round.measures:
        if outcome := by_name.get(measure.name):
            data |= _outcome_data(measure, outcome)
    return data


def _outcome_data(measure: OutcomeMeasure, outcome: Outcome) -> dict[str, int]:
    names, by = outcome_fields(measure), outcome.adjustments
    data = {names["gross"]: outcome.gross, names["reference"]: outcome.reference}
    data |= {names[share]: round(getattr(by, share) * _PERCENT) for share in SHARES}
    return data | {names["multiplier"]: round(by.multiplier * 100)}


def _typed_outcome(form: ValueForm, measure: OutcomeMeasure) -> Outcome:
    names = outcome_fields(measure)
    shares = {share: Fraction(form[names[share]].data or 0, _PERCENT) for share in SHARES}
    multiplier = Fraction(_or(form[names["multiplier"]].data, 100), 100)
    gross, reference = form[names["gross"]].data or 0, form[names["reference"]].data or 0
    return Outcome(measure.name, gross, reference, Adjustments(**shares, multiplier=multiplier))


def _typed_land(form: ValueForm) -> Land | None:
    typed = {name: form[name].data for name in _LAND}
    if all(amount is None for amount in typed.values()):
        return None
    for name in ("land_new_use", "land_hectares"):
        if typed[name] is None:
            raise Refused(f"{form[name].label.text}: enter it too, or leave all of the land empty.", field=name)
    return Land(
        new_use=typed["land_new_use"],
        present_use=typed["land_present_use"] or 0,
        hectares=typed["land_hectares"],
        additionality=_or(typed["land_additionality"], _PERCENT),
        year=int(form["land_year"].data),
    )


def _grid(form: ValueForm, kinds: Sequence[ValueKind], years: Sequence[FinancialYear], whole: str) -> Grid:
    """What is no amount counts as nothing, as it does while typing (grid.js)."""

    def total(boxes: Iterable[str]) -> int:
        return sum(form[name].data or 0 for name in boxes)

    by_year = {str(year): [box(kind, year.starts_in) for kind in kinds] for year in years}
    rows = [GridRow(year, boxes, total(boxes)) for year, boxes in by_year.items()]
    totals = [total(boxes) for boxes in zip(*by_year.values(), strict=True)]
    return Grid(form, [VALUE_WORDS[kind] for kind in kinds], rows, totals, corner="Year", whole=whole)


def _or(typed: int | None, otherwise: int) -> int:
    return otherwise if typed is None else typed
