"""The programme page: awards beside budget and stated total, and by region."""

from datetime import timedelta
from fractions import Fraction

import pytest

from grants.awards.models import AwardStatus
from grants.funds.models import BudgetLine, RoundStatus, Stream
from grants.kernel.financial_year import FinancialYear as FY
from grants.people.roles import Role
from grants.reports.programme import money_of, percent, regions_of, signed_percent
from tests.factories import NOW, make_award, make_council, make_person, make_round, sign_in


@pytest.fixture
def round(session):
    made = make_round(
        status=RoundStatus.ANNOUNCED,
        announced_at=NOW - timedelta(days=9),
        first_year=FY(2017),
        last_year=FY(2019),
        headline_pence=45_000_000_00,
    )
    made.budget = [BudgetLine(year=FY(2017), stream=Stream.CAPITAL, pence=24_997_308_00)]
    make_award(make_council(region="South West"), round=made, profile={2017: 20_469_500_00})
    make_award(make_council(region="London"), round=made, profile={2017: 20_000_000_00, 2018: 4_732_711_00})
    return made


def test_the_gap_between_awards_and_stated_total_is_shown_in_pounds_and_as_a_share(round):
    money = money_of([round])[0]
    assert (money.awarded_total, money.awards) == (45_202_211_00, 2)
    assert (money.gap, money.gap_percent) == (202_211_00, "+0.45%")
    assert money.awarded == {FY(2017): 40_469_500_00, FY(2018): 4_732_711_00}


def test_regions_share_the_money_and_what_is_withdrawn_leaves(session, round):
    gone = make_award(make_council(region="London"), round=round, profile={2017: 1_00}, status=AwardStatus.WITHDRAWN)
    assert [(s.region, s.awards, s.percent) for s in regions_of([round.id])] == [
        ("London", 1, "54.7%"),
        ("South West", 1, "45.3%"),
    ]
    assert gone.status is AwardStatus.WITHDRAWN


def test_an_award_without_a_settled_council_has_no_region(session, round):
    make_award(None, round=round, profile={2017: 1_00}).council = None
    assert [s.awards for s in regions_of([round.id]) if s.region == "Not known"] == [1]


def test_shares_are_rounded_half_up_and_never_divide_by_nothing():
    assert (percent(1, 8), percent(1, 2000), percent(5, 0)) == ("12.5%", "0.1%", "")
    assert (signed_percent(Fraction(-3, 10)), signed_percent(Fraction(0))) == ("−30.00%", "+0.00%")


def test_the_page_shows_it_to_the_programme_and_to_nobody_else(client, round):
    sign_in(client, make_person(Role.FINANCE_OFFICER))
    page = client.get("/programme").text
    for said in ("£45,202,211", "+£202,211 (+0.45%)", "South West", "45.3%", "Capital receipts"):
        assert said in page
    assert client.get(f"/programme?round={round.code}").status_code == 200
    assert client.get("/programme?round=nonsense").status_code == 200
    sign_in(client, make_person(Role.BID_AUTHOR))
    assert client.get("/programme").status_code == 403


def test_a_round_not_announced_is_not_told_of(session, client):
    hidden = make_round(name="Hidden round")
    sign_in(client, make_person(Role.FINANCE_OFFICER))
    page = client.get(f"/programme?round={hidden.code}").text
    assert "Hidden round" not in page
    assert "No round has been announced" in page
