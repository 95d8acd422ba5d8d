"""Value for money of a project: present values, their ratio and category, exact and without a session (F3 to F10).

Amounts are whole pence of the base year's prices unless a function says otherwise; results are Fractions of a penny:
`kernel.rounding.half_up` rounds them where they are printed, and nowhere before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

ByYear = Mapping[int, int | Fraction]
"""Pence by year, counted from the base year, which is 0."""


@dataclass(frozen=True, slots=True)
class Step:
    """A yearly discount rate that holds up to and including year `until`; None holds for ever."""

    rate: Fraction
    until: int | None


@dataclass(frozen=True, slots=True)
class Label:
    """The category that begins at this ratio of benefits to costs."""

    at_least: Fraction
    name: str


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a round's appraisals are worked out with; an old round keeps its own."""

    code: str
    title: str
    steps: tuple[Step, ...]
    labels: tuple[Label, ...]
    """From the lowest to the highest; below the first is poor value."""
    below: str = "Poor"

    def discount(self, year: int) -> Fraction:
        """F3: what a pound `year` years after the base year is worth in it. ValueError for a year before it."""
        if year < 0:
            raise ValueError("a year before the base year is not discounted")
        factor, begun = Fraction(1), 0
        for step in self.steps:
            last = year if step.until is None else min(year, step.until)
            factor /= (1 + step.rate) ** max(0, last - begun)
            begun = max(begun, last)
        return factor

    def category(self, ratio: Fraction) -> str:
        """F7: the lower bound of a category belongs to it."""
        reached = [label.name for label in self.labels if ratio >= label.at_least]
        return reached[-1] if reached else self.below


GREEN_BOOK_2022 = Assumptions(
    code="green-book-2022",
    title="Green Book 2022: 3.5% for 30 years, 3% to year 75, 2.5% after",
    steps=(Step(Fraction(35, 1000), 30), Step(Fraction(3, 100), 75), Step(Fraction(25, 1000), None)),
    labels=(
        Label(Fraction(1), "Acceptable"),
        Label(Fraction(3, 2), "Medium"),
        Label(Fraction(2), "High"),
        Label(Fraction(4), "Very high"),
    ),
)
"""The schedule is HM Treasury's; the step to 2.5% and the bound of the highest category are from general knowledge."""


class CostScope(StrEnum):
    """Whose money stands below the line."""

    PUBLIC = "public"
    CENTRAL = "central"
    """The grant alone; what the council spends is not counted."""
    CENTRAL_NET = "central_net"
    """The grant alone; what the council spends is taken off the benefits."""


@dataclass(frozen=True, slots=True)
class Flows:
    """A project's public costs and its benefits by year, before bias and discounting."""

    central: ByYear
    council: ByYear
    benefits: ByYear


@dataclass(frozen=True, slots=True)
class Value:
    """F5 and F6: `costs` and `benefits` are present values in pence."""

    costs: Fraction
    benefits: Fraction

    @property
    def ratio(self) -> Fraction | None:
        """Benefits for each pound of cost; None without a cost."""
        return self.benefits / self.costs if self.costs else None

    @property
    def net(self) -> Fraction:
        return self.benefits - self.costs

    def switching(self, target: Fraction = Fraction(1)) -> Fraction | None:
        """F8: by what share the benefits may change before the ratio is `target`; None without benefits."""
        return target * self.costs / self.benefits - 1 if self.benefits else None


def present_value(amounts: ByYear, assumptions: Assumptions) -> Fraction:
    return sum((Fraction(pence) * assumptions.discount(year) for year, pence in amounts.items()), Fraction(0))


def value_of(
    flows: Flows,
    assumptions: Assumptions,
    *,
    optimism_bias: Fraction = Fraction(0),
    scope: CostScope = CostScope.PUBLIC,
) -> Value:
    """Present values of a project; `optimism_bias` (0.15 for 15%) is added to every cost."""
    raised = 1 + optimism_bias
    central = raised * present_value(flows.central, assumptions)
    council = raised * present_value(flows.council, assumptions)
    benefits = present_value(flows.benefits, assumptions)
    if scope is CostScope.PUBLIC:
        return Value(central + council, benefits)
    return Value(central, benefits - council if scope is CostScope.CENTRAL_NET else benefits)


def in_prices_of(pence: int | Fraction, *, base_index: Fraction, index: Fraction) -> Fraction:
    """F4: money of a year whose deflator is `index`, in the prices of the year whose deflator is `base_index`."""
    return Fraction(pence) * base_index / index


@dataclass(frozen=True, slots=True)
class Adjustments:
    """What gross results are brought down to net with, as shares: 0.25 for 25%."""

    leakage: Fraction = Fraction(0)
    displacement: Fraction = Fraction(0)
    substitution: Fraction = Fraction(0)
    multiplier: Fraction = Fraction(1)

    def net(self, gross: int) -> Fraction:
        kept = (1 - self.leakage) * (1 - self.displacement) * (1 - self.substitution)
        return gross * kept * self.multiplier


def additional(gross: int, reference: int, adjustments: Adjustments) -> Fraction:
    """F9: what comes about beyond what would have come about anyway (`reference`), net of all adjustments."""
    return adjustments.net(gross) - adjustments.net(reference)


def land_value_uplift(
    new_use: int, present_use: int, hectares: Fraction, additionality: Fraction = Fraction(1)
) -> Fraction:
    """F10: pence by which land gains in its new use; both values are pence for a hectare."""
    return (new_use - present_use) * hectares * additionality
