"""Councils with their dated names and successors, the spellings seen in papers, and partnerships."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel.db import Keyed, Model, Versioned


class CouncilKind(StrEnum):
    COUNTY = "county"
    DISTRICT = "district"
    UNITARY = "unitary"
    METROPOLITAN = "metropolitan"
    LONDON_BOROUGH = "london_borough"
    CITY_CORPORATION = "city_corporation"
    COMBINED_AUTHORITY = "combined_authority"
    GREATER_LONDON = "greater_london"


REGIONS = (
    "East Midlands",
    "East of England",
    "London",
    "North East",
    "North West",
    "South East",
    "South West",
    "West Midlands",
    "Yorkshire and The Humber",
)
"""As the register names them."""


class Council(Model):
    """A body of the English register, past or present. Its name is a dated fact; its GSS code is who it is."""

    __table_args__ = (
        CheckConstraint("ended_on IS NULL OR began_on IS NULL OR ended_on >= began_on", name="ends_after"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(9), unique=True)
    """GSS code."""
    register_code: Mapped[str] = mapped_column(String(6), default="")
    """The three letters behind `GB-LAE-`; combined authorities have none that is official."""
    name: Mapped[str] = mapped_column(String(120), index=True)
    """The latest official name."""
    short_name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[CouncilKind]
    region: Mapped[str] = mapped_column(String(40))
    began_on: Mapped[date | None]
    """None: in being before anyone's records here."""
    ended_on: Mapped[date | None]
    """The last day in being."""
    county_code: Mapped[str] = mapped_column(String(9), default="")
    combined_authority_code: Mapped[str] = mapped_column(String(9), default="")
    population: Mapped[int | None]
    """Mid-2020 estimate."""
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    names: Mapped[list["CouncilName"]] = relationship(back_populates="council", order_by="CouncilName.id")
    successions: Mapped[list["Succession"]] = relationship(
        back_populates="predecessor", foreign_keys="Succession.predecessor_id", order_by="Succession.id"
    )

    def __str__(self) -> str:
        return self.name

    def in_being(self, day: date) -> bool:
        return (self.began_on is None or self.began_on <= day) and (self.ended_on is None or day <= self.ended_on)


class CouncilName(Model):
    """An official name a council bore for a time; without dates it is the name throughout."""

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"), index=True)
    name: Mapped[str] = mapped_column(String(120), index=True)
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]
    council: Mapped[Council] = relationship(back_populates="names")


class SuccessionKind(StrEnum):
    RENAME = "rename"
    MERGE = "merge"
    SPLIT = "split"
    TRANSFER = "transfer"


class Succession(Model):
    """On vesting day the rights and duties of one council passed to another."""

    __table_args__ = (UniqueConstraint("predecessor_id", "successor_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    predecessor_id: Mapped[int] = mapped_column(ForeignKey("council.id"), index=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("council.id"), index=True)
    on: Mapped[date]
    kind: Mapped[SuccessionKind]
    predecessor: Mapped[Council] = relationship(back_populates="successions", foreign_keys=[predecessor_id])
    successor: Mapped[Council] = relationship(foreign_keys=[successor_id])


class AliasStatus(StrEnum):
    SETTLED = "settled"
    ASK = "ask"


class Alias(Model):
    """A spelling seen in a paper. Settled, it means those councils (two for a joint name, none for a body that is no
    council); marked `ask`, those are only candidates and a person decides."""

    id: Mapped[int] = mapped_column(primary_key=True)
    spelling: Mapped[str] = mapped_column(String(200), unique=True)
    """As the resolver folds it: without star, case, ampersand or doubled blanks."""
    printed: Mapped[str] = mapped_column(String(200))
    status: Mapped[AliasStatus]
    note: Mapped[str] = mapped_column(default="")
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[datetime | None]
    councils: Mapped[list[Council]] = relationship(secondary="alias_council", order_by="Council.code")


class AliasCouncil(Model):
    alias_id: Mapped[int] = mapped_column(ForeignKey("alias.id"), primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"), primary_key=True)


class NameInQuestion(Keyed, Versioned, Model):
    """A printed name that no machine may settle: it waits until a person says which council is meant, or none."""

    __table_args__ = (
        UniqueConstraint("spelling", "as_at"),
        CheckConstraint("(settled_at IS NULL) = (settled_by_id IS NULL)", name="settled_by_someone"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    printed: Mapped[str] = mapped_column(String(200))
    spelling: Mapped[str] = mapped_column(String(200), index=True)
    as_at: Mapped[date]
    why: Mapped[str]
    """The resolver's sentence."""
    seen_in: Mapped[str]
    """The paper it stood in."""
    asked_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(default="")
    candidates: Mapped[list[Council]] = relationship(secondary="name_candidate", order_by="Council.code")
    """While it waits, whom it may mean; once settled, whom it does mean: nobody, where it is no council's name."""


class NameCandidate(Model):
    name_in_question_id: Mapped[int] = mapped_column(ForeignKey("name_in_question.id"), primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"), primary_key=True)


class Partnership(Keyed, Versioned, Model):
    """Councils and others that bid together. Not a legal person: money goes to its lead council."""

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(160), unique=True)
    made_on: Mapped[date]
    memberships: Mapped[list["Membership"]] = relationship(back_populates="partnership", order_by="Membership.position")

    def __str__(self) -> str:
        return self.name

    def places(self, role: "MembershipRole", day: date) -> list["Membership"]:
        """Who stands in `role` on `day`, in the printed order."""
        return [place for place in self.memberships if place.role == role and place.covers(day)]


class MembershipRole(StrEnum):
    LEAD = "lead"
    MEMBER = "member"
    PARTNER = "partner"
    ACCOUNTABLE = "accountable"
    """The council that receives the money and signs for it, where that is not the lead."""


class Membership(Model):
    """A council's place in a partnership for a time. A lead need not be a member (a combined authority may lead), so
    one council may have two rows. A partner is no council and is known by its name alone."""

    __table_args__ = (
        CheckConstraint("council_id IS NOT NULL OR printed_as <> ''", name="names_someone"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="ends_after_start"),
        Index("ix_membership_council", "council_id", "partnership_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"), index=True)
    council_id: Mapped[int | None] = mapped_column(ForeignKey("council.id"))
    """None for a partner, and for a name that still waits to be settled."""
    printed_as: Mapped[str] = mapped_column(String(200), default="")
    partner_kind: Mapped[str] = mapped_column(String(40), default="")
    """Of a partner that is no council: NHS body, government department, and so on."""
    role: Mapped[MembershipRole]
    starred: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    partnership: Mapped[Partnership] = relationship(back_populates="memberships")
    council: Mapped[Council | None] = relationship()

    def covers(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)

    @property
    def shown_name(self) -> str:
        """The council's name, or as printed where it is none or not settled yet."""
        return self.council.name if self.council else self.printed_as
