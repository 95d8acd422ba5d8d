"""The feedback on a bid as a tagged PDF, made of the words that were sent and of nothing else."""

from sqlalchemy import select

from grants.appraisal.feedback.composing import paragraphs
from grants.appraisal.feedback.queries import sent_on
from grants.appraisal.queries import criteria_of
from grants.bids.models import Bid
from grants.files.names import cleaned
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.paper import paper
from grants.messages.enclosures import Enclosure, encloses


@encloses("feedback")
def enclosed(key: str) -> Enclosure:
    """To go with the e-mail that tells of it."""
    return letter_file(db.session.scalars(select(Bid).where(Bid.key == key)).one())


def letter_file(bid: Bid) -> Enclosure:
    """LookupError where nothing has been sent. The same bytes each time: its date is the day on which it was sent."""
    sent = sent_on(bid)
    if sent is None:
        raise LookupError("no feedback was sent")
    on = clock.london(sent.sent_at)
    title, *rest = paragraphs(sent.text, [criterion.name for criterion in criteria_of(bid.round_id)])
    content = {
        "title": title.words,
        "caption": bid.round.name,
        "mark": "",
        "marked": "",
        "foot": f"{bid.reference}: feedback, {on.day} {on:%B %Y}",
        "year": on.year,
        "month": on.month,
        "day": on.day,
        "facts": [["Sent on", f"{on.day} {on:%B %Y}"], ["Fingerprint (SHA-256)", sent.digest]],
        "parts": [
            {"kind": "heading", "level": 2, "words": part.words}
            if part.heading
            else {"kind": "words", "words": part.words}
            for part in rest
        ],
        "notes": [],
    }
    name = cleaned(f"{bid.reference} feedback.pdf")
    return Enclosure(name, "application/pdf", paper("bid", content, at=sent.sent_at))
