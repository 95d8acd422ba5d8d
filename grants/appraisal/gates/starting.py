"""What the calculator begins with: the figures of the bid, and the defaults of the round's assumptions."""

from grants.appraisal.gates.calculator import KINDS, Inputs, Outcome
from grants.appraisal.gates.keeping import inputs_kept
from grants.appraisal.models import Valuation
from grants.bids.models import FundingSource, Project, ValueKind
from grants.funds.assuming.sets import adjustments_for
from grants.funds.assuming.value_for_money import CostScope
from grants.funds.models import AssumptionSet, OutcomeMeasure

SHARES = ("leakage", "displacement", "substitution")
_FUNDED_BY = {
    FundingSource.GRANT: ValueKind.COST_CENTRAL,
    FundingSource.COUNCIL: ValueKind.COST_COUNCIL,
    FundingSource.RIGHT_TO_BUY: ValueKind.COST_COUNCIL,
    FundingSource.PUBLIC: ValueKind.COST_COUNCIL,
}
"""Whose cost a bid's funding is, where the bid gives no costs of its own. Private money is no public cost."""


def begin_with(project: Project, by: AssumptionSet, newest: Valuation | None) -> Inputs:
    """The newest valuation's own inputs where there is one, else what the bid says."""
    return inputs_kept(newest.inputs) if newest else from_bid(project, by)


def from_bid(project: Project, by: AssumptionSet) -> Inputs:
    """The bid's costs and benefits are in the prices of the round's first year and not discounted."""
    base = project.bid.round.first_year.starts_in
    return Inputs(
        base_year=base,
        prices_of=base,
        nominal=False,
        scope=CostScope(by.cost_scope),
        optimism_bias=by.optimism_bias if project.optimism_bias is None else project.optimism_bias,
        additionality=100_00 if project.additionality is None else project.additionality,
        lines=_values(project) or _funding(project),
        outcomes=[_outcome(project, measure, by) for measure in project.bid.round.measures],
    )


def costs_are_funding(project: Project) -> bool:
    """Whether the bid gives no costs and benefits, so that its funding stands in for them."""
    return not _values(project)


def private_costs(project: Project) -> int:
    """Pence that the bid calls other costs; they stand on neither side."""
    return sum(line.pence for line in project.values if line.what is ValueKind.COST_OTHER)


def outcome_fields(measure: OutcomeMeasure) -> dict[str, str]:
    """The names of the fields of one measure."""
    return {what: f"{what}_{measure.id}" for what in ("gross", "reference", *SHARES, "multiplier")}


def _values(project: Project) -> dict[tuple[ValueKind, int], int]:
    return {(line.what, line.year.starts_in): line.pence for line in project.values if line.what in KINDS}


def _funding(project: Project) -> dict[tuple[ValueKind, int], int]:
    found: dict[tuple[ValueKind, int], int] = {}
    for line in project.funding:
        if kind := _FUNDED_BY.get(line.source):
            place = (kind, line.year.starts_in)
            found[place] = found.get(place, 0) + line.pence
    return found


def _outcome(project: Project, measure: OutcomeMeasure, by: AssumptionSet) -> Outcome:
    gross = sum(line.hundredths for line in project.outcomes if line.measure_id == measure.id)
    return Outcome(measure.name, gross, 0, adjustments_for(by, [measure.code, measure.heading.value]))
