"""The time left on an open page: kept by the server's clock, whatever the browser's says, and said in time to act."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from grants.bids.models import BidStatus
from grants.kernel import clock
from grants.kernel.db import db
from grants.people.roles import Role
from tests.browser import LEAVING, PATIENCE, photograph
from tests.entrance import entered, sign_in_here
from tests.factories import PASSWORD, make_bid, make_bid_round, make_council, make_draft, make_person


@pytest.fixture
def far_away(browser, live_server):
    """A page of somebody in New York whose computer believes that it is 2020."""
    context = browser.new_context(base_url=live_server, locale="en-GB", timezone_id="America/New_York")
    context.set_default_timeout(PATIENCE)
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
    expect(part("left")).to_have_text(re.compile("^2 hours"))
    expect(part("left").locator("xpath=..")).to_contain_text(f"{closes:%H:%M}")
    expect(part("here")).to_contain_text("By your own clock (America/New York) that is")
    expect(part("soon")).to_be_hidden()

    page.clock.fast_forward("01:05:00")
    expect(part("soon")).to_be_visible()
    expect(part("soon-left")).to_have_text(re.compile("^[0-9]+ minutes$"))
    expect(part("spoken")).to_have_text("This bid closes in 1 hour.")
    axe(page)
    photograph(page, "bids-closing-soon")

    page.clock.fast_forward("01:00:00")
    expect(part("over")).to_be_visible()
    expect(part("left")).to_have_text("closed")
    expect(part("spoken")).to_have_text("This bid has closed.")
    axe(page)


def test_a_table_saved_as_the_round_closes_is_kept_and_shown_to_be_copied(session, new_page, axe):
    bid = make_bid(status=BidStatus.DRAFT)
    email = make_person(Role.BID_AUTHOR, council=bid.lead_council, password=PASSWORD).email
    address = f"/bids/{bid.key}/projects/{bid.projects[0].key}/funding"
    db.session.commit()

    page = entered(new_page, email)
    page.goto(address)
    page.get_by_label("Private money, capital, 2026/27").fill("12,345")
    bid.round.closes_at = clock.now()
    db.session.commit()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="Private money, capital, 2026/27")).to_contain_text("12,345")
    expect(page.get_by_text("it is not part of the bid")).to_be_visible()
    axe(page)
    photograph(page, "bids-late-save")

    page.get_by_role("link", name="Back to the bid").click()
    expect(page.get_by_role("heading", name="Arrived after closing")).to_be_visible()
    axe(page)
