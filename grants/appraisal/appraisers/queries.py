"""Reading who scores: interests, declarations, loads, and the conflicts that wait to be settled."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from grants.appraisal.appraisers.grounds import GroundKind, open_grounds
from grants.appraisal.models import AppraiserProfile, Assignment, ClearedConflict, Interest, YearlyDeclaration
from grants.appraisal.queries import DECIDED, SCORED, bids_judged_by_others, live
from grants.bids.models import Bid, BidStatus, Conflict
from grants.funds.models import Round
from grants.kernel import clock
from grants.kernel.db import db, found
from grants.kernel.financial_year import FinancialYear
from grants.kernel.text import like
from grants.people.models import Appointment, Person
from grants.people.queries import standing
from grants.people.roles import COUNCIL_ROLES, JUDGES, Role

LONG = timedelta(days=14)
"""A bid that waits longer than this for its scores is shown as overdue; our own default."""


# --- What somebody declared


def declared_in(person_ids: Collection[int], day: date) -> set[int]:
    """Those of these people whose yearly declaration stands on `day`."""
    made = select(YearlyDeclaration.person_id).where(YearlyDeclaration.year == FinancialYear.of(day))
    return set(db.session.scalars(made.where(YearlyDeclaration.person_id.in_(person_ids))))


def made_declaration(day: date) -> ColumnElement[bool]:
    """That the yearly declaration of a Person stands on `day`."""
    year = FinancialYear.of(day)
    return exists().where(YearlyDeclaration.person_id == Person.id, YearlyDeclaration.year == year)


def has_declared(person: Person, day: date) -> bool:
    return bool(declared_in([person.id], day))


def declarations_of(person: Person) -> Sequence[YearlyDeclaration]:
    """The latest first."""
    made = select(YearlyDeclaration).where(YearlyDeclaration.person_id == person.id)
    return db.session.scalars(made.order_by(YearlyDeclaration.year.desc())).all()


def interests_of(person: Person) -> Select[Interest]:
    """Those that stand first, then the ended, then the taken back."""
    return (
        select(Interest)
        .where(Interest.person_id == person.id)
        .options(joinedload(Interest.council))
        .order_by(Interest.taken_back_at.is_not(None), Interest.until_on.is_not(None), Interest.id.desc())
    )


def interest_of(person: Person, key: str) -> Interest:
    """One that was not taken back; NotFound for any other's."""
    return found(interests_of(person).where(Interest.key == key, Interest.taken_back_at.is_(None)))


def profile_of(person: Person) -> AppraiserProfile | None:
    return db.session.get(AppraiserProfile, person.id)


# --- Appraisers, as the programme manager sees them


@dataclass(frozen=True)
class AppraiserFilter:
    words: str = ""
    show: str = ""
    """`lapsed` or `overdue`; empty means all."""


def judges(day: date, *roles: Role) -> Select[int]:
    """Ids of those who judge bids on `day`, in one of `roles` where any are named."""
    return select(Appointment.person_id).where(Appointment.role.in_(roles or JUDGES), standing(day))


def programme_people() -> Select[Person]:
    """Whoever has or had a role of the programme: those who decide may have a conflict of interest as well, and one
    may come to light after somebody left."""
    held = select(Appointment.person_id).where(Appointment.role.not_in(COUNCIL_ROLES))
    return select(Person).where(Person.id.in_(held)).order_by(Person.name, Person.id)


def has_left(person: Person, day: date) -> bool:
    """Holds no role of the programme any more, or may not sign in."""
    return not person.active or person.roles_on(day) <= COUNCIL_ROLES


def judge_with(key: str, day: date) -> Person:
    """NotFound for anybody who neither judges bids nor checks their eligibility."""
    who = judges(day, *JUDGES, Role.ELIGIBILITY_CHECKER)
    return found(select(Person).where(Person.key == key, Person.active, Person.id.in_(who)))


def appraisers_listed(viewer: Person, at: datetime, asked: AppraiserFilter) -> Select[Any]:
    """(person, profile, declared, to score, submitted, waiting since) by name, their load on bids open to `viewer`."""
    day = clock.london(at).date()
    load = _loads(viewer, day).subquery()
    declared = made_declaration(day)
    rows = (
        select(
            Person,
            AppraiserProfile,
            declared.label("declared"),
            func.coalesce(load.c.to_score, 0).label("to_score"),
            func.coalesce(load.c.submitted, 0).label("submitted"),
            load.c.since.label("since"),
        )
        .outerjoin(AppraiserProfile, AppraiserProfile.person_id == Person.id)
        .outerjoin(load, load.c.person_id == Person.id)
        .where(Person.active, Person.id.in_(judges(day, Role.APPRAISER)))
        .order_by(Person.name, Person.id)
    )
    if asked.words:
        rows = rows.where(Person.name.ilike(like(asked.words), escape="\\"))
    if asked.show == "lapsed":
        rows = rows.where(~declared)
    if asked.show == "overdue":
        rows = rows.where(load.c.since < at - LONG)
    return rows


def _loads(viewer: Person, day: date) -> Select[int, Any, Any, Any]:
    open_ = Assignment.submitted_at.is_(None) & (Bid.status == BidStatus.APPRAISAL)
    return (
        select(
            Assignment.person_id,
            func.sum(case((open_, 1), else_=0)).label("to_score"),
            func.sum(case((Assignment.submitted_at.is_not(None), 1), else_=0)).label("submitted"),
            func.min(case((open_, Assignment.assigned_at))).label("since"),
        )
        .join(Assignment.bid)
        .where(live(), Bid.status.in_((*SCORED, *DECIDED)), Bid.id.in_(_ids(bids_judged_by_others(viewer, day))))
        .group_by(Assignment.person_id)
    )


def tasks_of(person: Person, viewer: Person, day: date) -> Select[Assignment]:
    """What `person` was ever given, as far as `viewer` deals with the bids: what waits first."""
    return (
        select(Assignment)
        .join(Assignment.bid)
        .join(Bid.round)
        .where(Assignment.person_id == person.id, Bid.id.in_(_ids(bids_judged_by_others(viewer, day))))
        .options(contains_eager(Assignment.bid).contains_eager(Bid.round))
        .order_by(Assignment.ended_at.is_not(None), Assignment.submitted_at.is_not(None), Assignment.id)
    )


def waiting_of(person: Person, viewer: Person, day: date) -> Sequence[Assignment]:
    """The tasks of `person` that still wait for scores."""
    waits = tasks_of(person, viewer, day).where(
        live(), Assignment.submitted_at.is_(None), Bid.status == BidStatus.APPRAISAL
    )
    return db.session.scalars(waits).unique().all()


# --- Conflicts


@dataclass(frozen=True)
class ConflictFilter:
    words: str = ""
    """Of a name, a reference or a title."""
    kind: GroundKind | None = None
    given: bool = False
    """Only where the bid is with the person now."""


def conflicts_listed(bids: Select[Bid], day: date, asked: ConflictFilter) -> Select[Any]:
    """(person, bid, assignment or None) for each proposed conflict that waits to be settled, by bid, then by name."""
    pairs = _pairs(bids, day, asked).subquery()
    rows: Any = (
        select(Person, Bid, Assignment)
        .join(pairs, pairs.c.person_id == Person.id)
        .join(Bid, Bid.id == pairs.c.bid_id)
        .outerjoin(Assignment, (Assignment.bid_id == Bid.id) & (Assignment.person_id == Person.id) & live())
        .where(Person.active)
        .options(joinedload(Bid.lead_council, innerjoin=True))
        .order_by(Bid.reference, Person.name, Person.id)
    )
    return cast(Select[Any], rows.where(_named(asked.words)) if asked.words else rows)


def conflicts_of_the_given(viewer: Person, day: date) -> Select[Any]:
    """(round, how many) proposed conflicts of people with a bid that they score now or have scored, undecided yet."""
    bids = bids_judged_by_others(viewer, day).where(Bid.status.in_(SCORED))
    pairs = _pairs(bids, day, ConflictFilter(given=True)).subquery()
    rows: Any = select(Round, func.count()).join(Bid, Bid.round_id == Round.id).join(pairs, pairs.c.bid_id == Bid.id)
    active = exists().where(Person.id == pairs.c.person_id, Person.active)
    return cast(Select[Any], rows.where(active).group_by(Round.id).order_by(Round.id.desc()))


def _pairs(bids: Select[Bid], day: date, asked: ConflictFilter) -> Select[int, int]:
    """(person id, bid id) of proposed conflicts, narrowed by their ground and by who has the bid."""
    ground = open_grounds(_ids(bids), day, judges(day)).subquery()
    pairs = select(ground.c.person_id, ground.c.bid_id).distinct()
    if asked.kind:
        pairs = pairs.where(ground.c.kind == str(asked.kind))
    if asked.given:
        has = exists().where(Assignment.bid_id == ground.c.bid_id, Assignment.person_id == ground.c.person_id, live())
        pairs = pairs.where(has)
    return pairs


def _named(words: str) -> ColumnElement[bool]:
    pattern = like(words)
    return or_(*(column.ilike(pattern, escape="\\") for column in (Person.name, Bid.reference, Bid.title)))


def conflicts_on_record(bids: Select[Bid]) -> Select[Any]:
    """(conflict, person, bid), the latest first."""
    rows: Any = select(Conflict, Person, Bid).join(Person, Person.id == Conflict.person_id)
    rows = rows.join(Bid, Bid.id == Conflict.bid_id).where(Bid.id.in_(_ids(bids)))
    return cast(Select[Any], rows.order_by(Conflict.id.desc()))


def conflicts_cleared(bids: Select[Bid]) -> Select[ClearedConflict]:
    """With person, bid and who cleared it, the latest first; not where a conflict is on record for all that."""
    closed = exists().where(Conflict.bid_id == ClearedConflict.bid_id, Conflict.person_id == ClearedConflict.person_id)
    rows = select(ClearedConflict).where(ClearedConflict.bid_id.in_(_ids(bids)), ~closed)
    together = (
        joinedload(ClearedConflict.person),
        joinedload(ClearedConflict.bid),
        joinedload(ClearedConflict.cleared_by),
    )
    return rows.options(*together).order_by(ClearedConflict.cleared_at.desc(), ClearedConflict.id.desc())


def conflict_between(person: Person, bid: Bid) -> Conflict | None:
    return db.session.scalar(select(Conflict).where(Conflict.person_id == person.id, Conflict.bid_id == bid.id))


def cleared_between(person: Person, bid: Bid) -> ClearedConflict | None:
    cleared = select(ClearedConflict).where(ClearedConflict.person_id == person.id, ClearedConflict.bid_id == bid.id)
    return db.session.scalar(cleared)


def task_between(person: Person, bid: Bid) -> Assignment | None:
    return db.session.scalar(select(Assignment).where(Assignment.person_id == person.id, Assignment.bid_id == bid.id))


def to_look_at_again(viewer: Person, day: date) -> Select[Assignment]:
    """Scores set aside after their bid had been moderated with them, on bids that `viewer` deals with."""
    return (
        select(Assignment)
        .join(Assignment.bid)
        .join(Bid.round)
        .where(Assignment.look_again, Bid.id.in_(_ids(bids_judged_by_others(viewer, day))))
        .options(contains_eager(Assignment.bid).contains_eager(Bid.round), joinedload(Assignment.person))
        .order_by(Assignment.id)
    )


def _ids(bids: Select[Bid]) -> Select[int]:
    return bids.with_only_columns(Bid.id).order_by(None)
