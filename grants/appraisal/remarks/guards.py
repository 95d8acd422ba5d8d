"""What flags forbid those who score, moderate and decide. Asked while the bid, or its round, is held."""

from collections.abc import Collection

from grants.appraisal.remarks.queries import open_flags, stopped, waits_for_answer
from grants.bids.models import Bid
from grants.funds.models import Criterion
from grants.kernel.errors import Refused


def refuse_stopped(bid: Bid) -> None:
    """Says nothing of who stopped it, or why: appraisers read this too."""
    if stopped(bid):
        raise Refused("This bid is stopped: something about it has to be settled before anybody goes on.")


def refuse_waiting(bid: Bid, criteria: Collection[Criterion]) -> None:
    """Criteria that wait for the council's answer are scored by nobody meanwhile."""
    waits = waits_for_answer(bid)
    names = [criterion.name for criterion in criteria if criterion.id in waits]
    if names:
        raise Refused(f"Waits for the council to answer a question: {', '.join(names)}.")


def refuse_flagged(bid: Bid) -> None:
    """A moderation ends when nothing is open any more."""
    if flags := open_flags([bid.id])[bid.id]:
        count = "1 flag is" if len(flags) == 1 else f"{len(flags)} flags are"
        raise Refused(f"{count} still open on this bid. Settle what is open first.")
