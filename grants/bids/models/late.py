"""What reached a bid after closing, but within the grace."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.bids.models.bid import Bid
from grants.files.models import Attachment
from grants.kernel.db import Json, Keyed, Model
from grants.people.models import Person


class LateSave(Keyed, Model):
    """One save of a bid's table or file that came late: it stands beside the bid, and nothing that reads a bid reads
    it. Answers that come late have a place of their own (`Answer.late`).

    Triggers on both engines refuse to alter or delete a row.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), index=True)
    what: Mapped[str] = mapped_column(String(400))
    """The page, after the title of its project: in words, because the project may later be taken off the bid."""
    typed: Mapped[Json]
    """`{"rows": [[label, words, changed], ...]}` as the form had them; `changed` where the bid has something else."""
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))
    """The file that was sent. It is not one of the bid's files."""
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    bid: Mapped[Bid] = relationship()
    attachment: Mapped[Attachment | None] = relationship()
    saved_by: Mapped[Person] = relationship()
