"""The deadline: one instant, London's, whatever the season; the grace after it; late bids refused or kept."""

import json
import re
import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from grants.audit.models import AuditEvent
from grants.bids import operations as bids
from grants.bids.answers.answering import Given, save_section
from grants.bids.answers.opened import opened_at, opening_mark
from grants.bids.answers.section_queries import section_of
from grants.bids.content import bid_content
from grants.bids.deadline.time_left import deadline_of, in_words
from grants.bids.models import AnswerEdit, Bid, BidStatus
from grants.bids.queries import bid_in_full
from grants.bids.writing import details_seen
from grants.councils.models import Council
from grants.funds.deadlines.extensions import approve_extension, ask_extension
from grants.funds.models import LateBids, Section
from grants.kernel.clock import from_london
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.models import Message
from grants.people.models import Person
from grants.people.roles import Role
from tests.factories import NOW, fill_in, make_bid, make_bid_round, make_draft, make_person, sign_in

SECOND = timedelta(seconds=1)
SPRING, AUTUMN = date(2027, 3, 28), date(2026, 10, 25)
"""Sundays on which the clocks change."""


def coordinator_of(bid):
    return make_person(Role.BID_COORDINATOR, council=bid.lead_council)


def author_of(bid):
    return make_person(Role.BID_AUTHOR, council=bid.lead_council)


def extend(bid, until, *, at=NOW):
    asker, approver = make_person(Role.PROGRAMME_MANAGER), make_person(Role.PROGRAMME_MANAGER)
    extension = ask_extension(bid.round, bid.lead_council, closes_at=until, reason="Flood", by=asker, at=at)
    db.session.flush()
    approve_extension(extension, version_seen=1, by=approver, at=at)
    db.session.flush()


def page_of(bid, code="need"):
    db.session.flush()
    return section_of(select(Bid).where(Bid.id == bid.id), Section.code == code, None, hold=True)


def save(bid, value, *, opened, at, code="problem", by=None):
    """What a section's page does with one answer, opened and saved at these instants."""
    page = page_of(bid)
    question = next(question for question in page.questions if question.code == code)
    there = page.answers.get(question.id)
    given = Given(question, value, there.version if there else 0, "")
    return save_section(page, [given], by=by or author_of(bid), at=at, opened_at=opened)


def answer_of(bid, code="problem"):
    db.session.expire_all()
    return next(a for a in bid.answers if a.question.code == code)


@pytest.mark.parametrize(
    ("day", "closes"),
    [
        (date(2026, 7, 31), datetime(2026, 7, 31, 22, 59, tzinfo=UTC)),
        (date(2026, 12, 31), datetime(2026, 12, 31, 23, 59, tzinfo=UTC)),
        (SPRING, datetime(2027, 3, 28, 22, 59, tzinfo=UTC)),
        (SPRING - timedelta(days=1), datetime(2027, 3, 27, 23, 59, tzinfo=UTC)),
        (AUTUMN, datetime(2026, 10, 25, 23, 59, tzinfo=UTC)),
        (AUTUMN - timedelta(days=1), datetime(2026, 10, 24, 22, 59, tzinfo=UTC)),
    ],
)
def test_a_minute_to_midnight_is_londons_in_every_season_and_a_second_later_is_late(session, day, closes):
    assert from_london(day, time(23, 59)) == closes
    opens = closes - timedelta(days=30)
    before = opens + timedelta(hours=1)
    bid = make_bid(make_bid_round(opens_at=opens, closes_at=closes), status=BidStatus.SIGNED, at=before)
    other = make_bid(bid.round, status=BidStatus.SIGNED, at=before)
    with pytest.raises(Refused, match=f"closed at 23:59 on {day.day} {day:%B %Y}"):
        bids.submit(other, by=coordinator_of(other), at=closes + SECOND)
    assert bids.submit(bid, by=coordinator_of(bid), at=closes).submitted_at == closes
    assert (bid.late, other.status, other.reference) == (False, BidStatus.SIGNED, None)


def test_the_time_left_counts_real_hours_over_the_night_the_clocks_change(session):
    closes = from_london(AUTUMN, time(23, 59))
    bid = make_draft(
        make_bid_round(opens_at=closes - timedelta(days=30), closes_at=closes), at=closes - timedelta(days=9)
    )
    assert deadline_of(bid, from_london(AUTUMN - timedelta(days=1), time(23, 59))).left == "1 day 1 hour"
    assert deadline_of(bid, closes).left == "less than a minute"
    assert (deadline_of(bid, closes + SECOND).left, deadline_of(bid, closes + SECOND).closed) == ("", True)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=2, hours=4, minutes=59), "2 days 4 hours"),
        (timedelta(days=1, minutes=5), "1 day"),
        (timedelta(hours=1, minutes=1), "1 hour 1 minute"),
        (timedelta(seconds=119), "1 minute"),
        (timedelta(seconds=59), "less than a minute"),
    ],
)
def test_the_time_left_is_said_in_two_units_rounded_down(left, words):
    assert in_words(left) == words


# --- The grace


@pytest.mark.parametrize(
    ("opened", "after", "outcome"),
    [
        (-600, -1, "in time"),
        (-600, 0, "in time"),
        (-600, 1, "late"),
        (0, 120, "late"),
        (-600, 121, "refused"),
        (1, 30, "refused"),
        (None, 30, "refused"),
    ],
)
def test_a_save_begun_before_closing_is_kept_for_a_short_grace_and_marked_late(session, opened, after, outcome):
    bid = make_bid(status=BidStatus.SIGNED)
    closes = bid.round.closes_at
    begun = None if opened is None else closes + timedelta(seconds=opened)
    if outcome == "refused":
        with pytest.raises(Refused, match="Nothing can be saved any more"):
            save(bid, "Flooded land.", opened=begun, at=closes + timedelta(seconds=after))
        assert answer_of(bid).typed == "Contaminated land."
        return
    save(bid, "Flooded land.", opened=begun, at=closes + timedelta(seconds=after))
    session.commit()
    late = outcome == "late"
    answer = answer_of(bid)
    assert (answer.late, answer.typed) == (late, "Flooded land.")
    assert answer.value["is"] == ("Contaminated land." if late else "Flooded land.")
    edits = session.scalars(
        select(AnswerEdit).where(AnswerEdit.question_id == answer.question_id).order_by(AnswerEdit.id)
    )
    assert [(edit.value["is"], edit.late) for edit in edits] == [("Contaminated land.", False), ("Flooded land.", late)]
    assert bid.status is (BidStatus.SIGNED if late else BidStatus.DRAFT)
    assert (bid.signature is not None) is late
    assert session.scalars(select(AuditEvent.verb).order_by(AuditEvent.id.desc())).first() == (
        "answered_late" if late else "voided_signature"
    )


def test_a_first_answer_that_comes_late_is_kept_and_the_bid_has_none(session):
    bid = make_bid(status=BidStatus.DRAFT)
    closes = bid.round.closes_at
    save(bid, 1_000_00, code="cost", opened=closes, at=closes + SECOND)
    session.commit()
    answer = answer_of(bid, "cost")
    assert (answer.late, answer.typed, answer.value["is"]) == (True, 1_000_00, None)


def test_a_late_answer_is_never_submitted_and_an_extension_takes_it_only_when_it_is_saved_again(session):
    bid = make_bid(status=BidStatus.SIGNED)
    closes, coordinator = bid.round.closes_at, coordinator_of(bid)
    save(bid, "Flooded land.", opened=closes, at=closes + SECOND)
    extend(bid, closes + timedelta(days=1), at=closes + timedelta(minutes=5))
    session.commit()
    submission = bids.submit(bid, by=coordinator, at=closes + timedelta(hours=1))
    assert "Contaminated land." in submission.content
    assert "Flooded land." not in submission.content


def test_saved_again_in_the_extension_a_late_answer_counts(session):
    bid = make_bid(status=BidStatus.DRAFT)
    closes = bid.round.closes_at
    save(bid, "Flooded land.", opened=closes, at=closes + SECOND)
    extend(bid, closes + timedelta(days=1), at=closes + timedelta(minutes=5))
    save(bid, "Flooded land.", opened=closes, at=closes + timedelta(hours=1))
    session.commit()
    answer = answer_of(bid)
    assert (answer.late, answer.value) == (False, {"is": "Flooded land."})
    assert "Flooded land." in json.dumps(bid_content(bid_in_full(bid.id)))


def test_an_extension_granted_while_a_page_is_open_lets_it_be_saved(session, client):
    bid = make_bid(status=BidStatus.DRAFT)
    closes = bid.round.closes_at
    extend(bid, closes + timedelta(days=1), at=closes - SECOND)
    save(bid, "Flooded land.", opened=closes - timedelta(hours=1), at=closes + timedelta(hours=2))
    assert (answer_of(bid).late, answer_of(bid).value["is"]) == (False, "Flooded land.")


def test_the_tables_themselves_take_nothing_after_closing(session):
    """What comes to their pages within the grace is kept beside them: see test_late_saves."""
    bid = make_bid(status=BidStatus.DRAFT)
    author, late = author_of(bid), bid.round.closes_at + SECOND
    for change in (
        lambda: bids.set_funding(bid.projects[0], {}, version_seen=None, by=author, at=late),
        lambda: bids.add_project(bid, council=bid.lead_council, title="Late", summary="Late.", by=author, at=late),
    ):
        with pytest.raises(Refused, match="Nothing can be saved any more"):
            change()


def test_the_mark_of_an_opened_page_is_nobody_elses_and_cannot_be_made(app, session):
    bid, other = make_draft(), make_draft()
    author, colleague = author_of(bid), author_of(bid)
    mark = opening_mark(bid, author, NOW)
    assert opened_at(bid, author, mark) == NOW
    assert opened_at(other, author, mark) is None
    assert opened_at(bid, colleague, mark) is None
    for wrong in (None, "", "x", mark[:-1], mark.replace(".", "", 1), "\x00", mark.swapcase()):
        assert opened_at(bid, author, wrong) is None


def test_who_saves_a_second_too_late_is_told_and_finds_what_was_typed(session, client, now):
    bid = make_bid(status=BidStatus.DRAFT)
    closes = bid.round.closes_at
    now.move_to(closes - SECOND, tick=False)
    author = author_of(bid)
    sign_in(client, author)
    address = f"/bids/{bid.key}/sections/need"
    sent_along = dict(re.findall(r'name="(opened|seen_\w+)" type="hidden" value="([^"]*)"', client.get(address).text))
    typed = {"q_problem": "Flooded land.", "q_open": "yes", **sent_along}
    now.move_to(closes + SECOND, tick=False)
    answer = client.post(address, data=typed, follow_redirects=True)
    assert "came after the bid had closed" in answer.text
    assert "Flooded land." in answer.text
    assert "Flooded land." not in client.get(f"/bids/{bid.key}/print").text
    assert "Save and go back" not in answer.text
    assert "<textarea" not in answer.text
    reopened = typed | {"q_problem": "Later still.", "opened": opening_mark(bid, author, closes + SECOND)}
    refused = client.post(address, data=reopened)
    assert "Nothing can be saved any more" in refused.text
    assert "Save and go back" not in refused.text
    assert "Later still." in refused.text
    now.move_to(closes + timedelta(seconds=121), tick=False)
    refused = client.post(address, data=typed | {"q_problem": "Much later."})
    assert "Nothing can be saved any more" in refused.text
    assert "Much later." in refused.text
    assert answer_of(bid).typed == "Flooded land."


def test_a_closed_section_is_read_and_says_when_it_closed_and_a_submitted_one_that_it_was(session, client, now):
    bid = make_bid(status=BidStatus.DRAFT)
    author, closes, address = author_of(bid), bid.round.closes_at, f"/bids/{bid.key}/sections/need"
    now.move_to(closes + SECOND, tick=False)
    sign_in(client, author)
    page = client.get(address).text
    assert "closed at 23:59 on 1 December 2026" in page
    assert "Contaminated land." in page
    assert not re.search("<textarea|<input[^>]*name=.q_|Save", page)
    extend(bid, closes + timedelta(days=1), at=closes + SECOND)
    session.commit()
    assert "Save and go back" in client.get(address).text
    submitted = make_bid(bid.round, lead=bid.lead_council, status=BidStatus.SUBMITTED)
    page = client.get(f"/bids/{submitted.key}/sections/need").text
    assert "it was submitted at" in page
    assert "Save and go back" not in page


# --- Late bids


def test_a_round_that_refuses_late_bids_keeps_the_draft(session):
    bid = make_bid(status=BidStatus.SIGNED)
    with pytest.raises(Refused, match="closed at"):
        bids.submit(bid, by=coordinator_of(bid), at=bid.round.closes_at + SECOND)
    assert (bid.status, bid.reference, bid.late) == (BidStatus.SIGNED, None, False)


def test_a_round_that_keeps_late_bids_takes_a_signed_one_and_says_everywhere_that_it_is_late(session, client, now):
    bid = make_bid(make_bid_round(late_bids=LateBids.KEPT), status=BidStatus.SIGNED)
    coordinator, late = coordinator_of(bid), bid.round.closes_at + timedelta(days=2)
    now.move_to(late, tick=False)
    sign_in(client, coordinator)
    assert "as a late bid" in client.get(f"/bids/{bid.key}").text
    assert "Submit the signed bid" in client.get("/").text
    assert client.post(f"/bids/{bid.key}/submit").status_code == 302
    session.expire_all()
    assert (bid.late, bid.status, bid.submitted_at) == (True, BidStatus.SUBMITTED, late)
    assert bid.reference
    for path in (f"/bids/{bid.key}", f"/bids/{bid.key}/print", "/bids"):
        assert ">Late</strong>" in client.get(path).text
    receipts = session.scalars(select(Message.body).where(Message.once.startswith("receipt:"))).all()
    assert receipts
    assert all("late bid" in body for body in receipts)


def test_a_late_bid_may_still_be_signed_but_no_word_of_it_changed(session):
    bid = make_bid(make_bid_round(late_bids=LateBids.KEPT), status=BidStatus.DRAFT)
    late, coordinator = bid.round.closes_at + timedelta(days=2), coordinator_of(bid)
    officer = make_person(Role.SECTION_151_OFFICER, council=bid.lead_council)
    with pytest.raises(Refused, match="Nothing can be saved any more"):
        save(bid, "Flooded land.", opened=NOW, at=late)
    bids.send_for_sign_off(bid, by=coordinator, at=late)
    bids.sign(bid, council=bid.lead_council, by=officer, at=late)
    bids.submit(bid, by=coordinator, at=late)
    assert bid.late


def test_a_bid_in_time_is_not_late_where_late_ones_are_kept(session):
    bid = make_bid(make_bid_round(late_bids=LateBids.KEPT), status=BidStatus.SIGNED)
    bids.submit(bid, by=coordinator_of(bid), at=bid.round.closes_at)
    assert not bid.late


# --- Races


def test_a_submission_that_waits_for_its_turn_is_judged_by_when_it_came(session, app, client, now):
    bid = make_bid(status=BidStatus.SIGNED)
    now.move_to(bid.round.closes_at, tick=False)
    sign_in(client, coordinator_of(bid))
    slow = app.before_request_funcs[None]
    wait = lambda: now.move_to(bid_closes + timedelta(seconds=5), tick=False)  # noqa: E731
    bid_closes = bid.round.closes_at
    slow.append(wait)
    try:
        assert client.post(f"/bids/{bid.key}/submit").status_code == 302
    finally:
        slow.remove(wait)
    session.expire_all()
    assert (bid.status, bid.submitted_at) == (BidStatus.SUBMITTED, bid_closes)


def test_two_submissions_at_the_last_instant_and_one_a_second_later(session, app, now):
    """T28: all at once, each by its own arrival; none is stored as submitted after the closing time."""
    round = make_bid_round()
    drafts = [make_bid(round, status=BidStatus.SIGNED) for _ in range(3)]
    coordinators = [coordinator_of(bid) for bid in drafts]
    instants = [round.closes_at - SECOND, round.closes_at, round.closes_at + SECOND]
    keys = [(bid.id, person.id) for bid, person in zip(drafts, coordinators, strict=True)]
    session.commit()
    said = []

    def hand_in(bid_id, person_id, at):
        with app.app_context():
            try:
                bid, person = db.session.get_one(Bid, bid_id), db.session.get_one(Person, person_id)
                bids.submit(bid, by=person, at=at)
                db.session.commit()
            except Refused as refusal:
                db.session.rollback()
                said.append(str(refusal))

    crew = [threading.Thread(target=hand_in, args=(*key, at)) for key, at in zip(keys, instants, strict=True)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    session.expire_all()
    assert [bid.submitted_at for bid in drafts] == [*instants[:2], None]
    assert len(said) == 1


def test_another_lead_council_does_not_reopen_a_closed_bid(session):
    bid = make_draft()
    by = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    fill_in(bid, by)
    extend(bid, bid.round.closes_at + timedelta(days=2))
    other = make_person(Role.BID_COORDINATOR)
    council = db.session.get_one(Council, next(iter(other.councils_on(NOW.date()))))
    late = bid.round.closes_at + timedelta(days=1)
    with pytest.raises(Refused, match="Nothing can be saved any more"):
        bids.change_details(
            bid, title="Mine", lead=council, partnership=None, members=[bid.lead_council], by=other, at=late,
            seen=details_seen(bid),
        )  # fmt: skip


def test_the_list_of_bids_shows_a_councils_own_closing_time(session, client):
    bid = make_draft()
    extend(bid, bid.round.closes_at + timedelta(days=2))
    sign_in(client, author_of(bid))
    assert "23:59 on 3 December 2026" in client.get("/bids").text
