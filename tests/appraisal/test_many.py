"""The lists at 10 and at 1,000 bids: the same number of statements, and the ranking paged by the database."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, insert

from grants.appraisal.models import Assignment, GateResult, Moderation, Score
from grants.bids.models import Bid, BidCouncil, BidStatus, FundingLine, FundingSource, Project
from grants.funds.models import Stream
from grants.kernel.db import db, new_key
from grants.kernel.financial_year import FinancialYear as FY
from grants.people.roles import Role
from tests.factories import NOW, make_appraised_round, make_council, make_person, sign_in


@contextmanager
def counted() -> Iterator[list[str]]:
    said: list[str] = []

    def note(connection, cursor, statement, *rest):
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def fill(round_, number, status, *, moderated=False, person=None):
    """`number` bids with a project and money each, put in at once; the last ones are as whole as the first."""
    council, person = make_council(), person or make_person(Role.APPRAISER)
    start = db.session.query(Bid).count()
    said = {"round_id": round_.id, "lead_council_id": council.id, "status": status, "started_by_id": person.id}
    times = {"started_at": NOW, "changed_at": NOW, "submitted_at": NOW}
    names = [f"{round_.code}-{start + n:05}" for n in range(number)]
    rows = [{**said, **times, "key": new_key(), "title": f"Bid {name}", "reference": name} for name in names]
    db.session.execute(insert(Bid), rows)
    ids = [bid_id for (bid_id,) in db.session.query(Bid.id).filter(Bid.reference.in_(names)).order_by(Bid.reference)]
    put(BidCouncil, [{"bid_id": n, "council_id": council.id, "leads": True, "position": 1} for n in ids])
    put(
        Project,
        [{"key": new_key(), "bid_id": n, "council_id": council.id, "title": "Works", "position": 1} for n in ids],
    )
    projects = [n for (n,) in db.session.query(Project.id).filter(Project.bid_id.in_(ids))]
    money = {"year": FY(2026), "stream": Stream.CAPITAL, "source": FundingSource.GRANT, "pence": 100_000_00}
    put(FundingLine, [{"project_id": n, **money} for n in projects])
    gate, criteria = round_.gates[0], round_.criteria
    found = {"gate_id": gate.id, "outcome": "query", "reason": "?", "checked_by_id": person.id, "checked_at": NOW}
    put(GateResult, [{"bid_id": n, **found} for n in ids])
    task = {"person_id": person.id, "assigned_by_id": person.id, "assigned_at": NOW, "submitted_at": NOW}
    put(Assignment, [{"key": new_key(), "bid_id": n, "declared_at": NOW, **task} for n in ids])
    tasks = [n for (n,) in db.session.query(Assignment.id).filter(Assignment.bid_id.in_(ids))]
    score = {"mark": 3, "reason": "r" * 50, "changed_at": NOW}
    put(Score, [{"assignment_id": n, "criterion_id": c.id, **score} for n in tasks for c in criteria])
    if moderated:
        mark = {"mark": 3, "reason": "Agreed.", "agreed_at": NOW, "agreed_by_id": person.id}
        put(Moderation, [{"bid_id": n, "criterion_id": c.id, **mark} for n in ids for c in criteria])
    db.session.commit()
    return person


def put(model, rows):
    db.session.execute(insert(model), rows)


@pytest.mark.parametrize(
    ("role", "status", "page"),
    [
        (Role.ELIGIBILITY_CHECKER, BidStatus.SUBMITTED, "/eligibility"),
        (Role.MODERATOR, BidStatus.APPRAISAL, "/moderation"),
        (Role.AUDITOR, BidStatus.MODERATED, "/appraisal/{}/ranking"),
        (Role.PROGRAMME_MANAGER, BidStatus.APPRAISAL, "/appraisal/{}/appraisers"),
        (Role.PROGRAMME_MANAGER, BidStatus.APPRAISAL, "/appraisal"),
        (Role.APPRAISER, BidStatus.APPRAISAL, "/appraisals"),
        (Role.MODERATOR, BidStatus.APPRAISAL, "/"),
    ],
)
def test_a_list_takes_as_many_statements_for_a_thousand_bids_as_for_ten(session, client, role, status, page):
    round_ = make_appraised_round()
    page = page.format(round_.code)
    moderated = status is BidStatus.MODERATED
    appraiser = fill(round_, 10, status, moderated=moderated)
    person = appraiser if role is Role.APPRAISER else make_person(role)
    sign_in(client, person)
    client.get(page)
    with counted() as few:
        assert client.get(page).status_code == 200
    fill(round_, 990, status, moderated=moderated, person=appraiser)
    with counted() as many:
        assert client.get(page).status_code == 200
    assert len(few) == len(many), "\n".join(many)
    assert len(many) <= 16, "\n".join(many)


def test_the_ranking_of_a_thousand_bids_turns_its_pages_and_keeps_adding_up(session, client):
    round_ = make_appraised_round()
    fill(round_, 1_000, BidStatus.MODERATED, moderated=True)
    sign_in(client, make_person(Role.AUDITOR))
    page = client.get(f"/appraisal/{round_.code}/ranking?page=2").text
    assert "101 to 200 of 1,000 bids" in page
    assert "£10,100,000" in page
    assert "Funding line" in page
    assert "Funding line" not in client.get(f"/appraisal/{round_.code}/ranking?page=3").text
