"""What was agreed on top of the appraisers' marks, and the meetings at which a panel agreed it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.bids.models import Bid
from grants.funds.models import Criterion, Round
from grants.kernel.db import Keyed, Model, Versioned
from grants.people.models import Person


class Moderation(Versioned, Model):
    """The mark agreed for one part of a criterion of a bid, beside the appraisers' own and never over them.

    One person proposes it with a reason and a second agrees; changed, it needs a second person again, and until then
    the mark that two people settled before is the one that counts. Where none is needed, a bid is moderated without:
    the mean of its appraisers' marks is then what counts.
    """

    __table_args__ = (
        UniqueConstraint("bid_id", "criterion_id", "part"),
        CheckConstraint("mark BETWEEN 0 AND 5", name="mark_0_to_5"),
        CheckConstraint("reason <> ''", name="says_why"),
        CheckConstraint("second_by_id IS NULL OR second_by_id <> agreed_by_id", name="two_people"),
        CheckConstraint("(second_by_id IS NULL) = (seconded_at IS NULL)", name="seconded_whole"),
        CheckConstraint(
            "second_by_id IS NULL OR (settled_mark IS NOT NULL AND settled_mark = mark)", name="seconded_is_settled"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"), index=True)
    part: Mapped[int] = mapped_column(default=1)
    mark: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    agreed_at: Mapped[datetime]
    agreed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    second_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    seconded_at: Mapped[datetime | None]
    settled_mark: Mapped[int | None]
    """What two people last agreed on: this counts, and None counts as no agreed mark at all."""
    bid: Mapped[Bid] = relationship()
    criterion: Mapped[Criterion] = relationship()
    agreed_by: Mapped[Person] = relationship(foreign_keys=[agreed_by_id])
    second_by: Mapped[Person | None] = relationship(foreign_keys=[second_by_id])


class Conclusion(Model):
    """That a bid's moderation came to its end: by whom, and how where not every mark was agreed."""

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), unique=True)
    as_scored: Mapped[bool] = mapped_column(default=False)
    """Taken as scored, among others: no rule asked for it to be talked through."""
    kept_because: Mapped[str] = mapped_column(Text, default="")
    """Why the appraisers' means stay although a rule asked for a talk; empty where marks were agreed."""
    concluded_at: Mapped[datetime]
    concluded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    bid: Mapped[Bid] = relationship()
    concluded_by: Mapped[Person] = relationship()


class Panel(Keyed, Versioned, Model):
    """A meeting on some bids of a round: who sat, what was on the agenda, what was decided."""

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    meets_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(200), default="")
    minutes: Mapped[str] = mapped_column(Text, default="")
    """What was said of the meeting as a whole."""
    called_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    called_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    """The minutes are agreed: nothing of the meeting changes any more."""
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    round: Mapped[Round] = relationship()
    seats: Mapped[list["PanelSeat"]] = relationship(back_populates="panel", order_by="PanelSeat.id")
    items: Mapped[list["PanelItem"]] = relationship(back_populates="panel", order_by="PanelItem.position")


class PanelSeat(Model):
    """Somebody called to a meeting; whether he or she came is None until it is noted."""

    __table_args__ = (UniqueConstraint("panel_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    panel_id: Mapped[int] = mapped_column(ForeignKey("panel.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    chairs: Mapped[bool] = mapped_column(default=False)
    came: Mapped[bool | None]
    panel: Mapped[Panel] = relationship(back_populates="seats")
    person: Mapped[Person] = relationship()


class PanelItem(Versioned, Model):
    """One bid on the agenda, and what the meeting decided of it."""

    __table_args__ = (UniqueConstraint("panel_id", "bid_id"), Index("ix_panel_item_bid", "bid_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    panel_id: Mapped[int] = mapped_column(ForeignKey("panel.id"))
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    position: Mapped[int]
    decision: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None]
    panel: Mapped[Panel] = relationship(back_populates="items")
    bid: Mapped[Bid] = relationship()
    stood_back: Mapped[list["StoodBack"]] = relationship(back_populates="item")

    @property
    def is_closed(self) -> bool:
        """Its minutes never change again. What the meeting was closed without a decision on is still decided once."""
        return bool(self.panel.closed_at and self.decision)


class StoodBack(Model):
    """Somebody who left the room for one bid, because of a conflict of interest."""

    __table_args__ = (UniqueConstraint("item_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("panel_item.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    item: Mapped[PanelItem] = relationship(back_populates="stood_back")
    person: Mapped[Person] = relationship()
