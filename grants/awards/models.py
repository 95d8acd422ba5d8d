"""Awards: the promise to a council, its profile as dated movements, the offer, and the papers awards were read from."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.bids.models import Bid, Project
from grants.councils.models import Council, Partnership
from grants.funds.models import Round, Stream
from grants.kernel.db import Json, Keyed, Model, Pence, Versioned
from grants.kernel.financial_year import FinancialYear
from grants.people.models import Person


class AwardStatus(StrEnum):
    PROPOSED = "proposed"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


AWARD_MOVES: dict[AwardStatus, set[AwardStatus]] = {
    AwardStatus.PROPOSED: {AwardStatus.OFFERED, AwardStatus.WITHDRAWN},
    AwardStatus.OFFERED: {AwardStatus.ACCEPTED, AwardStatus.DECLINED, AwardStatus.WITHDRAWN},
    AwardStatus.ACCEPTED: {AwardStatus.WITHDRAWN},
    AwardStatus.DECLINED: set(),
    AwardStatus.WITHDRAWN: set(),
}


class Award(Keyed, Versioned, Model):
    """Money promised to one council for one project (or, in an OPE phase, to a partnership through its lead).

    How recipient, title, lead and members were printed stays as it was, whatever the register says later.
    """

    __table_args__ = (
        CheckConstraint("status <> 'accepted' OR accepted_on IS NOT NULL", name="accepted_has_date"),
        CheckConstraint("project_id IS NULL OR bid_id IS NOT NULL", name="project_comes_with_bid"),
        Index("ix_award_round_position", "round_id", "position"),
        UniqueConstraint("round_id", "fingerprint"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(60), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    bid_id: Mapped[int | None] = mapped_column(ForeignKey("bid.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), unique=True)
    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id"), index=True)
    council_id: Mapped[int | None] = mapped_column(ForeignKey("council.id"), index=True)
    """Who receives the money. None while the printed name waits to be settled, or was never said."""
    position: Mapped[int]
    """Place in the paper's order."""
    recipient: Mapped[str] = mapped_column(String(200))
    """The council, or in an OPE paper the partnership, as printed."""
    title: Mapped[str] = mapped_column(String(400), default="")
    lead: Mapped[str] = mapped_column(String(200), default="")
    """As printed; only papers laid out by partnership have it."""
    status: Mapped[AwardStatus]
    awarded_on: Mapped[date]
    offered_at: Mapped[datetime | None]
    offer_text: Mapped[str] = mapped_column(Text, default="")
    accepted_on: Mapped[date | None]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decline_reason: Mapped[str] = mapped_column(Text, default="")
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    """Which row of a paper this is, so that the same paper again changes nothing; None for an award made here."""

    round: Mapped[Round] = relationship()
    bid: Mapped[Bid | None] = relationship()
    project: Mapped[Project | None] = relationship()
    partnership: Mapped[Partnership | None] = relationship()
    council: Mapped[Council | None] = relationship()
    accepted_by: Mapped[Person | None] = relationship()
    movements: Mapped[list["Movement"]] = relationship(back_populates="award", order_by="Movement.id")
    members: Mapped[list["AwardMember"]] = relationship(back_populates="award", order_by="AwardMember.position")

    def profile(self, as_at: date) -> dict[FinancialYear, int]:
        """Pence by year: the sum of what was promised and moved up to `as_at`, so history and table cannot disagree."""
        known = [m for m in self.movements if m.effective_on <= as_at]
        return {year: sum(m.pence for m in known if m.year == year) for year in sorted({m.year for m in known})}

    def total(self, as_at: date) -> int:
        return sum(self.profile(as_at).values())


class MovementKind(StrEnum):
    AWARD = "award"
    REPROFILE = "reprofile"
    VARIATION = "variation"
    WITHDRAWAL = "withdrawal"


class Movement(Model):
    """Pence promised to, or moved in or out of, one year of an award on a day. Never altered: triggers see to it."""

    __table_args__ = (
        CheckConstraint("pence <> 0", name="moves_something"),
        Index("ix_movement_award_year", "award_id", "year"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    year: Mapped[FinancialYear]
    stream: Mapped[Stream]
    pence: Mapped[Pence]
    effective_on: Mapped[date]
    kind: Mapped[MovementKind]
    reason: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    award: Mapped[Award] = relationship(back_populates="movements")


class AwardMember(Model):
    """A council named in an award's partnership column, as printed, in the printed order, star and all."""

    __table_args__ = (UniqueConstraint("award_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    position: Mapped[int]
    printed: Mapped[str] = mapped_column(String(200))
    starred: Mapped[bool] = mapped_column(default=False)
    award: Mapped[Award] = relationship(back_populates="members")
    councils: Mapped[list[Council]] = relationship(secondary="award_member_council", order_by="Council.code")
    """Two for a joint name, none while the name waits to be settled."""


class AwardMemberCouncil(Model):
    award_member_id: Mapped[int] = mapped_column(ForeignKey("award_member.id"), primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"), primary_key=True, index=True)


class ImportWarning(Model):
    """Something odd in a paper that was kept as printed and not mended."""

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper_import.id"), index=True)
    code: Mapped[str] = mapped_column(String(60), index=True)
    line: Mapped[int | None]
    subject: Mapped[str] = mapped_column(String(400))
    text: Mapped[str] = mapped_column(Text)
    paper: Mapped["PaperImport"] = relationship(back_populates="warnings")


class PaperImport(Keyed, Model):
    """One reading of a paper of awards into a round: what file, by whom, what it said and what was odd about it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]
    added: Mapped[int]
    total_pence: Mapped[Pence]
    control_total_pence: Mapped[Pence | None]
    imported_at: Mapped[datetime]
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    totals_by_year: Mapped[Json]
    round: Mapped[Round] = relationship()
    imported_by: Mapped[Person | None] = relationship()
    warnings: Mapped[list[ImportWarning]] = relationship(back_populates="paper", order_by="ImportWarning.id")
