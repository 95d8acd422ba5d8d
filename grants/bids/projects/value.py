"""What value for money is worked out from, and what a project's promised outcomes stand on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from grants.bids.models import Bid, OutcomeBasis, Project, ValueKind, ValueLine
from grants.bids.projects.operations import MOST_IN_A_CELL, check_cell
from grants.bids.projects.rows import check_version, tidied, touch
from grants.bids.writing import begin_edit, end_edit
from grants.funds.models import OutcomeMeasure, Unit
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear
from grants.kernel.money import pounds
from grants.people.models import Person

YEARS_AFTER = 30
"""The years for which the discount rate stays the same (F3)."""
MOST_OPTIMISM_BIAS = 300_00
"""Hundredths of a percent."""
COSTS = (ValueKind.COST_CENTRAL, ValueKind.COST_COUNCIL, ValueKind.COST_OTHER)
BENEFITS = (ValueKind.BENEFIT_LAND, ValueKind.BENEFIT_OTHER)
VALUE_WORDS = {
    ValueKind.COST_CENTRAL: "Cost to central government",
    ValueKind.COST_COUNCIL: "Cost to the council",
    ValueKind.COST_OTHER: "Other cost",
    ValueKind.BENEFIT_LAND: "Land value uplift",
    ValueKind.BENEFIT_OTHER: "Other benefit",
}
Values = Mapping[tuple[ValueKind, FinancialYear], int]


@dataclass(frozen=True)
class Basis:
    """What a promise of one measure stands on: `baseline` in hundredths of its unit, None where none is given."""

    baseline: int | None
    method: str
    evidence: str


def value_years(bid: Bid) -> list[FinancialYear]:
    """Costs and benefits may come long after the round's own years."""
    return bid.round.first_year.until(bid.round.last_year.next(YEARS_AFTER))


def set_values(
    project: Project,
    lines: Values,
    *,
    optimism_bias: int | None,
    additionality: int | None,
    note: str,
    version_seen: int | None,
    by: Person,
    at: datetime,
) -> None:
    """Put the project's costs and benefits, pence by (kind, year), in the place of what stood there. Nought is no line.

    `optimism_bias` and `additionality` are hundredths of a percent, the latter at most 100%.
    """
    bid = project.bid
    begin_edit(bid, at=at)
    theirs = (f"{VALUE_WORDS[line.what]}, {line.year}: {pounds(line.pence)}" for line in project.values)
    check_version(project, version_seen, "\n".join(theirs))
    years = value_years(bid)
    for (_, year), pence in lines.items():
        check_cell(year, pence, years, f"Costs and benefits must lie in {years[0]} to {years[-1]}.")
    check_percent(optimism_bias, MOST_OPTIMISM_BIAS, "Optimism bias", "optimism_bias")
    check_percent(additionality, 100_00, "Additionality", "additionality")
    note = str(tidied({"value_note": note})["value_note"])
    wanted = {place: pence for place, pence in lines.items() if pence}
    same = wanted == {(line.what, line.year): line.pence for line in project.values}
    if same and (project.optimism_bias, project.additionality, project.value_note) == (
        optimism_bias,
        additionality,
        note,
    ):
        return
    _replace_values(project, wanted)
    project.optimism_bias, project.additionality, project.value_note = optimism_bias, additionality, note
    touch(project)
    end_edit(bid, "set_values", by=by, at=at, what=project.title)


def check_percent(hundredths: int | None, most: int, name: str, field: str) -> None:
    if hundredths is not None and not 0 <= hundredths <= most:
        raise Refused(f"{name} must be between 0 and {most // 100} percent.", field=field)


def _replace_values(project: Project, wanted: Values) -> None:
    for line in project.values:
        db.session.delete(line)
    db.session.flush()
    db.session.expire(project, ["values"])
    for (kind, year), pence in sorted(wanted.items()):
        project.values.append(ValueLine(what=kind, year=year, pence=pence))


def set_bases(
    project: Project, bases: Mapping[OutcomeMeasure, Basis], *, version_seen: int | None, by: Person, at: datetime
) -> None:
    """Put what the project's outcomes stand on, by measure, in the place of what stood there; an empty one is none.

    Refused for a measure of another round, and for a baseline in parts of what is counted in whole numbers.
    """
    bid = project.bid
    begin_edit(bid, at=at)
    check_version(project, version_seen, "\n".join(f"{b.measure.name}: {b.method}" for b in project.bases))
    wanted = {measure: _checked(bid, measure, basis) for measure, basis in bases.items()}
    wanted = {measure: basis for measure, basis in wanted.items() if basis != Basis(None, "", "")}
    there = {row.measure: Basis(row.baseline_hundredths, row.method, row.evidence) for row in project.bases}
    if wanted == there:
        return
    for row in project.bases:
        db.session.delete(row)
    db.session.flush()
    db.session.expire(project, ["bases"])
    for measure, basis in wanted.items():
        row = OutcomeBasis(measure_id=measure.id, baseline_hundredths=basis.baseline)
        row.method, row.evidence = basis.method, basis.evidence
        project.bases.append(row)
    touch(project)
    end_edit(bid, "set_bases", by=by, at=at, what=project.title)


def _checked(bid: Bid, measure: OutcomeMeasure, basis: Basis) -> Basis:
    if measure.round_id != bid.round_id:
        raise Refused("This measure belongs to another round.")
    texts = {f"method_{measure.id}": basis.method, f"evidence_{measure.id}": basis.evidence}
    method, evidence = tidied(texts).values()
    field = f"baseline_{measure.id}"
    if basis.baseline is not None and not 0 <= basis.baseline <= MOST_IN_A_CELL:
        raise Refused("The baseline must be nought or more.", field=field)
    if basis.baseline and basis.baseline % 100 and measure.unit in (Unit.COUNT, Unit.YES_NO):
        raise Refused(f"{measure.name} are counted in whole numbers.", field=field)
    return Basis(basis.baseline, method, evidence)
