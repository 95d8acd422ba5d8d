"""Pounds as people type and read them, pence as the product keeps them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.kernel.money import MOST_PENCE, parse_pounds, pounds, share, typed_pounds


@pytest.mark.parametrize(
    ("typed", "pence"),
    [
        ("£1,050,000", 1_050_000_00),
        ("70.5", 70_50),
        (" 0.01 ", 1),
        ("0", 0),
        ("92233720368547758.07", MOST_PENCE),
    ],
)
def test_what_people_type_is_read_in_one_way(typed, pence):
    assert parse_pounds(typed) == pence


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "NaN",
        "Infinity",
        "1e309",
        "-1",
        "0.001",
        "1.005",
        "1_000",
        "٣",
        "1,05",
        "£",
        "1 000",
        "92233720368547758.08",
    ],
)
def test_what_could_mean_two_things_is_refused(typed):
    with pytest.raises(ValueError, match=r"not an amount|too large"):
        parse_pounds(typed)


@given(st.integers(min_value=0, max_value=MOST_PENCE))
def test_a_sum_shown_and_typed_again_is_the_same_sum(pence):
    assert parse_pounds(typed_pounds(pence)) == pence
    assert parse_pounds(pounds(pence)) == pence


def test_no_money_is_not_nought():
    assert pounds(None) == ""
    assert pounds(0) == "£0"
    assert pounds(-170_000_00) == "−£170,000"


def test_a_third_of_a_hundred_pounds_loses_no_penny():
    assert share(100_00, [1, 1, 1]) == [33_34, 33_33, 33_33]


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any))
def test_shares_always_add_up_again(pence, weights):
    parts = share(pence, weights)
    assert sum(parts) == pence
    assert all(abs(part - pence * weight / sum(weights)) < 1.001 for part, weight in zip(parts, weights, strict=True))
