"""Agreeing marks once every appraiser has submitted: beside the appraisers' own and never over them.

One person proposes a mark with a reason, a second one agrees. Who appraises the bid, or has a conflict, does neither.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from grants import audit
from grants.appraisal import queries
from grants.appraisal.guards import Marked, hold_bid, refuse_outsider, refuse_overtaken
from grants.appraisal.models import MARKS, Assignment, AssignmentState, Moderation
from grants.appraisal.parts import Place, field_of, parts_of
from grants.appraisal.remarks.guards import refuse_stopped
from grants.audit.queries import trail
from grants.bids.models import Bid, BidStatus, Conflict
from grants.funds.models import Criterion, RoundStatus
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.people.models import Person


def agree_marks(bid: Bid, marks: Mapping[tuple[Criterion, int], Marked], *, by: Person, at: datetime) -> int:
    """Propose agreed marks for some parts of criteria, each with its reason; a changed one needs a second person anew.

    Returns how many were not proposed already. Refused for no mark at all, to an appraiser of the bid, while an
    appraiser has not submitted, and once decisions are announced.
    """
    hold_bid(bid)
    refuse_moderating(bid, by, at)
    known, marked_parts = standing(bid), {part.place for part in parts_of(bid.round.criteria)}
    gone = _conflicted(bid)
    if not marks:
        raise Refused("Choose at least one mark to propose.", field=field_of("mark", min(marked_parts)))
    for (criterion, part), marked in marks.items():
        place = criterion.id, part
        if place not in marked_parts or marked.mark not in MARKS:
            raise Refused("Choose a mark from 0 to 5.", field=field_of("mark", place))
        if not marked.reason:
            raise Refused(f"Give the reason for the mark agreed for {criterion.name}.", field=field_of("reason", place))
        refuse_overtaken(known.get(place), place, marked)
    proposed = 0
    for (criterion, part), marked in marks.items():
        row = known.get((criterion.id, part))
        if row is None or row.agreed_by_id in gone or (row.mark, row.reason) != (marked.mark, marked.reason):
            _propose(bid, criterion, part, row, marked, by=by, at=at)
            proposed += 1
    return proposed


def _propose(
    bid: Bid, criterion: Criterion, part: int, row: Moderation | None, marked: Marked, *, by: Person, at: datetime
) -> None:
    assert marked.mark is not None
    before = row.mark if row else None
    if row is None:
        row = Moderation(bid=bid, criterion=criterion, part=part)
        db.session.add(row)
    row.mark, row.reason, row.agreed_by, row.agreed_at = marked.mark, marked.reason, by, at
    row.second_by, row.seconded_at = None, None
    audit.record(
        row, "agreed", by=by, reason=marked.reason, bid=bid.key, criterion=criterion.code, part=part, mark=marked.mark,
        before=before,
    )  # fmt: skip


def second_marks(bid: Bid, seen: Mapping[Place, int], *, by: Person, at: datetime) -> None:
    """Agree, as the second person, to marks that others proposed: from now on they count.

    `seen` has the version of each that was read. Refused for one's own, and where one was changed meanwhile.
    """
    hold_bid(bid)
    refuse_moderating(bid, by, at)
    known, gone = standing(bid), _conflicted(bid)
    for place, version in seen.items():
        row = known.get(place)
        if row is None or row.version != version:
            theirs = f"{row.mark}: {row.reason}" if row else ""
            raise Overtaken(theirs=theirs, field="seconded")
        if row.agreed_by_id == by.id:
            raise Refused("You proposed this mark yourself; somebody else has to agree to it.", field="seconded")
        if row.agreed_by_id in gone:
            raise Refused("Who proposed this mark has a conflict of interest. Propose it yourself.", field="seconded")
    for place in seen:
        row = known[place]
        if row.second_by_id is None:
            before = row.settled_mark
            row.second_by, row.seconded_at, row.settled_mark = by, at, row.mark
            audit.record(
                row, "seconded", by=by, bid=bid.key, criterion=row.criterion.code, part=row.part, mark=row.mark,
                before=before,
            )  # fmt: skip


def _conflicted(bid: Bid) -> set[int]:
    """Ids of the people with a conflict of interest on record."""
    return set(db.session.scalars(select(Conflict.person_id).where(Conflict.bid_id == bid.id)))


def unsettle(bid: Bid, *, by: Person, why: str) -> None:
    """The appraisers' marks change, or fewer of them count: what was agreed on them has to be agreed to once more.

    Called with the bid held, while it is in appraisal; a bid that is moderated already keeps what was agreed.
    """
    if bid.status is not BidStatus.APPRAISAL:
        return
    for row in standing(bid).values():
        if row.settled_mark is not None:
            row.second_by, row.second_by_id, row.seconded_at, row.settled_mark = None, None, None, None
            audit.record(row, "unsettled", by=by, reason=why, bid=bid.key, part=row.part)


def set_back(bid: Bid, person: Person, *, by: Person) -> None:
    """`person` turns out to have a conflict: two others have to agree to what he or she proposed or agreed to.

    Called with the bid held. In appraisal the mark no longer counts, nor does one that the two had settled before
    another was proposed; a moderated bid keeps it until they have agreed.
    """
    if bid.status not in queries.SCORED:
        return
    in_appraisal = bid.status is BidStatus.APPRAISAL
    for row in standing(bid).values():
        if row.second_by_id is None and not (in_appraisal and row.settled_mark is not None):
            continue
        if person.id in _settled_by(row):
            row.second_by, row.second_by_id, row.seconded_at = None, None, None
            if in_appraisal:
                row.settled_mark = None
            audit.record(row, "unsettled", by=by, reason="Conflict of interest.", bid=bid.key, part=row.part)


def _settled_by(row: Moderation) -> set[int | None]:
    """The two people on whose word a mark counts. Once another is proposed, the trail alone still knows them."""
    if row.second_by_id is not None:
        return {row.agreed_by_id, row.second_by_id}
    proposed_by, settled_by = None, set[int | None]()
    for event in reversed(db.session.scalars(trail(row)).all()):
        if event.verb == "agreed":
            proposed_by = event.actor_id
        elif event.verb == "seconded":
            settled_by = {proposed_by, event.actor_id}
    return settled_by


def standing(bid: Bid) -> dict[Place, Moderation]:
    """What was agreed so far, read again: what this transaction read before it held the bid may be older."""
    db.session.flush()
    rows = select(Moderation).where(Moderation.bid_id == bid.id).order_by(Moderation.criterion_id, Moderation.part)
    found = db.session.scalars(rows.execution_options(populate_existing=True))
    return {(row.criterion_id, row.part): row for row in found}


def refuse_moderating(bid: Bid, by: Person, at: datetime) -> None:
    """Asked with the bid held. A moderated bid may have lost all its appraisers since; it can be put right even so."""
    refuse_outsider(bid, by, at)
    if bid.status not in queries.SCORED or bid.round.status is RoundStatus.ANNOUNCED:
        raise Refused("The marks of this bid can no longer be changed.")
    given = select(Assignment).where(Assignment.bid_id == bid.id).execution_options(populate_existing=True)
    tasks = db.session.scalars(given).all()
    if any(task.person_id == by.id for task in tasks):
        raise Refused("You cannot moderate a bid that you appraise.")
    refuse_stopped(bid)
    on_it = [task for task in tasks if task.state not in (AssignmentState.ENDED, AssignmentState.CONFLICTED)]
    if not all(task.counts for task in on_it) or not (on_it or bid.status is BidStatus.MODERATED):
        raise Refused("Moderation waits until every appraiser has submitted.")
