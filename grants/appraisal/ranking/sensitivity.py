"""How places move when a weight is 5 more or 5 less and the others share the difference in proportion. Exact, pure.

With weight w of a criterion become v, each other weight is scaled by (100 - v) / (100 - w). Totals are compared times
(100 - w), so they stay whole numbers. Ties are broken as in the ranking itself (F16).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grants.appraisal.ranking.asks import Pot
from grants.appraisal.ranking.line import Policy, funding_line

STEP = 5


@dataclass(frozen=True)
class Standing:
    """A ranked bid: units by criterion (`counted`), its place among all bids by tie-breaks alone, and its ask."""

    bid_id: int
    units: Mapping[int, int]
    tie_place: int
    weak: bool
    recommended: bool
    ask: Mapping[Pot, int]


@dataclass(frozen=True)
class Scenario:
    """One criterion's weight changed from `weight` to `changed`."""

    criterion_id: int
    weight: int
    changed: int


@dataclass
class Swing:
    """The best and the worst place of a bid over all scenarios, the present one included, and where it has them.

    `funded` is whether it stands above the funding line as weights are; `crosses` are the scenarios that change that.
    """

    place: int
    best: int
    worst: int
    best_in: Scenario | None = None
    worst_in: Scenario | None = None
    funded: bool = False
    crosses: tuple[Scenario, ...] = ()


def scenarios(weights: Mapping[int, int]) -> list[Scenario]:
    """Each weight up and down by 5, within 0 and 100. A criterion that has all the weight has nothing to share with."""
    changes = ((one, weight, weight + step) for one, weight in weights.items() for step in (STEP, -STEP))
    within = ((one, weight, min(100, max(0, changed))) for one, weight, changed in changes)
    return [Scenario(*change) for change in within if change[1] != 100]


def weights_in(scenario: Scenario | None, weights: Mapping[int, int]) -> tuple[dict[int, int], int]:
    """(weights, their sum over 100): the weights of a scenario in whole numbers on a common scale."""
    if scenario is None:
        return dict(weights), 1
    scale, left = 100 - scenario.weight, 100 - scenario.changed
    return {one: scenario.changed * scale if one == scenario.criterion_id else left * weight
            for one, weight in weights.items()}, scale  # fmt: skip


def swings(
    rows: Sequence[Standing], weights: Mapping[int, int], budget: Mapping[Pot, int], pass_units: int, policy: Policy
) -> dict[int, Swing]:
    """By bid id, in the order of the ranking. `pass_units` is the pass mark times units of a point."""
    base, above = _places(rows, None, weights, budget, pass_units, policy)
    found = {bid_id: Swing(place, place, place, funded=bid_id in above) for bid_id, place in base.items()}
    for scenario in scenarios(weights):
        places, funded = _places(rows, scenario, weights, budget, pass_units, policy)
        for bid_id, place in places.items():
            swing = found[bid_id]
            if place < swing.best:
                swing.best, swing.best_in = place, scenario
            if place > swing.worst:
                swing.worst, swing.worst_in = place, scenario
            if (bid_id in funded) != swing.funded:
                swing.crosses = (*swing.crosses, scenario)
    return found


def _places(
    rows: Sequence[Standing], scenario: Scenario | None, weights: Mapping[int, int], budget: Mapping[Pot, int],
    pass_units: int, policy: Policy,
) -> tuple[dict[int, int], set[int]]:  # fmt: skip
    changed, scale = weights_in(scenario, weights)
    totals = {row.bid_id: sum(changed[one] * units for one, units in row.units.items()) for row in rows}
    order = sorted(rows, key=lambda row: (-totals[row.bid_id], row.tie_place))
    worthy = [(row.bid_id, row.ask) for row in order if not row.weak and totals[row.bid_id] >= pass_units * scale]
    funded = funding_line(worthy, budget, policy) if budget else set()
    return {row.bid_id: place for place, row in enumerate(order, start=1)}, funded
