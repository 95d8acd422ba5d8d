"""People who sign in, the roles they are appointed to, and the sign-ins that are open."""

from datetime import date, datetime

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel.db import Keyed, Model, Versioned
from grants.people.roles import COUNCIL_ROLES, Permission, Role, permissions_of

_A_COUNCIL_ROLE = "role IN ({})".format(", ".join(f"'{role}'" for role in sorted(COUNCIL_ROLES)))


class Person(Keyed, Versioned, UserMixin, Model):  # type: ignore[misc]  # flask-login is not typed
    """Someone with an e-mail address. What they may do follows from their appointments today."""

    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    invented: Mapped[bool] = mapped_column(default=False)
    """One of the demo's people: the product refuses to start in production while one of them can sign in."""
    created_at: Mapped[datetime]
    appointments: Mapped[list["Appointment"]] = relationship(
        back_populates="person", order_by="Appointment.id", lazy="selectin", foreign_keys="Appointment.person_id"
    )

    sign_in_secret = ""
    """Of the sign-in just made or just recognised: what flask-login keeps in the cookie. Not a column."""

    # flask-login would take two people for the same whenever neither has just signed in.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __str__(self) -> str:
        return self.name

    def get_id(self) -> str:
        return self.sign_in_secret

    @property
    def is_active(self) -> bool:
        return self.active

    def appointments_on(self, day: date) -> list["Appointment"]:
        return [a for a in self.appointments if a.covers(day)]

    def roles_on(self, day: date) -> set[Role]:
        return {a.role for a in self.appointments_on(day)}

    def councils_on(self, day: date, *roles: Role) -> set[int]:
        """Ids of the councils this person acts for, in one of `roles` where any are named."""
        return {
            a.council_id
            for a in self.appointments_on(day)
            if a.council_id is not None and (not roles or a.role in roles)
        }

    def councils_where(self, day: date, permission: Permission) -> set[int]:
        """Ids of the councils for which a role of this person grants `permission`."""
        held = self.appointments_on(day)
        return {a.council_id for a in held if a.council_id is not None and permission in permissions_of(a.role)}

    def may_on(self, day: date, permission: Permission) -> bool:
        return self.active and any(permission in permissions_of(role) for role in self.roles_on(day))


class Appointment(Model):
    """One role of one person, for one council where the role is a council's, from a day and until another."""

    __table_args__ = (
        CheckConstraint(f"({_A_COUNCIL_ROLE}) = (council_id IS NOT NULL)", name="council_roles_have_one"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="ends_after_start"),
        Index("ix_appointment_council_role", "council_id", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[Role]
    council_id: Mapped[int | None] = mapped_column(ForeignKey("council.id"))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    """The last day in the role."""
    appointed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship(back_populates="appointments", foreign_keys=[person_id])

    def covers(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


class SignIn(Model):
    """An open sign-in. The browser's cookie holds a secret of which only the hash is here; ending the row ends it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(45), default="")
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class ResetLink(Model):
    """A link by which a person sets a new password: used once, for an hour, and only while the password stays."""

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class Attempt(Model):
    """A sign-in that was tried, kept to slow down guessing by address and by account."""

    __table_args__ = (Index("ix_attempt_address_at", "address", "at"), Index("ix_attempt_email_at", "email_hash", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(45))
    email_hash: Mapped[str] = mapped_column(String(64))
    succeeded: Mapped[bool]


class Invitation(Keyed, Model):
    """A colleague asked by e-mail to act for a council, or to help with one bid; its link is used once."""

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"), index=True)
    role: Mapped[Role]
    bid_id: Mapped[int | None] = mapped_column(ForeignKey("bid.id"), index=True)
    """The bid that it is about; None for a role on all bids of the council."""
    bid_role: Mapped[str] = mapped_column(String(40), default="")
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_at: Mapped[datetime]
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    taken_back_at: Mapped[datetime | None]
    invited_by: Mapped[Person] = relationship(foreign_keys=[invited_by_id])

    def open_at(self, at: datetime) -> bool:
        """Whether its link can still be used."""
        return self.accepted_at is None and self.taken_back_at is None and at <= self.expires_at
