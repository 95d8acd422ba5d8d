"""From draft to submission: sign-off, signature, the reference, and what later rooms do with a bid's status."""

import secrets
from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from grants import audit
from grants.bids.afterwards.sides import programme_people
from grants.bids.answers.grace import LATE, check_open, comes_after_closing
from grants.bids.checks import faults
from grants.bids.content import bid_content, canonical, sha256_of
from grants.bids.models import BID_MOVES, Bid, BidStatus, Signature, Submission
from grants.bids.people.people_on import people_on
from grants.bids.queries import bid_in_full, people_of, people_who_took_part
from grants.bids.starting.partnership_content import partnership_content
from grants.bids.writing import begin_edit, hold, void_signature
from grants.councils.models import Council
from grants.funds.deadlines import closing as deadlines
from grants.funds.models import Round
from grants.kernel import clock
from grants.kernel.db import Json, db
from grants.kernel.errors import Overtaken, Refused
from grants.messages.operations import tell
from grants.people.models import Person
from grants.people.roles import Permission, Role

_ALPHABET = "234679BCDFGHJKMNPQRTVWXZ"
"""No vowels, so that no word is spelled, and nothing that reads like another character."""
_MOST_DRAWS = 100
Draw = Callable[[], str]


def move(bid: Bid, to: BidStatus, *, by: Person | None, reason: str = "") -> None:
    """Bring the bid to another status, along the moves that are allowed; for the rooms that deal with it later.

    The bid's own trail notes it under a verb that its council is not shown, and the time of its last change stays:
    until the announcement nothing a council can read may differ by what was decided.

    Refused for a bid not submitted: only its council's own steps bring it that far.
    """
    if bid.being_written:
        raise Refused("This bid has not been submitted.")
    check_move(bid, to)
    _check_stage(bid, to)
    old, bid.status = bid.status, to
    audit.record(bid, "moved", by=by, reason=reason, old=old.value, new=to.value)


def _check_stage(bid: Bid, to: BidStatus) -> None:
    """An expression of interest is invited or declined and nothing else, and no other bid is; a late one waits."""
    if to is BidStatus.WITHDRAWN:
        return
    if (to in (BidStatus.INVITED, BidStatus.DECLINED)) is not bid.round.expression_of_interest:
        raise Refused("This cannot be done with a bid of this kind of round.")
    if bid.late and bid.taken_in_at is None:
        raise Refused("This bid came late and waits for the next assessment point.")


def check_move(bid: Bid, to: BidStatus) -> None:
    if to not in BID_MOVES[bid.status]:
        raise Refused("This cannot be done with the bid as it now stands.")


def send_for_sign_off(bid: Bid, *, by: Person, at: datetime, address: str = "") -> None:
    """Ask the lead council's Section 151 officers to sign. Refused with faults left, or with no one to ask.

    `address` is that of the page on which they sign, for the e-mail.
    """
    day = clock.london(at).date()
    _check_role(by, Role.BID_COORDINATOR, bid.lead_council, day)
    _begin_step(bid, at=at)
    if bid.status is BidStatus.SIGN_OFF:
        return
    check_move(bid, BidStatus.SIGN_OFF)
    _check_complete(bid, day)
    officers = people_of(bid.lead_council_id, Role.SECTION_151_OFFICER, day)
    if not officers:
        raise Refused(f"Nobody is Section 151 officer of {bid.lead_council.name} here. Ask your administrator.")
    bid.status, bid.changed_at = BidStatus.SIGN_OFF, at
    for officer in officers:
        body = (
            f"Hello {officer.name}\n\n{by.name} asks you to sign the bid “{bid.title}” of {bid.lead_council.name} to "
            f"{bid.round.name}.{_until(bid, at)}\n\n{address}\n"
        )
        tell(officer.email, f"To sign: {bid.title}", body, at=at, person_id=officer.id)
    audit.record(bid, "sent_for_sign_off", by=by)


def _until(bid: Bid, at: datetime) -> str:
    closes_at = deadlines.closes_at(bid.round, bid.lead_council_id)
    if closes_at is None or clock.has_passed(closes_at, at):
        return ""
    closes = clock.london(closes_at)
    return f" It can be submitted until {closes:%H:%M} on {closes.day} {closes:%B %Y}, London time."


def _begin_step(bid: Bid, *, at: datetime) -> None:
    """A step towards submission, which changes no word of the bid: where late bids are kept, also after closing."""
    hold(bid)
    if not comes_after_closing(bid, at):
        begin_edit(bid, at=at, held=True)
    elif not bid.being_written:
        raise Refused("This bid can no longer be changed.")


def _check_role(person: Person, role: Role, council: Council, day: date) -> None:
    if council.id not in person.councils_on(day, role):
        raise Refused(f"Only a {role.label} of {council.name} can do this.")


def _check_complete(bid: Bid, day: date) -> Bid:
    full = bid_in_full(bid.id)
    left = len(faults(full, day))
    if left:
        things = "1 thing is" if left == 1 else f"{left} things are"
        raise Refused(f"{things} left to do. See “Check your answers”.")
    return full


def sign(bid: Bid, *, council: Council, by: Person, at: datetime, content_seen: str = "") -> Signature:
    """The Section 151 officer's word for the bid as it stands, with all of the round's declarations.

    Refused for anyone but an officer of the lead council. `content_seen` is the hash of what the officer was shown:
    Overtaken where the bid is no longer that.
    """
    if council.id != bid.lead_council_id:
        raise Refused("The lead council's Section 151 officer signs.")
    _check_role(by, Role.SECTION_151_OFFICER, council, clock.london(at).date())
    _begin_step(bid, at=at)
    check_move(bid, BidStatus.SIGNED)
    full = _check_complete(bid, clock.london(at).date())
    content_sha256 = sha256_of(bid_content(full))
    if content_seen and content_seen != content_sha256:
        raise Overtaken("The bid was changed while you had it open. Read it again before you sign.")
    signature = Signature(
        person=by,
        council_id=council.id,
        signed_at=at,
        statements=Json({"agreed": [declaration.text for declaration in full.round.declarations]}),
        content_sha256=content_sha256,
    )
    bid.signatures.append(signature)
    bid.status, bid.changed_at = BidStatus.SIGNED, at
    audit.record(bid, "signed", by=by, content=content_sha256)
    _tell_coordinators(bid, "Signed", f"{by.name} has signed the bid. It can now be submitted.", at=at)
    return signature


def send_back(bid: Bid, *, reason: str, by: Person, at: datetime) -> None:
    """The Section 151 officer returns the bid to those who write it, and says why. A signature given falls."""
    day = clock.london(at).date()
    _check_role(by, Role.SECTION_151_OFFICER, bid.lead_council, day)
    if not reason.strip():
        raise Refused("Say what has to change.", field="reason")
    begin_edit(bid, at=at)
    check_move(bid, BidStatus.DRAFT)
    if bid.signature:
        void_signature(bid, reason=f"Sent back: {reason}", by=by, at=at)
    bid.status, bid.changed_at = BidStatus.DRAFT, at
    audit.record(bid, "sent_back", by=by, reason=reason)
    _tell_coordinators(bid, "Sent back", f"{by.name} has sent the bid back: {reason}", at=at)


def _tell_coordinators(bid: Bid, what: str, words: str, *, at: datetime) -> None:
    for person in people_of(bid.lead_council_id, Role.BID_COORDINATOR, clock.london(at).date()):
        body = f"Hello {person.name}\n\n“{bid.title}”, your bid to {bid.round.name}\n\n{words}\n"
        tell(person.email, f"{what}: {bid.title}", body, at=at, person_id=person.id)


def submit(bid: Bid, *, by: Person, at: datetime) -> Submission:
    """Hand the bid in: everything is checked again, and from then on nothing of it changes.

    The deadline is decided here, with round and bid held. After it the bid is refused, or, where the round keeps late
    bids, taken and marked late. Done again it gives the same submission and reference.
    """
    _check_role(by, Role.BID_COORDINATOR, bid.lead_council, clock.london(at).date())
    round = held_round(bid.round_id)  # before the bid, as a new version of its form does: nobody waits in a ring
    hold(bid)
    if bid.submission is not None:
        return bid.submission
    late = comes_after_closing(bid, at)
    if not late:
        check_open(round, bid.lead_council_id, at)
    if bid.status is not BidStatus.SIGNED:
        raise Refused("The Section 151 officer has to sign the bid before it can be submitted.")
    day = clock.london(at).date()
    full = _check_complete(bid, day)
    content = bid_content(full)
    if full.signature is None or full.signature.content_sha256 != sha256_of(content):
        raise Refused("The bid is not what was signed. Send it for sign-off again.")
    content |= partnership_content(full, day)
    sha256 = sha256_of(content)
    bid.late = late
    take_reference(bid, at=at)
    submission = Submission(bid=bid, submitted_at=at, submitted_by_id=by.id, content=canonical(content), sha256=sha256)
    db.session.add(submission)
    audit.record(bid, "submitted", by=by, reference=bid.reference, sha256=sha256, late=late)
    _send_receipts(bid, submission, by=by, at=at)
    return submission


def held_round(round_id: int) -> Round:
    """Neither its dates nor its status change while a submission is decided; two submissions do not wait for one
    another."""
    held = select(Round).where(Round.id == round_id).with_for_update(read=True, of=Round)
    return db.session.scalars(held.execution_options(populate_existing=True)).one()


def take_reference(bid: Bid, *, at: datetime, draw: Draw | None = None) -> None:
    """Give the bid its reference, FUND-ROUND-XXXXXX. The database's own constraint decides whether it is free."""
    prefix = _prefix(bid.round)
    for _ in range(_MOST_DRAWS):
        try:
            with db.session.begin_nested():
                bid.reference = f"{prefix}-{(draw or _six)()}"
                bid.status, bid.submitted_at, bid.changed_at = BidStatus.SUBMITTED, at, at
        except IntegrityError:
            continue
        return
    raise Refused("No reference could be given to the bid. Try again.")


def _six() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(6))


def _prefix(round: Round) -> str:
    """`LRF-2017` for the round lrf-2017 of the fund lrf: the fund is not said twice."""
    fund, code = round.fund.code.upper(), round.code.upper()
    return (code if code.startswith(fund) else f"{fund}-{code}")[:53]


def _send_receipts(bid: Bid, submission: Submission, *, by: Person, at: datetime) -> None:
    """To everyone who took part and may still read the bid: whoever left its councils does not get it by e-mail."""
    day = clock.london(at)
    signer = bid.signature.person if bid.signature else by
    coordinators = people_of(bid.lead_council_id, Role.BID_COORDINATOR, day.date())
    readers = {person.id for person in people_on(bid, day.date())}
    concerned = [person for person in (*people_who_took_part(bid), *coordinators) if person.id in readers]
    people = {person.id: person for person in (*concerned, signer, by)}
    late = f" {LATE}" if bid.late else ""
    for person in people.values():
        body = (
            f"Hello {person.name}\n\nThe bid “{bid.title}” of {bid.lead_council.name} to {bid.round.name} was "
            f"submitted at {day:%H:%M:%S} on {day.day} {day:%B %Y}, London time.{late}\n\n"
            f"Its reference is {bid.reference}.\n"
            f"The SHA-256 of what was submitted is {submission.sha256}.\n"
        )
        once = f"receipt:{bid.key}:{person.id}"
        enclosed = Json({"kind": "bid_pdf", "of": bid.key})
        subject = f"Bid submitted: {bid.reference}"
        tell(person.email, subject, body, at=at, person_id=person.id, once=once, enclosure=enclosed)


def withdraw(bid: Bid, *, reason: str, by: Person, at: datetime) -> None:
    """The lead council takes its bid back, before or after submission, and says why."""
    _check_role(by, Role.BID_COORDINATOR, bid.lead_council, clock.london(at).date())
    if not reason.strip():
        raise Refused("Say why the bid is withdrawn.", field="reason")
    hold(bid)
    if bid.status is BidStatus.WITHDRAWN:
        return
    check_move(bid, BidStatus.WITHDRAWN)
    if bid.signature and bid.submitted_at is None:
        void_signature(bid, reason="The bid was withdrawn.", by=by, at=at)
    bid.status, bid.changed_at = BidStatus.WITHDRAWN, at
    audit.record(bid, "withdrew", by=by, reason=reason)
    if bid.submitted_at is not None:
        _tell_programme_withdrawn(bid, reason, at=at)


def _tell_programme_withdrawn(bid: Bid, reason: str, *, at: datetime) -> None:
    for person in programme_people(bid, Permission.BID_DISCUSS, clock.london(at).date()):
        body = (
            f"Hello {person.name}\n\n{bid.lead_council.name} has withdrawn its bid {bid.reference}, “{bid.title}”, to "
            f"{bid.round.name}. Nobody needs to do anything more with it.\n\nThe reason: {reason}\n"
        )
        once = f"withdrew:{bid.key}:{person.id}"
        tell(person.email, f"Bid withdrawn: {bid.reference}", body, at=at, person_id=person.id, once=once)
