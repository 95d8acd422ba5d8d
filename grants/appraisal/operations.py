"""Judging bids: gates, who appraises what, conflicts and scores; agreed marks are in `moderation`.

What happens here is noted on the gate result, the assignment or the agreed mark, never on the bid: its council reads
the bid's own trail. Operations that must not meet half way hold the row of the bid or of the assignment first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select

from grants import audit
from grants.appraisal import queries
from grants.appraisal.guards import (
    Marked,
    closed_to,
    hold,
    hold_bid,
    refuse_outsider,
    refuse_overtaken,
)
from grants.appraisal.models import (
    MARKS,
    Assignment,
    AssignmentState,
    GateOutcome,
    GateResult,
    Moderation,
    Score,
)
from grants.appraisal.moderation import agree_marks as agree_marks
from grants.appraisal.moderation import conclude_moderation as conclude_moderation
from grants.bids import operations as bids
from grants.bids.models import Bid, BidStatus, Conflict
from grants.funds.models import Criterion, Gate
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.messages.operations import tell
from grants.people.models import Person
from grants.people.roles import Permission

SHORTEST_REASON = queries.SHORTEST_REASON


@dataclass(frozen=True)
class Finding:
    """What a checker says of one gate; `version_seen` is 0 where nothing had been said of it before."""

    outcome: GateOutcome
    reason: str = ""
    version_seen: int = 0


# --- Eligibility


def check(bid: Bid, findings: Mapping[Gate, Finding], *, by: Person, at: datetime) -> None:
    """Note what was found at some gates. What did not change is left alone; a changed fail needs agreeing anew."""
    hold_bid(bid)
    refuse_outsider(bid, by, at)
    if bid.status is not BidStatus.SUBMITTED:
        raise Refused("The eligibility check of this bid has been concluded.")
    known = queries.gate_results(bid)
    for gate, finding in findings.items():
        _check_finding(bid, gate, finding, known.get(gate.id))
    for gate, finding in findings.items():
        _find(bid, gate, finding, known.get(gate.id), by=by, at=at)


def _check_finding(bid: Bid, gate: Gate, finding: Finding, known: GateResult | None) -> None:
    if gate.round_id != bid.round_id:
        raise Refused("This is no gate of the bid’s round.")
    if finding.outcome is not GateOutcome.PASS and not finding.reason:
        raise Refused(f"Say why {gate.code} is not passed.", field=f"reason_{gate.id}")
    unchanged = known and (known.outcome, known.reason) == (finding.outcome, finding.reason)
    if not unchanged and (known.version if known else 0) != finding.version_seen:
        theirs = f"{known.outcome}: {known.reason}" if known else ""
        raise Overtaken(theirs=theirs, field=f"outcome_{gate.id}")


def _find(bid: Bid, gate: Gate, finding: Finding, result: GateResult | None, *, by: Person, at: datetime) -> None:
    if result and (result.outcome, result.reason) == (finding.outcome, finding.reason):
        return
    if result is None:
        result = GateResult(bid=bid, gate=gate)
        db.session.add(result)
    result.outcome, result.reason = finding.outcome, finding.reason
    result.checked_by, result.checked_at = by, at
    result.second_checker_id = result.second_checked_at = None
    audit.record(
        result, "checked", by=by, reason=finding.reason, bid=bid.key, gate=gate.code, outcome=finding.outcome.value
    )


def agree_fail(result: GateResult, *, version_seen: int, by: Person, at: datetime) -> None:
    """A second person confirms that a gate is failed; only then does the fail count."""
    bid = result.bid
    hold_bid(bid)
    refuse_outsider(bid, by, at)
    if bid.status is not BidStatus.SUBMITTED or result.outcome is not GateOutcome.FAIL:
        raise Refused("There is no fail to agree to here.")
    if result.checked_by_id == by.id:
        raise Refused("A second person must agree to a fail: you found it yourself.")
    if result.version != version_seen:
        raise Overtaken()
    if result.second_checker_id:
        return
    result.second_checker_id, result.second_checked_at = by.id, at
    audit.record(result, "agreed_fail", by=by, bid=bid.key, gate=result.gate.code)


def conclude_eligibility(bid: Bid, *, by: Person, at: datetime) -> None:
    """On to appraisal if every gate is passed; ineligible if any is failed and a second checker agrees."""
    hold_bid(bid)
    refuse_outsider(bid, by, at)
    if bid.status is not BidStatus.SUBMITTED:
        raise Refused("The eligibility check of this bid has been concluded.")
    known = queries.gate_results(bid)
    open_gates = [g.code for g in bid.round.gates if g.id not in known or known[g.id].outcome is GateOutcome.QUERY]
    if open_gates:
        raise Refused(f"Not settled yet: {', '.join(open_gates)}.")
    fails = [result for result in known.values() if result.outcome is GateOutcome.FAIL]
    if any(result.second_checker_id is None for result in fails):
        raise Refused("A second checker must agree to every fail first.")
    bids.move(bid, BidStatus.INELIGIBLE if fails else BidStatus.APPRAISAL, by=by)
    for result in fails or list(known.values())[-1:]:
        audit.record(result, "found_ineligible" if fails else "found_eligible", by=by, bid=bid.key)


# --- Assignments


def assign(
    to_score: Sequence[Bid], person: Person, *, by: Person, at: datetime, address_of_page: str = ""
) -> list[Assignment]:
    """Give bids to one appraiser, and tell him or her once. A bid that is with the person already stays as it is.

    Refused for all of them if one is not in appraisal, is being moderated, or is closed to the person: a conflict, or
    a council of the bid that the person acts for. An assignment ended earlier is opened again, its scores with it.
    """
    if not person.may_on(clock.london(at).date(), Permission.BID_SCORE):
        raise Refused(f"{person.name} is not an appraiser today.", field="person")
    for bid in sorted(to_score, key=lambda bid: bid.id):  # the same order for all, so that nobody waits in a ring
        hold_bid(bid)
        refuse_outsider(bid, by, at)
        _refuse_assigning(bid, person, at)
    made = [_assigned(bid, person, by=by, at=at) for bid in to_score]
    if new := [assignment for assignment in made if assignment.assigned_at == at]:
        _tell_appraiser(person, new, address_of_page, at)
    return made


def _refuse_assigning(bid: Bid, person: Person, at: datetime) -> None:
    if bid.status is not BidStatus.APPRAISAL:
        raise Refused(f"{bid.reference} is not in appraisal.", field="bids")
    if db.session.scalar(select(exists().where(Moderation.bid_id == bid.id))):
        raise Refused(f"The moderation of {bid.reference} has begun: it takes no more appraisers.", field="bids")
    if closed_to(bid, person, at):
        raise Refused(f"{person.name} has a conflict of interest with {bid.reference}.", field="person")


def _assigned(bid: Bid, person: Person, *, by: Person, at: datetime) -> Assignment:
    task = db.session.scalar(
        select(Assignment).where(Assignment.bid_id == bid.id, Assignment.person_id == person.id)
    ) or Assignment(bid=bid, person=person, conflicted=False)
    if task.id and not task.ended_at:
        return task
    task.assigned_by_id, task.assigned_at, task.ended_at = by.id, at, None
    db.session.add(task)
    audit.record(task, "assigned", by=by, bid=bid.key, appraiser=person.key)
    return task


def _tell_appraiser(person: Person, tasks: Sequence[Assignment], address_of_page: str, at: datetime) -> None:
    """Says how many and in which round, and nothing of the bids: a conflict may yet have to be declared."""
    db.session.flush()
    several = f"{len(tasks)} bids" if len(tasks) > 1 else "a bid"
    rounds = ", ".join(sorted({task.bid.round.name for task in tasks}))
    body = (
        f"Hello {person.name}\n\nYou have {several} to appraise in {rounds}. Please say first whether you have a "
        f"conflict of interest with any of them. You find them under My appraisals.\n\n{address_of_page}\n"
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
    assignment.ended_at = at
    audit.record(assignment, "ended", by=by, reason=reason)


# --- The appraiser's own work


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


def score(assignment: Assignment, marks: Mapping[Criterion, Marked], *, by: Person, at: datetime) -> None:
    """Keep marks and reasons as they are so far, finished or not; what did not change is left alone."""
    hold(assignment)
    _refuse_not_open(assignment, by)
    known = {row.criterion_id: row for row in assignment.scores}
    for criterion, marked in marks.items():
        if criterion.round_id != assignment.bid.round_id or marked.mark not in (None, *MARKS):
            raise Refused("That is no mark for a criterion of this round.")
        refuse_overtaken(known.get(criterion.id), criterion, marked)
    for criterion, marked in marks.items():
        row = known.get(criterion.id)
        if (marked.mark, marked.reason) == ((row.mark, row.reason) if row else (None, "")):
            continue
        if row is None:
            row = Score(criterion=criterion)
            assignment.scores.append(row)
        row.mark, row.reason, row.changed_at = marked.mark, marked.reason, at
        audit.record(assignment, "scored", by=by, criterion=criterion.code, mark=marked.mark)


def is_scored(row: Score | None) -> bool:
    """A mark with a reason long enough; a mark alone is a draft."""
    return row is not None and row.mark is not None and len(row.reason) >= SHORTEST_REASON


def submit_scores(assignment: Assignment, *, by: Person, at: datetime) -> None:
    """Hand in a complete set: read-only from then on. Refused while a criterion lacks its mark or its reason."""
    hold(assignment)
    if assignment.state is AssignmentState.SUBMITTED and assignment.person_id == by.id:
        return
    _refuse_not_open(assignment, by)
    known = {row.criterion_id: row for row in assignment.scores}
    lacking = [c.name for c in assignment.bid.round.criteria if not is_scored(known.get(c.id))]
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
