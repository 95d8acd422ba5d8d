"""Expressions of interest: a short first stage whose bids are invited to the round that follows, or declined."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Select

from grants import audit
from grants.bids.afterwards.sides import WITH_ROUND, counted_by_round, programme_bids, to_judge
from grants.bids.handing_in.submitting import check_move, move
from grants.bids.models import Bid, BidStatus
from grants.bids.people.people_on import people_on
from grants.bids.writing import hold
from grants.funds.models import Round
from grants.kernel import clock, text
from grants.kernel.errors import Refused
from grants.messages.operations import tell
from grants.people.models import Person

EXPRESSED = (BidStatus.SUBMITTED, BidStatus.INVITED, BidStatus.DECLINED)


def expressions_in(round: Round, person: Person, day: date) -> Select[Bid]:
    """The submitted expressions of interest of a round that this person may deal with, in the order they came in."""
    bids = programme_bids(person, day).where(Bid.round_id == round.id, Bid.status.in_(EXPRESSED), to_judge())
    return bids.options(*WITH_ROUND).order_by(None).order_by(Bid.submitted_at, Bid.id)


def rounds_with_expressions(person: Person, day: date) -> list[tuple[str, str, int]]:
    """(name, code, how many wait) of each round with expressions of interest that have no answer yet."""
    waiting = programme_bids(person, day).where(Bid.status == BidStatus.SUBMITTED, to_judge())
    return counted_by_round(waiting.join(Bid.round).where(Round.expression_of_interest))


def check_undecided(bids: Sequence[Bid]) -> None:
    """Refused for a bid that is no expression of interest, or has its answer already."""
    if not bids:
        raise Refused("Tick at least one bid.")
    for bid in bids:
        if not bid.round.expression_of_interest:
            raise Refused(f"{bid.reference} is no expression of interest.")
        if bid.status is not BidStatus.SUBMITTED:
            raise Refused(f"{bid.reference} has its answer already.")


def invite(bids: Sequence[Bid], *, by: Person, at: datetime) -> None:
    """Ask the councils of these expressions of interest to bid in the round that follows, and tell them at once."""
    _answer(bids, BidStatus.INVITED, "", by=by, at=at)


def decline(bids: Sequence[Bid], *, reason: str, by: Person, at: datetime) -> None:
    """Tell the councils of these expressions of interest that they are not asked to bid, and why."""
    if not text.tidy(reason):
        raise Refused("Say why. Every council whose bid you decline reads it.", field="reason")
    if text.unfit(reason):
        raise Refused("This has a character that cannot be kept. Type it again.", field="reason")
    _answer(bids, BidStatus.DECLINED, text.tidy(reason), by=by, at=at)


def _answer(bids: Sequence[Bid], to: BidStatus, reason: str, *, by: Person, at: datetime) -> None:
    for bid in sorted(bids, key=lambda bid: bid.id):  # the same order for all, so that nobody waits in a ring
        hold(bid)
        check_move(bid, to)
    check_undecided(bids)
    for bid in bids:
        move(bid, to, by=by, reason=reason)
        bid.changed_at = at
        audit.record(bid, to.value, by=by, reason=reason)
        _tell(bid, reason, at=at)


def _tell(bid: Bid, reason: str, *, at: datetime) -> None:
    what = "invited to bid" if bid.status is BidStatus.INVITED else "not invited to bid"
    why = f"\n\nThe reason: {reason}" if reason else "\n\nStart the bid from your expression of interest once it opens."
    for person in people_on(bid, clock.london(at).date()):
        body = (
            f"Hello {person.name}\n\n{bid.lead_council.name} is {what} after its expression of interest "
            f"{bid.reference}, “{bid.title}”, in {bid.round.name}.{why}\n"
        )
        once = f"{bid.status.value}:{bid.key}:{person.id}"
        tell(person.email, f"Expression of interest: {bid.reference}", body, at=at, person_id=person.id, once=once)
