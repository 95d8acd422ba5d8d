"""The workbook of a bid's projects: out, filled in by Excel's rules, and back."""

import io
import zipfile
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import func, select

from grants.audit.models import AuditEvent
from grants.bids import operations as bids
from grants.bids.content import bid_content, canonical
from grants.bids.models import BidStatus, BidWorkbook, Conflict, Project
from grants.bids.projects.value import Basis
from grants.bids.queries import bid_in_full
from grants.bids.tasks import clear
from grants.bids.workbook.applying import apply
from grants.bids.workbook.comparing import compare
from grants.bids.workbook.layout import sheets_of
from grants.bids.workbook.writing import workbook
from grants.files import storage
from grants.files.queries import disagreements
from grants.funds.definition.types import ProjectPart
from grants.kernel import jobs
from grants.kernel.db import Json
from grants.kernel.errors import Refused
from grants.people.roles import Role
from tests.factories import NOW, make_bid, make_bid_round, make_draft, make_person, sign_in

STEPS = ["Works started", "Land released", "First home"]


def make_full_round(**values):
    """A round that asks for every table of a project."""
    parts = Json({"parts": list(ProjectPart)})
    return make_bid_round(project_parts=parts, milestones=Json({"names": STEPS}), **values)


@pytest.fixture
def bid(session):
    return make_bid(make_full_round(), status=BidStatus.DRAFT, projects=2)


@pytest.fixture
def writer(bid):
    return make_person(Role.BID_COORDINATOR, council=bid.lead_council)


def taken(bid):
    full = bid_in_full(bid.id)
    return workbook(full, sheets_of(full), at=NOW)


class Filled:
    """A workbook opened as a person does: `book["Sites"]["Name of the site", 0]` is the first row's cell."""

    def __init__(self, data):
        self.book = load_workbook(io.BytesIO(data))

    def cell(self, sheet, head, row):
        page = self.book[sheet]
        column = next(cell.column for cell in page[1] if cell.value == head)
        return page.cell(row + 2, column)

    def put(self, sheet, head, row, value, *, formula=False):
        cell = self.cell(sheet, head, row)
        cell.value = value
        if isinstance(value, str) and not formula:
            cell.data_type = "s"  # as typed into a cell for text
        return self

    def add(self, sheet, **cells):
        """A new row below the last; heads by their first word in lower case."""
        page = self.book[sheet]
        line = 1 + max(c.row for row in page.iter_rows() for c in row if c.value is not None)
        for head in page[1]:
            if head.value and (value := cells.get(head.value.split()[0].lower())) is not None:
                page.cell(line, head.column).value = value
        return self

    def bytes(self):
        out = io.BytesIO()
        self.book.save(out)
        return out.getvalue()


def back(bid, filled, by):
    outcome = compare(bid_in_full(bid.id), filled.bytes() if isinstance(filled, Filled) else filled)
    if not outcome.faults:
        apply(bid_in_full(bid.id), outcome.changes, by=by, at=NOW)
    return outcome


def said(bid, session):
    session.flush()
    return canonical(bid_content(bid_in_full(bid.id)))


def events(session):
    session.commit()
    return session.scalar(select(func.count(AuditEvent.id)))


def test_an_untouched_workbook_changes_nothing_at_all(session, bid, writer):
    before, trail = said(bid, session), events(session)
    versions = [project.version for project in bid.projects]
    for data in (taken(bid), Filled(taken(bid)).bytes()):
        assert back(bid, data, writer).changes == []
    assert said(bid, session) == before
    assert events(session) == trail
    assert [project.version for project in bid_in_full(bid.id).projects] == versions


def test_what_is_changed_in_the_file_is_changed_in_the_bid(session, bid, writer):
    filled = Filled(taken(bid))
    filled.put("Projects", "Title of the project", 0, "=Depot\t+1").put("Projects", "Additionality, in percent", 0, 70)
    filled.put("Sites", "Postcode", 1, "pl1 1aa").put("Sites", "Easting", 1, 247000).put("Sites", "Northing", 1, 54000)
    filled.put("Funding", "2027/28", 0, 1250.5).put("Outcomes", "2026/27", 0, "1,000")
    filled.put("Outcomes", "How is it counted?", 0, "At completion").put(
        "Milestones", "Expected on", 1, date(2027, 5, 4)
    )
    filled.put("Risks", "How likely is it?", 0, "5, almost certain").put("Value", "2030/31", 3, "2,000")
    outcome = back(bid, filled, writer)
    assert outcome.faults == []
    assert outcome.counted() == [
        "1 project changed", "1 site changed", "1 line of funding changed", "1 outcome changed", "1 milestone changed",
        "1 risk changed", "1 line of value changed",
    ]  # fmt: skip
    first, second = bid_in_full(bid.id).projects
    assert (first.title, first.additionality) == ("=Depot\t+1", 70_00)
    assert (second.sites[0].postcode, second.sites[0].easting) == ("PL1 1AA", 247_000)
    assert {str(line.year): line.pence for line in first.funding} == {"2026/27": 500_000_00, "2027/28": 1250_50}
    assert {str(line.year): line.hundredths for line in first.outcomes} == {"2026/27": 1000_00, "2028/29": 40_00}
    assert first.bases[0].method == "At completion"
    assert [row.due_on for row in first.milestones if row.name == STEPS[1]] == [date(2027, 5, 4)]
    assert first.risks[0].likelihood == 5
    assert sum(line.pence for line in first.values) == 500_000_00 + 900_000_00 + 2_000_00


def test_new_rows_find_their_project_by_its_number_and_removed_ones_go(session, bid, writer):
    filled = Filled(taken(bid))
    council = bid.lead_council.name
    filled.add("Projects", project=77, title="New yard", council=council, the="Clear it.")
    filled.add("Sites", project=77, name="Yard", postcode="SW1A 2AA").add("Sites", project=2, name="Second yard")
    filled.add("Funding", project=77, source="Grant asked for", kind="capital", **{"2026/27": 10})
    filled.add("Milestones", project=77, milestone=STEPS[0], expected="31/3/2027")
    filled.add("Outcomes", project=77, outcome="Homes", how="By hand", what="Photographs", **{"2026/27": 3})
    filled.put("Risks", "Remove?", 0, "yes")
    outcome = back(bid, filled, writer)
    assert outcome.faults == []
    assert outcome.counted()[:2] == ["1 project new", "2 sites new"]
    first, second, third = bid_in_full(bid.id).projects
    assert (third.title, third.ask, third.sites[0].name) == ("New yard", 10_00, "Yard")
    assert third.milestones[0].due_on == date(2027, 3, 31)
    assert third.bases[0].evidence == "Photographs"
    assert [site.name for site in second.sites][1:] == ["Second yard"]
    assert first.risks == []


def test_a_removed_project_goes_with_all_its_rows(session, bid, writer):
    going, staying = bid.projects
    outcome = back(bid, Filled(taken(bid)).put("Projects", "Remove?", 0, "yes"), writer)
    assert outcome.counted() == ["1 project removed"]
    assert [project.key for project in bid_in_full(bid.id).projects] == [staying.key]
    assert session.scalar(select(Project).where(Project.key == going.key)) is None


def test_every_fault_is_told_at_once_with_its_cell_and_the_words_of_the_page(session, client, bid, writer):
    before = said(bid, session)
    filled = Filled(taken(bid))
    filled.put("Projects", "Title of the project", 0, None).put(
        "Projects", "Council that leads the project", 1, "Nowhere"
    )
    filled.put("Sites", "Postcode", 0, "nonsense").put("Sites", "UPRN", 0, "1x").put("Sites", "Easting", 0, 247000)
    filled.put("Funding", "2026/27", 0, "lots").put("Funding", "2027/28", 0, -5)
    filled.put("Outcomes", "2026/27", 0, 1.5).put("Milestones", "Expected on", 0, "31 2 2027")
    filled.put("Risks", "How bad would it be?", 0, None).put("Value", "2026/27", 0, "1,00")
    filled.add("Sites", project=99, name="Nobody's")
    outcome = back(bid, filled, writer)
    found = {(fault.sheet, fault.cell): fault.reason for fault in outcome.faults}
    assert found[("Projects", "C2")] == "Give the project a title."
    assert "is not one of" in found[("Projects", "D3")]
    assert found[("Sites", "F2")] == "Enter a full UK postcode, like SW1A 2AA, or leave it empty."
    assert found[("Sites", "G2")] == "A UPRN is a number of at most twelve digits."
    assert found[("Sites", "J2")] == "Give both the easting and the northing, or neither."
    sum_ = "Grant asked for, capital, 2026/27 must be an amount in pounds, like 1,250 or 1250.50."
    assert found[("Funding", "F2")] == sum_
    assert ("Funding", "G2") in found
    assert found[("Outcomes", "F2")] == "Homes, 2026/27 must be a whole number."
    assert found[("Milestones", "E2")] == f"{STEPS[0]} must be a real date, like 31 3 2028."
    assert found[("Risks", "F2")] == "Choose the impact, from 1 to 5."
    assert ("Value", "E2") in found
    assert found[("Sites", "B4")] == "Give the number of a project on the sheet Projects."
    assert outcome.changes == []
    assert said(bid, session) == before
    sign_in(client, writer)
    page = f"/bids/{bid.key}/projects/{bid.projects[0].key}/funding"
    assert sum_ in client.post(page, data={"f_grant_capital_2026": "lots", "version": "1"}).text


def test_a_row_that_somebody_else_changed_meanwhile_is_a_clash_told_with_both_values(session, bid, writer):
    filled = Filled(taken(bid)).put("Sites", "Name of the site", 0, "Mine")
    site = bid_in_full(bid.id).projects[0].sites[0]
    bids.edit_site(site, name="Theirs", version_seen=None, by=writer, at=NOW)
    outcome = back(bid, filled, writer)
    [fault] = [fault for fault in outcome.faults if fault.cell == "D2"]
    assert "“Theirs”" in fault.reason
    assert "“Mine”" in fault.reason
    assert bid_in_full(bid.id).projects[0].sites[0].name == "Theirs"


def test_rows_left_alone_keep_what_others_changed_meanwhile_also_in_another_order(session, bid, writer):
    filled = Filled(taken(bid)).put("Projects", "The project in one sentence", 1, "Mine.")
    first, second = bid_in_full(bid.id).projects
    bids.edit_site(first.sites[0], name="Theirs", version_seen=None, by=writer, at=NOW)
    bids.move_project(first, up=False, by=writer, at=NOW)
    bids.add_project(bid, council=bid.lead_council, title="Third", summary="New.", by=writer, at=NOW)
    outcome = back(bid, filled, writer)
    assert outcome.faults == []
    assert outcome.counted() == ["1 project changed"]
    now = {project.key: project for project in bid_in_full(bid.id).projects}
    assert now[second.key].summary == "Mine."
    assert now[first.key].sites[0].name == "Theirs"
    assert len(now) == 3


def test_a_row_removed_meanwhile_is_missed_only_where_it_was_changed(session, bid, writer):
    filled = Filled(taken(bid))
    bids.remove_site(bid_in_full(bid.id).projects[0].sites[0], by=writer, at=NOW)
    assert back(bid, filled, writer).faults == []
    [fault] = back(bid, filled.put("Sites", "Name of the site", 0, "Mine"), writer).faults
    assert "removed this meanwhile" in fault.reason


def test_formulas_count_for_what_they_came_to_and_not_at_all_before(session, bid, writer):
    [fault] = back(bid, Filled(taken(bid)).put("Funding", "2026/27", 0, "=1+1", formula=True), writer).faults
    assert "never worked out" in fault.reason
    assert fault.cell == "F2"


def test_nothing_in_the_file_is_a_formula_and_keys_are_locked_and_hidden(session, bid, writer):
    evil = ["=1+1", "+44", "@SUM(A1)", "-2", "<r>b</r>", "_x000D_", "_x0041_"]
    for words in evil:
        bids.add_site(bid.projects[0], name=words, address=words, owner=words, by=writer, at=NOW)
    data = taken(bid)
    book = load_workbook(io.BytesIO(data))
    assert not [c for page in book for row in page.iter_rows() for c in row if c.data_type == "f"]
    names = [cell.value for cell in book["Sites"]["D"]]
    assert [name for name in names if name in evil] == evil
    assert book["Marks"].sheet_state == "veryHidden"
    page = book["Sites"]
    assert page.column_dimensions["A"].hidden
    assert page.protection.sheet
    assert page["A2"].protection.locked
    assert page["B2"].protection.locked
    assert not page["D2"].protection.locked
    assert page.freeze_panes
    assert page.data_validations.dataValidation
    assert back(bid, data, writer).changes == []


def test_another_bids_workbook_and_a_strangers_file_are_refused(session, bid, writer):
    other = make_bid(bid.round, status=BidStatus.DRAFT)
    for data, words in (
        (taken(other), "another bid"),
        (b"PK\x03\x04 nothing", "cannot be read"),
        (Filled(taken(bid)).bytes()[:2000], "cannot be read"),
    ):
        with pytest.raises(Refused, match=words):
            compare(bid_in_full(bid.id), data)
    filled = Filled(taken(bid))
    del filled.book["Sites"]
    [fault] = compare(bid_in_full(bid.id), filled.bytes()).faults
    assert fault.sheet == "Sites"
    filled = Filled(taken(bid))
    del filled.book["Marks"]
    with pytest.raises(Refused, match="not the workbook that this page hands out"):
        compare(bid_in_full(bid.id), filled.bytes())


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40)
AMOUNTS = st.one_of(st.integers(0, 10**15), st.integers(0, 10**6))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_workbook_of_any_bid_comes_back_without_a_change(session, data):
    """Whatever is typed, from the rarest character to the largest sum."""
    bid = make_draft(make_full_round())
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    done = {"by": author, "at": NOW}
    for _ in range(data.draw(st.integers(0, 2))):
        texts = data.draw(st.lists(TEXTS.filter(str.strip), min_size=9, max_size=9))
        project = bids.add_project(bid, council=bid.lead_council, title=texts[0], summary=texts[1][:30], **done)
        bids.add_site(project, name=texts[2], address=texts[3], constraints=texts[4], hectares=1.25, **done)
        bids.add_risk(project, what=texts[5], likelihood=1, impact=5, response=texts[6], **done)
        amounts = data.draw(st.lists(AMOUNTS, min_size=6, max_size=6))
        years = bid.round.years
        funding = {(year, "capital", "grant"): pence for year, pence in zip(years, amounts, strict=False)}
        bids.set_funding(project, funding, version_seen=None, **done)
        measure = bid.round.measures[1]
        bids.set_outcomes(project, {(measure, years[0]): amounts[3]}, version_seen=None, **done)
        basis = Basis(amounts[4], texts[7], texts[8])
        bids.set_bases(project, {measure: basis}, version_seen=None, **done)
        lines = {("cost_central", years[1]): amounts[5]}
        said_ = {"optimism_bias": amounts[0] % 300_00, "additionality": amounts[1] % 100_01, "note": texts[8]}
        bids.set_values(project, lines, version_seen=None, **said_, **done)
        day = data.draw(st.dates(date(1990, 1, 1), date(2199, 12, 31)))
        bids.set_milestones(project, {STEPS[0]: day}, version_seen=None, **done)
    before = said(bid, session)
    outcome = back(bid, taken(bid), author)
    assert (outcome.faults, outcome.changes) == ([], [])
    assert said(bid, session) == before


def send(client, bid, data, name="projects.xlsx"):
    return client.post(f"/bids/{bid.key}/workbook", data={"file": (io.BytesIO(data), name)})


def test_in_the_browser_nothing_is_changed_before_the_changes_were_seen(session, client, bid, writer):
    sign_in(client, writer)
    got = client.get(f"/bids/{bid.key}/workbook.xlsx")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert "Choose the workbook" in client.post(f"/bids/{bid.key}/workbook", data={}).text
    assert "cannot be attached" in send(client, bid, b"a,b", "list.csv").text
    assert "Nothing was changed" in client.get(send(client, bid, got.data).location).text
    shown = send(client, bid, Filled(got.data).put("Sites", "Name of the site", 0, "<b>Yard</b>").bytes())
    page = client.get(shown.location).text
    assert "1 site changed" in page
    assert "&lt;b&gt;Yard&lt;/b&gt;" in page
    session.expire_all()
    assert bid_in_full(bid.id).projects[0].sites[0].name != "<b>Yard</b>"
    assert client.post(shown.location).location.endswith(f"/bids/{bid.key}/projects")
    session.expire_all()
    assert bid_in_full(bid.id).projects[0].sites[0].name == "<b>Yard</b>"
    assert "nothing to change" in client.get(shown.location).text
    wrong = send(client, bid, Filled(taken(bid)).put("Sites", "UPRN", 0, "x").bytes())
    assert "A UPRN is a number of at most twelve digits." in wrong.text


def test_a_colleagues_file_and_another_bids_are_not_found(session, app, client, bid, writer):
    sign_in(client, writer)
    filled = Filled(taken(bid)).put("Sites", "Name of the site", 0, "Yard").bytes()
    address = send(client, bid, filled).location
    other = app.test_client()
    sign_in(other, make_person(Role.BID_COORDINATOR, council=bid.lead_council))
    assert other.get(address).status_code == 404
    mine = make_bid(bid.round, lead=bid.lead_council, status=BidStatus.DRAFT)
    assert client.get(address.replace(bid.key, mine.key)).status_code == 404


def test_a_large_workbook_is_taken_in_by_a_job(session, client, bid, writer):
    sign_in(client, writer)
    filled = Filled(taken(bid))
    for number in range(70):
        filled.add("Sites", project=1 + number % 2, name=f"Yard {number}")
    answer = client.post(send(client, bid, filled.bytes()).location)
    assert "/jobs/" in answer.location
    session.commit()
    assert jobs.run_next(NOW)
    session.expire_all()
    assert sum(len(project.sites) for project in bid_in_full(bid.id).projects) == 72
    assert "See what came of it" in client.get(answer.location).text


def test_a_job_does_nothing_for_somebody_who_writes_the_bid_no_more(session, client, bid, writer):
    sign_in(client, writer)
    filled = Filled(taken(bid))
    for number in range(70):
        filled.add("Sites", project=1, name=f"Yard {number}")
    answer = client.post(send(client, bid, filled.bytes()).location)
    session.add(Conflict(person_id=writer.id, bid_id=bid.id, declared_at=NOW, declared_by_id=writer.id, reason="Own"))
    session.commit()
    assert jobs.run_next(NOW)
    session.expire_all()
    assert sum(len(project.sites) for project in bid_in_full(bid.id).projects) == 2
    assert "You no longer write this bid" in client.get(answer.location).text


def test_a_workbook_that_changed_nothing_goes_after_thirty_days_and_one_that_was_taken_in_stays(
    session, client, bid, writer
):
    sign_in(client, writer)
    send(client, bid, Filled(taken(bid)).put("Sites", "Name of the site", 0, "Never taken in").bytes())
    address = send(client, bid, Filled(taken(bid)).put("Sites", "Name of the site", 0, "Taken in").bytes()).location
    client.post(address)
    session.expire_all()
    left, applied = session.scalars(select(BidWorkbook).order_by(BidWorkbook.id)).all()
    names, sent_at = {left.attachment.stored_as, applied.attachment.stored_as}, left.attachment.uploaded_at
    kept = applied.attachment.stored_as
    assert clear(sent_at + timedelta(days=30)) == 0
    assert names <= set(storage.names())
    assert clear(sent_at + timedelta(days=30, seconds=1)) == 1
    assert names & set(storage.names()) == {kept}
    assert session.scalars(select(BidWorkbook.id)).all() == [applied.id]
    assert "cleared_workbook" in session.scalars(select(AuditEvent.verb)).all()
    assert not list(disagreements())
    assert client.get(address).status_code == 200


def test_a_small_file_whose_styles_go_on_for_ever_is_not_opened(bid):
    """70 KB that kept a worker busy for half a minute, in more than a gigabyte of memory."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(taken(bid))) as plain, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        for name in plain.namelist():
            much = b"<xf numFmtId='0'/>" * 200_000 + b"</cellXfs>"
            part = plain.read(name)
            bomb.writestr(name, part.replace(b"</cellXfs>", much) if name == "xl/styles.xml" else part)
    with pytest.raises(Refused, match="far more than such a workbook"):
        compare(bid_in_full(bid.id), out.getvalue())
