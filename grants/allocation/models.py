"""Deciding which bids get what, within each year's budget, and telling everyone at once."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from grants.allocation.footing import WHY_AGAIN, Again, again
from grants.bids.models import Bid, Project
from grants.funds.models import Round, Stream
from grants.kernel.db import Keyed, Model, Pence, Versioned
from grants.kernel.financial_year import FinancialYear
from grants.people.models import Person


class DecisionOutcome(StrEnum):
    FUND = "fund"
    RESERVE = "reserve"
    REJECT = "reject"


class Decision(Keyed, Versioned, Model):
    """What becomes of one bid: proposed by one person, confirmed by another, unknown to its council until announced.

    A confirmation counts only while what it stands on is there: see `footing`.
    """

    __table_args__ = (
        CheckConstraint("reason <> ''", name="says_why"),
        CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="confirmed_by_someone"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), unique=True)
    outcome: Mapped[DecisionOutcome]
    reason: Mapped[str] = mapped_column(Text)
    conditions: Mapped[str] = mapped_column(Text, default="")
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime] = mapped_column()
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    again: Mapped[Again | None] = column_property(again(bid_id, proposed_at, proposed_by_id, confirmed_by_id))
    """Why it has to be taken again, if it has; whether it was confirmed or only proposed."""
    bid: Mapped[Bid] = relationship()
    proposed_by: Mapped[Person] = relationship(foreign_keys=[proposed_by_id])
    confirmed_by: Mapped[Person | None] = relationship(foreign_keys=[confirmed_by_id])
    lines: Mapped[list["DecisionLine"]] = relationship(
        back_populates="decision", order_by="DecisionLine.project_id, DecisionLine.year", cascade="all, delete-orphan"
    )

    @property
    def why_again(self) -> str:
        """A sentence; empty where the decision need not be taken again."""
        return WHY_AGAIN[self.again] if self.again else ""


class DecisionLine(Model):
    """Money decided for one project in one year and stream."""

    __table_args__ = (
        UniqueConstraint("decision_id", "project_id", "year", "stream"),
        CheckConstraint("pence > 0", name="some_money"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    year: Mapped[FinancialYear]
    stream: Mapped[Stream]
    pence: Mapped[Pence]
    decision: Mapped[Decision] = relationship(back_populates="lines")
    project: Mapped[Project] = relationship()


class Announcement(Model):
    """The moment from which everyone may know: one for a round."""

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), unique=True)
    announced_at: Mapped[datetime]
    announced_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    statement: Mapped[str] = mapped_column(Text)
    round: Mapped[Round] = relationship()
    announced_by: Mapped[Person] = relationship()
