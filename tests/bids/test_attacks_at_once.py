"""Two people at the same instant, on PostgreSQL over two connections: nobody is answered with a fault of ours."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from grants.bids import operations as bids
from grants.bids.deadline.late import take_in
from grants.bids.models import Bid, BidPlace, BidRole
from grants.bids.people.inviting import Invited, accept, invite
from grants.bids.people.placing import give_place
from grants.bids.starting.form_moves import publish_version
from grants.bids.writing import hold
from grants.funds.form.editing import change_piece, definition_being_edited
from grants.funds.form.pieces import digest, piece
from grants.funds.models import RoundStatus
from grants.funds.queries import held_in_full
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people import invitations
from grants.people.models import Invitation, Person
from grants.people.roles import Role
from tests.factories import NOW, fill_in, make_bid, make_bid_round, make_draft, make_person, sign_in

pytestmark = pytest.mark.postgres


@contextmanager
def somebody_else(app, work):
    """`work` begins in a transaction of its own and waits for what the test has locked; it ends with the test's."""
    said = []

    def run():
        with app.app_context():
            try:
                said.append(work())
                db.session.commit()
            except Refused as refusal:
                db.session.rollback()
                said.append(str(refusal))
            except SQLAlchemyError as fault:
                db.session.rollback()
                said.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    wait_until_waiting(thread)
    yield said
    thread.join(timeout=60)


def wait_until_waiting(thread):
    """Until the other transaction stands before a lock, or has ended."""
    waits = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(2_000):
        with db.engine.connect() as other:
            if not thread.is_alive() or other.scalar(waits):
                return
        thread.join(0.02)
    raise AssertionError("it never came to a lock")


def test_who_waits_for_a_bid_reads_its_round_as_it_stands_then(app, session):
    bid = make_draft(make_bid_round())
    bid_id, later = bid.id, bid.round.closes_at + timedelta(days=1)
    db.session.commit()

    def read():
        one = db.session.get_one(Bid, bid_id)
        assert one.round.closes_at != later
        hold(one)
        return one.round.closes_at

    hold(bid)
    with somebody_else(app, read) as said:
        bid.round.closes_at = later
        db.session.commit()
    assert said == [later]


def test_a_person_has_one_place_in_a_bid_whoever_gives_it(app, session):
    bid = make_draft()
    ann = make_person(Role.COLLEAGUE, council=bid.lead_council)
    bid_id, ann_id, by_id = bid.id, ann.id, bid.started_by_id
    db.session.commit()

    def give(role):
        people = db.session.get_one(Person, ann_id), db.session.get_one(Person, by_id)
        give_place(db.session.get_one(Bid, bid_id), people[0], role, by=people[1], at=NOW)
        db.session.flush()

    give(BidRole.AUTHOR)
    with somebody_else(app, lambda: give(BidRole.READER)) as said:
        db.session.commit()
    assert said == [None]
    standing = select(BidPlace.role).where(BidPlace.bid_id == bid_id, BidPlace.until_at.is_(None))
    assert db.session.scalars(standing).all() == [BidRole.READER]


def test_an_invitation_accepted_at_the_same_instant_is_not_said_to_be_taken_back(app, session):
    bid = make_draft()
    by = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    ann = make_person(email="ann@example.org")
    invited = Invited(ann.email, bid.lead_council, bid=bid, bid_role=BidRole.READER)
    sent = invite(invited, sure=True, address_of_page="https://grants.example.org/", by=by, at=NOW)
    sent_id, by_id = sent.id, by.id
    db.session.commit()

    def take_back(how):
        how(db.session.get_one(Invitation, sent_id), by=db.session.get_one(Person, by_id), at=NOW)

    accept(sent, ann, at=NOW)
    db.session.flush()
    with somebody_else(app, lambda: take_back(invitations.take_back)) as said:
        db.session.commit()
    assert said == ["It has been accepted already. End the role or the place instead."]
    assert db.session.get_one(Invitation, sent_id).taken_back_at is None


def test_a_submission_and_a_new_version_of_the_form_never_wait_in_a_ring(app, session):
    round = make_bid_round()
    bid = make_draft(round)
    manager = make_person(Role.PROGRAMME_MANAGER)
    coordinator = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    place = ("sections", "need", "questions", "cost")
    standing = piece(definition_being_edited(round), place)
    change_piece(round, place, {**standing, "label": "What does it cost?"}, seen=digest(standing), by=manager, at=NOW)
    seen = digest(definition_being_edited(round))
    bid_id, coordinator_id = bid.id, coordinator.id
    db.session.commit()

    def submit():
        by = db.session.get_one(Person, coordinator_id)
        bids.submit(db.session.get_one(Bid, bid_id), by=by, at=NOW)

    held_in_full(round)
    with somebody_else(app, submit) as said:
        publish_version(round, note="Plainer.", seen=seen, by=manager, at=NOW)
        db.session.commit()
    assert said == ["The Section 151 officer has to sign the bid before it can be submitted."]


def test_a_late_bid_is_not_taken_in_while_its_round_is_announced(app, session):
    bid = make_bid()
    bid.late, by = True, make_person(Role.PROGRAMME_MANAGER)
    bid_id, by_id = bid.id, by.id
    db.session.commit()

    def take():
        take_in([db.session.get_one(Bid, bid_id)], reason="Now.", by=db.session.get_one(Person, by_id), at=NOW)

    round = held_in_full(bid.round)
    with somebody_else(app, take) as said:
        round.status, round.announced_at = RoundStatus.ANNOUNCED, NOW
        db.session.commit()
    assert said == [f"{round.name} is announced. A late bid can be made anew in a later round."]


@pytest.mark.parametrize("page", ["edit", "remove", "funding", "sites/{}", "sites/{}/remove"])
def test_who_changes_what_is_being_removed_is_told_so(app, session, page):
    """T26: what was there when the page was asked for is gone once it is its turn."""
    bid = make_draft()
    by = db.session.get_one(Person, bid.started_by_id)
    fill_in(bid, by)
    project = bid.projects[0]
    address = f"/bids/{bid.key}/projects/{project.key}/{page.format(project.sites[0].key)}"
    typed = {"name": "Yard", "version": "1", "title": "New", "council": bid.lead_council.code}
    client = FlaskClient(app)
    sign_in(client, by)
    bids.remove_project(project, by=by, at=NOW)
    with somebody_else(app, lambda: client.post(address, data=typed).status_code) as said:
        db.session.commit()
    assert said in ([404], [200])
