"""What an appraiser writes: marks with their reasons, and notes of his or her own beside the bid's text."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.appraisal.models.assigning import Assignment
from grants.bids.models import Project
from grants.funds.models import Criterion, Question
from grants.kernel.db import Keyed, Model, Versioned

MARKS = range(6)
"""0 (nothing to the point) to 5 (excellent)."""


class Score(Versioned, Model):
    """One appraiser's mark and reason for one part of a criterion. No mark yet is None and never nought."""

    __table_args__ = (
        UniqueConstraint("assignment_id", "criterion_id", "part"),
        CheckConstraint("mark IS NULL OR mark BETWEEN 0 AND 5", name="mark_0_to_5"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"), index=True)
    part: Mapped[int] = mapped_column(default=1)
    """Which part of the criterion, from 1; a criterion that is not divided has this one alone."""
    mark: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime]
    assignment: Mapped[Assignment] = relationship(back_populates="scores")
    criterion: Mapped[Criterion] = relationship()


class MarginNote(Keyed, Versioned, Model):
    """A passage of the bid that an appraiser highlighted, with a note or without; for that appraiser alone."""

    __table_args__ = (CheckConstraint("quote <> '' OR text <> ''", name="says_something"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"))
    """The answer it stands beside; None for the bid as a whole or a project's tables."""
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    quote: Mapped[str] = mapped_column(Text, default="")
    """The words highlighted, as they stand in the answer."""
    text: Mapped[str] = mapped_column(Text, default="")
    written_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    assignment: Mapped[Assignment] = relationship()
    question: Mapped[Question | None] = relationship()
    project: Mapped[Project | None] = relationship()
