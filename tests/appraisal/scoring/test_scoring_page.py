"""The page of one bid to score: parts, looked-up criteria, what waits for a council, and the list that leads to it."""

from datetime import time, timedelta

import pytest

from grants.appraisal import operations
from grants.appraisal.guards import Marked
from grants.appraisal.models import FlagKind, Score
from grants.appraisal.remarks.flagging import Remark, raise_flag, send_on, settle
from grants.audit.models import AuditEvent
from grants.bids.afterwards.clarifying import Ask
from grants.bids.handing_in.submitted_values import open_to_clarification, place_name, submitted_values
from grants.bids.models import BidStatus
from grants.bids.queries import bid_in_full
from grants.kernel.clock import from_london
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.roles import Role
from tests.appraisal.remarks.test_flags import answer
from tests.appraisal.scoring.conftest import REASON, typed
from tests.appraisal.test_many import counted
from tests.appraisal.test_scoring import attached
from tests.factories import NOW, give_scores, make_bid, make_person, make_task, sign_in


def flag(bid, by, kind, criterion=None):
    places = ["need.problem"] if kind is FlagKind.CLARIFICATION else ()
    raised = raise_flag(bid, Remark(kind, "Which site is meant?", criterion, places), by=by, at=NOW)
    db.session.flush()
    return raised


def asked_on(raised, by):
    """The programme has sent the question to the council."""
    full = bid_in_full(raised.bid_id)
    asked = open_to_clarification(full, submitted_values(full))
    _, question, project = next(place for place in asked if place_name(place) == "need.problem")
    due_at = from_london((NOW + timedelta(days=7)).date(), time(23, 59))
    send_on(raised.bid, [raised], [Ask(question, project, "Which?")], note="", due_at=due_at, by=by, at=NOW)
    db.session.flush()


# --- Parts of a criterion, and what nobody scores


def test_each_part_of_a_criterion_has_its_own_mark_and_reason(bid, task, divided, appraiser, client):
    sign_in(client, appraiser)
    page = f"/appraisals/{task.key}"
    assert "0 of 4 parts of criteria scored" in client.get(page).text
    assert "Mark for Deliverability: The timetable" in client.get(page).text
    assert f"Deliverability: The timetable, weight {divided.weight} in 2 parts" in client.get(page).text
    client.post(page, data=typed(divided, "4") | typed(divided, "2", part=2))
    assert [(row.part, row.mark) for row in db.session.query(Score).order_by(Score.part)] == [(1, 4), (2, 2)]
    assert "2 of 4 parts of criteria scored" in client.get(page).text
    assert "2 of 4" in client.get("/appraisals").text


def test_a_set_is_not_complete_while_a_part_lacks_its_mark(bid, task, divided, appraiser):
    one, _, three = bid.round.criteria
    given = {(c, n): Marked(3, REASON) for c, n in ((one, 1), (divided, 1), (three, 1))}
    operations.score(task, given, by=appraiser, at=NOW)
    with pytest.raises(Refused, match="Not scored yet: Deliverability: The timetable"):
        operations.submit_scores(task, by=appraiser, at=NOW)


@pytest.mark.parametrize("part", [0, 2, 99])
def test_a_part_that_the_criterion_does_not_have_takes_no_mark(bid, task, appraiser, part):
    with pytest.raises(Refused, match="no mark for a criterion"):
        operations.score(task, {(bid.round.criteria[0], part): Marked(3, REASON)}, by=appraiser, at=NOW)


def test_a_looked_up_criterion_is_shown_with_its_mark_and_not_asked(bid, task, looked_up, appraiser, client):
    sign_in(client, appraiser)
    shown = client.get(f"/appraisals/{task.key}").text
    assert "72.5 of 100 points in Places, 2025: a mark of <strong>3.625 of 5</strong>" in shown
    assert f'name="mark_{looked_up.id}_1"' not in shown
    assert "0 of 2 criteria scored" in shown
    with pytest.raises(Refused):
        operations.score(task, {(looked_up, 1): Marked(5, REASON)}, by=appraiser, at=NOW)
    give_scores(task, 3, 3)
    assert task.submitted_at == NOW


# --- What waits for the council


def test_a_criterion_that_waits_for_the_council_is_scored_by_nobody(bid, task, appraiser, client):
    waiting, free = bid.round.criteria[:2]
    raised = flag(bid, appraiser, FlagKind.CLARIFICATION, waiting)
    sign_in(client, appraiser)
    page = f"/appraisals/{task.key}"
    shown = client.get(page).text
    assert "waits for the programme team" in shown
    assert f'name="mark_{waiting.id}_1"' not in shown
    assert client.post(page, data=typed(free, "4")).status_code == 302
    with pytest.raises(Refused, match="Value for money waits for a question"):
        operations.score(task, {(waiting, 1): Marked(4, REASON)}, by=appraiser, at=NOW)
    with pytest.raises(Refused, match="not settled yet: Value for money"):
        operations.submit_scores(task, by=appraiser, at=NOW)
    settle(raised, "Not needed.", version_seen=raised.version, by=appraiser, at=NOW)
    operations.score(task, {(waiting, 1): Marked(4, REASON)}, by=appraiser, at=NOW)


def test_another_appraiser_learns_whose_turn_it_is_and_nothing_else(bid, task, appraiser, manager, client):
    asking = make_task(bid, make_person(Role.APPRAISER, name="Ina Quisitive"))
    raised = flag(bid, asking.person, FlagKind.CLARIFICATION, bid.round.criteria[0])
    sign_in(client, appraiser)
    page = f"/appraisals/{task.key}"
    for sent, words in ((False, "waits for the programme team"), (True, "waits for the council")):
        if sent:
            asked_on(raised, manager)
        shown = client.get(page).text
        assert words in shown
        assert "Quisitive" not in shown
        assert "Which site is meant?" not in shown
        assert f"{page}/flags#" not in shown
    answer(bid)
    shown = client.get(page).text
    assert "waits for a question to be settled" in shown
    assert 'href="#clarified-title"' in shown
    assert 'id="clarified-title"' in shown
    assert "Quisitive" not in shown


def test_who_asked_is_told_whose_turn_it_is_and_settles_the_answer(bid, task, appraiser, manager, client):
    raised = flag(bid, appraiser, FlagKind.CLARIFICATION, bid.round.criteria[0])
    sign_in(client, appraiser)
    page = f"/appraisals/{task.key}"
    shown = client.get(page).text
    assert "The programme team has to send it." in shown
    assert f"{page}/flags#flag-{raised.key}-title" in shown
    asked_on(raised, manager)
    assert "The council has until 23:59 on" in client.get(page).text
    answer(bid)
    shown = client.get(page).text
    assert "waits for you" in shown
    settling = f"{page}/flags/{raised.key}/settle"
    assert settling in shown
    client.post(settling, data={"word": "It is the old depot.", "version": raised.version})
    assert f'name="mark_{bid.round.criteria[0].id}_1"' in client.get(page).text


def test_nothing_of_a_stopped_bid_is_scored(bid, task, moderator, appraiser, client):
    flag(bid, moderator, FlagKind.STOP)
    sign_in(client, appraiser)
    page = f"/appraisals/{task.key}"
    shown = client.get(page).text
    assert "This bid is stopped" in shown
    assert 'type="radio"' not in shown
    client.post(page, data=typed(bid.round.criteria[0], "4"))
    assert db.session.query(Score).count() == 0


# --- The list


def test_the_list_is_narrowed_by_round_and_by_what_is_to_be_done(bid, task, appraiser, client):
    undeclared = make_task(
        make_bid(bid.round, status=BidStatus.APPRAISAL, title="Bus garage"), appraiser, declared=False
    )
    done = make_bid(bid.round, status=BidStatus.APPRAISAL, title="Town hall")
    give_scores(make_task(done, appraiser), 3, 3, 3)
    sign_in(client, appraiser)
    for show, expected in (
        ("all", {"Old depot", "Bus garage", "Town hall"}),
        ("to_declare", {"Bus garage"}),
        ("to_score", {"Old depot"}),
        ("submitted", {"Town hall"}),
        ("nonsense", {"Old depot", "Bus garage", "Town hall"}),
    ):
        shown = client.get(f"/appraisals?show={show}&round={bid.round.code}").text
        assert {title for title in ("Old depot", "Bus garage", "Town hall") if title in shown} == expected
    assert undeclared.key in client.get("/appraisals?round=no-such-round").text


# --- How much there is


def test_the_page_of_a_long_bid_takes_as_many_statements_as_that_of_a_short_one(bid, task, appraiser, client):
    long = make_task(make_bid(bid.round, status=BidStatus.APPRAISAL, projects=12), appraiser)
    for bid_with_files, files in ((bid, 1), (long.bid, 6)):
        for _ in range(files):
            attached(bid_with_files, appraiser)
    sign_in(client, appraiser)
    client.get(f"/appraisals/{task.key}")
    with counted() as few:
        assert client.get(f"/appraisals/{task.key}").status_code == 200
    with counted() as many:
        assert client.get(f"/appraisals/{long.key}").status_code == 200
    assert len(few) == len(many), "\n".join(many)
    assert len(many) < 45


def test_the_trail_has_marks_but_no_word_of_a_reason(bid, task, appraiser):
    operations.score(task, {(bid.round.criteria[0], 1): Marked(4, REASON)}, by=appraiser, at=NOW)
    db.session.commit()
    (event,) = db.session.query(AuditEvent).filter_by(verb="scored")
    assert (event.details["criterion"], event.details["part"], event.details["mark"]) == ("value", 1, 4)
    assert event.reason == ""
    assert event.subject_type == "assignment"
