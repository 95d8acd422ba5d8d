"""A bid with 40 projects of 12 councils and 30 files: its pages cost what those of a small one cost."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event

from grants.bids import operations as bids
from grants.bids.models import Bid, BidStatus
from grants.funds.definition.types import ProjectPart
from grants.kernel.db import Json, db
from grants.people import operations as people
from grants.people.roles import Role
from tests.bids.files import attached
from tests.factories import LONG_AGO, NOW, make_bid, make_bid_round, make_council, make_person, sign_in

EVERYONE = (Role.BID_AUTHOR, Role.BID_COORDINATOR, Role.SECTION_151_OFFICER)


@contextmanager
def counted():
    """The statements that are run meanwhile."""
    run = []
    note = lambda conn, cursor, statement, *rest: run.append(statement)  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield run
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def make_large_bid(projects: int, councils: int, files: int, **values) -> Bid:
    """Each project like the first, led in turn by the councils of the bid."""
    parts = Json({"parts": list(ProjectPart)})
    steps = Json({"names": ["Works started", "Land released"]})
    round = make_bid_round(project_parts=parts, milestones=steps, code=f"round-of-{projects}")
    members = [make_council() for _ in range(councils - 1)]
    bid = make_bid(round, status=BidStatus.DRAFT, members=members, **values)
    by = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    for _ in range(projects - 1):
        bids.copy_project(bid.projects[0], by=by, at=NOW)
    for number, project in enumerate(bid.projects):
        council = bid.councils[number % councils].council
        said = {"title": f"Project {number + 1} of {projects}", "summary": "Clear the land."}
        bids.edit_project(project, council=council, version_seen=None, by=by, at=NOW, **said)
    for _ in range(files):
        attached(bid)
    db.session.commit()
    return bid


PAGES = (
    *("", "/print", "/check", "/history", "/attachments", "/details", "/projects", "/workbook", "/workbook.xlsx"),
    *("{project}", "{project}/edit", "{project}/sites", "{project}/funding", "{project}/outcomes", "{project}/bases"),
    *("{project}/milestones", "{project}/risks", "{project}/value", "{project}/sections/works", "/sections/need"),
)


def cost_of(client, bid, page):
    address = f"/bids/{bid.key}{page}".replace("{project}", f"/projects/{bid.projects[-1].key}")
    return statements(client, address)


def statements(client, address):
    """How many a page runs, once what is read only once has been read."""
    assert client.get(address).status_code == 200, address
    db.session.commit()
    with counted() as run:
        client.get(address)
    return len([statement for statement in run if not statement.startswith(("PRAGMA", "BEGIN", "SAVEPOINT"))])


def test_a_bids_pages_cost_the_same_with_40_projects_as_with_two(session, client):
    small, large = make_large_bid(2, 2, 2), make_large_bid(40, 12, 30)
    person = make_person(*EVERYONE, council=small.lead_council)
    for role in EVERYONE:
        people.appoint(person, role, council_id=large.lead_council_id, by=None, on=LONG_AGO)
    sign_in(client, person)
    costs = {page: (cost_of(client, small, page), cost_of(client, large, page)) for page in PAGES}
    assert {page: both for page, both in costs.items() if both[0] != both[1]} == {}
    assert max(more for _, more in costs.values()) <= 25, costs


@pytest.mark.parametrize("role", [Role.PROGRAMME_MANAGER, Role.BID_COORDINATOR])
def test_one_submitted_bid_costs_at_most_15_queries(session, client, role):
    bid = make_bid()
    address = f"/bids/{bid.key}"
    sign_in(client, make_person(role, council=bid.lead_council))
    assert statements(client, address) <= 15
