"""F16: where the money ends."""

from hypothesis import given
from hypothesis import strategies as st

from grants.allocation.models import DecisionOutcome
from grants.allocation.pages import departures
from grants.appraisal.ranking.line import Policy, funding_line
from grants.funds.models import Stream
from grants.kernel.financial_year import FinancialYear as FY

FIRST, SECOND = (FY(2026), Stream.CAPITAL), (FY(2027), Stream.CAPITAL)
THREE = [("A", {FIRST: 600_000_00}), ("B", {FIRST: 500_000_00}), ("C", {FIRST: 300_000_00})]
FUND, REJECT = DecisionOutcome.FUND, DecisionOutcome.REJECT


def test_the_line_stops_at_the_first_bid_that_the_money_does_not_reach():
    assert funding_line(THREE, {FIRST: 1_000_000_00}, Policy.STOP) == {"A"}


def test_or_it_skips_that_bid_and_funds_what_still_fits():
    assert funding_line(THREE, {FIRST: 1_000_000_00}, Policy.SKIP) == {"A", "C"}


def test_money_of_one_year_does_not_help_in_another():
    assert funding_line([("A", {FIRST: 1})], {SECOND: 1_000}, Policy.SKIP) == set()


def test_the_last_penny_can_be_given():
    assert funding_line([("A", {FIRST: 100})], {FIRST: 100}, Policy.STOP) == {"A"}
    assert funding_line([("A", {FIRST: 101})], {FIRST: 100}, Policy.STOP) == set()


slots = st.sampled_from([FIRST, SECOND])
asks = st.dictionaries(slots, st.integers(1, 50), max_size=2)


@given(st.lists(asks, max_size=12), st.dictionaries(slots, st.integers(0, 120)), st.sampled_from(Policy))
def test_no_year_is_ever_overspent_and_stopping_funds_no_more_than_skipping(bids, budget, policy):
    ranked = list(enumerate(bids))
    funded = funding_line(ranked, budget, policy)
    for slot in (FIRST, SECOND):
        assert sum(bids[key].get(slot, 0) for key in funded) <= budget.get(slot, 0)
    assert funding_line(ranked, budget, Policy.STOP) <= funding_line(ranked, budget, Policy.SKIP)


def test_a_departure_is_a_bid_funded_below_one_that_is_not_and_that_one_too():
    assert departures([(1, FUND), (2, REJECT), (3, FUND), (4, REJECT)]) == {2, 3}
    assert departures([(1, FUND), (2, FUND), (3, REJECT)]) == set()
    assert departures([(1, None), (2, FUND), (3, None)]) == set()
