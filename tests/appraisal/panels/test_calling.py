"""Meetings are called and changed, and bids come onto their agenda."""

from dataclasses import replace
from datetime import timedelta

import pytest

from grants.appraisal.models import Panel
from grants.appraisal.panels import agenda, holding, minuting
from grants.appraisal.panels.holding import Called
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.messages.models import Message
from grants.people.roles import Role
from tests.appraisal.panels.conftest import AFTER, LATER, PAGE, item_of, minute
from tests.factories import NOW, TODAY, make_appraised_round, make_bid, make_person, sign_in


def test_a_meeting_is_called_on_its_page_and_its_people_are_told_without_a_word_on_bids(
    client, round_, bids, manager, chair, moderator
):
    db.session.commit()
    sign_in(client, manager)
    said = {
        "title": "First panel", "meets_on-day": "1", "meets_on-month": "2", "meets_on-year": str(TODAY.year + 1),
        "meets_time": "10:00", "place": "Room 4", "people": [chair.key, moderator.key], "chair": chair.key,
    }  # fmt: skip
    nothing = client.post(f"/appraisal/{round_.code}/panels/call", data={"chair": ""}).text
    for asked in ("what the meeting is called", "the day", "the time"):
        assert f"Enter {asked}." in nothing
    assert "Choose who is called to the meeting." in nothing
    assert "Choose the chair.</a>" in nothing
    wrong = client.post(f"/appraisal/{round_.code}/panels/call", data={**said, "meets_time": "ten"}).text
    assert "Enter a time of day such as 10:00." in wrong
    assert "Room 4" in wrong
    assert db.session.query(Panel).count() == 0
    page = client.post(f"/appraisal/{round_.code}/panels/call", data=said, follow_redirects=True).text
    assert "First panel" in page
    assert "Cher Ringham" in page
    client.post(f"/appraisal/{round_.code}/panels/call", data=said)
    assert db.session.query(Panel).count() == 1
    told = db.session.query(Message).filter(Message.subject.contains("panel meeting")).all()
    assert {message.person_id for message in told} == {chair.id, moderator.id}
    at = f"/panels/{db.session.query(Panel).one().key}\n"
    assert all("1 February" in message.body and "Room 4" in message.body and at in message.body for message in told)
    assert not any(bid.reference in message.body or bid.title in message.body for message in told for bid in bids)


def test_the_time_is_still_to_come_and_the_chair_sits_at_the_table(round_, bids, manager, chair, moderator):
    with pytest.raises(Refused, match=r"Old depot.* is the title of a bid"):
        holding.call_meeting(
            round_, Called("On the old depot", LATER, "", [chair], chair), address=PAGE, by=manager, at=NOW
        )
    with pytest.raises(Refused, match="still to come"):
        holding.call_meeting(round_, Called("Late", NOW, "", [chair], chair), address=PAGE, by=manager, at=NOW)
    appraiser = make_person(Role.APPRAISER)
    called = Called("Odd", LATER, "", [appraiser], appraiser)
    with pytest.raises(Refused, match="must be a moderator or programme manager"):
        holding.call_meeting(round_, called, address=PAGE, by=manager, at=NOW)
    with pytest.raises(Refused, match="one of those called"):
        holding.call_meeting(round_, Called("Odd", LATER, "", [moderator], chair), address=PAGE, by=manager, at=NOW)


def test_who_stays_is_told_of_another_time_and_who_goes_that_he_need_not_come(meeting, chair, moderator, manager):
    db.session.query(Message).delete()
    called = Called("First panel", LATER + timedelta(days=1), "Room 4", [chair, manager], chair)
    holding.change_meeting(meeting, called, address=PAGE, version_seen=meeting.version, by=manager, at=NOW)
    db.session.commit()
    told = {message.person_id: message.body for message in db.session.query(Message)}
    assert "need not come" in told[moderator.id]
    assert "another time or place" in told[chair.id]
    with pytest.raises(Overtaken):
        holding.change_meeting(meeting, called, address=PAGE, version_seen=meeting.version - 1, by=manager, at=NOW)


def test_an_appraiser_is_called_to_be_heard_and_finds_when_and_where(client, round_, bids, manager, chair, now):
    appraiser = make_person(Role.APPRAISER, name="Ann Other")
    db.session.commit()
    day = TODAY + timedelta(days=3)
    sign_in(client, manager)
    said = {
        "title": "First panel", "meets_on-day": str(day.day), "meets_on-month": str(day.month),
        "meets_on-year": str(day.year), "meets_time": "9.30", "place": "Room 4", "people": [appraiser.key],
    }  # fmt: skip
    page = f"/appraisal/{round_.code}/panels/call"
    assert "Not a valid choice" in client.post(page, data={**said, "chair": appraiser.key}).text
    assert client.post(page, data={**said, "chair": chair.key}).status_code == 302
    [panel] = db.session.query(Panel)
    assert [seat.person for seat in panel.seats if seat.chairs] == [chair]
    assert {seat.person for seat in panel.seats} == {appraiser, chair}
    told = db.session.query(Message).filter_by(person_id=appraiser.id).one().body
    assert "not open to appraisers" in told
    assert "/panels/" not in told
    sign_in(client, appraiser)
    assert f"Panel meeting on {day.day} {day:%B %Y} at 09:30: First panel" in client.get("/").text
    mine = client.get("/appraisals").text
    assert "Room 4" in mine
    assert "/panels/" not in mine
    sign_in(client, chair)
    assert f'href="/panels/{panel.key}"' in client.get("/").text
    now.shift(timedelta(days=4))
    sign_in(client, chair)
    assert "Minutes to write and close: First panel" in client.get("/").text
    sign_in(client, appraiser)
    assert "First panel" not in client.get("/").text + client.get("/appraisals").text


def test_who_came_without_being_called_is_added_to_a_meeting_that_was_held(meeting, chair, moderator, manager):
    db.session.query(Message).delete()
    substitute = make_person(Role.MODERATOR)
    there = [chair, moderator, manager, substitute]

    def change(when):
        called = Called("First panel", when, "Room 4", there, chair)
        seen = meeting.version
        holding.change_meeting(meeting, called, address=PAGE, version_seen=seen, by=manager, at=AFTER)

    with pytest.raises(Refused, match="still to come"):
        change(LATER - timedelta(hours=1))
    change(LATER)
    db.session.commit()
    assert substitute in [seat.person for seat in meeting.seats]
    assert db.session.query(Message).count() == 0


def test_a_meeting_that_was_held_is_entered_afterwards_and_nobody_is_told(client, round_, bids, manager, chair):
    db.session.commit()
    sign_in(client, manager)
    day = TODAY - timedelta(days=3)
    said = {
        "title": "First panel", "meets_on-day": str(day.day), "meets_on-month": str(day.month),
        "meets_on-year": str(day.year), "meets_time": "9.30", "people": [chair.key], "chair": chair.key,
    }  # fmt: skip
    page = f"/appraisal/{round_.code}/panels/call"
    assert "or tick that the meeting has been held" in client.post(page, data=said).text
    entered = client.post(page, data={**said, "held": "y"}, follow_redirects=True).text
    assert "nobody is told of it by e-mail" in entered
    assert "Save and close the minutes" in entered
    assert db.session.query(Message).filter(Message.subject.contains("panel meeting")).count() == 0
    to_come = client.post(page, data={**said, "meets_on-year": str(TODAY.year + 1), "held": "y"}).text
    assert "This time is still to come" in to_come


def test_nobody_who_was_called_to_a_meeting_that_was_held_goes_from_its_minutes(meeting, chair, moderator, manager):
    without = Called(meeting.title, meeting.meets_at, meeting.place, [chair, manager], chair)
    change = {"address": PAGE, "version_seen": meeting.version, "by": manager}
    with pytest.raises(Refused, match=f"keeps everybody who was called to it: {moderator.name}"):
        holding.change_meeting(meeting, without, at=AFTER, **change)
    minuting.note_attendance(meeting, dict.fromkeys(meeting.seats, True), version_seen=meeting.version, by=manager)
    db.session.commit()
    later = replace(without, meets_at=AFTER + timedelta(days=1))
    with pytest.raises(Refused, match="Note instead who did not come"):
        holding.change_meeting(meeting, later, at=NOW, **change | {"version_seen": meeting.version})


def test_the_same_call_with_other_people_is_refused_and_not_lost_in_the_first(meeting, round_, chair, manager):
    called = Called(meeting.title, meeting.meets_at, meeting.place, [seat.person for seat in meeting.seats], chair)
    again = {"address": PAGE, "by": manager, "at": NOW}
    assert holding.call_meeting(round_, called, **again) is meeting
    for other in (replace(called, people=[chair, make_person(Role.MODERATOR)]), replace(called, place="Room 9")):
        with pytest.raises(Refused, match="Change that one instead"):
            holding.call_meeting(round_, other, **again)


def test_bids_come_onto_the_agenda_by_rule_or_by_tick_and_are_put_in_order(
    client, round_, bids, manager, chair, moderated
):
    apart, alike, _ = bids
    panel = holding.call_meeting(round_, Called("Second", LATER, "", [chair], chair), address=PAGE, by=manager, at=NOW)
    db.session.commit()
    sign_in(client, manager)
    offered = client.get(f"/panels/{panel.key}/agenda").text
    assert apart.reference in offered
    assert alike.reference not in offered
    assert moderated.reference not in offered
    assert client.post(f"/panels/{panel.key}/agenda/by-rule").status_code == 302
    assert "Choose the bids" in client.post(f"/panels/{panel.key}/agenda?show=all").text
    client.post(f"/panels/{panel.key}/agenda?show=all", data={"bids": [moderated.key, apart.key, "nonsense"]})
    page = client.get(f"/panels/{panel.key}").text
    assert page.index(apart.reference) < page.index(moderated.reference)
    order = {f"place_{apart.key}": "2", f"place_{moderated.key}": "x"}
    assert "must be a whole number" in client.post(f"/panels/{panel.key}/order", data=order).text
    client.post(f"/panels/{panel.key}/order", data={**order, f"place_{moderated.key}": "1"})
    page = client.get(f"/panels/{panel.key}").text
    assert page.index(moderated.reference) < page.index(apart.reference)


def test_an_agenda_has_an_end_and_holds_bids_of_one_round(meeting, manager, monkeypatch):
    other = make_bid(make_appraised_round())
    with pytest.raises(Refused, match="one round"):
        agenda.add_bids(meeting, [other], by=manager, at=NOW)
    monkeypatch.setattr(agenda, "MOST_ITEMS", 3)
    with pytest.raises(Refused, match="room for 3 bids"):
        agenda.add_bids(meeting, [make_bid(meeting.round)], by=manager, at=NOW)


def test_what_was_decided_stays_on_the_agenda(client, meeting, bids, manager):
    minute(item_of(meeting, bids[0]), by=manager)
    db.session.commit()
    sign_in(client, manager)
    page = client.post(f"/panels/{meeting.key}/bids/{bids[0].key}/take-off").text
    assert "stays on the agenda" in page
    client.post(f"/panels/{meeting.key}/bids/{bids[1].key}/take-off")
    assert bids[1].title not in client.get(f"/panels/{meeting.key}").text
