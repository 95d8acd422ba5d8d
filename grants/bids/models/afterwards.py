"""After submission: clarifications asked by the programme, and letters between the two sides."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.bids.models.bid import Bid
from grants.bids.models.project import Project
from grants.files.models import Attachment
from grants.funds.models import Question
from grants.kernel.db import Json, Keyed, MadeOnce, Model, Versioned
from grants.people.models import Person


class Clarification(Keyed, Versioned, MadeOnce, Model):
    """Questions of a submitted bid that the programme asks to be answered again, by a time of its own.

    What was submitted stays as it was: the new answers stand beside the old. The grant asked for is no question, so
    it cannot be altered this way.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), index=True)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    due_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    taken_back_at: Mapped[datetime | None]
    bid: Mapped[Bid] = relationship()
    items: Mapped[list["ClarifiedAnswer"]] = relationship(back_populates="clarification", order_by="ClarifiedAnswer.id")


class ClarifiedAnswer(Versioned, Model):
    """One question of a clarification: what is unclear, the answer as submitted, and the one given now."""

    __table_args__ = (Index("ix_clarified_answer_of", "clarification_id", "question_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clarification_id: Mapped[int] = mapped_column(ForeignKey("clarification.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    unclear: Mapped[str] = mapped_column(Text)
    old: Mapped[Json]
    """`{"is": ...}` as submitted."""
    new: Mapped[Json | None]
    """The same, with `"words"` where the council said something about an answer that has no room for it."""
    changed_at: Mapped[datetime | None]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    clarification: Mapped[Clarification] = relationship(back_populates="items")
    question: Mapped[Question] = relationship()
    project: Mapped[Project | None] = relationship()


class Letter(Keyed, MadeOnce, Model):
    """One letter between a bid's council and the programme; both sides see the whole exchange."""

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    from_programme: Mapped[bool]
    text: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime]
    bid: Mapped[Bid] = relationship()
    person: Mapped[Person] = relationship()
    enclosures: Mapped[list["LetterAttachment"]] = relationship(
        back_populates="letter", order_by="LetterAttachment.attachment_id"
    )


class LetterAttachment(Model):
    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), primary_key=True)
    letter: Mapped[Letter] = relationship(back_populates="enclosures")
    attachment: Mapped[Attachment] = relationship(lazy="joined", innerjoin=True)
