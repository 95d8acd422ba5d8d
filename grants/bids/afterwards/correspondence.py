"""Letters about a submitted bid between its councils and the programme. Each side reads the whole exchange."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from grants import audit
from grants.bids.afterwards.sides import acts_for, programme_people
from grants.bids.models import Bid, Letter, LetterAttachment
from grants.bids.people.people_on import people_on
from grants.files.models import Attachment
from grants.kernel import clock, text
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.operations import tell
from grants.people.models import Person
from grants.people.roles import Permission

LONGEST_LETTER = 20_000


def written_before(bid: Bid, form_token: str | None) -> Letter | None:
    """What the same form sent already, so that its files need not be stored again."""
    if not form_token:
        return None
    return db.session.scalar(select(Letter).where(Letter.form_token == form_token, Letter.bid_id == bid.id))


def check_letter(bid: Bid, words: str, *, files: int) -> None:
    """Refused before submission, without words, and with more files than the round allows; to be asked before a file
    is stored."""
    if bid.submitted_at is None:
        raise Refused("You can write to the programme once the bid is submitted.")
    if not text.tidy(words):
        raise Refused("Write the letter.", field="text")
    if len(words) > LONGEST_LETTER or text.unfit(words):
        raise Refused(f"Use at most {LONGEST_LETTER:,} ordinary characters.", field="text")
    most = int(bid.round.attachment_rules.get("count", 30))
    if files > most:
        raise Refused(f"Send at most {most} files with a letter.", field="file")


def write_letter(
    bid: Bid,
    words: str,
    *,
    enclosed: Sequence[Attachment] = (),
    by: Person,
    at: datetime,
    form_token: str | None = None,
    address: str = "",
) -> Letter:
    """Send a letter to the other side of the bid, whose people are told by e-mail that there is one, not what it says.

    Whoever acts for a council of the bid writes for it; anybody else writes for the programme.
    """
    if made := written_before(bid, form_token):
        return made
    check_letter(bid, words, files=len(enclosed))
    day = clock.london(at).date()
    letter = Letter(
        bid=bid, person=by, from_programme=not acts_for(by, bid, day), text=text.tidy(words), sent_at=at,
        form_token=form_token,
    )  # fmt: skip
    letter.enclosures = [LetterAttachment(attachment=attachment) for attachment in enclosed]
    db.session.add(letter)
    db.session.flush()
    audit.record(letter, "wrote", by=by, bid=bid.key, files=len(enclosed))
    sender = "The programme" if letter.from_programme else bid.lead_council.name
    for person in _other_side(letter):
        body = f"Hello {person.name}\n\n{sender} has written to you about the bid {bid.reference}.\n\n{address}\n"
        tell(person.email, f"Letter about {bid.reference}", body, at=at, person_id=person.id)
    return letter


def _other_side(letter: Letter) -> list[Person]:
    day = clock.london(letter.sent_at).date()
    if not letter.from_programme:
        return programme_people(letter.bid, Permission.BID_DISCUSS, day)
    return [person for person in people_on(letter.bid, day, writing=True) if person.may_on(day, Permission.BID_DISCUSS)]
