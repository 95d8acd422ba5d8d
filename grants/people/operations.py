"""Signing in and out, passwords, and who holds which role."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select, update

from grants import audit
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.operations import tell
from grants.people.models import Appointment, Attempt, Person, ResetLink, SignIn
from grants.people.objections import refuse_objected
from grants.people.queries import administrators
from grants.people.roles import COUNCIL_ROLES, JUDGES, READERS_OF_ALL, Role

MOST_FAILURES = 10
LOCKED_FOR = timedelta(minutes=5)
MOST_FROM_ONE_ADDRESS = 50
LINK_LASTS = timedelta(minutes=60)
MOST_LINKS = 5
"""Unused at one time: nobody's letter box is filled by whoever types the address."""
SIGN_IN_LASTS = timedelta(hours=12)
IDLE_FOR = timedelta(hours=3)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200

_hasher = PasswordHasher()
_NOBODYS_HASH = _hasher.hash(secrets.token_hex(16))
WRONG = "The e-mail address or password is not right, or the account is locked for a few minutes after many tries."


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def find(email: str) -> Person | None:
    return db.session.scalar(select(Person).where(Person.email == email.strip().lower()))


def sign_in(email: str, password: str, *, address: str, at: datetime, known: Mapping[str, str] | None = None) -> str:
    """The secret of a new sign-in. One sentence refuses every wrong try alike, and takes as long.

    After ten failures an account rests for five minutes, and so do further tries from an address with fifty. A browser
    that is `known` for the person (keys of people to names of the browser) counts by itself, and rests by itself.
    The failure itself is to be committed by the caller: it is a fact even though the sign-in was refused.
    """
    person = find(email)
    right = _matches(person.password_hash if person else None, password)
    if person:
        _hold(person)  # many tries at once are counted one by one
    browser = (known or {}).get(person.key) if person else None
    source, most = (f"browser {browser}", MOST_FAILURES) if browser else (address, MOST_FROM_ONE_ADDRESS)
    locked = person is not None and person.locked_until is not None and at < person.locked_until
    resting = locked and not browser
    refused = person is None or not right or resting or not person.active or _crowded(source, most, at)
    db.session.add(Attempt(at=at, address=source, email_hash=hashed(email.strip().lower()), succeeded=not refused))
    if refused or person is None:
        if person and not right and not resting and not browser:
            _count_failure(person, at)
        raise Refused(WRONG)
    if not locked:
        person.failed_sign_ins, person.locked_until = 0, None
    audit.record(person, "signed_in", by=person)
    return open_sign_in(person, address=address, at=at)


def _hold(person: Person) -> None:
    """Read the account afresh and keep every other try at it waiting until the end of the transaction."""
    held = select(Person).where(Person.id == person.id).with_for_update()
    db.session.scalars(held.execution_options(populate_existing=True)).one()


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        return _hasher.verify(password_hash or _NOBODYS_HASH, password[:LONGEST_PASSWORD]) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def _crowded(address: str, most: int, at: datetime) -> bool:
    since = at - LOCKED_FOR
    failures = select(func.count()).where(Attempt.address == address, Attempt.at > since, Attempt.succeeded.is_(False))
    return (db.session.scalar(failures) or 0) >= most


def _count_failure(person: Person, at: datetime) -> None:
    person.failed_sign_ins += 1
    if person.failed_sign_ins >= MOST_FAILURES:
        person.failed_sign_ins, person.locked_until = 0, at + LOCKED_FOR
        audit.record(person, "locked", by=None, reason=f"{MOST_FAILURES} wrong passwords")


def open_sign_in(person: Person, *, address: str, at: datetime) -> str:
    """The secret of a new sign-in of somebody who has shown who they are."""
    secret = secrets.token_urlsafe(32)
    db.session.add(SignIn(person_id=person.id, secret_hash=hashed(secret), began_at=at, seen_at=at, address=address))
    return secret


def current_sign_in(secret: str, *, at: datetime) -> SignIn | None:
    """The open sign-in with this secret, if it is neither ended, nor too old, nor idle, nor of a disabled person."""
    found = db.session.scalar(select(SignIn).where(SignIn.secret_hash == hashed(secret), SignIn.ended_at.is_(None)))
    if found is None or not found.person.active:
        return None
    return None if at > found.began_at + SIGN_IN_LASTS or at > found.seen_at + IDLE_FOR else found


def note_visit(sign_in_id: int, *, at: datetime) -> None:
    db.session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=at))


def sign_out(person: Person, secret: str, *, at: datetime) -> None:
    db.session.execute(update(SignIn).where(SignIn.secret_hash == hashed(secret)).values(ended_at=at))
    audit.record(person, "signed_out", by=person)


def end_all_sign_ins(person: Person, *, at: datetime) -> None:
    open_ones = update(SignIn).where(SignIn.person_id == person.id, SignIn.ended_at.is_(None))
    db.session.execute(open_ones.values(ended_at=at))


def ask_for_reset(email: str, *, address_of_page: str, at: datetime) -> None:
    """Send a link to whoever has this address; say and take the same if nobody does."""
    person = find(email)
    secret = secrets.token_urlsafe(32)
    if person is None or not person.active or _links_alive(person, at) >= MOST_LINKS:
        return
    send_link(person, secret, address_of_page, subject="Set a new password", at=at)
    audit.record(person, "asked_for_reset", by=person)


def _links_alive(person: Person, at: datetime) -> int:
    alive = select(func.count(ResetLink.id)).where(
        ResetLink.person_id == person.id, ResetLink.used_at.is_(None), ResetLink.expires_at >= at
    )
    return db.session.scalar(alive) or 0


def send_link(person: Person, secret: str, address_of_page: str, *, subject: str, at: datetime) -> None:
    make_link(person, secret, at=at)
    body = (
        f"Hello {person.name}\n\nUse this link within {LINK_LASTS.seconds // 60 or 60} minutes to set your password. "
        f"It works once.\n\n{address_of_page}{secret}\n\nIf you did not ask for it, you can ignore this message.\n"
    )
    tell(person.email, subject, body, person_id=person.id, at=at)


def make_link(person: Person, secret: str, *, at: datetime) -> None:
    """Let whoever brings `secret` within the hour set this person's password, once."""
    db.session.add(ResetLink(person=person, secret_hash=hashed(secret), made_at=at, expires_at=at + LINK_LASTS))


def live_link(secret: str, *, at: datetime) -> ResetLink | None:
    link = db.session.scalar(select(ResetLink).where(ResetLink.secret_hash == hashed(secret)).with_for_update())
    return link if link and link.used_at is None and at <= link.expires_at and link.person.active else None


def set_password(secret: str, password: str, *, at: datetime) -> Person:
    """Use up a link: the new password holds, every other link and every open sign-in of the person ends."""
    link = live_link(secret, at=at)
    if link is None:
        raise Refused("This link has been used or is too old. Ask for a new one.")
    person = link.person
    person.password_hash = _hasher.hash(checked(password, person))
    person.failed_sign_ins, person.locked_until = 0, None
    others = update(ResetLink).where(ResetLink.person_id == person.id, ResetLink.used_at.is_(None))
    db.session.execute(others.values(used_at=at))
    end_all_sign_ins(person, at=at)
    audit.record(person, "set_password", by=person)
    return person


def replace_password(person: Person, password: str, *, by: Person | None) -> None:
    """From the shell, where no link can be sent."""
    person.password_hash = _hasher.hash(password)
    audit.record(person, "replaced_password", by=by)


def checked(password: str, person: Person) -> str:
    """The password, if it may be one: twelve characters or more, and neither the name nor the address in it."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Refused(f"Use {SHORTEST_PASSWORD} characters or more.", field="password")
    if len(set(password)) < 5 or person.email.split("@")[0] in password.lower():
        raise Refused(
            "This password is easy to guess. Three words that do not belong together work well.", field="password"
        )
    return password


def add_person(*, name: str, email: str, by: Person | None, at: datetime, password: str | None = None) -> Person:
    """Refused if the address is taken. Without a password the person sets one by a link."""
    email = email.strip().lower()
    if find(email):
        raise Refused("Somebody with this e-mail address is here already.", field="email")
    person = Person(name=name, email=email, created_at=at, password_hash=_hasher.hash(password) if password else None)
    db.session.add(person)
    db.session.flush()
    audit.record(person, "added", by=by, email=email)
    return person


def appoint(
    person: Person, role: Role, *, council_id: int | None, by: Person | None, on: date, reason: str = ""
) -> Appointment:
    """Give a role from `on`. Refused twice, without a council for a council's role or with one for another, and to
    somebody who would both judge bids and read the whole audit trail, where the others' scores stand. Other rooms may
    object."""
    if by is not None and by.id == person.id:
        raise Refused("Ask another administrator to give you a role.")
    if (role in COUNCIL_ROLES) != (council_id is not None):
        raise Refused("A council's role needs a council, and a programme role has none.", field="council")
    if any(a.role is role and a.council_id == council_id for a in person.appointments_on(on)):
        raise Refused(f"{person.name} holds this role already.", field="role")
    roles = person.roles_on(on) | {role}
    if roles & JUDGES and roles & READERS_OF_ALL:
        raise Refused(
            f"{person.name} cannot both judge bids and read the whole audit trail, where all scores stand.",
            field="role",
        )
    refuse_objected(person, role, on)
    appointment = Appointment(
        role=role, council_id=council_id, from_on=on, until_on=None, appointed_by_id=by.id if by else None
    )
    person.appointments.append(appointment)
    audit.record(person, "appointed", by=by, reason=reason, role=role.value, council_id=council_id)
    return appointment


def end_appointment(appointment: Appointment, *, by: Person, on: date, at: datetime, reason: str) -> None:
    """Take a role away with effect from now; the person's open sign-ins end, so that it holds from the next click.

    One given today stands as of yesterday from then on, and is not deleted: what a person could read in it, or was
    tied to by it, still counts. The trail has the days. Refused for a role of one's own, one that has ended, and the
    last administrator's.
    """
    person = appointment.person
    if not appointment.covers(on):
        raise Refused("This role has ended already.")
    if person.id == by.id:
        raise Refused("Ask another administrator to take away a role of your own.")
    if appointment.role is Role.ADMINISTRATOR:
        _keep_an_administrator(person, on=on)
    began_on, last = appointment.from_on, on - timedelta(days=1)
    appointment.from_on, appointment.until_on = min(began_on, last), last
    end_all_sign_ins(person, at=at)
    audit.record(
        person,
        "ended_appointment",
        by=by,
        reason=reason,
        role=appointment.role.value,
        council_id=appointment.council_id,
        from_on=began_on.isoformat(),
    )


def _keep_an_administrator(leaving: Person, *, on: date) -> None:
    others = [person for person in db.session.scalars(administrators(on)).unique() if person.id != leaving.id]
    if not others:
        raise Refused("This is the last administrator: appoint another one first.")


def disable(person: Person, *, by: Person, on: date, at: datetime, reason: str) -> None:
    """Nobody can sign in as this person any more; what he or she did stays under the name."""
    if not person.active:
        raise Refused("This account is disabled already.")
    if person.id == by.id:
        raise Refused("Ask another administrator to disable your own account.")
    if Role.ADMINISTRATOR in person.roles_on(on):
        _keep_an_administrator(person, on=on)
    person.active = False
    end_all_sign_ins(person, at=at)
    audit.record(person, "disabled", by=by, reason=reason)


def enable(person: Person, *, by: Person, reason: str) -> None:
    """Let a disabled person sign in again, with the roles that have not ended meanwhile."""
    if person.active:
        raise Refused("This account is not disabled.")
    person.active = True
    audit.record(person, "enabled", by=by, reason=reason)


def invite(person: Person, *, address_of_page: str, by: Person, at: datetime) -> None:
    """Send a link to set a first password, or another one. Refused while the account is disabled."""
    if not person.active:
        raise Refused("This account is disabled: enable it first.")
    send_link(person, secrets.token_urlsafe(32), address_of_page, subject="Your account for council grants", at=at)
    audit.record(person, "sent_a_link", by=by)
