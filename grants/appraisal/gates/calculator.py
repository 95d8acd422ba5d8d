"""What a project is worth for the money, worked out from typed figures: pure, exact, and the same again at any time.

F-numbers are the programme's own list of formulas. Amounts are whole pence, percentages hundredths of a percent,
results Fractions of a penny that are rounded where they are printed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from grants.bids.models import ValueKind
from grants.funds.assuming.value_for_money import (
    Adjustments,
    Assumptions,
    CostScope,
    Flows,
    Step,
    Value,
    additional,
    in_prices_of,
    land_value_uplift,
    value_of,
)
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear

COSTS = (ValueKind.COST_CENTRAL, ValueKind.COST_COUNCIL)
BENEFITS = (ValueKind.BENEFIT_LAND, ValueKind.BENEFIT_OTHER)
KINDS = (*COSTS, *BENEFITS)
"""What is typed by year. Private costs are no public money, so they stand on neither side."""
_WHOLE = 100_00
_BIASES = (0, 15_00, 30_00)
_FEWER_BENEFITS = (10, 20)
_DISCOUNT_POINT = Fraction(1, 100)
"""The sensitivity table is our own default: no guidance fixes these steps."""


@dataclass(frozen=True)
class Land:
    """Land value uplift (F10): pence for a hectare, hundredths of a hectare, and the year in which it is gained."""

    new_use: int
    present_use: int
    hectares: int
    additionality: int
    year: int


@dataclass(frozen=True)
class Outcome:
    """One measure's result with the project and without it, in hundredths of its unit (F9)."""

    name: str
    gross: int
    reference: int
    adjustments: Adjustments

    @property
    def net(self) -> Fraction:
        """Hundredths that come about beyond what would have come anyway."""
        return additional(self.gross, self.reference, self.adjustments)


@dataclass(frozen=True)
class Inputs:
    """All that a valuation stands on; years are the calendar years in which financial years start."""

    base_year: int
    """The year that present values are of (year 0 of F3)."""
    prices_of: int
    nominal: bool
    """Money as it is paid in each year, which F4 brings to the prices of `prices_of`; else it is in those already."""
    scope: CostScope
    optimism_bias: int
    additionality: int
    """Of the benefits typed by year; land value uplift that is worked out here has its own."""
    lines: Mapping[tuple[ValueKind, int], int]
    land: Land | None = None
    outcomes: Sequence[Outcome] = ()
    target: int = 100
    """The ratio, in hundredths, that the switching value leads to (F8)."""


@dataclass(frozen=True)
class YearWorth:
    """One year in the prices of the valuation, before and after discounting; costs are with their optimism bias."""

    year: FinancialYear
    discount: Fraction
    costs: Fraction
    benefits: Fraction
    value: Value


@dataclass(frozen=True)
class Case:
    """What would come of it if one thing were otherwise."""

    name: str
    value: Value
    category: str


@dataclass(frozen=True)
class Worked:
    """The result: present values (F5), ratio and what is left (F6), category (F7), switching value (F8)."""

    value: Value
    ratio: Fraction
    category: str
    switching: Fraction | None
    uplift: Fraction | None
    """Pence of land value uplift after its additionality (F10); None where none was worked out."""
    years: list[YearWorth] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)


def work_out(inputs: Inputs, assumptions: Assumptions, deflators: Mapping[int, Fraction]) -> Worked:
    """Refused, with its field, where something is missing without which there is no result."""
    flows = _flows(inputs, deflators)
    bias = Fraction(inputs.optimism_bias, _WHOLE)
    value = value_of(flows, assumptions, optimism_bias=bias, scope=inputs.scope)
    if value.ratio is None:
        raise Refused("Enter a cost that counts: without one there is no ratio.", field=_first_cost(inputs))
    uplift = _uplift(inputs.land) if inputs.land else None
    switching = value.switching(Fraction(inputs.target, 100)) if value.benefits > 0 else None
    years, cases = _by_year(flows, inputs, assumptions, bias), _cases(flows, inputs, assumptions, bias)
    return Worked(value, value.ratio, assumptions.category(value.ratio), switching, uplift, years, cases)


def box(kind: ValueKind, year: int) -> str:
    """The name of the field of one amount."""
    return f"v_{kind}_{year}"


def neighbours(category: str, categories: Sequence[str]) -> list[str]:
    """The category itself and those beside it, from the lowest to the highest: what it may be judged as."""
    at = categories.index(category)
    return list(categories[max(0, at - 1) : at + 2])


def _first_cost(inputs: Inputs) -> str:
    return box(ValueKind.COST_CENTRAL, inputs.base_year)


def _flows(inputs: Inputs, deflators: Mapping[int, Fraction]) -> Flows:
    """By year counted from the base year, in the prices of the valuation; benefits are additional ones alone."""
    _check_years(inputs, deflators)
    kept = Fraction(inputs.additionality, _WHOLE)

    def flow(kinds: Sequence[ValueKind], share: Fraction = Fraction(1)) -> dict[int, Fraction]:
        found: dict[int, Fraction] = {}
        for (kind, year), pence in inputs.lines.items():
            if kind in kinds:
                at = year - inputs.base_year
                found[at] = found.get(at, Fraction(0)) + share * _real(pence, year, inputs, deflators)
        return found

    benefits = flow(BENEFITS, kept)
    if land := inputs.land:
        at = land.year - inputs.base_year
        benefits[at] = benefits.get(at, Fraction(0)) + _real(_uplift(land), land.year, inputs, deflators)
    return Flows(flow(COSTS[:1]), flow(COSTS[1:]), benefits)


def _uplift(land: Land) -> Fraction:
    shares = Fraction(land.hectares, 100), Fraction(land.additionality, _WHOLE)
    return land_value_uplift(land.new_use, land.present_use, *shares)


def _real(pence: int | Fraction, year: int, inputs: Inputs, deflators: Mapping[int, Fraction]) -> Fraction:
    if not inputs.nominal:
        return Fraction(pence)
    return in_prices_of(pence, base_index=deflators[inputs.prices_of], index=deflators[year])


def _check_years(inputs: Inputs, deflators: Mapping[int, Fraction]) -> None:
    base = FinancialYear(inputs.base_year)
    for kind, year in inputs.lines:
        if year < inputs.base_year:
            raise Refused(f"{FinancialYear(year)} lies before {base}, the base year.", field=box(kind, year))
    land = inputs.land
    if land and land.year < inputs.base_year:
        raise Refused(f"{FinancialYear(land.year)} lies before {base}, the base year.", field="land_year")
    if land and any(kind is ValueKind.BENEFIT_LAND for kind, _ in inputs.lines):
        raise Refused(
            "Land value uplift is typed by year as well, and would count twice: leave one of the two empty.",
            field="land_new_use",
        )
    if inputs.nominal:
        used = {inputs.prices_of, *(year for _, year in inputs.lines), *([land.year] if land else [])}
        if missing := sorted(used - deflators.keys()):
            words = ", ".join(str(FinancialYear(year)) for year in missing)
            raise Refused(f"The round’s assumptions have no price index for {words}.", field="prices")


def _by_year(flows: Flows, inputs: Inputs, assumptions: Assumptions, bias: Fraction) -> list[YearWorth]:
    shown = []
    for at in sorted({*flows.central, *flows.council, *flows.benefits}):
        central, council, benefits = (
            {at: amounts[at]} if at in amounts else {} for amounts in (flows.central, flows.council, flows.benefits)
        )
        value = value_of(Flows(central, council, benefits), assumptions, optimism_bias=bias, scope=inputs.scope)
        discount = assumptions.discount(at)
        year = FinancialYear(inputs.base_year + at)
        shown.append(YearWorth(year, discount, value.costs / discount, value.benefits / discount, value))
    return shown


def _cases(flows: Flows, inputs: Inputs, assumptions: Assumptions, bias: Fraction) -> list[Case]:
    def case(name: str, by: Assumptions = assumptions, raised: Fraction = bias, kept: Fraction = Fraction(1)) -> Case:
        benefits = {year: kept * pence for year, pence in flows.benefits.items()}
        changed = Flows(flows.central, flows.council, benefits)
        value = value_of(changed, by, optimism_bias=raised, scope=inputs.scope)
        return Case(name, value, by.category(value.ratio) if value.ratio is not None else "")

    cases = [case("As worked out")]
    cases += [case(f"Optimism bias of {bias // 100}%", raised=Fraction(bias, _WHOLE)) for bias in _BIASES]
    cases += [case(f"Benefits {less}% lower", kept=1 - Fraction(less, 100)) for less in _FEWER_BENEFITS]
    cases.append(case("Discount rates one point lower", by=_with_rates(assumptions, -_DISCOUNT_POINT)))
    cases.append(case("Discount rates one point higher", by=_with_rates(assumptions, _DISCOUNT_POINT)))
    return cases


def _with_rates(assumptions: Assumptions, points: Fraction) -> Assumptions:
    steps = (Step(max(Fraction(0), step.rate + points), step.until) for step in assumptions.steps)
    return replace(assumptions, steps=tuple(steps))
