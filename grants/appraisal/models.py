"""Judging bids: gates passed or failed, who appraises what, their scores, and the agreed marks beside them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.bids.models import Bid
from grants.funds.models import Criterion, Gate
from grants.kernel.db import Keyed, Model, Versioned
from grants.people.models import Person

MARKS = range(6)
"""0 (nothing to the point) to 5 (excellent)."""


class GateOutcome(StrEnum):
    PASS = "pass"  # noqa: S105 - a mark, not a secret
    FAIL = "fail"
    QUERY = "query"


class GateResult(Versioned, Model):
    """What a checker found at one gate of one bid. A fail counts only once a second checker agrees."""

    __table_args__ = (
        UniqueConstraint("bid_id", "gate_id"),
        CheckConstraint("outcome = 'pass' OR reason <> ''", name="says_why"),
        CheckConstraint("second_checker_id IS NULL OR second_checker_id <> checked_by_id", name="two_checkers"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    gate_id: Mapped[int] = mapped_column(ForeignKey("gate.id"), index=True)
    outcome: Mapped[GateOutcome]
    reason: Mapped[str] = mapped_column(Text, default="")
    checked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    checked_at: Mapped[datetime]
    second_checker_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    second_checked_at: Mapped[datetime | None]
    bid: Mapped[Bid] = relationship()
    gate: Mapped[Gate] = relationship()
    checked_by: Mapped[Person] = relationship(foreign_keys=[checked_by_id])


class AssignmentState(StrEnum):
    """Derived from what the appraiser has done so far."""

    TO_DECLARE = "to_declare"
    SCORING = "scoring"
    SUBMITTED = "submitted"
    CONFLICTED = "conflicted"
    ENDED = "ended"


class Assignment(Keyed, Versioned, Model):
    """One appraiser's task to score one bid: a declaration first, then a mark and a reason for each criterion."""

    __table_args__ = (UniqueConstraint("bid_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    assigned_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    assigned_at: Mapped[datetime]
    declared_at: Mapped[datetime | None]
    conflicted: Mapped[bool] = mapped_column(default=False)
    """Declared or found: the bid is closed to this person, and a score already given is set aside, not deleted."""
    submitted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """Taken away again by the programme manager."""
    bid: Mapped[Bid] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    scores: Mapped[list["Score"]] = relationship(back_populates="assignment", order_by="Score.criterion_id")

    @property
    def state(self) -> AssignmentState:
        if self.ended_at:
            return AssignmentState.ENDED
        if self.conflicted:
            return AssignmentState.CONFLICTED
        if self.submitted_at:
            return AssignmentState.SUBMITTED
        return AssignmentState.SCORING if self.declared_at else AssignmentState.TO_DECLARE

    @property
    def counts(self) -> bool:
        """Whether its scores take part in the moderation."""
        return self.state is AssignmentState.SUBMITTED


class Score(Versioned, Model):
    """One appraiser's mark and reason for one criterion. No mark yet is None and never nought."""

    __table_args__ = (
        UniqueConstraint("assignment_id", "criterion_id"),
        CheckConstraint("mark IS NULL OR mark BETWEEN 0 AND 5", name="mark_0_to_5"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"), index=True)
    mark: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime]
    assignment: Mapped[Assignment] = relationship(back_populates="scores")
    criterion: Mapped[Criterion] = relationship()


class Moderation(Versioned, Model):
    """The mark agreed for one criterion of one bid, beside the appraisers' own and never over them."""

    __table_args__ = (
        UniqueConstraint("bid_id", "criterion_id"),
        CheckConstraint("mark BETWEEN 0 AND 5", name="mark_0_to_5"),
        CheckConstraint("reason <> ''", name="says_why"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"), index=True)
    mark: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    agreed_at: Mapped[datetime]
    agreed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    bid: Mapped[Bid] = relationship()
    criterion: Mapped[Criterion] = relationship()
    agreed_by: Mapped[Person] = relationship()
