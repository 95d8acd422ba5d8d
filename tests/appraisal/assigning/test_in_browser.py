"""A round shared out in a real browser, and the bids of one who drops out shared out anew; axe on every page."""

from playwright.sync_api import expect

from grants.bids.models import BidStatus
from grants.kernel import clock, jobs
from grants.kernel.db import db
from grants.people.roles import Role
from tests.browser import photograph
from tests.entrance import entered
from tests.factories import PASSWORD, make_appraised_round, make_bid, make_person


def test_a_round_is_shared_out_and_then_the_bids_of_one_who_drops_out(session, new_page, axe):
    round_ = make_appraised_round(name="Land Release Fund 2026")
    for number in range(4):
        make_bid(round_, status=BidStatus.APPRAISAL, title=f"Old depot and yard {number}")
    for name in ("Ann Praiser", "Bea Field", "Kwame Asante"):
        make_person(Role.APPRAISER, name=name)
    manager = make_person(Role.PROGRAMME_MANAGER, password=PASSWORD).email
    path = f"/appraisal/{round_.code}/appraisers"
    db.session.commit()
    page = entered(new_page, manager)

    def looked_at(name):
        axe(page)
        photograph(page, f"sharing-out-{name}")

    def worked_out(heading):
        page.get_by_text("You can leave this page").wait_for()
        assert jobs.run_next(clock.now())
        db.session.remove()
        page.get_by_role("link", name="See what came of it").click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()

    page.goto(path)
    looked_at("by-hand")
    page.get_by_role("link", name="Share out all bids of the round").click()
    page.get_by_label("How many appraisers").fill("2")
    looked_at("ask")
    page.get_by_role("button", name="Make a proposal").click()
    worked_out("Share-out of all bids")
    expect(page.get_by_text("4 bids get more appraisers: 8 places in all")).to_be_visible()
    looked_at("proposal")
    page.get_by_role("link", name="Bid by bid").click()
    expect(page.get_by_role("row")).to_have_count(5)
    looked_at("bids")
    page.get_by_role("link", name="The proposal").click()
    page.get_by_role("button", name="Apply: give these bids").click()
    worked_out("Share-out of all bids")
    expect(page.get_by_text("8 of 8 proposed places were given")).to_be_visible()
    page.goto(path)
    page.get_by_role("link", name="Share out anew the bids of Ann Praiser").click()
    looked_at("anew")
    page.get_by_role("button", name="Make a proposal").click()
    worked_out("Share-out of the bids of Ann Praiser")
    expect(page.get_by_text("move from Ann Praiser to others")).to_be_visible()
