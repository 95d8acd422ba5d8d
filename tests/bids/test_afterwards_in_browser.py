"""After submission, in a real browser: asked, answered, written, invited, taken in, made anew; axe on every page."""

import re

import pytest
from playwright.sync_api import expect

from grants.bids.models import BidStatus
from grants.funds.models import LateBids
from grants.kernel.db import db
from grants.people.roles import Role
from tests.browser import photograph
from tests.entrance import entered
from tests.factories import PASSWORD, make_bid, make_bid_round, make_council, make_person


@pytest.fixture
def looked_at(axe):
    def look(page, name):
        axe(page)
        photograph(page, f"afterwards-{name}")

    return look


def test_a_bid_is_clarified_written_about_invited_taken_in_and_made_anew(session, new_page, looked_at):
    council = make_council("Anyshire Council")
    round, first = make_bid_round(name="The round"), make_bid_round(name="The first stage", expression_of_interest=True)
    rolling = make_bid_round(name="The rolling round", late_bids=LateBids.KEPT)
    bid = make_bid(round, lead=council, title="Old depot and the yard behind it").key
    make_bid(first, lead=council, title="Station yard")
    make_bid(rolling, lead=council, title="Bus garage").late = True
    make_bid(round, lead=council, title="Lost hopes", status=BidStatus.UNSUCCESSFUL)
    stage, late = first.code, rolling.code
    manager = make_person(Role.PROGRAMME_MANAGER, name="Pat Manager", password=PASSWORD).email
    coordinator = make_person(Role.BID_COORDINATOR, council=council, name="Co Ordinator", password=PASSWORD).email
    db.session.commit()

    programme = entered(new_page, manager)
    programme.goto(f"/bids/{bid}")
    programme.get_by_role("link", name="Clarifications", exact=True).click()
    programme.get_by_role("button", name="Ask for clarification").click()
    programme.get_by_label("What about problem?").check()
    looked_at(programme, "choose")
    programme.get_by_role("button", name="Continue").click()
    programme.get_by_label("What is unclear?").fill("Which part of the land is it?")
    looked_at(programme, "ask")
    programme.get_by_role("button", name="Ask the council").click()

    theirs = entered(new_page, coordinator)
    theirs.get_by_role("link", name=re.compile("^Answer the programme")).click()
    looked_at(theirs, "asked")
    theirs.get_by_role("link", name="What about problem?").click()
    theirs.get_by_label("What about problem?").fill("The yard.")
    looked_at(theirs, "answer")
    theirs.get_by_role("button", name="Save and continue").click()
    looked_at(theirs, "send")
    theirs.get_by_role("button", name="Send the answers").click()
    looked_at(theirs, "sent")
    theirs.goto(f"/bids/{bid}/letters")
    theirs.get_by_label("Your letter").fill("We have answered.\nIs there anything else?")
    theirs.get_by_role("button", name="Send the letter").click()
    looked_at(theirs, "letters")
    theirs.goto("/bids/start/earlier")
    looked_at(theirs, "earlier")
    theirs.get_by_role("link", name="Lost hopes").click()
    theirs.get_by_role("link", name="The round", exact=True).click()
    looked_at(theirs, "copy")
    theirs.get_by_role("button", name="Make the new bid").click()
    looked_at(theirs, "copied")

    programme.goto("/letters")
    looked_at(programme, "exchanges")
    programme.goto("/clarifications")
    looked_at(programme, "clarifications")
    programme.goto(f"/rounds/{stage}/expressions")
    programme.get_by_role("checkbox").check()
    looked_at(programme, "expressions")
    programme.get_by_role("button", name="Decline the chosen ones").click()
    looked_at(programme, "decline")
    programme.get_by_label("Why?").fill("The land is not the council’s.")
    programme.get_by_role("button", name="Decline and tell them").click()
    programme.goto(f"/rounds/{late}/late-bids")
    programme.get_by_role("checkbox").check()
    looked_at(programme, "late")
    programme.get_by_label(re.compile("^Why are they taken in")).fill("The assessment point of December.")
    programme.get_by_role("button", name="Take the chosen ones in").click()
    expect(programme.get_by_text("Taken in on")).to_be_visible()
