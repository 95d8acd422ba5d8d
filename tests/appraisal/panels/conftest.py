"""A round with three scored bids, and a meeting on them."""

from datetime import timedelta

import pytest

from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.models import PanelItem
from grants.appraisal.panels import minuting, queries
from grants.appraisal.panels.agenda import add_bids
from grants.appraisal.panels.holding import Called, call_meeting
from grants.bids.models import BidStatus
from grants.kernel.db import db
from grants.people.roles import Role
from tests.factories import NOW, TODAY, give_scores, make_appraised_round, make_bid, make_person, make_task, moderate

LATER = NOW + timedelta(days=3)
PAGE = "https://grants.example/panels/"
AFTER = LATER + timedelta(hours=2)


@pytest.fixture
def round_(session):
    return make_appraised_round(name="Land Release Fund 2026")


@pytest.fixture
def bids(round_):
    """Marks far apart, marks alike, and one that an appraiser has still to score."""
    ann, ben = (make_person(Role.APPRAISER, name=name) for name in ("Ann Praiser", "Ben Chmark"))
    made = [
        make_bid(round_, status=BidStatus.APPRAISAL, title=title) for title in ("Old depot", "Station yard", "Gasworks")
    ]
    for bid, marks in zip(made, (((5, 4, 3), (1, 4, 3)), ((4, 3, 3), (4, 4, 3))), strict=False):
        for person, given in zip((ann, ben), marks, strict=True):
            give_scores(make_task(bid, person), *given)
    give_scores(make_task(made[2], ann), 2, 2, 2)
    make_task(made[2], ben)
    db.session.flush()
    return made


@pytest.fixture
def chair(session):
    return make_person(Role.MODERATOR, name="Cher Ringham")


@pytest.fixture
def meeting(round_, bids, chair, moderator, manager):
    """Called by the manager; chair, moderator and manager sit; all three bids are on the agenda."""
    called = Called("First panel", LATER, "Room 4", [chair, moderator, manager], chair)
    panel = call_meeting(round_, called, address=PAGE, by=manager, at=NOW)
    add_bids(panel, bids, by=manager, at=NOW)
    db.session.commit()
    return panel


@pytest.fixture
def moderated(round_):
    """A bid whose place in the ranking is final."""
    return moderate(make_bid(round_, status=BidStatus.APPRAISAL, title="Market hall"), 4, 4, 5)


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


def tie_on_record(bid, person):
    close_bid(bid, person, reason="Her sister lives there.", by=person, at=NOW)
