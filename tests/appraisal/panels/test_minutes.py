"""Minutes are written and closed; closed ones stay closed, with corrections beside them."""

import re

import pytest
from sqlalchemy import update

from grants.appraisal.models import PanelItem
from grants.appraisal.panels import minuting, queries
from grants.audit.models import AuditEvent
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.roles import Role
from tests.appraisal.panels.conftest import AFTER, finish, item_of, minute, tie_on_record
from tests.factories import NOW, TODAY, make_person, sign_in


def test_minutes_of_the_whole_name_no_bid_of_the_round(client, meeting, bids, manager):
    sign_in(client, manager)
    said = {"version": str(meeting.version), "minutes": f"We spoke long of {bids[2].reference}."}
    page = client.post(f"/panels/{meeting.key}/minutes", data=said).text
    assert "write what is said of a bid under that bid" in page
    assert "We spoke long of" in page
    client.post(f"/panels/{meeting.key}/minutes", data={**said, "minutes": "Tea at four."})
    assert "Tea at four." in client.get(f"/panels/{meeting.key}").text


def test_minutes_close_when_all_is_written_and_not_before_the_day(meeting, bids, manager):
    items = queries.items_for(meeting, manager, TODAY)
    with pytest.raises(Refused, match="not been held yet"):
        minuting.close_meeting(meeting, items, by=manager, at=NOW)
    with pytest.raises(Refused, match=r"Say who came: .*Mo Derator.* Write down what was decided: .*"):
        minuting.close_meeting(meeting, items, by=manager, at=AFTER)


def test_what_a_colleague_empties_meanwhile_is_seen_before_the_minutes_close(meeting, bids, manager):
    minuting.note_attendance(meeting, dict.fromkeys(meeting.seats, True), version_seen=meeting.version, by=manager)
    items = queries.items_for(meeting, manager, TODAY)
    for item in items:
        minute(item, by=manager)
    meanwhile = update(PanelItem).where(PanelItem.id == items[0].id).values(decision="")
    db.session.execute(meanwhile.execution_options(synchronize_session=False))
    with pytest.raises(Refused, match="Write down what was decided"):
        minuting.close_meeting(meeting, items, by=manager, at=AFTER)


def test_closed_minutes_change_no_more_and_corrections_stand_beside_them(client, meeting, bids, manager, chair):
    finish(meeting, by=manager)
    sign_in(client, manager)
    one = f"/panels/{meeting.key}/bids/{bids[0].key}"
    for page, data in (
        (one, {"version": "2", "decision": "Something else."}),
        (f"/panels/{meeting.key}/minutes", {"version": str(meeting.version), "minutes": "Something else."}),
        (f"/panels/{meeting.key}/attendance", {f"came_{chair.key}": "no"}),
        (f"/panels/{meeting.key}/agenda/by-rule", {}),
    ):
        assert "minutes of this meeting are closed" in client.post(page, data=data).text, page
    assert item_of(meeting, bids[0]).decision == "Agreed as moderated."
    tie_on_record(bids[0], chair)  # known only after the meeting: it says nothing of who stood back there
    db.session.commit()
    for page in (one, f"/panels/{meeting.key}"):
        assert "ust stand back" not in client.get(page).text
    assert "Nobody has to stand back." in client.get(f"/panels/{meeting.key}/papers").text
    client.post(f"{one}/correct", data={"words": "The vote was two to one."})
    assert "The vote was two to one." in client.get(one).text
    client.post(f"/panels/{meeting.key}/correct", data={"words": "It was room 5."})
    page = client.get(f"/panels/{meeting.key}").text
    assert "It was room 5." in page
    assert "The vote was two to one." not in page
    assert "Write what is to be corrected." in client.post(f"/panels/{meeting.key}/correct", data={}).text


def test_minutes_typed_last_are_saved_before_a_page_asks_whether_to_close(client, meeting, bids, manager, now):
    sign_in(client, manager)
    page = f"/panels/{meeting.key}"
    assert "can be closed once the meeting has begun" in client.get(page).text
    assert "can be closed once the meeting has begun" in client.get(f"{page}/close").text
    minuting.note_attendance(meeting, dict.fromkeys(meeting.seats, True), version_seen=meeting.version, by=manager)
    for item in queries.items_for(meeting, manager, TODAY)[1:]:
        minute(item, by=manager)
    db.session.commit()
    now.shift(AFTER - NOW)
    sign_in(client, manager)
    assert 'value="close"' in client.get(page).text
    sent = client.post(
        f"{page}/minutes", data={"version": str(meeting.version), "minutes": "Tea at four.", "then": "close"}
    )
    assert sent.location.endswith(f"{page}/close")
    asked = client.get(sent.location).text
    assert f"Write down what was decided: {bids[0].reference}." in asked
    assert "cannot be taken back" not in asked
    minute(item_of(meeting, bids[0]), by=manager)
    db.session.commit()
    asked = client.get(sent.location).text
    assert "Tea at four." in asked
    assert "cannot be taken back" in asked
    db.session.expire_all()
    assert meeting.closed_at is None
    assert client.post(sent.location).status_code == 302
    db.session.expire_all()
    assert (meeting.minutes, meeting.closed_at is None) == ("Tea at four.", False)
    assert client.get(sent.location).location.endswith(page)


def test_nothing_is_said_to_be_saved_where_nothing_was_entered(client, meeting, bids, chair, manager):
    tie_on_record(bids[0], chair)
    db.session.commit()
    sign_in(client, manager)
    one = f"/panels/{meeting.key}/bids/{bids[0].key}"
    for page in (f"/panels/{meeting.key}/attendance", f"/panels/{meeting.key}/minutes", one):
        version = item_of(meeting, bids[0]).version if page == one else meeting.version
        said = client.post(page, data={"version": str(version)}, follow_redirects=True).text
        assert "Nothing has changed." in said, page
    said = client.post(one, data={"version": "1", "decision": "Agreed."}, follow_redirects=True).text
    assert f"Still to note: {chair.name} must stand back for this bid." in said


def test_every_step_is_in_the_trail_and_none_of_it_on_the_bid(meeting, bids, manager):
    finish(meeting, by=manager)
    events = db.session.query(AuditEvent).filter(AuditEvent.subject_type.in_(["panel", "panel_item"])).all()
    verbs = {event.verb for event in events}
    assert verbs >= {"called_meeting", "put_on_agenda", "noted_attendance", "minuted_decision", "closed_meeting"}
    on_bids = db.session.query(AuditEvent).filter(AuditEvent.subject_type == "bid", AuditEvent.verb.in_(verbs))
    assert on_bids.count() == 0


def test_who_came_is_not_lost_to_a_page_that_was_opened_before(client, meeting, manager):
    sign_in(client, manager)
    page, (one, other) = f"/panels/{meeting.key}/attendance", [f"came_{seat.person.key}" for seat in meeting.seats][:2]
    before = {"version": str(meeting.version)}
    assert client.post(page, data={**before, one: "yes"}).status_code == 302
    late = client.post(page, data={**before, other: "no"}).text
    assert "changed" in late
    assert f"<li>{meeting.seats[0].person.name}: Came</li>" in late
    db.session.expire_all()
    assert [seat.came for seat in meeting.seats][:2] == [True, None]


def test_minutes_that_come_too_late_stand_beside_those_of_a_colleague_and_are_sent_again(
    client, meeting, bids, chair, manager
):
    """Those of the meeting as a whole and those of one bid."""
    sign_in(client, chair)
    item = item_of(meeting, bids[0])
    seen, item_seen = str(meeting.version), str(item.version)
    minuting.write_minutes(meeting, "Theirs of the whole.", version_seen=meeting.version, by=manager)
    minute(item, by=manager, decision="Theirs of the bid.", stood_back=[manager], why="His sister works there.")
    db.session.commit()
    of_bid = f"/panels/{meeting.key}/bids/{bids[0].key}"
    for page, version, field, theirs in (
        (f"/panels/{meeting.key}/minutes", seen, "minutes", ["Theirs of the whole."]),
        (of_bid, item_seen, "decision", ["Theirs of the bid.", manager.name]),
    ):
        late = client.post(page, data={"version": version, field: "Mine is typed."}).text
        stands = late.split("What stands there now")[1].split("<form")[0]
        assert all(words in stands for words in theirs)
        assert "Mine is typed." in late
        [now] = re.findall(r'name="version" type="hidden" value="(\d+)"', late)
        assert client.post(page, data={"version": now, field: "Mine is typed."}).status_code == 302


def test_what_is_typed_while_the_minutes_are_closed_can_be_noted_as_a_correction(client, meeting, bids, manager):
    finish(meeting, by=manager)
    db.session.commit()
    sign_in(client, manager)
    for page, field in (
        (f"/panels/{meeting.key}/minutes", "minutes"),
        (f"/panels/{meeting.key}/bids/{bids[0].key}", "decision"),
    ):
        refused = client.post(page, data={"version": "1", field: "Typed for an hour."}).text
        assert re.search(r'<textarea[^>]*name="words"[^>]*>\s*Typed for an hour.', refused)


@pytest.mark.parametrize("role", [Role.APPRAISER, Role.FINANCE_OFFICER, Role.AUDITOR, Role.ELIGIBILITY_CHECKER])
def test_only_who_holds_panels_reaches_them(client, meeting, role):
    sign_in(client, make_person(role))
    for page in ("", "/papers", "/papers.pdf", "/papers.docx", "/agenda", "/attendance"):
        assert client.get(f"/panels/{meeting.key}{page}").status_code == 403
