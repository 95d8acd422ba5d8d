"""An appraiser declares an interest before a browser, and the programme manager settles what follows from it."""

from playwright.sync_api import expect

from grants.appraisal.models import InterestKind
from grants.people.roles import Role
from tests.browser import photograph
from tests.entrance import entered
from tests.factories import PASSWORD, make_council, make_partnership, make_person, make_task


def test_an_interest_closes_a_bid_and_a_neighbour_is_cleared(session, new_page, axe, bid, tie):
    appraiser = make_person(Role.APPRAISER, name="Ann Praiser", password=PASSWORD)
    manager = make_person(Role.PROGRAMME_MANAGER, name="Pat Manager", password=PASSWORD)
    make_task(bid, appraiser)
    near = make_council("Near Anyshire Council")
    make_partnership(bid.lead_council, near)
    tie(appraiser, near, InterestKind.EMPLOYER)
    lead, reference, title, code = bid.lead_council.code, bid.reference, bid.title, bid.round.code
    name, emails = appraiser.name, (appraiser.email, manager.email)
    session.commit()

    page = entered(new_page, emails[1])
    page.goto(f"/appraisal/{code}/conflicts")
    expect(page.get_by_role("table")).to_contain_text("Works for Near Anyshire Council.")
    axe(page)
    photograph(page, "proposed conflicts")
    page.get_by_role("link", name=f"Settle {name} and {reference}").click()
    page.get_by_label("No: this person may judge the bid").check()
    page.get_by_label("Why?").fill("The two councils only share a lorry park.")
    axe(page)
    page.get_by_role("button", name="Settle").click()
    expect(page.get_by_text("No proposed conflict waits to be settled.")).to_be_visible()

    page = entered(new_page, emails[0])
    page.goto("/appraisals")
    expect(page.get_by_role("link", name=title)).to_be_visible()
    page.goto("/interests/new")
    page.get_by_label("Family or a close friend works for it or speaks for it").check()
    page.get_by_role("textbox", name="Council", exact=True).fill(lead)
    axe(page)
    photograph(page, "add an interest")
    page.get_by_role("button", name="Add the interest").click()
    expect(page.get_by_text("One bid that was with you is closed because of it.")).to_be_visible()
    axe(page)
    page.goto("/appraisals")
    expect(page.get_by_role("heading", name="My appraisals")).to_be_visible()
    expect(page.get_by_role("link", name=title)).to_have_count(0)
