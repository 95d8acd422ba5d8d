"""A task given back, passed on, or asked after.

What happens here is noted on the assignment, never on the bid: its council reads the bid's own trail.
"""

from collections.abc import Sequence
from datetime import date, datetime

from grants import audit
from grants.appraisal.appraisers.queries import has_declared
from grants.appraisal.assigning.giving import assign, end_assignment
from grants.appraisal.guards import hold
from grants.appraisal.models import Assignment, AssignmentState
from grants.appraisal.queries import bids_judged_by_others
from grants.bids.leaks import refuse_marks
from grants.bids.models import Bid, BidStatus
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear
from grants.messages.operations import tell
from grants.people.models import Person
from grants.people.roles import Permission

OPEN = (AssignmentState.TO_DECLARE, AssignmentState.SCORING)


def decline(task: Assignment, *, reason: str, by: Person, at: datetime) -> None:
    """The appraiser gives a bid back without a conflict. Who gave it is told, if it is still theirs to know.

    Scores so far stay stored. Refused without a reason, and for one that tells a mark: the giver may score the bid yet.
    """
    hold(task)
    if task.person_id != by.id or task.state not in OPEN or task.bid.status is not BidStatus.APPRAISAL:
        raise Refused("This bid can no longer be given back.")
    if not reason:
        raise Refused("Say why you give it back.", field="reason")
    refuse_marks(reason, field="reason")
    task.ended_at, task.decline_reason = at, reason
    audit.record(task, "declined", by=by, reason=reason)
    body = (
        f"Hello\n\n{by.name} has given back {task.bid.reference}, which you had given to be appraised. "
        f"The reason:\n\n{reason}\n"
    )
    giver = task.assigned_by
    if _still_gives(giver, task.bid, clock.london(at).date()):
        tell(giver.email, f"A bid was given back: {task.bid.reference}", body, person_id=giver.id, at=at)


def _still_gives(person: Person, bid: Bid, day: date) -> bool:
    """Neither gone nor in another role, without a conflict, and no appraiser of the bid."""
    theirs = bids_judged_by_others(person, day).where(Bid.id == bid.id).with_only_columns(Bid.id)
    return person.may_on(day, Permission.APPRAISERS_ASSIGN) and db.session.scalar(theirs) is not None


def reassign(
    task: Assignment, to: Person, *, reason: str, by: Person, at: datetime, address_of_page: str = ""
) -> Assignment:
    """From one appraiser to another in one step: both happen, or neither."""
    if to.id == task.person_id:
        raise Refused(f"The bid is with {to.name} already.", field="person")
    end_assignment(task, reason=reason, by=by, at=at)
    (given,) = assign([task.bid], to, by=by, at=at, address_of_page=address_of_page)
    return given


def remind(person: Person, tasks: Sequence[Assignment], *, by: Person, at: datetime, address_of_page: str = "") -> int:
    """One e-mail about all of `tasks` of this person that are still open, and a declaration that has lapsed; once a
    day at most. How many tasks it is about."""
    waiting = []
    for task in sorted(tasks, key=lambda task: task.bid_id):
        hold(task)
        if task.state in OPEN and task.bid.status is BidStatus.APPRAISAL:
            waiting.append(task)
    today = clock.london(at).date()
    lapsed = person.may_on(today, Permission.BID_SCORE) and not has_declared(person, today)
    wanted = _wanted_of(len(waiting), str(FinancialYear.of(today)) if lapsed else "")
    if not wanted:
        raise Refused(f"{person.name} has nothing left to score.")
    body = f"Hello {person.name}\n\n{' '.join(wanted)} You find what is yours here:\n\n{address_of_page}\n"
    once = f"remind {person.key} {today}"
    if tell(person.email, wanted[0].rstrip("."), body, person_id=person.id, at=at, once=once) is None:
        raise Refused(f"{person.name} has been reminded today.")
    for task in waiting:
        task.reminded_at = at
        audit.record(task, "reminded", by=by)
    return len(waiting)


def _wanted_of(bids: int, lapsed_for: str) -> list[str]:
    """What the person is to do, in sentences."""
    scores = "A bid waits for your scores." if bids == 1 else f"{bids} bids wait for your scores."
    declaration = f"Your declaration of interests for {lapsed_for} is not made yet, and no bid opens before it is."
    return [*([scores] if bids else []), *([declaration] if lapsed_for else [])]
