"""A checker values a project in a real browser: worked out, judged with a reason, read again; axe on every page."""

import re

import pytest
from playwright.sync_api import expect

from grants.funds.models import Gate, GateStage
from grants.kernel.db import Json, db
from grants.people.roles import Role
from tests.browser import photograph
from tests.entrance import entered
from tests.factories import PASSWORD, make_appraised_round, make_bid, make_person


@pytest.fixture
def looked_at(axe):
    def look(page, name):
        axe(page)
        photograph(page, f"value-{name}")

    return look


def test_a_project_is_valued_and_its_gate_says_so(session, new_page, looked_at):
    parts = Json({"parts": ["sites", "funding", "outcomes", "value"]})
    round_ = make_appraised_round(name="Brownfield fund 2026", project_parts=parts)
    round_.gates.append(
        Gate(position=3, stage=GateStage.GATEWAY, code="G3", text="Value for money.", value_at_least="Acceptable")
    )
    bid = make_bid(round_, title="Station yard and the former bus garage", projects=2)
    checker = make_person(Role.ELIGIBILITY_CHECKER, name="Cherry Checker", password=PASSWORD).email
    reference, title = bid.reference, bid.projects[0].title
    db.session.commit()

    page = entered(new_page, checker)
    page.get_by_role("link", name="Eligibility", exact=True).click()
    looked_at(page, "list")
    page.get_by_role("link", name=reference).click()
    page.get_by_role("link", name="Value for money", exact=True).click()
    looked_at(page, "projects")
    page.get_by_role("link", name=title, exact=True).click()
    page.get_by_label("Other benefit, 2029/30").fill("12,000")
    page.get_by_role("button", name="Work it out").click()
    expect(page.get_by_role("heading", name="Result")).to_be_visible()
    looked_at(page, "worked-out")
    page.get_by_role("group", name="Judged category").get_by_label("Acceptable").check()
    page.get_by_role("button", name="Keep as valuation 1").click()
    expect(page.get_by_text("Say in 20 characters or more").first).to_be_visible()
    page.get_by_label("Reason").fill("The health benefits of a cleaned site have no price here.")
    page.get_by_role("button", name="Keep as valuation 1").click()
    expect(page.get_by_text("Valuation 1 is kept: Poor, judged Acceptable.")).to_be_visible()
    looked_at(page, "valuation")
    page.get_by_role("link", name=re.compile("^Value for money of")).click()
    page.get_by_role("link", name=re.compile("^Check of")).click()
    expect(page.get_by_text("1 of 2 projects valued, the lowest judged Acceptable.")).to_be_visible()
    looked_at(page, "gate")


def test_assumptions_are_loaded_and_given_to_a_round(session, new_page, looked_at):
    manager = make_person(Role.PROGRAMME_MANAGER, name="Pat Manager", password=PASSWORD).email
    db.session.commit()
    page = entered(new_page, manager)
    page.goto("/assumptions")
    page.get_by_role("button", name="Load a new set").click()
    page.get_by_label("Code").fill("green-book-2026")
    page.get_by_label("Title").fill("Green Book 2026, with price indices")
    page.get_by_label("Price indices", exact=True).fill("2026/27 | 100\n2027/28 | 102.1")
    looked_at(page, "assumptions-new")
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.get_by_text("Say on which day the price indices were released.").first).to_be_visible()
    for part, typed in (("Day", "27"), ("Month", "3"), ("Year", "2026")):
        page.get_by_role("group", name="Price indices released on").get_by_label(part).fill(typed)
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.get_by_text("can be given to a round")).to_be_visible()
    looked_at(page, "assumptions")
