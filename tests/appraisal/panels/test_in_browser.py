"""A meeting in a real browser: called, filled by rule, minuted and closed, with its papers; axe on every page."""

from datetime import timedelta

from playwright.sync_api import expect

from grants.kernel.db import db
from grants.people.roles import Role
from tests.browser import PHONE, photograph
from tests.entrance import entered
from tests.factories import PASSWORD, TODAY, make_person


def test_a_panel_meets_and_its_minutes_close(bids, new_page, axe, now):
    clerk = make_person(Role.MODERATOR, name="Mo Derator", password=PASSWORD).email
    reference = bids[0].reference
    db.session.commit()

    page = entered(new_page, clerk)
    page.get_by_role("link", name="Moderation", exact=True).click()
    page.get_by_role("link", name="Panel meetings").click()
    page.get_by_role("button", name="Call a meeting").click()
    page.get_by_label("What the meeting is called").fill("First panel")
    day = TODAY + timedelta(days=2)
    for label, number in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        page.get_by_label(label, exact=True).fill(str(number))
    page.get_by_label("Time").fill("10:00")
    page.get_by_label("Mo Derator").check()
    page.get_by_label("Chair").select_option(label="Mo Derator")
    axe(page)
    page.get_by_role("button", name="Call the meeting").click()
    expect(page.get_by_text("The meeting is called.")).to_be_visible()
    page.get_by_role("button", name="Put bids on the agenda").click()
    axe(page)
    page.get_by_role("button", name="Put the listed bid on the agenda").click()
    expect(page.get_by_role("table", name="Agenda")).to_contain_text("Old depot")
    axe(page)
    photograph(page, "panels-meeting")

    page.get_by_role("link", name="Papers of the meeting").click()
    heat = page.get_by_role("region", name="Heat map")
    expect(heat.get_by_role("row", name="Ann Praiser")).to_contain_text("86.0")
    axe(page)
    photograph(page, "panels-papers")
    page.set_viewport_size(PHONE)
    axe(page)

    now.shift(timedelta(days=3))
    page = entered(new_page, clerk)
    page.get_by_role("link", name="Moderation", exact=True).click()
    page.get_by_role("link", name="Panel meetings").click()
    axe(page)
    page.get_by_role("link", name="First panel").click()
    page.get_by_role("button", name="Note who came").click()
    page.get_by_label("Came", exact=True).check()
    axe(page)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name=reference).click()
    page.get_by_label("What was decided?").fill("Value for money agreed at 3: costs were read differently.")
    axe(page)
    page.get_by_role("button", name="Save the minutes of this bid").click()
    page.get_by_label("Minutes of the meeting as a whole").fill("Tea at four.")
    page.get_by_role("button", name="Save and close the minutes").click()
    expect(page.get_by_text("Tea at four.")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Close the minutes").click()
    expect(page.get_by_text("The minutes were closed at")).to_be_visible()
    axe(page)
