"""The time left on an open page: kept by the server's clock, whatever the browser's says, and said in time to act."""

from datetime import UTC, datetime, timedelta

import pytest

from grants.kernel import clock
from grants.kernel.db import db
from grants.people.roles import Role
from tests.browser import LEAVING, photograph
from tests.entrance import sign_in_here
from tests.factories import PASSWORD, make_bid_round, make_council, make_draft, make_person


@pytest.fixture(autouse=True)
def now():
    """A browser needs a clock that runs."""


@pytest.fixture
def far_away(browser, live_server):
    """A page of somebody in New York whose computer believes that it is 2020."""
    context = browser.new_context(base_url=live_server, locale="en-GB", timezone_id="America/New_York")
    context.set_default_timeout(20_000)
    context.add_init_script(LEAVING)
    page = context.new_page()
    broken = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.clock.install(time=datetime(2020, 1, 1, tzinfo=UTC))
    yield page
    context.close()
    assert broken == []


def test_an_open_page_counts_down_warns_in_the_last_hour_and_says_when_it_has_closed(session, far_away, axe):
    lead = make_council()
    at = clock.now()
    round = make_bid_round(
        opens_at=at - timedelta(days=9), closes_at=at.replace(second=0, microsecond=0) + timedelta(hours=2, minutes=2)
    )
    author = make_person(Role.BID_AUTHOR, council=lead, password=PASSWORD)
    bid = make_draft(round, lead=lead, by=author, at=at)
    email, address, closes = author.email, f"/bids/{bid.key}/sections/need", clock.london(round.closes_at)
    db.session.commit()

    page = far_away
    page.goto("/sign-in")
    sign_in_here(page, email)
    page.goto(address)
    part = lambda name: page.locator(f'[data-deadline="{name}"]')  # noqa: E731
    assert part("left").inner_text().startswith("2 hours")
    assert f"{closes:%H:%M}" in part("left").locator("xpath=..").inner_text()
    assert "By your own clock (America/New York) that is" in part("here").inner_text()
    assert not part("soon").is_visible()

    page.clock.fast_forward("01:05:00")
    assert part("soon").is_visible()
    assert part("soon").inner_text().count("minutes") == 1
    assert part("spoken").inner_text() == "This bid closes in 1 hour."
    axe(page)
    photograph(page, "bids-closing-soon")

    page.clock.fast_forward("01:00:00")
    assert part("over").is_visible()
    assert part("left").inner_text() == "closed"
    assert part("spoken").inner_text() == "This bid has closed."
    axe(page)
