"""The room's pages in a real browser: a bid checked, scored by keyboard, moderated and ranked; axe on every page."""

import re

import pytest
from playwright.sync_api import expect

from grants.bids.models import BidStatus
from grants.kernel.db import db
from grants.people.roles import Role
from tests.browser import photograph
from tests.entrance import entered
from tests.factories import PASSWORD, make_appraised_round, make_bid, make_person, moderate


@pytest.fixture
def looked_at(axe):
    def look(page, name):
        axe(page)
        photograph(page, f"appraisal-{name}")

    return look


def someone(role, name):
    """Their address, read before the commit: on SQLite, reading after it would keep the served product waiting."""
    return make_person(role, name=name, password=PASSWORD).email


def test_a_bid_is_checked_scored_moderated_and_ranked(session, new_page, looked_at):
    round_ = make_appraised_round(name="Land Release Fund 2026")
    for n, marks in enumerate(((5, 4, 4), (4, 3, 2), (1, 5, 5), (2, 2, 1)), start=1):
        bid = make_bid(round_, status=BidStatus.APPRAISAL, pence=4_000_000_00, title=f"Old depot {n}")
        moderate(bid, *marks)
    new = make_bid(round_, title="Station yard and the former bus garage")
    checker = someone(Role.ELIGIBILITY_CHECKER, "Cherry Checker")
    manager = someone(Role.PROGRAMME_MANAGER, "Pat Manager")
    appraiser = someone(Role.APPRAISER, "Ann Praiser")
    moderator = someone(Role.MODERATOR, "Mo Derator")
    second_moderator = someone(Role.MODERATOR, "Sue Conder")
    reference = new.reference
    db.session.commit()

    page = entered(new_page, checker)
    page.get_by_role("link", name="Eligibility", exact=True).click()
    looked_at(page, "eligibility")
    page.get_by_role("link", name=reference).click()
    for gate in ("E1", "G1"):
        page.get_by_role("group", name=re.compile(f"^{gate}:")).get_by_label("Pass").check()
    page.get_by_role("button", name="Save findings").click()
    looked_at(page, "check")
    page.get_by_role("button", name="Conclude the check").click()
    expect(page.get_by_text(f"{reference} is eligible")).to_be_visible()

    page = entered(new_page, manager)
    page.get_by_role("link", name="Appraisal", exact=True).click()
    looked_at(page, "rounds")
    page.get_by_role("link", name="Give bids to appraisers").click()
    page.get_by_label("Appraiser", exact=True).select_option(label="Ann Praiser")
    page.get_by_label(f"Give {reference}").check()
    page.get_by_role("button", name="Give ticked bids").click()
    looked_at(page, "assignments")

    page = entered(new_page, appraiser)
    page.get_by_role("link", name="My appraisals", exact=True).click()
    looked_at(page, "mine")
    page.get_by_role("link", name="Station yard").click()
    looked_at(page, "declare")
    page.get_by_label("No, I have no conflict").check()
    page.get_by_role("button", name="Continue").click()
    for name in ("Value for money", "Deliverability", "Housing"):
        group = page.get_by_role("group", name=f"Mark for {name}")
        group.get_by_role("radio", checked=True).focus()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Tab")
        page.keyboard.type("Priced by a surveyor, three tenders, and a margin for what may come.")
    looked_at(page, "score")
    page.get_by_role("button", name="Save and continue").click()
    looked_at(page, "submit")
    page.get_by_role("button", name="Submit scores").click()
    page.get_by_role("link", name="Station yard").click()
    looked_at(page, "submitted")
    page.get_by_role("link", name="declare it").click()
    looked_at(page, "conflict")

    page = entered(new_page, moderator)
    page.get_by_role("link", name="Moderation", exact=True).click()
    looked_at(page, "moderation")
    page.get_by_role("link", name=reference).click()
    for name in ("Value for money", "Deliverability", "Housing"):
        page.get_by_role("group", name=f"Mark for {name}").get_by_role("radio").nth(2).check()
        page.get_by_label(f"Reason for {name}").fill("The panel agreed.")
    page.get_by_role("button", name="Propose agreed marks").click()
    looked_at(page, "moderate")

    page = entered(new_page, second_moderator)
    page.get_by_role("link", name="Moderation", exact=True).click()
    page.get_by_role("link", name=reference).click()
    for name in ("Value for money", "Deliverability", "Housing"):
        page.get_by_role("checkbox", name=f"{name}: ").check()
    looked_at(page, "second")
    page.get_by_role("button", name="Agree to these marks").click()
    page.get_by_role("button", name="Go on to conclude").click()
    page.get_by_role("button", name="Conclude the moderation").click()
    page.get_by_role("link", name="How strict each appraiser is").click()
    looked_at(page, "leniency")
    page.get_by_role("link", name="Moderation", exact=True).first.click()
    page.get_by_role("link", name="How far appraisers agree").click()
    looked_at(page, "agreement")
    page.get_by_role("link", name="Appraisal", exact=True).click()
    page.get_by_role("link", name="Ranking in Land Release Fund 2026").click()
    looked_at(page, "ranking")
    page.get_by_role("link", name=reference).click()
    looked_at(page, "marks")
