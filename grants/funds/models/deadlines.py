"""What moves a closing time: extensions for one council, and the days that are not working days."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.councils.models import Council
from grants.funds.models.round import Round
from grants.kernel.db import Keyed, MadeOnce, Model, Versioned


class Extension(Keyed, Versioned, MadeOnce, Model):
    """More time for one council in one round: asked for with a reason by one person, approved by another."""

    __table_args__ = (
        CheckConstraint("(approved_at IS NULL) = (approved_by_id IS NULL)", name="approved_by_someone"),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> asked_by_id", name="approved_by_another"),
        Index("ix_extension_round_council", "round_id", "council_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    closes_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    refused_at: Mapped[datetime | None]
    round: Mapped[Round] = relationship(back_populates="extensions")
    council: Mapped[Council] = relationship()


class BankHoliday(Model):
    """A day on which councils in England do not work."""

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
