"""Scores that were handed in, given back to their appraiser to be changed.

Whoever does so has read the others' marks, so what the appraiser reads of it is chosen and never typed.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from grants import audit
from grants.appraisal.guards import could_read_the_trail, hold, refuse_outsider
from grants.appraisal.models import Assignment, Conclusion
from grants.appraisal.moderating.agreeing import unsettle
from grants.appraisal.parts import Part
from grants.appraisal.queries import judged
from grants.appraisal.scoring.queries import REOPENED
from grants.appraisal.scoring.wording import Because
from grants.bids.models import BidStatus
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.operations import tell
from grants.people.models import Person


def reopen(
    assignment: Assignment,
    because: Because,
    about: Sequence[Part] = (),
    *,
    reason: str,
    by: Person,
    at: datetime,
    address_of_page: str = "",
) -> None:
    """The appraiser may change the scores and has to submit them again. The others' scores are hidden until then.

    The appraiser reads `because` and what it is `about`; `reason` is for the trail alone. Refused to anybody who
    appraises the bid or is an outsider to it, without a reason, once the bid is moderated, and where the appraiser has
    read the audit trail.
    """
    hold(assignment)
    refuse_outsider(assignment.bid, by, at)
    if any(task.person_id == by.id for task in judged([assignment.bid_id])[assignment.bid_id]):
        raise Refused("You cannot reopen scores of a bid that you appraise.")
    if assignment.bid.status is not BidStatus.APPRAISAL:
        raise Refused("The bid is moderated already, so its scores stay as they are.")
    if assignment.submitted_at and db.session.scalar(
        select(Conclusion.id).where(
            Conclusion.bid_id == assignment.bid_id, Conclusion.concluded_at >= assignment.submitted_at
        )
    ):  # what they came to has been read since
        raise Refused("The bid was moderated with these scores, so they stay as they are.")
    if not assignment.counts:
        raise Refused("These scores are not handed in, or take no part any more.")
    if could_read_the_trail(assignment.person, clock.london(at).date()):
        raise Refused(f"{assignment.person.name} could read the others’ scores, so these stay as they are.")
    if not reason:
        raise Refused("Give a reason.", field="reason")
    assignment.submitted_at = None
    unsettle(assignment.bid, by=by, why="Scores were opened again.")
    said = {"because": because.value, "about": [part.title for part in about]}
    audit.record(assignment, REOPENED, by=by, reason=reason, **said)
    _tell_appraiser(assignment, by=by, at=at, address_of_page=address_of_page)


def _tell_appraiser(assignment: Assignment, *, by: Person, at: datetime, address_of_page: str) -> None:
    """Names neither the bid nor the reason, which stand on the page."""
    person = assignment.person
    body = (
        f"Hello {person.name}\n\nScores that you have submitted in {assignment.bid.round.name} are open to you again. "
        f"{by.name} says why on the page of the bid. Please look at them and submit them once more.\n\n"
        f"{address_of_page}\n"
    )
    once = f"reopened {assignment.key} {at.isoformat()}"
    tell(person.email, "Your scores are open again", body, person_id=person.id, at=at, once=once[:120])
