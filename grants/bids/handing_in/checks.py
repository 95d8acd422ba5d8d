"""What is wrong with the papers of a bid: the board's minute where a round asks for it, and files that do harm."""

from collections.abc import Iterator

from grants.bids.fault import Fault, Place
from grants.bids.models import Bid, BidAttachment, Signature


def minute_of(bid: Bid) -> BidAttachment | None:
    """The minute that is on the bid now."""
    return next((held for held in bid.attachments if held.board_minute and held.removed_at is None), None)


def board_faults(bid: Bid) -> Iterator[Fault]:
    """What is missing, in a round that asks for the minute."""
    if not bid.round.board_minute:
        return
    if bid.board_met_on is None:
        yield Fault("Say on which day the partnership's board decided to bid.", Place.BOARD, field="met_on")
    if minute_of(bid) is None:
        yield Fault("Attach the minute of the partnership's board.", Place.BOARD, field="minute")


def file_faults(bid: Bid) -> Iterator[Fault]:
    """Files in which the virus scanner found something: with one of them on it no bid goes out."""
    for name in harmful_files(bid):
        yield Fault(f"The virus scanner found something harmful in the file “{name}”: take it off.", Place.FILES)


def harmful_files(bid: Bid) -> list[str]:
    """The names of the files in which the virus scanner found something."""
    return [held.attachment.name for held in bid.attachments if held.removed_at is None and held.attachment.is_harmful]


def board_state(bid: Bid) -> str:
    """How far the board's decision has come, as a task's state."""
    if bid.board_met_on and minute_of(bid):
        return "done"
    return "in_progress" if bid.board_met_on or minute_of(bid) else "not_started"


def lapsed_signature(bid: Bid) -> Signature | None:
    """The last signature, where an edit has voided it and the bid is still being written."""
    last = bid.signatures[-1] if bid.being_written and bid.signatures else None
    return last if last is not None and last.voided_at else None
