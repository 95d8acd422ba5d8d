"""Value for money against the worked figures of the field (F3 to F10)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.funds.assuming.value_for_money import (
    GREEN_BOOK_2022,
    Adjustments,
    CostScope,
    Flows,
    additional,
    in_prices_of,
    land_value_uplift,
    value_of,
)
from grants.kernel.rounding import half_up

WORKED = Flows(
    central={0: 400_000_00, 1: 200_000_00},
    council={1: 100_000_00},
    benefits={3: 882_000_00, 4: 12_000_00, 5: 12_000_00},
)
BIASED = Fraction(15, 100)


def pounds(pence):
    return str(half_up(pence / 100, 2))


def test_a_thousand_pounds_lose_value_year_by_year():
    worth = [str(half_up(1000 * GREEN_BOOK_2022.discount(year))) for year in range(11)]
    assert worth == ["1000", "966", "934", "902", "871", "842", "814", "786", "759", "734", "709"]


def test_the_rate_falls_after_thirty_years_and_again_after_seventy_five():
    discount = GREEN_BOOK_2022.discount
    assert [str(half_up(discount(year), 5)) for year in (30, 31)] == ["0.35628", "0.34590"]
    assert discount(75) / discount(76) == Fraction(1025, 1000)
    with pytest.raises(ValueError, match="before the base year"):
        discount(-1)


def test_present_values_their_ratio_and_what_is_left():
    value = value_of(WORKED, GREEN_BOOK_2022)
    assert (pounds(value.costs), pounds(value.benefits)) == ("689855.07", "816074.45")
    assert (str(half_up(value.ratio, 3)), pounds(value.net)) == ("1.183", "126219.38")


def test_bias_raises_every_cost_and_says_how_little_may_go_wrong():
    value = value_of(WORKED, GREEN_BOOK_2022, optimism_bias=BIASED)
    assert (pounds(value.costs), str(half_up(value.ratio, 3)), pounds(value.net)) == ("793333.33", "1.029", "22741.12")
    assert str(half_up(100 * value.switching(), 2)) == "-2.79"


@pytest.mark.parametrize(("scope", "ratio"), [(CostScope.CENTRAL, "1.376"), (CostScope.CENTRAL_NET, "1.213")])
def test_whose_money_stands_below_the_line_changes_the_ratio(scope, ratio):
    value = value_of(WORKED, GREEN_BOOK_2022, scope=scope)
    assert pounds(value.costs) == "593236.71"
    assert str(half_up(value.ratio, 3)) == ratio


@pytest.mark.parametrize(
    ("ratio", "category"),
    [("0.999", "Poor"), ("1", "Acceptable"), ("1.5", "Medium"), ("2", "High"), ("3.999", "High"), ("4", "Very high")],
)
def test_the_lower_bound_of_a_category_belongs_to_it(ratio, category):
    assert GREEN_BOOK_2022.category(Fraction(ratio)) == category


def test_money_of_another_year_is_brought_to_the_prices_of_the_base_year():
    assert str(
        half_up(in_prices_of(7_400_000_00, base_index=Fraction("102.789"), index=Fraction("91.031")) / 10**8, 2)
    ) == ("8.36")
    real = in_prices_of(1_050_000_00, base_index=Fraction(100), index=Fraction(104))
    assert pounds(real) == "1009615.38"
    assert pounds(real * GREEN_BOOK_2022.discount(2)) == "942486.76"


def test_what_would_have_come_anyway_does_not_count():
    assert additional(200, 40, Adjustments(displacement=Fraction(1, 4))) == 120
    jobs = Adjustments(leakage=Fraction(1, 10), displacement=Fraction(1, 4), multiplier=Fraction(12, 10))
    assert additional(100, 20, jobs) == Fraction("64.8")


def test_land_gains_by_its_new_use():
    assert land_value_uplift(2_500_000_00, 1_000_000_00, Fraction(1), Fraction(60, 100)) == 900_000_00


amounts = st.dictionaries(st.integers(0, 80), st.integers(0, 10**12), max_size=6)


@given(amounts, amounts, amounts, st.integers(0, 10**9), st.integers(0, 80))
def test_a_cost_more_never_raises_the_ratio_and_scopes_agree_without_council_money(
    central, council, benefits, more, year
):
    flows = Flows(central, council, benefits)
    dearer = Flows({**central, year: central.get(year, 0) + more}, council, benefits)
    first, second = value_of(flows, GREEN_BOOK_2022), value_of(dearer, GREEN_BOOK_2022)
    assert first.ratio is None or second.ratio <= first.ratio
    alone = Flows(central, {}, benefits)
    assert len({value_of(alone, GREEN_BOOK_2022, scope=scope) for scope in CostScope}) == 1


@given(amounts, amounts)
def test_at_the_switching_value_the_ratio_is_one(costs, benefits):
    value = value_of(Flows(costs, {}, benefits), GREEN_BOOK_2022)
    if value.costs and value.benefits:
        assert value.benefits * (1 + value.switching()) == value.costs
