"""A bid in appraisal, and ties to its council."""

import pytest

from grants.appraisal.models import Interest, InterestKind
from grants.bids.models import BidStatus
from tests.dates import NOW
from tests.factories import made, make_appraised_round, make_bid


@pytest.fixture
def bid(session):
    return make_bid(make_appraised_round(), status=BidStatus.APPRAISAL)


@pytest.fixture
def tie(session):
    def make(person, council=None, kind=InterestKind.EMPLOYER, **values):
        return made(Interest(person=person, council=council, kind=kind, declared_at=NOW, **values))

    return make
