"""A question for files in a real browser: several at once, one refused, kept over an error beside them, taken off."""

from playwright.sync_api import expect
from sqlalchemy import select

from grants.bids.models import Answer
from grants.kernel.db import db
from grants.people.roles import Role
from tests.bids.files import PDF
from tests.bids.test_file_questions import make_file_bid
from tests.browser import photograph
from tests.entrance import sign_in_here
from tests.factories import PASSWORD, make_person


def file(name, content):
    return {"name": name, "mimeType": "application/pdf", "buffer": content}


def test_files_are_given_on_the_page_of_their_question_and_seen_with_all_others(session, page, axe):
    bid, question, _author = make_file_bid()
    email = make_person(Role.BID_AUTHOR, council=bid.lead_council, password=PASSWORD).email
    address, question_id = f"/bids/{bid.key}", question.id
    db.session.commit()

    page.goto("/sign-in")
    sign_in_here(page, email)
    page.goto(f"{address}/sections/need")
    plans = [file("North.pdf", PDF), file("South.pdf", PDF + b"% south\n%%EOF\n"), file("page.pdf", b"<html>")]
    page.locator("#q_plans").set_input_files(plans)
    page.locator("#q_cost").fill("a lot")
    page.get_by_role("button", name="Save and go back to the list").click()
    expect(page.get_by_role("alert").get_by_text("page.pdf is not a PDF")).to_be_visible()
    expect(page.get_by_role("link", name="South.pdf")).to_be_visible()
    axe(page)
    photograph(page, "files-on-the-page-of-their-question")
    page.get_by_label("Take off North.pdf").check()
    page.locator("#q_cost").fill("12")
    page.get_by_role("button", name="Save and go back to the list").click()
    page.get_by_role("link", name="Attached files").click()
    expect(page.get_by_text("Answers: Which plans are there?")).to_be_visible()
    axe(page)
    photograph(page, "attached-files")
    kept = session.scalar(select(Answer.value).where(Answer.question_id == question_id))["is"]
    assert [one["name"] for one in kept] == ["South.pdf"]
