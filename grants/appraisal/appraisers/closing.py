"""A bid is closed to a person: the one place where a conflict is put on record, whoever found it."""

from datetime import datetime

from sqlalchemy import exists, select

from grants import audit
from grants.appraisal.feedback.writing import take_back_approvals
from grants.appraisal.guards import hold_bid
from grants.appraisal.models import Assignment
from grants.appraisal.moderating.agreeing import set_back, unsettle
from grants.bids.models import Bid, BidStatus, Conflict
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person

JUDGED = (BidStatus.MODERATED, BidStatus.SUCCESSFUL, BidStatus.RESERVE, BidStatus.UNSUCCESSFUL)


def close_bid(bid: Bid, person: Person, *, reason: str, by: Person, at: datetime) -> Conflict:
    """From now on nothing of the bid is there for `person`; a score already given is set aside, and kept.

    A mark that the person proposed or agreed to needs a second person anew, and so does feedback that is not sent yet.
    Where the bid was moderated with that score, the programme is to look at it again. Noted on the assignment, or on
    the conflict where there is none, and never on the bid: its council reads the bid's own trail.
    """
    hold_bid(bid)
    on_record = exists().where(Conflict.bid_id == bid.id, Conflict.person_id == person.id)
    if db.session.scalar(select(on_record)):
        raise Refused("This conflict of interest is on record already.")
    conflict = Conflict(person_id=person.id, bid_id=bid.id, declared_at=at, declared_by_id=by.id, reason=reason)
    db.session.add(conflict)
    db.session.flush()
    set_back(bid, person, by=by)
    take_back_approvals(bid, person, by=by)
    task = db.session.scalar(
        select(Assignment)
        .where(Assignment.bid_id == bid.id, Assignment.person_id == person.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if task is None:
        audit.record(conflict, "found_conflict", by=by, reason=reason, bid=bid.key, person=person.key)
        return conflict
    counted = task.counts
    if counted:
        unsettle(bid, by=by, why="Scores were set aside.")
    task.conflicted = True
    task.declared_at = task.declared_at or at
    task.look_again = task.look_again or (counted and bid.status in JUDGED)
    verb = "declared_conflict" if by.id == person.id else "found_conflict"
    audit.record(task, verb, by=by, reason=reason, set_aside=task.submitted_at is not None)
    return conflict
