"""What everybody at the table reads names no bid: some of them may not know that it is talked of."""

from sqlalchemy import or_, select

from grants.bids.leaks import Secret, bids_of, names_in
from grants.bids.models import Bid, BidCouncil
from grants.councils.models import Council
from grants.kernel.db import db
from grants.kernel.errors import Refused


def refuse_names(round_id: int, words: str, *, field: str | None = None) -> None:
    """Any bid or council of the round, on the agenda or not: what refuses must not tell anybody which ones are."""
    submitted = (Bid.round_id == round_id, Bid.submitted_at.is_not(None))
    secrets = []
    for reference, title in db.session.execute(select(Bid.reference, Bid.title).where(*submitted)):
        secrets += [Secret(reference or title, "is the reference of a bid."), Secret(title, "is the title of a bid.")]
    leads = select(Bid.lead_council_id).where(*submitted)
    seats = select(BidCouncil.council_id).join(Bid, Bid.id == BidCouncil.bid_id).where(*submitted)
    councils = select(Council.name, Council.short_name).where(or_(Council.id.in_(leads), Council.id.in_(seats)))
    shorts = []
    for name, short in db.session.execute(councils):
        secrets.append(Secret(name, "is a council with a bid in the round."))
        shorts.append(Secret(short, "stands for a bid of the round."))
    if found := names_in(words, secrets) or bids_of(words, shorts):
        sentence = "Everybody at the table reads this, so write what is said of a bid under that bid"
        raise Refused(f"{sentence}: {found[0]}", field=field)
