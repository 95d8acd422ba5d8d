"""Gates: pass, fail or query with a reason, and a second checker for a fail."""

import pytest

from grants.appraisal import operations
from grants.appraisal.gates import queries
from grants.appraisal.models import GateOutcome, GateResult
from grants.appraisal.operations import Finding
from grants.bids.models import BidStatus, Conflict
from grants.bids.queries import history
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.people.roles import Role
from tests.factories import NOW, make_appraised_round, make_bid, make_bid_round, make_person, sign_in

PASS, FAIL, QUERY = GateOutcome.PASS, GateOutcome.FAIL, GateOutcome.QUERY


@pytest.fixture
def bid(session):
    return make_bid(make_appraised_round())


def check(bid, *outcomes, by):
    findings = {
        gate: Finding(outcome, "" if outcome is PASS else "No proof of it.")
        for gate, outcome in zip(bid.round.gates, outcomes, strict=False)
    }
    operations.check(bid, findings, by=by, at=NOW)
    db.session.flush()
    return queries.gate_results(bid)


def test_a_bid_that_passes_every_gate_goes_to_appraisal(bid, checker):
    check(bid, PASS, PASS, by=checker)
    operations.conclude_eligibility(bid, by=checker, at=NOW)
    assert bid.status is BidStatus.APPRAISAL
    assert bid.shown_status is BidStatus.SUBMITTED


def test_a_round_without_gates_is_concluded_straight(session, checker):
    bid = make_bid(make_bid_round())
    operations.conclude_eligibility(bid, by=checker, at=NOW)
    assert bid.status is BidStatus.APPRAISAL


@pytest.mark.parametrize("outcomes", [(PASS,), (PASS, QUERY), ()])
def test_a_gate_that_is_not_settled_keeps_the_check_open(bid, checker, outcomes):
    check(bid, *outcomes, by=checker)
    with pytest.raises(Refused, match="Not settled yet"):
        operations.conclude_eligibility(bid, by=checker, at=NOW)
    assert bid.status is BidStatus.SUBMITTED


def test_a_fail_counts_only_when_a_second_checker_agrees(bid, checker):
    results = check(bid, PASS, FAIL, by=checker)
    fail = results[bid.round.gates[1].id]
    with pytest.raises(Refused, match="second checker"):
        operations.conclude_eligibility(bid, by=checker, at=NOW)
    with pytest.raises(Refused, match="second person"):
        operations.agree_fail(fail, version_seen=fail.version, by=checker, at=NOW)
    second = make_person(Role.ELIGIBILITY_CHECKER)
    operations.agree_fail(fail, version_seen=fail.version, by=second, at=NOW)
    operations.conclude_eligibility(bid, by=checker, at=NOW)
    assert bid.status is BidStatus.INELIGIBLE
    assert bid.shown_status is BidStatus.SUBMITTED


def test_a_fail_that_is_found_anew_has_to_be_agreed_anew(bid, checker):
    fail = check(bid, PASS, FAIL, by=checker)[bid.round.gates[1].id]
    operations.agree_fail(fail, version_seen=fail.version, by=make_person(Role.ELIGIBILITY_CHECKER), at=NOW)
    db.session.flush()
    again = Finding(FAIL, "Another reason.", fail.version)
    operations.check(bid, {bid.round.gates[1]: again}, by=checker, at=NOW)
    assert fail.second_checker_id is None


def test_a_fail_without_a_reason_is_refused(bid, checker):
    with pytest.raises(Refused, match="Say why"):
        operations.check(bid, {bid.round.gates[0]: Finding(FAIL)}, by=checker, at=NOW)


def test_the_second_of_two_checkers_is_told_and_nothing_is_overwritten(bid, checker):
    check(bid, PASS, by=checker)
    with pytest.raises(Overtaken):
        check(bid, FAIL, by=make_person(Role.ELIGIBILITY_CHECKER))
    assert queries.gate_results(bid)[bid.round.gates[0].id].outcome is PASS


def test_what_the_check_found_is_not_in_the_history_that_the_council_reads(bid, checker):
    check(bid, PASS, PASS, by=checker)
    operations.conclude_eligibility(bid, by=checker, at=NOW)
    db.session.commit()
    verbs = {event.verb for event in db.session.scalars(history(bid))}
    assert not verbs & {"moved", "checked", "found_eligible"}


def test_a_checker_with_a_conflict_or_of_the_council_finds_no_bid(bid, checker, client):
    of_council = make_person(Role.ELIGIBILITY_CHECKER, Role.BID_AUTHOR, council=bid.lead_council)
    db.session.add(
        Conflict(person_id=checker.id, bid_id=bid.id, declared_at=NOW, declared_by_id=checker.id, reason="Cousin.")
    )
    for person in (checker, of_council):
        sign_in(client, person)
        assert bid.reference not in client.get("/eligibility?show=all").text
        assert client.get(f"/eligibility/{bid.key}").status_code == 404
        assert client.post(f"/eligibility/{bid.key}/conclude").status_code == 404
        with pytest.raises(Refused):
            operations.conclude_eligibility(bid, by=person, at=NOW)


def test_the_check_in_the_browser(bid, checker, client):
    sign_in(client, checker)
    one, two = bid.round.gates
    page = f"/eligibility/{bid.key}"
    assert bid.reference in client.get("/eligibility").text
    assert "Bids to check for eligibility" in client.get("/").text
    sent = {f"outcome_{one.id}": "pass", f"version_{one.id}": "0", f"outcome_{two.id}": "fail"}
    refused = client.post(page, data=sent)
    assert f"Say why {two.code} is not passed." in refused.text
    sent[f"reason_{two.id}"] = "<script>alert(1)</script>"
    assert client.post(page, data=sent).status_code == 302
    shown = client.get(page).text
    assert "<script>alert(1)" not in shown
    assert "A second checker must agree." in shown
    assert "A second checker must agree to every fail first." in client.post(f"{page}/conclude").text
    second = make_person(Role.ELIGIBILITY_CHECKER)
    sign_in(client, second)
    assert "Bids with a fail for you to agree to" in client.get("/").text
    version = db.session.scalar(queries.gate_result(bid, two.id)).version
    assert client.post(f"{page}/gates/{two.id}/agree", data={"version": version}).status_code == 302
    assert client.post(f"{page}/conclude").status_code == 302
    assert client.get("/eligibility?show=all").text.count("Ineligible") == 1
    db.session.refresh(bid)
    assert bid.status is BidStatus.INELIGIBLE


@pytest.mark.parametrize("typed", ["a\x00b", "x" * 60_000])
def test_text_that_cannot_be_kept_is_said_next_to_the_field(bid, checker, client, typed):
    sign_in(client, checker)
    gate = bid.round.gates[0]
    sent = {f"outcome_{gate.id}": "fail", f"reason_{gate.id}": typed, f"version_{gate.id}": "0"}
    answer = client.post(f"/eligibility/{bid.key}", data=sent)
    assert answer.status_code == 200
    assert f'id="reason_{gate.id}-error"' in answer.text
    assert db.session.query(GateResult).count() == 0


@pytest.mark.parametrize("outcome", ["excellent", "NaN", "1e309", "\x00"])
def test_an_outcome_that_is_none_is_refused(bid, checker, client, outcome):
    sign_in(client, checker)
    gate = bid.round.gates[0]
    answer = client.post(f"/eligibility/{bid.key}", data={f"outcome_{gate.id}": outcome})
    assert answer.status_code == 200
    assert "There is a problem" in answer.text


def test_only_checkers_check(bid, client):
    for role in (Role.APPRAISER, Role.MODERATOR, Role.AUDITOR, Role.BID_COORDINATOR):
        sign_in(client, make_person(role))
        assert client.get(f"/eligibility/{bid.key}").status_code == 403
        assert client.post(f"/eligibility/{bid.key}/conclude").status_code == 403
