"""Who may open, change and find a bid: nobody else's is there at all."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from grants.bids import operations as bids
from grants.bids.models import Answer, Bid, BidStatus, Conflict, Project, Site
from grants.bids.queries import COUNCIL_VERBS, bid_in_full, visible_bids
from grants.funds.definition.types import ProjectPart
from grants.kernel.db import Json
from grants.people.roles import Role, permissions_of
from tests.bids.files import attached
from tests.factories import NOW, TODAY, made, make_bid, make_bid_round, make_council, make_person, sign_in

EVERYONE = (Role.BID_AUTHOR, Role.BID_COORDINATOR, Role.SECTION_151_OFFICER)
OF_COUNCILS = {permission for role in EVERYONE for permission in permissions_of(role)}


def addresses(app, bid):
    """Every route of the bids' room by which a council reaches its bid or a part of it: (method, address).

    What comes after submission (clarifications, letters) has parts of its own, and tests of its own.
    """
    project = bid.projects[0]
    keys = {
        "key": bid.key,
        "project_key": project.key,
        "site_key": project.sites[0].key,
        "risk_key": project.risks[0].key,
        "code": "need",
        "attachment_key": bid.attachments[0].attachment.key,
    }
    with app.test_request_context():
        urls = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            theirs = getattr(app.view_functions[rule.endpoint], "permission", None) in OF_COUNCILS
            if rule.endpoint.startswith("bids.") and theirs and "key" in rule.arguments <= keys.keys():
                values = {name: keys[name] for name in rule.arguments}
                if {"project_key", "code"} <= values.keys():
                    values["code"] = "works"
                for method in sorted(rule.methods & {"GET", "POST"}):
                    yield method, urls.build(rule.endpoint, values)


@pytest.fixture
def bid(session):
    parts = Json({"parts": list(ProjectPart)})
    round = make_bid_round(project_parts=parts, milestones=Json({"names": ["Works started", "Land released"]}))
    bid = make_bid(round, status=BidStatus.DRAFT)
    attached(bid)
    session.commit()
    return bid


def test_another_councils_person_finds_no_page_of_a_bid_and_changes_nothing(app, session, client, bid):
    sign_in(client, make_person(*EVERYONE))
    walked = list(addresses(app, bid))
    assert len(walked) > 35
    version = bid.version
    for method, address in walked:
        answer = client.open(address, method=method, data={"title": "Taken over"})
        assert answer.status_code == 404, (method, address)
    session.expire_all()
    assert session.get(Bid, bid.id).version == version


def test_the_councils_own_people_find_every_page(app, session, client, bid):
    person = make_person(*EVERYONE, council=bid.lead_council)
    sign_in(client, person)
    for method, address in addresses(app, bid):
        if method == "GET":
            assert client.get(address).status_code in (200, 302), address


@pytest.mark.parametrize("role", [Role.APPRAISER, Role.ADMINISTRATOR])
def test_roles_without_bids_are_told_no(app, session, client, bid, role):
    sign_in(client, make_person(role))
    for method, address in addresses(app, bid):
        assert client.open(address, method=method).status_code == 403, address


@pytest.mark.parametrize("role", [Role.PROGRAMME_MANAGER, Role.FINANCE_OFFICER, Role.MODERATOR, Role.AUDITOR])
def test_programme_people_read_submitted_bids_and_write_none(app, session, client, role):
    bid, draft = make_bid(), make_bid(status=BidStatus.DRAFT)
    sign_in(client, make_person(role))
    assert client.get(f"/bids/{bid.key}").status_code == 200
    assert client.get(f"/bids/{draft.key}").status_code == (200 if role is Role.AUDITOR else 404)
    assert client.post(f"/bids/{bid.key}/sections/need").status_code == 403
    assert client.post(f"/bids/{bid.key}/submit").status_code == 403


def test_a_child_is_only_found_under_its_own_bid(session, client, bid):
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    other = make_bid(status=BidStatus.DRAFT)
    theirs = attached(other)
    sign_in(client, author)
    project, site = other.projects[0], other.projects[0].sites[0]
    mine = bid.projects[0]
    for address in (
        f"/bids/{bid.key}/projects/{project.key}",
        f"/bids/{bid.key}/projects/{project.key}/funding",
        f"/bids/{bid.key}/projects/{mine.key}/sites/{site.key}",
        f"/bids/{bid.key}/projects/{project.key}/sections/works",
        f"/bids/{bid.key}/attachments/{theirs.attachment.key}",
        f"/bids/{bid.key}/attachments/{theirs.attachment.key}/remove",
    ):
        assert client.get(address).status_code == 404, address
    assert client.post(f"/bids/{bid.key}/projects/{project.key}/remove").status_code == 404
    assert session.scalar(select(func.count(Project.id))) == 2
    assert session.scalar(select(func.count(Site.id))) == 2


def test_a_member_council_writes_with_the_lead_but_does_not_sign_or_submit(session, client):
    member = make_council()
    bid = make_bid(status=BidStatus.DRAFT, members=[member])
    person = make_person(*EVERYONE, council=member)
    sign_in(client, person)
    assert client.get(f"/bids/{bid.key}/sections/need").status_code == 200
    for address in ("send", "submit", "withdraw", "sign"):
        assert client.post(f"/bids/{bid.key}/{address}").status_code == 404


def test_a_reader_of_one_council_who_writes_for_another_cannot_write_here(session, client, bid):
    person = make_person(Role.SECTION_151_OFFICER, council=bid.lead_council)
    other = make_council()
    from grants.people import operations as people

    people.appoint(person, Role.BID_AUTHOR, council_id=other.id, by=None, on=TODAY - timedelta(days=9))
    sign_in(client, person)
    assert client.get(f"/bids/{bid.key}").status_code == 200
    assert client.get(f"/bids/{bid.key}/sections/need").status_code == 404


def test_a_conflict_closes_a_bid_to_everyone(session, client):
    bid = make_bid()
    manager = make_person(Role.PROGRAMME_MANAGER, Role.AUDITOR)
    made(Conflict(person_id=manager.id, bid_id=bid.id, declared_at=NOW, declared_by_id=manager.id, reason="Cousin"))
    assert session.scalars(visible_bids(manager, TODAY)).all() == []
    sign_in(client, manager)
    assert client.get(f"/bids/{bid.key}").status_code == 404
    assert bid.title not in client.get("/bids").text


@pytest.mark.parametrize("outcome", [BidStatus.INELIGIBLE, BidStatus.APPRAISAL, BidStatus.MODERATED])
def test_before_the_announcement_a_council_reads_the_same_whatever_became_of_its_bid(session, client, outcome):
    bid = make_bid(title="Same")
    coordinator = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    sign_in(client, coordinator)
    pages = [
        f"/bids/{bid.key}",
        f"/bids/{bid.key}/history",
        f"/bids/{bid.key}/print",
        "/bids",
        "/bids?status=submitted",
    ]
    pages += [f"/bids?status={outcome}", f"/bids/{bid.key}/check"]
    before = [_unmarked(client.get(page)) for page in pages]
    session.expire_all()
    for step in [outcome] if outcome is not BidStatus.MODERATED else [BidStatus.APPRAISAL, outcome]:
        bids.move(bid, step, by=None, reason="Secret")
    session.commit()
    assert [_unmarked(client.get(page)) for page in pages] == before


def _unmarked(answer):
    """The page without what is drawn afresh for every answer."""
    import re

    return answer.status_code, re.sub(r'nonce="[^"]*"|value="[A-Za-z0-9_.-]{20,}"', "", answer.text)


def test_the_programme_has_no_verb_that_a_council_reads():
    assert "moved" not in COUNCIL_VERBS


def test_unknown_fields_change_nothing(session, client, bid):
    """Role, status, award or owner in a form's fields are not read."""
    sign_in(client, make_person(Role.BID_AUTHOR, council=bid.lead_council))
    data = {"title": "Mine", "council": bid.lead_council.code, "summary": "x", "status": "successful", "bid_id": "1"}
    assert client.post(f"/bids/{bid.key}/projects/add", data=data).status_code == 302
    session.expire_all()
    assert bid_in_full(bid.id).status is BidStatus.DRAFT
    assert session.scalar(select(func.count(Answer.id))) == 3
