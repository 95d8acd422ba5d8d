"""The PDF of a bid: what was submitted, word for word; a draft says that it is one and is its council's alone."""

import io
import re
import time
from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from grants.bids import operations as bids
from grants.bids.handing_in.bid_pdf import bid_file
from grants.bids.models import BidStatus
from grants.messages.operations import send_waiting
from grants.people.roles import Role
from tests.bids.files import attached
from tests.factories import NOW, make_bid, make_council, make_partnership, make_person, make_team, sign_in


def words(data):
    """All that the PDF says, on one line."""
    pages = PdfReader(io.BytesIO(data)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def test_a_submitted_bid_is_printed_from_its_snapshot(session):
    bid = make_bid(title="Land at the old quay")
    session.commit()
    session.execute(text("UPDATE funding_line SET pence = pence + 100"))
    session.execute(text("UPDATE project SET title = 'Something else'"))
    session.expire_all()
    said = words(bid_file(bid, at=NOW).content)
    assert bid.reference in said
    assert bid.submission.sha256 in said.replace(" ", "")
    assert "£500,000 " in said
    assert "£500,001" not in said
    assert "Something else" not in said
    assert "Contaminated land." in said
    assert "The figures are right." in said
    assert "DRAFT" not in said


def test_a_submitted_bid_prints_its_partnership_as_it_stood_that_day_and_a_draft_does_not(session):
    lead, member, later = make_council("Hill Council"), make_council("Dale Council"), make_council("Vale Council")
    partnership = make_partnership(member, lead=lead, name="Hill and Dale")
    bid = make_bid(lead=lead, partnership=partnership)
    draft = make_bid(bid.round, lead=lead, partnership=partnership, status=BidStatus.DRAFT)
    session.commit()
    assert "as it stood when" not in words(bid_file(draft, at=NOW).content)
    for place in partnership.memberships:
        place.council = later
    session.commit()
    said = words(bid_file(bid, at=NOW).content)
    assert "Hill and Dale, as it stood when the bid was submitted" in said
    since = partnership.memberships[0].from_on
    for name, role in (("Hill Council", "Leads it"), ("Dale Council", "Member")):
        assert f"{name} {role} {since.day} {since:%B %Y}" in said
    assert "Vale Council" not in said


def test_it_is_the_same_bytes_whenever_it_is_made(session):
    bid = make_bid(at=NOW + timedelta(microseconds=123_456))
    session.commit()
    assert bid_file(bid, at=NOW).content == bid_file(bid, at=NOW.replace(year=2030)).content


def test_it_is_tagged_titled_in_english_and_its_picture_is_told_in_words(session):
    bid = make_bid(title="Land at the old quay")
    reader = PdfReader(io.BytesIO(bid_file(bid, at=NOW).content))
    assert reader.root_object["/MarkInfo"]["/Marked"]
    assert reader.root_object["/Lang"] == "en-GB"
    assert reader.metadata.title == "Land at the old quay"
    alt = [o.get_object().get("/Alt", "") for o in map(reader.get_object, range(1, 400)) if isinstance(o, dict)]
    assert any("2026/27: Grant asked for £500,000" in str(said) for said in alt)


def test_a_draft_says_so_on_its_face_and_lists_its_files_with_their_hashes(session):
    bid = make_bid(status=BidStatus.DRAFT)
    held = attached(bid)
    file = bid_file(bid, at=NOW)
    said = words(file.content)
    assert file.name.startswith("Draft ")
    assert "Draft: not submitted. As it stood at " in said
    assert held.attachment.sha256 in said.replace(" ", "")


@pytest.mark.parametrize(
    "typed",
    [
        '#read("/etc/passwd") $x^2$ *bold* _it_ `raw` <label> @ref = Heading // gone',
        '#import "annex.typ": * [bracket] \\ #set page(fill: red)',
        "<script>alert(1)</script> {{7*7}} Tŷ \U0001f600 漢字 \u202e",
        "a\nb\n\n- c\n+ d\n/ e: f",
        "x" * 1_500,
    ],
)
def test_what_people_type_is_text_and_never_markup(session, typed):
    bid = make_bid(status=BidStatus.DRAFT, title=f"Quay {typed[:100]}".replace("\n", " ").replace("\u202e", ""))
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    question = bid.round.sections[0].questions[0]
    bids.answer(bid, question, typed, by=author, at=NOW)
    said = words(bid_file(bid, at=NOW).content).replace(" ", "")
    plain = re.sub(r"[^!-~]", "", typed)
    assert re.sub(r"\[U\+[0-9A-F]+\]", "", said).count(plain) >= 1


def test_forty_projects_are_printed_in_a_few_seconds(session):
    bid = make_bid(projects=40)
    began = time.process_time()
    made = bid_file(bid, at=NOW).content
    assert time.process_time() - began < 10
    assert "Project 40: " in words(made)


def test_a_draft_is_its_councils_alone(session, app):
    lead = make_council()
    draft = make_bid(lead=lead, status=BidStatus.DRAFT)
    author, *_ = make_team(lead)
    for person, code in (
        (author, 200),
        (make_person(Role.BID_AUTHOR), 404),
        (make_person(Role.AUDITOR), 404),
        (make_person(Role.PROGRAMME_MANAGER), 404),
    ):
        client = app.test_client()
        sign_in(client, person)
        answer = client.get(f"/bids/{draft.key}/bid.pdf")
        assert answer.status_code == code
    assert answer.mimetype == "text/html"


def test_the_programme_may_take_a_submitted_bid_away(session, client):
    bid = make_bid()
    sign_in(client, make_person(Role.PROGRAMME_MANAGER))
    answer = client.get(f"/bids/{bid.key}/bid.pdf")
    assert answer.mimetype == "application/pdf"
    assert f"filename={bid.reference}.pdf" in answer.headers["Content-Disposition"]


def test_every_receipt_carries_the_bid(session, outbox):
    bid = make_bid()
    session.commit()
    reference, file = bid.reference, bid_file(bid, at=NOW)
    send_waiting(NOW)
    receipts = [mail for mail in outbox if "Bid submitted" in mail.subject]
    assert receipts
    for mail in receipts:
        (enclosed,) = mail.attachments
        assert tuple(enclosed)[:3] == (f"{reference}.pdf", file.content, "application/pdf")
