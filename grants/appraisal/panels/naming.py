"""What everybody at the table reads names no bid: some of them may not know that it is talked of."""

from sqlalchemy import select

from grants.bids.leaks import Secret, names_in
from grants.bids.models import Bid
from grants.kernel.db import db
from grants.kernel.errors import Refused


def refuse_names(round_id: int, words: str, *, field: str | None = None) -> None:
    """Any bid of the round, on the agenda or not: what refuses must not tell anybody which ones are."""
    rows = select(Bid.reference, Bid.title).where(Bid.round_id == round_id, Bid.submitted_at.is_not(None))
    secrets = []
    for reference, title in db.session.execute(rows):
        secrets += [Secret(reference or title, "is the reference of a bid."), Secret(title, "is the title of a bid.")]
    if found := names_in(words, secrets):
        sentence = "Everybody at the table reads this, so write what is said of a bid under that bid"
        raise Refused(f"{sentence}: {found[0]}", field=field)
