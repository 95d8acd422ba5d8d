"""An appraiser's own work: the declaration, marks and reasons, and handing them in.

What happens here is noted on the assignment, never on the bid: its council reads the bid's own trail.
"""

from collections.abc import Mapping
from datetime import datetime

from grants import audit
from grants.appraisal.guards import Marked, hold, refuse_overtaken
from grants.appraisal.models import MARKS, Assignment, AssignmentState, Score
from grants.appraisal.parts import Place, parts_of
from grants.appraisal.queries import SHORTEST_REASON
from grants.bids.models import BidStatus, Conflict
from grants.funds.models import Criterion
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person


def declare_no_conflict(assignment: Assignment, *, by: Person, at: datetime) -> None:
    """Said once, before anything of the bid but its councils and its title is shown."""
    hold(assignment)
    _refuse_not_own(assignment, by)
    if assignment.declared_at is None:
        assignment.declared_at = at
        audit.record(assignment, "declared_no_conflict", by=by)


def declare_conflict(assignment: Assignment, *, reason: str, by: Person, at: datetime) -> None:
    """At any time: from now on nothing of the bid is there for this person, and a score given is set aside, kept."""
    hold(assignment)
    _refuse_not_own(assignment, by)
    if not reason:
        raise Refused("Say what the conflict is.", field="reason")
    assignment.conflicted = True
    assignment.declared_at = assignment.declared_at or at
    db.session.add(
        Conflict(person_id=by.id, bid_id=assignment.bid_id, declared_at=at, declared_by_id=by.id, reason=reason)
    )
    audit.record(assignment, "declared_conflict", by=by, reason=reason, set_aside=assignment.submitted_at is not None)


def score(assignment: Assignment, marks: Mapping[tuple[Criterion, int], Marked], *, by: Person, at: datetime) -> None:
    """Keep marks and reasons as they are so far, finished or not; what did not change is left alone."""
    hold(assignment)
    _refuse_not_open(assignment, by)
    known = scores_of(assignment)
    asked = {part.place for part in parts_of(assignment.bid.round.criteria)}
    for (criterion, part), marked in marks.items():
        place = criterion.id, part
        if place not in asked or marked.mark not in (None, *MARKS):
            raise Refused("That is no mark for a criterion of this round.")
        refuse_overtaken(known.get(place), place, marked)
    for (criterion, part), marked in marks.items():
        row = known.get((criterion.id, part))
        if (marked.mark, marked.reason) == ((row.mark, row.reason) if row else (None, "")):
            continue
        if row is None:
            row = Score(criterion=criterion, part=part)
            assignment.scores.append(row)
        row.mark, row.reason, row.changed_at = marked.mark, marked.reason, at
        audit.record(assignment, "scored", by=by, criterion=criterion.code, part=part, mark=marked.mark)


def scores_of(assignment: Assignment) -> dict[Place, Score]:
    return {(row.criterion_id, row.part): row for row in assignment.scores}


def is_scored(row: Score | None) -> bool:
    """A mark with a reason long enough; a mark alone is a draft."""
    return row is not None and row.mark is not None and len(row.reason) >= SHORTEST_REASON


def submit_scores(assignment: Assignment, *, by: Person, at: datetime) -> None:
    """Hand in a complete set: read-only from then on. Refused while a criterion lacks its mark or its reason."""
    hold(assignment)
    if assignment.state is AssignmentState.SUBMITTED and assignment.person_id == by.id:
        return
    _refuse_not_open(assignment, by)
    known = scores_of(assignment)
    asked = parts_of(assignment.bid.round.criteria)
    lacking = [part.title for part in asked if not is_scored(known.get(part.place))]
    if lacking:
        raise Refused(f"Not scored yet: {', '.join(lacking)}.")
    assignment.submitted_at = at
    audit.record(assignment, "submitted", by=by)


def _refuse_not_own(assignment: Assignment, by: Person) -> None:
    if assignment.person_id != by.id or assignment.ended_at or assignment.conflicted:
        raise Refused("This is not yours to appraise.")


def _refuse_not_open(assignment: Assignment, by: Person) -> None:
    _refuse_not_own(assignment, by)
    if assignment.state is AssignmentState.TO_DECLARE:
        raise Refused("Say first whether you have a conflict of interest.")
    if assignment.submitted_at or assignment.bid.status is not BidStatus.APPRAISAL:
        raise Refused("These scores have been handed in and cannot be changed.")
