"""How places move when a weight is 5 more or 5 less and the others share the difference in proportion. Exact, pure.

With weight w of a criterion become v, each other weight is scaled by (100 - v) / (100 - w). Totals are compared times
(100 - w), so they stay whole numbers. Ties are broken as in the ranking itself (F16).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

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


class Fate(Enum):
    """What a bid's total, and then the money, make of it."""

    WEAK = auto()
    """A critical criterion is marked too low, whatever the weights."""
    BELOW = auto()
    """The total is below the pass mark."""
    RESERVE = auto()
    """Recommended, and the money does not reach it."""
    FUNDED = auto()
    """Recommended and, where there is a budget, within the money."""


@dataclass
class Swing:
    """The best and the worst place of a bid over all scenarios, the present one included, and where it has them.

    `changes` are the scenarios in which its fate is another one than as weights are.
    """

    place: int
    fate: Fate
    best: int
    worst: int
    best_in: Scenario | None = None
    worst_in: Scenario | None = None
    changes: dict[Fate, list[Scenario]] = field(default_factory=dict)

    @property
    def lacks_money(self) -> bool:
        """In some scenario, the present one included, the money does not reach it."""
        return self.fate is Fate.RESERVE or Fate.RESERVE in self.changes


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
    base = _places(rows, None, weights, budget, pass_units, policy)
    found = {bid_id: Swing(place, fate, place, place) for bid_id, (place, fate) in base.items()}
    for scenario in scenarios(weights):
        for bid_id, (place, fate) in _places(rows, scenario, weights, budget, pass_units, policy).items():
            swing = found[bid_id]
            if place < swing.best:
                swing.best, swing.best_in = place, scenario
            if place > swing.worst:
                swing.worst, swing.worst_in = place, scenario
            if fate is not swing.fate:
                swing.changes.setdefault(fate, []).append(scenario)
    return found


def _places(
    rows: Sequence[Standing], scenario: Scenario | None, weights: Mapping[int, int], budget: Mapping[Pot, int],
    pass_units: int, policy: Policy,
) -> dict[int, tuple[int, Fate]]:  # fmt: skip
    """Best first."""
    changed, scale = weights_in(scenario, weights)
    totals = {row.bid_id: sum(changed[one] * units for one, units in row.units.items()) for row in rows}
    order = sorted(rows, key=lambda row: (-totals[row.bid_id], row.tie_place))
    worthy = {row.bid_id: row.ask for row in order if not row.weak and totals[row.bid_id] >= pass_units * scale}
    funded = funding_line(worthy.items(), budget, policy) if budget else set(worthy)

    def fate(row: Standing) -> Fate:
        if row.bid_id in worthy:
            return Fate.FUNDED if row.bid_id in funded else Fate.RESERVE
        return Fate.WEAK if row.weak else Fate.BELOW

    return {row.bid_id: (place, fate(row)) for place, row in enumerate(order, start=1)}
