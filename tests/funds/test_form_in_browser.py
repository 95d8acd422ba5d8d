"""A programme manager changes an open round's form in a real browser, by its pages alone; axe on each."""

from playwright.sync_api import expect

from grants.kernel.db import db
from grants.people.roles import Role
from tests.browser import photograph
from tests.entrance import sign_in_here
from tests.factories import PASSWORD, make_bid_round, make_person


def test_a_question_is_added_to_an_open_round_and_published(app, session, new_page, axe):
    email = make_person(Role.PROGRAMME_MANAGER, password=PASSWORD).email
    make_bid_round(code="open-one", name="Open round")
    db.session.commit()
    page = new_page()
    page.goto("/sign-in")
    sign_in_here(page, email)
    page.goto("/rounds/open-one")
    page.get_by_role("button", name="Change what it asks").click()
    axe(page)
    photograph(page, "form-whole")
    page.get_by_role("link", name="Add a question to The need").click()
    axe(page)
    page.get_by_label("One of several answers").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Question", exact=True).fill("Who owns the land?")
    page.get_by_label("Answers to choose from").fill("Only one")
    page.get_by_role("button", name="Save").click()
    axe(page)
    photograph(page, "form-fault")
    page.get_by_label("Answers to choose from").fill("The council\nSomebody else")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Move up Who owns the land?").click()
    page.get_by_role("link", name="See it as an applicant does").click()
    page.get_by_role("link", name="The need").click()
    page.get_by_label("Somebody else").check()
    axe(page)
    page.get_by_role("link", name="What it asks").click()
    page.get_by_role("button", name="Publish the changes").click()
    axe(page)
    page.get_by_label("What changed, and why?").fill("We need to know the owner.")
    page.get_by_role("button", name="Publish the changes").click()
    expect(page.get_by_text("Version 2 of the form")).to_be_visible()
