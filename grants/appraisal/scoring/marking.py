"""An appraiser's own work: the declaration, marks and reasons, and handing them in.

What happens here is noted on the assignment, never on the bid: its council reads the bid's own trail.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import select

from grants import audit
from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.guards import Marked, hold, is_overtaken
from grants.appraisal.models import MARKS, Assignment, AssignmentState, Score
from grants.appraisal.parts import Place, field_of, parts_of
from grants.appraisal.queries import SHORTEST_REASON
from grants.appraisal.remarks.guards import refuse_stopped
from grants.appraisal.remarks.queries import waits_for_answer
from grants.bids.models import BidStatus
from grants.funds.models import Criterion
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.people.models import Person

SITTING = timedelta(minutes=10)
_SAVED_ELSEWHERE = (
    "You saved this elsewhere while you had it open here. Nothing was lost: check what stands here now and save again."
)
Given: TypeAlias = Mapping[tuple[Criterion, int], Marked]


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
    close_bid(assignment.bid, by, reason=reason, by=by, at=at)


def score(assignment: Assignment, marks: Given, *, by: Person, at: datetime) -> None:
    """Keep marks and reasons as they are so far, finished or not; what did not change is left alone.

    Refused, before any change, where one was saved elsewhere since it was read, or may not be scored at present.
    """
    known = _held_open(assignment, marks, by)
    for (criterion, part), marked in marks.items():
        place = criterion.id, part
        if is_overtaken(known.get(place), marked):
            raise Overtaken(_SAVED_ELSEWHERE, field=field_of("mark", place))
    _keep(assignment, known, marks, by=by, at=at, sitting=timedelta(0))


def score_while_typing(assignment: Assignment, marks: Given, *, by: Person, at: datetime) -> dict[Place, Score]:
    """The same for a page that saves by itself: those saved elsewhere meanwhile are left, and given back as they stand.

    Typing on in one reason is one event in the trail; a mark that changes is always one.
    """
    known = _held_open(assignment, marks, by)
    fit = {}
    clashes = {}
    for (criterion, part), marked in marks.items():
        row = known.get((criterion.id, part))
        if row is not None and is_overtaken(row, marked):
            clashes[criterion.id, part] = row
        else:
            fit[criterion, part] = marked
    _keep(assignment, known, fit, by=by, at=at, sitting=SITTING)
    return clashes


def _held_open(assignment: Assignment, marks: Given, by: Person) -> dict[Place, Score]:
    """The scores as they stand, with the assignment held; refused where these marks cannot be given now."""
    hold(assignment)
    _refuse_not_open(assignment, by)
    known = _standing(assignment)
    asked = {part.place: part for part in parts_of(assignment.bid.round.criteria)}
    waiting = waits_for_answer(assignment.bid)
    for (criterion, part), marked in marks.items():
        place = criterion.id, part
        if place not in asked or marked.mark not in (None, *MARKS):
            raise Refused("That is no mark for a criterion of this round.")
        if criterion.id in waiting and _differs(known.get(place), marked):
            said = f"{asked[place].title} waits for a question to the council and cannot be scored now."
            raise Refused(said, field=field_of("mark", place))
    return known


def _standing(assignment: Assignment) -> dict[Place, Score]:
    """Read again: what this transaction read before it held the assignment may be older."""
    rows = select(Score).where(Score.assignment_id == assignment.id).execution_options(populate_existing=True)
    return {(row.criterion_id, row.part): row for row in db.session.scalars(rows)}


def _differs(row: Score | None, marked: Marked) -> bool:
    return (marked.mark, marked.reason) != ((row.mark, row.reason) if row else (None, ""))


def _keep(
    assignment: Assignment, known: Mapping[Place, Score], marks: Given, *, by: Person, at: datetime, sitting: timedelta
) -> None:
    for (criterion, part), marked in marks.items():
        row = known.get((criterion.id, part))
        if not _differs(row, marked):
            continue
        goes_on = row is not None and row.mark == marked.mark and row.changed_at > at - sitting
        if row is None:
            row = Score(criterion=criterion, part=part)
            assignment.scores.append(row)
        row.mark, row.reason, row.changed_at = marked.mark, marked.reason, at
        if not goes_on:
            audit.record(assignment, "scored", by=by, criterion=criterion.code, part=part, mark=marked.mark)


def scores_of(assignment: Assignment) -> dict[Place, Score]:
    return {(row.criterion_id, row.part): row for row in assignment.scores}


def is_scored(row: Score | None) -> bool:
    """A mark with a reason long enough; a mark alone is a draft."""
    return row is not None and row.mark is not None and len(row.reason) >= SHORTEST_REASON


def submit_scores(assignment: Assignment, *, by: Person, at: datetime) -> None:
    """Hand in a complete set: read-only from then on.

    Refused while a criterion lacks its mark or its reason, or waits for a question to the council.
    """
    hold(assignment)
    if assignment.state is AssignmentState.SUBMITTED and assignment.person_id == by.id:
        return
    _refuse_not_open(assignment, by)
    known, asked, waiting = (
        _standing(assignment),
        parts_of(assignment.bid.round.criteria),
        waits_for_answer(assignment.bid),
    )
    if held_up := [part.title for part in asked if part.criterion.id in waiting]:
        raise Refused(f"A question to the council is not settled yet: {', '.join(held_up)}. You can submit after that.")
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
    refuse_stopped(assignment.bid)
