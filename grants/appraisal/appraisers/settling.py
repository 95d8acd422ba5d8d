"""What the programme makes of a proposed conflict: put it on record, or clear it with a reason."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from grants import audit
from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.appraisers.conflicts import Ground, proposed
from grants.appraisal.guards import hold, hold_bid, refuse_outsider
from grants.appraisal.models import Assignment, ClearedConflict
from grants.appraisal.queries import judgement_of
from grants.bids.models import Bid, BidStatus, Conflict
from grants.kernel import clock
from grants.kernel.db import Json, db
from grants.kernel.errors import Overtaken, Refused
from grants.people.models import Person

CHANGED = "The grounds have changed since you opened this page. Read them again."


def confirm_conflict(bid: Bid, person: Person, *, reason: str, by: Person, at: datetime) -> Conflict:
    """It is one: the bid is closed to the person. `reason` is what was found, in words of one's own."""
    _refuse_settling(bid, person, reason, by, at)
    return close_bid(bid, person, reason=reason, by=by, at=at)


def clear_conflict(
    bid: Bid, person: Person, *, seen: Collection[str], reason: str, by: Person, at: datetime
) -> ClearedConflict:
    """It is none, as to the grounds `seen` (their keys); a new ground proposes it again.

    Refused where the grounds are no longer those, and while the person acts for a council of the bid.
    """
    _refuse_settling(bid, person, reason, by, at)
    hold_bid(bid)
    grounds = proposed([person.id], [bid.id]).get((person.id, bid.id), [])
    if {ground.key for ground in grounds} != set(seen) or not grounds:
        raise Overtaken(CHANGED)
    if acts_for_it(bid, person, grounds, at):
        raise Refused(f"{person.name} acts for a council of the bid: that cannot be cleared.")
    cleared = db.session.scalar(
        select(ClearedConflict).where(ClearedConflict.bid_id == bid.id, ClearedConflict.person_id == person.id)
    ) or ClearedConflict(bid=bid, person=person, grounds=Json({"grounds": []}))
    cleared.grounds = Json({"grounds": sorted({*cleared.grounds["grounds"], *seen})})
    cleared.reason, cleared.cleared_at, cleared.cleared_by_id = reason, at, by.id
    db.session.add(cleared)
    db.session.flush()
    words = [ground.words for ground in grounds]
    audit.record(cleared, "cleared_conflict", by=by, reason=reason, bid=bid.key, person=person.key, grounds=words)
    return cleared


def note_looked_again(task: Assignment, *, reason: str, by: Person, at: datetime) -> None:
    """Somebody looked at a bid moderated with a score that was set aside since, and says what follows.

    Refused while no mark counts any more for some part of a moderated bid: it has no total to be decided on.
    """
    hold(task)
    refuse_outsider(task.bid, by, at)
    if not reason:
        raise Refused("Say what you found.", field="found")
    marks = judgement_of(task.bid)
    if task.bid.status is BidStatus.MODERATED and any(marks.counted_part(part.place) is None for part in marks.parts):
        raise Refused("No marks are left for this bid. Agree on marks first.", field="found")
    if task.look_again:
        task.look_again = False
        audit.record(task, "looked_again", by=by, reason=reason)


def acts_for_it(bid: Bid, person: Person, grounds: Collection[Ground], at: datetime) -> bool:
    """That a ground is a council of the bid for which the person acts today."""
    today = {a.id for a in person.appointments_on(clock.london(at).date())}
    return any(ground.key.startswith(tuple(f"council-a{number}-" for number in today)) for ground in grounds)


def _refuse_settling(bid: Bid, person: Person, reason: str, by: Person, at: datetime) -> None:
    refuse_outsider(bid, by, at)
    if person.id == by.id:
        raise Refused("Ask a colleague to settle what concerns yourself.")
    if not reason:
        raise Refused("Give a reason.", field="reason")
