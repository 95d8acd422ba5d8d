"""Writing a bid together: places in it, tasks given to colleagues, comments."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.bids.models.bid import Bid
from grants.kernel.db import Keyed, MadeOnce, Model, Versioned
from grants.people.models import Person


class BidRole(StrEnum):
    """What someone invited to one bid may do with it."""

    AUTHOR = "author"
    READER = "reader"


class BidPlace(Model):
    """A person's place in one bid, beside what their appointments give them."""

    __table_args__ = (
        Index("ix_bid_place_person", "person_id", "bid_id"),
        CheckConstraint("until_at IS NULL OR until_at >= from_at", name="ends_after_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[BidRole]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    given_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    bid: Mapped[Bid] = relationship()


class Task(Keyed, Versioned, Model):
    """A section, or one question of it, of a bid or of one of its projects, given to a colleague."""

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    given_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """Done, or given to somebody else."""
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    bid: Mapped[Bid] = relationship()


class Comment(Keyed, MadeOnce, Model):
    """What colleagues say to each other about a bid that they write. The programme never sees it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
