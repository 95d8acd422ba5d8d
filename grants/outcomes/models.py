"""What awards achieve: quarterly returns with actuals and forecasts, and what was checked of them.

Targets are the outcomes promised in the bid (`OutcomeLine`), reached through the award's project.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.awards.models import Award
from grants.files.models import Attachment
from grants.funds.models import OutcomeMeasure
from grants.kernel.db import Hundredths, Keyed, MadeOnce, Model, Pence, Versioned
from grants.kernel.financial_year import FinancialYear, Quarter
from grants.people.models import Person


class ReturnStatus(StrEnum):
    DRAFT = "draft"
    SIGN_OFF = "sign_off"
    SUBMITTED = "submitted"
    QUERIED = "queried"
    VALIDATED = "validated"


RETURN_MOVES: dict[ReturnStatus, set[ReturnStatus]] = {
    ReturnStatus.DRAFT: {ReturnStatus.SIGN_OFF},
    ReturnStatus.SIGN_OFF: {ReturnStatus.DRAFT, ReturnStatus.SUBMITTED},
    ReturnStatus.SUBMITTED: {ReturnStatus.QUERIED, ReturnStatus.VALIDATED},
    ReturnStatus.QUERIED: {ReturnStatus.SIGN_OFF},
    ReturnStatus.VALIDATED: set(),
}


class Return(Keyed, Versioned, MadeOnce, Model):
    """One quarter's progress report of one award. Earlier quarters stay as they were signed."""

    __tablename__ = "progress_return"
    __table_args__ = (
        UniqueConstraint("award_id", "year", "quarter_number"),
        CheckConstraint("quarter_number BETWEEN 1 AND 4", name="a_quarter"),
        Index("ix_progress_return_status", "status", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    year: Mapped[FinancialYear]
    quarter_number: Mapped[int]
    due_on: Mapped[date]
    status: Mapped[ReturnStatus] = mapped_column(default=ReturnStatus.DRAFT)
    progress: Mapped[str] = mapped_column(Text, default="")
    risks: Mapped[str] = mapped_column(Text, default="")
    correction: Mapped[str] = mapped_column(Text, default="")
    """Why less is now said to be achieved than the return before had it; empty where nothing fell."""
    started_at: Mapped[datetime]
    started_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime | None]
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    query: Mapped[str] = mapped_column(Text, default="")
    validated_at: Mapped[datetime | None]
    validated_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    validation_note: Mapped[str] = mapped_column(Text, default="")

    award: Mapped[Award] = relationship()
    signed_by: Mapped[Person | None] = relationship(foreign_keys=[signed_by_id])
    validated_by: Mapped[Person | None] = relationship(foreign_keys=[validated_by_id])
    figures: Mapped[list["ReturnFigure"]] = relationship(
        back_populates="progress_return", order_by="ReturnFigure.measure_id, ReturnFigure.year"
    )
    spending: Mapped[list["ReturnSpending"]] = relationship(
        back_populates="progress_return", order_by="ReturnSpending.year"
    )
    evidence: Mapped[list["Evidence"]] = relationship(back_populates="progress_return", order_by="Evidence.id")

    @property
    def quarter(self) -> Quarter:
        return Quarter(self.year, self.quarter_number)

    @property
    def being_written(self) -> bool:
        return self.status in (ReturnStatus.DRAFT, ReturnStatus.QUERIED)


class ReturnFigure(Model):
    """A measure in a year: achieved so far in that year, and what the whole year is now expected to reach."""

    __table_args__ = (
        UniqueConstraint("return_id", "measure_id", "year"),
        CheckConstraint("actual_hundredths >= 0 AND forecast_hundredths >= 0", name="not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("progress_return.id"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("outcome_measure.id"), index=True)
    year: Mapped[FinancialYear]
    actual_hundredths: Mapped[Hundredths | None]
    forecast_hundredths: Mapped[Hundredths | None]
    progress_return: Mapped[Return] = relationship(back_populates="figures")
    measure: Mapped[OutcomeMeasure] = relationship()


class ReturnSpending(Model):
    """Grant spent so far in a year, and expected for the whole of it."""

    __table_args__ = (
        UniqueConstraint("return_id", "year"),
        CheckConstraint("actual_pence >= 0 AND forecast_pence >= 0", name="not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("progress_return.id"))
    year: Mapped[FinancialYear]
    actual_pence: Mapped[Pence | None]
    forecast_pence: Mapped[Pence | None]
    progress_return: Mapped[Return] = relationship(back_populates="spending")


class Evidence(MadeOnce, Model):
    """A file that shows what a return claims."""

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("progress_return.id"), index=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), unique=True)
    description: Mapped[str] = mapped_column(default="")
    progress_return: Mapped[Return] = relationship(back_populates="evidence")
    attachment: Mapped[Attachment] = relationship(lazy="joined", innerjoin=True)
