"""Writing feedback, and the second person who releases it. A text that is changed has to be approved anew.

What happens here is noted on the text, never on the bid: its council reads the bid's own trail.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from grants import audit
from grants.appraisal.feedback import queries
from grants.appraisal.feedback.composing import title_of
from grants.appraisal.feedback.guarding import Guard, guard_of
from grants.appraisal.guards import hold_bid, refuse_outsider
from grants.appraisal.models import Assignment, Feedback
from grants.bids.models import Bid
from grants.funds.models import Criterion
from grants.kernel import text
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.people.models import Person

LONGEST_FEEDBACK = 10_000


@dataclass(frozen=True)
class Words:
    """What is to be said of a criterion, or of the bid as a whole (None); `version_seen` is 0 for a new text."""

    criterion: Criterion | None
    text: str
    version_seen: int = 0

    @property
    def name(self) -> str:
        """The field of a form that it comes from."""
        return field_of(self.criterion)


def field_of(criterion: Criterion | None) -> str:
    return f"text_{criterion.id if criterion else 0}"


def write(bid: Bid, words: Sequence[Words], *, by: Person, at: datetime) -> None:
    """Keep these texts as drafts; what did not change is left alone, and an emptied one is taken away.

    A text whose writer turned out to have a conflict becomes that of who saves it, changed or not. Refused before the
    judgement is over and once the feedback is sent; for a person with a conflict or who appraises the bid; and for a
    passage that would tell the council what it may not know, which is named.
    """
    _hold(bid, by, at)
    known, gone = queries.feedback_on(bid), queries.conflicted_with(bid)
    changed = [one for one in words if _differs(one, known.get(one.criterion.id if one.criterion else None), gone)]
    if not changed:
        return
    guard = guard_of(bid)
    for one in changed:
        _check(bid, one, known.get(one.criterion.id if one.criterion else None), guard)
    for one in changed:
        _keep(bid, one, known.get(one.criterion.id if one.criterion else None), by=by, at=at)
    db.session.flush()


def _hold(bid: Bid, by: Person, at: datetime) -> None:
    hold_bid(bid)
    refuse_outsider(bid, by, at)
    if db.session.scalar(select(Assignment.id).where(Assignment.bid_id == bid.id, Assignment.person_id == by.id)):
        raise Refused("Whoever appraises a bid does not write its feedback.")
    if bid.status not in queries.FED_BACK:
        raise Refused("Feedback is written once the bid is moderated.")
    if queries.sent_on(bid):
        raise Refused("The feedback has been sent. It stands as the council got it.")


def _differs(one: Words, row: Feedback | None, gone: Collection[int]) -> bool:
    """Or is to be taken over from one of those in `gone`."""
    said = row.text if row else ""
    return text.tidy(one.text) != said or bool(row and said and row.written_by_id in gone)


def _check(bid: Bid, one: Words, row: Feedback | None, guard: Guard) -> None:
    if one.criterion and one.criterion.round_id != bid.round_id:
        raise Refused("That is no criterion of the bid’s round.")
    if text.unfit(one.text) or len(one.text) > LONGEST_FEEDBACK:
        raise Refused(f"Use at most {LONGEST_FEEDBACK:,} ordinary characters.", field=one.name)
    if (row.version if row else 0) != one.version_seen:
        raise Overtaken(theirs=row.text if row else "", field=one.name)
    if leaks := guard.leaks(one.text):
        raise Refused("The council may not read this: " + " ".join(map(str, leaks[:5])), field=one.name)


def _keep(bid: Bid, one: Words, row: Feedback | None, *, by: Person, at: datetime) -> None:
    said = text.tidy(one.text)
    criterion = one.criterion.code if one.criterion else ""
    if row is None:
        row = Feedback(bid=bid, criterion=one.criterion)
        db.session.add(row)
    row.text, row.written_by, row.written_at = said, by, at
    row.approved_by = row.approved_at = None
    audit.record(row, "wrote" if said else "took_away", by=by, bid=bid.key, criterion=criterion)


def approve(bid: Bid, seen: Mapping[str, int], *, by: Person, at: datetime) -> None:
    """Release texts on this bid: {key: the version that was read}. Refused for one's own, and where one has changed.

    So is the text of somebody who turned out to have a conflict, until a colleague has taken it over. Names are looked
    for again: a bid may have come into the round since the text was written.
    """
    _hold(bid, by, at)
    known = {row.key: row for row in queries.feedback_on(bid).values()}
    guard, gone = guard_of(bid), queries.conflicted_with(bid)
    for key, version in seen.items():
        row = known.get(key)
        if row is None or not row.text or row.version != version:
            raise Overtaken("This text has been changed meanwhile. Read it again before you approve it.")
        if row.written_by_id in gone:
            raise Refused(f"Who wrote on {title_of(row)} has a conflict of interest. Save the text as yours first.")
        if row.written_by_id == by.id and not row.approved_at:
            raise Refused(f"Another person must approve what you wrote on: {title_of(row)}.")
        refuse_leaks(row, guard)
    for row in (known[key] for key in seen):
        if row.approved_at is None:
            row.approved_by, row.approved_at = by, at
            criterion = row.criterion.code if row.criterion else ""
            audit.record(row, "approved", by=by, bid=bid.key, criterion=criterion)
    db.session.flush()


def take_back_approvals(bid: Bid, person: Person, *, by: Person) -> None:
    """`person` turns out to have a conflict: what he or she wrote or approved is not released until two others have.

    Called with the bid held. Feedback that has been sent stands as the council got it.
    """
    if queries.sent_on(bid):
        return
    for row in queries.feedback_on(bid).values():
        if row.approved_at and person.id in (row.written_by_id, row.approved_by_id):
            row.approved_by = row.approved_at = None
            audit.record(row, "unapproved", by=by, reason="Conflict of interest.", bid=bid.key)


def refuse_leaks(row: Feedback, guard: Guard) -> None:
    if words := too_much(row, guard):
        raise Refused(words)


def too_much(row: Feedback, guard: Guard) -> str:
    """What the council may not read in this text, in a sentence; empty where it may read all of it."""
    leaks = guard.leaks(row.text)
    return f"The council may not read this in “{title_of(row)}”: {leaks[0]}" if leaks else ""
