"""Meetings: called, held and minuted; who has a conflict finds nothing of the item, and closed minutes stay closed."""

from datetime import timedelta

import pytest

from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.models import Assignment, Panel, PanelItem, StoodBack
from grants.appraisal.panels import agenda, holding, minuting, queries
from grants.appraisal.panels.holding import Called
from grants.audit.models import AuditEvent
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.messages.models import Message
from grants.people.models import Appointment
from grants.people.roles import Role
from tests.appraisal.panels.conftest import LATER, PAGE
from tests.factories import NOW, TODAY, make_appraised_round, make_bid, make_person, sign_in

AFTER = LATER + timedelta(hours=2)


def item_of(panel, bid):
    return db.session.query(PanelItem).filter_by(panel_id=panel.id, bid_id=bid.id).one()


def minute(item, *, by, decision="Agreed as moderated.", stood_back=(), why="", version=None):
    seen = item.version if version is None else version
    minuting.minute_item(
        item, decision=decision, stood_back=stood_back, why=why, version_seen=seen, by=by, at=NOW
    )  # fmt: skip
    db.session.flush()


def finish(panel, *, by):
    minuting.note_attendance(panel, dict.fromkeys(panel.seats, True), version_seen=panel.version, by=by)
    for item in queries.items_for(panel, by, TODAY):
        minute(item, by=by)
    minuting.close_meeting(panel, queries.items_for(panel, by, TODAY), by=by, at=AFTER)
    db.session.commit()


# --- Calling


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


# --- The agenda


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


# --- Conflicts


def pages_of(panel, bid):
    return [f"/panels/{panel.key}{rest}" for rest in ("", "/order", "/papers", "/agenda?show=all")] + [
        f"/appraisal/{panel.round.code}/panels"
    ]


def tie_on_record(bid, person):
    close_bid(bid, person, reason="Her sister lives there.", by=person, at=NOW)


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


# --- Minutes


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
    db.session.expire_all()
    assert [seat.came for seat in meeting.seats][:2] == [True, None]


@pytest.mark.parametrize("role", [Role.APPRAISER, Role.FINANCE_OFFICER, Role.AUDITOR, Role.ELIGIBILITY_CHECKER])
def test_only_who_holds_panels_reaches_them(client, meeting, role):
    sign_in(client, make_person(role))
    for page in ("", "/papers", "/papers.pdf", "/papers.docx", "/agenda", "/attendance"):
        assert client.get(f"/panels/{meeting.key}{page}").status_code == 403
