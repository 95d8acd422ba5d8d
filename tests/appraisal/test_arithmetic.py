"""The worked figures of the programme's formulas F1, F2, F11 and F12, and what must hold for any other figures."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.appraisal.arithmetic import (
    SpreadFlag,
    cost_per_home,
    intervention_rate,
    leverage,
    places_of,
    shown,
    spread,
    totals_apart,
    weighted_score,
)
from grants.kernel.rounding import half_up, printed

WEIGHTS = {"value": 50, "delivery": 35, "innovation": 10, "equality": 5}
marks = st.integers(0, 5)


def scores(*given_marks):
    return dict(zip(WEIGHTS, given_marks, strict=True))


def test_the_weighted_score_is_weight_times_mark_over_five():
    assert weighted_score(WEIGHTS, scores(4, 3, 5, 3)) == Decimal("74.0")


def test_all_fives_make_100_and_all_noughts_are_a_score_too():
    assert weighted_score(WEIGHTS, scores(5, 5, 5, 5)) == 100
    assert weighted_score(WEIGHTS, scores(0, 0, 0, 0)) == 0


def test_there_is_no_score_until_every_criterion_has_its_mark():
    assert weighted_score(WEIGHTS, scores(4, None, 5, 3)) is None
    assert weighted_score(WEIGHTS, {"value": 4}) is None


def test_a_mark_that_is_looked_up_may_have_decimals_and_stays_exact():
    assert weighted_score({"place": 50, "case": 50}, {"place": Decimal("3.15"), "case": 4}) == Decimal("71.5")


def test_tenths_are_kept_exactly():
    assert weighted_score({"a": 33, "b": 67}, {"a": 1, "b": 2}) == Decimal("33.4")


@pytest.mark.parametrize("weights", [{"a": 95}, {"a": 60, "b": 41}, {}])
def test_weights_that_do_not_make_100_are_an_error(weights):
    with pytest.raises(ValueError, match="not 100"):
        weighted_score(weights, {})


@pytest.mark.parametrize("mark", [-1, 6, Decimal("5.01")])
def test_a_mark_outside_nought_to_five_is_an_error(mark):
    with pytest.raises(ValueError, match="from 0 to 5"):
        weighted_score(WEIGHTS, scores(mark, None, 3, 3))


def test_a_mark_for_no_criterion_of_the_round_is_an_error():
    with pytest.raises(ValueError, match="no such criterion"):
        weighted_score(WEIGHTS, {**scores(1, 2, 3, 4), "colour": 5})


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.data())
def test_a_score_lies_between_its_lowest_and_highest_mark(parts, data):
    weights = {position: part for position, part in enumerate(parts) if sum(parts) <= 100}
    weights["rest"] = 100 - sum(weights.values())
    given_marks = {criterion: data.draw(marks) for criterion in weights}
    score = weighted_score(weights, given_marks)
    assert min(given_marks.values()) * 20 <= score <= max(given_marks.values()) * 20
    assert score * 5 == sum(weights[c] * given_marks[c] for c in weights)


def test_marks_two_apart_are_flagged_and_a_deviation_of_one_is_not():
    found = spread([4, 2, 3])
    assert (found.range, found.deviation) == (2, Decimal("1.000"))
    assert found.flags == {SpreadFlag.RANGE}


def test_a_deviation_just_above_one_is_flagged():
    found = spread([1, 3, 3, 4])
    assert found.deviation == Decimal("1.258")
    assert found.flags == {SpreadFlag.RANGE, SpreadFlag.DEVIATION}


def test_two_marks_one_apart_are_no_matter_and_one_mark_cannot_lie_apart():
    assert spread([3, 4]).flags == frozenset()
    assert spread([3]) is None
    assert spread([]) is None


@given(st.lists(marks, min_size=2, max_size=9))
def test_spread_does_not_depend_on_who_is_asked_first(given_marks):
    assert spread(given_marks) == spread(sorted(given_marks))
    assert (spread(given_marks).range == 0) == (spread(given_marks).deviation == 0)


@pytest.mark.parametrize(
    ("totals", "apart"), [(("74.0", "59.0"), True), (("74.0", "59.1"), False), (("74.0",), False), ((), False)]
)
def test_totals_fifteen_apart_are_flagged(totals, apart):
    assert totals_apart([Decimal(total) for total in totals]) is apart


@pytest.mark.parametrize(
    ("grant", "homes", "each"),
    [
        (45_202_211_00, 7280, 6209_09),
        (45_000_000_00, 7280, 6181_32),
        (1_976_000_00, 200, 9880_00),
        (1_700_000_00, 330, 5151_52),
        (335_000_00, 30, 11166_67),
        (100_00, Decimal("65.5"), 1_53),
        (0, 10, 0),
        (5, 2, 3),
    ],
)
def test_cost_per_home(grant, homes, each):
    assert cost_per_home(grant, homes) == each


def test_no_homes_cost_nothing_each_that_could_be_named():
    assert cost_per_home(100_00, 0) is None
    with pytest.raises(ValueError, match="fewer than none"):
        cost_per_home(100_00, -1)


def test_leverage_and_intervention_rate():
    grant, council, private = 1_000_000_00, 400_000_00, 2_100_000_00
    assert leverage(grant, council + private) == Fraction(5, 2)
    assert leverage(grant, private) == Fraction(21, 10)
    assert half_up(100 * intervention_rate(grant, grant + council + private), 2) == Decimal("28.57")
    assert leverage(0, council) is None
    assert intervention_rate(0, 0) is None


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [
        (Fraction(1, 8), 2, "0.13"),
        (Fraction(-1, 8), 2, "-0.13"),
        (Decimal("1.005"), 2, "1.01"),
        (Fraction(5, 2), 0, "3"),
        (Fraction(1, 3), 3, "0.333"),
        (7, 1, "7.0"),
        (Fraction(-1, 3), 0, "0"),
    ],
)
def test_halves_are_rounded_away_from_nought(value, places, rounded):
    assert str(half_up(value, places)) == rounded
    assert printed(value, places) == rounded.replace("-", "−")


def test_marks_beside_each_other_have_the_decimals_that_the_longest_needs():
    assert places_of([Fraction(3), Fraction(4)], 0) == 0
    assert places_of([Fraction(3), Fraction(7, 2)], 0) == 1
    assert places_of([Fraction(7, 2), Fraction(10, 3)], 0) == 2
    assert places_of([], 1) == 1
    assert [shown(Fraction(n, 2000), 2, 3) for n in (7300, 7290, 7293)] == ["3.65", "3.645", "3.647"]
