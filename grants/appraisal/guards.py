"""What the operations of this room ask before they change anything."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from grants.appraisal.models import Assignment, Moderation, Score
from grants.appraisal.parts import Place, field_of
from grants.bids.models import Bid, BidCouncil, BidStatus, Conflict
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.people.models import Person
from grants.people.objections import objects_to_roles
from grants.people.roles import Permission, Role, permissions_of

_READS_MARKS = {Permission.MODERATE, Permission.PANEL_HOLD, Permission.AUDIT_READ, Permission.RANKING_READ}
"""The ranking has marks of moderated bids alone; but their moderation may be opened again."""


@dataclass(frozen=True)
class Marked:
    """A mark and reason for one part of a criterion; `version_seen` as for a finding. No mark is None, never nought."""

    mark: int | None
    reason: str = ""
    version_seen: int = 0


def hold_bid(bid: Bid) -> None:
    """Take the bid's row until the end of the transaction, as it stands now."""
    db.session.flush()  # an operation before this one may share the transaction
    db.session.refresh(bid, ["status", "version"], with_for_update=True)


def hold(assignment: Assignment) -> None:
    """Take the assignment as it stands now, and its bid, so that neither can be ended or moved meanwhile."""
    hold_bid(assignment.bid)
    db.session.flush()
    columns = ["declared_at", "conflicted", "submitted_at", "ended_at", "version"]
    db.session.refresh(assignment, columns, with_for_update=True)


def closed_to(bid: Bid, person: Person, at: datetime) -> bool:
    """A conflict on record, or a council of the bid that the person acts for."""
    conflict = exists().where(Conflict.bid_id == bid.id, Conflict.person_id == person.id)
    councils = person.councils_on(clock.london(at).date())
    member = exists().where(BidCouncil.bid_id == bid.id, BidCouncil.council_id.in_(councils))
    return bid.lead_council_id in councils or bool(db.session.scalar(select(conflict | member)))


def refuse_outsider(bid: Bid, by: Person, at: datetime) -> None:
    if closed_to(bid, by, at):
        raise Refused("You have a conflict of interest with this bid.")


def could_read_marks(person: Person, day: date) -> bool:
    """Has, or had, a role in which people read the marks of bids that they do not score."""
    return bool(_held(person, day) & _READS_MARKS)


def could_read_the_trail(person: Person, day: date) -> bool:
    """Has, or had, a role in which people read all marks, those of bids that they score among them."""
    return Permission.AUDIT_READ in _held(person, day)


def _held(person: Person, day: date) -> set[Permission]:
    """The permissions of every role that the person has or had."""
    roles = {one.role for one in person.appointments if one.from_on <= day}
    return {permission for role in roles for permission in permissions_of(role)}


@objects_to_roles
def refuse_reader_who_scores(person: Person, role: Role, day: date) -> None:
    """Nobody reads all marks in the audit trail between being given a bid and scoring it, whichever came first."""
    gives, ever = permissions_of(role), _held(person, day) | permissions_of(role)
    if not gives & {Permission.AUDIT_READ, Permission.BID_SCORE} or Permission.AUDIT_READ not in ever:
        return
    waiting = (
        select(func.count())
        .select_from(Assignment)
        .join(Assignment.bid)
        .where(Assignment.person_id == person.id, Assignment.submitted_at.is_(None), Assignment.ended_at.is_(None))
        .where(Assignment.conflicted.is_(False), Bid.status.in_((BidStatus.SUBMITTED, BidStatus.APPRAISAL)))
    )
    if many := db.session.scalar(waiting):
        bids = f"{many} bids" if many > 1 else "a bid"
        raise Refused(
            f"{person.name} has {bids} to score still, and an auditor or administrator reads the others’ scores. "
            "A programme manager has to take what is to be scored away first.",
            field="role",
        )


def is_marked(bid_id: Any, *, but_by: Any) -> ColumnElement[bool]:
    """That somebody else than the person `but_by`, an id or a column, has a mark on the bid, or had one and took it
    back: it may have been read before."""
    given = exists().where(Score.assignment_id == Assignment.id)
    return exists().where(Assignment.bid_id == bid_id, Assignment.person_id != but_by, given)


def is_overtaken(row: Score | Moderation | None, marked: Marked) -> bool:
    """Somebody saved another mark or reason meanwhile. Where it says the same, nothing is lost either way."""
    if row and (row.mark, row.reason) == (marked.mark, marked.reason):
        return False
    return (row.version if row else 0) != marked.version_seen


def refuse_overtaken(row: Score | Moderation | None, place: Place, marked: Marked) -> None:
    if is_overtaken(row, marked):
        theirs = f"{row.mark}: {row.reason}" if row else ""
        raise Overtaken(theirs=theirs, field=field_of("mark", place))
