"""The exported ranking: totals can be worked out from the sheet alone, nothing runs, and nobody gets another's file."""

import csv
import io
from collections import defaultdict
from fractions import Fraction

import pytest
from openpyxl import load_workbook

from grants.appraisal.models import Conclusion
from grants.appraisal.parts import parts_of
from grants.appraisal.ranking.export import KEPT
from grants.appraisal.ranking.totals import ranking
from grants.audit.models import AuditEvent
from grants.bids.models import BidStatus, Conflict
from grants.kernel import clock, jobs
from grants.kernel.db import db
from grants.kernel.exports import unguard
from grants.people.roles import Role
from tests.appraisal.ranking.rows import agree, bare_bid, make_round_with_parts, mark
from tests.factories import NOW, make_person, sign_in
from tests.funds.places.made import put_on


@pytest.fixture
def round_(session):
    made = make_round_with_parts()
    people = [make_person(name=f"Appraiser {n}") for n in range(3)]
    places = [part.place for part in parts_of(made.criteria)]
    for n in range(5):
        bid = bare_bid(made, pence=100_000_00)
        bid.title = f'=HYPERLINK("http://x","{n}")'
        put_on(made.criteria[0].place_list, bid.lead_council, 1_234 * n)
        for m, person in enumerate(people):
            mark(bid, [(n + m + k) % 6 for k in range(6)], person, conflicted=(n, m) == (2, 1))
        if n % 2:
            agree(bid, {places[0]: 4, places[4]: n % 6})
    agree(bid, {places[1]: 5}, settled=False)
    nowhere = bare_bid(made)
    mark(nowhere, [5] * 6)
    mark(bare_bid(made, status=BidStatus.APPRAISAL), [1] * 6)
    return made


def exported(client, round_, kind):
    asked = client.post(f"/appraisal/{round_.code}/ranking/export", data={"as": kind})
    assert asked.status_code == 302
    assert jobs.run_next(clock.now())
    job = db.session.query(jobs.Job).order_by(jobs.Job.id.desc()).first()
    assert job.state is jobs.JobState.DONE, job.error
    return job.result


def marks_of_sheet(content):
    sheet = load_workbook(io.BytesIO(content))["Marks"]
    lines = list(sheet.iter_rows(values_only=True))
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def marks_of_csv(content):
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    return [dict(zip(lines[0], map(unguard, line), strict=True)) for line in lines[1:]]


def totals_from(rows):
    """From the sheet alone: the mean of the counting marks of a part, of the parts of a criterion, times its weight."""
    given = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    weights, sizes = {}, {}
    for row in rows:
        criterion = row["Criterion"]
        weights[criterion], sizes[criterion] = int(row["Weight"]), int(row["Parts"])
        parts = given[row["Reference"]][criterion]
        if row["Counts"] == "yes":
            parts[int(row["Part"])].append(Fraction(str(row["Mark"])))
    assert sum(weights.values()) == 100
    totals = {}
    for reference, by_criterion in given.items():
        total = Fraction(0)
        for criterion, weight in weights.items():
            parts = by_criterion[criterion]
            if len(parts) < sizes[criterion]:
                total = None
                break
            total += weight * sum(sum(m) / len(m) for m in parts.values()) / sizes[criterion] / 5
        totals[reference] = total
    return totals


@pytest.mark.parametrize(("kind", "read"), [("xlsx", marks_of_sheet), ("csv", marks_of_csv)])
def test_the_totals_can_be_worked_out_from_the_exported_sheet_alone(round_, client, kind, read):
    expected = {row.bid.reference: row.total for row in ranking(round_) if row.bid.status is BidStatus.MODERATED}
    sign_in(client, make_person(Role.PROGRAMME_MANAGER))
    answer = client.get(exported(client, round_, kind))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = read(answer.data)
    assert totals_from(rows) == expected
    assert {row["Reference"]: row["Total, exactly"] or None for row in rows} == {
        reference: None if total is None else str(total) for reference, total in expected.items()
    }
    aside = [row for row in rows if row["Counts"] == "no: set aside, conflict of interest"]
    assert {row["Given by"] for row in aside} == {"Appraiser 1"}
    assert len(aside) == 6
    assert [row["Counts"] for row in rows if row["Given by"] == "Proposed"] == ["no: waits for a second person"]
    assert all(row["Reason"] for row in rows)
    assert db.session.query(AuditEvent).filter_by(verb="asked_ranking_export").count() == 1


def test_why_marks_were_kept_stands_in_both_sheets_and_beside_the_marks(round_, client):
    row, other = ranking(round_)[:2]
    why = "=Both read\nthe same evidence with care."
    for bid, kept in ((row.bid, why), (other.bid, "")):
        db.session.add(Conclusion(bid=bid, kept_because=kept, concluded_at=NOW, concluded_by=make_person()))
    sign_in(client, make_person(Role.AUDITOR))
    content = client.get(exported(client, round_, "xlsx")).data
    lines = list(load_workbook(io.BytesIO(content))["Ranking"].iter_rows(values_only=True))
    told = {line[lines[0].index("Reference")]: line[lines[0].index(KEPT.label)] for line in lines[1:]}
    assert {reference: words for reference, words in told.items() if words} == {row.bid.reference: why}
    assert {one[KEPT.label] for one in marks_of_sheet(content) if one["Reference"] == row.bid.reference} == {why}
    assert not any(one[KEPT.label] for one in marks_of_sheet(content) if one["Reference"] == other.bid.reference)
    assert "the same evidence with care." in client.get(f"/appraisal/{round_.code}/ranking/{row.bid.key}").text


def test_an_export_is_its_askers_own_and_ends_with_a_conflict(round_, client):
    asker = make_person(Role.PROGRAMME_MANAGER)
    sign_in(client, asker)
    path = exported(client, round_, "csv")
    sign_in(client, make_person(Role.PROGRAMME_MANAGER))
    assert client.get(path).status_code == 404
    sign_in(client, asker)
    assert client.get(path).status_code == 200
    bid = ranking(round_)[0].bid
    db.session.add(Conflict(person_id=asker.id, bid_id=bid.id, declared_at=NOW, declared_by_id=asker.id, reason="Kin."))
    db.session.commit()
    again = client.get(path)
    assert again.status_code == 302
    assert bid.reference not in client.get(exported(client, round_, "csv")).text


def test_what_a_reader_scores_is_in_no_ranking_page_or_export_of_theirs(round_, client):
    row = ranking(round_)[0]
    person = make_person(Role.PROGRAMME_MANAGER, Role.APPRAISER)
    mark(row.bid, [0] * 6, person, submitted_at=None)
    sign_in(client, person)
    base = f"/appraisal/{round_.code}/ranking"
    for path in (base, f"{base}/sensitivity", exported(client, round_, "csv")):
        assert row.bid.reference not in client.get(path).text
    assert client.get(f"{base}/{row.bid.key}").status_code == 404


def test_no_other_kind_of_file_and_no_other_role(round_, client):
    sign_in(client, make_person(Role.PROGRAMME_MANAGER))
    assert client.post(f"/appraisal/{round_.code}/ranking/export", data={"as": "exe"}).status_code == 400
    assert client.get(f"/appraisal/{round_.code}/ranking/exports/{'b' * 16}").status_code == 404
    sign_in(client, make_person(Role.APPRAISER))
    assert client.post(f"/appraisal/{round_.code}/ranking/export", data={"as": "csv"}).status_code == 403
