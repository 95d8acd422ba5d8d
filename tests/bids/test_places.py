"""Places in one bid: what a colleague sees and writes, and when a place is worth nothing any more."""

from datetime import timedelta

import pytest

from grants.awards.queries import visible_awards
from grants.bids.models import Bid, BidPlace, BidRole, BidStatus
from grants.bids.people.people_on import people_on
from grants.bids.queries import being_written, visible_bids
from grants.kernel.db import db
from grants.people import operations as people
from grants.people.roles import Role
from tests.factories import NOW, TODAY, made, make_award, make_bid, make_council, make_person, make_team, sign_in


def give_place(bid, person, role=BidRole.READER, **values):
    return made(BidPlace(bid=bid, person=person, role=role, from_at=NOW, given_by_id=bid.started_by_id, **values))


def seen(person):
    return set(db.session.scalars(visible_bids(person, TODAY)))


@pytest.fixture
def bid(session) -> Bid:
    return make_bid(status=BidStatus.DRAFT)


def test_a_colleague_sees_only_the_bids_with_a_place_for_them(bid):
    other = make_bid(lead=bid.lead_council, status=BidStatus.DRAFT)
    colleague = make_person(Role.COLLEAGUE, council=bid.lead_council)
    assert seen(colleague) == set()
    give_place(bid, colleague)
    assert seen(colleague) == {bid}
    assert other in seen(make_person(Role.BID_AUTHOR, council=bid.lead_council))


def test_a_reader_reads_and_an_author_writes(session, client, bid):
    reader, author = (make_person(Role.COLLEAGUE, council=bid.lead_council) for _ in range(2))
    give_place(bid, reader)
    give_place(bid, author, BidRole.AUTHOR)
    page, section = f"/bids/{bid.key}", f"/bids/{bid.key}/sections/need"
    sign_in(client, reader)
    assert client.get(page).status_code == 200
    assert client.get(section).status_code == client.post(section).status_code == 404
    sign_in(client, author)
    assert client.get(page).status_code == client.get(section).status_code == 200
    assert client.get(f"/bids/{bid.key}/details").status_code == 200
    assert client.post(f"/bids/{bid.key}/send").status_code == 403
    assert (list(being_written(reader, TODAY)), list(being_written(author, TODAY))) == ([], [bid])


def test_a_council_administrator_reads_every_bid_of_the_council_and_writes_none(session, client, bid):
    administrator = make_person(Role.COUNCIL_ADMINISTRATOR, council=bid.lead_council)
    assert seen(administrator) == {bid}
    sign_in(client, administrator)
    assert client.get(f"/bids/{bid.key}").status_code == 200
    assert client.get(f"/bids/{bid.key}/sections/need").status_code == 403


def test_a_place_is_worth_nothing_to_somebody_who_left_the_councils_of_the_bid(bid):
    colleague = make_person(Role.COLLEAGUE, council=bid.lead_council)
    give_place(bid, colleague, BidRole.AUTHOR)
    elsewhere = make_council()
    by = make_person(Role.ADMINISTRATOR)
    people.appoint(colleague, Role.COLLEAGUE, council_id=elsewhere.id, by=by, on=TODAY)
    people.end_appointment(colleague.appointments[0], by=by, on=TODAY, at=NOW, reason="Left.")
    db.session.flush()
    assert seen(colleague) == set()
    assert colleague not in people_on(bid, TODAY)


def test_an_ended_place_is_worth_nothing(bid):
    colleague = make_person(Role.COLLEAGUE, council=bid.lead_council)
    give_place(bid, colleague, until_at=NOW + timedelta(seconds=1))
    assert seen(colleague) == set()
    assert colleague not in people_on(bid, TODAY)


def test_people_on_a_bid_are_those_of_its_councils_and_those_with_a_place(bid):
    author, coordinator, officer = make_team(bid.lead_council)
    reader, gone, unplaced = (make_person(Role.COLLEAGUE, council=bid.lead_council) for _ in range(3))
    stranger = make_person(Role.BID_AUTHOR)
    give_place(bid, reader)
    give_place(bid, gone)
    gone.active = False
    db.session.flush()
    on = set(people_on(bid, TODAY))
    assert {author, coordinator, officer, reader} <= on
    assert not on & {gone, unplaced, stranger}
    writing = set(people_on(bid, TODAY, writing=True))
    assert {author, coordinator} <= writing
    assert not writing & {officer, reader}


def test_a_colleague_of_one_council_who_writes_for_another_sees_only_that_ones_awards(session):
    here, there = make_council(), make_council()
    person = make_person(Role.BID_AUTHOR, council=there)
    people.appoint(person, Role.COLLEAGUE, council_id=here.id, by=None, on=TODAY)
    mine, _other = make_award(there), make_award(here)
    assert list(session.scalars(visible_awards(person, TODAY))) == [mine]
