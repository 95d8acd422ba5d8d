"""What the parts of a bid must agree on, one penny and one day on either side."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.bids import operations as bids
from grants.bids.answers.computed import NOTHING_YET, Figures, computed_words
from grants.bids.checks import State, faults, section_state, values_of
from grants.bids.cross_checks import CHECKS, cross_faults
from grants.bids.fault import Place
from grants.bids.models import Answer, Bid, BidCouncil, BidPartner, FundingLine, FundingSource, Project
from grants.bids.queries import bid_in_full
from grants.councils.models import Council
from grants.funds.definition.types import CheckKind, Formula
from grants.funds.models import Asked, Question, QuestionKind, Round, Section, Stream
from grants.kernel.db import Json
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear as FY
from tests.factories import NOW, fill_in, make_bid_round, make_council, make_draft, make_team

MESSAGE = "The parts must agree."


def bid_with(*checks, projects=(), answers=None, final_date=None):
    """A bid that was never in a database. Projects as `{(year, source): pence}`; answers by (kind, settings, value),
    one question each, in the section `asked`, or `works` for what is asked of the first project."""
    answers = answers or {}
    round = Round(final_date=final_date, cross_checks=Json({"checks": [{"message": MESSAGE, **c} for c in checks]}))
    made = [Project(id=n, title=f"Project {n}", funding=_lines(money)) for n, money in enumerate(projects, start=1)]
    bid = Bid(round=round, form_version=1, projects=made)
    sections = {"asked": Asked.BID, "works": Asked.PROJECT}
    round.sections = [Section(code=code, per=per, version_from=1, questions=[]) for code, per in sections.items()]
    for number, (path, (kind, settings, value)) in enumerate(answers.items(), start=1):
        code, key = path.split(".")
        section = next(each for each in round.sections if each.code == code)
        question = Question(id=number, code=key, kind=kind, label=f"{key}?", version_from=1, settings=Json(settings))
        section.questions.append(question)
        project_id = 1 if code == "works" else None
        bid.answers.append(Answer(question_id=number, project_id=project_id, value=Json({"is": value})))
    return bid


def _lines(money):
    return [FundingLine(year=FY(y), source=s, stream=Stream.CAPITAL, pence=pence) for (y, s), pence in money.items()]


def told(bid):
    return [fault.text for fault in cross_faults(bid, values_of(bid), bid.projects)]


def grant(pence, year=2026):
    return {(year, FundingSource.GRANT): pence}


def test_there_is_a_rule_for_each_kind_of_check():
    assert set(CHECKS) == set(CheckKind)


@pytest.mark.parametrize(("pence", "count"), [(500_000_00, 0), (500_000_01, 1), (0, 0)])
def test_a_bid_asks_for_the_most_grant_and_not_a_penny_more(pence, count):
    bid = bid_with({"kind": "most_grant", "pounds": 500_000}, projects=[grant(pence - 100), grant(100)])
    assert len(told(bid)) == count
    if count:
        assert told(bid) == [f"{MESSAGE} You ask for £500,000.01."]


def test_a_limit_per_project_is_told_of_the_project_that_breaks_it():
    check = {"kind": "most_grant", "pounds": 100, "per": "project"}
    bid = bid_with(check, projects=[grant(100_00), grant(100_01)])
    (fault,) = cross_faults(bid, values_of(bid), bid.projects)
    assert fault.text == f"Project 2: {MESSAGE} You ask for £100.01."
    assert (fault.place, fault.project) == (Place.FUNDING, bid.projects[1])


@pytest.mark.parametrize(("pence", "count"), [(99_99, 1), (100_00, 0), (0, 0)])
def test_the_least_grant_is_enough_and_no_grant_is_another_fault(pence, count):
    assert len(told(bid_with({"kind": "least_grant", "pounds": 100}, projects=[grant(pence)]))) == count


def test_a_bid_has_no_more_projects_than_its_round_allows():
    check = {"kind": "most_projects", "count": 1}
    assert told(bid_with(check, projects=[{}])) == []
    assert told(bid_with(check, projects=[{}, {}])) == [f"{MESSAGE} The bid has 2."]


def test_councils_and_other_partners_count_together():
    bid = bid_with({"kind": "least_bodies", "count": 2})
    bid.councils.append(BidCouncil(council=Council(), leads=True))
    assert told(bid) == [f"{MESSAGE} The bid names 1."]
    bid.partners.append(BidPartner(name="A trust"))
    assert told(bid) == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"2026": 100_00, "2027": 50_00}, ""),
        (
            {"2026": 100_01, "2027": 50_00},
            (
                "In 2026/27, the funding tables say £100 and this answer says £100.01. "
                "In total, the funding tables say £150 and this answer says £150.01."
            ),
        ),
        (
            {"2026": 150_00},
            (
                "In 2026/27, the funding tables say £100 and this answer says £150. "
                "In 2027/28, the funding tables say £50 and this answer says £0."
            ),
        ),
        (None, ""),
    ],
)
def test_the_profile_is_the_ask_in_every_year_and_in_total(value, said):
    check = {"kind": "grant_equals", "question": "asked.ask"}
    answers = {"asked.ask": (QuestionKind.MONEY_BY_YEAR, {}, value)}
    match = {(2026, FundingSource.COUNCIL): 999_00}
    bid = bid_with(check, projects=[grant(100_00) | match, grant(50_00, 2027)], answers=answers)
    assert told(bid) == ([f"{MESSAGE} {said}"] if said else [])


def test_what_is_asked_of_a_project_is_compared_with_its_own_money():
    check = {"kind": "grant_equals", "question": "works.ask"}
    answers = {"works.ask": (QuestionKind.MONEY, {}, 100_01)}
    bid = bid_with(check, projects=[grant(100_00), grant(1)], answers=answers)
    (fault,) = cross_faults(bid, values_of(bid), bid.projects)
    assert fault.text.startswith(f"Project 1: {MESSAGE} In total, the funding tables say £100 and")
    assert (fault.place, fault.section, fault.field) == (Place.SECTION, bid.round.sections[1], "q_ask")
    bid.answers[0].value = Json({"is": 100_00})
    assert told(bid) == []


@pytest.mark.parametrize(("day", "count"), [("2028-03-31", 0), ("2028-04-01", 1)])
def test_the_release_may_be_on_the_final_date_and_not_a_day_later(day, count):
    check = {"kind": "not_after_final_date", "question": "works.release_on"}
    answers = {"works.release_on": (QuestionKind.DATE, {}, day)}
    bid = bid_with(check, projects=[{}], answers=answers, final_date=date(2028, 3, 31))
    assert told(bid) == [f"Project 1: {MESSAGE} The round's final date is 31 March 2028."] * count
    bid.round.final_date = None
    assert told(bid) == []


def test_a_question_that_is_not_asked_is_not_compared():
    check = {"kind": "not_after_final_date", "question": "asked.day"}
    condition = {"only_if": {"question": "sure", "is": "yes"}}
    answers = {"asked.sure": (QuestionKind.YES_NO, {}, "no"), "asked.day": (QuestionKind.DATE, condition, "2030-01-01")}
    bid = bid_with(check, answers=answers, final_date=date(2028, 3, 31))
    assert told(bid) == []
    bid.answers[0].value = Json({"is": "yes"})
    assert len(told(bid)) == 1


@pytest.mark.parametrize(("cost", "count"), [(150_00, 0), (150_01, 1)])
def test_grant_and_match_cover_the_cost_in_a_table(cost, count):
    check = {"kind": "funding_covers", "question": "works.costs", "column": "cost"}
    columns = {"columns": [{"key": "item", "kind": "text"}, {"key": "cost", "kind": "money"}]}
    rows = [{"item": "Clear", "cost": cost - 1}, {"item": "Level", "cost": 1}, {"item": "Not priced", "cost": None}]
    money = grant(100_00) | {(2027, FundingSource.PRIVATE): 50_00}
    bid = bid_with(check, projects=[money], answers={"works.costs": (QuestionKind.TABLE, columns, rows)})
    assert len(told(bid)) == count


def test_money_of_one_year_does_not_cover_the_cost_of_another():
    check = {"kind": "funding_covers", "question": "asked.cost"}
    answers = {"asked.cost": (QuestionKind.MONEY_BY_YEAR, {}, {"2026": 40_00, "2027": 60_00})}
    (said,) = told(bid_with(check, projects=[grant(100_00)], answers=answers))
    assert said == f"{MESSAGE} In 2027/28, grant and other money come to £0 and the cost to £60."


@pytest.mark.parametrize(("total", "count"), [(30_00, 0), (30_01, 1)])
def test_the_items_add_up_to_the_whole(total, count):
    check = {"kind": "sum_equals", "question": "asked.items", "column": "cost", "other": "asked.whole"}
    columns = {"columns": [{"key": "cost", "kind": "money"}]}
    answers = {
        "asked.items": (QuestionKind.TABLE, columns, [{"cost": 10_00}, {"cost": 20_00}]),
        "asked.whole": (QuestionKind.MONEY, {}, total),
    }
    assert (
        told(bid_with(check, answers=answers))
        == [f"{MESSAGE} In total, it is £30 here and £30.01 under “whole?”."] * count
    )


@pytest.mark.parametrize(("match", "count"), [(25_00, 0), (24_99, 1)])
def test_a_quarter_of_all_money_is_a_quarter_to_the_penny(match, count):
    check = {"kind": "match_percent", "percent": 25}
    money = {(2026, FundingSource.GRANT): 75_00, (2026, FundingSource.RIGHT_TO_BUY): match}
    assert len(told(bid_with(check, projects=[money]))) == count


pence = st.integers(1, 10**15)


@given(st.lists(pence, min_size=1, max_size=5), st.integers(-2, 2))
def test_the_ask_agrees_exactly_when_it_is_the_sum(parts, off):
    answers = {"asked.ask": (QuestionKind.MONEY, {}, sum(parts) + off)}
    bid = bid_with(
        {"kind": "grant_equals", "question": "asked.ask"}, projects=[grant(p) for p in parts], answers=answers
    )
    assert bool(told(bid)) is bool(off)


@given(pence, st.integers(1, 10**15), st.integers(1, 100))
def test_the_share_of_match_is_exact_whatever_the_sums(ask, match, percent):
    money = {(2026, FundingSource.GRANT): ask, (2026, FundingSource.PRIVATE): match}
    short = Fraction(match, ask + match) < Fraction(percent, 100)
    assert bool(told(bid_with({"kind": "match_percent", "percent": percent}, projects=[money]))) is short


def test_pages_and_submission_share_the_checks(session):
    round = make_bid_round()
    round.cross_checks = Json({"checks": [{"kind": "grant_equals", "question": "need.cost", "message": MESSAGE}]})
    author, coordinator, _ = make_team(lead := make_council())
    bid = fill_in(make_draft(round, lead=lead, by=author), author, pence=100_00)
    need, cost = round.sections[0], round.sections[0].questions[-1]
    bids.answer(bid, cost, 100_01, by=author, at=NOW)
    full = bid_in_full(bid.id)
    (fault,) = faults(full)
    assert fault.text.startswith(MESSAGE)
    assert section_state(full, need, None, values_of(full)) is State.IN_PROGRESS
    with pytest.raises(Refused, match="1 thing is left to do"):
        bids.send_for_sign_off(bid, by=coordinator, at=NOW)
    bids.answer(bid, cost, 100_00, by=author, at=NOW)
    bids.send_for_sign_off(bid, by=coordinator, at=NOW)


@pytest.mark.parametrize(
    ("formula", "figures", "words"),
    [
        (Formula.COST_PER_HOME, Figures(45_202_211_00, 45_202_211_00, Fraction(7280)), "£6,209.09"),
        (Formula.COST_PER_HOME, Figures(45_000_000_00, 45_000_000_00, Fraction(7280)), "£6,181.32"),
        (Formula.COST_PER_HOME, Figures(1_976_000_00, 1_976_000_00, Fraction(200)), "£9,880"),
        (Formula.COST_PER_HOME, Figures(335_000_00, 335_000_00, Fraction(30)), "£11,166.67"),
        (Formula.COST_PER_HOME, Figures(1_00, 1_00, Fraction(0)), NOTHING_YET),
        (Formula.LEVERAGE, Figures(1_000_000_00, 3_500_000_00, Fraction(0)), "£2.50 for each £1 of grant"),
        (Formula.LEVERAGE, Figures(0, 5_00, Fraction(0)), NOTHING_YET),
        (Formula.INTERVENTION_RATE, Figures(1_000_000_00, 3_500_000_00, Fraction(0)), "28.57%"),
        (Formula.INTERVENTION_RATE, Figures(0, 0, Fraction(0)), NOTHING_YET),
    ],
)
def test_figures_are_worked_out_exactly_and_rounded_when_they_are_shown(formula, figures, words):
    assert computed_words(Question(settings=Json({"formula": formula})), figures) == words
