"""Tags: made on the fly, put on and taken off with their dates, and what a list is narrowed by."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from grants.appraisal.models import BidTag, Tag
from grants.appraisal.remarks import queries
from grants.appraisal.remarks.tagging import put_tag, take_tag_off
from grants.bids.models import Bid, BidStatus, Conflict
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.roles import Role
from tests.factories import NOW, give_scores, make_appraised_round, make_bid, make_person, make_task, sign_in


@pytest.fixture
def bids(session):
    round_ = make_appraised_round()
    return [make_bid(round_, status=BidStatus.APPRAISAL) for _ in range(2)]


def test_a_tag_is_made_once_and_keeps_from_when_until_when(bids, manager):
    one, two = bids
    tag = put_tag([one], "Coastal", by=manager, at=NOW)
    assert put_tag(bids, " coastal ", by=manager, at=NOW + timedelta(days=1)) is tag
    assert put_tag([one], "ÉCOLE", by=manager, at=NOW) is put_tag([two], "école", by=manager, at=NOW)
    take_tag_off([one], tag, by=manager, at=NOW + timedelta(days=2))
    take_tag_off([one], tag, by=manager, at=NOW + timedelta(days=3))
    rows = db.session.query(BidTag).filter_by(tag_id=tag.id).order_by(BidTag.id).all()
    assert [(row.bid_id, row.added_at, row.removed_at) for row in rows] == [
        (one.id, NOW, NOW + timedelta(days=2)),
        (two.id, NOW + timedelta(days=1), None),
    ]
    assert put_tag([one], "Coastal", by=manager, at=NOW + timedelta(days=4))
    assert db.session.query(BidTag).filter_by(tag_id=tag.id).count() == 3


def test_lists_are_narrowed_to_what_bears_a_tag_now_in_its_round(bids, manager):
    one, two = bids
    elsewhere = make_bid(make_appraised_round(), status=BidStatus.APPRAISAL)
    tag = put_tag(bids, "Coastal", by=manager, at=NOW)
    put_tag([elsewhere], "Coastal", by=manager, at=NOW)
    take_tag_off([two], tag, by=manager, at=NOW)
    found = db.session.scalars(select(Bid).where(queries.tagged("Coastal", round_id=one.round_id))).all()
    assert found == [one]
    assert {bid_id: [tag.name for tag in tags] for bid_id, tags in queries.tags_of([one.id, two.id]).items()} == {
        one.id: ["Coastal"],
        two.id: [],
    }
    assert [tag.name for tag in queries.tags_in(one.round_id)] == ["Coastal"]


def test_a_tag_belongs_to_one_round_and_a_conflict_keeps_it_off(bids, manager):
    elsewhere = make_bid(make_appraised_round(), status=BidStatus.APPRAISAL)
    with pytest.raises(Refused, match="one round"):
        put_tag([bids[0], elsewhere], "Coastal", by=manager, at=NOW)
    db.session.add(
        Conflict(person_id=manager.id, bid_id=bids[0].id, declared_at=NOW, declared_by_id=manager.id, reason="Friend.")
    )
    db.session.flush()
    with pytest.raises(Refused, match="conflict"):
        put_tag(bids, "Coastal", by=manager, at=NOW)
    assert db.session.query(Tag).count() == 0


def test_tags_on_the_pages(bids, manager, client):
    one, two = bids
    sign_in(client, manager)
    page = f"/appraisal/{one.round.code}/tags"
    assert "Tick at least one bid" in client.post(page, data={"tag": "Coastal"}).text
    assert "Give the tag a name" in client.post(page, data={"bids": [one.key]}).text
    assert "40 characters or fewer" in client.post(page, data={"bids": [one.key], "tag": "x" * 41}).text
    assert client.post(page, data={"bids": [one.key, two.key], "tag": "Coastal"}).status_code == 302
    tag = db.session.query(Tag).one()
    assert client.post(page, data={"bids": [two.key], "tag": "coastal", "off": "y"}).status_code == 302
    assert "no tag of this name" in client.post(page, data={"bids": [two.key], "tag": "Hills", "off": "y"}).text
    narrowed = client.get(f"{page}?tag={tag.key}").text
    assert one.reference in narrowed
    assert two.reference not in narrowed
    own = f"/flags/{two.key}"
    assert client.post(f"{own}/tags", data={"tag": "<b>Hills</b>"}).status_code == 302
    assert "<b>Hills" not in client.get(own).text
    made = next(tag for tag in db.session.query(Tag) if "Hills" in tag.name)
    assert client.post(f"{own}/tags/{made.key}/take-off").status_code == 302
    assert "taken off on" in client.get(own).text
    sign_in(client, make_person(Role.AUDITOR))
    assert client.post(page, data={"bids": [one.key], "tag": "Late"}).status_code == 403


def test_checks_and_moderation_are_narrowed_by_a_tag(bids, manager, client):
    one, two = bids
    for bid in bids:
        give_scores(make_task(bid), 4, 3, 4)
    first, second = (make_bid(one.round) for _ in range(2))
    put_tag([one, first], "Coastal", by=manager, at=NOW)
    db.session.commit()
    sign_in(client, make_person(Role.MODERATOR, Role.ELIGIBILITY_CHECKER))
    for page, bearing, other in (("/moderation", one, two), ("/eligibility", first, second)):
        found = client.get(f"{page}?tag=Coastal").text
        assert (bearing.reference in found, other.reference in found) == (True, False)
        assert ">Coastal</option>" in found
        every = client.get(f"{page}?tag=No+such+tag").text
        assert (bearing.reference in every, other.reference in every) == (True, True)
