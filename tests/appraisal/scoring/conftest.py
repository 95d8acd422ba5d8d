"""A bid in appraisal, one of whose criteria is scored in two parts and another looked up."""

import pytest

from grants.bids.models import BidStatus
from grants.funds.models import PlaceScore, PlaceScoreList
from grants.kernel.db import Json, db
from tests.factories import NOW, make_appraised_round, make_bid, make_task

REASON = "A reason of more than fifty characters, as every mark needs one."


@pytest.fixture
def bid(session):
    return make_bid(make_appraised_round(), status=BidStatus.APPRAISAL, title="Old depot")


@pytest.fixture
def task(bid, appraiser):
    return make_task(bid, appraiser)


@pytest.fixture
def divided(bid):
    """The second criterion of the round has two parts."""
    bid.round.criteria[1].parts = Json({"1": "The team", "2": "The timetable"})
    db.session.flush()
    return bid.round.criteria[1]


@pytest.fixture
def looked_up(bid, appraiser):
    """The third is looked up: the lead council has 72.5 of 100 points."""
    criterion = bid.round.criteria[2]
    places = PlaceScoreList(
        name="Places", edition="2025", uploaded_at=NOW, uploaded_by_id=appraiser.id, digest="0" * 64,
        scores=[PlaceScore(council=bid.lead_council, printed_name=bid.lead_council.name, hundredths=72_50)],
    )  # fmt: skip
    db.session.add(places)
    db.session.flush()
    criterion.looked_up, criterion.place_list_id = True, places.id
    db.session.flush()
    return criterion


def typed(criterion, mark, reason=REASON, *, part=1, version="0"):
    """What the page sends for one part."""
    at = f"{criterion.id}_{part}"
    return {f"mark_{at}": mark, f"reason_{at}": reason, f"version_{at}": version}
