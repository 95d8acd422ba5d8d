"""The ranking in a real browser: what broke a tie, a filter, how firm places are; a list of place scores taken in."""

from playwright.sync_api import expect

from grants.kernel.db import db
from grants.people.roles import Role
from tests.appraisal.ranking.rows import bare_bid, mark, worth
from tests.browser import photograph
from tests.entrance import entered
from tests.factories import PASSWORD, make_appraised_round, make_council, make_person


def test_the_ranking_says_what_broke_a_tie_and_is_narrowed(session, new_page, axe):
    round_ = make_appraised_round(name="Land Release Fund 2026")
    round_.budget[0].pence = 900_000_00
    north = make_council("Northshire County Council", region="North East")
    first, second, low = bare_bid(round_, pence=600_000_00), bare_bid(round_, pence=500_000_00, council=north), None
    for bid, ratio in ((first, 1_183_000), (second, 1_029_000)):
        mark(bid, [4, 3, 5])
        mark(bid, [3, 3, 4])
        worth(bid, ratio)
    low = bare_bid(round_, pence=100_000_00)
    mark(low, [1, 5, 5])
    references = [bid.reference for bid in (first, second, low)]
    manager, code = make_person(Role.PROGRAMME_MANAGER, password=PASSWORD).email, round_.code
    db.session.commit()

    page = entered(new_page, manager)
    page.goto(f"/appraisal/{code}/ranking")
    rows = page.locator("tbody").first.locator("tr")
    expect(rows.filter(has_text=references[1])).to_contain_text("benefits to costs, 1.029 against 1.183")
    expect(page.get_by_text("Funding line: recommended bids below are the reserve list")).to_be_visible()
    expect(rows.filter(has_text=references[1])).to_contain_text("Reserve")
    expect(rows.filter(has_text=references[2])).to_contain_text("Critical mark below 2")
    axe(page)
    photograph(page, "ranking")
    page.get_by_label("Region").select_option("North East")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text(references[0])).to_have_count(0)
    expect(rows.filter(has_text=references[1]).locator("td").first).to_have_text("2")
    page.get_by_role("link", name="How firm the places are").click()
    expect(page.get_by_text(references[0])).to_be_visible()
    axe(page)
    photograph(page, "ranking-sensitivity")


def test_a_list_of_place_scores_is_mended_and_taken_in(session, new_page, axe):
    make_council("Northshire County Council")
    manager = make_person(Role.PROGRAMME_MANAGER, password=PASSWORD).email
    db.session.commit()
    page = entered(new_page, manager)
    page.goto("/place-scores/new")
    page.get_by_label("Name of the list").fill("Place scores")
    page.get_by_label("Edition").fill("2024")
    page.get_by_label("Source").fill("A page of the department, May 2024")

    def send(points):
        content = f"council,points\nNorthshire County Council,{points}\n".encode()
        page.get_by_label("File").set_input_files({"name": "s.csv", "mimeType": "text/csv", "buffer": content})
        page.get_by_role("button", name="Add the list").click()

    send("101")
    expect(page.get_by_role("row", name="B2")).to_contain_text("from 0 to 100")
    expect(page.get_by_label("Source")).to_have_value("A page of the department, May 2024")
    axe(page)
    photograph(page, "place-scores-faults")
    send("63.2")
    expect(page.get_by_role("row", name="Northshire County Council")).to_contain_text("63.2")
    axe(page)
    photograph(page, "place-scores")
