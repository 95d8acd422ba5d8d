"""What becomes of a change that arrives around the deadline: in time, too late but kept, or refused."""

from datetime import datetime, timedelta

from grants.bids.models import Bid
from grants.funds.deadlines.closing import closes_at, phase_of
from grants.funds.models import LateBids, Round, RoundPhase
from grants.kernel import clock
from grants.kernel.errors import Refused

LATE = "It came after the round had closed: it is kept as a late bid and waits for the next assessment point."
"""Said of a late bid wherever its council reads of it."""


class Closed(Refused):
    """It came after closing. Within the grace it may yet be kept beside the bid."""


def check_open(round: Round, council_id: int, at: datetime) -> None:
    """Refused, and Closed after closing, unless the round takes bids of this council at this instant."""
    if round.takes_bids(at):  # open to all: only after closing does it matter who was given more time
        return
    closes = closes_at(round, council_id)
    phase = round.phase(at, until=closes)
    if phase is RoundPhase.OPEN:
        return
    if phase is RoundPhase.CLOSED and closes:
        closed = clock.london(closes)
        raise Closed(
            f"{round.name} closed at {closed:%H:%M} on {closed.day} {closed:%B %Y}. Nothing can be saved any more."
        )
    raise Refused(f"{round.name} does not take bids now.")


def comes_late(bid: Bid, *, opened_at: datetime | None, at: datetime) -> bool:
    """Whether a save at `at` of a page opened at `opened_at` is too late for the bid, but kept for its writer.

    It is where the page was opened before closing and the save arrives within the round's grace after it.
    """
    if opened_at is None or bid.round.closes_at is None or not clock.has_passed(bid.round.closes_at, at):
        return False
    closes = closes_at(bid.round, bid.lead_council_id)
    assert closes is not None  # the round has a closing time, and an extension only moves it
    if bid.round.phase(at, until=closes) is not RoundPhase.CLOSED or clock.has_passed(closes, opened_at):
        return False
    return not clock.has_passed(closes + timedelta(seconds=bid.round.grace_seconds), at)


def comes_after_closing(bid: Bid, at: datetime) -> bool:
    """Whether the round has closed for the bid's lead council and keeps late bids for its next assessment point.

    Such a bid may still be signed and submitted, late, as it stood at closing; no word of it can be changed.
    """
    if bid.round.late_bids is not LateBids.KEPT:
        return False
    return phase_of(bid.round, bid.lead_council_id, at) is RoundPhase.CLOSED


def takes_steps(bid: Bid, at: datetime) -> bool:
    """Whether the bid can be sent for sign-off, signed or submitted at this instant, in time or late."""
    if bid.round.late_bids is LateBids.KEPT and comes_after_closing(bid, at):
        return True
    return phase_of(bid.round, bid.lead_council_id, at) is RoundPhase.OPEN
