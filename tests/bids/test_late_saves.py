"""What reaches a bid's tables and files within the grace after closing: kept, marked late, and never submitted."""

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from grants.audit.models import AuditEvent
from grants.bids import operations as bids
from grants.bids.content import bid_content
from grants.bids.models import BidAttachment, BidStatus, LateSave
from grants.bids.queries import bid_in_full
from grants.files.models import ScanState
from grants.kernel.db import Json
from grants.people.roles import Role
from tests.bids.files import PDF, attached
from tests.bids.test_deadline import extend
from tests.bids.test_file_questions import make_file_bid
from tests.bids.test_workbook import Filled, make_full_round, taken
from tests.bids.test_writing import fields
from tests.factories import make_bid, make_person, sign_in

SECOND = timedelta(seconds=1)
GRACE = timedelta(seconds=120)
CLOSED = "Nothing can be saved any more"


@pytest.fixture
def bid(session):
    return make_bid(make_full_round(), status=BidStatus.SIGN_OFF)


def author_signs_in(client, now, bid):
    """At the last second."""
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    now.move_to(bid.round.closes_at - SECOND, tick=False)
    sign_in(client, author)
    return author


@pytest.fixture
def writer(client, now, bid):
    return author_signs_in(client, now, bid)


def words_of(bid):
    """All that is checked, hashed, printed and submitted of the bid."""
    return bid_content(bid_in_full(bid.id))


def saves(session):
    session.expire_all()
    return session.scalars(select(LateSave).order_by(LateSave.id)).all()


PAGES = {
    "details": ("/details", {"title": "Typed late"}),
    "new project": ("{add}", {"title": "Typed late", "summary": "Typed late."}),
    "project": ("{project}/edit", {"summary": "Typed late"}),
    "new site": ("{project}/sites/add", {"name": "Typed late"}),
    "site": ("{project}/sites/{site}", {"address": "Typed late"}),
    "funding": ("{project}/funding", {"f_grant_capital_2026": "7.25"}),
    "outcomes": ("{project}/outcomes", {"m{measure}_2028": "1,234"}),
    "bases": ("{project}/bases", {"method_{measure}": "Typed late"}),
    "milestones": ("{project}/milestones", {"d0-day": "3", "d0-month": "5", "d0-year": "2027"}),
    "new risk": ("{project}/risks/add", {"what": "Typed late", "likelihood": "5", "impact": "3"}),
    "risk": ("{project}/risks/{risk}", {"response": "Typed late"}),
    "value": ("{project}/value", {"value_note": "Typed late"}),
    "board": ("/board", {"met_on-day": "3", "met_on-month": "5", "met_on-year": "2026"}),
    "file": ("/attachments/{file}/describe", {"description": "Typed late"}),
}
SHOWN = {"funding": "7.25", "outcomes": "1,234", "milestones": "3 May 2027", "board": "3 May 2026"}


def page_and_change(bid, name):
    project, file = bid.projects[0], attached(bid)
    keys = {
        "add": "/projects/add",
        "project": f"/projects/{project.key}",
        "site": project.sites[0].key,
        "risk": project.risks[0].key,
        "measure": bid.round.measures[0].id,
        "file": file.attachment.key,
    }
    address, change = PAGES[name]
    return f"/bids/{bid.key}{address.format(**keys)}", {box.format(**keys): typed for box, typed in change.items()}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opened_in_time_is_kept_within_the_grace_and_the_bid_stays_as_it_was(
    session, client, now, bid, writer, name
):
    address, change = page_and_change(bid, name)
    session.commit()
    closes, before, status = bid.round.closes_at, words_of(bid), bid.status
    now.move_to(closes - SECOND, tick=False)
    typed = fields(client.get(address).text) | change
    now.move_to(closes + SECOND, tick=False)
    opened_late = fields(client.get(address).text) | change
    answer = client.post(address, data=typed)
    (save,) = saves(session)
    assert answer.location.endswith(f"/bids/{bid.key}/late/{save.key}")
    shown = client.get(answer.location).text
    assert SHOWN.get(name, "Typed late") in shown
    assert "it is not part of the bid" in shown
    assert (words_of(bid), bid.status) == (before, status)
    assert session.scalars(select(AuditEvent.verb).order_by(AuditEvent.id.desc())).first() == "saved_late"
    box, words = next(iter(change.items()))
    now.move_to(closes + GRACE + SECOND, tick=False)
    for much_too_late in (typed, opened_late):
        refused = client.post(address, data=much_too_late)
        assert CLOSED in refused.text
        assert fields(refused.text)[box] == words
    now.move_to(closes + GRACE, tick=False)
    assert CLOSED in client.post(address, data=opened_late).text
    assert len(saves(session)) == 1
    assert words_of(bid) == before


def fill_in_late(client, now, bid, note="Typed late", *, after=SECOND):
    """The note of the costs and benefits, from a page opened in time."""
    address = f"/bids/{bid.key}/projects/{bid.projects[0].key}/value"
    now.move_to(bid.round.closes_at + after - 2 * SECOND, tick=False)
    typed = fields(client.get(address).text) | {"value_note": note}
    now.move_to(bid.round.closes_at + after, tick=False)
    return client.post(address, data=typed)


def test_what_was_kept_late_is_in_no_print_no_workbook_and_no_submission(session, client, now):
    bid = make_bid(make_full_round(late_bids="kept"), status=BidStatus.SIGNED)
    author_signs_in(client, now, bid)
    assert fill_in_late(client, now, bid).status_code == 302
    session.expire_all()
    assert bid.status is BidStatus.SIGNED
    assert bid.signature is not None
    for page in ("print", "preview", "history"):
        assert "Typed late" not in client.get(f"/bids/{bid.key}/{page}").text
    cells = [cell.value for sheet in Filled(taken(bid)).book for row in sheet.iter_rows() for cell in row]
    assert "Typed late" not in cells
    coordinator = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    submission = bids.submit(bid, by=coordinator, at=bid.round.closes_at + timedelta(minutes=5))
    assert "Typed late" not in submission.content
    session.commit()
    assert "Arrived after closing" in client.get(f"/bids/{bid.key}").text


def test_an_extension_moves_the_grace_and_takes_what_is_typed_in_it(session, client, now, bid, writer):
    extend(bid, bid.round.closes_at + timedelta(minutes=10))
    session.commit()
    fill_in_late(client, now, bid, "In the extension")
    assert saves(session) == []
    assert bid.projects[0].value_note == "In the extension"
    fill_in_late(client, now, bid, "After it", after=timedelta(minutes=10) + SECOND)
    assert [save.typed["rows"][-1][1] for save in saves(session)] == ["After it"]
    assert bid.projects[0].value_note == "In the extension"


def test_what_was_kept_late_becomes_no_part_of_the_bid_by_an_extension(session, client, now, bid, writer):
    fill_in_late(client, now, bid)
    extend(bid, bid.round.closes_at + timedelta(days=1), at=bid.round.closes_at + timedelta(minutes=5))
    session.commit()
    assert len(saves(session)) == 1
    assert "Typed late" not in str(words_of(bid))


def test_the_same_save_sent_twice_is_kept_once_and_one_without_a_change_not_at_all(session, client, now, bid, writer):
    first, second = (fill_in_late(client, now, bid) for _ in range(2))
    assert first.location == second.location
    note = bid.projects[0].value_note
    assert CLOSED in fill_in_late(client, now, bid, note).text
    assert len(saves(session)) == 1


def test_a_fault_in_the_grace_is_said_at_the_field_and_can_still_be_mended(session, client, now, bid, writer):
    address = f"/bids/{bid.key}/projects/{bid.projects[0].key}/funding"
    now.move_to(bid.round.closes_at - SECOND, tick=False)
    typed = fields(client.get(address).text) | {"f_grant_capital_2026": "seven"}
    now.move_to(bid.round.closes_at + SECOND, tick=False)
    again = client.post(address, data=typed).text
    assert "must be an amount in pounds" in again
    assert client.post(address, data=fields(again) | {"f_grant_capital_2026": "7"}).status_code == 302
    assert len(saves(session)) == 1


def test_only_people_of_the_bid_see_what_came_late(session, app, now, bid, writer, client):
    address = fill_in_late(client, now, bid).location
    colleague = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    others = [make_person(Role.BID_AUTHOR), make_person(Role.AUDITOR), make_person(Role.PROGRAMME_MANAGER)]
    session.commit()
    for person, status in [(colleague, 200), *((other, 404) for other in others)]:
        theirs = app.test_client()
        sign_in(theirs, person)
        assert theirs.get(address).status_code == status
    theirs = app.test_client()
    sign_in(theirs, others[1])
    bids_page = theirs.get(f"/bids/{bid.key}")
    assert bids_page.status_code == 200
    assert "Arrived after closing" not in bids_page.text


def test_a_late_save_is_never_altered_or_taken_away(session, client, now, bid, writer):
    fill_in_late(client, now, bid)
    session.commit()
    for change in (update(LateSave).values(what="Other"), delete(LateSave)):
        with pytest.raises(DBAPIError, match="only ever added to"):
            session.execute(change)
        session.rollback()


# --- Files


def pdf(number):
    return BytesIO(PDF + b"%% %d\n%%%%EOF\n" % number), f"late {number}.pdf"


def test_files_that_come_late_are_kept_beside_the_bid_for_its_people_alone(session, app, client, now, bid, writer):
    address, closes = f"/bids/{bid.key}/attachments", bid.round.closes_at
    now.move_to(closes - SECOND, tick=False)
    opened = fields(client.get(address).text)
    now.move_to(closes + SECOND, tick=False)
    for _ in range(2):
        answer = client.post(address, data=opened | {"file": [pdf(1), pdf(2), (BytesIO(b"MZ"), "late.exe")]})
    assert "late.exe cannot be attached" in answer.text
    assert "2 files came after the bid had closed" in answer.text
    kept = saves(session)
    assert [save.attachment.name for save in kept] == ["late 1.pdf", "late 2.pdf"]
    assert "late 1.pdf" in client.get(f"/bids/{bid.key}").text
    assert "late 1.pdf" not in client.get(address).text
    assert session.scalars(select(BidAttachment)).all() == []
    file = f"/bids/{bid.key}/late/{kept[0].key}/file"
    assert client.get(file).data.startswith(PDF)
    assert client.get(f"/bids/{bid.key}/attachments/{kept[0].attachment.key}").status_code == 404
    stranger = app.test_client()
    sign_in(stranger, make_person(Role.AUDITOR))
    assert stranger.get(file).status_code == 404
    now.move_to(closes + GRACE + SECOND, tick=False)
    assert CLOSED in client.post(address, data=opened | {"file": [pdf(3)]}).text
    assert len(saves(session)) == 2
    kept[0].attachment.scan = ScanState.INFECTED
    session.commit()
    assert client.get(file).status_code == 410
    assert "Harmful" in client.get(f"/bids/{bid.key}/late/{kept[0].key}").text


def test_no_more_files_are_kept_late_than_a_bid_may_have(session, client, now, bid, writer):
    bid.round.attachment_rules = Json({**bid.round.attachment_rules, "count": 2})
    session.commit()
    address = f"/bids/{bid.key}/attachments"
    opened = fields(client.get(address).text)
    now.move_to(bid.round.closes_at + SECOND, tick=False)
    answer = client.post(address, data=opened | {"file": [pdf(1), pdf(2), pdf(3)]})
    assert "No more files can be kept after closing" in answer.text
    assert len(saves(session)) == 2


def test_a_late_minute_is_kept_and_the_day_beside_it(session, client, now, bid, writer):
    address = f"/bids/{bid.key}/board"
    opened = fields(client.get(address).text)
    now.move_to(bid.round.closes_at + SECOND, tick=False)
    client.post(address, data=opened | {"minute": [pdf(1)]})
    assert [(save.attachment is not None, save.typed["rows"]) for save in saves(session)] == [(True, [])]
    day = {"met_on-day": "3", "met_on-month": "5", "met_on-year": "2026", "minute": [pdf(1)]}
    client.post(address, data=opened | day)
    assert [save.typed["rows"] for save in saves(session)][1:] == [
        [["Day on which the board decided to bid", "3 May 2026", True]]
    ]
    session.expire_all()
    assert bid.board_met_on is None


def test_a_late_file_that_answers_a_question_is_kept_with_the_answers_of_its_page(session, client, now):
    bid, question, _ = make_file_bid()
    author_signs_in(client, now, bid)
    address = f"/bids/{bid.key}/sections/need"
    opened = {name: typed for name, typed in fields(client.get(address).text).items() if name != "q_plans"}
    now.move_to(bid.round.closes_at + SECOND, tick=False)
    late = opened | {"q_problem": "Typed late", "q_plans": [pdf(1)]}
    shown = client.post(address, data=late, follow_redirects=True).text
    assert "The file came after the bid had closed" in shown
    assert ">Important</h2>" in shown
    assert ">Done</h2>" not in shown
    assert "Typed late" in shown
    (save,) = saves(session)
    assert (save.what, save.attachment.name) == (question.label, "late 1.pdf")
    assert session.scalars(select(BidAttachment)).all() == []
    bad = client.post(address, data=late | {"q_plans": [(BytesIO(b"MZ"), "late.exe")]})
    assert "late.exe cannot be attached" in bad.text


def test_a_late_workbook_is_kept_as_a_file_and_not_taken_in(session, client, now, bid, writer):
    title = bid.projects[0].title
    filled = Filled(taken(bid))
    filled.put("Projects", "Title of the project", 0, "Typed late")
    book = filled.bytes()
    session.commit()
    address = f"/bids/{bid.key}/workbook"
    opened = fields(client.get(address).text)
    changes = client.post(address, data=opened | {"file": [(BytesIO(book), "projects.xlsx")]}).location
    confirm = fields(client.get(changes).text)
    now.move_to(bid.round.closes_at + SECOND, tick=False)
    for page, data in (
        (address, opened | {"file": [(BytesIO(book), "later.xlsx")]}),
        (changes, confirm),
    ):
        answer = client.post(page, data=data)
        assert "/late/" in answer.location
        assert "xlsx" in client.get(answer.location).text
    assert [save.attachment.name for save in saves(session)] == ["later.xlsx", "projects.xlsx"]
    session.expire_all()
    assert bid.projects[0].title == title
    now.move_to(bid.round.closes_at + GRACE + SECOND, tick=False)
    assert CLOSED in client.post(address, data=opened | {"file": [(BytesIO(book), "later.xlsx")]}).text
    assert CLOSED in client.post(changes, data=confirm).text
