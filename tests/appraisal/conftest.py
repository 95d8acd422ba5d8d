"""The clock of these tests stands at NOW; a fixture for each of the people of an appraisal."""

from collections.abc import Iterator

import pytest
import time_machine

from grants.people.models import Person
from grants.people.roles import Role
from tests.factories import NOW, make_person


@pytest.fixture(autouse=True)
def now(request: pytest.FixtureRequest) -> Iterator[time_machine.Traveller]:
    """It goes on only for those who sit before a browser."""
    with time_machine.travel(NOW, tick="browser" in request.fixturenames) as clock:
        yield clock


@pytest.fixture
def checker(session) -> Person:
    return make_person(Role.ELIGIBILITY_CHECKER, name="Cherry Checker")


@pytest.fixture
def manager(session) -> Person:
    return make_person(Role.PROGRAMME_MANAGER, name="Pat Manager")


@pytest.fixture
def moderator(session) -> Person:
    return make_person(Role.MODERATOR, name="Mo Derator")


@pytest.fixture
def appraiser(session) -> Person:
    return make_person(Role.APPRAISER, name="Ann Praiser")
