"""Inviting a colleague of a council in a bid: who may, to what, and what becomes of it when the link is used."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from grants import audit
from grants.bids.models import Bid, BidRole
from grants.bids.people.placing import give_place, seats_of
from grants.councils.models import Council
from grants.councils.succession import check_in_being
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.operations import tell
from grants.people import invitations
from grants.people import operations as people
from grants.people.invitations import Offer
from grants.people.models import Appointment, Invitation, Person
from grants.people.queries import standing
from grants.people.roles import COUNCIL_ROLES, Permission, Role

BY_COUNCIL = (Role.BID_AUTHOR, Role.BID_COORDINATOR, Role.SECTION_151_OFFICER, Role.COUNCIL_ADMINISTRATOR)
"""Roles that a council's own administrator gives. A colleague's comes with a place in a bid."""
_LEADS = (Role.BID_COORDINATOR, Role.COUNCIL_ADMINISTRATOR)
_NEEDED = {BidRole.AUTHOR: Permission.BID_WRITE, BidRole.READER: Permission.BID_READ}


@dataclass(frozen=True)
class Invited:
    """Whom, for which council, to which of its roles or, with a bid, to which part in it."""

    email: str
    council: Council
    role: Role | None = None
    bid: Bid | None = None
    bid_role: BidRole | None = None

    @property
    def offer(self) -> Offer:
        if self.bid is not None and self.bid_role is not None:
            return Offer(Role.COLLEAGUE, self.council.id, self.bid.id, self.bid_role.value)
        return Offer(self.role or Role.COLLEAGUE, self.council.id)


def invite(invited: Invited, *, sure: bool, address_of_page: str, by: Person, at: datetime) -> Invitation:
    """Send the invitation. Refused to those who may not, and once, until they are `sure`, for an unusual address."""
    day, offer = clock.london(at).date(), invited.offer
    check_may_invite(offer, invited.council, invited.bid, by=by, day=day)
    check_in_being(invited.council, day, field="council")
    if not sure and (warning := unusual(invited.email, invited.council, by=by, day=day)):
        raise Refused(warning, field="sure")
    invitation = invitations.write_invitation(
        invited.email, offer, what=in_words(offer, invited.council, invited.bid), address_of_page=address_of_page,
        by=by, at=at,
    )  # fmt: skip
    if invited.bid is not None:
        audit.record(invited.bid, "invited_colleague", by=by, what=f"{invitation.email}, {invited.council.name}")
    return invitation


def check_may_invite(offer: Offer, council: Council, bid: Bid | None, *, by: Person, day: date) -> None:
    """Roles for a council are its administrator's to give; a place in a bid also the lead council's coordinator's."""
    administers = council.id in by.councils_on(day, Role.COUNCIL_ADMINISTRATOR)
    if offer.bid_id is None:
        if offer.role not in BY_COUNCIL:
            raise Refused("Choose a role.", field="part")
        if not administers:
            raise Refused(f"Only an administrator of {council.name} gives its roles.", field="part")
        return
    if bid is None or bid.id != offer.bid_id or council.id not in seats_of(bid):
        raise Refused("Only colleagues of a council in the bid can be invited to it.", field="council")
    if not administers and bid.lead_council_id not in by.councils_on(day, *_LEADS):
        raise Refused("The lead council's coordinator invites to this bid.", field="council")


def unusual(email: str, council: Council, *, by: Person, day: date) -> str:
    """A warning where nobody of the council has an address of this kind, and neither has the one who invites."""
    acting = select(Appointment.person_id).where(Appointment.council_id == council.id, standing(day))
    known = {by.email, *db.session.scalars(select(Person.email).where(Person.id.in_(acting)))}
    domain = _domain(email)
    if domain in {_domain(other) for other in known}:
        return ""
    return f"Nobody of {council.name} here has an address at {domain}. If it is right, tick the box and send it."


def _domain(email: str) -> str:
    return email.strip().lower().rpartition("@")[2]


def in_words(offer: Offer, council: Council, bid: Bid | None) -> str:
    """To be read after `invites you`."""
    if bid is None:
        return f"to act for {council.name} as {offer.role.label}"
    what = "to write" if offer.bid_role == BidRole.AUTHOR else "to read"
    return f"{what} the bid “{bid.title}” for {council.name}"


def offer_of(invitation: Invitation) -> Offer:
    return Offer(invitation.role, invitation.council_id, invitation.bid_id, invitation.bid_role)


def council_and_bid(invitation: Invitation) -> tuple[Council, Bid | None]:
    bid = db.session.get(Bid, invitation.bid_id) if invitation.bid_id else None
    return db.session.get_one(Council, invitation.council_id), bid


def accept(invitation: Invitation, person: Person, *, at: datetime) -> None:
    """Do as the invitation says for the person it went to, once.

    Refused where whoever sent it may no longer invite to this: a right that was lost is not kept by letters.
    """
    invitations.hold(invitation)
    day, offer = clock.london(at).date(), offer_of(invitation)
    council, bid = council_and_bid(invitation)
    inviter = invitation.invited_by
    if not still_holds(invitation, at=at):
        raise Refused(invitations.SPENT)
    invitations.use_up(invitation, person, at=at)
    if bid is None:
        if council.id not in person.councils_on(day, offer.role):
            _appoint(person, offer.role, council, by=inviter, day=day)
    else:
        role = BidRole(offer.bid_role)
        let_act(person, council, _NEEDED[role], by=inviter, day=day)
        db.session.flush()
        give_place(bid, person, role, by=inviter, at=at)
    body = f"Hello {inviter.name}\n\n{person.name} has accepted your invitation {in_words(offer, council, bid)}.\n"
    tell(inviter.email, "Invitation accepted", body, at=at, person_id=inviter.id)


def still_holds(invitation: Invitation, *, at: datetime) -> bool:
    """Whether whoever sent the invitation could send it today."""
    council, bid = council_and_bid(invitation)
    day = clock.london(at).date()
    try:
        check_may_invite(offer_of(invitation), council, bid, by=invitation.invited_by, day=day)
        check_in_being(council, day)
    except Refused:
        return False
    return True


def let_act(person: Person, council: Council, permission: Permission, *, by: Person, day: date) -> None:
    """Make somebody a colleague of the council, unless a role there permits what they are to do already."""
    if council.id not in person.councils_where(day, permission):
        _appoint(person, Role.COLLEAGUE, council, by=by, day=day)


def _appoint(person: Person, role: Role, council: Council, *, by: Person, day: date) -> None:
    assert role in COUNCIL_ROLES
    people.appoint(person, role, council_id=council.id, by=by, on=day, reason="Invited by e-mail")
