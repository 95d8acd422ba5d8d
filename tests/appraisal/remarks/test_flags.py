"""Flags: what holds a bid up, who reads what of them, and how a question reaches the council."""

from datetime import timedelta

import pytest

from grants.appraisal import operations as appraisal
from grants.appraisal.models import Flag, FlagKind
from grants.appraisal.remarks import guards, queries
from grants.appraisal.remarks.flagging import Remark, raise_flag, settle
from grants.audit.models import AuditEvent
from grants.bids.afterwards import clarifying
from grants.bids.models import BidStatus, Clarification
from grants.funds.models import RoundStatus
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.people.models import Person
from grants.people.roles import Role
from tests.factories import NOW, make_appraised_round, make_bid, make_person, make_task, sign_in

WHY = "The plan names a site that the council does not own."


@pytest.fixture
def bid(session):
    return make_bid(make_appraised_round(), status=BidStatus.APPRAISAL)


def flag(bid, by, kind=FlagKind.CONCERN, *, text=WHY, criterion=None, places=()):
    raised = raise_flag(bid, Remark(kind, text, criterion, places), by=by, at=NOW)
    db.session.flush()
    return raised


def question(bid, by, criterion=None, place="need.problem"):
    criterion = criterion or bid.round.criteria[0]
    return flag(bid, by, FlagKind.CLARIFICATION, criterion=criterion, places=[place], text="Which site is meant?")


def author_of(bid):
    council = bid.lead_council_id
    return next(p for p in db.session.query(Person) if council in p.councils_on(NOW.date(), Role.BID_COORDINATOR))


def answer(bid):
    """The council gives every answer again and sends them."""
    (asked,) = db.session.query(Clarification).filter_by(bid_id=bid.id, answered_at=None, taken_back_at=None)
    by = author_of(bid)
    for item in asked.items:
        given = clarifying.Given(item.question, "The north site.", item.version, "")
        clarifying.answer_again(item, given, by=by, at=NOW)
    clarifying.send_clarification(asked, by=by, at=NOW)
    db.session.flush()
    return asked


# --- What a flag holds up


def test_a_stop_holds_the_bid_up_until_it_is_settled_with_a_word(bid, checker, manager):
    stop = flag(bid, checker, FlagKind.STOP)
    assert queries.stopped(bid)
    with pytest.raises(Refused, match="stopped"):
        guards.refuse_stopped(bid)
    with pytest.raises(Refused, match="Say what came of it"):
        settle(stop, " ", version_seen=1, by=manager, at=NOW)
    settle(stop, "The council owns it since May.", version_seen=1, by=manager, at=NOW)
    db.session.commit()
    guards.refuse_stopped(bid)
    events = db.session.query(AuditEvent).filter_by(subject_type="flag").order_by(AuditEvent.id)
    assert [(event.verb, event.actor) for event in events] == [("raised", checker.name), ("settled", manager.name)]


def test_a_question_holds_up_its_criterion_alone_and_one_of_the_whole_bid_all(bid, checker):
    first, second, third = bid.round.criteria
    question(bid, checker, first)
    assert queries.waits_for_answer(bid) == {first.id}
    flag(bid, checker, FlagKind.CLARIFICATION, places=["need.problem"])
    assert queries.waits_for_answer(bid) == {first.id, second.id, third.id}


def test_a_concern_holds_nothing_up_but_the_end_of_the_moderation(bid, checker):
    concern = flag(bid, checker)
    guards.refuse_stopped(bid)
    assert queries.waits_for_answer(bid) == set()
    with pytest.raises(Refused, match="1 flag is still open"):
        guards.refuse_flagged(bid)
    settle(concern, "Looked at.", version_seen=1, by=checker, at=NOW)
    db.session.flush()
    guards.refuse_flagged(bid)
    assert queries.open_flags([bid.id]) == {bid.id: []}


def test_a_settled_flag_is_settled_once(bid, checker, manager):
    concern = flag(bid, checker)
    settle(concern, "Looked at.", version_seen=1, by=checker, at=NOW)
    settle(concern, "Looked at.", version_seen=1, by=checker, at=NOW)
    with pytest.raises(Overtaken):
        settle(concern, "Something else.", version_seen=1, by=manager, at=NOW)
    assert concern.settlement == "Looked at."


# --- Who may flag, and what


def test_the_same_words_again_are_the_same_flag(bid, checker):
    assert flag(bid, checker) is flag(bid, checker)
    assert db.session.query(Flag).count() == 1


@pytest.mark.parametrize("words", ["I gave it 4 out of 5.", "Score: 2", "It would rank 3rd."])
def test_no_flag_tells_a_mark(bid, words):
    with pytest.raises(Refused, match="no mark or rank"):
        flag(bid, make_task(bid).person, text=words)


def test_only_an_appraiser_who_is_on_the_bid_and_has_declared_flags_it(bid):
    undeclared = make_task(bid, declared=False)
    ended = make_task(bid)
    appraisal.end_assignment(ended, reason="Ill.", by=make_person(Role.PROGRAMME_MANAGER), at=NOW)
    conflicted = make_task(bid)
    appraisal.declare_conflict(conflicted, reason="Friend.", by=conflicted.person, at=NOW)
    db.session.flush()
    for task in (undeclared, ended, conflicted):
        with pytest.raises(Refused):
            flag(bid, task.person)
    assert db.session.query(Flag).count() == 0


def test_nothing_is_flagged_after_the_announcement(bid, checker):
    bid.round.status, bid.round.announced_at = RoundStatus.ANNOUNCED, NOW
    db.session.flush()
    with pytest.raises(Refused, match="has been decided"):
        flag(bid, checker, FlagKind.STOP)


def test_an_appraiser_settles_an_own_question_but_no_stop_and_nobody_elses(bid, checker):
    task = make_task(bid)
    own, stop, other = question(bid, task.person), flag(bid, task.person, FlagKind.STOP), flag(bid, checker)
    for foreign in (stop, other):
        with pytest.raises(Refused, match="programme team"):
            settle(foreign, "Done.", version_seen=1, by=task.person, at=NOW)
    settle(own, "I found it in the annex.", version_seen=1, by=task.person, at=NOW)
    assert own.settled_by is task.person


@pytest.mark.parametrize("places", [[], ["need.nothing"], ["works.route"]])
def test_a_question_names_answers_that_can_be_asked_for_again(bid, checker, places):
    with pytest.raises(Refused):
        flag(bid, checker, FlagKind.CLARIFICATION, places=places)


# --- On the pages


def sent(bid, kind="concern", **more):
    return {"kind": kind, "criterion": "whole", "text": WHY} | more


def test_an_appraiser_asks_the_programme_sends_it_on_the_council_answers_the_appraiser_settles(bid, checker, client):
    task, criterion = make_task(bid), bid.round.criteria[1]
    sign_in(client, task.person)
    page = f"/appraisals/{task.key}/flags"
    asks = sent(bid, "clarification", criterion=str(criterion.id), question="need.problem")
    assert "Choose between 1 and 40" in client.post(page, data=asks | {"question": []}).text
    assert client.post(page, data=asks).status_code == 302
    assert "To be sent to the council" in client.get(page).text

    sign_in(client, checker)
    assert "Questions to send to councils" in client.get("/").text
    (raised,) = db.session.query(Flag)
    told = client.get(f"/flags/{bid.key}").text
    assert WHY in told
    assert "About:" in told
    asking = f"/flags/{bid.key}/ask?flag={raised.key}"
    assert WHY in client.get(asking).text
    due = clock.london(NOW + timedelta(days=9))
    filled = {"unclear_0": "Which site?", "due_on-day": due.day, "due_on-month": due.month, "due_on-year": due.year}
    assert "Say what is unclear" in client.post(asking, data=filled | {"unclear_0": ""}).text
    assert client.post(asking, data=filled).status_code == 302
    later = question(bid, checker)
    listed = client.get(f"/flags/{bid.key}").text
    assert "still answering what it was asked" in listed
    assert f"ask?flag={later.key}" not in listed
    settle(later, "Seen elsewhere.", version_seen=later.version, by=checker, at=NOW)
    sign_in(client, task.person)
    assert "Waits for the council" in client.get(page).text
    assert "still has time" in client.post(f"{page}/{raised.key}/settle", data={"word": "x", "version": "2"}).text

    asked = answer(bid)
    assert db.session.get(Person, asked.asked_by_id).name == checker.name
    answered = client.get(f"{page}/{raised.key}/settle").text
    assert "Contaminated land." in answered
    assert "The north site." in answered
    assert f'href="{page}"' in client.get("/").text
    done = client.post(f"{page}/{raised.key}/settle", data={"word": "Clear now.", "version": str(raised.version)})
    assert done.status_code == 302
    assert queries.waits_for_answer(bid) == set()


def test_the_council_learns_neither_who_asked_nor_of_any_flag(bid, checker, client, outbox):
    task = make_task(bid, make_person(Role.APPRAISER, name="Ann Praiser"))
    flag(bid, task.person, text="Their director is not to be trusted.")
    raised = question(bid, task.person)
    sign_in(client, checker)
    due = clock.london(NOW + timedelta(days=9))
    filled = {"unclear_0": "Which site?", "due_on-day": due.day, "due_on-month": due.month, "due_on-year": due.year}
    assert client.post(f"/flags/{bid.key}/ask?flag={raised.key}", data=filled).status_code == 302
    sign_in(client, author_of(bid))
    for path in ("", "/clarifications", "/history", "/print", "/letters"):
        shown = client.get(f"/bids/{bid.key}{path}").text
        assert "Ann Praiser" not in shown
        assert "director" not in shown
    (asked,) = db.session.query(Clarification)
    assert "Which site?" in client.get(f"/bids/{bid.key}/clarifications/{asked.key}/answers/1").text


def test_a_question_that_was_not_answered_in_time_can_be_sent_again(bid, checker, now, client):
    raised = question(bid, checker)
    sign_in(client, checker)
    due = clock.london(NOW + timedelta(days=3))
    filled = {"unclear_0": "Which site?", "due_on-day": due.day, "due_on-month": due.month, "due_on-year": due.year}
    asking = f"/flags/{bid.key}/ask?flag={raised.key}"
    assert client.post(asking, data=filled).status_code == 302
    assert client.get(asking).status_code == 404
    now.move_to(NOW + timedelta(days=5))
    sign_in(client, checker)
    assert "has not answered in time" in client.get(f"/flags/{bid.key}").text
    later = clock.london(NOW + timedelta(days=12))
    again = filled | {"due_on-day": later.day, "due_on-month": later.month, "due_on-year": later.year}
    assert client.post(asking, data=again).status_code == 302
    assert db.session.query(Clarification).count() == 2


def test_an_appraiser_finds_nothing_of_what_others_flag(bid, checker, client):
    mine, theirs = make_task(bid), make_task(bid)
    flag(bid, theirs.person, text="The other one doubts the plan.")
    hidden = flag(bid, checker, text="The checker doubts it too.")
    both = make_person(Role.APPRAISER, Role.ELIGIBILITY_CHECKER)
    make_task(bid, both)
    for person, key in ((mine.person, mine.key), (both, None)):
        sign_in(client, person)
        for path in [f"/appraisals/{key}/flags"] if key else []:
            shown = client.get(path).text
            assert "doubts" not in shown
        assert client.get(f"/appraisals/{mine.key}/flags/{hidden.key}/settle").status_code == 404
        assert client.get(f"/flags/{bid.key}").status_code in (403, 404)
        listed = client.get("/flags?show=all")
        assert listed.status_code == 403 or bid.reference not in listed.text


def test_a_conflict_takes_the_flags_away(bid, checker, client):
    task = make_task(bid)
    flag(bid, task.person)
    appraisal.declare_conflict(task, reason="Friend.", by=task.person, at=NOW)
    db.session.commit()
    sign_in(client, task.person)
    assert client.get(f"/appraisals/{task.key}/flags").status_code == 404
    assert client.post(f"/appraisals/{task.key}/flags", data=sent(bid)).status_code == 404


def test_flags_are_listed_stops_first_and_settled_ones_on_demand(bid, checker, client):
    flag(bid, checker, text="A first concern.")
    flag(bid, checker, FlagKind.STOP, text="A stop.")
    old = flag(bid, checker, text="An old concern.")
    settle(old, "Done.", version_seen=1, by=checker, at=NOW)
    sign_in(client, checker)
    shown = client.get("/flags").text
    assert shown.index("A stop.") < shown.index("A first concern.")
    assert "An old concern." not in shown
    assert "An old concern." in client.get("/flags?show=all").text
    assert "<script>" not in client.post(f"/flags/{bid.key}", data=sent(bid, text="<script>")).text
    assert client.post(f"/flags/{bid.key}", data=sent(bid, kind="other")).status_code == 200
    assert client.post(f"/flags/{bid.key}", data=sent(bid, criterion="x")).status_code == 200
    for role in (Role.APPRAISER, Role.AUDITOR, Role.BID_AUTHOR):
        sign_in(client, make_person(role))
        assert client.get("/flags").status_code == 403
