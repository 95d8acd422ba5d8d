"""How long a bid may still be saved and submitted, in words, for its pages and reminders."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from grants.bids.models import Bid
from grants.funds.deadlines import closing as deadlines
from grants.funds.models import LateBids, RoundPhase
from grants.kernel import clock

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


@dataclass(frozen=True)
class Deadline:
    """What a page of a bid says about time. `left` is empty unless the bid can be saved at this instant."""

    closes_at: datetime | None
    now: datetime
    left: str
    closed: bool
    extended: bool
    """The lead council was given more time than the round."""
    kept_late: bool
    """It can still be signed and submitted, as a late bid."""

    @property
    def last_hour(self) -> bool:
        return bool(self.left) and self.closes_at is not None and self.closes_at - self.now <= timedelta(hours=1)


def deadline_of(bid: Bid, at: datetime | None = None) -> Deadline:
    at = at or clock.now()
    closes_at = deadlines.closes_at(bid.round, bid.lead_council_id)
    phase = bid.round.phase(at, until=closes_at)
    closed = phase is RoundPhase.CLOSED
    return Deadline(
        closes_at=closes_at,
        now=at,
        left=in_words(closes_at - at) if closes_at and phase is RoundPhase.OPEN else "",
        closed=closed,
        extended=closes_at != bid.round.closes_at,
        kept_late=closed and bid.being_written and bid.round.late_bids is LateBids.KEPT,
    )


def in_words(left: timedelta) -> str:
    """`2 days 4 hours`, `5 hours 12 minutes`, `12 minutes`: the two largest units, rounded down."""
    seconds = int(left.total_seconds())
    said = []
    for size, word in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            said.append(f"{count} {word}{'' if count == 1 else 's'}")
        elif said:
            break
    return " ".join(said[:2]) or "less than a minute"
