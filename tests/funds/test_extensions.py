"""More time for one council: two people, a reason, the trail, and nothing for anyone else."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from grants.audit.queries import trail
from grants.bids.models import BidStatus
from grants.funds import operations as funds
from grants.funds.deadlines.closing import closes_at, extended, last_closing, longest_of, takes_bids
from grants.funds.deadlines.extensions import approve_extension, ask_extension, refuse_extension
from grants.funds.models import Extension, RoundMode, RoundPhase
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.messages.models import Message
from grants.people.roles import Role
from tests.factories import NOW, make_bid, make_bid_round, make_council, make_person, make_round, make_team, sign_in

SECOND = timedelta(seconds=1)
CHANGES_EACH_TIME = re.compile(r'nonce="[^"]*"|name="(csrf_token|form_token)"[^>]*')


@pytest.fixture
def round(session):
    return make_bid_round()


@pytest.fixture
def asker(session):
    return make_person(Role.PROGRAMME_MANAGER)


@pytest.fixture
def approver(session):
    return make_person(Role.PROGRAMME_MANAGER)


def asked(round, council, by, *, more=timedelta(days=3), at=NOW, **values):
    given = {"closes_at": round.closes_at + more, "reason": "Flood at the town hall", **values}
    extension = ask_extension(round, council, by=by, at=at, **given)
    db.session.flush()
    return extension


def granted(round, council, asker, approver, *, at=NOW, **values):
    extension = asked(round, council, asker, at=at, **values)
    approve_extension(extension, version_seen=extension.version, by=approver, at=at)
    return extension


def test_an_extension_holds_for_its_council_once_another_person_has_approved_it(session, round, asker, approver):
    north, south = make_council(), make_council()
    extension = asked(round, north, asker)
    assert closes_at(round, north.id) == round.closes_at
    with pytest.raises(Refused, match="Somebody else"):
        approve_extension(extension, version_seen=1, by=asker, at=NOW)
    approve_extension(extension, version_seen=1, by=approver, at=NOW)
    session.flush()
    later = round.closes_at + timedelta(days=3)
    assert (closes_at(round, north.id), closes_at(round, south.id)) == (later, round.closes_at)
    assert (takes_bids(round, north.id, later), takes_bids(round, north.id, later + SECOND)) == (True, False)
    assert (takes_bids(round, south.id, round.closes_at), takes_bids(round, south.id, later)) == (True, False)
    assert extended({(round.id, north.id), (round.id, south.id)}) == {(round.id, north.id): later}
    assert longest_of({north.id, south.id}) == {round.id: later}
    assert longest_of({south.id}) == {}
    assert last_closing(round) == later


def test_the_database_too_refuses_that_one_person_approves_what_they_asked_for(session, round, asker):
    extension = asked(round, make_council(), asker)
    extension.approved_at, extension.approved_by_id = NOW, asker.id
    with pytest.raises(IntegrityError):
        session.flush()


def test_asking_approving_and_refusing_stand_in_the_rounds_trail_with_the_reason(session, round, asker, approver):
    north, south = make_council(), make_council()
    granted(round, north, asker, approver)
    refused = asked(round, south, asker)
    with pytest.raises(Refused, match="Say why"):
        refuse_extension(refused, reason=" ", version_seen=1, by=approver, at=NOW)
    refuse_extension(refused, reason="No evidence", version_seen=1, by=approver, at=NOW)
    session.commit()
    verbs = [(event.verb, event.reason, event.details["council"]) for event in session.scalars(trail(round))]
    assert verbs[:4] == [
        ("refused_extension", "No evidence", south.code),
        ("asked_for_extension", "Flood at the town hall", south.code),
        ("approved_extension", "Flood at the town hall", north.code),
        ("asked_for_extension", "Flood at the town hall", north.code),
    ]
    assert closes_at(round, south.id) == round.closes_at


def test_the_councils_people_are_told_and_nobody_elses(session, round, asker, approver):
    north, south = make_council(), make_council()
    team, _others = make_team(north), make_team(south)
    granted(round, north, asker, approver)
    told = session.scalars(select(Message).where(Message.subject.contains("More time"))).all()
    assert {message.to for message in told} == {person.email for person in team}
    assert "23:59 on 4 December 2026" in told[0].body


@pytest.mark.parametrize(
    ("more", "reason", "why"),
    [(timedelta(0), "Flood", "must be later"), (timedelta(days=-1), "Flood", "must be later"),
     (timedelta(days=29), "Flood", "at most 28 days"), (timedelta(days=1), "  ", "Say why")],
)  # fmt: skip
def test_what_cannot_be_asked_for(session, round, asker, more, reason, why):
    with pytest.raises(Refused, match=why):
        ask_extension(round, make_council(), closes_at=round.closes_at + more, reason=reason, by=asker, at=NOW)


def test_it_can_be_asked_for_and_approved_after_closing_but_not_once_it_would_be_over(session, round, asker, approver):
    council, after = make_council(), round.closes_at + timedelta(hours=9)
    extension = asked(round, council, asker, at=after, more=timedelta(days=1))
    with pytest.raises(Refused, match="over already"):
        approve_extension(extension, version_seen=1, by=approver, at=round.closes_at + timedelta(days=1) + SECOND)
    approve_extension(extension, version_seen=1, by=approver, at=after + timedelta(hours=1))
    session.flush()
    assert takes_bids(round, council.id, after + timedelta(hours=2))
    with pytest.raises(Refused, match="over already"):
        asked(round, council, asker, more=timedelta(days=2), at=round.closes_at + timedelta(days=3))


def test_one_request_at_a_time_and_each_decided_once(session, round, asker, approver):
    council = make_council()
    extension = asked(round, council, asker)
    with pytest.raises(Refused, match="asked for already"):
        asked(round, council, asker, more=timedelta(days=4))
    with pytest.raises(Overtaken):
        approve_extension(extension, version_seen=9, by=approver, at=NOW)
    approve_extension(extension, version_seen=1, by=approver, at=NOW)
    session.flush()
    with pytest.raises(Refused, match="decided already"):
        refuse_extension(extension, reason="No", version_seen=extension.version, by=approver, at=NOW)
    with pytest.raises(Refused, match="must be later"):
        asked(round, council, asker, more=timedelta(days=2))
    granted(round, council, asker, approver, more=timedelta(days=5))
    session.flush()
    assert closes_at(round, council.id) == round.closes_at + timedelta(days=5)


def test_more_time_for_everyone_never_shortens_a_councils_own(session, round, asker, approver):
    north = make_council()
    granted(round, north, asker, approver, more=timedelta(days=3))
    session.flush()
    more = {"reason": "Flood", "version_seen": round.version, "by": asker, "at": NOW}
    funds.extend(round, closes_at=round.closes_at + timedelta(days=7), **more)
    session.flush()
    assert closes_at(round, north.id) == round.closes_at
    assert extended({(round.id, north.id)}) == {}


def test_a_round_is_not_announced_while_one_council_still_has_time(session, round, asker, approver):
    granted(round, make_council(), asker, approver)
    session.flush()
    with pytest.raises(Refused, match="not closed"):
        funds.announce(round, by=asker, at=round.closes_at + timedelta(days=2))
    funds.announce(round, by=asker, at=round.closes_at + timedelta(days=4))


def test_a_direct_round_with_an_opening_time_opens_like_a_window(session):
    direct = make_round(mode=RoundMode.DIRECT)
    assert direct.phase(NOW) is RoundPhase.OPEN
    assert direct.phase(direct.closes_at + SECOND) is RoundPhase.CLOSED
    assert make_round(mode=RoundMode.DIRECT, opens_at=None, closes_at=None).phase(NOW) is RoundPhase.CLOSED


def test_the_programme_asks_and_another_of_it_approves_on_the_pages(session, app, round, asker, approver):
    council = make_council("Riverside Borough Council")
    first, second = app.test_client(), app.test_client()
    sign_in(first, asker)
    sign_in(second, approver)
    later = round.closes_at + timedelta(days=2)
    page = first.get(f"/rounds/{round.code}")
    assert f"/rounds/{round.code}/extensions" in page.text
    typed = {"council": "Riverside Borough Council", "closes_time": "12:00", "reason": "Flood", "form_token": "t" * 20}
    typed |= {"closes_on-day": later.day, "closes_on-month": later.month, "closes_on-year": later.year}
    address = f"/rounds/{round.code}/extensions"
    assert "We know no council" in first.post(address, data=typed | {"council": "Nowhere"}).text
    assert first.post(address, data=typed).status_code == 302
    assert first.post(address, data=typed).status_code == 302  # the same form sent twice
    extension = session.scalars(select(Extension)).one()
    decide = f"{address}/{extension.key}"
    assert "Decide on more time" in second.get("/").text
    assert "Decide on more time" not in first.get("/").text
    yes = {"decision": "approve", "version": extension.version}
    assert "Somebody else has to approve" in first.post(decide, data=yes).text
    assert second.post(decide, data=yes).status_code == 302
    assert f"Approved by {approver.name}" in first.get(address).text
    assert closes_at(round, council.id).day == later.day


def test_an_extension_shows_on_its_own_councils_pages_and_changes_no_byte_of_anothers(
    session, app, round, asker, approver, now
):
    now.move_to(NOW, tick=False)
    north, south = make_council(), make_council()
    north_bid, south_bid = (make_bid(round, lead=council, status=BidStatus.DRAFT) for council in (north, south))
    people = {council: make_person(Role.BID_COORDINATOR, council=council) for council in (north, south)}
    clients = {council: app.test_client() for council in people}
    for council, person in people.items():
        sign_in(clients[council], person)
    shared = ["/", "/bids", "/bids/start", "/rounds", f"/rounds/{round.code}"]
    theirs = {council: [*shared, *(f"/bids/{bid.key}{end}" for end in ("", "/check", "/sections/need", "/history"))]
              for council, bid in ((north, north_bid), (south, south_bid))}  # fmt: skip

    def seen(council):
        pages = [clients[council].get(path) for path in theirs[council]]
        assert {page.status_code for page in pages} == {200}
        return [CHANGES_EACH_TIME.sub("", page.text) for page in pages]

    before = {council: seen(council) for council in people}
    stranger = CHANGES_EACH_TIME.sub("", app.test_client().get(f"/rounds/{round.code}").text)
    granted(round, north, asker, approver)
    session.commit()
    assert seen(south) == before[south]
    assert CHANGES_EACH_TIME.sub("", app.test_client().get(f"/rounds/{round.code}").text) == stranger
    changed = [path for path, old, new in zip(theirs[north], before[north], seen(north), strict=True) if old != new]
    assert {"/bids", f"/rounds/{round.code}", f"/bids/{north_bid.key}", f"/bids/{north_bid.key}/check"} <= set(changed)
    assert {"/", "/rounds"} <= set(changed)
    for path in ("/rounds", f"/rounds/{round.code}", f"/bids/{north_bid.key}"):
        assert "23:59 on 4 December 2026" in clients[north].get(path).text
    now.move_to(round.closes_at + SECOND, tick=False)
    for council, person in people.items():
        sign_in(clients[council], person)
    assert "closed at 23:59 on 1 December" in clients[south].get(f"/bids/{south_bid.key}").text
    assert "closed at" not in clients[north].get(f"/bids/{north_bid.key}").text
    for path in ("/rounds", f"/rounds/{round.code}"):
        assert (">Open<" in clients[north].get(path).text, ">Open<" in clients[south].get(path).text) == (True, False)
    asked = f"/rounds/{round.code}/eligibility?council={north.code}"
    assert "Start a bid" in clients[north].get(asked).text
    assert "does not take bids now" in clients[south].get(f"/rounds/{round.code}/eligibility?council={south.code}").text
    assert f"round={round.code}" in clients[north].get("/bids").text
    assert f"round={round.code}" not in clients[south].get("/bids").text
