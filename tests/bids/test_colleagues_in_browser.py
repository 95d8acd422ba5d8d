"""A colleague comes in by an invitation, helps with a bid, and leaves: in a real browser, with axe on every page."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from grants.bids.models import BidStatus
from grants.kernel.db import db
from grants.messages.models import Message
from grants.people.roles import Role
from tests.browser import photograph
from tests.entrance import entered, sign_in_here
from tests.factories import PASSWORD, make_bid, make_council, make_partnership, make_person


@pytest.fixture
def looked_at(axe):
    def look(page, name):
        axe(page)
        photograph(page, f"colleagues-{name}")

    return look


def link_sent_to(email):
    bodies = db.session.scalars(select(Message.body).where(Message.to == email)).all()
    db.session.rollback()
    return re.search(r"/invitations/\S+", bodies[-1])[0]


def test_a_colleague_is_invited_joins_helps_and_leaves(session, new_page, looked_at):
    lead, member = make_council("Anyshire County Council"), make_council("Borough of Any")
    make_partnership(member, lead=lead, name="One Anyshire")
    bid = make_bid(status=BidStatus.DRAFT, lead=lead, members=[member], title="Harbour yard")
    make_bid(status=BidStatus.DRAFT, lead=lead, title="Not for colleagues")
    who = {"council": lead, "password": PASSWORD}
    coordinator = make_person(Role.BID_COORDINATOR, name="Cora Dinator", **who).email
    administrator = make_person(Role.COUNCIL_ADMINISTRATOR, name="Ada Minis", **who).email
    address = f"/bids/{bid.key}"
    db.session.commit()

    page = entered(new_page, coordinator)
    page.goto(address)
    page.get_by_role("link", name="People of the bid").click()
    page.get_by_role("button", name="Invite a colleague").click()
    page.get_by_label("E-mail address").fill("una@consultants.example")
    page.get_by_label("To write this bid").check()
    page.get_by_role("button", name="Send the invitation").click()
    looked_at(page, "warned")
    page.get_by_label("The address is right").check()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("An invitation goes to una@consultants.example.")).to_be_visible()
    looked_at(page, "people-of-the-bid")
    page.goto("/partnerships")
    page.get_by_role("link", name="One Anyshire").click()
    looked_at(page, "partnership")

    newcomer = new_page()
    newcomer.goto(link_sent_to("una@consultants.example"))
    looked_at(newcomer, "invitation")
    newcomer.get_by_label("Your name").fill("Una Usual")
    newcomer.get_by_label("Choose a password").fill(PASSWORD)
    newcomer.get_by_role("button", name="Make my account and accept").click()
    expect(newcomer.get_by_text("Your account is ready.")).to_be_visible()
    sign_in_here(newcomer, "una@consultants.example")
    expect(newcomer.get_by_role("heading", name="Harbour yard")).to_be_visible()
    newcomer.get_by_role("link", name="Bids", exact=True).first.click()
    expect(newcomer.get_by_role("heading", name="Bids", exact=True)).to_be_visible()
    expect(newcomer.get_by_text("Not for colleagues")).to_have_count(0)

    page = entered(new_page, administrator)
    page.get_by_role("link", name="Our people").click()
    looked_at(page, "our-people")
    page.get_by_role("link", name="Una Usual").click()
    page.get_by_role("button", name="Hand over the work of this person").click()
    looked_at(page, "hand-over")
    page.get_by_label("Who takes it over?").select_option(label=f"Cora Dinator ({coordinator})")
    page.get_by_label("Reason").fill("The contract has ended.")
    page.get_by_role("button", name="Hand it over").click()
    expect(page.get_by_text("Una Usual: handed over 1 bid and 0 tasks.")).to_be_visible()
    newcomer.goto(address)
    expect(newcomer.get_by_role("heading", name="Sign in")).to_be_visible()
