"""A round's public page and its eligibility checker in a real browser, without signing in and without a script."""

from playwright.sync_api import expect

from tests.browser import photograph
from tests.factories import make_council
from tests.funds.test_prospectus import published


def test_a_visitor_reads_a_round_and_checks_whether_the_council_could_bid(session, page, axe):
    code = published("blrf2-r3").code
    make_council("Northshire Council", code="E06000099")
    session.commit()
    page.goto("/rounds")
    page.get_by_role("link", name="blrf2-r3 now").click()
    axe(page)
    photograph(page, "funds-prospectus")
    page.set_viewport_size({"width": 360, "height": 800})
    photograph(page, "funds-prospectus-narrow")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_role("button", name="Check whether you can bid").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the name of a council.")
    axe(page)
    page.get_by_label("Which council would lead the bid?").fill("Northshire Council")
    for question, answer in (
        ("Does a council own the land?", "Yes"),
        ("Has the land been built on before", "Yes"),
        ("Would the grant pay only for works", "Yes"),
        ("Would the market bring the land forward", "No"),
        ("Can the land be released", "Yes"),
    ):
        page.get_by_role("group", name=question).get_by_label(answer).check()
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="Nothing stands in the way")).to_be_visible()
    expect(page.get_by_role("button", name="Start a bid")).to_have_attribute("href", f"/bids/start?round={code}")
    axe(page)
    photograph(page, "funds-eligibility")
