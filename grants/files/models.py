"""Files that people attach: what is known of them here, their bytes in the store under a name of ours."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from grants.kernel.db import Keyed, Model


class ScanState(StrEnum):
    NOT_SCANNED = "not_scanned"
    AWAITING = "awaiting"
    CLEAN = "clean"
    INFECTED = "infected"


class Attachment(Keyed, Model):
    """One stored file. It belongs to the row that points at it (a bid, a return), and is reached only through that."""

    __table_args__ = (CheckConstraint("size > 0", name="not_empty"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    """As the person called it: shown and offered for download, never used as a path."""
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    """Bytes."""
    sha256: Mapped[str] = mapped_column(String(64))
    stored_as: Mapped[str] = mapped_column(String(80), unique=True)
    scan: Mapped[ScanState] = mapped_column(default=ScanState.NOT_SCANNED)
    scanned_at: Mapped[datetime | None]
    scan_said: Mapped[str] = mapped_column(String(200), default="")
    """The name of what the scanner found, or why it could not look."""
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    @property
    def is_harmful(self) -> bool:
        return self.scan is ScanState.INFECTED
