"""How far moderation is: what was proposed, what waits for a second person, what came to an end."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select

from grants.appraisal.models import Conclusion, Moderation
from grants.appraisal.moderating.rules import Rule, Ruled, ready
from grants.appraisal.queries import bids_judged_by_others
from grants.appraisal.tallies import moderated_in_vain
from grants.audit.models import AuditEvent
from grants.audit.operations import subject_of
from grants.bids.models import Bid, BidStatus
from grants.funds.models import RoundStatus
from grants.kernel.db import db
from grants.people.models import Person


def agreed_counts(bid_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """For each bid with proposed marks: (how many there are, how many of them wait for a second person)."""
    waiting = func.sum(case((Moderation.second_by_id.is_(None), 1), else_=0))
    rows = select(Moderation.bid_id, func.count(), waiting).where(Moderation.bid_id.in_(bid_ids))
    found = db.session.execute(rows.group_by(Moderation.bid_id))
    return {bid_id: (int(count), int(wait)) for bid_id, count, wait in found}


def to_do() -> ColumnElement[bool]:
    """That a moderator has something to do: all have scored the bid, or a mark of a moderated one is to be agreed.

    Or the moderation of one is to be opened again.
    """
    in_appraisal = and_(Bid.status == BidStatus.APPRAISAL, ready())
    return or_(in_appraisal, and_(Bid.status == BidStatus.MODERATED, _waits_for_second()), moderated_in_vain())


def _waits_for_second(*and_that: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Moderation.bid_id == Bid.id, Moderation.second_by_id.is_(None), *and_that)


def ready_counts(bids: Select[Bid]) -> dict[int, int]:
    """In how many of these bids a moderator has something to do, by the id of their round."""
    ids = bids.where(to_do()).with_only_columns(Bid.id, Bid.round_id).order_by(None).subquery()
    rows = db.session.execute(select(ids.c.round_id, func.count()).group_by(ids.c.round_id))
    return {round_id: int(count) for round_id, count in rows}


def tally(found: Ruled) -> tuple[dict[Rule, int], int, int]:
    """Of the bids ready for moderation: how many each rule lists, how many any does, how many can be taken as scored.

    One query. What can be taken is listed by no rule, and nobody has proposed a mark for it.
    """
    begun = exists().where(Moderation.bid_id == Bid.id)
    wanted = found.rows.where(Bid.status == BidStatus.APPRAISAL, ready()).order_by(None)
    listed = case((found.listed, 1), else_=0).label("listed")
    free = case((and_(~found.listed, ~begun), 1), else_=0).label("free")
    each = wanted.add_columns(listed, free).subquery()
    columns = [each.c[f"rule_{rule}"] for rule in Rule] + [each.c.listed, each.c.free]
    sums = [int(n) for n in db.session.execute(select(*(func.coalesce(func.sum(c), 0) for c in columns))).one()]
    return dict(zip(Rule, sums, strict=False)), sums[-2], sums[-1]


def to_second(person: Person, day: date) -> Select[Any]:
    """Ids of bids with a mark that somebody else proposed and nobody has agreed to yet, as far as it can be."""
    waits = _waits_for_second(Moderation.agreed_by_id != person.id)
    rows = bids_judged_by_others(person, day).where(to_do(), waits, _open_round())
    return rows.with_only_columns(Bid.id)


def _open_round() -> Any:
    return Bid.round.has(status=RoundStatus.PUBLISHED)


def conclusion_of(bid: Bid) -> Conclusion | None:
    return db.session.scalar(select(Conclusion).where(Conclusion.bid_id == bid.id))


def changes_of(agreed: Collection[Moderation], conclusion: Conclusion | None) -> Sequence[AuditEvent]:
    """What was proposed, agreed to, changed and concluded, the latest first."""
    subjects = [subject_of(row) for row in (*agreed, *([conclusion] if conclusion else []))]
    rows = [and_(AuditEvent.subject_type == kind, AuditEvent.subject_key == key) for kind, key in subjects]
    return db.session.scalars(select(AuditEvent).where(or_(False, *rows)).order_by(AuditEvent.id.desc())).all()
