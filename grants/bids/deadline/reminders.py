"""Reminders before closing, and what everyone gets who did not submit. Each is told once to each person.

A reminder is due from the morning of its working day on, and stays due until the next one is or the bid closes: a run
that was missed is made up by the next, and nobody gets two at once. Everything goes by the lead council's own closing.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import cast

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from grants.bids.checks import faults
from grants.bids.deadline.time_left import in_words
from grants.bids.models import BEING_WRITTEN, Bid, BidStatus
from grants.bids.people.people_on import people_on
from grants.bids.queries import bid_in_full, people_of
from grants.funds.deadlines.closing import closing_for
from grants.funds.deadlines.working_days import working_days_before
from grants.funds.models import LateBids, Round, RoundStatus
from grants.kernel import clock
from grants.kernel.db import Json, db
from grants.messages.models import Message
from grants.messages.operations import tell
from grants.people.models import Person
from grants.people.roles import Role

MORNING = time(8)
"""London time at which a day's reminders become due: our own default."""
_LOOK_AHEAD = timedelta(days=120)
_LOOK_BACK = timedelta(days=14)
_MOST_FAULTS = 10
_STANDS = {
    BidStatus.DRAFT: "a draft",
    BidStatus.SIGN_OFF: "with the Section 151 officer, to be signed",
    BidStatus.SIGNED: "signed, and still to be submitted",
}


@dataclass(frozen=True)
class Due:
    """One reminder: of which round, how many working days before which closing, since when it is due."""

    round_id: int
    closes_at: datetime
    working_days: int
    since: datetime

    def once(self, person: Person) -> str:
        return f"remind:{self.round_id}:{self.working_days}:{self.closes_at:%Y%m%d%H%M}:{person.id}"


@dataclass
class Letter:
    """What is to be told to one person: `bids` with their closing times, before closing or after it."""

    person: Person
    once: str
    bids: list[tuple[Bid, datetime]] = field(default_factory=list)


def reminder_days(round: Round, closes_at: datetime, holidays: Collection[date]) -> list[Due]:
    """The reminders of a round for one closing time, the earliest first."""
    closing_day = clock.london(closes_at).date()
    days = sorted({int(count) for count in round.reminders.get("working_days", [])}, reverse=True)
    since = [clock.from_london(working_days_before(closing_day, count, holidays), MORNING) for count in days]
    return [Due(round.id, closes_at, count, instant) for count, instant in zip(days, since, strict=True)]


def due_reminder(bid: Bid, closes_at: datetime, at: datetime, holidays: Collection[date]) -> Due | None:
    """The latest reminder that is due; none once the bid has closed, or for one that was started since."""
    if clock.has_passed(closes_at, at):
        return None
    due = [one for one in reminder_days(bid.round, closes_at, holidays) if one.since <= at]
    return due[-1] if due and bid.started_at < due[-1].since else None


def reminders_due(at: datetime, holidays: Collection[date]) -> list[Letter]:
    """Letters to authors, coordinators and Section 151 officers of bids not submitted, but for those written before."""
    day = clock.london(at).date()
    letters: dict[str, Letter] = {}
    for bid, closes_at in db.session.execute(_unsubmitted(at, at + _LOOK_AHEAD)):
        if due := due_reminder(bid, closes_at, at, holidays):
            officers = people_of(bid.lead_council_id, Role.SECTION_151_OFFICER, day)
            for person in dict.fromkeys([*people_on(bid, day, writing=True), *officers]):
                letter = letters.setdefault(due.once(person), Letter(person, due.once(person)))
                letter.bids.append((bid, closes_at))
    return _not_written(letters)


def copies_due(at: datetime) -> list[Letter]:
    """After closing, to the council's people of every bid that was not submitted: their own answers."""
    day = clock.london(at).date()
    letters: dict[str, Letter] = {}
    for bid, closes_at in db.session.execute(_unsubmitted(at - _LOOK_BACK, at)):
        if at > closes_at + timedelta(seconds=bid.round.grace_seconds):
            for person in people_on(bid, day):
                once = f"closed:{bid.round_id}:{bid.id}:{closes_at:%Y%m%d%H%M}:{person.id}"
                letters[once] = Letter(person, once, [(bid, closes_at)])
    return _not_written(letters)


def _unsubmitted(after: datetime, until: datetime) -> Select[Bid, datetime]:
    """(bid, its closing time) of bids still being written that close in this span of time."""
    closes_at = cast("ColumnElement[datetime]", closing_for(Bid.lead_council_id))  # none is left out by the comparison
    rows = select(Bid, closes_at).join(Bid.round).where(Bid.status.in_(BEING_WRITTEN))
    rows = rows.where(Round.status == RoundStatus.PUBLISHED, closes_at >= after, closes_at < until)
    return rows.options(joinedload(Bid.round, innerjoin=True), joinedload(Bid.lead_council, innerjoin=True)).order_by(
        Bid.id
    )


def _not_written(letters: dict[str, Letter]) -> list[Letter]:
    known: set[str | None] = set()
    keys = list(letters)
    for start in range(0, len(keys), 500):
        known |= set(db.session.scalars(select(Message.once).where(Message.once.in_(keys[start : start + 500]))))
    return [letter for once, letter in letters.items() if once not in known]


@dataclass(frozen=True)
class Written:
    """A letter in words, ready for the outbox, whatever has become of the rows it was made of."""

    to: str
    person_id: int
    once: str
    subject: str
    body: str
    enclosure: Json | None = None


def _written(letter: Letter, subject: str, body: str, enclosure: Json | None = None) -> Written:
    return Written(letter.person.email, letter.person.id, letter.once, subject, body, enclosure)


def write_reminder(letter: Letter, at: datetime, *, base: str, said: dict[int, str]) -> Written:
    """`base` is the address of the product, with which links begin. `said` keeps by bid's id what was said of it, so
    that each bid is read once, whoever is told of it."""
    for bid, _ in letter.bids:
        if bid.id not in said:
            said[bid.id] = bid_in_words(bid, at, base=base)
    first, closes_at = letter.bids[0]
    body = reminder_text(letter.person.name, first.round, closes_at, at, [said[bid.id] for bid, _ in letter.bids])
    return _written(letter, f"{first.round.name} closes in {in_words(closes_at - at)}", body)


def reminder_text(name: str, round: Round, closes_at: datetime, at: datetime, bids: Sequence[str]) -> str:
    after = (
        "After that nothing can be changed, and a bid that is submitted is late."
        if round.late_bids is LateBids.KEPT
        else "After that nothing can be saved or submitted."
    )
    return (
        f"Hello {name}\n\n{round.name} closes at {_moment(closes_at)}, London time, in {in_words(closes_at - at)}. "
        f"{after}\n\nNot submitted yet:\n\n" + "\n\n".join(bids) + "\n"
    )


def bid_in_words(bid: Bid, at: datetime, *, base: str) -> str:
    """A bid as a reminder speaks of it: how it stands, and what is left to do."""
    left = [fault.text for fault in faults(bid_in_full(bid.id), clock.london(at).date())]
    lines = [f"“{bid.title}” of {bid.lead_council.name}: {_STANDS.get(bid.status, bid.status.value)}."]
    lines += [f"- {sentence}" for sentence in left[:_MOST_FAULTS]]
    if len(left) > _MOST_FAULTS:
        lines.append(f"- and {len(left) - _MOST_FAULTS} more")
    return "\n".join([*lines, f"{base}/bids/{bid.key}/check"])


def write_copy(letter: Letter, *, base: str) -> Written:
    """With it goes the bid as it stood, made when the message is sent."""
    bid, closes_at = letter.bids[0]
    still = (
        "If it is complete it can still be signed and submitted as it stands: as a late bid, which waits for the "
        "next assessment point."
        if bid.round.late_bids is LateBids.KEPT
        else "It can no longer be submitted. Nothing of it is lost: you can still read it."
    )
    body = (
        f"Hello {letter.person.name}\n\n{bid.round.name} closed for {bid.lead_council.name} at "
        f"{_moment(closes_at)}, London time. The bid “{bid.title}” had not been submitted. {still}\n\n"
        f"Your answers as they stood at closing come with this message.\n\n{base}/bids/{bid.key}\n"
    )
    return _written(letter, f"Not submitted: {bid.title}", body, Json({"kind": "bid_pdf", "of": bid.key}))


def post(written: Iterable[Written], at: datetime) -> int:
    """Put the letters in the outbox; how many were new. The database decides, where two workers write the same."""
    return sum(_posted(one, at) for one in written)


def _posted(one: Written, at: datetime) -> bool:
    try:
        with db.session.begin_nested():
            message = tell(
                one.to, one.subject, one.body, at=at, person_id=one.person_id, once=one.once, enclosure=one.enclosure
            )
    except IntegrityError:
        return False
    return message is not None


def _moment(instant: datetime) -> str:
    there = clock.london(instant)
    return f"{there:%H:%M} on {there.day} {there:%B %Y}"
