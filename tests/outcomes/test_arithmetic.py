"""The worked figures of the programme's formulas F17 to F22, and the edges of their limits."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.kernel.rounding import half_up
from grants.outcomes.arithmetic import (
    Rag,
    annual_saving,
    cumulative_saving,
    full_year,
    home_equivalents,
    milestone_rag,
    outcome_rag,
    overall_rag,
    payback_years,
    printed_homes,
    progress_rag,
    slip,
    spend_rag,
    year_to_date,
)

G, A, R = Rag.GREEN, Rag.AMBER, Rag.RED


def percent(share):
    return half_up(100 * share, 1)


def test_variance_to_date_and_for_the_year():
    so_far = year_to_date(profile_pence=400_000_00, actual_pence=310_000_00)
    assert (so_far.pence, percent(so_far.share)) == (-90_000_00, Decimal("-22.5"))
    year = full_year(budget_pence=1_000_000_00, actual_pence=310_000_00, rest_pence=520_000_00)
    assert year.outturn == 830_000_00
    assert (year.variance.pence, percent(year.variance.share)) == (-170_000_00, Decimal("-17.0"))


def test_there_is_no_share_of_nothing_planned():
    assert year_to_date(0, 5_00).share is None


@pytest.mark.parametrize(
    ("outturn", "rating"),
    [(830, R), (1049, G), (900, A), (1100, A), (950, G), (1050, G), (1051, A), (899, R), (1101, R), (1000, G)],
)
def test_spend_is_rated_by_how_far_it_lies_from_budget_either_way(outturn, rating):
    assert spend_rag(1000, outturn) is rating


def test_spend_is_rated_to_the_penny():
    assert spend_rag(1_000_000_00, 950_000_00) is G
    assert spend_rag(1_000_000_00, 949_999_99) is A


def test_money_that_moves_past_31_march_is_red_however_little():
    assert spend_rag(1000, 1000, crosses_year_end=True) is R


def test_money_without_a_budget_is_red_and_none_of_either_is_green():
    assert spend_rag(0, 1) is R
    assert spend_rag(0, 0) is G


@pytest.mark.parametrize(
    ("expected", "target", "rating"),
    [(6000, 7280, A), (120, 127, A), (38, 50, R), (95, 100, G), (80, 100, A), (0, 10, R), (130, 100, G)],
)
def test_outcomes_are_rated_by_the_share_of_the_target(expected, target, rating):
    assert outcome_rag(expected, target) is rating


def test_an_outcome_without_a_target_is_not_rated():
    assert outcome_rag(5, 0) is None


def test_progress_is_rated_only_once_two_quarters_are_reported():
    assert progress_rag(38, 50, quarters=1) is None
    assert progress_rag(38, 50, quarters=2) is R
    assert progress_rag(48, 50, quarters=3) is G


@pytest.mark.parametrize(("days", "rating"), [(-10, G), (0, G), (1, A), (45, A), (90, A), (91, R)])
def test_a_milestone_is_rated_by_its_slip(days, rating):
    planned = date(2019, 6, 1)
    assert slip(planned, planned + timedelta(days=days)) == days
    assert milestone_rag(planned, planned + timedelta(days=days)) is rating


def test_a_milestone_past_the_final_date_is_red_however_small_its_slip():
    planned, final = date(2020, 2, 28), date(2020, 3, 31)
    assert milestone_rag(planned, planned + timedelta(days=45), final) is R
    assert milestone_rag(planned, final, final) is A


def test_the_whole_is_as_bad_as_its_worst_part():
    assert overall_rag([G, A, G]) is A
    assert overall_rag([G, R, A]) is R
    assert overall_rag([None, G]) is G
    assert overall_rag([None, None]) is None


def test_a_person_may_put_another_rating_in_its_place_but_says_why():
    assert overall_rag([R, G], override=A, reason="The contract was signed on Monday.") is A
    with pytest.raises(ValueError, match="says why"):
        overall_rag([R, G], override=A, reason=" ")


def test_student_rooms_count_a_quarter_and_only_the_printed_total_is_rounded_down():
    equivalents = home_equivalents([(60, 1), (22, Decimal("0.25"))])
    assert equivalents == Fraction(131, 2)
    assert printed_homes(equivalents) == 65


def test_running_costs():
    saving = annual_saving(baseline_pence=120_000_00, new_pence=75_000_00)
    assert saving == 45_000_00
    assert payback_years(90_000_00, saving) == 2
    assert payback_years(90_000_00, 0) is None
    assert payback_years(90_000_00, -1) is None


@pytest.mark.parametrize(
    ("as_at", "saved"),
    [
        (date(2018, 3, 31), 0),
        (date(2018, 4, 29), 0),
        (date(2018, 4, 30), 3_750_00),
        (date(2018, 6, 30), 11_250_00),
        (date(2019, 3, 30), 41_250_00),
        (date(2019, 3, 31), 45_000_00),
        (date(2021, 3, 31), 135_000_00),
    ],
)
def test_a_saving_grows_by_a_twelfth_with_each_whole_month(as_at, saved):
    assert cumulative_saving(45_000_00, date(2018, 4, 1), as_at) == saved


dates = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(st.integers(0, 10**12), dates, dates, dates)
def test_a_saving_never_shrinks_with_time(saving, starts_on, one, other):
    earlier, later = sorted((one, other))
    assert 0 <= cumulative_saving(saving, starts_on, earlier) <= cumulative_saving(saving, starts_on, later)


@given(st.integers(1, 10**12), st.integers(0, 10**12))
def test_ratings_agree_with_the_printed_variance(budget, outturn):
    share = abs(full_year(budget, 0, outturn).variance.share)
    assert spend_rag(budget, outturn) is (G if share <= Fraction(1, 20) else A if share <= Fraction(1, 10) else R)
