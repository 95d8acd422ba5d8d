"""What a decision stands on: people without a conflict, a judgement that is the same as then, nothing left to settle.

Known at reading: whatever undoes it happens in rooms that know nothing of decisions.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Enum, and_, case, exists, literal, null, or_, select

from grants.appraisal.gates.queries import to_check
from grants.appraisal.models import Assignment, Conclusion, Moderation
from grants.appraisal.queries import DECIDED
from grants.appraisal.tallies import moderated_in_vain
from grants.bids.models import Bid, BidStatus, Conflict


class Again(StrEnum):
    """Why a decision has to be taken again."""

    OPEN = "open"
    CHANGED = "changed"
    CONFLICT = "conflict"


WHY_AGAIN = {
    Again.OPEN: "The check or the moderation of this bid has to be settled first.",
    Again.CHANGED: "What this bid is judged by has changed since the decision was proposed.",
    Again.CONFLICT: "Who proposed or confirmed the decision has a conflict of interest with this bid.",
}
_KIND = Enum(Again, native_enum=False, values_callable=lambda kind: [str(member) for member in kind])


def left_open() -> ColumnElement[bool]:
    """That the check or the moderation of a bid is not at its end: a conflict undid it, or a mark waits."""
    waits = _any(Moderation, Moderation.second_by_id.is_(None))
    look_again = _any(Assignment, Assignment.look_again)
    return or_(to_check(), moderated_in_vain(), and_(Bid.status == BidStatus.MODERATED, or_(waits, look_again)))


def again(decision_bid: Any, proposed_at: Any, *people: Any) -> ColumnElement[Again | None]:
    """Why the decision of these columns has to be taken again; None where it need not, and once it is announced."""
    conflict = _any(Conflict, Conflict.person_id.in_(people))
    judged = or_(left_open(), Bid.status == BidStatus.APPRAISAL)
    why = case(
        (Bid.status.in_(DECIDED), null()),
        (judged, literal(Again.OPEN, _KIND)),
        (_changed_since(proposed_at), literal(Again.CHANGED, _KIND)),
        (conflict, literal(Again.CONFLICT, _KIND)),
    )
    return select(why).where(Bid.id == decision_bid).correlate_except(Bid).scalar_subquery()


def _changed_since(moment: Any) -> ColumnElement[bool]:
    """A moderation came to its end, two people agreed on a mark, or a conflict undid a score or a conclusion."""
    concluded = _any(Conclusion, Conclusion.concluded_at > moment)
    agreed = _any(Moderation, Moderation.seconded_at > moment)
    scored = and_(Assignment.person_id == Conflict.person_id, Assignment.submitted_at.is_not(None))
    set_aside = or_(
        exists().where(Assignment.bid_id == Bid.id, scored).correlate_except(Assignment),
        exists()
        .where(Conclusion.bid_id == Bid.id, Conclusion.concluded_by_id == Conflict.person_id)
        .correlate_except(Conclusion),
    )
    return or_(concluded, agreed, _any(Conflict, Conflict.declared_at > moment, set_aside))


def _any(table: Any, *conditions: Any) -> ColumnElement[bool]:
    """That the bid has such a row."""
    return exists().where(table.bid_id == Bid.id, *conditions).correlate_except(table)
