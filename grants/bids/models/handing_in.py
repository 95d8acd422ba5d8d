"""What is handed in: attachments, the signature, the submission, and who may have nothing to do with it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.bids.models.bid import Bid
from grants.files.models import Attachment
from grants.kernel.db import Json, MadeOnce, Model
from grants.people.models import Person


class BidAttachment(MadeOnce, Model):
    """A file of a bid. Taken off, it leaves the bid but stays stored: a submission or a colleague may point at it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), index=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), unique=True)
    description: Mapped[str] = mapped_column(String(200), default="")
    board_minute: Mapped[bool] = mapped_column(default=False)
    """It is the partnership board's minute of its decision to bid."""
    removed_at: Mapped[datetime | None]
    bid: Mapped[Bid] = relationship(back_populates="attachments")
    attachment: Mapped[Attachment] = relationship(lazy="joined", innerjoin=True)


class Signature(Model):
    """A Section 151 officer's word for a bid as it stood. A later edit voids it and says so."""

    __table_args__ = (CheckConstraint("(voided_at IS NULL) = (void_reason = '')", name="voided_with_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    signed_at: Mapped[datetime]
    statements: Mapped[Json]
    """`{"agreed": [the declarations, word for word]}`"""
    content_sha256: Mapped[str] = mapped_column(String(64))
    """Of the bid's content as it was signed: what is submitted must still have it."""
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str] = mapped_column(default="")
    bid: Mapped[Bid] = relationship(back_populates="signatures")
    person: Mapped[Person] = relationship()


class Submission(Model):
    """The bid as it was handed in. Triggers on both engines refuse to alter or delete a row."""

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), unique=True)
    submitted_at: Mapped[datetime]
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    content: Mapped[str] = mapped_column(Text)
    """Canonical JSON of everything in the bid."""
    sha256: Mapped[str] = mapped_column(String(64))
    bid: Mapped[Bid] = relationship(back_populates="submission")
    submitted_by: Mapped[Person] = relationship()


class Conflict(Model):
    """A person may have nothing to do with a bid: no page, file, list or export shows it to them from now on.

    It stands here, under the appraisal that declares it, because every query for bids must know of it.
    """

    __table_args__ = (UniqueConstraint("person_id", "bid_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), index=True)
    declared_at: Mapped[datetime]
    declared_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str]
