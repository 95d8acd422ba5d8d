"""Agreeing marks once every appraiser has submitted: beside the appraisers' own and never over them."""

from collections.abc import Mapping
from datetime import datetime

from grants import audit
from grants.appraisal import queries
from grants.appraisal.guards import Marked, hold_bid, refuse_outsider, refuse_overtaken
from grants.appraisal.models import MARKS, AssignmentState, Moderation
from grants.appraisal.parts import field_of, parts_of
from grants.bids import operations as bids
from grants.bids.models import Bid, BidStatus
from grants.funds.models import Criterion, RoundStatus
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person


def agree_marks(bid: Bid, marks: Mapping[tuple[Criterion, int], Marked], *, by: Person, at: datetime) -> None:
    """Keep the marks agreed for some parts of criteria, each with its reason, beside the appraisers' own.

    Refused to an appraiser of the bid, while an appraiser has not submitted, and once decisions are announced.
    """
    hold_bid(bid)
    _refuse_moderating(bid, by, at)
    known = queries.agreed_marks(bid)
    for (criterion, part), marked in marks.items():
        place = criterion.id, part
        if criterion.round_id != bid.round_id or marked.mark not in MARKS:
            raise Refused("Choose a mark from 0 to 5.", field=field_of("mark", place))
        if not marked.reason:
            raise Refused(f"Give the reason for the mark agreed for {criterion.name}.", field=field_of("reason", place))
        refuse_overtaken(known.get(place), place, marked)
    for (criterion, part), marked in marks.items():
        assert marked.mark is not None
        row = known.get((criterion.id, part))
        before = row.mark if row else None
        if row and (row.mark, row.reason) == (marked.mark, marked.reason):
            continue
        if row is None:
            row = Moderation(bid=bid, criterion=criterion, part=part)
            db.session.add(row)
        row.mark, row.reason, row.agreed_by, row.agreed_at = marked.mark, marked.reason, by, at
        audit.record(
            row, "agreed", by=by, reason=marked.reason, bid=bid.key, criterion=criterion.code, part=part,
            mark=marked.mark, before=before,
        )  # fmt: skip


def conclude_moderation(bid: Bid, *, by: Person, at: datetime) -> None:
    """The bid is moderated and takes its place in the ranking. Refused while a criterion has no agreed mark."""
    hold_bid(bid)
    _refuse_moderating(bid, by, at)
    if bid.status is BidStatus.MODERATED:
        return
    known = queries.agreed_marks(bid)
    lacking = [part.title for part in parts_of(bid.round.criteria) if part.place not in known]
    if lacking or not known:
        raise Refused(f"No agreed mark yet: {', '.join(lacking) or 'the round has no criteria'}.")
    bids.move(bid, BidStatus.MODERATED, by=by)
    audit.record(next(iter(known.values())), "concluded_moderation", by=by, bid=bid.key)


def _refuse_moderating(bid: Bid, by: Person, at: datetime) -> None:
    refuse_outsider(bid, by, at)
    if bid.status not in queries.SCORED or bid.round.status is RoundStatus.ANNOUNCED:
        raise Refused("The marks of this bid can no longer be changed.")
    tasks = queries.judged([bid.id])[bid.id]
    if any(task.person_id == by.id for task in tasks):
        raise Refused("You cannot moderate a bid that you appraise.")
    live = [task for task in tasks if task.state not in (AssignmentState.ENDED, AssignmentState.CONFLICTED)]
    if not any(task.counts for task in live) or not all(task.counts for task in live):
        raise Refused("Moderation waits until every appraiser has submitted.")
