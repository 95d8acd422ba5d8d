"""The inputs and results of a valuation as the JSON that is kept of them, exact to the last digit."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from fractions import Fraction
from typing import Any

from grants.appraisal.gates.calculator import Inputs, Land, Outcome, Worked
from grants.bids.models import ValueKind
from grants.funds.assuming.value_for_money import Adjustments, CostScope

FORMULAS = 1
"""The version of the formulas, kept with each result."""
_SHARES = tuple(one.name for one in fields(Adjustments))


def kept_inputs(inputs: Inputs) -> dict[str, Any]:
    """As JSON; `inputs_kept` reads it again."""
    by_kind: dict[str, dict[str, int]] = {}
    for (kind, year), pence in sorted(inputs.lines.items()):
        by_kind.setdefault(kind.value, {})[str(year)] = pence
    return {
        "base_year": inputs.base_year,
        "prices_of": inputs.prices_of,
        "nominal": inputs.nominal,
        "scope": inputs.scope.value,
        "optimism_bias": inputs.optimism_bias,
        "additionality": inputs.additionality,
        "target": inputs.target,
        "lines": by_kind,
        "land": asdict(inputs.land) if inputs.land else None,
        "outcomes": [
            {
                "name": outcome.name,
                "gross": outcome.gross,
                "reference": outcome.reference,
                **{name: str(getattr(outcome.adjustments, name)) for name in _SHARES},
            }
            for outcome in inputs.outcomes
        ],
    }


def inputs_kept(kept: Mapping[str, Any]) -> Inputs:
    same = ("base_year", "prices_of", "nominal", "optimism_bias", "additionality", "target")
    return Inputs(
        **{name: kept[name] for name in same},
        scope=CostScope(kept["scope"]),
        lines={
            (ValueKind(kind), int(year)): pence
            for kind, by_year in kept["lines"].items()
            for year, pence in by_year.items()
        },
        land=Land(**kept["land"]) if kept["land"] else None,
        outcomes=[
            Outcome(
                said["name"],
                said["gross"],
                said["reference"],
                Adjustments(**{name: Fraction(said[name]) for name in _SHARES}),
            )
            for said in kept["outcomes"]
        ],
    )


def kept_results(worked: Worked) -> dict[str, Any]:
    """Exact, each fraction as `numerator/denominator`."""
    return {
        "formulas": FORMULAS,
        "costs": str(worked.value.costs),
        "benefits": str(worked.value.benefits),
        "net": str(worked.value.net),
        "ratio": str(worked.ratio),
        "switching": None if worked.switching is None else str(worked.switching),
    }
