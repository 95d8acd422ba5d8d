"""Giving bids to appraisers, and taking them away again.

What happens here is noted on the assignment, never on the bid: its council reads the bid's own trail.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select

from grants import audit
from grants.appraisal.appraisers.conflicts import proposed
from grants.appraisal.guards import (
    closed_to,
    could_read_marks,
    could_read_the_trail,
    hold,
    hold_bid,
    is_marked,
    refuse_outsider,
)
from grants.appraisal.models import MOST_APPRAISERS, Assignment
from grants.appraisal.moderating.agreeing import unsettle
from grants.appraisal.queries import live, moderation_begun
from grants.bids.models import Bid, BidStatus
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.operations import tell
from grants.people.models import Person
from grants.people.roles import Permission


def assign(
    to_score: Sequence[Bid], person: Person, *, by: Person, at: datetime, address_of_page: str = ""
) -> list[Assignment]:
    """Give bids to one appraiser, and tell him or her once. A bid that is with the person already stays as it is.

    Refused for all of them if one is not in appraisal, is being moderated, has as many appraisers as it can have, or is
    closed to the person: a conflict, or a council of the bid that the person acts for, or a proposed conflict that
    nobody settled. An assignment ended earlier is opened again, its scores with it.
    """
    if not person.may_on(clock.london(at).date(), Permission.BID_SCORE):
        raise Refused(f"{person.name} is not an appraiser today.", field="person")
    for bid in sorted(to_score, key=lambda bid: bid.id):  # the same order for all, so that nobody waits in a ring
        hold_bid(bid)
        refuse_outsider(bid, by, at)
        _refuse_assigning(bid, person, at)
    _refuse_unsettled(to_score, person)
    made = [_assigned(bid, person, by=by, at=at) for bid in to_score]
    if new := [assignment for assignment in made if assignment.assigned_at == at]:
        tell_appraiser(person, new, address_of_page, at)
    return made


def _refuse_assigning(bid: Bid, person: Person, at: datetime) -> None:
    if bid.status is not BidStatus.APPRAISAL:
        raise Refused(f"{bid.reference} is not in appraisal.", field="bids")
    if db.session.scalar(select(Bid.id).where(Bid.id == bid.id, moderation_begun())):
        raise Refused(f"The moderation of {bid.reference} has begun: it takes no more appraisers.", field="bids")
    if closed_to(bid, person, at):
        raise Refused(f"{person.name} has a conflict of interest with {bid.reference}.", field="person")
    _refuse_who_read(bid, person, at)
    others = select(func.count()).where(Assignment.bid_id == bid.id, Assignment.person_id != person.id, live())
    if (db.session.scalar(others) or 0) >= MOST_APPRAISERS:
        raise Refused(f"{bid.reference} has {MOST_APPRAISERS} appraisers, the most that a bid can have.", field="bids")


def _refuse_who_read(bid: Bid, person: Person, at: datetime) -> None:
    """Nobody scores a bid with the others' marks before him or her. Who was given it before has read none of them,
    unless in the audit trail."""
    day, marked = clock.london(at).date(), is_marked(bid.id, but_by=person.id)
    if not could_read_the_trail(person, day):
        marked &= ~exists().where(Assignment.bid_id == bid.id, Assignment.person_id == person.id)
    if could_read_marks(person, day) and db.session.scalar(select(marked)):
        raise Refused(f"{person.name} could read the marks that {bid.reference} has been given.", field="person")


def _refuse_unsettled(to_score: Sequence[Bid], person: Person) -> None:
    waiting = proposed([person.id], [bid.id for bid in to_score])
    for bid in to_score:
        if grounds := waiting.get((person.id, bid.id)):
            said = f"{person.name} may have a conflict of interest with {bid.reference}: {grounds[0].words}"
            raise Refused(f"{said} Settle that first.", field="person")


def _assigned(bid: Bid, person: Person, *, by: Person, at: datetime) -> Assignment:
    task = db.session.scalar(
        select(Assignment).where(Assignment.bid_id == bid.id, Assignment.person_id == person.id)
    ) or Assignment(bid=bid, person=person, conflicted=False)
    if task.id and not task.ended_at:
        return task
    task.assigned_by_id, task.assigned_at, task.ended_at, task.decline_reason = by.id, at, None, ""
    db.session.add(task)
    audit.record(task, "assigned", by=by, bid=bid.key, appraiser=person.key)
    return task


def tell_appraiser(person: Person, tasks: Sequence[Assignment], address_of_page: str, at: datetime) -> None:
    """One e-mail about all of them: how many, in which round, and no more; a conflict may yet have to be declared."""
    db.session.flush()
    several = f"{len(tasks)} bids" if len(tasks) > 1 else "a bid"
    rounds = ", ".join(sorted({task.bid.round.name for task in tasks}))
    body = (
        f"Hello {person.name}\n\nYou have {several} to appraise in {rounds}. Please say first whether you have a "
        f"conflict of interest. You find what is yours under My appraisals.\n\n{address_of_page}\n"
    )
    once = f"assigned {tasks[0].key} {at.isoformat()}"
    tell(person.email, f"You have {several} to appraise", body, person_id=person.id, at=at, once=once[:120])


def end_assignment(assignment: Assignment, *, reason: str, by: Person, at: datetime) -> None:
    """Take a bid away from an appraiser. Scores stay stored and take no part any more."""
    hold(assignment)
    refuse_outsider(assignment.bid, by, at)
    if assignment.ended_at:
        raise Refused("This assignment has been ended already.")
    if assignment.bid.status is not BidStatus.APPRAISAL:
        raise Refused("The bid is no longer in appraisal.")
    if assignment.counts:
        unsettle(assignment.bid, by=by, why="Scores were set aside.")
    assignment.ended_at = at
    audit.record(assignment, "ended", by=by, reason=reason)
