"""A working-out of value for money made ready to be printed: rounded here, once, and nowhere before."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from grants.appraisal.gates.calculator import KINDS, Inputs, Worked, YearWorth, work_out
from grants.appraisal.gates.keeping import inputs_kept
from grants.appraisal.models import Valuation
from grants.bids.projects.value import VALUE_WORDS
from grants.funds.assuming.sets import SCOPE_WORDS, assumptions_of, deflators_of
from grants.funds.assuming.value_for_money import Adjustments
from grants.funds.models import AssumptionSet
from grants.kernel.financial_year import FinancialYear
from grants.kernel.money import pounds
from grants.kernel.pictures import Part, StackedPicture, stacked_picture
from grants.kernel.rounding import half_up

_YEARS_DRAWN = 12


@dataclass(frozen=True)
class ShownYear:
    """Pence; `discount` to five places."""

    year: str
    discount: Decimal
    costs: int
    benefits: int
    present_costs: int
    present_benefits: int


@dataclass(frozen=True)
class ShownCase:
    name: str
    costs: int
    benefits: int
    net: int
    ratio: Decimal | None
    category: str


@dataclass(frozen=True)
class ShownOutcome:
    """Numbers of the measure's unit, two places at most; shares in percent."""

    name: str
    gross: str
    reference: str
    adjusted: str
    net: str
    cost_each: int | None
    """Pence of present cost for each one that is additional; None where none is."""


@dataclass(frozen=True)
class ShownWorth:
    """Sums in pence, the ratio to three places, the switching value in percent to two."""

    said: list[tuple[str, str]]
    """What it was worked out from, apart from the amounts by year."""
    costs: int
    benefits: int
    net: int
    ratio: Decimal
    category: str
    switching: str
    uplift: int | None
    years: list[ShownYear]
    cases: list[ShownCase]
    outcomes: list[ShownOutcome]
    lines: list[tuple[str, list[int | None]]]
    """Year and the amounts as typed, in the order of `kinds`."""
    kinds: list[str]
    picture: StackedPicture


def worked_shown(inputs: Inputs, worked: Worked, title: str) -> ShownWorth:
    """`title` is the name of the set of assumptions."""
    value = worked.value
    return ShownWorth(
        said=_said(inputs, title),
        costs=_pence(value.costs),
        benefits=_pence(value.benefits),
        net=_pence(value.net),
        ratio=half_up(worked.ratio, 3),
        category=worked.category,
        switching=_switching(inputs, worked),
        uplift=None if worked.uplift is None else _pence(worked.uplift),
        years=[_year(one) for one in worked.years],
        cases=[
            ShownCase(
                case.name, _pence(case.value.costs), _pence(case.value.benefits), _pence(case.value.net),
                None if case.value.ratio is None else half_up(case.value.ratio, 3), case.category,
            )
            for case in worked.cases
        ],
        outcomes=_outcomes(inputs, worked),
        lines=_lines(inputs),
        kinds=[VALUE_WORDS[kind] for kind in KINDS],
        picture=_picture(worked.years),
    )  # fmt: skip


def valuation_shown(valuation: Valuation) -> ShownWorth:
    """Worked out again from what was kept, by the assumptions of then."""
    inputs, by = inputs_kept(valuation.inputs), valuation.assumption_set
    return worked_shown(inputs, worked_by(inputs, by), by.title)


def worked_by(inputs: Inputs, by: AssumptionSet) -> Worked:
    return work_out(inputs, assumptions_of(by), deflators_of(by))


def ratio_of(valuation: Valuation) -> Decimal:
    return half_up(Fraction(valuation.results["ratio"]), 3)


def percent(share: Fraction) -> str:
    """`2.5%` for a fortieth; at most two places, a real minus before what is less than nought."""
    places = half_up(100 * share, 2)
    words = f"{abs(places):f}".rstrip("0").rstrip(".") if places % 1 else f"{abs(places):.0f}"
    return f"{'−' if places < 0 else ''}{words}%"


def _said(inputs: Inputs, title: str) -> list[tuple[str, str]]:
    said = [
        ("Assumptions", title),
        ("Present values of", str(FinancialYear(inputs.base_year))),
        ("Prices", _prices(inputs)),
        ("Costs that count", SCOPE_WORDS[inputs.scope]),
        ("Optimism bias", percent(Fraction(inputs.optimism_bias, 100_00))),
        ("Additional share of the benefits typed by year", percent(Fraction(inputs.additionality, 100_00))),
    ]
    if land := inputs.land:
        of_land = f"from {pounds(land.present_use)} to {pounds(land.new_use)} for a hectare, {_number(land.hectares)}"
        kept = percent(Fraction(land.additionality, 100_00))
        said.append(("Land value", f"{of_land} hectares in {FinancialYear(land.year)}, {kept} additional"))
    return said


def _prices(inputs: Inputs) -> str:
    prices = FinancialYear(inputs.prices_of)
    return f"As paid in each year, brought to the prices of {prices}" if inputs.nominal else f"Those of {prices}"


def _switching(inputs: Inputs, worked: Worked) -> str:
    if worked.switching is None:
        return ""
    change = half_up(100 * worked.switching, 2)
    way = "fall" if change < 0 else "rise"
    target = _number(inputs.target)
    return f"{percent(worked.switching)}: the ratio is {target} when the benefits {way} by {abs(change)}%"


def _lines(inputs: Inputs) -> list[tuple[str, list[int | None]]]:
    years = sorted({year for _, year in inputs.lines})
    return [(str(FinancialYear(year)), [inputs.lines.get((kind, year)) for kind in KINDS]) for year in years]


def _outcomes(inputs: Inputs, worked: Worked) -> list[ShownOutcome]:
    return [
        ShownOutcome(
            name=outcome.name,
            gross=_number(outcome.gross),
            reference=_number(outcome.reference),
            adjusted=_adjusted(outcome.adjustments),
            net=_number(outcome.net),
            cost_each=_pence(100 * worked.value.costs / outcome.net) if outcome.net > 0 else None,
        )
        for outcome in inputs.outcomes
    ]


def _adjusted(by: Adjustments) -> str:
    shares = (("leakage", by.leakage), ("displacement", by.displacement), ("substitution", by.substitution))
    said = [f"{name} {percent(share)}" for name, share in shares if share]
    said += [f"multiplier {_number(100 * by.multiplier)}"] if by.multiplier != 1 else []
    return ", ".join(said) or "none"


def _year(one: YearWorth) -> ShownYear:
    sums = (one.costs, one.benefits, one.value.costs, one.value.benefits)
    return ShownYear(str(one.year), half_up(one.discount, 5), *(_pence(amount) for amount in sums))


def _picture(years: Sequence[YearWorth]) -> StackedPicture:
    """Each year by itself, those after the twelfth together."""
    first, rest = years[:_YEARS_DRAWN], years[_YEARS_DRAWN:]
    bars = [_bar(str(one.year), [one]) for one in first]
    bars += [_bar(f"{rest[0].year} to {rest[-1].year}", rest)] if rest else []
    return stacked_picture("present-values", "Present values by year", bars)


def _bar(label: str, years: Sequence[YearWorth]) -> tuple[str, str, list[Part]]:
    costs = _pence(sum((one.value.costs for one in years), Fraction(0)))
    benefits = _pence(sum((one.value.benefits for one in years), Fraction(0)))
    parts = [Part("Costs", pounds(costs), costs, "navy"), Part("Benefits", pounds(benefits), benefits, "teal")]
    return label, " and ".join(part.shown for part in parts if part.value), parts


def _pence(amount: Fraction) -> int:
    return int(half_up(amount))


def _number(hundredths: int | Fraction) -> str:
    """`64.8` for 6480 hundredths."""
    places = half_up(Fraction(hundredths) / 100, 2)
    return f"{places:,f}".rstrip("0").rstrip(".") if places % 1 else f"{places:,.0f}"
