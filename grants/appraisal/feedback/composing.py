"""The letter that a council gets: from the approved texts on its own bid and from nothing else. Pure."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from grants.appraisal.models import Feedback
from grants.bids.models import Bid

WHOLE = "The bid as a whole"


def compose(bid: Bid, rows: Collection[Feedback]) -> str:
    """The words of the letter, the bid as a whole first, then by criterion in the round's order.

    ValueError for a text on another bid, or one that no second person approved: neither can ever get in.
    """
    if any(row.bid_id != bid.id or row.approved_at is None for row in rows):
        raise ValueError("feedback on another bid, or not approved")
    head = f"Feedback on your bid\n\n{bid.reference}: {bid.title}\n{bid.lead_council.name}\n{bid.round.name}"
    parts = [f"{title_of(row)}\n\n{row.text}" for row in in_order(rows)]
    return "\n\n".join([head, *parts]) + "\n"


def title_of(row: Feedback) -> str:
    return row.criterion.name if row.criterion else WHOLE


def in_order(rows: Collection[Feedback]) -> list[Feedback]:
    def place(row: Feedback) -> tuple[int, int]:
        return (row.criterion.position, row.criterion.id) if row.criterion else (0, 0)

    return sorted(rows, key=place)


def digest_of(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


@dataclass(frozen=True)
class Paragraph:
    words: str
    heading: bool


def paragraphs(words: str, titles: Collection[str]) -> Sequence[Paragraph]:
    """A letter as it was sent, cut where lines are left blank; those that are a title are headings."""
    known = {WHOLE, *titles}
    parts = [part for part in words.strip().split("\n\n") if part.strip()]
    return [Paragraph(part, part in known) for part in parts]
