"""Reading awards: whose they are, one of them whole, lists narrowed by what is asked, and sums by year."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, cast, exists, false, func, or_, select, true
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from werkzeug.exceptions import NotFound

from grants.awards.models import Award, AwardMember, AwardMemberCouncil, AwardStatus, Movement
from grants.bids.models import Bid, BidCouncil, Conflict
from grants.councils.models import Council, Succession
from grants.funds.models import Round, RoundStatus
from grants.kernel.db import db
from grants.kernel.financial_year import FinancialYear
from grants.kernel.text import like
from grants.people.models import Person
from grants.people.roles import COUNCIL_ROLES, Permission

SPENT = (AwardStatus.DECLINED, AwardStatus.WITHDRAWN)
"""No money is promised by these any more."""


@dataclass(frozen=True)
class AwardFilter:
    """What a list of awards is narrowed to; empty means all. `council` is a GSS code."""

    round: str = ""
    council: str = ""
    region: str = ""
    status: AwardStatus | None = None
    words: str = ""


def visible_awards(person: Person, day: date) -> Select[Award]:
    """The awards a person may read. Programme people and auditors: all. Council people: those of their councils.

    A council's own are those it receives, leads or takes part in, from the day its round is announced. A conflict of
    interest with the bid closes its awards as well.
    """
    return select(Award).where(_visible(person, day))


def _visible(person: Person, day: date) -> ColumnElement[bool]:
    barred = exists().where(Conflict.bid_id == Award.bid_id, Conflict.person_id == person.id).correlate(Award)
    return ~barred & _theirs(person, day)


def _theirs(person: Person, day: date) -> ColumnElement[bool]:
    programme = {role for role in person.roles_on(day) if role not in COUNCIL_ROLES}
    if programme and person.may_on(day, Permission.REPORTS_READ):
        return true()
    mine = person.councils_where(day, Permission.AWARD_READ)
    return _announced() & of_councils(mine) if mine else false()


def _announced() -> ColumnElement[bool]:
    return exists().where(Round.id == Award.round_id, Round.status == RoundStatus.ANNOUNCED).correlate(Award)


def of_councils(council_ids: Collection[int]) -> ColumnElement[bool]:
    """That one of these councils receives the award, or has part in its bid or in the partnership as printed."""
    in_bid = exists().where(BidCouncil.bid_id == Award.bid_id, BidCouncil.council_id.in_(council_ids)).correlate(Award)
    leads_bid = exists().where(Bid.id == Award.bid_id, Bid.lead_council_id.in_(council_ids)).correlate(Award)
    printed = (
        exists()
        .where(AwardMember.award_id == Award.id, AwardMember.id == AwardMemberCouncil.award_member_id)
        .where(AwardMemberCouncil.council_id.in_(council_ids))
        .correlate(Award)
    )
    return or_(Award.council_id.in_(council_ids), in_bid, leads_bid, printed)


def award_for(person: Person, key: str, day: date) -> Award:
    """One of `visible_awards` with all that its page shows; NotFound for any other."""
    whole = (
        joinedload(Award.round).joinedload(Round.fund),
        joinedload(Award.council).selectinload(Council.names),
        joinedload(Award.bid),
        joinedload(Award.project),
        joinedload(Award.partnership),
        joinedload(Award.accepted_by),
        selectinload(Award.movements),
        selectinload(Award.members).selectinload(AwardMember.councils),
    )
    found = db.session.scalar(visible_awards(person, day).where(Award.key == key).options(*whole))
    if found is None:
        raise NotFound
    return found


def listed(person: Person, day: date, asked: AwardFilter) -> Select[Award]:
    """The awards of a list: newest first, then in the paper's order. `with_names` loads what a page shows of them."""
    rows = (
        visible_awards(person, day)
        .join(Award.round)
        .outerjoin(Award.council)
        .order_by(Award.awarded_on.desc(), Round.id.desc(), Award.position, Award.id)
    )
    if asked.round:
        rows = rows.where(Round.code == asked.round)
    if asked.council:
        rows = rows.where(Council.code == asked.council)
    if asked.region:
        rows = rows.where(Council.region == asked.region)
    if asked.status:
        rows = rows.where(Award.status == asked.status)
    if asked.words:
        pattern = like(asked.words)
        named = (Award.recipient, Award.title, Award.lead, Award.reference)
        rows = rows.where(or_(*(column.ilike(pattern, escape="\\") for column in named)))
    return rows


def with_names(rows: Select[Award]) -> Select[Award]:
    """The same list with round and council loaded."""
    return rows.options(contains_eager(Award.round), contains_eager(Award.council))


def totals_of(award_ids: Iterable[int], as_at: date) -> dict[int, int]:
    """Pence of each award as at a day, in one query; those with no movement by then are left out."""
    summed = (
        select(Movement.award_id, _sum(Movement.pence))
        .where(Movement.award_id.in_(list(award_ids)), Movement.effective_on <= as_at)
        .group_by(Movement.award_id)
    )
    return dict(db.session.execute(summed).all())


def by_year(awards: Select[Award], as_at: date) -> dict[FinancialYear, int]:
    """Pence by year over all of `awards` as at a day, in one query."""
    ids = awards.with_only_columns(Award.id).order_by(None)
    summed = (
        select(Movement.year, _sum(Movement.pence))
        .where(Movement.award_id.in_(ids), Movement.effective_on <= as_at)
        .group_by(Movement.year)
        .order_by(Movement.year)
    )
    return dict(db.session.execute(summed).all())


def spreadsheet_rows(awards: Select[Award], years: Sequence[FinancialYear], as_at: date) -> Iterator[Sequence[Any]]:
    """Reference, round, recipient, council, GSS code, region, title, lead, status, day, total, and pence by year.

    One query over a cursor, 500 rows in memory at a time. A year in which nothing was promised is None, not nought.
    """
    known = (Movement.award_id == Award.id) & (Movement.effective_on <= as_at)
    columns = (
        *(Award.reference, Round.name, Award.recipient, Council.name, Council.code, Council.region),
        *(Award.title, Award.lead, Award.status, Award.awarded_on),
        _sum(Movement.pence),
        *(_sum(case((Movement.year == year, Movement.pence))) for year in years),
    )
    rows = awards.with_only_columns(*columns).outerjoin(Movement, known).group_by(Award.id, Round.id, Council.id)
    yield from db.session.execute(rows.execution_options(yield_per=500))


def choices_for(person: Person, day: date) -> tuple[Sequence[tuple[str, str]], Sequence[tuple[str, str]], list[str]]:
    """What a person's list can be narrowed to: rounds by code, councils by GSS code, regions."""
    seen = select(Award.round_id, Award.council_id).where(_visible(person, day)).distinct().subquery()
    rounds = select(Round.code, Round.name).where(Round.id.in_(select(seen.c.round_id))).order_by(Round.id.desc())
    councils = (
        select(Council.code, Council.name, Council.region)
        .where(Council.id.in_(select(seen.c.council_id)))
        .order_by(Council.name)
    )
    found = db.session.execute(councils).all()
    return (
        [(code, name) for code, name in db.session.execute(rounds)],
        [(code, name) for code, name, _ in found],
        sorted({region for _, _, region in found if region}),
    )


def successors_today(council: Council, day: date) -> list[Council]:
    """Who stands in the place of a council that has ended by `day`, followed to the end; none while it is in being."""
    standing: dict[int, Council] = {}
    waiting, seen = [] if council.in_being(day) else [council.id], {council.id}
    while waiting:
        passed = (
            select(Council)
            .join(Succession, Succession.successor_id == Council.id)
            .where(Succession.predecessor_id.in_(waiting), Succession.on <= day)
        )
        heirs = [heir for heir in db.session.scalars(passed) if heir.id not in seen]
        seen |= {heir.id for heir in heirs}
        standing |= {heir.id: heir for heir in heirs if heir.in_being(day)}
        waiting = [heir.id for heir in heirs if not heir.in_being(day)]
    return sorted(standing.values(), key=lambda heir: heir.name)


def to_offer(person: Person, day: date) -> Select[Award]:
    """Awards that wait for their offer, as far as this person reads them."""
    return (
        visible_awards(person, day)
        .where(Award.status == AwardStatus.PROPOSED, Award.bid_id.is_not(None))
        .options(joinedload(Award.round))
        .order_by(Award.id)
    )


def to_accept(council_ids: Collection[int]) -> Select[Award]:
    """Offers that wait for one of these councils."""
    waiting = select(Award).where(Award.status == AwardStatus.OFFERED, Award.council_id.in_(council_ids))
    return waiting.options(joinedload(Award.round)).order_by(Award.id)


def _sum(pence: Any) -> ColumnElement[int]:
    """A sum that stays a whole number on PostgreSQL, whose own would be a decimal."""
    return cast(func.sum(pence), BigInteger)
