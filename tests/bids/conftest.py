"""The clock of the bids' tests stands at NOW, so that the rounds they make are open in the pages too."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.factories import NOW


@pytest.fixture(autouse=True)
def now(request: pytest.FixtureRequest) -> Iterator[time_machine.Traveller]:
    """It goes on only for those who sit before a browser."""
    with time_machine.travel(NOW, tick="browser" in request.fixturenames) as clock:
        yield clock
