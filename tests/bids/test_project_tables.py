"""The tables of a project: sites on the map, milestones, risks, value, and what outcomes stand on."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from grants.audit.models import AuditEvent
from grants.bids import operations as bids
from grants.bids.checks import faults
from grants.bids.content import bid_content
from grants.bids.models import Answer, BidStatus, FundingSource, Proximity, Risk, Site, ValueKind
from grants.bids.projects.pictures import SIDE, sites_picture
from grants.bids.projects.value import Basis, value_years
from grants.bids.queries import bid_in_full
from grants.bids.shown import funding_shown
from grants.funds.definition.types import ProjectPart
from grants.funds.models import Stream
from grants.kernel.db import Json
from grants.kernel.errors import Overtaken, Refused
from grants.people.roles import Role
from tests.bids.test_writing import fields
from tests.factories import NOW, make_bid, make_bid_round, make_council, make_draft, make_person, sign_in

STEPS = ["Works started", "Land released", "First home started"]
FINAL = date(2028, 3, 31)


def make_round(*parts, **values):
    names = Json({"names": STEPS})
    asked = Json({"parts": list(parts or ProjectPart)})
    return make_bid_round(project_parts=asked, milestones=names, final_date=FINAL, **values)


@pytest.fixture
def bid(session):
    return make_bid(make_round(), status=BidStatus.DRAFT)


@pytest.fixture
def project(bid):
    return bid.projects[0]


@pytest.fixture
def writer(client, bid):
    person = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    sign_in(client, person)
    return person


def left(bid):
    return [fault.text.partition(": ")[2] or fault.text for fault in faults(bid_in_full(bid.id))]


def test_a_bid_that_was_filled_in_lacks_nothing(session, bid):
    assert left(bid) == []


def test_a_table_that_is_not_asked_for_is_neither_shown_nor_checked(session, client):
    bid = make_bid(make_round(ProjectPart.FUNDING), status=BidStatus.DRAFT)
    done = {"by": make_person(Role.BID_AUTHOR, council=bid.lead_council), "at": NOW}
    bids.remove_site(bid.projects[0].sites[0], **done)
    bids.set_outcomes(bid.projects[0], {}, version_seen=None, **done)
    assert left(bid) == []
    sign_in(client, make_person(Role.BID_AUTHOR, council=bid.lead_council))
    page = client.get(f"/bids/{bid.key}/projects/{bid.projects[0].key}").text
    assert "Money by year" in page
    for words in ("Risks", "Milestones", "Outcomes by year", ">Sites<", "Costs and benefits"):
        assert words not in page
    for part in ("risks", "milestones", "value", "bases"):
        assert client.get(f"/bids/{bid.key}/projects/{bid.projects[0].key}/{part}").status_code == 404
    content = bid_content(bid_in_full(bid.id))["projects"][0]
    assert (content["risks"], content["milestones"], content["value"]) == ([], [], None)


def test_milestones_come_in_their_order_and_the_release_not_after_the_final_date(session, bid, project, writer):
    days = {STEPS[0]: date(2027, 5, 1), STEPS[1]: date(2028, 4, 1), STEPS[2]: date(2027, 4, 1)}
    bids.set_milestones(project, days, version_seen=project.version, by=writer, at=NOW)
    assert left(bid) == [
        "“First home started” (1 April 2027) comes before “Land released” (1 April 2028).",
        "“Land released” lies after the round's final date, 31 March 2028.",
    ]
    days = {STEPS[0]: date(2027, 5, 1), STEPS[1]: FINAL, STEPS[2]: date(2029, 4, 1)}
    bids.set_milestones(project, days, version_seen=None, by=writer, at=NOW)
    assert left(bid) == []
    bids.set_milestones(project, {STEPS[0]: FINAL}, version_seen=None, by=writer, at=NOW)
    assert left(bid) == ["say when you expect “Land released”."]
    bids.set_milestones(project, {}, version_seen=None, by=writer, at=NOW)
    assert left(bid) == ["say when you expect the milestones."]
    with pytest.raises(Refused, match="no milestone of"):
        bids.set_milestones(project, {"Party": FINAL}, version_seen=None, by=writer, at=NOW)


def test_a_risk_is_scored_by_likelihood_and_impact_and_has_somebody_who_sees_to_it(
    session, client, bid, project, writer
):
    page = f"/bids/{bid.key}/projects/{project.key}/risks"
    empty = {**fields(client.get(f"{page}/add").text), "what": "", "likelihood": "", "impact": ""}
    assert "Say what may go wrong." in client.post(f"{page}/add", data=empty).text
    sent = {**empty, "what": "Flood", "likelihood": "5", "impact": "3", "proximity": "month"}
    for _ in range(2):
        assert client.post(f"{page}/add", data=sent).status_code == 302
    session.expire_all()
    assert session.scalar(select(func.count(Risk.id)).where(Risk.what == "Flood")) == 1
    risk = session.scalars(select(Risk).where(Risk.what == "Flood")).one()
    assert (risk.score, risk.proximity) == (15, Proximity.MONTH)
    assert left(bid) == ["say what you do about “Flood”, and who sees to it."]
    shown = client.get(page).text
    assert "Within a month" in shown
    assert "likelihood 5, impact 3" in shown
    with pytest.raises(Refused, match="from 1 to 5"):
        bids.edit_risk(risk, what="Flood", likelihood=6, impact=1, version_seen=None, by=writer, at=NOW)


def test_two_who_change_one_risk_or_one_table_are_told(session, client, bid, project, writer):
    risk = project.risks[0]
    page = f"/bids/{bid.key}/projects/{project.key}"
    for address, change in (
        (f"/risks/{risk.key}", {"what": "Theirs"}),
        ("/milestones", {"d0-year": "2027"}),
        ("/value", {"value_note": "Theirs"}),
        ("/bases", {f"method_{bid.round.measures[1].id}": "Theirs"}),
    ):
        opened = fields(client.get(page + address).text)
        assert client.post(page + address, data={**opened, **change}).status_code == 302, address
        mine = {name: words.replace("Theirs", "Mine").replace("2027", "2026") for name, words in change.items()}
        second = client.post(page + address, data={**opened, **mine})
        assert second.status_code == 200, address
        assert "What stands there now" in second.text
        assert "Somebody else changed this meanwhile" in second.text
        again = fields(second.text)
        assert {name: again[name] for name in mine} == mine
        assert client.post(page + address, data=again).status_code == 302
    session.expire_all()
    assert bid_in_full(bid.id).projects[0].value_note == "Mine"


def test_a_save_without_a_change_leaves_no_trace(session, client, bid, project, writer):
    page = f"/bids/{bid.key}/projects/{project.key}"
    session.commit()
    before = session.scalar(select(func.count(AuditEvent.id)))
    for address in ("/milestones", "/value", "/value?years=all", "/bases", "/funding", "/outcomes"):
        sent = fields(client.get(page + address).text)
        assert client.post(page + address, data=sent).status_code == 302
    assert session.scalar(select(func.count(AuditEvent.id))) == before


def test_value_may_come_long_after_the_round(session, client, bid, project, writer):
    years = value_years(bid)
    assert (str(years[0]), str(years[-1])) == ("2026/27", "2058/59")
    page = f"/bids/{bid.key}/projects/{project.key}/value"
    assert "v_benefit_land_2039" not in client.get(page).text
    sent = {**fields(client.get(f"{page}?years=all").text), "v_benefit_land_2058": "12.50", "additionality": "100.01"}
    assert "between 0 and 100 percent" in client.post(f"{page}?years=all", data=sent).text
    assert client.post(f"{page}?years=all", data={**sent, "additionality": "100"}).status_code == 302
    shown = client.get(page).text
    assert "v_benefit_land_2058" in shown
    assert "£900,012.50" in shown
    printed = client.get(f"/bids/{bid.key}/print").text
    assert "2058/59" in printed
    assert "Additionality: 100%" in printed
    session.expire_all()
    bids.set_values(
        bid.projects[0], {}, optimism_bias=None, additionality=None, note="", version_seen=None, by=writer, at=NOW
    )
    assert len(left(bid)) == 3


def test_costs_and_benefits_come_to_what_the_field_works_out_by_hand(session, client, bid, project, writer):
    """The worked case of F5 and F6 with 15% of optimism bias."""
    years = value_years(bid)
    lines = {
        (ValueKind.COST_CENTRAL, years[0]): 400_000_00,
        (ValueKind.COST_CENTRAL, years[1]): 200_000_00,
        (ValueKind.COST_COUNCIL, years[1]): 100_000_00,
        (ValueKind.COST_OTHER, years[1]): 77_000_00,
        (ValueKind.BENEFIT_LAND, years[3]): 882_000_00,
        (ValueKind.BENEFIT_OTHER, years[4]): 12_000_00,
        (ValueKind.BENEFIT_OTHER, years[5]): 12_000_00,
    }
    bids.set_values(
        project, lines, optimism_bias=15_00, additionality=None, note="", version_seen=None, by=writer, at=NOW
    )
    shown = client.get(f"/bids/{bid.key}/print").text
    for words in ("£793,333.33", "£816,074.45", "£22,741.12", "<strong>1.03</strong>, which is called acceptable"):
        assert words in shown


def test_each_promised_outcome_says_how_it_is_counted_and_what_proves_it(session, bid, project, writer):
    homes, receipts = bid.round.measures
    bids.set_bases(project, {homes: Basis(0, "By hand", "")}, version_seen=None, by=writer, at=NOW)
    assert left(bid) == ["say how “Homes” is counted, and what will prove it."]
    bids.set_bases(project, {homes: Basis(None, "By hand", "Photographs")}, version_seen=None, by=writer, at=NOW)
    assert left(bid) == []
    with pytest.raises(Refused, match="whole numbers"):
        bids.set_bases(project, {homes: Basis(1_50, "", "")}, version_seen=None, by=writer, at=NOW)
    with pytest.raises(Overtaken):
        bids.set_bases(project, {receipts: Basis(1_50, "", "")}, version_seen=1, by=writer, at=NOW)


@pytest.mark.parametrize(
    ("given_", "sentence"),
    [
        ({"uprn": "1234567890123"}, "at most twelve digits"),
        ({"uprn": "12a"}, "at most twelve digits"),
        ({"uprn": "000"}, "at most twelve digits"),
        ({"uprn": "١٢"}, "at most twelve digits"),
        ({"postcode": "SW1A"}, "full UK postcode"),
        ({"easting": 247_000}, "Give both"),
        ({"easting": 79_999, "northing": 54_000}, "easting must lie in England"),
        ({"easting": 247_000, "northing": 658_001}, "northing must lie in England"),
        ({"title_number": "D" * 21}, "at most 20"),
        ({"constraints": "x" * 5_001}, "at most 5,000"),
    ],
)
def test_what_is_no_place_in_england_is_refused(session, bid, project, writer, given_, sentence):
    with pytest.raises(Refused, match=sentence):
        bids.add_site(project, name="Yard", by=writer, at=NOW, **given_)
    kept = {"uprn": "1", "postcode": "m1 1ae", "easting": 80_000, "northing": 5_000}
    assert bids.add_site(project, name="Yard", by=writer, at=NOW, **kept).postcode == "M1 1AE"


def test_sites_are_drawn_where_they_lie(session, client, bid, project, writer):
    for number, (east, north) in enumerate([(250_000, 60_000), (251_000, 60_000), (250_000, 61_000)]):
        bids.add_site(project, name=f"Plot {number}", easting=east, northing=north, by=writer, at=NOW)
    picture = sites_picture(project.sites)
    first, east, north = picture.points
    assert first.number == 2
    assert first.x == north.x < east.x
    assert north.y < first.y == east.y
    assert all(0 < place < SIDE for point in picture.points for place in (point.x, point.y))
    assert picture.distance == "200 m"
    shown = client.get(f"/bids/{bid.key}/projects/{project.key}/sites").text
    assert "2: Plot 0, easting 250000, northing 60000" in shown
    assert sites_picture(project.sites[:1]) is None


def test_a_copy_has_the_tables_and_answers_and_is_made_once(session, client, bid, project, writer):
    page = f"/bids/{bid.key}/projects/{project.key}"
    token = fields(client.get(page).text)["form_token"]
    first = client.post(f"{page}/copy", data={"form_token": token})
    assert client.post(f"{page}/copy", data={"form_token": token}).location == first.location
    session.expire_all()
    original, copy = bid_in_full(bid.id).projects
    assert copy.title == f"Copy of {original.title}"
    told = [bid_content(bid)["projects"][n] for n in (0, 1)]
    assert {k: v for k, v in told[0].items() if k not in ("key", "title")} == {
        k: v for k, v in told[1].items() if k not in ("key", "title")
    }
    assert session.scalar(select(func.count(Answer.id)).where(Answer.project_id == copy.id)) == 1
    bids.remove_project(copy, by=writer, at=NOW)
    assert session.scalar(select(func.count(Site.id))) == 1


def test_projects_are_put_in_order_and_narrowed_to_one_council(session, client):
    other = make_council("Otherham Council")
    bid = make_bid(make_round(), status=BidStatus.DRAFT, projects=3, members=[other])
    person = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    first, second, third = bid.projects
    bids.edit_project(third, council=other, title="Third", summary="x", version_seen=None, by=person, at=NOW)
    sign_in(client, person)
    for project, to in ((third, "up"), (first, "up"), (first, "down")):
        assert client.post(f"/bids/{bid.key}/projects/{project.key}/move", data={"to": to}).status_code == 302
    session.expire_all()
    assert [project.key for project in bid_in_full(bid.id).projects] == [third.key, first.key, second.key]
    shown = client.get(f"/bids/{bid.key}/projects?council={other.code}").text
    assert "Third" in shown
    assert first.title not in shown
    assert "1 project, £500,000" in shown
    assert first.title in client.get(f"/bids/{bid.key}/projects?council=nobody").text


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(st.integers(0, 10**15), min_size=18, max_size=18))
def test_the_money_adds_up_by_row_by_column_and_as_a_whole(session, amounts):
    """Gap 7: to the penny, whatever the sums."""
    bid = make_draft(make_round(ProjectPart.FUNDING))
    done = {"by": make_person(Role.BID_AUTHOR, council=bid.lead_council), "at": NOW}
    project = bids.add_project(bid, council=bid.lead_council, title="Depot", summary="", **done)
    sources = (FundingSource.GRANT, FundingSource.COUNCIL, FundingSource.PRIVATE)
    places = [(year, stream, source) for year in bid.round.years for stream in Stream for source in sources]
    lines = dict(zip(places, amounts, strict=True))
    bids.set_funding(project, lines, version_seen=None, **done)
    session.flush()
    table = funding_shown(bid_in_full(bid.id).projects[0], bid.round.years)
    assert sum(table.totals) == sum(row.total for row in table.rows) == sum(amounts)
    for place, year in enumerate(bid.round.years):
        assert table.totals[place] == sum(pence for (when, *_), pence in lines.items() if when == year)
    grant = sum(pence for (*_, source), pence in lines.items() if source is FundingSource.GRANT)
    assert bid_in_full(bid.id).ask == grant
