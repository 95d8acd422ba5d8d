"""A round of 2,000 bids shared out among 100 appraisers, three for each: the proposal made, and applied.

Both are the jobs that a person would wait for, from reading the round to the commit. The floor deals the same bids out
in turn, asking nothing, and inserts as many rows in one go. What is ours above it are the conflicts that are looked
for, the loads that are evened out, the reasons that are told, and the audit.
"""

import time
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import delete, insert, select, text

from grants.appraisal.assigning.applying import ask_to_apply
from grants.appraisal.assigning.proposing import ask_for_proposal
from grants.appraisal.models import AppraiserProfile, Assignment, Interest, InterestKind, Proposal, YearlyDeclaration
from grants.bids.models import Bid, BidCouncil, BidStatus
from grants.councils.models import REGIONS, Council, CouncilKind
from grants.funds.models import Round
from grants.kernel import clock, jobs
from grants.kernel.db import Json, db, new_key
from grants.kernel.financial_year import FinancialYear
from grants.people.models import Appointment, Person
from grants.people.roles import Role
from tests.factories import make_appraised_round, make_person

BIDS, PEOPLE, EACH, COUNCILS = 2_000, 100, 3, 300
Ask = Callable[[], None]


def prepared(app: Flask) -> dict[str, tuple[Ask, Ask]]:
    """The round put in, and by name: how to have our jobs done, and the floor's bare rows put in."""
    with app.app_context():
        round_, manager = make_appraised_round(), make_person(Role.PROGRAMME_MANAGER)
        _fill(round_, manager)
        db.session.commit()
        db.session.execute(text("ANALYZE"))
        db.session.commit()
        return _asks(app, round_.id, manager.id)


def _fill(round_: Round, by: Person) -> None:
    """Bids of 300 councils in every region, and 100 appraisers of whom each worked for a council and knows a region."""
    now = clock.now()
    councils = [
        {"code": f"E8{n:07}", "name": f"Bench {n} Council", "short_name": f"Bench {n}", "kind": CouncilKind.DISTRICT,
         "region": REGIONS[n % len(REGIONS)]}
        for n in range(COUNCILS)
    ]  # fmt: skip
    council_ids = _inserted(Council, councils)
    bids = [
        {"key": new_key(), "round_id": round_.id, "lead_council_id": council_ids[n % COUNCILS], "title": f"Yard {n}",
         "status": BidStatus.APPRAISAL, "version": 1, "reference": f"SHARE-{n:05}", "submitted_at": now,
         "started_at": now, "started_by_id": by.id, "changed_at": now}
        for n in range(BIDS)
    ]  # fmt: skip
    seats = [
        {"bid_id": bid_id, "council_id": council_ids[n % COUNCILS], "leads": True, "starred": False, "position": 1}
        for n, bid_id in enumerate(_inserted(Bid, bids))
    ]
    db.session.execute(insert(BidCouncil), seats)
    people = [
        {"key": new_key(), "name": f"Appraiser {n}", "email": f"bench{n}@example.org", "created_at": now, "version": 1}
        for n in range(PEOPLE)
    ]
    for n, person_id in enumerate(_inserted(Person, people)):
        _known(n, person_id, council_ids)
    db.session.flush()


def _known(n: int, person_id: int, council_ids: list[int]) -> None:
    now, today = clock.now(), clock.today()
    db.session.add_all([
        Appointment(person_id=person_id, role=Role.APPRAISER, from_on=today - timedelta(days=400)),
        YearlyDeclaration(person_id=person_id, year=FinancialYear.of(today), made_at=now),
        AppraiserProfile(person_id=person_id, regions=Json({"regions": [REGIONS[n % len(REGIONS)]]})),
        Interest(person_id=person_id, council_id=council_ids[n], kind=InterestKind.PAST_EMPLOYER, declared_at=now),
    ])  # fmt: skip


def _inserted(model: type, rows: list[dict[str, object]]) -> list[int]:
    return list(db.session.scalars(insert(model).returning(model.id, sort_by_parameter_order=True), rows))  # type: ignore[attr-defined]


def _asks(app: Flask, round_id: int, manager_id: int) -> dict[str, tuple[Ask, Ask]]:
    def propose() -> None:
        with app.app_context():
            round_, by = db.session.get_one(Round, round_id), db.session.get_one(Person, manager_id)
            ask_for_proposal(round_, each=EACH, by=by, at=clock.now())
            db.session.commit()
            assert jobs.run_next(clock.now())

    def apply() -> None:
        """Timed from the click to the last commit; the proposal before it and the clearing after it are not."""
        propose()
        with app.app_context():
            latest = select(Proposal).where(Proposal.round_id == round_id).order_by(Proposal.id.desc()).limit(1)
            proposal, by = db.session.scalars(latest).one(), db.session.get_one(Person, manager_id)
            began = time.perf_counter()
            ask_to_apply(proposal, by=by, address_of_page="/appraisals")
            db.session.commit()
            assert jobs.run_next(clock.now())
            apply.took = time.perf_counter() - began  # type: ignore[attr-defined]
            given = select(Bid.id).where(Bid.round_id == round_id)
            gone = db.session.execute(delete(Assignment).where(Assignment.bid_id.in_(given)))
            assert gone.rowcount == BIDS * EACH  # type: ignore[attr-defined]
            db.session.commit()

    return {
        "2,000 bids: propose": (propose, lambda: _dealt(app, round_id)),
        "2,000 bids: give": (apply, lambda: _dealt(app, round_id)),
    }


def _dealt(app: Flask, round_id: int) -> None:
    """Three people for each bid, in turn, and one row for each."""
    with app.app_context(), db.engine.begin() as connection:
        ids = connection.scalars(text("SELECT id FROM bid WHERE round_id = :round"), {"round": round_id}).all()
        rows = [{"words": f"{bid_id} {(n * EACH + k) % PEOPLE}"} for n, bid_id in enumerate(ids) for k in range(EACH)]
        connection.execute(text("INSERT INTO floor_answer (words, at) VALUES (:words, now())"), rows)
