"""Scoring in a real browser: by the keyboard alone, saving by itself in two tabs, and notes on the bid's text."""

import pytest
from playwright.sync_api import expect

from grants.bids.models import BidStatus
from grants.kernel.db import db
from grants.people.roles import Role
from tests.browser import arrived, photograph
from tests.entrance import entered
from tests.factories import PASSWORD, make_appraised_round, make_bid, make_person, make_task

NAMES = ("Value for money", "Deliverability", "Housing")
REASON = "Priced by a surveyor, three tenders, and a margin for what may come."


@pytest.fixture
def scoring(session):
    """(address to sign in with, key of a task): one bid given to one appraiser; `declare` says no conflict first."""

    def given(*, declared):
        bid = make_bid(make_appraised_round(), status=BidStatus.APPRAISAL, title="Station yard", projects=2)
        person = make_person(Role.APPRAISER, name="Ann Praiser", password=PASSWORD)
        found = person.email, make_task(bid, person, declared=declared).key
        db.session.commit()
        return found

    return given


def tab_to(page, wanted, most=80):
    """As a person without a mouse does: on and on until it has the focus."""
    wanted.wait_for()
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail("the keyboard does not come there", pytrace=False)


def test_a_bid_is_scored_by_pressing_keys_alone(scoring, new_page, axe):
    email, _ = scoring(declared=False)
    page = entered(new_page, email)
    tab_to(page, page.get_by_role("link", name="My appraisals", exact=True))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Station yard"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("No, I have no conflict"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Continue"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("0 of 3 criteria scored")).to_be_visible()
    expect(page.locator("#saved")).to_have_text("This page saves by itself while you type.")
    tab_to(page, page.get_by_role("link", name="Go to the scores"))
    page.keyboard.press("Enter")
    for number, name in enumerate(NAMES, start=1):
        group = page.get_by_role("group", name=f"Mark for {name}")
        tab_to(page, group.get_by_label("Not scored yet"))
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Tab")
        page.keyboard.type(REASON)
        expect(page.get_by_text(f"{number} of 3 criteria scored")).to_be_visible()
    expect(page.get_by_text(f"{len(REASON)} of at least 50 characters")).to_have_count(3)
    expect(page.locator("#saved")).to_contain_text("Saved at")
    axe(page)
    photograph(page, "appraisal-scoring")
    tab_to(page, page.get_by_role("button", name="Save and continue"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Submit scores"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your scores are handed in.")).to_be_visible()


def test_two_tabs_show_both_texts_and_a_highlight_stays_with_its_note(scoring, new_page, axe):
    email, key = scoring(declared=True)
    page = entered(new_page, email)
    page.goto(f"/appraisals/{key}")
    other = page.context.new_page()
    other.goto(f"/appraisals/{key}")
    for tab in (page, other):
        expect(tab.locator("#saved")).to_have_text("This page saves by itself while you type.")
    page.get_by_label("Reason for Housing").fill("From the first tab.")
    expect(page.locator("#saved")).to_contain_text("Saved at")
    other.get_by_label("Reason for Housing").fill("From the second tab.")
    expect(other.get_by_text("You changed this answer meanwhile")).to_be_visible()
    expect(other.get_by_text("From the first tab.")).to_be_visible()
    other.get_by_role("button", name="Save mine instead").click()
    expect(other.locator("#saved")).to_contain_text("Saved at")
    other.close()

    page.reload()
    expect(page.get_by_label("Reason for Housing")).to_have_value("From the second tab.")
    expect(page.locator("#saved")).to_have_text("This page saves by itself while you type.")
    page.get_by_text("Contaminated land.").dblclick(position={"x": 20, "y": 10})
    page.get_by_role("button", name="Highlight with a note").click()
    page.get_by_role("textbox", name="Note", exact=True).fill("By what?")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.get_by_text("Kept. Only you can read it.")).to_be_visible()
    expect(page.locator("mark")).to_have_text("Contaminated")
    axe(page)
    page.reload()
    expect(page.get_by_text("Your notes (1)")).to_be_visible()
    expect(page.locator(".grants-notes").get_by_text("By what?")).to_be_visible()
    arrived(page)
