"""What a round's form asks: sections, questions and declarations, and the versions of the form."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, Text, UniqueConstraint, and_, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.funds.models.round import Round
from grants.kernel.db import Json, Model, Versioned


class OfVersions:
    """A piece of a form, in the form from one version on until another."""

    version_from: Mapped[int] = mapped_column(default=1)
    version_until: Mapped[int | None]
    """The first version of the form that has it no more; where it was changed, a successor has its code."""

    def is_in(self, version: int) -> bool:
        return self.version_from <= version and (self.version_until is None or version < self.version_until)

    @classmethod
    def stands_in(cls, version: Mapped[int] | int) -> ColumnElement[bool]:
        """The same, for a query."""
        return and_(cls.version_from <= version, or_(cls.version_until.is_(None), cls.version_until > version))


class Asked(StrEnum):
    """Of what a section's questions are asked."""

    BID = "bid"
    PROJECT = "project"


class Section(OfVersions, Model):
    """Questions under one heading. A form changed while its round is open keeps the old rows beside the new ones."""

    __table_args__ = (UniqueConstraint("round_id", "code", "version_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(120))
    intro: Mapped[str] = mapped_column(Text, default="")
    per: Mapped[Asked] = mapped_column(default=Asked.BID)
    round: Mapped[Round] = relationship(back_populates="sections")
    questions: Mapped[list["Question"]] = relationship(back_populates="section", order_by="Question.position")
    """Of all versions of the form."""

    def questions_in(self, version: int) -> list["Question"]:
        """What one version of the form asks here, in its order."""
        return [question for question in self.questions if question.is_in(version)]


class QuestionKind(StrEnum):
    TEXT = "text"
    MONEY = "money"
    MONEY_BY_YEAR = "money_by_year"
    NUMBER_BY_YEAR = "number_by_year"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    ORGANISATION = "organisation"
    FILE = "file"
    TABLE = "table"
    DECLARATION = "declaration"
    COMPUTED = "computed"


class Question(OfVersions, Model):
    __table_args__ = (UniqueConstraint("section_id", "code", "version_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    kind: Mapped[QuestionKind]
    label: Mapped[str]
    hint: Mapped[str] = mapped_column(Text, default="")
    required: Mapped[bool] = mapped_column(default=True)
    settings: Mapped[Json]
    """What the kind needs: `max_words`, `options`, `min`, `max`, `only_if` {"question": code, "is": value}."""
    section: Mapped[Section] = relationship(back_populates="questions")


class Declaration(Model):
    """A statement the Section 151 officer makes when signing a bid."""

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    position: Mapped[int]
    text: Mapped[str]
    round: Mapped[Round] = relationship(back_populates="declarations")


class RoundVersion(Versioned, Model):
    """The whole definition of a round's form as it was from one moment on; the newest may still be a draft."""

    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("(published_at IS NULL) = (published_by_id IS NULL)", name="published_by_someone"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    definition: Mapped[Json]
    """As docs/round-definition.md describes it."""
    note: Mapped[str] = mapped_column(Text, default="")
    """What changed and why, as every applicant is told."""
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    round: Mapped[Round] = relationship(back_populates="versions")
