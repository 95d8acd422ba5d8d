"""Who has a conflict finds nothing of the item, closes the minutes like anybody else, and is noted to have left."""

from datetime import timedelta

import pytest

from grants.appraisal.models import Assignment, PanelItem, StoodBack
from grants.appraisal.panels import agenda, minuting, queries
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Appointment
from grants.people.roles import Role
from tests.appraisal.panels.conftest import AFTER, item_of, minute, tie_on_record
from tests.factories import NOW, TODAY, sign_in


def pages_of(panel, bid):
    return [f"/panels/{panel.key}{rest}" for rest in ("", "/order", "/papers", "/agenda?show=all")] + [
        f"/appraisal/{panel.round.code}/panels"
    ]


def tie_by_data(bid, person):
    """Past employment proposes a conflict, which nobody has cleared."""
    since, until = TODAY - timedelta(days=900), TODAY - timedelta(days=100)
    past = Appointment(role=Role.BID_AUTHOR, council_id=bid.lead_council_id, from_on=since, until_on=until)
    person.appointments.append(past)


def tie_by_scoring(bid, person):
    """Given the bid before he or she came to moderate."""
    db.session.add(Assignment(bid=bid, person=person, assigned_by=person, assigned_at=NOW))


def tie_by_standing_back(bid, person):
    item = db.session.query(PanelItem).filter_by(bid_id=bid.id).one()
    item.stood_back.append(StoodBack(person=person, reason="He said so at the table."))


@pytest.mark.parametrize("tie", [tie_on_record, tie_by_data, tie_by_scoring, tie_by_standing_back])
def test_who_is_not_free_on_an_item_finds_nothing_of_it(client, meeting, bids, chair, moderator, tie):
    hidden, shown, _ = bids
    tie(hidden, moderator)
    db.session.commit()
    sign_in(client, moderator)
    for page in pages_of(meeting, hidden):
        text = client.get(page).text
        assert hidden.reference not in text, page
        assert hidden.title not in text, page
    assert shown.reference in client.get(f"/panels/{meeting.key}").text
    one = f"/panels/{meeting.key}/bids/{hidden.key}"
    assert client.get(one).status_code == 404
    for act in ("", "/take-off", "/correct"):
        assert client.post(f"{one}{act}", data={"decision": "Fund it."}).status_code == 404
    client.post(f"/panels/{meeting.key}/agenda", data={"bids": hidden.key})
    assert ">2<" in client.get(f"/appraisal/{meeting.round.code}/panels").text


def test_who_is_not_free_on_an_item_closes_the_minutes_and_learns_nothing_of_it(
    client, meeting, bids, chair, moderator, manager, now
):
    hidden = bids[0]
    tie_on_record(hidden, moderator)
    minuting.note_attendance(meeting, dict.fromkeys(meeting.seats, True), version_seen=meeting.version, by=manager)
    for item in queries.items_for(meeting, moderator, TODAY):
        minute(item, by=moderator)
    db.session.commit()
    now.shift(AFTER - NOW)
    sign_in(client, moderator)
    closed = client.post(f"/panels/{meeting.key}/close", follow_redirects=True).text
    assert "The minutes are closed." in closed
    assert "Nothing is decided yet" not in closed
    assert "Decisions to write down" not in client.get("/").text

    sign_in(client, chair)
    assert "Decisions to write down: First panel" in client.get("/").text
    assert f"/bids/{hidden.key}" in client.get(f"/panels/{meeting.key}").text.split("Nothing is decided yet on")[1]
    page = f"/panels/{meeting.key}/bids/{hidden.key}"
    said = {"version": str(item_of(meeting, hidden).version), "decision": "Fund it.", "stood_back": moderator.key}
    assert "Write down what was decided." in client.post(page, data={**said, "decision": ""}).text
    half = client.post(page, data={**said, "stood_back": []}).text
    assert "Note that Mo Derator stood back." in half
    assert "Fund it." in half
    assert client.post(page, data=said).status_code == 302
    again = client.post(page, data={**said, "version": "2", "decision": "Do not."}).text
    assert "minutes of this meeting are closed" in again
    db.session.expire_all()
    assert (item_of(meeting, hidden).decision, len(item_of(meeting, hidden).stood_back)) == ("Fund it.", 1)
    assert "Decisions to write down" not in client.get("/").text


def test_reordering_leaves_the_place_of_what_is_not_seen(meeting, bids, moderator):
    tie_on_record(bids[1], moderator)
    db.session.commit()
    items = queries.items_for(meeting, moderator, TODAY)
    agenda.put_in_order(meeting, items[::-1], by=moderator)
    db.session.commit()
    assert [item_of(meeting, bid).position for bid in bids] == [3, 2, 1]


def test_the_clerk_is_told_who_must_stand_back_and_the_minutes_wait_for_it(client, meeting, bids, chair, manager):
    tie_on_record(bids[0], chair)
    minuting.note_attendance(meeting, dict.fromkeys(meeting.seats, True), version_seen=meeting.version, by=manager)
    db.session.commit()
    sign_in(client, manager)
    assert "Must stand back" in client.get(f"/panels/{meeting.key}").text
    page = client.get(f"/panels/{meeting.key}/bids/{bids[0].key}").text
    assert "Cher Ringham: A conflict of interest is on record." in page
    for bid in bids:
        minute(item_of(meeting, bid), by=manager)
    items = queries.items_for(meeting, manager, TODAY)
    with pytest.raises(Refused, match=f"Cher Ringham stood back for {bids[0].reference}"):
        minuting.close_meeting(meeting, items, by=manager, at=AFTER)
    minute(item_of(meeting, bids[0]), by=manager, stood_back=[chair])
    minuting.close_meeting(meeting, items, by=manager, at=AFTER)
    db.session.commit()
    assert db.session.query(StoodBack).one().reason == "A conflict of interest is on record."


def test_standing_back_without_a_known_ground_needs_a_word(client, meeting, bids, moderator, manager):
    sign_in(client, manager)
    page = f"/panels/{meeting.key}/bids/{bids[0].key}"
    said = {"version": "1", "stood_back": moderator.key, "decision": "Agreed at 4.", "why": ""}
    refused = client.post(page, data=said).text
    assert "Say why Mo Derator stands back." in refused
    assert "Agreed at 4." in refused
    assert db.session.query(StoodBack).count() == 0
    client.post(page, data={**said, "why": "Sits on the parish council."})
    assert db.session.query(StoodBack).one().reason == "Sits on the parish council."
    late = client.post(page, data={**said, "decision": "Agreed at 5."}).text
    assert "Somebody else changed this" in late
    assert "Agreed at 5." in late
    assert item_of(meeting, bids[0]).decision == "Agreed at 4."
