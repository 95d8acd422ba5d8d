"""What flags forbid those who score, moderate and decide. Asked while the bid, or its round, is held."""

from collections.abc import Sequence

from sqlalchemy import select

from grants.appraisal.models import Flag
from grants.appraisal.remarks.queries import is_stop, open_flags, stopped
from grants.bids.models import Bid
from grants.kernel.db import db
from grants.kernel.errors import Refused


def refuse_stopped(bid: Bid) -> None:
    """Says nothing of who stopped it, or why: appraisers read this too."""
    if stopped(bid):
        raise Refused("This bid is stopped: something about it has to be settled before anybody goes on.")


def stopped_bids(bids: Sequence[Bid]) -> list[Bid]:
    """Those of these bids that nobody may go on with; one query."""
    stops = select(Flag.bid_id).where(Flag.bid_id.in_([bid.id for bid in bids]), is_stop())
    ids = set(db.session.scalars(stops))
    return [bid for bid in bids if bid.id in ids]


def refuse_flagged(bid: Bid) -> None:
    """A moderation ends when nothing is open any more."""
    if flags := open_flags([bid.id])[bid.id]:
        count = "1 flag is" if len(flags) == 1 else f"{len(flags)} flags are"
        raise Refused(f"{count} still open on this bid. Settle what is open first.")
