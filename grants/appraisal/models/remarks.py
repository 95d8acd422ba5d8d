"""What is said of a bid while it is judged: flags, tags, and the feedback that its council will read."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.bids.models import Bid, Clarification
from grants.funds.models import Criterion, Round
from grants.kernel.db import Json, Keyed, Model, Versioned
from grants.people.models import Person


class FlagKind(StrEnum):
    CONCERN = "concern"
    CLARIFICATION = "clarification"
    """Waits for the council: the criterion is not scored meanwhile."""
    STOP = "stop"
    """Nobody goes on with the bid until it is settled."""


class Flag(Keyed, Versioned, Model):
    """Something about a bid that somebody must look at before it goes on. Settled with a word, never deleted."""

    __table_args__ = (
        CheckConstraint("text <> ''", name="says_why"),
        CheckConstraint("(settled_at IS NULL) = (settled_by_id IS NULL)", name="settled_whole"),
        CheckConstraint("settled_at IS NULL OR settlement <> ''", name="settled_with_a_word"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), index=True)
    kind: Mapped[FlagKind]
    criterion_id: Mapped[int | None] = mapped_column(ForeignKey("criterion.id"))
    """None: of the bid as a whole."""
    clarification_id: Mapped[int | None] = mapped_column(ForeignKey("clarification.id"), index=True)
    """What was asked of the council because of it."""
    asks: Mapped[Json] = mapped_column(default=lambda: Json({}))
    """`{"places": [...]}`, the questions that the council should answer again, as addresses name them."""
    text: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime]
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    settlement: Mapped[str] = mapped_column(Text, default="")
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    bid: Mapped[Bid] = relationship()
    criterion: Mapped[Criterion | None] = relationship()
    clarification: Mapped[Clarification | None] = relationship()
    raised_by: Mapped[Person] = relationship(foreign_keys=[raised_by_id])
    settled_by: Mapped[Person | None] = relationship(foreign_keys=[settled_by_id])


class Tag(Keyed, Model):
    """A word by which the programme groups the bids of a round."""

    __table_args__ = (UniqueConstraint("round_id", "name"), CheckConstraint("name <> ''", name="named"))

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    name: Mapped[str] = mapped_column(String(40))
    round: Mapped[Round] = relationship()


class BidTag(Model):
    """A bid bears a tag from one moment until another."""

    __table_args__ = (
        Index("ix_bid_tag_bid", "bid_id"),
        Index(
            "uq_bid_tag_now", "tag_id", "bid_id", unique=True,
            postgresql_where=text("removed_at IS NULL"), sqlite_where=text("removed_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id"))
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    added_at: Mapped[datetime]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    tag: Mapped[Tag] = relationship()


class Feedback(Keyed, Versioned, Model):
    """What a bid's council will read of one criterion, or of the bid as a whole, once a second person approved it."""

    __table_args__ = (
        Index(
            "uq_feedback_criterion", "bid_id", "criterion_id", unique=True,
            postgresql_where=text("criterion_id IS NOT NULL"), sqlite_where=text("criterion_id IS NOT NULL"),
        ),
        Index(
            "uq_feedback_whole", "bid_id", unique=True,
            postgresql_where=text("criterion_id IS NULL"), sqlite_where=text("criterion_id IS NULL"),
        ),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> written_by_id", name="two_people"),
        CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="approved_whole"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    criterion_id: Mapped[int | None] = mapped_column(ForeignKey("criterion.id"))
    text: Mapped[str] = mapped_column(Text)
    """Empty where it was taken away again: the row stays, so that its version only rises."""
    written_at: Mapped[datetime]
    written_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    bid: Mapped[Bid] = relationship()
    criterion: Mapped[Criterion | None] = relationship()
    written_by: Mapped[Person] = relationship(foreign_keys=[written_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])


class FeedbackSent(Model):
    """The feedback on a bid exactly as its council got it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), unique=True)
    text: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the text."""
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    bid: Mapped[Bid] = relationship()
