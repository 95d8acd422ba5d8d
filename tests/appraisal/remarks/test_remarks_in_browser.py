"""Flags, tags and feedback in a real browser, axe and a photograph of each page."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from grants.appraisal.feedback.sending import send
from grants.bids.models import BidStatus
from grants.funds.models import RoundStatus
from grants.kernel import clock
from grants.kernel.db import db
from grants.people.roles import Role
from tests.browser import photograph
from tests.entrance import entered
from tests.factories import NOW, PASSWORD, make_appraised_round, make_bid, make_person, make_task, moderate


@pytest.fixture
def looked_at(axe):
    def look(page, name):
        axe(page)
        photograph(page, f"remarks-{name}")

    return look


def someone(role, name, **more):
    return make_person(role, name=name, password=PASSWORD, **more).email


def test_a_question_goes_from_an_appraiser_to_the_council(session, new_page, looked_at):
    bid = make_bid(make_appraised_round(), status=BidStatus.APPRAISAL, title="Station yard and bus garage")
    person = make_person(Role.APPRAISER, name="Ann Praiser", password=PASSWORD)
    task, appraiser = make_task(bid, person), person.email
    checker = someone(Role.ELIGIBILITY_CHECKER, "Cherry Checker")
    key, task_key = bid.key, task.key
    db.session.commit()

    page = entered(new_page, appraiser)
    page.goto(f"/appraisals/{task_key}/flags")
    page.get_by_label("Question for the council").check()
    page.get_by_label("What is it about?").select_option(label="Deliverability")
    page.get_by_label("What is the matter?").fill("The plan names two sites. Which of them is meant?")
    page.get_by_text("For a question: choose the answers that are unclear").click()
    page.get_by_label("What about problem?").check()
    looked_at(page, "own")
    page.get_by_role("button", name="Raise the flag").click()
    expect(page.get_by_text("To be sent to the council")).to_be_visible()

    page = entered(new_page, checker)
    page.get_by_role("link", name="Flags", exact=True).click()
    looked_at(page, "flags")
    page.goto(f"/flags/{key}")
    page.get_by_label("Tag", exact=True).fill("Town centre")
    page.get_by_role("button", name="Put the tag on").click()
    expect(page.get_by_text("The tag is on the bid.")).to_be_visible()
    looked_at(page, "bid")
    page.get_by_role("link", name="Send this question to the council").click()
    due = clock.london(NOW + timedelta(days=9))
    for part, value in (("Day", due.day), ("Month", due.month), ("Year", due.year)):
        page.get_by_label(part).fill(str(value))
    looked_at(page, "send-on")
    page.get_by_role("button", name="Ask the council").click()
    expect(page.get_by_text("Waits for the council")).to_be_visible()
    page.get_by_role("link", name="Tag several bids at once").click()
    looked_at(page, "tags")


def test_feedback_goes_from_its_writer_to_the_council(session, new_page, looked_at):
    bid = moderate(make_bid(make_appraised_round(), status=BidStatus.APPRAISAL, title="Station yard"), 4, 3, 3)
    moderator = someone(Role.MODERATOR, "Mo Derator")
    manager = make_person(Role.PROGRAMME_MANAGER, name="Pat Manager", password=PASSWORD)
    approver = manager.email
    author = someone(Role.BID_AUTHOR, "Council Author", council=bid.lead_council)
    key, code = bid.key, bid.round.code
    db.session.commit()

    page = entered(new_page, moderator)
    page.goto(f"/feedback/{key}")
    for name in ("The bid as a whole", "Value for money", "Deliverability", "Housing"):
        page.get_by_label(name, exact=True).fill("The case was clear. A second survey would have helped.")
    page.get_by_label("Housing", exact=True).fill("You scored 3 out of 5.")
    page.get_by_role("button", name="Save the feedback").click()
    expect(page.get_by_text("reads like a mark").first).to_be_visible()
    looked_at(page, "feedback-refused")
    page.get_by_label("Housing", exact=True).fill("The mix of homes was well argued.")
    page.get_by_role("button", name="Save the feedback").click()
    expect(page.get_by_text("The feedback is saved.")).to_be_visible()

    page = entered(new_page, approver)
    page.goto(f"/feedback/{key}")
    looked_at(page, "feedback-to-approve")
    page.get_by_role("button", name="Approve all 4").click()
    expect(page.get_by_text("Approved.", exact=True)).to_be_visible()
    page.get_by_role("link", name="See what the council will get").click()
    looked_at(page, "feedback-preview")
    page.goto(f"/appraisal/{code}/feedback")
    expect(page.get_by_role("cell", name="Ready")).to_be_visible()
    looked_at(page, "feedback-round")

    bid.status, bid.round.status, bid.round.announced_at = BidStatus.UNSUCCESSFUL, RoundStatus.ANNOUNCED, NOW
    send(bid, by=manager, at=NOW)
    db.session.commit()
    page = entered(new_page, author)
    page.goto(f"/bids/{key}")
    page.get_by_role("link", name="Feedback on the bid").click()
    expect(page.get_by_role("heading", name=re.compile("Deliverability"))).to_be_visible()
    looked_at(page, "feedback-sent")
