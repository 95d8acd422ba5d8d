"""Who scores what: declarations first, marks with reasons, conflicts at any time, and nobody sees another's."""

import re
from io import BytesIO

import pytest
from werkzeug.datastructures import FileStorage

from grants.appraisal import operations, queries
from grants.appraisal.guards import Marked
from grants.appraisal.models import Assignment, AssignmentState, Score
from grants.bids.models import BidAttachment, BidStatus, Conflict
from grants.files import operations as files
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.messages.models import Message
from grants.people.roles import Role
from tests.factories import NOW, give_scores, make_appraised_round, make_bid, make_person, make_task, sign_in

REASON = "A reason of more than fifty characters, as every mark needs one."


@pytest.fixture
def bid(session):
    return make_bid(make_appraised_round(), status=BidStatus.APPRAISAL, title="Old <b>depot</b>")


def typed(bid, *marks, reason=REASON, versions=()):
    sent = {}
    for n, (criterion, mark) in enumerate(zip(bid.round.criteria, marks, strict=True)):
        sent[f"mark_{criterion.id}_1"] = mark
        sent[f"reason_{criterion.id}_1"] = reason
        sent[f"version_{criterion.id}_1"] = versions[n] if versions else "0"
    return sent


def attached(bid, by):
    upload = FileStorage(BytesIO(b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"), "plan.pdf")
    kept = files.keep(upload, rules={"kinds": ["pdf"], "megabytes": 1}, by=by, at=NOW)
    db.session.add(BidAttachment(bid=bid, attachment=kept))
    db.session.flush()
    return kept


# --- Assigning


def test_bids_are_given_with_one_message_that_names_none_of_them(bid, manager, appraiser):
    other = make_bid(bid.round, status=BidStatus.APPRAISAL)
    operations.assign([bid, other], appraiser, by=manager, at=NOW)
    operations.assign([bid, other], appraiser, by=manager, at=NOW)
    (message,) = db.session.query(Message).filter_by(person_id=appraiser.id).all()
    assert "2 bids" in message.subject
    assert bid.title not in message.body
    assert bid.reference not in message.body
    assert db.session.query(Assignment).count() == 2


def test_a_conflict_or_a_council_of_the_bid_bars_an_appraiser(bid, manager, appraiser):
    db.session.add(
        Conflict(person_id=appraiser.id, bid_id=bid.id, declared_at=NOW, declared_by_id=appraiser.id, reason="Owns it.")
    )
    officer = make_person(Role.APPRAISER, Role.BID_AUTHOR, council=bid.lead_council)
    for person in (appraiser, officer):
        with pytest.raises(Refused, match="conflict of interest"):
            operations.assign([bid], person, by=manager, at=NOW)


def test_only_bids_in_appraisal_go_only_to_appraisers(bid, manager, appraiser):
    with pytest.raises(Refused, match="not an appraiser"):
        operations.assign([bid], make_person(Role.AUDITOR), by=manager, at=NOW)
    submitted = make_bid(bid.round)
    with pytest.raises(Refused, match="not in appraisal"):
        operations.assign([bid, submitted], appraiser, by=manager, at=NOW)
    assert db.session.query(Assignment).count() == 0


def test_an_ended_assignment_is_closed_and_opened_again_with_its_scores(bid, manager, appraiser):
    task = give_scores(make_task(bid, appraiser), 3, 3, 3, submitted=False)
    operations.end_assignment(task, reason="Ill.", by=manager, at=NOW)
    db.session.flush()
    assert task.state is AssignmentState.ENDED
    assert not db.session.scalars(queries.my_assignments(appraiser)).all()
    (again,) = operations.assign([bid], appraiser, by=manager, at=NOW)
    assert again is task
    assert len(again.scores) == 3


def test_the_manager_assigns_and_ends_in_the_browser(bid, manager, appraiser, client):
    sign_in(client, manager)
    page = f"/appraisal/{bid.round.code}/appraisers"
    assert "fewer than 2 appraisers" in client.get("/").text
    assert page in client.get("/appraisal").text
    assert "Tick at least one bid." in client.post(page, data={"person": appraiser.key}).text
    assert client.post(page, data={"person": appraiser.key, "bids": [bid.key]}).status_code == 302
    assert "Declaration needed" in client.get(page).text
    task = db.session.query(Assignment).one()
    assert "Give a reason." in client.post(f"/appraisal/assignments/{task.key}/end", data={}).text
    assert client.post(f"/appraisal/assignments/{task.key}/end", data={"reason": "Too many."}).status_code == 302
    assert client.get(f"/appraisal/assignments/{task.key}/end").status_code == 404


@pytest.mark.parametrize("sent", [{"person": "x\x00"}, {"bids": ["9" * 400]}, {"person": "", "bids": [""]}])
def test_made_up_people_and_bids_are_refused(bid, manager, appraiser, client, sent):
    sign_in(client, manager)
    answer = client.post(f"/appraisal/{bid.round.code}/appraisers", data=sent)
    assert answer.status_code == 200
    assert "There is a problem" in answer.text


# --- Declaring


def test_before_the_declaration_only_title_and_councils_are_shown(bid, appraiser, client):
    task = make_task(bid, appraiser, declared=False)
    plan = attached(bid, appraiser)
    sign_in(client, appraiser)
    page = f"/appraisals/{task.key}"
    assert client.get(page).headers["Location"].endswith("/declare")
    assert client.get(f"{page}/attachments/{plan.key}").status_code == 302
    assert client.post(page, data=typed(bid, 3, 3, 3)).status_code == 302
    assert db.session.query(Score).count() == 0
    shown = client.get(f"{page}/declare").text
    assert bid.lead_council.name in shown
    assert "Old &lt;b&gt;depot" in shown
    assert bid.projects[0].title not in shown
    assert bid.reference not in shown
    assert client.post(f"{page}/declare", data={}).status_code == 200
    assert client.post(f"{page}/declare", data={"answer": "clean"}).status_code == 302
    assert bid.projects[0].title in client.get(page).text
    assert client.get(f"{page}/attachments/{plan.key}").status_code == 200


def test_a_file_of_another_bid_is_not_found_through_ones_own(bid, appraiser, client):
    task = make_task(bid, appraiser)
    theirs = attached(make_bid(bid.round, status=BidStatus.APPRAISAL), appraiser)
    sign_in(client, appraiser)
    assert client.get(f"/appraisals/{task.key}/attachments/{theirs.key}").status_code == 404


def test_a_conflict_needs_its_reason(bid, appraiser, client):
    task = make_task(bid, appraiser, declared=False)
    sign_in(client, appraiser)
    answer = client.post(f"/appraisals/{task.key}/declare", data={"answer": "conflict"})
    assert "Say what the conflict is." in answer.text
    assert db.session.query(Conflict).count() == 0


def test_who_says_no_conflict_and_types_one_is_asked_which(bid, appraiser, client):
    task = make_task(bid, appraiser, declared=False)
    sign_in(client, appraiser)
    sent = {"answer": "clean", "reason": "My sister works there."}
    answer = client.post(f"/appraisals/{task.key}/declare", data=sent)
    assert 'id="reason-error"' in answer.text
    assert "My sister works there.</textarea>" in answer.text
    assert task.state is AssignmentState.TO_DECLARE


@pytest.mark.parametrize("submitted", [False, True])
def test_a_conflict_declared_late_closes_the_bid_and_sets_the_scores_aside(bid, appraiser, client, submitted):
    task = give_scores(make_task(bid, appraiser), 5, 5, 5, submitted=submitted)
    plan = attached(bid, appraiser)
    sign_in(client, appraiser)
    page = f"/appraisals/{task.key}"
    assert client.post(f"{page}/conflict", data={"reason": "My sister works there."}).status_code == 302
    for path in ("", "/declare", "/conflict", "/submit", "/bid.pdf", f"/attachments/{plan.key}"):
        assert client.get(page + path).status_code == 404
        assert client.post(page + path).status_code in (404, 405)
    assert task.key not in client.get("/appraisals").text
    assert "Bids to score" not in client.get("/").text
    db.session.refresh(task)
    assert task.state is AssignmentState.CONFLICTED
    assert [score.mark for score in task.scores] == [5, 5, 5]
    with pytest.raises(Refused):
        operations.score(task, {}, by=appraiser, at=NOW)


# --- Scoring


def test_marks_are_kept_as_drafts_and_not_scored_yet_is_not_nought(bid, appraiser):
    task = make_task(bid, appraiser)
    one, two, three = bid.round.criteria
    operations.score(
        task,
        {(one, 1): Marked(0, REASON), (two, 1): Marked(None, "So far."), (three, 1): Marked(4)},
        by=appraiser,
        at=NOW,
    )
    db.session.flush()
    marks = {score.criterion_id: score.mark for score in task.scores}
    assert marks == {one.id: 0, two.id: None, three.id: 4}
    assert queries.scored_counts([task.id]) == {task.id: 1}
    with pytest.raises(Refused, match="Not scored yet: Deliverability, Housing"):
        operations.submit_scores(task, by=appraiser, at=NOW)


@pytest.mark.parametrize("length", [49, 50])
def test_a_reason_has_fifty_characters(bid, appraiser, length):
    task = make_task(bid, appraiser)
    operations.score(task, {(c, 1): Marked(3, "x" * length) for c in bid.round.criteria}, by=appraiser, at=NOW)
    assert all(operations.is_scored(score) == (length >= 50) for score in task.scores)


def test_scores_handed_in_cannot_be_changed(bid, appraiser):
    task = give_scores(make_task(bid, appraiser), 3, 4, 5)
    operations.submit_scores(task, by=appraiser, at=NOW)
    with pytest.raises(Refused, match="handed in"):
        operations.score(task, {(bid.round.criteria[0], 1): Marked(0, REASON, 1)}, by=appraiser, at=NOW)


def test_two_tabs_do_not_overwrite_each_other(bid, appraiser, client):
    task = make_task(bid, appraiser)
    criterion = bid.round.criteria[0]
    operations.score(task, {(criterion, 1): Marked(2, "From the first tab.")}, by=appraiser, at=NOW)
    with pytest.raises(Overtaken):
        operations.score(task, {(criterion, 1): Marked(4, "From the second tab.")}, by=appraiser, at=NOW)
    sign_in(client, appraiser)
    sent = {
        f"mark_{criterion.id}_1": "4",
        f"reason_{criterion.id}_1": "From the second tab.",
        f"version_{criterion.id}_1": "0",
    }
    answer = client.post(f"/appraisals/{task.key}", data=sent)
    assert "From the first tab." in answer.text
    assert "From the second tab." in answer.text
    version = re.search(rf'name="version_{criterion.id}_1"[^>]*value="(\d+)"', answer.text)
    sent[f"version_{criterion.id}_1"] = version[1]
    assert client.post(f"/appraisals/{task.key}", data=sent).status_code == 302


def test_scoring_and_submitting_in_the_browser(bid, appraiser, client):
    task = make_task(bid, appraiser)
    sign_in(client, appraiser)
    page = f"/appraisals/{task.key}"
    assert "0 of 3 criteria scored" in client.get(page).text
    assert client.post(page, data=typed(bid, 4, "", 5)).headers["Location"].endswith(f"{page}#scores")
    assert 'role="status">Saved. 2 of 3 criteria scored.</p>' in client.get(page).text
    assert "Not scored yet: Deliverability" in client.post(f"{page}/submit").text
    last = bid.round.criteria[1]
    sent = {f"mark_{last.id}_1": "3", f"reason_{last.id}_1": REASON, f"version_{last.id}_1": "1"}
    assert client.post(page, data=sent).headers["Location"].endswith("/submit")
    looked_at = client.get(f"{page}/submit").text
    assert ("4 of 5" in looked_at, REASON in looked_at) == (True, True)
    assert client.post(f"{page}/submit").status_code == 302
    assert client.post(f"{page}/submit").status_code == 302
    assert 'type="radio"' not in client.get(page).text
    client.post(page, data=typed(bid, 0, 0, 0, versions="111"))
    assert [score.mark for score in db.session.get(Assignment, task.id).scores] == [4, 3, 5]


@pytest.mark.parametrize("mark", ["6", "-1", "NaN", "1e309", "٣", "1.5", "\x00"])
def test_a_mark_that_is_none_is_said_next_to_the_field(bid, appraiser, client, mark):
    task = make_task(bid, appraiser)
    sign_in(client, appraiser)
    answer = client.post(f"/appraisals/{task.key}", data=typed(bid, mark, 3, 3))
    assert answer.status_code == 200
    assert f'id="mark_{bid.round.criteria[0].id}_1-error"' in answer.text
    assert db.session.query(Score).count() == 0


@pytest.mark.parametrize("reason", ["a\x00b" + REASON, "x" * 60_000, "\ud800".encode("utf-8", "surrogatepass")])
def test_a_reason_that_cannot_be_kept_is_said_next_to_the_field(bid, appraiser, client, reason):
    task = make_task(bid, appraiser)
    sign_in(client, appraiser)
    answer = client.post(f"/appraisals/{task.key}", data=typed(bid, 3, 3, 3, reason=reason))
    assert answer.status_code in (200, 302)
    assert (answer.status_code == 200) == (db.session.query(Score).count() == 0)


# --- Blindness


def routes_of(app):
    """Every GET route of the product that names things by key, code or number, and the rest."""
    return [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and rule.endpoint != "static"]


def pages_for(app, client, keys):
    """What an appraiser gets from every address that can be made of everything there is."""
    got = {}
    for rule in routes_of(app):
        for key in keys if rule.arguments else [""]:
            path = rule.rule
            for argument in rule.arguments:
                path = re.sub(rf"<(?:\w+:)?{argument}>", str(key), path)
            answer = client.get(path)
            said = answer.data.decode("utf-8", "replace")  # a PDF among the pages is no text
            got[path] = (answer.status_code, re.sub(r'(nonce|value)="[^"]*"', "", said))
    return got


@pytest.mark.sqlite  # the same queries on either engine
def test_an_appraiser_learns_nothing_of_another_by_any_page(bid, appraiser, app, client):
    mine = give_scores(make_task(bid, appraiser), 1, 1, 1, submitted=False)
    other = make_person(Role.APPRAISER, name="Zebediah Other")
    theirs = make_task(bid, other)
    keys = [mine.key, theirs.key, bid.key, bid.round.code, other.key, theirs.id, bid.id]
    sign_in(client, appraiser)
    before = pages_for(app, client, keys)
    theirs = db.session.get(Assignment, theirs.id)
    operations.score(
        theirs,
        {
            (c, 1): Marked(5, "Quite wonderful in every respect, I have rarely seen such.")
            for c in theirs.bid.round.criteria
        },
        by=theirs.person,
        at=NOW,
    )
    operations.submit_scores(theirs, by=theirs.person, at=NOW)
    db.session.commit()
    after = pages_for(app, client, keys)
    assert before == after
    for path, (_, text) in after.items():
        assert "Zebediah" not in text, path
        assert "wonderful" not in text, path


def test_an_appraiser_cannot_touch_anothers_task(bid, appraiser, client):
    theirs = make_task(bid)
    make_task(bid, appraiser)
    sign_in(client, appraiser)
    for path in ("", "/declare", "/conflict", "/submit"):
        assert client.post(f"/appraisals/{theirs.key}{path}", data=typed(bid, 1, 1, 1)).status_code == 404
    with pytest.raises(Refused):
        operations.score(theirs, {(bid.round.criteria[0], 1): Marked(1, REASON)}, by=appraiser, at=NOW)
    assert db.session.query(Score).count() == 0


def test_who_holds_two_roles_still_sees_only_the_own_scores(bid, client):
    both = make_person(Role.APPRAISER, Role.MODERATOR, Role.PROGRAMME_MANAGER)
    make_task(bid, both)
    give_scores(make_task(bid, make_person(Role.APPRAISER, name="Zebediah Other")), 5, 5, 5)
    sign_in(client, both)
    assert client.get(f"/moderation/{bid.key}").status_code == 404
    for page in ("/moderation?show=all", f"/appraisal/{bid.round.code}/appraisers"):
        assert bid.reference not in client.get(page).text
    assert client.get(f"/appraisal/{bid.round.code}/ranking/{bid.key}").status_code == 404


def test_a_council_and_other_roles_reach_no_appraisal(bid, appraiser, client):
    task = make_task(bid, appraiser)
    for role in (Role.BID_COORDINATOR, Role.SECTION_151_OFFICER, Role.ELIGIBILITY_CHECKER, Role.AUDITOR):
        sign_in(client, make_person(role, council=bid.lead_council))
        assert client.get(f"/appraisals/{task.key}").status_code == 403
        assert client.get("/appraisals").status_code == 403
    coordinator = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    sign_in(client, coordinator)
    for page in (f"/appraisal/{bid.round.code}/ranking", f"/moderation/{bid.key}", "/appraisal"):
        assert client.get(page).status_code == 403
