"""Sign-off, signature, submission: who, when, and once."""

import hashlib
import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from grants.audit.models import AuditEvent
from grants.bids import operations as bids
from grants.bids.checks import faults
from grants.bids.handing_in.submitting import take_reference
from grants.bids.models import Bid, BidStatus, FundingSource
from grants.bids.queries import bid_in_full
from grants.councils.models import Council
from grants.funds.models import Stream
from grants.kernel.errors import Overtaken, Refused
from grants.messages.models import Message
from grants.people.roles import Role
from tests.factories import (
    NOW,
    fill_in,
    make_bid,
    make_bid_round,
    make_council,
    make_draft,
    make_fund,
    make_person,
    make_round,
    make_team,
)


def test_a_bid_goes_from_draft_to_its_officer_and_is_submitted_with_a_reference(session):
    bid = make_bid()
    assert bid.status is BidStatus.SUBMITTED
    assert bid.reference.startswith(f"{bid.round.fund.code}-{bid.round.code}".upper())
    assert hashlib.sha256(bid.submission.content.encode()).hexdigest() == bid.submission.sha256
    assert bid.signature.content_sha256 == bid.submission.sha256
    assert json.loads(bid.submission.content)["projects"][0]["funding"][0]["pence"] == 500_000_00


def test_submitting_again_gives_the_same_submission_and_one_receipt_for_each_person(session):
    lead = make_council()
    author, coordinator, officer = make_team(lead)
    bid = fill_in(make_draft(lead=lead, by=author), author)
    bids.send_for_sign_off(bid, by=coordinator, at=NOW)
    bids.sign(bid, council=lead, by=officer, at=NOW)
    session.commit()
    first = bids.submit(bid, by=coordinator, at=NOW)
    session.commit()
    assert bids.submit(bid, by=coordinator, at=NOW + timedelta(seconds=1)) is first
    session.commit()
    told = session.scalars(select(Message.to).where(Message.subject.contains("Bid submitted"))).all()
    assert sorted(told) == sorted([author.email, coordinator.email, officer.email])


def test_everyone_who_took_part_gets_the_receipt(session):
    lead = make_council()
    author, coordinator, officer = make_team(lead)
    bid = fill_in(make_draft(lead=lead, by=author), author)
    session.commit()
    bids.send_for_sign_off(bid, by=coordinator, at=NOW)
    bids.sign(bid, council=lead, by=officer, at=NOW)
    session.commit()
    bids.submit(bid, by=coordinator, at=NOW)
    told = session.scalars(select(Message.to).where(Message.subject.contains("Bid submitted"))).all()
    assert set(told) == {author.email, coordinator.email, officer.email}


def test_an_incomplete_bid_cannot_be_sent_for_sign_off_and_says_how_much_is_left(session):
    bid = make_draft()
    coordinator = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    with pytest.raises(Refused, match="3 things are left to do"):
        bids.send_for_sign_off(bid, by=coordinator, at=NOW)


def test_the_wrong_role_cannot_sign_or_submit(session):
    lead = make_council()
    author, coordinator, _officer = make_team(lead)
    bid = make_bid(lead=lead, status=BidStatus.SIGN_OFF)
    stranger = make_person(Role.SECTION_151_OFFICER)
    for wrong in (author, coordinator, stranger):
        with pytest.raises(Refused):
            bids.sign(bid, council=lead, by=wrong, at=NOW)
    with pytest.raises(Refused):
        bids.send_back(bid, reason="No", by=coordinator, at=NOW)
    with pytest.raises(Refused):
        bids.submit(bid, by=author, at=NOW)


def test_a_bid_that_nobody_signed_is_not_submitted(session):
    bid = make_bid(status=BidStatus.SIGN_OFF)
    coordinator = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    with pytest.raises(Refused, match="has to sign"):
        bids.submit(bid, by=coordinator, at=NOW)


def test_any_edit_after_the_signature_voids_it_and_says_so(session):
    bid = make_bid(status=BidStatus.SIGNED)
    officer = bid.signature.person
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    question = bid.round.sections[0].questions[0]
    bids.answer(bid, question, "Another problem.", by=author, at=NOW)
    session.commit()
    assert bid.status is BidStatus.DRAFT
    assert bid.signature is None
    assert bid.signatures[0].void_reason
    assert session.scalar(select(AuditEvent).where(AuditEvent.verb == "voided_signature"))
    assert session.scalar(select(Message).where(Message.to == officer.email, Message.subject.contains("void")))


def test_saving_the_same_again_changes_nothing_and_the_signature_stays(session):
    bid = make_bid(status=BidStatus.SIGNED)
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    bids.answer(bid, bid.round.sections[0].questions[0], "Contaminated land.", by=author, at=NOW)
    assert bid.status is BidStatus.SIGNED


def test_an_officer_who_read_an_older_text_is_told_before_signing(session):
    bid = make_bid(status=BidStatus.SIGN_OFF)
    officer = make_person(Role.SECTION_151_OFFICER, council=bid.lead_council)
    with pytest.raises(Overtaken):
        bids.sign(bid, council=bid.lead_council, by=officer, at=NOW, content_seen="0" * 64)


def test_what_is_submitted_is_what_was_signed_even_if_the_rows_were_touched_behind_its_back(session):
    bid = make_bid(status=BidStatus.SIGNED)
    coordinator = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    session.execute(text("UPDATE funding_line SET pence = pence + 1"))
    with pytest.raises(Refused, match="not what was signed"):
        bids.submit(bid, by=coordinator, at=NOW)


@pytest.mark.parametrize(("seconds", "in_time"), [(-1, True), (0, True), (1, False)])
def test_the_deadline_is_the_last_instant_in_time(session, seconds, in_time):
    bid = make_bid(status=BidStatus.SIGNED)
    coordinator = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    at = bid.round.closes_at + timedelta(seconds=seconds)
    if in_time:
        assert bids.submit(bid, by=coordinator, at=at).submitted_at == at
        return
    with pytest.raises(Refused, match="closed at 23:59 on 1 December 2026"):
        bids.submit(bid, by=coordinator, at=at)


def test_after_the_deadline_nothing_can_be_saved(session):
    bid = make_bid(status=BidStatus.DRAFT)
    project, late = bid.projects[0], bid.round.closes_at + timedelta(seconds=1)
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    done = {"by": author, "at": late}
    tries = [
        lambda: bids.start(bid.round, title="x", lead=bid.lead_council, partnership=None, members=[], **done),
        lambda: bids.answer(bid, bid.round.sections[0].questions[0], "late", **done),
        lambda: bids.add_project(bid, council=bid.lead_council, title="x", summary="", **done),
        lambda: bids.add_site(project, name="x", **done),
        lambda: bids.remove_site(project.sites[0], **done),
        lambda: bids.set_funding(project, {}, version_seen=None, **done),
        lambda: bids.set_outcomes(project, {}, version_seen=None, **done),
        lambda: bids.remove_project(project, **done),
    ]
    for attempt in tries:
        with pytest.raises(Refused, match="closed at"):
            attempt()


def test_a_reference_that_is_taken_is_drawn_again_and_the_constraint_decides(session):
    round = make_bid_round()
    first = make_bid(round)
    taken = first.reference.rsplit("-", 1)[1]
    second = make_bid(round, status=BidStatus.SIGNED)
    draws = iter([taken, taken, "BCDFGH"])
    take_reference(second, at=NOW, draw=lambda: next(draws))
    assert second.reference.endswith("-BCDFGH")
    assert second.reference != first.reference


def test_the_fund_is_not_said_twice_in_a_reference(session):
    bid = make_bid(make_bid_round(fund=make_fund(code="lrf"), code="lrf-2017"))
    assert bid.reference.startswith("LRF-2017-")


def test_a_withdrawn_bid_keeps_its_reference_and_comes_back_for_nobody(session):
    bid = make_bid()
    coordinator = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    reference = bid.reference
    bids.withdraw(bid, reason="The site was sold.", by=coordinator, at=NOW)
    assert (bid.status, bid.reference) == (BidStatus.WITHDRAWN, reference)
    with pytest.raises(Refused):
        bids.move(bid, BidStatus.APPRAISAL, by=None)


def test_a_submission_cannot_be_altered_or_deleted(session):
    make_bid()
    session.commit()
    for change in ("UPDATE submission SET content = ''", "DELETE FROM submission"):
        with pytest.raises(DBAPIError):
            session.execute(text(change))
        session.rollback()


def test_a_lead_council_that_has_ended_is_a_fault_and_cannot_start_a_bid(session):
    gone = make_council(ended_on=NOW.date() - timedelta(days=1))
    author = make_person(Role.BID_AUTHOR, council=gone)
    with pytest.raises(Refused, match="no longer in being"):
        make_draft(lead=gone, by=author)
    bid = make_draft()
    bid.lead_council.ended_on = NOW.date() - timedelta(days=1)
    assert any("no longer in being" in fault.text for fault in faults(bid_in_full(bid.id), NOW.date()))


def test_a_bid_is_started_only_for_a_council_of_ones_own(session):
    with pytest.raises(Refused, match="only for a council"):
        make_draft(lead=make_council(), by=make_person(Role.BID_AUTHOR))


def test_the_same_form_sent_twice_starts_one_bid(session):
    author = make_person(Role.BID_AUTHOR)
    lead = session.get(Council, next(iter(author.councils_on(NOW.date()))))
    round = make_round()
    first, second = (make_draft(round, lead=lead, by=author, form_token="one") for _ in range(2))
    assert first is second
    assert session.query(Bid).count() == 1


def test_money_outside_the_years_or_of_the_wrong_stream_is_refused_or_found(session):
    bid = make_bid(status=BidStatus.DRAFT)
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    project = bid.projects[0]
    after = bid.round.last_year.next()
    with pytest.raises(Refused, match="must lie in"):
        bids.set_funding(project, {(after, "capital", FundingSource.GRANT): 1}, version_seen=None, by=author, at=NOW)
    wrong = {(bid.round.first_year, Stream.REVENUE, FundingSource.GRANT): 1_00}
    bids.set_funding(project, wrong, version_seen=None, by=author, at=NOW)
    assert any("pays capital only" in fault.text for fault in faults(bid_in_full(bid.id)))
