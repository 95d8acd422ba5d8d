"""The board's minute, two who submit at the same instant, and what the pages say of a signature that fell."""

import threading
from datetime import date, timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from grants.bids import operations as bids
from grants.bids.checks import Place, faults
from grants.bids.handing_in.checks import minute_of
from grants.bids.models import Bid, BidStatus, Submission
from grants.bids.queries import bid_in_full, people_of
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.models import Message
from grants.people.models import Person
from grants.people.roles import Role
from tests.bids.files import PDF, upload
from tests.factories import (
    NOW,
    TODAY,
    make_bid,
    make_bid_round,
    make_council,
    make_person,
    make_team,
    sign_in,
)


def board_faults(bid):
    return [fault.text for fault in faults(bid_in_full(bid.id)) if fault.place is Place.BOARD]


@pytest.fixture
def draft(session):
    """Complete but for the board's decision, which its round asks for; and one who writes it."""
    bid = make_bid(make_bid_round(board_minute=True), status=BidStatus.DRAFT)
    return bid, make_person(Role.BID_AUTHOR, council=bid.lead_council)


def test_a_round_that_asks_for_the_boards_minute_gets_no_bid_without_it(draft):
    bid, author = draft
    coordinator = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    assert len(board_faults(bid)) == 2
    with pytest.raises(Refused, match="2 things are left"):
        bids.send_for_sign_off(bid, by=coordinator, at=NOW)
    bids.attach_minute(bid, upload(), by=author, at=NOW)
    assert board_faults(bid) == ["Say on which day the partnership's board decided to bid."]
    bids.note_board_day(bid, TODAY, by=author, at=NOW)
    make_person(Role.SECTION_151_OFFICER, council=bid.lead_council)
    bids.send_for_sign_off(bid, by=coordinator, at=NOW)
    assert bid.status is BidStatus.SIGN_OFF


def test_the_board_cannot_meet_tomorrow_and_another_minute_takes_the_place_of_the_first(draft):
    bid, author = draft
    with pytest.raises(Refused, match="met already"):
        bids.note_board_day(bid, TODAY + timedelta(days=1), by=author, at=NOW)
    for number in (1, 2):
        bids.attach_minute(bid, upload(f"{number}.pdf", PDF + b"%% %d\n%%%%EOF\n" % number), by=author, at=NOW)
    assert minute_of(bid).attachment.name == "2.pdf"
    assert [held.attachment.name for held in bid.attachments if held.removed_at is None] == ["2.pdf"]


def test_other_rounds_do_not_ask_for_a_minute(session):
    assert board_faults(make_bid(status=BidStatus.DRAFT)) == []


def test_the_minute_is_kept_though_the_day_is_wrong(draft, client):
    bid, author = draft
    sign_in(client, author)
    assert f"/bids/{bid.key}/board" in client.get(f"/bids/{bid.key}").text
    day = {"met_on-day": "30", "met_on-month": "2", "met_on-year": "2026"}
    page = client.post(f"/bids/{bid.key}/board", data={**day, "minute": (BytesIO(PDF), "minute.pdf")})
    assert "must be a real date" in page.text
    assert "The minute so far" in page.text
    day = {"met_on-day": "20", "met_on-month": "11", "met_on-year": "2026"}
    assert client.post(f"/bids/{bid.key}/board", data=day).status_code == 302
    db.session.expire_all()
    assert bid.board_met_on == date(2026, 11, 20)
    assert board_faults(bid) == []


def test_a_bid_that_was_signed_says_whose_edit_voided_the_signature_when_and_why(session, client):
    bid = make_bid(status=BidStatus.SIGNED)
    officer = bid.signature.person
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council, name="Ada Author")
    bids.answer(bid, bid.round.sections[0].questions[0], "Another problem.", by=author, at=NOW)
    sign_in(client, officer)
    for page in ("", "/check"):
        said = " ".join(client.get(f"/bids/{bid.key}{page}").text.split())
        assert f"{officer.name} signed this bid at 12:00 on 21 November 2026." in said
        assert "voided at 12:00 on 21 November 2026" in said
        assert "Ada Author did so." in said


def test_the_wrong_role_finds_no_page_to_sign_on(session, app):
    lead = make_council()
    author, coordinator, _officer = make_team(lead)
    bid = make_bid(lead=lead, status=BidStatus.SIGN_OFF)
    stranger = make_person(Role.SECTION_151_OFFICER)
    for person in (author, coordinator, stranger, make_person(Role.PROGRAMME_MANAGER)):
        client = app.test_client()
        sign_in(client, person)
        sent = client.post(f"/bids/{bid.key}/sign", data={"statement_1": "y", "statement_2": "y"})
        assert sent.status_code in (403, 404)
    db.session.refresh(bid)
    assert bid.status is BidStatus.SIGN_OFF


def test_every_declaration_has_to_be_ticked(session, client):
    bid = make_bid(status=BidStatus.SIGN_OFF)
    sign_in(client, make_person(Role.SECTION_151_OFFICER, council=bid.lead_council))
    page = client.post(f"/bids/{bid.key}/sign", data={"statement_1": "y"})
    assert "Tick to agree: We pay." in page.text
    db.session.refresh(bid)
    assert bid.signatures == []


def test_the_lead_councils_coordinators_are_told_though_they_did_nothing(session):
    bid = make_bid(status=BidStatus.SIGNED)
    idle, other = (make_person(Role.BID_COORDINATOR, council=bid.lead_council) for _ in range(2))
    bids.submit(bid, by=other, at=NOW)
    told = session.scalars(select(Message.to).where(Message.subject.contains("Bid submitted"))).all()
    assert idle.email in told
    assert len(told) == len(set(told))


def test_whoever_has_left_the_council_is_not_sent_the_bid(session):
    bid = make_bid(status=BidStatus.SIGNED)
    session.commit()
    (author,) = people_of(bid.lead_council_id, Role.BID_AUTHOR, TODAY)
    author.appointments[0].until_on = TODAY - timedelta(days=1)
    session.commit()
    bids.submit(bid, by=make_person(Role.BID_COORDINATOR, council=bid.lead_council), at=NOW)
    told = session.scalars(select(Message.to).where(Message.subject.contains("Bid submitted"))).all()
    assert author.email not in told
    assert bid.signature.person.email in told


@pytest.mark.parametrize("attempt", range(2))
def test_two_who_submit_at_once_make_one_submission_with_one_reference(app, session, attempt):
    """T27, I12: over two connections, each with the bid before it."""
    bid = make_bid(status=BidStatus.SIGNED)
    people = [make_person(Role.BID_COORDINATOR, council=bid.lead_council) for _ in range(2)]
    bid_id, ids = bid.id, [person.id for person in people]
    session.commit()
    start, said = threading.Barrier(2, timeout=60), []

    def submit(person_id):
        with app.app_context():
            if db.engine.dialect.name == "postgresql":  # on SQLite the second could not even begin to read and wait
                mine, by = db.session.get_one(Bid, bid_id), db.session.get_one(Person, person_id)
                start.wait()
            else:
                start.wait()
                mine, by = db.session.get_one(Bid, bid_id), db.session.get_one(Person, person_id)
            submission = bids.submit(mine, by=by, at=NOW)
            db.session.commit()
            said.append((mine.reference, submission.id, submission.sha256))

    threads = [threading.Thread(target=submit, args=(person_id,)) for person_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(said) == 2
    assert said[0] == said[1]
    assert session.scalar(select(func.count(Submission.id))) == 1
    receipts = session.scalars(select(Message.to).where(Message.subject.contains("Bid submitted"))).all()
    assert len(receipts) == len(set(receipts))
