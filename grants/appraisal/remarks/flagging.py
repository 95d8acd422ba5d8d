"""Flags: raised with a reason, sent on to the council where it can answer, and settled with a word; never deleted.

What happens here is noted on the flag, never on the bid: its council reads the bid's own trail.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from grants import audit
from grants.appraisal.guards import hold_bid, refuse_outsider
from grants.appraisal.models import Assignment, AssignmentState, Flag, FlagKind
from grants.bids.afterwards.clarification_queries import ClarificationState, state_of
from grants.bids.afterwards.clarifying import ASKED_WHILE, MOST_QUESTIONS, Ask, ask_clarification
from grants.bids.handing_in.submitted_values import open_to_clarification, place_name, submitted_values
from grants.bids.leaks import refuse_marks
from grants.bids.models import Bid, BidStatus, Clarification
from grants.bids.queries import bid_in_full
from grants.funds.models import Criterion, Round, RoundStatus
from grants.kernel import text
from grants.kernel.db import Json, db
from grants.kernel.errors import Overtaken, Refused
from grants.people.models import Person

FLAGGED_WHILE = (BidStatus.SUBMITTED, BidStatus.INELIGIBLE, BidStatus.APPRAISAL, BidStatus.MODERATED)
LONGEST_REMARK = 5_000


@dataclass(frozen=True)
class Remark:
    """What is to be flagged; `places` are questions of the form by the names that addresses give them."""

    kind: FlagKind
    text: str
    criterion: Criterion | None = None
    places: Sequence[str] = field(default_factory=tuple)


def raise_flag(bid: Bid, remark: Remark, *, by: Person, at: datetime) -> Flag:
    """Say that something about the bid must be looked at before it goes on.

    Refused after the announcement; for a person with a conflict, or whose assignment on the bid is not open; for words
    that tell a mark, since they are read before everybody has submitted. A question for the council names what it is
    to answer again. Said again word for word while it is open, it is found and not doubled.
    """
    if remark.kind is FlagKind.STOP:
        _hold_round(bid)  # decisions take turns there, so that none is made while the bid is being stopped
    hold_bid(bid)
    refuse_outsider(bid, by, at)
    _refuse_not_on_it(bid, by)
    _check_remark(bid, remark)
    if raised := _raised_before(bid, remark, by):
        return raised
    asks = Json({"places": list(remark.places)} if remark.kind is FlagKind.CLARIFICATION else {})
    flag = Flag(
        bid=bid, kind=remark.kind, criterion=remark.criterion, asks=asks, text=text.tidy(remark.text), raised_at=at,
        raised_by=by,
    )  # fmt: skip
    db.session.add(flag)
    db.session.flush()
    criterion = remark.criterion.code if remark.criterion else ""
    audit.record(flag, "raised", by=by, reason=flag.text, bid=bid.key, kind=flag.kind.value, criterion=criterion)
    return flag


def _hold_round(bid: Bid) -> None:
    held = select(Round).where(Round.id == bid.round_id).with_for_update()
    db.session.scalars(held.execution_options(populate_existing=True)).one()


def _refuse_not_on_it(bid: Bid, by: Person) -> None:
    """Whoever was given the bid speaks as its appraiser, and only while he or she is one."""
    task = task_of(bid, by)
    if task is None:
        return
    if task.state not in (AssignmentState.SCORING, AssignmentState.SUBMITTED):
        raise Refused("This is not yours to appraise.")


def task_of(bid: Bid, person: Person) -> Assignment | None:
    """The bid as it was given to this person, whatever became of it."""
    given = select(Assignment).where(Assignment.bid_id == bid.id, Assignment.person_id == person.id)
    return db.session.scalar(given.execution_options(populate_existing=True))


def _check_remark(bid: Bid, remark: Remark) -> None:
    if bid.status not in FLAGGED_WHILE or bid.round.status is RoundStatus.ANNOUNCED:
        raise Refused("This bid has been decided.")
    check_words(remark.text, "text", "Say what the matter is.")
    if remark.criterion and remark.criterion.round_id != bid.round_id:
        raise Refused("That is no criterion of the bid’s round.", field="criterion")
    if remark.kind is FlagKind.CLARIFICATION:
        _check_places(bid, remark.places)


def check_words(words: str, name: str, missing: str) -> None:
    if not text.tidy(words):
        raise Refused(missing, field=name)
    if text.unfit(words) or len(words) > LONGEST_REMARK:
        raise Refused(f"Use at most {LONGEST_REMARK:,} ordinary characters.", field=name)
    refuse_marks(words, field=name)


def _check_places(bid: Bid, places: Collection[str]) -> None:
    if bid.status not in ASKED_WHILE:
        raise Refused("The council can be asked while a bid is checked or appraised.", field="kind")
    full = bid_in_full(bid.id)
    open_ones = {place_name(place) for place in open_to_clarification(full, submitted_values(full))}
    if not 0 < len(places) <= MOST_QUESTIONS:
        raise Refused(f"Choose between 1 and {MOST_QUESTIONS} answers that are unclear.", field="question")
    if not set(places) <= open_ones:
        raise Refused("One of these answers cannot be asked for again.", field="question")


def _raised_before(bid: Bid, remark: Remark, by: Person) -> Flag | None:
    mine = select(Flag).where(Flag.bid_id == bid.id, Flag.raised_by_id == by.id, Flag.settled_at.is_(None))
    same = mine.where(Flag.kind == remark.kind, Flag.text == text.tidy(remark.text))
    criterion_id = remark.criterion.id if remark.criterion else None
    return next((flag for flag in db.session.scalars(same) if flag.criterion_id == criterion_id), None)


def settle(flag: Flag, word: str, *, version_seen: int, by: Person, at: datetime) -> None:
    """What came of it: the bid goes on. Refused while the council still has time to answer.

    The programme's people settle any flag; an appraiser of the bid his or her own, but for a stop.
    """
    _hold(flag)
    refuse_outsider(flag.bid, by, at)
    _refuse_not_on_it(flag.bid, by)
    if task_of(flag.bid, by) and (flag.raised_by_id != by.id or flag.kind is FlagKind.STOP):
        raise Refused("The programme team settles this.")
    check_words(word, "word", "Say what came of it.")
    if flag.settled_at:
        if (flag.settled_by_id, flag.settlement) == (by.id, text.tidy(word)):
            return
        raise Overtaken("This has been settled meanwhile.")
    if flag.version != version_seen:
        raise Overtaken
    if flag.clarification and state_of(flag.clarification, at) is ClarificationState.ASKED:
        raise Refused("The council still has time to answer. Wait for it, or have the clarification taken back first.")
    flag.settlement, flag.settled_at, flag.settled_by = text.tidy(word), at, by
    audit.record(flag, "settled", by=by, reason=flag.settlement, bid=flag.bid.key, kind=flag.kind.value)


def _hold(flag: Flag) -> None:
    """The flag as it stands now, its bid held: whoever scores or decides takes turns there."""
    if flag.kind is FlagKind.STOP:
        _hold_round(flag.bid)
    hold_bid(flag.bid)
    db.session.flush()
    columns = ["clarification_id", "settlement", "settled_at", "settled_by_id", "version"]
    db.session.refresh(flag, columns, with_for_update=True)


def waits_to_be_asked(flag: Flag, at: datetime) -> bool:
    """A question for the council that nobody has sent on, or that it was sent and did not answer."""
    if flag.kind is not FlagKind.CLARIFICATION or flag.settled_at:
        return False
    if flag.clarification is None:
        return True
    asked = (ClarificationState.ASKED, ClarificationState.ANSWERED)
    return state_of(flag.clarification, at) not in asked


def send_on(
    bid: Bid,
    flags: Sequence[Flag],
    asks: Sequence[Ask],
    *,
    note: str,
    due_at: datetime,
    by: Person,
    at: datetime,
    form_token: str | None = None,
    address: str = "",
) -> Clarification:
    """Ask the council what these flags want to know, in the words of `asks`, and tell its people.

    By somebody of the programme who does not appraise the bid: the council never learns who wanted to know. Refused as
    `ask_clarification` is, and where a flag was settled or sent on meanwhile. The same form sent again finds the first.
    """
    refuse_outsider(bid, by, at)
    if task_of(bid, by):
        raise Refused("Somebody who does not appraise the bid sends questions to its council.")
    made = ask_clarification(
        bid, asks, note=note, due_at=due_at, by=by, at=at, form_token=form_token, address=address
    )  # it holds the bid
    for flag in flags:
        db.session.refresh(flag)
        if flag.clarification_id == made.id:
            continue
        if flag.bid_id != bid.id or not waits_to_be_asked(flag, at):
            raise Overtaken("One of these questions has been settled or sent on meanwhile.")
        flag.clarification = made
        audit.record(flag, "sent_on", by=by, bid=bid.key)
    return made
