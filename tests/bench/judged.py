"""A round of 2,000 moderated bids, each scored by three appraisers on six criteria: its ranking, and how firm it is.

The floor works out the same means and totals by one hand-written query and prints a hundred rows. What is ours above it
are parts, agreed marks and set-aside scores, running sums by year, what breaks ties, who may see what, and the page.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import insert

from grants.appraisal.models import Assignment, Score
from grants.bids.models import Bid, BidStatus, FundingLine, FundingSource, Project
from grants.funds.models import BudgetLine, Criterion, Round, Stream
from grants.kernel import clock
from grants.kernel.db import Json, db, new_key
from grants.people.models import Person
from tests.factories import make_bid_round, make_council, make_person

CODE = "bench-judged"
BIDS, PEOPLE, EACH = 2_000, 100, 3
WEIGHTS = (30, 25, 20, 10, 10, 5)
Ask = Callable[[], None]


def seed_judged(manager: Person) -> None:
    round_ = _round()
    council, now = make_council("Bench of the judged"), clock.now()
    people = [make_person().id for _ in range(PEOPLE)]
    bids = _inserted(Bid, [
        {"key": new_key(), "round_id": round_.id, "lead_council_id": council.id, "title": f"Yard {n}", "version": 1,
         "status": BidStatus.MODERATED, "reference": f"JUDGED-{n:05}", "submitted_at": now, "started_at": now,
         "started_by_id": manager.id, "changed_at": now}
        for n in range(BIDS)
    ])  # fmt: skip
    projects = _inserted(Project, [
        {"key": new_key(), "bid_id": i, "council_id": council.id, "title": f"Project {i}", "summary": "",
         "position": 1, "version": 1}
        for i in bids
    ])  # fmt: skip
    money = {"stream": Stream.CAPITAL, "source": FundingSource.GRANT}
    lines = [{"project_id": p, "year": year, "pence": p * 100, **money} for p in projects for year in round_.years]
    db.session.execute(insert(FundingLine), lines)
    tasks = _inserted(Assignment, [
        {"key": new_key(), "bid_id": i, "person_id": people[(n * EACH + k) % PEOPLE], "assigned_by_id": manager.id,
         "assigned_at": now, "declared_at": now, "submitted_at": now, "conflicted": False, "decline_reason": "",
         "version": 1}
        for n, i in enumerate(bids) for k in range(EACH)
    ])  # fmt: skip
    reason = "The bid says so, with evidence that we could follow step by step."
    db.session.execute(insert(Score), [
        {"assignment_id": task, "criterion_id": criterion.id, "part": 1, "mark": (task * 7 + c * 3 + task // 11) % 6,
         "reason": reason, "changed_at": now, "version": 1}
        for task in tasks for c, criterion in enumerate(round_.criteria)
    ])  # fmt: skip
    db.session.flush()


def _round() -> Round:
    made = make_bid_round(code=CODE)
    bands = Json({str(mark): "As described." for mark in range(6)})
    made.criteria = [
        Criterion(position=n, code=f"c{n}", name=f"Criterion {n}", weight=weight, critical=n < 3, bands=bands)
        for n, weight in enumerate(WEIGHTS, start=1)
    ]
    standing = {line.year for line in made.budget}
    made.budget += [
        BudgetLine(year=year, stream=Stream.CAPITAL, pence=10_000_000_00) for year in made.years if year not in standing
    ]
    db.session.flush()
    return made


def _inserted(model: Any, rows: list[dict[str, object]]) -> list[int]:
    return list(db.session.scalars(insert(model).returning(model.id, sort_by_parameter_order=True), rows))


def asks(manager: Any, floor: Any) -> dict[str, tuple[Ask, Ask]]:
    """By name: how to ask us, and how to ask the floor for the nearest bare thing."""
    ours = f"/appraisal/{CODE}/ranking"

    def bare() -> None:
        floor.get(f"/ranking/{CODE}")

    return {
        "ranking of 2000 bids": (lambda: manager.get(ours) and None, bare),
        "how firm, 2000 bids": (lambda: manager.get(f"{ours}/sensitivity") and None, bare),
    }
