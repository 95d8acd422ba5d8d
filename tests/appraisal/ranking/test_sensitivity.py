"""How places move with the weights: exact, against a plain recomputation."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from grants.appraisal.ranking.counted import POINT, UNITS
from grants.appraisal.ranking.line import Policy
from grants.appraisal.ranking.sensitivity import Fate, Scenario, Standing, scenarios, swings, weights_in
from grants.funds.models import Stream
from grants.kernel.financial_year import FinancialYear as FY
from grants.people.roles import Role
from tests.appraisal.ranking.rows import bare_bid, mark
from tests.factories import make_appraised_round, make_person, sign_in

POT = (FY(2026), Stream.CAPITAL)
WEIGHTS = {1: 50, 2: 30, 3: 20}


def standing(number, *marks, pence=100, tie_place=None):
    units = {one: int(mark * UNITS) for one, mark in enumerate(marks, start=1)}
    return Standing(number, units, tie_place or number, weak=False, recommended=True, ask={POT: pence})


def test_five_more_and_five_less_of_each_with_the_others_in_proportion():
    assert len(scenarios(WEIGHTS)) == 6
    changed, scale = weights_in(Scenario(1, 50, 55), WEIGHTS)
    assert {one: Fraction(weight, scale) for one, weight in changed.items()} == {1: 55, 2: 27, 3: 18}
    assert scenarios({1: 100}) == []
    assert [one.changed for one in scenarios({1: 3, 2: 97})] == [8, 0, 100, 92]


@given(st.dictionaries(st.integers(1, 6), st.integers(1, 40), min_size=2).map(lambda d: d))
def test_the_weights_of_every_case_still_make_100(drawn):
    total = sum(drawn.values())
    weights = {**drawn, 99: max(1, 100 - total)}
    for scenario in scenarios(weights):
        changed, scale = weights_in(scenario, weights)
        if sum(weights.values()) == 100:
            assert sum(changed.values()) == 100 * scale
        assert min(changed.values()) >= 0


def test_a_bid_that_lives_on_one_criterion_falls_with_its_weight_and_crosses_the_line():
    one, two = standing(1, 5, 2, 2), standing(2, 3, 4, 4)  # 70 each: the tie-break decides now
    found = swings([one, two], WEIGHTS, {POT: 100}, 0, Policy.STOP)
    assert (found[1].place, found[2].place) == (1, 2)
    assert (found[1].best, found[1].worst, found[2].best) == (1, 2, 1)
    assert found[1].worst_in == Scenario(1, 50, 45)
    assert (found[1].fate, found[2].fate) == (Fate.FUNDED, Fate.RESERVE)
    assert found[1].changes[Fate.RESERVE] == found[2].changes[Fate.FUNDED]
    assert Scenario(1, 50, 55) not in found[1].changes[Fate.RESERVE]


def test_a_total_that_falls_below_the_pass_mark_is_not_taken_for_a_want_of_money():
    one, weak = standing(1, 5, 2, 2), replace(standing(2, 1, 5, 5), weak=True)
    found = swings([one, weak], WEIGHTS, {POT: 1000}, 70 * POINT, Policy.STOP)  # 70, and less with the first at 45
    assert list(found[1].changes) == [Fate.BELOW]
    assert (found[2].fate, found[2].changes) == (Fate.WEAK, {})
    assert not any(swing.lacks_money for swing in found.values())


MARKS = st.lists(st.fractions(0, 5, max_denominator=60), min_size=3, max_size=3)


@settings(max_examples=40, deadline=None)
@given(st.lists(MARKS, min_size=1, max_size=7))
def test_places_are_those_of_a_plain_recomputation_with_fractions(drawn):
    rows = [standing(number, *marks) for number, marks in enumerate(drawn, start=1)]
    found = swings(rows, WEIGHTS, {POT: 300}, 50 * POINT, Policy.STOP)
    plain = {number: [] for number in found}
    cases = [WEIGHTS]
    for changed, weight in WEIGHTS.items():
        for new in (weight + 5, weight - 5):
            rest = Fraction(100 - new, 100 - weight)
            cases.append({one: Fraction(new) if one == changed else rest * old for one, old in WEIGHTS.items()})
    for weights in cases:
        totals = {n: sum(weights[one] * m for one, m in enumerate(marks, 1)) for n, marks in enumerate(drawn, 1)}
        for place, number in enumerate(sorted(totals, key=lambda n: (-totals[n], n)), start=1):
            plain[number].append(place)
    assert {n: (swing.place, swing.best, swing.worst) for n, swing in found.items()} == {
        n: (places[0], min(places), max(places)) for n, places in plain.items()
    }


def test_the_page_shows_who_crosses_the_funding_line(session, client):
    round_ = make_appraised_round()
    round_.budget[0].pence = 500_000_00
    one, two, low = (bare_bid(round_, pence=400_000_00) for _ in range(3))
    mark(one, [5, 2, 2])
    mark(two, [3, 4, 4])
    mark(low, [3, 0, 0])
    sign_in(client, make_person(Role.PROGRAMME_MANAGER))
    shown = client.get(f"/appraisal/{round_.code}/ranking/sensitivity").text
    assert "Then reserve" in shown
    assert "Then within the money" in shown
    assert "Below the pass mark" in shown
    assert "Value for money 45 instead of 50" in shown
    assert low.reference in shown
    changing = client.get(f"/appraisal/{round_.code}/ranking/sensitivity?show=changing").text
    assert low.reference not in changing
    round_.budget[0].pence = 9_000_000_00
    shown = client.get(f"/appraisal/{round_.code}/ranking/sensitivity").text
    assert "the money reaches every recommended bid" in shown
    assert "Reserve" not in shown
    sign_in(client, make_person(Role.APPRAISER))
    assert client.get(f"/appraisal/{round_.code}/ranking/sensitivity").status_code == 403
