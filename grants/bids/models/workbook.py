"""A workbook of a bid's projects that was sent in: kept for good once it has changed the bid, otherwise for a while."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.bids.models.bid import Bid
from grants.files.models import Attachment
from grants.kernel.db import Model


class BidWorkbook(Model):
    """One file that was sent in and looked at."""

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), index=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), unique=True)
    applied_at: Mapped[datetime | None]
    """When it changed the bid; one that never did is cleared away (workbook/keeping.py)."""
    bid: Mapped[Bid] = relationship()
    attachment: Mapped[Attachment] = relationship()
