"""Reading returns: whose they are, which quarters ask for one, and the figures beside which a new one is written."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Row, Select, and_, exists, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from grants.awards.models import Award, AwardStatus
from grants.awards.queries import visible_awards
from grants.bids.models import Conflict, OutcomeLine
from grants.funds.models import Round
from grants.kernel.db import db, found
from grants.kernel.financial_year import FinancialYear, Quarter
from grants.outcomes.models import Return, ReturnFigure, ReturnStatus
from grants.people.models import Appointment, Person
from grants.people.roles import COUNCIL_ROLES, Role

WRITERS = (Role.BID_AUTHOR, Role.BID_COORDINATOR)
SIGNED = (ReturnStatus.SUBMITTED, ReturnStatus.VALIDATED)
"""The Section 151 officer stands behind these. A queried return is being written again and counts for nothing."""
UNSIGNED = (ReturnStatus.DRAFT, ReturnStatus.SIGN_OFF)

Cell = tuple[int, FinancialYear]
"""A measure's id and a year."""


@dataclass(frozen=True)
class Due:
    """A quarter of one award: its return if one was started, and the day by which it is asked for.

    `due_on` is None where nobody was asked: an award read from a paper has no history of returns here.
    """

    quarter: Quarter
    progress_return: Return | None
    due_on: date | None
    overdue: bool


@dataclass(frozen=True)
class ReturnFilter:
    """What a list of returns is narrowed to; empty means all."""

    round: str = ""
    status: ReturnStatus | None = None
    overdue: bool = False


def visible_returns(person: Person, day: date) -> Select[Return]:
    """Returns of the awards a person may read. The programme sees a return from its first signature on; councils and
    auditors see theirs from the start."""
    awards = visible_awards(person, day).with_only_columns(Award.id).order_by(None)
    returns = select(Return).where(Return.award_id.in_(awards))
    if person.roles_on(day) & (COUNCIL_ROLES | {Role.AUDITOR}):
        return returns
    return returns.where(or_(Return.status.in_(SIGNED), Return.status == ReturnStatus.QUERIED))


def return_for(person: Person, key: str, day: date) -> Return:
    """One of `visible_returns` with all that its page shows; NotFound for any other."""
    award = joinedload(Return.award)
    whole = (
        award.joinedload(Award.round).selectinload(Round.measures),
        award.joinedload(Award.council),
        award.selectinload(Award.movements),
        joinedload(Return.signed_by),
        joinedload(Return.validated_by),
        selectinload(Return.figures).joinedload(ReturnFigure.measure),
        selectinload(Return.spending),
        selectinload(Return.evidence),
    )
    return found(visible_returns(person, day).where(Return.key == key).options(*whole))


def listed(person: Person, day: date, asked: ReturnFilter) -> Select[Return]:
    """The returns of a list, award, round and council loaded with them: what is due first on top."""
    rows = (
        visible_returns(person, day)
        .join(Return.award)
        .join(Award.round)
        .outerjoin(Award.council)
        .options(contains_eager(Return.award).contains_eager(Award.round))
        .options(contains_eager(Return.award).contains_eager(Award.council))
        .order_by(Return.due_on.desc(), Return.id.desc())
    )
    if asked.round:
        rows = rows.where(Round.code == asked.round)
    if asked.status:
        rows = rows.where(Return.status == asked.status)
    return rows.where(late(day)) if asked.overdue else rows


def late(day: date) -> ColumnElement[bool]:
    return and_(Return.due_on < day, Return.status.in_(UNSIGNED))


def is_late(progress_return: Return, day: date) -> bool:
    return progress_return.due_on < day and progress_return.status in UNSIGNED


def rounds_with_returns(person: Person, day: date) -> Sequence[Row[str, str]]:
    """(code, name) of the rounds that a person's list can be narrowed to."""
    awards = visible_returns(person, day).with_only_columns(Return.award_id).order_by(None)
    ids = select(Award.round_id).where(Award.id.in_(awards))
    return db.session.execute(select(Round.code, Round.name).where(Round.id.in_(ids)).order_by(Round.id.desc())).all()


def missing(person: Person, day: date, *, council_ids: Collection[int] | None = None) -> Select[Award]:
    """Accepted awards, made here, without a return for the quarter that ended last. Oldest first.

    `council_ids` narrows them to what these councils receive.
    """
    quarter = last_ended(day)
    returned = exists().where(
        Return.award_id == Award.id, Return.year == quarter.year, Return.quarter_number == quarter.number
    )
    rows = (
        visible_awards(person, day)
        .join(Award.round)
        .outerjoin(Award.council)
        .where(
            Award.status == AwardStatus.ACCEPTED,
            Award.bid_id.is_not(None),
            Award.accepted_on <= quarter.last_day,
            ~returned,
        )
        .options(contains_eager(Award.round), contains_eager(Award.council))
        .order_by(Award.accepted_on, Award.id)
    )
    return rows if council_ids is None else rows.where(Award.council_id.in_(council_ids))


def last_ended(day: date) -> Quarter:
    """The last quarter that is over."""
    return Quarter.of(Quarter.of(day).first_day - timedelta(days=1))


def due_day(quarter: Quarter, round: Round) -> date:
    return quarter.last_day + timedelta(days=round.return_days)


def open_quarters(award: Award, today: date) -> list[Quarter]:
    """The quarters an award may have a return for: from its acceptance until now, the one under way included.

    An award read from a paper has only the last two: what it should have told earlier was never asked for here.
    """
    if award.status is not AwardStatus.ACCEPTED or award.accepted_on is None:
        return []
    now = Quarter.of(today)
    accepted = Quarter.of(award.accepted_on)
    first = accepted if award.bid_id else max(accepted, last_ended(today))
    return first.until(now)


def quarters_due(award: Award, today: date) -> list[Due]:
    """The award's open quarters and any older one with a return, latest first. One query."""
    made = db.session.scalars(select(Return).where(Return.award_id == award.id)).all()
    by_quarter = {row.quarter: row for row in made}
    quarters = sorted({*open_quarters(award, today), *by_quarter}, reverse=True)
    return [_due(award, quarter, by_quarter.get(quarter), today) for quarter in quarters]


def _due(award: Award, quarter: Quarter, made: Return | None, today: date) -> Due:
    if made is not None:
        return Due(quarter, made, made.due_on, is_late(made, today))
    if award.bid_id is None:
        return Due(quarter, None, None, overdue=False)
    due_on = due_day(quarter, award.round)
    return Due(quarter, None, due_on, overdue=due_on < today)


def previous_return(award: Award, quarter: Quarter) -> Return | None:
    """The last signed return of the award before this quarter, figures and spending loaded with it."""
    earlier = or_(Return.year < quarter.year, and_(Return.year == quarter.year, Return.quarter_number < quarter.number))
    return db.session.scalar(
        select(Return)
        .where(Return.award_id == award.id, earlier, Return.status.in_(SIGNED))
        .options(selectinload(Return.figures), selectinload(Return.spending))
        .order_by(Return.year.desc(), Return.quarter_number.desc())
        .limit(1)
    )


def targets(award: Award) -> dict[Cell, int]:
    """What the award's project promised in its bid, in hundredths by measure and year; nothing for an award from a
    paper. One query."""
    if award.project_id is None:
        return {}
    lines = select(OutcomeLine).where(OutcomeLine.project_id == award.project_id)
    return {(line.measure_id, line.year): line.hundredths for line in db.session.scalars(lines)}


def years_of(
    progress_return: Return, promised: Collection[Cell], money: Collection[FinancialYear]
) -> list[FinancialYear]:
    """The years a return asks about: all in which money or outcomes are expected or told of, until now, and one more
    for what slips."""
    expected = {*progress_return.award.round.years, progress_return.year, *(year for _, year in promised), *money}
    told = {figure.year for figure in progress_return.figures} | {line.year for line in progress_return.spending}
    return min(expected | told).until(max(expected | told | {max(expected).next()}))


def people_of(council_id: int | None, roles: Collection[Role], day: date) -> Sequence[Person]:
    """Who holds one of these roles for a council on a day."""
    held = and_(
        Appointment.person_id == Person.id,
        Appointment.council_id == council_id,
        Appointment.role.in_(roles),
        Appointment.from_on <= day,
        or_(Appointment.until_on.is_(None), Appointment.until_on >= day),
    )
    return db.session.scalars(select(Person).where(Person.active, exists().where(held)).order_by(Person.id)).all()


def programme_people(award: Award, day: date) -> Sequence[Person]:
    """Who validates the returns of an award: nobody with a conflict with its bid."""
    barred = set(db.session.scalars(select(Conflict.person_id).where(Conflict.bid_id == award.bid_id)))
    return [person for person in people_of(None, (Role.PROGRAMME_MANAGER,), day) if person.id not in barred]
