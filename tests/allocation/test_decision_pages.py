"""The pages of decisions: rights, what is said where, bad input, and what they cost."""

import re
from html import unescape

import pytest
from sqlalchemy import event, select

from grants.allocation.models import Decision, DecisionOutcome
from grants.appraisal.models import Moderation
from grants.bids.models import BidStatus, Conflict
from grants.funds.models import Criterion, Stream
from grants.kernel.db import Json, db
from grants.kernel.financial_year import FinancialYear as FY
from grants.people.roles import Role
from tests.factories import NOW, make_bid, make_closed_round, make_decision, make_person, sign_in

READERS = [Role.PROGRAMME_MANAGER, Role.FINANCE_OFFICER, Role.AUDITOR]
OTHERS = [Role.BID_COORDINATOR, Role.SECTION_151_OFFICER, Role.APPRAISER, Role.MODERATOR, Role.ADMINISTRATOR]


@pytest.fixture
def manager(session, client):
    person = make_person(Role.PROGRAMME_MANAGER)
    sign_in(client, person)
    return person


@pytest.fixture
def round(session):
    round = make_closed_round()
    bands = Json({"5": "all", "0": "nothing"})
    round.criteria = [Criterion(position=1, code="value", name="Value", weight=100, bands=bands)]
    db.session.flush()
    return round


def ranked(round, mark, by, **values):
    bid = make_bid(round, status=BidStatus.MODERATED, **values)
    [criterion] = round.criteria
    agreed = {"mark": mark, "reason": "Agreed.", "agreed_at": NOW, "agreed_by": by}
    second = {"second_by": make_person(Role.MODERATOR), "seconded_at": NOW, "settled_mark": mark}
    db.session.add(Moderation(bid=bid, criterion=criterion, **agreed, **second))
    db.session.flush()
    return bid


def path(bid, verb=""):
    return f"/decisions/{bid.round.code}/{bid.key}" + (f"/{verb}" if verb else "")


def said(bid, pence="500000", **values):
    name = f"pence_{bid.projects[0].key}_2026_capital"
    return {"outcome": "fund", "reason": "Best value.", "conditions": "", "version": "0", name: pence, **values}


@pytest.mark.parametrize("role", READERS)
def test_who_may_read_decisions_reads_them(round, client, role):
    bid = ranked(round, 4, make_person(Role.MODERATOR))
    make_decision(bid)
    sign_in(client, make_person(role))
    for address in ("/decisions", f"/decisions/{round.code}", path(bid)):
        assert client.get(address).status_code == 200
    assert bid.reference in client.get(f"/decisions/{round.code}").text


@pytest.mark.parametrize("role", OTHERS)
def test_nobody_else_does(round, client, role):
    bid = make_bid(round, status=BidStatus.MODERATED)
    decision = make_decision(bid, confirmed=False)
    sign_in(client, make_person(role))
    for address in ("/decisions", f"/decisions/{round.code}", path(bid), path(bid, "propose"), path(bid, "withdraw")):
        assert client.get(address).status_code == 403
    for verb in ("propose", "confirm", "withdraw", "reopen"):
        assert client.post(path(bid, verb), data=said(bid)).status_code == 403
    assert client.post(f"/decisions/{round.code}/announce", data={"statement": "x"}).status_code == 403
    db.session.refresh(decision)
    assert decision.confirmed_at is None


@pytest.mark.parametrize("role", [Role.FINANCE_OFFICER, Role.AUDITOR])
def test_who_does_not_propose_cannot_and_the_auditor_changes_nothing(round, client, role):
    bid = make_bid(round, status=BidStatus.MODERATED)
    make_decision(bid)
    sign_in(client, make_person(role))
    forbidden = ["propose", "withdraw"] + (["confirm", "reopen"] if role is Role.AUDITOR else [])
    for verb in forbidden:
        assert client.post(path(bid, verb), data=said(bid)).status_code == 403


def test_a_bid_closed_by_a_conflict_counts_nowhere_for_its_reader(round, manager, client):
    """No ask, rank, line or sum tells of it; but the money it was given is gone all the same."""
    closed, bid = ranked(round, 5, manager, pence=9_800_000_00), ranked(round, 4, manager)
    taken = make_decision(closed)
    everything = client.get(f"/decisions/{round.code}").text
    assert "£9,800,000" in everything
    assert ">Left<" in everything
    assert cells_of(everything, bid) == ["2", "80.0", "£500,000", "No", "None yet", ""]
    mine = {"person_id": manager.id, "bid_id": closed.id, "declared_by_id": manager.id}
    db.session.add(Conflict(**mine, declared_at=NOW, reason="My sister works there."))
    db.session.flush()
    page = client.get(f"/decisions/{round.code}").text
    assert "At least one bid of this round is closed to you" in page
    assert "0 of 1 decisions confirmed" in page
    assert cells_of(page, bid) == ["1", "80.0", "£500,000", "Yes", "None yet", ""]
    for shown in (page, client.get("/decisions").text, client.get(f"/decisions/{round.code}/announce").text):
        assert closed.reference not in shown
        assert "£9,800,000" not in shown
        assert ">Left<" not in shown
    assert "Asked for £500,000.<" in "".join(client.get(path(bid, "propose")).text.split("\n"))
    refused = client.post(path(bid, "propose"), data=said(bid, "200000.01")).text
    assert "2026/27 has too little capital left, and this takes £200,000.01." in refused
    assert client.post(path(bid, "propose"), data=said(bid, "200000")).status_code == 302
    assert client.get(path(closed)).status_code == 404
    assert client.post(path(closed, "propose"), data=said(closed)).status_code == 404
    taken.confirmed_by, taken.confirmed_at = None, None
    db.session.flush()
    refused = client.post(f"/decisions/{round.code}/announce", data={"statement": "Thank you."}).text
    assert f"Not yet decided and confirmed: {bid.reference} and what is closed to you." in refused
    closed.status = BidStatus.WITHDRAWN
    db.session.flush()
    assert ">Left<" not in client.get(f"/decisions/{round.code}").text  # that it is withdrawn is not told either


def test_what_is_asked_is_that_of_ranked_bids_here_and_in_the_ranking(round, manager, client):
    ranked(round, 4, manager)
    make_bid(round, status=BidStatus.INELIGIBLE, pence=700_000_00)
    decisions = f"/decisions/{round.code}"
    for address in (decisions, f"{decisions}/announce", f"/appraisal/{round.code}/ranking"):
        page = client.get(address).text
        assert "Asked by ranked bids" in page
        table = page.split("Asked by ranked bids")[1].split("</table>")[0]
        assert ">£500,000<" in table
        assert "£1,200,000" not in page


def cells_of(page, bid):
    """Rank, score, ask, within the money, decision and what is decided, as the page says them of one bid."""
    [row] = [row for row in page.split("<tr") if f">{bid.reference}</a>" in row]
    return [
        unescape(re.sub("<[^>]*>", "", cell)).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
    ]


def test_a_bid_is_only_found_through_its_own_round(round, manager, client):
    bid, other = make_bid(round, status=BidStatus.MODERATED), make_closed_round()
    assert client.get(f"/decisions/{other.code}/{bid.key}").status_code == 404
    assert client.get(f"/decisions/nowhere/{bid.key}").status_code == 404


def test_a_proposal_made_on_the_page_waits_on_the_desk_of_another(round, manager, client):
    bid = ranked(round, 4, manager)
    assert "Bids to decide" in client.get("/").text
    assert 'value="500,000"' in client.get(path(bid, "propose")).text
    assert client.post(path(bid, "propose"), data=said(bid)).status_code == 302
    assert "Decisions to confirm" not in client.get("/").text
    page = client.get(path(bid)).text
    assert "Another person must confirm" in page
    assert "Confirm this decision" not in page
    sign_in(client, make_person(Role.FINANCE_OFFICER))
    assert "Decisions to confirm" in client.get("/").text
    assert "Confirm this decision" in client.get(path(bid)).text
    assert client.post(path(bid, "confirm"), data={"version": "1"}).status_code == 302
    again = client.post(path(bid, "confirm"), data={"version": "1"})
    assert "There is a problem" in again.text
    assert db.session.scalars(select(Decision)).one().confirmed_at


def test_the_proposer_is_refused_even_without_the_button(round, manager, client):
    bid = ranked(round, 4, manager)
    client.post(path(bid, "propose"), data=said(bid))
    answer = client.post(path(bid, "confirm"), data={"version": "1"})
    assert "Another person must confirm what you proposed." in answer.text


def test_a_double_click_proposes_once(round, manager, client):
    bid = ranked(round, 4, manager)
    assert [client.post(path(bid, "propose"), data=said(bid)).status_code for _ in range(2)] == [302, 302]
    assert db.session.scalars(select(Decision)).one().version == 1


@pytest.mark.parametrize(
    "typed", ["NaN", "1e309", "-1", "1,05", "٣", "1_000", "0.001", "9" * 30, "a\x00b", "<b>1</b>", "500000.01"]
)
def test_an_amount_that_is_none_is_answered_next_to_its_box(round, manager, client, typed):
    bid = ranked(round, 4, manager)
    answer = client.post(path(bid, "propose"), data=said(bid, typed))
    assert answer.status_code == 200
    assert f"pence_{bid.projects[0].key}_2026_capital-error" in answer.text
    assert "<b>1</b>" not in answer.text
    assert db.session.scalar(select(Decision)) is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"reason": ""}, "Say why."),
        ({"reason": "a\x00b"}, "cannot be kept"),
        ({"reason": "long " * 20_000}, "too long"),
        ({"outcome": ""}, "Choose what is to become"),
        ({"outcome": "everything"}, "Not a valid choice"),
        ({"version": "7"}, "Somebody else has proposed"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(round, manager, client, values, words):
    bid = ranked(round, 4, manager)
    answer = client.post(path(bid, "propose"), data=said(bid, "499999", **values))
    assert answer.status_code == 200
    assert words in answer.text
    assert 'value="499999"' in answer.text


def test_what_is_left_is_said_next_to_the_year(round, manager, client):
    make_decision(ranked(round, 5, manager, pence=9_900_000_00))
    bid = ranked(round, 4, manager)
    answer = client.post(path(bid, "propose"), data=said(bid))
    assert "2026/27 has £100,000 of capital left, and this takes £500,000." in answer.text
    assert f"pence_{bid.projects[0].key}_2026_capital-error" in answer.text


def test_the_ranking_shows_the_line_and_who_departs_from_it(round, manager, client):
    best, worst = ranked(round, 5, manager, pence=9_900_000_00), ranked(round, 4, manager)
    make_decision(best, DecisionOutcome.REJECT)
    make_decision(worst)
    page = client.get(f"/decisions/{round.code}").text
    assert page.index(best.reference) < page.index(worst.reference)
    assert page.count("Departs from the ranking") == 2
    assert client.get(f"/decisions/{round.code}?line=skip&page=zzz").status_code == 200


def test_titles_are_text(round, manager, client):
    bid = ranked(round, 4, manager, title="<script>alert(1)</script>")
    make_decision(bid, confirmed=False, by=manager, reason="<img src=x>", conditions="<i>")
    for address in (f"/decisions/{round.code}", path(bid), path(bid, "propose"), path(bid, "withdraw")):
        page = client.get(address).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_taking_back_asks_why(round, manager, client):
    bid = ranked(round, 4, manager)
    client.post(path(bid, "propose"), data=said(bid))
    assert "Say why." in client.post(path(bid, "withdraw"), data={"version": "1", "reason": ""}).text
    assert client.post(path(bid, "withdraw"), data={"version": "1", "reason": "Too early."}).status_code == 302
    assert client.get(path(bid, "withdraw")).status_code == 404
    make_decision(bid)
    assert client.post(path(bid, "reopen"), data={"version": "2", "reason": "New facts."}).status_code == 302


def test_a_rounds_page_costs_the_same_for_3_bids_as_for_12(round, manager, client):
    for mark in (5, 4, 3):
        make_decision(ranked(round, mark, manager))
    few = count_queries(client, f"/decisions/{round.code}")
    for _ in range(9):
        make_decision(ranked(round, 2, manager), DecisionOutcome.REJECT)
    db.session.commit()
    assert count_queries(client, f"/decisions/{round.code}") == few
    assert few <= 20


def count_queries(client, address):
    asked = []

    def note(*args):
        asked.append(args[2])

    db.session.commit()
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert client.get(address).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(asked)


def test_the_purse_of_a_year_without_a_budget_is_empty(round, manager, client):
    bid = ranked(round, 4, manager)
    round.budget[0].year = FY(2027)
    answer = client.post(path(bid, "propose"), data=said(bid))
    assert "2026/27 has £0 of capital left" in answer.text
    assert {line.stream for line in round.budget} == {Stream.CAPITAL}


@pytest.mark.parametrize("verb", ["propose", "confirm", "withdraw"])
def test_who_comes_too_late_sees_what_stands_and_sends_again(round, manager, client, verb):
    bid = ranked(round, 4, manager)
    make_decision(bid, confirmed=False, reason="A colleague was first.")
    data = said(bid, "499999", version="7") | {"reason": "What I typed."}
    late = client.post(path(bid, verb), data=data).text
    assert "Somebody else" in late
    assert "A colleague was first." in late
    assert verb == "confirm" or "What I typed." in late
    [version] = set(re.findall(r'name="version" type="hidden" value="(\d+)"', late))
    assert client.post(path(bid, verb), data={**data, "version": version}).status_code == 302
