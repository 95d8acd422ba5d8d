"""Financial years, quarters, and London's clock on the nights when it changes."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.kernel.clock import from_london, has_passed, london
from grants.kernel.financial_year import FinancialYear as FY
from grants.kernel.financial_year import Quarter


@pytest.mark.parametrize("label", ["2017/18", "2017-18", "2017/2018", " 2017–18 "])
def test_a_year_is_read_in_every_form_in_which_papers_print_it(label):
    assert FY.parse(label) == FY(2017)


@pytest.mark.parametrize("label", ["2017/19", "2017", "2017/17", "17/18", "2017/2019", "٢٠١٧/18"])
def test_two_years_that_do_not_follow_each_other_are_refused(label):
    with pytest.raises(ValueError, match=r"financial year|follow"):
        FY.parse(label)


def test_the_year_turns_between_31_march_and_1_april():
    assert FY.of(date(2018, 3, 31)) == FY(2017)
    assert FY.of(date(2018, 4, 1)) == FY(2018)
    assert str(FY(1999)) == "1999/00"


@given(st.dates(min_value=date(1901, 1, 1), max_value=date(2190, 1, 1)))
def test_every_day_lies_in_one_year_and_one_quarter_of_it(day):
    assert day in FY.of(day)
    quarter = Quarter.of(day)
    assert quarter.year == FY.of(day)
    assert quarter.first_day <= day <= quarter.last_day
    assert quarter.last_day + timedelta(days=1) == quarter.next().first_day


def test_quarters_count_on_over_the_year_end():
    assert Quarter(FY(2025), 3).until(Quarter(FY(2026), 1)) == [
        Quarter(FY(2025), 3),
        Quarter(FY(2025), 4),
        Quarter(FY(2026), 1),
    ]
    assert Quarter(FY(2026), 2).until(Quarter(FY(2026), 1)) == []


def test_a_minute_to_midnight_in_london_is_an_hour_earlier_in_summer():
    assert from_london(date(2026, 7, 31), time(23, 59)) == datetime(2026, 7, 31, 22, 59, tzinfo=UTC)
    assert from_london(date(2026, 12, 31), time(23, 59)) == datetime(2026, 12, 31, 23, 59, tzinfo=UTC)


def test_a_time_that_the_spring_night_leaves_out_is_refused():
    with pytest.raises(ValueError, match="clocks go forward"):
        from_london(date(2026, 3, 29), time(1, 30))


def test_a_time_that_the_autumn_night_has_twice_means_the_first():
    first = from_london(date(2026, 10, 25), time(1, 30))
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert london(first).hour == 1


def test_the_last_instant_is_in_time_and_the_next_is_not():
    deadline = from_london(date(2026, 7, 31), time(23, 59))
    assert not has_passed(deadline, deadline)
    assert has_passed(deadline, deadline + timedelta(microseconds=1))
