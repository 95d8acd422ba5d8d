"""A thousand bids and a thousand awards, put into the database in a few statements."""

import secrets
from datetime import UTC, date, datetime, time, timedelta

from flask import Flask
from sqlalchemy import insert

from grants.awards.models import Award, AwardStatus, Movement, MovementKind
from grants.bids.models import Answer, Bid, BidCouncil, BidStatus, FundingLine, FundingSource, Project
from grants.funds import operations as funds
from grants.funds.definition.reading import shipped
from grants.funds.models import Asked, QuestionKind, Round, RoundStatus, Stream
from grants.kernel.clock import from_london
from grants.kernel.db import db, new_key
from grants.kernel.financial_year import FinancialYear
from grants.people import operations as people
from grants.people.models import Person
from grants.people.roles import Role
from tests.bench.judged import seed_judged
from tests.bench.large import add_projects
from tests.factories import make_council, make_person

BIDS = 1000
NOW = datetime.now(UTC)
TODAY = NOW.date()


class Scene:
    """What the measured requests need to know."""

    manager_secret: str
    author_secret: str
    bid_key: str
    draft_key: str
    large_key: str
    section_code: str
    field_names: list[str]
    round_code: str


def seed(app: Flask) -> Scene:
    with app.app_context():
        scene = _scene()
        db.session.commit()
        return scene


def _scene() -> Scene:
    council = make_council("Plymouth City Council")
    author = make_person(Role.BID_COORDINATOR, council=council)
    manager = make_person(Role.PROGRAMME_MANAGER)
    open_round, announced = _round("bench-open", manager, opened=10), _round("bench-announced", manager, opened=100)
    announced.status, announced.announced_at = RoundStatus.ANNOUNCED, NOW
    db.session.flush()
    _bids(open_round, council.id, author.id)
    _awards(announced, council.id)
    seed_judged(manager)
    scene = Scene()
    scene.manager_secret = people.open_sign_in(manager, address="127.0.0.1", at=NOW)
    scene.author_secret = people.open_sign_in(author, address="127.0.0.1", at=NOW)
    submitted = db.session.query(Bid).filter_by(status=BidStatus.SUBMITTED).order_by(Bid.id).first()
    drafts = db.session.query(Bid).filter_by(status=BidStatus.DRAFT).order_by(Bid.id)
    draft, large = drafts.limit(2).all()
    assert submitted
    add_projects(large)
    scene.large_key = large.key
    scene.bid_key, scene.draft_key, scene.round_code = submitted.key, draft.key, announced.code
    section = max((s for s in open_round.sections if s.per is Asked.BID), key=lambda s: len(s.questions))
    scene.section_code = section.code
    scene.field_names = [f"q_{q.code}" for q in section.questions if q.kind is QuestionKind.TEXT]
    return scene


def _round(code: str, manager: Person, *, opened: int) -> Round:
    """A published round that opened so many days ago, for twenty days: two of one fund never take bids at once."""
    opens_at = NOW - timedelta(days=opened)
    made = funds.make_round(
        shipped()["lrf-2017"], code=code, name=code.capitalize(), by=manager, at=NOW, first_year=FinancialYear.of(TODAY)
    )
    funds.set_dates(
        made,
        opens_at=opens_at,
        closes_at=from_london(TODAY + timedelta(days=20 - opened), time(23, 59)),
        final_date=made.last_year.last_day,
        version_seen=made.version,
        by=manager,
    )
    funds.set_budget(made, {(year, Stream.CAPITAL): 15_000_000_00 for year in made.years}, by=manager)
    funds.publish(made, by=manager, at=opens_at - timedelta(days=10))
    db.session.flush()
    return made


def _bids(round: Round, council_id: int, person_id: int) -> None:
    """Half submitted, half drafts, each with a project, money in three years and an answer to every bid's question."""
    count = BIDS * 2
    rows = [
        {
            "key": new_key(), "round_id": round.id, "lead_council_id": council_id, "title": f"Bid {n} for land at Bank",
            "status": BidStatus.SUBMITTED if n % 2 else BidStatus.DRAFT, "version": 1,
            "reference": f"LRF-BENCH-{n:06}" if n % 2 else None, "submitted_at": NOW if n % 2 else None,
            "started_at": NOW, "started_by_id": person_id, "changed_at": NOW,
        }
        for n in range(count)
    ]  # fmt: skip
    ids = list(db.session.scalars(insert(Bid).returning(Bid.id), rows))
    db.session.execute(
        insert(BidCouncil),
        [{"bid_id": i, "council_id": council_id, "leads": True, "starred": False, "position": 1} for i in ids],
    )
    projects = [
        {"key": new_key(), "bid_id": i, "council_id": council_id, "title": f"Project {i}", "summary": "", "position": 1,
         "version": 1}
        for i in ids
    ]  # fmt: skip
    project_ids = list(db.session.scalars(insert(Project).returning(Project.id), projects))
    db.session.execute(
        insert(FundingLine),
        [
            {"project_id": p, "year": year, "stream": Stream.CAPITAL, "source": FundingSource.GRANT, "pence": p * 100}
            for p in project_ids
            for year in round.years
        ],
    )
    texts = [q for s in round.sections if s.per is Asked.BID for q in s.questions if q.kind is QuestionKind.TEXT]
    words = "The partnership will clear the land, move the sewer and sell to a builder by the spring. " * 5
    db.session.execute(
        insert(Answer),
        [
            {"bid_id": i, "question_id": q.id, "value": {"is": words}, "changed_at": NOW, "changed_by_id": person_id,
             "version": 1}
            for i in ids
            for q in texts
        ],
    )  # fmt: skip


def _awards(round: Round, council_id: int) -> None:
    rows = [
        {
            "key": new_key(), "reference": f"BENCH-{n}-{secrets.token_hex(3)}", "round_id": round.id, "position": n,
            "council_id": council_id, "recipient": f"Council {n // 3}", "title": f"Project {n}", "lead": "",
            "status": AwardStatus.ACCEPTED, "awarded_on": date(2026, 2, 16), "accepted_on": date(2026, 2, 16),
            "offer_text": "", "decline_reason": "", "version": 1,
        }
        for n in range(1, BIDS + 1)
    ]  # fmt: skip
    ids = list(db.session.scalars(insert(Award).returning(Award.id), rows))
    db.session.execute(
        insert(Movement),
        [
            {"award_id": i, "year": year, "stream": Stream.CAPITAL, "pence": i * 100, "effective_on": date(2026, 2, 16),
             "kind": MovementKind.AWARD, "reason": "", "recorded_at": NOW}
            for i in ids
            for year in round.years
        ],
    )  # fmt: skip
