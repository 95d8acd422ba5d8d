"""Gates: pass, fail or query with a reason, and a second checker for a fail."""

import pytest

from grants.appraisal import operations
from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.gates import checking, queries
from grants.appraisal.models import FlagKind, GateOutcome, GateResult
from grants.appraisal.operations import Finding
from grants.appraisal.remarks.flagging import Remark, raise_flag
from grants.bids.models import BidStatus, Conflict
from grants.bids.queries import history
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.people.roles import Role
from tests.factories import (
    NOW,
    give_scores,
    make_appraised_round,
    make_bid,
    make_bid_round,
    make_person,
    make_task,
    sign_in,
)

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


def conflict_of(person, bid):
    """Found by somebody else, after what `person` did here; the reason is for those who settle conflicts alone."""
    close_bid(bid, person, reason="A cousin sells the land.", by=make_person(Role.PROGRAMME_MANAGER), at=NOW)
    db.session.commit()


def test_a_finding_of_somebody_with_a_conflict_is_set_aside_and_its_gate_checked_again(bid, checker, client):
    check(bid, PASS, PASS, by=checker)
    db.session.commit()
    second = make_person(Role.ELIGIBILITY_CHECKER)
    sign_in(client, second)
    assert client.get("/eligibility").text.count(">1 of 1<") == 2
    conflict_of(checker, bid)
    assert client.get("/eligibility").text.count(">0 of 1<") == 2
    page = client.get(f"/eligibility/{bid.key}").text
    assert page.count("Set aside: Cherry Checker has a conflict of interest with this bid") == 2
    assert "cousin" not in page
    with pytest.raises(Refused, match="Not settled yet: E1"):
        operations.conclude_eligibility(bid, by=second, at=NOW)
    again = {f"outcome_{gate.id}": "pass" for gate in bid.round.gates}
    seen = {f"version_{gate.id}": "1" for gate in bid.round.gates}
    assert client.post(f"/eligibility/{bid.key}", data=again | seen).status_code == 302
    assert {result.checked_by for result in queries.gate_results(bid).values()} == {second}
    operations.conclude_eligibility(bid, by=second, at=NOW)
    assert bid.status is BidStatus.APPRAISAL


def test_the_programme_puts_a_conflict_of_a_checker_on_record(bid, checker, manager, client):
    check(bid, PASS, PASS, by=checker)
    db.session.commit()
    sign_in(client, manager)
    known = f"/appraisal/{bid.round.code}/conflicts/known?person={checker.key}&reference={bid.reference}"
    settle = client.get(known).headers["Location"]
    assert client.post(settle, data={"answer": "confirm", "reason": "A cousin sells the land."}).status_code == 302
    assert {result.set_aside for result in queries.gate_results(bid).values()} == {True}
    sign_in(client, checker)
    assert client.get(f"/eligibility/{bid.key}").status_code == 404


def test_the_word_of_a_second_checker_with_a_conflict_is_not_heard(bid, checker, client):
    fail = check(bid, FAIL, by=checker)[bid.round.gates[0].id]
    second, third = make_person(Role.ELIGIBILITY_CHECKER), make_person(Role.ELIGIBILITY_CHECKER)
    operations.agree_fail(fail, version_seen=fail.version, by=second, at=NOW)
    conflict_of(second, bid)
    with pytest.raises(Refused, match="A second checker must agree"):
        operations.conclude_eligibility(bid, by=checker, at=NOW)
    sign_in(client, third)
    assert "Bids with a fail for you to agree to" in client.get("/").text
    operations.agree_fail(fail, version_seen=fail.version, by=third, at=NOW)
    operations.conclude_eligibility(bid, by=checker, at=NOW)
    assert bid.status is BidStatus.INELIGIBLE


def test_who_passes_a_gate_that_two_people_failed_does_not_conclude_the_check_alone(bid, checker):
    found = check(bid, FAIL, PASS, by=checker)
    [failed] = [result for result in found.values() if result.outcome is FAIL]
    operations.agree_fail(failed, version_seen=failed.version, by=make_person(Role.ELIGIBILITY_CHECKER), at=NOW)
    db.session.commit()
    third = make_person(Role.ELIGIBILITY_CHECKER)
    operations.check(bid, {failed.gate: Finding(PASS, version_seen=failed.version)}, by=third, at=NOW)
    db.session.commit()
    with pytest.raises(Refused, match="somebody else has to conclude"):
        operations.conclude_eligibility(bid, by=third, at=NOW)
    operations.conclude_eligibility(bid, by=checker, at=NOW)
    assert bid.status is BidStatus.APPRAISAL


@pytest.mark.parametrize("outcome", [PASS, FAIL])
def test_a_concluded_check_is_opened_again_when_what_it_stood_on_is_set_aside(bid, checker, client, outcome):
    found = check(bid, outcome, outcome, by=checker)
    second = make_person(Role.ELIGIBILITY_CHECKER)
    for result in found.values() if outcome is FAIL else ():
        operations.agree_fail(result, version_seen=result.version, by=second, at=NOW)
    operations.conclude_eligibility(bid, by=second, at=NOW)
    db.session.commit()
    sign_in(client, second)
    page = f"/eligibility/{bid.key}"
    assert bid.reference not in client.get("/eligibility").text
    assert "still counts" in client.post(f"{page}/reopen").text
    conflict_of(checker, bid)
    assert "Check again" in client.get("/eligibility").text
    assert "Open the check again" in client.get(page).text
    assert client.post(f"{page}/reopen").status_code == 302
    assert bid.status is BidStatus.SUBMITTED
    assert bid.shown_status is BidStatus.SUBMITTED
    assert "Not settled yet: E1" in client.post(f"{page}/conclude").text


def test_scores_wait_while_a_check_is_open_again_and_are_all_there_afterwards(bid, checker, client):
    second = make_person(Role.ELIGIBILITY_CHECKER)
    check(bid, PASS, PASS, by=checker)
    operations.conclude_eligibility(bid, by=checker, at=NOW)
    task = make_task(bid)
    give_scores(task, 4, 3, 5, submitted=False)
    conflict_of(checker, bid)
    sign_in(client, task.person)
    assert client.get(f"/appraisals/{task.key}", follow_redirects=True).status_code == 200
    checking.reopen_eligibility(bid, by=second, at=NOW)
    db.session.commit()
    assert client.get(f"/appraisals/{task.key}", follow_redirects=True).status_code == 404
    with pytest.raises(Refused):
        operations.submit_scores(task, by=task.person, at=NOW)
    mine = client.get("/appraisals").text
    assert "checked once more" in mine
    assert f"/appraisals/{task.key}/conflict" in mine
    again = {gate: Finding(PASS, version_seen=1) for gate in bid.round.gates}
    operations.check(bid, again, by=second, at=NOW)
    operations.conclude_eligibility(bid, by=second, at=NOW)
    db.session.commit()
    assert client.get(f"/appraisals/{task.key}", follow_redirects=True).status_code == 200
    assert [score.mark for score in task.scores] == [4, 3, 5]


def test_an_appraiser_declares_a_conflict_while_the_check_is_open_again(bid, checker, client):
    check(bid, PASS, PASS, by=checker)
    operations.conclude_eligibility(bid, by=checker, at=NOW)
    task = give_scores(make_task(bid), 4, 3, 5)
    conflict_of(checker, bid)
    checking.reopen_eligibility(bid, by=make_person(Role.ELIGIBILITY_CHECKER), at=NOW)
    db.session.commit()
    sign_in(client, task.person)
    path = f"/appraisals/{task.key}/conflict"
    assert 'href="/appraisals"' in client.get(path).text
    assert client.post(path, data={"reason": "My wife leads the council."}).location == "/appraisals"
    assert task.conflicted
    assert bid.title not in client.get("/appraisals").text


def test_a_stopped_bid_is_not_concluded(bid, checker):
    check(bid, PASS, PASS, by=checker)
    raise_flag(bid, Remark(FlagKind.STOP, "The land was sold."), by=checker, at=NOW)
    with pytest.raises(Refused, match="stopped"):
        operations.conclude_eligibility(bid, by=checker, at=NOW)


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
    sent = {f"outcome_{one.id}": "query", f"outcome_{two.id}": "fail"}
    refused = client.post(page, data=sent).text
    assert {f"Say why {gate.code} is not passed." in refused for gate in (one, two)} == {True}
    unchosen = client.post(page, data={f"reason_{one.id}": "A council since 1974."}).text
    assert f'id="outcome_{one.id}-error"' in unchosen
    assert "A council since 1974." in unchosen
    sent[f"outcome_{one.id}"] = "pass"
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


def test_the_check_is_concluded_with_what_was_typed(bid, checker, client):
    sign_in(client, checker)
    typed = {f"outcome_{gate.id}": "pass" for gate in bid.round.gates}
    assert client.post(f"/eligibility/{bid.key}/conclude", data=typed).status_code == 302
    assert len(queries.gate_results(bid)) == 2
    assert bid.status is BidStatus.APPRAISAL


def test_what_was_typed_stays_where_the_check_cannot_be_concluded(bid, checker, client):
    sign_in(client, checker)
    one, two = bid.round.gates
    page, unsaved = f"/eligibility/{bid.key}", "Your findings are not saved yet"
    typed = {f"outcome_{one.id}": "pass", f"reason_{one.id}": "A council since 1974."}
    refused = client.post(f"{page}/conclude", data=typed).text
    for words in (f"Not settled yet: {two.code}.", unsaved, "A council since 1974."):
        assert words in refused
    assert not queries.gate_results(bid)
    wrong = client.post(f"{page}/conclude", data=typed | {f"outcome_{two.id}": "fail"}).text
    assert f"Say why {two.code} is not passed." in wrong
    assert "A council since 1974." in wrong
    client.post(page, data=typed)
    assert unsaved not in client.post(f"{page}/conclude", data=typed).text


def test_it_is_said_where_there_was_nothing_to_save(bid, checker, client):
    sign_in(client, checker)
    passed = {f"outcome_{bid.round.gates[0].id}": "pass"}
    for data, saved in (({}, False), (passed, True), (passed, False)):
        said = client.post(f"/eligibility/{bid.key}", data=data, follow_redirects=True).text
        assert ("Your findings are saved." in said) is saved
        assert ("Nothing has changed" in said) is not saved


def test_a_fail_that_becomes_a_pass_leaves_its_reason_behind(bid, checker):
    gate = bid.round.gates[0]
    fail = check(bid, FAIL, by=checker)[gate.id]
    operations.check(bid, {gate: Finding(PASS, fail.reason, fail.version)}, by=checker, at=NOW)
    assert (fail.outcome, fail.reason) == (PASS, "")


def test_who_saved_in_another_window_is_told_so_at_the_gate_that_differs(bid, checker, client):
    sign_in(client, checker)
    check(bid, PASS, PASS, by=checker)
    db.session.commit()
    one, two = bid.round.gates
    old = {f"outcome_{one.id}": "query", f"reason_{one.id}": "Which act?", f"outcome_{two.id}": "pass"}
    told = client.post(f"/eligibility/{bid.key}", data=old | {f"version_{gate.id}": "0" for gate in (one, two)}).text
    assert "You saved this meanwhile in another window." in told
    assert "Somebody else" not in told
    assert told.count("Saved by you in another window meanwhile") == 1


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
