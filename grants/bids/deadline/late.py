"""Bids that came after closing: kept, and judged only once the programme takes them in at an assessment point."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Select

from grants import audit
from grants.bids.afterwards.sides import WITH_ROUND, counted_by_round, programme_bids
from grants.bids.handing_in.submitting import held_round
from grants.bids.models import Bid, BidStatus
from grants.bids.people.people_on import people_on
from grants.bids.writing import hold
from grants.funds.models import Round, RoundStatus
from grants.kernel import clock, text
from grants.kernel.errors import Refused
from grants.messages.operations import tell
from grants.people.models import Person


def late_bids_in(round: Round, person: Person, day: date) -> Select[Bid]:
    """The late bids of a round that this person may deal with, taken in or not, the earliest first."""
    bids = programme_bids(person, day).where(Bid.round_id == round.id, Bid.late, Bid.status != BidStatus.WITHDRAWN)
    return bids.options(*WITH_ROUND).order_by(None).order_by(Bid.submitted_at, Bid.id)


def rounds_with_late_bids(person: Person, day: date) -> list[tuple[str, str, int]]:
    """(name, code, how many wait) of each round that is not announced and has late bids kept."""
    waiting = programme_bids(person, day).where(Bid.late, Bid.taken_in_at.is_(None), Bid.status == BidStatus.SUBMITTED)
    return counted_by_round(waiting.join(Bid.round).where(Round.status == RoundStatus.PUBLISHED))


def take_in(bids: Sequence[Bid], *, reason: str, by: Person, at: datetime) -> None:
    """Have these late bids judged with the others of their round from now on, and tell their councils.

    Refused without a reason, for a bid that is not waiting, and once the round's outcomes are announced.
    """
    if not bids:
        raise Refused("Tick at least one bid.")
    if not text.tidy(reason):
        raise Refused("Say at which assessment point they are taken in, and why.", field="reason")
    if text.unfit(reason):
        raise Refused("This has a character that cannot be kept. Type it again.", field="reason")
    for round_id in sorted({bid.round_id for bid in bids}):
        held_round(round_id)  # it is not announced while this is decided
    for bid in sorted(bids, key=lambda bid: bid.id):
        hold(bid)
        if not bid.late or bid.taken_in_at is not None or bid.status is not BidStatus.SUBMITTED:
            raise Refused(f"{bid.reference} does not wait to be taken in.")
        if bid.round.status is not RoundStatus.PUBLISHED:
            raise Refused(f"{bid.round.name} is announced. A late bid can be made anew in a later round.")
    for bid in bids:
        bid.taken_in_at = at
        audit.record(bid, "taken_in", by=by, reason=text.tidy(reason))
        _tell(bid, at=at)


def _tell(bid: Bid, *, at: datetime) -> None:
    for person in people_on(bid, clock.london(at).date()):
        body = (
            f"Hello {person.name}\n\nYour bid {bid.reference}, “{bid.title}”, came after {bid.round.name} had closed "
            "and was kept for the next assessment point. That has come: it is now dealt with like any other.\n"
        )
        once = f"taken_in:{bid.key}:{person.id}"
        tell(person.email, f"Late bid taken in: {bid.reference}", body, at=at, person_id=person.id, once=once)
