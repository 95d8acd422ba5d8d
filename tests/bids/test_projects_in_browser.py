"""A project's tables and the workbook in a real browser: axe on every page, and its picture."""

import io

from openpyxl import load_workbook
from playwright.sync_api import expect

from grants.bids import operations as bids
from grants.bids.models import BidStatus
from grants.bids.queries import bid_in_full
from grants.bids.workbook.layout import sheets_of
from grants.bids.workbook.writing import workbook
from grants.funds.definition.types import ProjectPart
from grants.kernel.db import Json, db
from grants.people.roles import Role
from tests.browser import photograph
from tests.entrance import sign_in_here
from tests.factories import NOW, PASSWORD, make_bid, make_bid_round, make_person


def test_a_risk_is_added_money_adds_up_and_a_workbook_shows_what_it_changes(session, page, axe, tmp_path):
    parts, steps = Json({"parts": list(ProjectPart)}), Json({"names": ["Works started", "Land released"]})
    bid = make_bid(make_bid_round(project_parts=parts, milestones=steps), status=BidStatus.DRAFT, projects=12)
    writer = make_person(Role.BID_COORDINATOR, council=bid.lead_council, password=PASSWORD)
    first = bid.projects[0]
    for name, place in (("Yard", 250_000), ("Depot", 251_500)):
        bids.add_site(first, name=name, easting=place, northing=60_000, by=writer, at=NOW)
    full = bid_in_full(bid.id)
    filled = load_workbook(io.BytesIO(workbook(full, sheets_of(full), at=NOW)))
    filled["Risks"]["D2"] = "The ground is far worse."
    filled.save(tmp_path / "projects.xlsx")
    title, email, address, first_key = first.title, writer.email, f"/bids/{bid.key}", first.key
    db.session.commit()

    def looked_at(name):
        axe(page)
        photograph(page, f"projects-{name}")

    page.goto("/sign-in")
    sign_in_here(page, email)
    page.goto(address)
    page.get_by_role("link", name="Projects in a table").click()
    looked_at("list")
    page.get_by_role("link", name=title, exact=True).click()
    looked_at("project")
    page.get_by_role("link", name="Sites", exact=True).click()
    looked_at("sites")
    page.get_by_role("link", name="Back to the project").click()
    page.get_by_role("link", name="Risks", exact=True).click()
    page.get_by_role("link", name="Add a risk").or_(page.get_by_role("button", name="Add a risk")).click()
    page.get_by_label("What may go wrong?").fill("The river rises.")
    page.get_by_label("5, almost certain").check()
    page.get_by_label("4, serious").check()
    looked_at("risk")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The river rises.").first).to_be_visible()
    looked_at("risks")
    for part in ("milestones", "bases", "value"):
        page.goto(f"{address}/projects/{first_key}/{part}")
        looked_at(part)
    page.get_by_label("Cost to the council, 2026/27").fill("1,000.50")
    expect(page.get_by_role("row", name="All costs").get_by_role("cell").last).to_have_text("£501,000.50")
    page.goto(f"{address}/workbook")
    page.get_by_label("The workbook, filled in").set_input_files(tmp_path / "projects.xlsx")
    looked_at("workbook")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("1 risk changed")).to_be_visible()
    looked_at("changes")
    page.get_by_role("button", name="Make these changes").click()
    expect(page.get_by_text("The workbook is taken in.")).to_be_visible()
