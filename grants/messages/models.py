"""The outbox: what is to be told to whom. Written with the change it tells of, sent after the commit."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from grants.kernel.db import Json, Model


class Message(Model):
    """One e-mail to one person. `once` makes a message unique: told twice, it is sent once."""

    __table_args__ = (
        Index("ix_message_unsent", "sent_at", "send_after"),
        CheckConstraint("tries >= 0", name="tries_counted"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    to: Mapped[str] = mapped_column(String(254))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    enclosure: Mapped[Json | None]
    """`{"kind": ..., "of": ...}`: a file to be made when the message is sent, and of what."""
    once: Mapped[str | None] = mapped_column(String(120), unique=True)
    written_at: Mapped[datetime]
    send_after: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")
