"""Files as answers: put on and taken off on the section's own page, kept whatever else is wrong there."""

from io import BytesIO

import pytest
from sqlalchemy import select

from grants.bids import operations as bids
from grants.bids.checks import faults
from grants.bids.models import Answer, BidAttachment, BidStatus
from grants.bids.queries import bid_in_full
from grants.files import storage
from grants.files.models import ScanState
from grants.funds.models import Question, QuestionKind
from grants.kernel.db import Json
from grants.kernel.errors import Refused
from grants.people.roles import Role
from tests.bids.files import PDF, attached, upload
from tests.factories import NOW, make_bid, make_bid_round, make_draft, make_person, sign_in


def make_file_bid(**settings):
    """A draft whose first section also asks for files (up to three, unless told otherwise), and one who writes it."""
    round = make_bid_round()
    settings = {"kinds": ["pdf"], "megabytes": 1, "count": 3, **settings}
    label = "Which plans are there?"
    question = Question(
        code="plans", kind=QuestionKind.FILE, label=label, position=99, required=True, settings=Json(settings)
    )
    round.sections[0].questions.append(question)
    bid = make_draft(round)
    return bid, question, make_person(Role.BID_AUTHOR, council=bid.lead_council)


def plan(number):
    return upload(f"plan {number}.pdf", PDF + b"%% plan %d\n%%%%EOF\n" % number)


def value(session, question):
    return session.scalar(select(Answer.value).where(Answer.question_id == question.id))["is"]


def names(session, question):
    given = value(session, question)
    return [file["name"] for file in (given if isinstance(given, list) else [given] if given else [])]


def sent(*files, **typed):
    return {**typed, "q_plans": [(BytesIO(one.stream.read()), one.filename) for one in files]}


def test_several_files_are_kept_in_order_and_one_too_many_is_refused(session):
    bid, question, author = make_file_bid()
    for number in (1, 2, 3):
        bids.put_file(bid, question, plan(number), by=author, at=NOW)
    assert names(session, question) == ["plan 1.pdf", "plan 2.pdf", "plan 3.pdf"]
    with pytest.raises(Refused, match="there are 3 files here already"):
        bids.put_file(bid, question, plan(4), by=author, at=NOW)
    assert len(list(storage.names())) == 3


def test_the_same_file_sent_twice_is_there_once(session):
    bid, question, author = make_file_bid()
    for _ in range(2):
        bids.put_file(bid, question, plan(1), by=author, at=NOW)
    assert names(session, question) == ["plan 1.pdf"]


def test_where_one_file_is_asked_for_the_next_takes_its_place(session):
    bid, question, author = make_file_bid(count=1)
    bids.put_file(bid, question, plan(1), by=author, at=NOW)
    bids.put_file(bid, question, plan(2), by=author, at=NOW)
    assert value(session, question)["name"] == "plan 2.pdf"
    assert [held.attachment.name for held in bids_files(session, bid)] == ["plan 2.pdf"]


def bids_files(session, bid):
    return session.scalars(
        select(BidAttachment).where(BidAttachment.bid_id == bid.id, BidAttachment.removed_at.is_(None))
    ).all()


def test_an_answer_of_the_old_single_form_is_read_and_added_to(session):
    bid, question, author = make_file_bid()
    bids.put_file(bid, question, plan(1), by=author, at=NOW)
    row = session.scalars(select(Answer).where(Answer.question_id == question.id)).one()
    row.value = Json({"is": row.value["is"][0]})
    session.flush()
    bids.put_file(bid, question, plan(2), by=author, at=NOW)
    assert names(session, question) == ["plan 1.pdf", "plan 2.pdf"]


def test_taken_off_the_answer_it_leaves_the_bid_and_the_other_way_round(session):
    bid, question, author = make_file_bid()
    for number in (1, 2):
        bids.put_file(bid, question, plan(number), by=author, at=NOW)
    first, second = bids_files(session, bid)
    bids.drop_file(bid, question, first.attachment.key, by=author, at=NOW)
    assert bids_files(session, bid) == [second]
    bids.take_off(second, by=author, at=NOW)
    assert bids_files(session, bid) == []
    assert value(session, question) is None
    assert any("no answer yet" in fault.text for fault in faults(bid_in_full(bid.id)))


def test_files_stay_though_another_field_is_wrong_and_each_refused_one_is_named(session, client):
    bid, question, author = make_file_bid()
    sign_in(client, author)
    wrong = upload("page.pdf", b"<html>")
    page = client.post(f"/bids/{bid.key}/sections/need", data=sent(plan(1), wrong, plan(2), q_cost="a lot"))
    assert page.status_code == 200
    assert "page.pdf is not a PDF." in page.text
    assert "must be an amount in pounds" in page.text
    assert names(session, question) == ["plan 1.pdf", "plan 2.pdf"]
    assert page.text.count("plan 1.pdf") >= 1
    again = client.post(f"/bids/{bid.key}/sections/need", data=sent(plan(3), q_cost="12"))
    assert again.status_code == 302
    assert len(names(session, question)) == 3


def test_a_refused_file_does_not_hold_up_the_words_beside_it(session, client):
    bid, _question, author = make_file_bid()
    sign_in(client, author)
    page = client.post(f"/bids/{bid.key}/sections/need", data=sent(upload("a.exe", b"MZ"), q_problem="Mud."))
    assert "a.exe cannot be attached. You can attach PDF files." in page.text
    assert "Mud." in [answer.value["is"] for answer in session.scalars(select(Answer))]


def test_a_file_is_taken_off_on_the_page_without_a_script(session, client):
    bid, question, author = make_file_bid()
    bids.put_file(bid, question, plan(1), by=author, at=NOW)
    bids.put_file(bid, question, plan(2), by=author, at=NOW)
    key = bids_files(session, bid)[0].attachment.key
    sign_in(client, author)
    assert f'value="{key}"' in client.get(f"/bids/{bid.key}/sections/need").text
    client.post(f"/bids/{bid.key}/sections/need", data={"drop_plans": key})
    assert names(session, question) == ["plan 2.pdf"]


def test_nobody_takes_a_file_off_anothers_bid(session, client):
    bid, question, author = make_file_bid()
    bids.put_file(bid, question, plan(1), by=author, at=NOW)
    key = bids_files(session, bid)[0].attachment.key
    other, _question, stranger = make_file_bid()
    sign_in(client, stranger)
    assert client.post(f"/bids/{bid.key}/sections/need", data={"drop_plans": key}).status_code == 404
    client.post(f"/bids/{other.key}/sections/need", data={"drop_plans": key})
    assert names(session, question) == ["plan 1.pdf"]


def test_after_the_deadline_no_file_is_taken(session, client, now):
    bid, _question, author = make_file_bid()
    sign_in(client, author)
    now.move_to(bid.round.closes_at.replace(year=2030))
    sign_in(client, author)
    client.post(f"/bids/{bid.key}/sections/need", data=sent(plan(1)))
    assert list(storage.names()) == []
    assert bids_files(session, bid) == []


def test_a_new_file_voids_the_signature(session):
    bid = make_bid(status=BidStatus.SIGNED)
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    question = Question(
        code="plans", kind=QuestionKind.FILE, label="Plans?", position=99, required=False, settings=Json({})
    )
    bid.round.sections[0].questions.append(question)
    session.flush()
    bids.put_file(bid, question, plan(1), by=author, at=NOW)
    assert bid.signature is None


def test_a_harmful_file_is_a_fault_that_keeps_the_bid_from_going_out(session):
    bid = make_bid(status=BidStatus.DRAFT)
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    coordinator = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    held = attached(bid)
    held.attachment.scan = ScanState.AWAITING
    assert faults(bid_in_full(bid.id)) == [], "what is awaited blocks nothing"
    held.attachment.scan = ScanState.INFECTED
    (fault,) = faults(bid_in_full(bid.id))
    assert "something harmful in the file “minute.pdf”" in fault.text
    with pytest.raises(Refused, match="1 thing is left"):
        bids.send_for_sign_off(bid, by=coordinator, at=NOW)
    bids.take_off(held, by=author, at=NOW)
    assert faults(bid_in_full(bid.id)) == []


def test_who_may_download_while_the_scanner_is_awaited_and_when_it_found_something(session, app):
    bid = make_bid(status=BidStatus.DRAFT)
    held = attached(bid)
    held.attachment.scan = ScanState.AWAITING
    own, auditor = make_person(Role.BID_AUTHOR, council=bid.lead_council), make_person(Role.AUDITOR)
    address = f"/bids/{bid.key}/attachments/{held.attachment.key}"
    session.commit()

    def answers():
        found = []
        for person in (own, auditor):
            client = app.test_client()
            sign_in(client, person)
            found.append(client.get(address).status_code)
        return found

    assert answers() == [200, 423]
    held.attachment.scan = ScanState.INFECTED
    assert answers() == [410, 410]
    held.attachment.scan = ScanState.CLEAN
    assert answers() == [200, 200]
