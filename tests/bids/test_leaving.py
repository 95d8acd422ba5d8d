"""A council's administrator: who acts for the council, and what becomes of the work of one who leaves."""

import pytest
from sqlalchemy import event, select

from grants.audit.models import AuditEvent
from grants.bids.models import Bid, BidPlace, BidRole, BidStatus, Task
from grants.bids.people import leaving
from grants.bids.people.colleague_queries import held_by
from grants.bids.people.inviting import Invited, invite
from grants.bids.people.placing import give_place
from grants.bids.queries import visible_bids
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.models import Message
from grants.people.models import Appointment
from grants.people.roles import Role
from tests.factories import NOW, TODAY, made, make_bid, make_council, make_draft, make_person, sign_in

WHY = {"reason": "Left for another council.", "at": NOW}


@pytest.fixture
def council(session):
    return make_council("Anyshire County Council")


@pytest.fixture
def administrator(council):
    return make_person(Role.COUNCIL_ADMINISTRATOR, council=council)


@pytest.fixture
def leaver(council):
    return make_person(Role.BID_AUTHOR, council=council, name="Lee Ver")


@pytest.fixture
def draft(council, leaver) -> Bid:
    return make_draft(lead=council, by=leaver)


def give(bid, person):
    return made(Task(bid=bid, person=person, given_by_id=person.id, given_at=NOW))


def seen(person):
    return set(db.session.scalars(visible_bids(person, TODAY)))


def test_tasks_places_and_drafts_go_to_a_colleague_in_one_act(session, council, administrator, leaver, draft):
    to = make_person(Role.COLLEAGUE, council=council)
    placed = make_bid(lead=council, status=BidStatus.DRAFT)
    give_place(placed, leaver, BidRole.AUTHOR, by=administrator, at=NOW)
    task = give(placed, leaver)
    db.session.flush()
    assert seen(to) == set()
    done = leaving.hand_over(leaver, to, council, leaves=True, by=administrator, **WHY)
    assert (done.bids, done.tasks) == (2, 1)
    assert seen(to) == {draft, placed}
    assert seen(leaver) == set()
    assert leaver.roles_on(TODAY) == set()
    assert task.ended_at == NOW
    assert [t.person for t in session.scalars(select(Task).where(Task.ended_at.is_(None)))] == [to]
    session.commit()
    events = session.scalars(select(AuditEvent).where(AuditEvent.verb == "handed_over")).all()
    assert {(e.subject_key, e.reason) for e in events} == {(b.key, WHY["reason"]) for b in (draft, placed)}
    assert draft.started_by_id == leaver.id
    letter = session.scalars(select(Message.body).where(Message.to == to.email)).one()
    assert draft.title in letter


def test_an_author_of_the_council_takes_over_without_a_place_of_their_own(council, administrator, leaver, draft):
    to = make_person(Role.BID_AUTHOR, council=council)
    leaving.hand_over(leaver, to, council, leaves=False, by=administrator, **WHY)
    assert db.session.scalars(select(BidPlace)).all() == []
    assert leaver.roles_on(TODAY) == {Role.BID_AUTHOR}


def test_a_reader_hands_on_no_more_than_reading(council, administrator):
    reader, to = (make_person(Role.COLLEAGUE, council=council) for _ in range(2))
    bid = make_bid(lead=council, status=BidStatus.DRAFT)
    give_place(bid, reader, BidRole.READER, by=administrator, at=NOW)
    db.session.flush()
    leaving.hand_over(reader, to, council, leaves=False, by=administrator, **WHY)
    [place] = db.session.scalars(select(BidPlace).where(BidPlace.until_at.is_(None)))
    assert (place.person, place.role) == (to, BidRole.READER)


def test_what_lies_in_bids_of_another_council_is_not_handed_over(council, administrator, leaver, draft):
    elsewhere = make_bid(status=BidStatus.DRAFT)
    give_place(elsewhere, leaver, BidRole.AUTHOR, by=administrator, at=NOW)
    give(elsewhere, leaver)
    db.session.flush()
    assert [one.bid for one in held_by(leaver, council)] == [draft]


def test_work_is_handed_over_only_by_the_administrator_with_a_reason_and_to_a_colleague(council, administrator, leaver):
    to = make_person(Role.BID_AUTHOR, council=council)
    outsider = make_person(Role.BID_AUTHOR)
    south = make_person(Role.COUNCIL_ADMINISTRATOR)
    for by, whom, why, sentence in (
        (south, to, "Left.", "Only an administrator"),
        (to, to, "Left.", "Only an administrator"),
        (administrator, to, " ", "Say why"),
        (administrator, outsider, "Left.", "somebody else who acts"),
        (administrator, leaver, "Left.", "somebody else who acts"),
    ):
        with pytest.raises(Refused, match=sentence):
            leaving.hand_over(leaver, whom, council, leaves=True, reason=why, by=by, at=NOW)
    with pytest.raises(Refused, match="another administrator"):
        leaving.hand_over(administrator, to, council, leaves=True, by=administrator, **WHY)


def test_an_administrator_gives_and_ends_roles_of_the_own_council_only(council, administrator, leaver):
    leaving.appoint_colleague(leaver, Role.BID_COORDINATOR, council, by=administrator, **WHY)
    assert leaver.roles_on(TODAY) == {Role.BID_AUTHOR, Role.BID_COORDINATOR}
    for role in (Role.PROGRAMME_MANAGER, Role.ADMINISTRATOR, Role.COLLEAGUE):
        with pytest.raises(Refused, match="Choose a role"):
            leaving.appoint_colleague(leaver, role, council, by=administrator, **WHY)
    stranger = make_person(Role.BID_AUTHOR)
    with pytest.raises(Refused, match="send an invitation"):
        leaving.appoint_colleague(stranger, Role.BID_AUTHOR, council, by=administrator, **WHY)
    with pytest.raises(Refused, match="not a role for your council"):
        leaving.end_role(stranger.appointments[0], council, by=administrator, **WHY)
    leaving.end_role(leaver.appointments[0], council, by=administrator, **WHY)
    assert leaver.roles_on(TODAY) == {Role.BID_COORDINATOR}


def test_a_council_keeps_an_administrator_for_nobody_ends_their_own_role(council, administrator):
    with pytest.raises(Refused, match="another administrator"):
        leaving.end_role(administrator.appointments[0], council, by=administrator, **WHY)
    with pytest.raises(Refused, match="another administrator"):
        leaving.appoint_colleague(administrator, Role.BID_AUTHOR, council, by=administrator, **WHY)


def test_the_pages_of_a_councils_people_are_its_administrators_alone(session, client, council, administrator, leaver):
    number = leaver.appointments[0].id
    start = f"/councils/{council.code}/people"
    pages = ("", "/invite", f"/{leaver.key}", f"/{leaver.key}/appoint", f"/{leaver.key}/hand-over")
    pages += (f"/{leaver.key}/appointments/{number}/end",)
    sign_in(client, administrator)
    assert client.get("/colleagues").location.endswith(start)
    for page in pages:
        assert client.get(start + page).status_code == 200, page
    sign_in(client, make_person(Role.COUNCIL_ADMINISTRATOR))
    for page in pages:
        assert client.get(start + page).status_code == 404, page
        assert client.post(start + page).status_code in (404, 405), page
    for role in (Role.BID_COORDINATOR, Role.SECTION_151_OFFICER):
        sign_in(client, make_person(role, council=council))
        assert client.get(start).status_code == 403
    assert session.get(Appointment, number).until_on is None


def test_somebody_of_another_council_is_not_found_under_ones_own(session, client, council, administrator):
    stranger = make_person(Role.BID_AUTHOR)
    sign_in(client, administrator)
    start = f"/councils/{council.code}/people/{stranger.key}"
    for page in ("", "/appoint", "/hand-over", f"/appointments/{stranger.appointments[0].id}/end"):
        assert client.get(start + page).status_code == 404, page


def test_a_leaver_is_handed_over_on_a_page(session, client, council, administrator, leaver, draft):
    to = make_person(Role.BID_AUTHOR, council=council)
    sign_in(client, administrator)
    page = f"/councils/{council.code}/people/{leaver.key}"
    assert draft.title in client.get(page).text
    said = {"to": to.key, "leaves": "y", "reason": "Left."}
    answer = client.post(f"{page}/hand-over", data=said, follow_redirects=True)
    assert "Lee Ver: handed over 1 bid and 0 tasks." in answer.text
    assert client.get(page).status_code == 404


def test_roles_held_for_other_councils_do_not_show(session, client, council, administrator):
    other = make_council("Secret Borough Council")
    person = make_person(Role.BID_AUTHOR, council=council)
    made(Appointment(person=person, role=Role.BID_COORDINATOR, council_id=other.id, from_on=TODAY))
    sign_in(client, administrator)
    for page in ("", f"/{person.key}"):
        text = client.get(f"/councils/{council.code}/people{page}").text
        assert "Bid author" in text
        assert "Bid coordinator" not in text.split("</h1>")[1].split("<footer")[0]


def test_the_lists_of_people_take_the_same_few_queries_however_long_they_are(session, client, council, administrator):
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    bid = make_bid(lead=council, status=BidStatus.DRAFT)
    pages = (f"/councils/{council.code}/people", f"/bids/{bid.key}/people")

    def queries(page):
        asked.clear()
        assert client.get(page).status_code == 200
        return len([sql for sql in asked if sql.startswith("SELECT")])

    def bring(number):
        helper = make_person(Role.COLLEAGUE, council=council)
        give_place(bid, helper, BidRole.READER, by=administrator, at=NOW)
        invited = Invited(f"new{number}@example.org", council, bid=bid, bid_role=BidRole.AUTHOR)
        invite(invited, sure=True, address_of_page="/", by=administrator, at=NOW)

    sign_in(client, administrator)
    bring(0)
    few = [queries(page) for page in pages]
    for number in range(1, 12):
        bring(number)
    assert [queries(page) for page in pages] == few
