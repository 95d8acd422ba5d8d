"""A round with bids in appraisal, and a share-out asked for and worked out at once."""

import pytest

from grants.appraisal.assigning.proposing import ask_for_proposal, make_proposal
from grants.bids.models import BidStatus
from grants.people.roles import Role
from tests.dates import NOW
from tests.factories import make_appraised_round, make_bid, make_person


@pytest.fixture
def round_(session):
    return make_appraised_round()


@pytest.fixture
def bids(round_):
    return [make_bid(round_, status=BidStatus.APPRAISAL) for _ in range(3)]


@pytest.fixture
def people(session):
    return [make_person(Role.APPRAISER, name=name) for name in ("Ann", "Ben", "Cat", "Dan")]


@pytest.fixture
def proposed(round_, manager):
    def make(*, each=2, of=None, by=manager):
        proposal, _ = ask_for_proposal(round_, each=each, by=by, at=NOW, of=of)
        make_proposal(proposal, at=NOW, progress=lambda done, steps: None)
        return proposal

    return make
