"""Starting a bid and changing what it is: who may, until when, and what an edit does to a signature."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from grants import audit
from grants.bids.answers.grace import check_open, comes_late
from grants.bids.models import Bid, BidStatus
from grants.bids.people.invitations import check_invited
from grants.bids.starting.seating import (
    Partner,
    Seats,
    check_may_lead,
    check_seats,
    details_in_words,
    details_seen,
    leave_seats,
    take_seats,
)
from grants.councils.models import Council, Partnership
from grants.funds.models import Round
from grants.funds.public.eligibility import excluded
from grants.kernel import clock, text
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.messages.operations import tell
from grants.people.models import Person

LONGEST_TITLE = 160
CHANGED_SINCE = "It was changed after it had been sent for sign-off."


def hold(bid: Bid) -> None:
    """Read the bid and its round afresh and keep every other writer waiting until the end of the transaction.

    One after the other: PostgreSQL would read a round that is joined as it was before the wait for the bid.
    """
    db.session.flush()
    held = select(Bid).where(Bid.id == bid.id).with_for_update()
    db.session.scalars(held.execution_options(populate_existing=True)).one()
    of_bid = select(Round).where(Round.id == bid.round_id)
    db.session.scalars(of_bid.execution_options(populate_existing=True)).one()
    db.session.expire(bid, ["projects", "attachments", "signatures", "answers", "councils", "partners", "submission"])


def begin_edit(bid: Bid, *, at: datetime, held: bool = False, opened_at: datetime | None = None) -> bool:
    """Refused unless the bid is still being written and its round is open; no one else can write to it meanwhile.

    True where the page was opened at `opened_at`, before closing, and its save comes late but within the grace.
    """
    if not held:
        hold(bid)
    if not bid.being_written:
        raise Refused("This bid can no longer be changed.")
    if comes_late(bid, opened_at=opened_at, at=at):
        return True
    check_open(bid.round, bid.lead_council_id, at)
    return False


def end_edit(bid: Bid, verb: str, *, by: Person, at: datetime, **details: Any) -> None:
    """Note the change on the bid. A signature given or asked for falls with it, and the trail says so."""
    bid.changed_at = at
    audit.record(bid, verb, by=by, **details)
    if bid.status is not BidStatus.DRAFT:
        void_signature(bid, reason=CHANGED_SINCE, by=by, at=at)
        bid.status = BidStatus.DRAFT


def void_signature(bid: Bid, *, reason: str, by: Person, at: datetime) -> None:
    signature = bid.signature
    if signature is not None:
        signature.voided_at, signature.void_reason = at, f"{reason} {by.name} did so."
        body = (
            f"Hello {signature.person.name}\n\nYour signature of the bid “{bid.title}” no longer holds. {reason} "
            f"{by.name} did so. The bid has to be sent to you again before it can be submitted.\n"
        )
        tell(signature.person.email, f"Signature void: {bid.title}", body, at=at, person_id=signature.person_id)
    audit.record(bid, "voided_signature", by=by, reason=reason)


def start(
    round: Round,
    *,
    title: str,
    lead: Council,
    partnership: Partnership | None,
    members: Sequence[Council],
    accountable: Council | None = None,
    partners: Sequence[Partner] = (),
    by: Person,
    at: datetime,
    form_token: str | None = None,
) -> Bid:
    """A draft bid of `lead`, for which `by` must write. The councils and partners in it are kept on the bid itself.

    Refused when the round is not open or a council is not in being. The same form sent again finds the first bid.
    """
    if made := started_before(form_token, by):
        return made
    # Its form stays as it is until the bid is there: one started on the old form would never move to the new.
    db.session.refresh(round, ["version", "form_version"], with_for_update={"read": True})
    check_open(round, lead.id, at)
    title, day = _checked_title(title), clock.london(at).date()
    seats = Seats(lead, members, partnership, accountable, partners)
    check_may_lead(seats, by=by, day=day)
    check_seats(seats, day=day)
    _check_lead_fits(round, seats)
    bid = Bid(
        round=round, title=title, form_token=form_token, form_version=round.form_version,
        started_at=at, started_by_id=by.id, changed_at=at,
    )  # fmt: skip
    take_seats(bid, seats, day=day)
    try:
        with db.session.begin_nested():
            db.session.add(bid)
    except IntegrityError:
        if made := started_before(form_token, by):
            return made
        raise
    audit.record(bid, "started", by=by, what=title, round=round.code)
    return bid


def _check_lead_fits(round: Round, seats: Seats) -> None:
    """Refused for a lead that the round shuts out, or that needs an invitation and has none."""
    if why := excluded(round, seats.lead):
        raise Refused(f"{seats.lead.name} cannot lead a bid here. {why}", field="lead")
    check_invited(round, seats.lead, seats.partnership)


def started_before(form_token: str | None, by: Person) -> Bid | None:
    """What the same form started already."""
    if not form_token:
        return None
    return db.session.scalar(select(Bid).where(Bid.form_token == form_token, Bid.started_by_id == by.id))


def _checked_title(title: str) -> str:
    title = text.tidy(title)
    if not title:
        raise Refused("Give the bid a title.", field="title")
    if len(title) > LONGEST_TITLE or text.unfit(title):
        raise Refused(f"The title must be at most {LONGEST_TITLE} ordinary characters.", field="title")
    return title


def change_details(
    bid: Bid,
    *,
    title: str,
    lead: Council,
    partnership: Partnership | None,
    members: Sequence[Council],
    accountable: Council | None = None,
    partners: Sequence[Partner] = (),
    seen: str,
    by: Person,
    at: datetime,
) -> None:
    """Another title, lead or membership. Refused where a project is led by a council that would leave the bid."""
    begin_edit(bid, at=at)
    if seen != details_seen(bid):
        raise Overtaken("Somebody else changed title or councils meanwhile.", theirs=details_in_words(bid))
    title, day = _checked_title(title), clock.london(at).date()
    seats = Seats(lead, members, partnership, accountable, partners)
    if lead is not bid.lead_council or not lead.in_being(day):
        check_may_lead(seats, by=by, day=day)
        check_open(bid.round, lead.id, at)
    if lead is not bid.lead_council:
        _check_lead_fits(bid.round, seats)
    check_seats(seats, day=day)
    staying = {lead.id, *(council.id for council in members)}
    if leading := [project.title for project in bid.projects if project.council_id not in staying]:
        raise Refused(f"A council that leads a project must stay: {', '.join(leading)}.", field="members")
    bid.title = title
    leave_seats(bid)
    take_seats(bid, seats, day=day)
    end_edit(bid, "changed_details", by=by, at=at, what=title)
