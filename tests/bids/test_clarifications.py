"""The programme asks again, the council answers once and in time; what was submitted stays what it was."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from grants.audit.models import AuditEvent
from grants.bids import operations as bids
from grants.bids.afterwards import clarifying
from grants.bids.afterwards.clarification_queries import ClarificationState, shown, state_of
from grants.bids.afterwards.clarifying import Ask
from grants.bids.answers.answering import Given
from grants.bids.content import bid_content, canonical
from grants.bids.handing_in.submitted_values import open_to_clarification, submitted_values
from grants.bids.models import BidStatus, ClarifiedAnswer, Conflict
from grants.bids.queries import bid_in_full
from grants.funds.deadlines.working_days import bank_holidays, working_days_after
from grants.funds.models import BankHoliday
from grants.kernel.db import Json
from grants.kernel.errors import Overtaken, Refused
from grants.messages.models import Message
from grants.people.roles import Role
from tests.factories import (
    NOW,
    TODAY,
    made,
    make_appraised_round,
    make_bid,
    make_bid_round,
    make_person,
    make_task,
    sign_in,
)

LATER = NOW + timedelta(days=5)


def question(bid, code):
    return next(q for section in bid.round.sections for q in section.questions if q.code == code)


def ask(bid, *codes, by=None, due_at=LATER, **values):
    by = by or make_person(Role.ELIGIBILITY_CHECKER)
    asks = [
        Ask(question(bid, code), bid.projects[0] if code == "route" else None, f"What is {code}?") for code in codes
    ]
    return clarifying.ask_clarification(bid, asks, due_at=due_at, by=by, at=NOW, **values)


def reply(item, value, *, by, at=NOW, version=None):
    given = Given(item.question, value, item.version if version is None else version, "")
    clarifying.answer_again(item, given, by=by, at=at)


def writer(bid, role=Role.BID_COORDINATOR):
    return make_person(role, council=bid.lead_council)


def test_the_council_is_asked_answers_and_sends_while_the_submission_stays(session):
    bid = make_bid()
    before = bid.submission.content
    asked = ask(bid, "problem", "route")
    coordinator = writer(bid)
    told = session.scalars(select(Message).where(Message.subject.contains("Clarification asked"))).all()
    assert len(told) == 2  # the author and the coordinator of its team
    reply(asked.items[0], "Old foundations.", by=writer(bid, Role.BID_AUTHOR))
    with pytest.raises(Refused, match="1 answer is not ready"):
        clarifying.send_clarification(asked, by=coordinator, at=NOW)
    reply(asked.items[1], "lease", by=coordinator)
    clarifying.send_clarification(asked, by=coordinator, at=LATER)
    session.commit()
    assert state_of(asked, LATER) is ClarificationState.ANSWERED
    assert [item.old["is"] for item in asked.items] == ["Contaminated land.", "sale"]
    assert [item.new["is"] for item in asked.items] == ["Old foundations.", "lease"]
    assert bid.submission.content == before == canonical(bid_content(bid_in_full(bid.id)))
    assert session.scalar(select(Message).where(Message.subject.contains("Clarified")))


def test_the_answer_is_told_to_nobody_who_has_a_conflict_by_then_or_has_left(session):
    for change in ("conflict", "left"):
        bid, asker = make_bid(), make_person(Role.ELIGIBILITY_CHECKER)
        asked = ask(bid, "problem", by=asker)
        if change == "conflict":
            made(
                Conflict(
                    bid_id=bid.id, person_id=asker.id, declared_at=NOW, declared_by_id=asker.id, reason="A friend."
                )
            )
        asker.active = change != "left"
        reply(asked.items[0], "Old foundations.", by=writer(bid))
        clarifying.send_clarification(asked, by=writer(bid), at=NOW)
        session.flush()
        assert state_of(asked, NOW) is ClarificationState.ANSWERED
        assert not session.scalars(select(Message).where(Message.subject.contains("Clarified"))).all(), change


def test_a_council_says_in_words_what_a_choice_cannot_say(session, client):
    bid = make_bid()
    asked, by = ask(bid, "route"), writer(bid)
    session.commit()
    sign_in(client, by)
    page = f"/bids/{bid.key}/clarifications/{asked.key}/answers/1"
    assert "Anything to say about this answer?" in client.get(page).text
    seen = {"seen_route": f"{asked.items[0].version}:"}
    words = "It stays a sale, by the end of May."
    assert client.post(page, data={"q_route": "sale", "words": words, **seen}).status_code == 302
    assert asked.items[0].new == {"is": "sale", "words": words}
    assert words in client.get(page).text
    assert shown(asked, NOW, to_council=False).items[0].words == ""
    clarifying.send_clarification(asked, by=by, at=NOW)
    session.commit()
    assert shown(asked, NOW, to_council=False).items[0].words == words
    assert words in client.get(f"/bids/{bid.key}/clarifications").text


def test_a_question_with_words_has_no_second_box(session, client):
    bid = make_bid()
    asked = ask(bid, "problem")
    session.commit()
    sign_in(client, writer(bid))
    assert "Anything to say" not in client.get(f"/bids/{bid.key}/clarifications/{asked.key}/answers/1").text


def test_answers_wait_unseen_by_the_programme_until_they_are_sent(session):
    bid = make_bid()
    asked = ask(bid, "problem")
    reply(asked.items[0], "Old foundations.", by=writer(bid))
    assert shown(asked, NOW, to_council=True).items[0].new == "Old foundations."
    assert shown(asked, NOW, to_council=False).items[0].new == ""
    clarifying.send_clarification(asked, by=writer(bid), at=NOW)
    assert shown(asked, NOW, to_council=False).items[0].new == "Old foundations."


def test_the_last_instant_is_in_time_and_a_second_later_nothing_can_be_saved(session):
    bid = make_bid()
    asked, by = ask(bid, "problem"), writer(bid)
    reply(asked.items[0], "In time.", by=by, at=LATER)
    with pytest.raises(Refused, match="Nothing can be saved"):
        reply(asked.items[0], "Too late.", by=by, at=LATER + timedelta(seconds=1))
    with pytest.raises(Refused, match="were due"):
        clarifying.send_clarification(asked, by=by, at=LATER + timedelta(seconds=1))
    assert asked.items[0].new["is"] == "In time."
    assert state_of(asked, LATER + timedelta(seconds=1)) is ClarificationState.NOT_ANSWERED


def test_only_one_clarification_waits_at_a_time_and_the_programme_may_ask_again_later(session):
    bid = make_bid()
    asked = ask(bid, "problem")
    with pytest.raises(Refused, match="has not answered the last"):
        ask(bid, "open")
    clarifying.take_back_clarification(asked, reason="We found it.", by=make_person(Role.PROGRAMME_MANAGER), at=NOW)
    session.commit()
    with pytest.raises(Refused, match="taken this clarification back"):
        reply(asked.items[0], "x", by=writer(bid))
    told = session.scalar(select(Message).where(Message.subject.contains("taken back")))
    assert "We found it." in told.body
    assert session.scalar(select(AuditEvent.reason).where(AuditEvent.verb == "took_back")) == "We found it."
    assert ask(bid, "open").items[0].old == {"is": "yes"}


def test_the_same_form_sent_twice_asks_once(session):
    bid = make_bid()
    asked = ask(bid, "problem", form_token="once")
    assert ask(bid, "problem", form_token="once") is asked
    assert len(session.scalars(select(ClarifiedAnswer)).all()) == 1


def test_the_grant_asked_for_cannot_be_altered_by_a_clarification(session):
    checks = [
        {"kind": "grant_equals", "question": "need.cost", "message": "The cost is the grant."},
        {"kind": "most_grant", "pounds": 1, "message": "Less."},
    ]
    bid = make_bid()
    full = bid_in_full(bid.id)
    open_ones = lambda: {q.code for _, q, _ in open_to_clarification(full, submitted_values(full))}  # noqa: E731
    assert open_ones() == {"problem", "open", "cost", "route"}  # why_not was not asked
    full.round.cross_checks = Json({"checks": checks})
    session.flush()
    assert open_ones() == {"problem", "open", "route"}
    with pytest.raises(Refused, match="cannot be asked again"):
        ask(bid, "cost")
    summed = {"kind": "sum_equals", "question": "need.cost", "other": "works.route", "message": "Equal."}
    full.round.cross_checks = Json({"checks": [*checks, summed]})
    assert open_ones() == {"problem", "open"}


def test_a_question_of_another_round_cannot_be_asked(session):
    bid, other = make_bid(), make_bid()
    manager = make_person(Role.PROGRAMME_MANAGER)
    for asked, project in ((question(other, "problem"), None), (question(bid, "route"), other.projects[0])):
        with pytest.raises(Refused, match="cannot be asked again"):
            clarifying.ask_clarification(bid, [Ask(asked, project, "What?")], due_at=LATER, by=manager, at=NOW)


@pytest.mark.parametrize("status", [BidStatus.INELIGIBLE, BidStatus.MODERATED, BidStatus.UNSUCCESSFUL])
def test_nothing_is_asked_once_a_bid_is_judged(session, status):
    with pytest.raises(Refused, match="checked or appraised"):
        ask(make_bid(status=status), "problem")


@pytest.mark.parametrize("status", [BidStatus.INELIGIBLE, BidStatus.APPRAISAL])
def test_a_council_answers_whatever_the_programme_does_meanwhile(session, status):
    """Otherwise the refusal would tell it what became of its bid (T06)."""
    bid = make_bid()
    asked = ask(bid, "problem")
    bids.move(bid, status, by=None)
    reply(asked.items[0], "Still.", by=writer(bid))
    clarifying.send_clarification(asked, by=writer(bid), at=NOW)


def test_a_withdrawn_bid_is_not_clarified(session):
    bid = make_bid()
    asked, by = ask(bid, "problem"), writer(bid)
    bids.withdraw(bid, reason="Enough", by=by, at=NOW)
    with pytest.raises(Refused, match="no longer be clarified"):
        reply(asked.items[0], "x", by=by)
    assert state_of(asked, NOW) is ClarificationState.OVER


def test_a_colleague_who_answered_first_is_not_overwritten(session):
    bid = make_bid()
    asked, by = ask(bid, "problem"), writer(bid)
    seen = asked.items[0].version
    reply(asked.items[0], "First.", by=by, version=seen)
    session.flush()
    with pytest.raises(Overtaken) as told:
        reply(asked.items[0], "Second.", by=by, version=seen)
    assert told.value.theirs == "First."
    reply(asked.items[0], "First.", by=by, version=seen)  # the same again is no clash


def test_the_rules_of_the_section_hold_for_the_new_answer(session):
    bid = make_bid()
    asked, by = ask(bid, "problem"), writer(bid)
    reply(asked.items[0], "word " * 51, by=by)
    with pytest.raises(Refused, match="not ready"):
        clarifying.send_clarification(asked, by=by, at=NOW)
    assert clarifying.clarification_faults(bid_in_full(bid.id), asked)[0][1].endswith("it may have 50.")
    with pytest.raises(Refused):
        reply(ask(make_bid(), "open").items[0], "perhaps", by=by)


def test_only_the_lead_councils_coordinator_sends(session):
    bid = make_bid()
    asked = ask(bid, "problem")
    reply(asked.items[0], "Old foundations.", by=writer(bid))
    for other in (writer(bid, Role.BID_AUTHOR), make_person(Role.BID_COORDINATOR)):
        with pytest.raises(Refused, match="Only a bid coordinator"):
            clarifying.send_clarification(asked, by=other, at=NOW)


def test_five_working_days_leave_out_the_weekend_and_bank_holidays(session):
    saturday = TODAY
    assert saturday.weekday() == 5
    assert working_days_after(saturday, 5, bank_holidays()) == saturday + timedelta(days=6)
    made(BankHoliday(day=saturday + timedelta(days=3), name="A day off"))
    assert working_days_after(saturday, 5, bank_holidays()) == saturday + timedelta(days=9)


# --- Pages


def test_a_checker_asks_and_a_council_answers_by_pages(session, app):
    bid = make_bid()
    checker, coordinator = app.test_client(), app.test_client()
    sign_in(checker, make_person(Role.ELIGIBILITY_CHECKER))
    sign_in(coordinator, writer(bid))
    start = f"/bids/{bid.key}/clarifications"
    assert "need.problem" in checker.get(f"{start}/ask").text
    form = {"unclear_0": "Which land?", "note": "", "due_on-day": "27", "due_on-month": "11", "due_on-year": "2026"}
    assert checker.post(f"{start}/ask?question=need.problem", data=form).status_code == 302
    asked = session.scalars(select(ClarifiedAnswer)).one().clarification
    where = f"{start}/{asked.key}"
    page = coordinator.get(start).text
    assert "Which land?" in coordinator.get(f"{where}/answers/1").text
    assert "Clarification asked" in page
    assert "Answer the programme about the bid" in coordinator.get("/").text
    seen = {"q_problem": "Old foundations.", "seen_problem": f"{asked.items[0].version}:x"}
    assert coordinator.post(f"{where}/answers/1", data=seen).location.endswith("/send")
    assert "Old foundations." not in checker.get(start).text
    assert coordinator.post(f"{where}/send").status_code == 302
    for page in (checker.get(start).text, coordinator.get(start).text):
        assert "Contaminated land." in page
        assert "Old foundations." in page
    assert "Answered" in checker.get("/clarifications").text


def test_a_late_answer_is_given_back_on_the_page(session, client):
    bid = make_bid()
    asked = ask(bid, "problem", due_at=NOW + timedelta(seconds=1))
    sign_in(client, writer(bid))
    asked.due_at = NOW - timedelta(hours=1)
    data = {"q_problem": "Typed in vain.", "seen_problem": "1:x"}
    page = client.post(f"/bids/{bid.key}/clarifications/{asked.key}/answers/1", data=data).text
    assert "Nothing can be saved" in page
    assert "Typed in vain." in page


def test_two_colleagues_who_answer_at_once_are_shown_both_texts(session, client):
    bid = make_bid()
    asked, by = ask(bid, "problem"), writer(bid)
    sign_in(client, by)
    where = f"/bids/{bid.key}/clarifications/{asked.key}/answers/1"
    assert client.post(where, data={"q_problem": "First.", "seen_problem": "1:x"}).status_code == 302
    page = client.post(where, data={"q_problem": "Second.", "seen_problem": "1:x"}).text
    assert "First." in page
    assert "Second." in page
    assert "First." in client.post(where, data={"q_problem": "Sent without a word of what was seen."}).text
    assert client.post(where, data={"q_problem": "Both.", "seen_problem": "2:"}).status_code == 302
    assert client.post(where, data={"q_problem": "No.", "seen_problem": "2:", "keep_problem": "y"}).status_code == 302
    session.expire_all()
    assert session.scalars(select(ClarifiedAnswer)).one().new == {"is": "Both."}


def test_nobody_else_finds_a_clarification_and_each_side_only_its_own_pages(session, app):
    bid, other = make_bid(), make_bid()
    asked = ask(bid, "problem")
    session.commit()
    own = f"/bids/{bid.key}/clarifications"
    council, foreign = (f"{own}/{asked.key}/answers/1", f"{own}/{asked.key}/send"), (f"{own}/{asked.key}/take-back",)
    under_other = f"/bids/{other.key}/clarifications/{asked.key}"

    def codes(person, *addresses):
        client = app.test_client()
        sign_in(client, person)
        return {client.open(address, method=method).status_code for address in addresses for method in ("GET", "POST")}

    stranger = make_person(Role.BID_AUTHOR, Role.BID_COORDINATOR)
    assert codes(stranger, *council) == {404}
    assert codes(stranger, f"{own}/ask", *foreign) == {403}
    assert codes(make_person(Role.PROGRAMME_MANAGER), *council) == {403}
    assert codes(make_person(Role.PROGRAMME_MANAGER), f"{under_other}/take-back") == {404}
    assert codes(writer(other), f"{under_other}/answers/1", f"{under_other}/send") == {404}
    assert codes(writer(bid), f"{own}/{asked.key}/answers/0", f"{own}/{asked.key}/answers/2") == {404}
    own_manager = make_person(Role.PROGRAMME_MANAGER, Role.BID_AUTHOR, council=bid.lead_council)
    assert codes(own_manager, f"{own}/ask", *foreign) == {404}
    draft = make_bid(make_bid_round(), status=BidStatus.DRAFT)
    assert codes(make_person(Role.PROGRAMME_MANAGER), f"/bids/{draft.key}/clarifications/ask") == {404}


def test_those_who_judge_read_the_new_answers_beside_the_old_once_they_are_sent(session, app):
    bid = make_bid(make_appraised_round(), status=BidStatus.APPRAISAL)
    task = make_task(bid)
    asked = ask(bid, "problem")
    reply(asked.items[0], "Old foundations.", by=writer(bid))
    checker, appraiser = app.test_client(), app.test_client()
    sign_in(checker, make_person(Role.ELIGIBILITY_CHECKER))
    sign_in(appraiser, task.person)
    pages = ((checker, f"/eligibility/{bid.key}"), (appraiser, f"/appraisals/{task.key}"))
    assert not any("Old foundations." in client.get(page).text for client, page in pages)
    clarifying.send_clarification(asked, by=writer(bid), at=NOW)
    for client, page in pages:
        text = client.get(page).text
        assert "Old foundations." in text
        assert "Contaminated land." in text
    assert appraiser.get(f"/bids/{bid.key}/clarifications").status_code == 403
