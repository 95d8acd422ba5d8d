"""Reminders by working days: once for each person, made up if a run was missed, by each council's own closing."""

import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import event, select

from grants.bids import operations as bids
from grants.bids.deadline.reminders import reminder_days
from grants.bids.models import BidStatus
from grants.bids.tasks import _looked, remind, remind_now_and_then
from grants.funds.deadlines.extensions import approve_extension, ask_extension
from grants.funds.deadlines.working_days import bank_holidays, load_bank_holidays
from grants.funds.models import LateBids
from grants.kernel.clock import from_london
from grants.kernel.db import Json, db
from grants.messages.models import Message
from grants.messages.operations import send_waiting
from grants.people.models import Person
from grants.people.roles import Role
from tests.factories import (
    NOW,
    make_bid,
    make_bid_round,
    make_council,
    make_draft,
    make_person,
    make_round,
    make_team,
    sign_in,
)

CLOSES = from_london(date(2026, 12, 1), time(23, 59))
"""A Tuesday. Its tenth working day before is 17 November, its fifth the 24th, its first the 30th."""


@pytest.fixture
def round(session):
    load_bank_holidays()
    return make_bid_round(opens_at=NOW - timedelta(days=40), closes_at=CLOSES)


def started(round, *, lead=None, at=NOW - timedelta(days=20), **values):
    return make_draft(round, lead=lead, at=at, **values)


def told(session, kind="remind"):
    session.rollback()
    rows = session.scalars(select(Message).where(Message.once.startswith(f"{kind}:")).order_by(Message.id))
    return list(rows)


def run(at):
    db.session.commit()
    return remind(at)


def morning(day):
    return from_london(day, time(8))


def test_christmas_is_no_working_day(session):
    load_bank_holidays()
    session.flush()
    round = make_round(closes_at=from_london(date(2027, 1, 5), time(23, 59)))
    days = reminder_days(round, round.closes_at, bank_holidays())
    assert [(due.working_days, due.since.date()) for due in days] == [
        (10, date(2026, 12, 17)),
        (5, date(2026, 12, 24)),
        (1, date(2027, 1, 4)),
    ]


def test_a_reminder_is_due_from_eight_in_london_in_summer_and_winter():
    for closes, since in (
        (date(2026, 7, 31), datetime(2026, 7, 30, 7, 0, tzinfo=UTC)),
        (date(2026, 12, 1), datetime(2026, 11, 30, 8, 0, tzinfo=UTC)),
    ):

        class One:
            id, reminders = 1, {"working_days": [1]}

        (due,) = reminder_days(One, from_london(closes, time(23, 59)), frozenset())
        assert due.since == since


def test_authors_coordinators_and_officers_are_told_once_what_is_left_and_their_own_closing_time(session, round):
    lead = make_council()
    author, coordinator, officer = make_team(lead)
    bid = started(round, lead=lead, by=author, title="Quayside")
    session.commit()
    assert run(morning(date(2026, 11, 17)) - timedelta(seconds=1)) == 0
    assert run(morning(date(2026, 11, 17))) == 3
    assert run(morning(date(2026, 11, 17)) + timedelta(hours=3)) == 0
    letters = told(session)
    assert {letter.to for letter in letters} == {author.email, coordinator.email, officer.email}
    for said in ("closes at 23:59 on 1 December 2026", "14 days 15 hours", "Quayside", "This has no answer yet"):
        assert said in letters[0].body
    assert f"/bids/{bid.key}/check" in letters[0].body


def test_each_reminder_goes_to_each_person_once_and_to_nobody_who_has_submitted(session, round):
    make_bid(round, at=NOW - timedelta(days=20))
    draft = started(round)
    session.commit()
    for day in (17, 18, 20, 23, 24, 25, 30):
        run(morning(date(2026, 11, day)) + timedelta(hours=1))
    kinds = [letter.once.split(":")[2] for letter in told(session)]
    assert kinds == ["10", "5", "1"]
    assert {letter.person_id for letter in told(session)} == {draft.started_by_id}


def test_a_missed_run_is_made_up_with_the_latest_reminder_alone_and_never_after_closing(session, round):
    started(round)
    assert run(morning(date(2026, 12, 1))) == 1
    assert [letter.once.split(":")[2] for letter in told(session)] == ["1"]
    started(round)
    assert run(CLOSES + timedelta(seconds=1)) == 0


def test_who_starts_after_a_reminder_was_due_gets_the_next_one(session, round):
    started(round, at=NOW)  # 21 November
    assert run(NOW + timedelta(hours=1)) == 0
    assert run(morning(date(2026, 11, 24))) == 1


def test_a_person_with_two_bids_in_a_round_gets_one_letter_on_both(session, round):
    lead = make_council()
    author = make_person(Role.BID_AUTHOR, council=lead)
    for title in ("Quayside", "Old Mill"):
        started(round, lead=lead, by=author, title=title)
    assert run(morning(date(2026, 11, 24))) == 1
    (letter,) = told(session)
    assert "Quayside" in letter.body
    assert "Old Mill" in letter.body


def test_a_council_with_more_time_is_reminded_before_its_own_closing(session, round):
    north, south = started(round), started(round)
    asker, approver = make_person(Role.PROGRAMME_MANAGER), make_person(Role.PROGRAMME_MANAGER)
    until = CLOSES + timedelta(days=7)
    extension = ask_extension(round, north.lead_council, closes_at=until, reason="Flood", by=asker, at=NOW)
    session.flush()
    approve_extension(extension, version_seen=1, by=approver, at=NOW)
    assert run(morning(date(2026, 11, 30))) == 2  # the south's last, and the north's tenth before 8 December
    by_person = {letter.person_id: letter for letter in told(session)}
    assert by_person[south.started_by_id].once.split(":")[2] == "1"
    assert by_person[north.started_by_id].once.split(":")[2] == "10"
    assert run(morning(date(2026, 12, 7))) == 2  # the north’s last, and what the south did not submit
    (last,) = [
        letter for letter in told(session) if "8 December 2026" in letter.body and letter.once.split(":")[2] == "1"
    ]
    assert last.person_id == north.started_by_id


def test_a_round_may_send_no_reminders(session, round):
    round.reminders = Json({"working_days": []})
    started(round)
    assert run(morning(date(2026, 11, 24))) == 0


def test_after_closing_and_grace_everyone_of_a_bid_not_submitted_gets_their_answers_once(session, round, outbox):
    lead = make_council()
    make_bid(round, at=NOW - timedelta(days=20))
    draft = make_bid(round, lead=lead, status=BidStatus.DRAFT, at=NOW - timedelta(days=20), title="Quayside")
    gone = started(round)
    bids.withdraw(gone, reason="No money", by=make_person(Role.BID_COORDINATOR, council=gone.lead_council), at=NOW)
    session.commit()
    assert run(CLOSES + timedelta(seconds=round.grace_seconds)) == 0
    count = run(CLOSES + timedelta(seconds=round.grace_seconds + 1))
    assert run(CLOSES + timedelta(hours=5)) == 0
    letters = told(session, "closed")
    assert len(letters) == count == 3
    assert {letter.enclosure["of"] for letter in letters} == {draft.key}
    assert "It can no longer be submitted" in letters[0].body
    assert send_waiting(CLOSES + timedelta(hours=6)) >= 3
    sent = [mail for mail in outbox if mail.subject == "Not submitted: Quayside"]
    assert len(sent) == 3
    assert all(
        name.endswith(".pdf") and content[:4] == b"%PDF" for mail in sent for name, content, _ in mail.attachments
    )


def test_where_late_bids_are_kept_the_letter_says_so(session, round):
    round.late_bids = LateBids.KEPT
    started(round)
    run(CLOSES + timedelta(hours=1))
    assert "can still be signed and submitted" in told(session, "closed")[0].body


def test_two_workers_at_once_write_each_letter_once(session, app, round):
    for _ in range(6):
        started(round)
    session.commit()
    at, counts, together = morning(date(2026, 11, 24)), [], threading.Barrier(2)

    def work():
        with app.app_context():
            together.wait(20)
            counts.append(remind(at))

    crew = [threading.Thread(target=work) for _ in range(2)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    assert sum(counts) == len(told(session)) == 6


def test_the_duty_looks_only_every_few_minutes(session, round):
    started(round)
    session.commit()
    _looked.clear()
    due = morning(date(2026, 11, 17))
    assert remind_now_and_then(due - timedelta(minutes=1)) == 0
    assert remind_now_and_then(due + timedelta(seconds=1)) == 0
    assert remind_now_and_then(due + timedelta(minutes=2)) == 1
    _looked.clear()


def statements(work):
    run = []
    note = lambda conn, cursor, statement, *rest: run.append(statement)  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(run)


def test_a_bid_costs_a_fixed_number_of_queries_and_none_of_them_for_good(session, round):
    def cost(bids_more, day):
        for _ in range(bids_more):
            started(round)
        session.commit()
        return statements(lambda: run(morning(day)))

    one, more = cost(1, date(2026, 11, 17)), cost(4, date(2026, 11, 24))
    assert more <= 5 * one
    again = statements(lambda: run(morning(date(2026, 11, 24)) + timedelta(minutes=5)))
    assert again < more / 2


def test_the_programme_sees_who_was_told_when_and_no_title_of_a_bid(session, client, round, now):
    now.move_to(morning(date(2026, 11, 24)), tick=False)
    bid = started(round, title="Secret garden")
    run(morning(date(2026, 11, 24)))
    name = session.get_one(Person, bid.started_by_id).name
    manager = make_person(Role.PROGRAMME_MANAGER)
    sign_in(client, manager)
    page = client.get(f"/rounds/{round.code}/reminders").text
    for said in (name, "5 working days before closing", "08:00 on 30 November 2026", "closes at 23:59 on 1 December"):
        assert said in page
    assert "Secret garden" not in page
    assert f"/rounds/{round.code}/reminders" in client.get(f"/rounds/{round.code}").text


def test_a_bid_that_cannot_be_read_holds_up_nobody_elses_reminder(session, round, caplog):
    broken, whole = started(round), started(round)
    question = round.sections[0].questions[0]
    answer = bids.answer(broken, question, "Text", by=session.get_one(Person, broken.started_by_id), at=NOW)
    answer.value = Json({"is": 12})  # no text, which only a fault of ours could have put there
    session.commit()
    assert run(morning(date(2026, 11, 24))) == 1
    assert [letter.person_id for letter in told(session)] == [whole.started_by_id]
    assert "could not be written" in caplog.text
