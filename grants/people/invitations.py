"""Links by which a colleague comes in: who has one may act as it says, once, and only under the address it went to."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from grants import audit
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.operations import tell
from grants.people import operations as people
from grants.people.models import Invitation, Person
from grants.people.roles import Role

INVITATION_LASTS = timedelta(days=7)
SENT_AGAIN_AFTER = timedelta(minutes=10)
MOST_OPEN = 50
"""That one person may have open at a time: nobody's account becomes a way of sending letters to strangers."""
SPENT = "This invitation has been used, taken back or is too old. Ask for a new one."
NOT_YOURS = "This invitation went to another e-mail address than the one you have signed in with."


@dataclass(frozen=True)
class Offer:
    """What somebody is invited to: a role for a council, or, with `bid_id`, a place in one of its bids."""

    role: Role
    council_id: int
    bid_id: int | None = None
    bid_role: str = ""


def write_invitation(
    email: str, offer: Offer, *, what: str, address_of_page: str, by: Person, at: datetime
) -> Invitation:
    """Send a link for `offer`, which the letter calls `what`. It says the same whether or not the address is known.

    Refused to one's own address, to one that has the same invitation open, and beyond a number of open ones.
    """
    email = email.strip().lower()
    if email == by.email:
        raise Refused("This is your own address.", field="email")
    if db.session.scalar(_alike(email, offer).where(Invitation.expires_at >= at).limit(1)):
        raise Refused("This address has the same invitation already. You can send it again.", field="email")
    if _open_of(by, at) >= MOST_OPEN:
        raise Refused(f"You have {MOST_OPEN} open invitations. Take some back first.")
    secret = secrets.token_urlsafe(32)
    invitation = Invitation(
        email=email,
        council_id=offer.council_id,
        role=offer.role,
        bid_id=offer.bid_id,
        bid_role=offer.bid_role,
        secret_hash=people.hashed(secret),
        invited_at=at,
        invited_by=by,
        expires_at=at + INVITATION_LASTS,
    )
    db.session.add(invitation)
    db.session.flush()
    audit.record(invitation, "invited", by=by, email=email, what=what)
    _send(invitation, address_of_page + secret, what=what, at=at)
    return invitation


def _alike(email: str, offer: Offer) -> Select[int]:
    same = select(Invitation.id).where(Invitation.email == email, Invitation.council_id == offer.council_id)
    same = same.where(Invitation.role == offer.role, Invitation.bid_id.is_not_distinct_from(offer.bid_id))
    return same.where(Invitation.accepted_at.is_(None), Invitation.taken_back_at.is_(None))


def _open_of(by: Person, at: datetime) -> int:
    mine = select(func.count(Invitation.id)).where(Invitation.invited_by_id == by.id, Invitation.expires_at >= at)
    return db.session.scalar(mine.where(Invitation.accepted_at.is_(None), Invitation.taken_back_at.is_(None))) or 0


def _send(invitation: Invitation, link: str, *, what: str, at: datetime) -> None:
    body = (
        f"Hello\n\n{invitation.invited_by.name} invites you {what}.\n\nUse this link within "
        f"{INVITATION_LASTS.days} days to accept. It works once.\n\n{link}\n\n"
        f"If you do not know {invitation.invited_by.name}, do nothing: without the link nothing happens.\n"
    )
    tell(invitation.email, "Invitation to council grants", body, at=at)


def send_again(invitation: Invitation, *, what: str, address_of_page: str, by: Person, at: datetime) -> None:
    """A new link for another seven days; the one sent before is worth nothing from now on."""
    hold(invitation)
    if invitation.accepted_at or invitation.taken_back_at:
        raise Refused(SPENT)
    if at < invitation.invited_at + SENT_AGAIN_AFTER:
        raise Refused("It was sent a few minutes ago. Wait a little before you send it again.")
    secret = secrets.token_urlsafe(32)
    invitation.secret_hash = people.hashed(secret)
    invitation.invited_at, invitation.expires_at = at, at + INVITATION_LASTS
    audit.record(invitation, "sent_again", by=by, email=invitation.email)
    _send(invitation, address_of_page + secret, what=what, at=at)


def take_back(invitation: Invitation, *, by: Person, at: datetime) -> None:
    hold(invitation)
    if invitation.accepted_at:
        raise Refused("It has been accepted already. End the role or the place instead.")
    if invitation.taken_back_at is None:
        invitation.taken_back_at = at
        audit.record(invitation, "took_back", by=by, email=invitation.email)


def open_invitation(secret: str, *, at: datetime) -> Invitation | None:
    """The invitation with this link, if the link can still be used and the one who sent it is still here."""
    invitation = db.session.scalar(select(Invitation).where(Invitation.secret_hash == people.hashed(secret)))
    return invitation if invitation and invitation.open_at(at) and invitation.invited_by.active else None


def hold(invitation: Invitation) -> None:
    """Read it afresh and keep whoever else uses the same link waiting until the end of the transaction."""
    db.session.flush()
    db.session.refresh(invitation, with_for_update=True)


def use_up(invitation: Invitation, person: Person, *, at: datetime) -> None:
    """Note who took it. Refused to anyone but the address it went to, and the second time."""
    if person.email != invitation.email:
        raise Refused(NOT_YOURS)
    if not invitation.open_at(at):
        raise Refused(SPENT)
    invitation.accepted_at, invitation.accepted_by_id = at, person.id
    audit.record(invitation, "accepted", by=person)


def newcomer(invitation: Invitation, *, name: str, password: str, at: datetime) -> Person:
    """An account for the address that the invitation went to. What is refused does not say whether there is one."""
    asked = Person(name=name, email=invitation.email)
    password = people.checked(password, asked)
    if people.find(invitation.email):
        raise Refused("We cannot make a new account with this. If you have one, sign in and open the link again.")
    return people.add_person(name=name, email=invitation.email, by=None, at=at, password=password)
