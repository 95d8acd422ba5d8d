"""Who scores: what an appraiser knows, how much he or she takes on, and where he or she is not impartial."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.bids.models import Bid
from grants.councils.models import Council
from grants.kernel.db import Json, Keyed, Model, Versioned
from grants.kernel.financial_year import FinancialYear
from grants.people.models import Person


class AppraiserProfile(Versioned, Model):
    """What bids suit an appraiser, and how many at most in one round."""

    __table_args__ = (CheckConstraint("most_bids IS NULL OR most_bids >= 0", name="load_counted"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    skills: Mapped[Json] = mapped_column(default=lambda: Json({"skills": []}))
    """`{"skills": ["housing", ...]}`, the codes of `appraisers.skills`."""
    regions: Mapped[Json] = mapped_column(default=lambda: Json({"regions": []}))
    """`{"regions": [...]}` known well, as the register of councils names them."""
    most_bids: Mapped[int | None]
    """None for no limit of their own."""
    person: Mapped[Person] = relationship()


class InterestKind(StrEnum):
    EMPLOYER = "employer"
    PAST_EMPLOYER = "past_employer"
    CLIENT = "client"
    FAMILY = "family"
    LAND = "land"
    OTHER = "other"


class Interest(Keyed, Versioned, Model):
    """A tie of an appraiser to a council or another body; conflicts are proposed from it. Ended, never deleted."""

    __table_args__ = (
        CheckConstraint("council_id IS NOT NULL OR body <> ''", name="names_somebody"),
        CheckConstraint("until_on IS NULL OR from_on IS NULL OR until_on >= from_on", name="dates_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[InterestKind]
    council_id: Mapped[int | None] = mapped_column(ForeignKey("council.id"), index=True)
    body: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]
    declared_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship()
    council: Mapped[Council | None] = relationship()


class YearlyDeclaration(Model):
    """An appraiser's word that the interests on record are complete. It lapses at the end of its financial year."""

    __table_args__ = (UniqueConstraint("person_id", "year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    year: Mapped[FinancialYear]
    made_at: Mapped[datetime]


class ClearedConflict(Model):
    """A conflict that the data proposed and the programme found to be none, with the reason."""

    __table_args__ = (UniqueConstraint("person_id", "bid_id"), CheckConstraint("reason <> ''", name="says_why"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), index=True)
    grounds: Mapped[Json]
    """`{"grounds": [...]}` as they were proposed; a new ground proposes the conflict again."""
    reason: Mapped[str] = mapped_column(Text)
    cleared_at: Mapped[datetime]
    cleared_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    cleared_by: Mapped[Person] = relationship(foreign_keys=[cleared_by_id])
    bid: Mapped[Bid] = relationship()
