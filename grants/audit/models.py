"""The trail of who did what, when and why: only ever added to, each event sealed with the one before it."""

import hashlib
import json
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from grants.kernel.db import Json, Model


class AuditEvent(Model):
    """One change, in the field's own verb. Triggers on both engines refuse to alter or delete a row."""

    __table_args__ = (Index("ix_audit_event_subject", "subject_type", "subject_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    actor: Mapped[str]
    """The person's name as it was, or the command that acted: it stays readable when the person is gone."""
    verb: Mapped[str] = mapped_column(String(60))
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_key: Mapped[str] = mapped_column(String(60))
    subject_name: Mapped[str] = mapped_column(String(200), default="")
    """What people called it then: a bid's reference and title, a person's name; empty where it has none."""
    reason: Mapped[str] = mapped_column(default="")
    details: Mapped[Json]
    previous_seal: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64), unique=True)

    def computed_seal(self) -> str:
        """SHA-256 over everything the row says and the seal before it, as canonical JSON."""
        said = [
            self.previous_seal,
            self.at.isoformat(timespec="microseconds"),
            self.actor_id,
            self.actor,
            self.verb,
            self.subject_type,
            self.subject_key,
            self.subject_name,
            self.reason,
            self.details,
        ]
        return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
