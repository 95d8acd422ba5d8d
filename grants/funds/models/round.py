"""A round: one call for bids, its dates and rules, and what it may promise by year."""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.funds.models.assumptions import AssumptionSet
from grants.funds.models.fund import Fund, Mark, Stream
from grants.kernel import clock
from grants.kernel.db import Json, Model, Pence, Versioned
from grants.kernel.financial_year import FinancialYear

if TYPE_CHECKING:
    from grants.funds.models.assessing import Criterion, Gate, OutcomeMeasure
    from grants.funds.models.deadlines import Extension
    from grants.funds.models.form import Declaration, RoundVersion, Section


class RoundStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    ANNOUNCED = "announced"
    CANCELLED = "cancelled"


ROUND_MOVES: dict[RoundStatus, set[RoundStatus]] = {
    RoundStatus.DRAFT: {RoundStatus.PUBLISHED, RoundStatus.CANCELLED},
    RoundStatus.PUBLISHED: {RoundStatus.ANNOUNCED, RoundStatus.CANCELLED},
    RoundStatus.ANNOUNCED: set(),
    RoundStatus.CANCELLED: set(),
}


class RoundMode(StrEnum):
    WINDOW = "window"
    ROLLING = "rolling"
    DIRECT = "direct"


class LateBids(StrEnum):
    """What becomes of a bid that is ready only after the round has closed."""

    REFUSED = "refused"
    KEPT = "kept"
    """Taken, marked late, and left for the next assessment point."""


class Invitation(StrEnum):
    """Who must have been invited, by an expression of interest in an earlier round, before starting a bid."""

    NOBODY = "nobody"
    NEWCOMERS = "newcomers"
    EVERYONE = "everyone"


class ReturnEvery(StrEnum):
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


class RoundPhase(StrEnum):
    """What the dates and the status together say to a person today; never stored."""

    DRAFT = "draft"
    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"
    ANNOUNCED = "announced"
    CANCELLED = "cancelled"


class Round(Versioned, Model):
    """One call for bids. Its form and weights are its own rows, so that an old round keeps what it asked."""

    __table_args__ = (
        CheckConstraint("closes_at IS NULL OR opens_at IS NULL OR closes_at > opens_at", name="closes_after_opening"),
        CheckConstraint("(status = 'announced') = (announced_at IS NOT NULL)", name="announced_has_time"),
        CheckConstraint("last_year >= first_year", name="years_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fund_id: Mapped[int] = mapped_column(ForeignKey("fund.id"), index=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str] = mapped_column(Text, default="")
    template_code: Mapped[str] = mapped_column(String(40), default="")
    mode: Mapped[RoundMode] = mapped_column(default=RoundMode.WINDOW)
    status: Mapped[RoundStatus] = mapped_column(default=RoundStatus.DRAFT)
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    """The last instant at which a bid is in time."""
    announced_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    first_year: Mapped[FinancialYear]
    last_year: Mapped[FinancialYear]
    final_date: Mapped[date | None]
    """The day by which land must be released or the work done."""
    final_date_what: Mapped[str] = mapped_column(default="")
    final_date_mark: Mapped[Mark] = mapped_column(default=Mark.DEFAULT)
    final_date_source: Mapped[str] = mapped_column(default="")
    pass_mark: Mapped[int] = mapped_column(default=50)
    """Weighted total, out of 100, below which a bid is not recommended."""
    pass_mark_mark: Mapped[Mark] = mapped_column(default=Mark.DEFAULT)
    pass_mark_source: Mapped[str] = mapped_column(default="")
    critical_mark: Mapped[int] = mapped_column(default=2)
    """A mark below this in a critical criterion means that a bid is not recommended."""
    return_every: Mapped[ReturnEvery] = mapped_column(default=ReturnEvery.QUARTER)
    return_days: Mapped[int] = mapped_column(default=20)
    """Days after the end of a quarter by which its return is due."""
    return_mark: Mapped[Mark] = mapped_column(default=Mark.DEFAULT)
    return_source: Mapped[str] = mapped_column(default="")
    headline_pence: Mapped[Pence | None]
    """What the programme said the round was worth; shown beside the sum of its awards, which may differ."""
    headline_note: Mapped[str] = mapped_column(default="")
    headline_source: Mapped[str] = mapped_column(default="")
    headline_mark: Mapped[Mark] = mapped_column(default=Mark.PUBLISHED)
    annexed_to_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    """This round's awards are printed at the head of that round's annex."""
    expression_of_interest: Mapped[bool] = mapped_column(default=False)
    """A short first stage: its bids are invited to a later round or declined, and win no money."""
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    """The expression of interest that comes before this round."""
    invitation: Mapped[Invitation] = mapped_column(default=Invitation.NOBODY)
    grace_seconds: Mapped[int] = mapped_column(default=120)
    """How long after closing a save of a page opened before is still kept, marked late; it is never submitted."""
    late_bids: Mapped[LateBids] = mapped_column(default=LateBids.REFUSED)
    board_minute: Mapped[bool] = mapped_column(default=False)
    """The partnership board's minute is asked for before a bid goes to the Section 151 officer."""
    reminders: Mapped[Json] = mapped_column(default=lambda: Json({"working_days": [10, 5, 1]}))
    """`{"working_days": [10, 5, 1]}` before closing, on which those who have not submitted are reminded."""
    exclusions: Mapped[Json] = mapped_column(default=lambda: Json({"councils": [], "why": ""}))
    """`{"councils": [GSS codes], "why": a sentence, "mark", "source"}`: who cannot lead a bid here though in being."""
    cross_checks: Mapped[Json] = mapped_column(default=lambda: Json({"checks": []}))
    """`{"checks": [...]}`: what must agree between answers and tables; see docs/round-definition.md."""
    project_parts: Mapped[Json] = mapped_column(default=lambda: Json({"parts": ["sites", "funding", "outcomes"]}))
    """`{"parts": ["sites", "funding", "outcomes", "milestones", "risks", "value"]}`: a project's tables asked for."""
    assumption_set_id: Mapped[int | None] = mapped_column(ForeignKey("assumption_set.id"))
    """What value for money is worked out with; locked with the form. None is the set that comes with the product."""
    form_version: Mapped[int] = mapped_column(default=1)
    """The version of the form that bids are written on now."""
    attachment_rules: Mapped[Json]
    """`{"kinds": ["pdf", ...], "megabytes": 20, "count": 30}`"""
    milestones: Mapped[Json]
    """`{"names": [...]}`: the steps a project reports on."""

    fund: Mapped[Fund] = relationship(back_populates="rounds")
    assumption_set: Mapped[AssumptionSet | None] = relationship()
    annexed_to: Mapped["Round | None"] = relationship(remote_side=[id], foreign_keys=[annexed_to_id])
    follows: Mapped["Round | None"] = relationship(remote_side=[id], foreign_keys=[follows_id])
    versions: Mapped[list["RoundVersion"]] = relationship(back_populates="round", order_by="RoundVersion.number")
    extensions: Mapped[list["Extension"]] = relationship(back_populates="round", order_by="Extension.id")
    budget: Mapped[list["BudgetLine"]] = relationship(back_populates="round", order_by="BudgetLine.year")
    gates: Mapped[list["Gate"]] = relationship(back_populates="round", order_by="Gate.position")
    criteria: Mapped[list["Criterion"]] = relationship(back_populates="round", order_by="Criterion.position")
    sections: Mapped[list["Section"]] = relationship(back_populates="round", order_by="Section.position")
    measures: Mapped[list["OutcomeMeasure"]] = relationship(back_populates="round", order_by="OutcomeMeasure.position")
    declarations: Mapped[list["Declaration"]] = relationship(back_populates="round", order_by="Declaration.position")

    def __str__(self) -> str:
        return self.name

    @property
    def years(self) -> list[FinancialYear]:
        return self.first_year.until(self.last_year)

    def sections_in(self, version: int) -> list["Section"]:
        """The sections of one version of the form, in its order."""
        return [section for section in self.sections if section.is_in(version)]

    def phase(self, at: datetime, *, until: datetime | None = None) -> RoundPhase:
        """What it is to everyone, or, with `until`, to a council that has longer (see deadlines/closing.py)."""
        if self.status is not RoundStatus.PUBLISHED:
            return RoundPhase(self.status.value)
        if self.mode is RoundMode.DIRECT and self.opens_at is None:
            return RoundPhase.CLOSED
        if self.opens_at is None or at < self.opens_at:
            return RoundPhase.UPCOMING
        last = until or self.closes_at
        return RoundPhase.CLOSED if last is not None and clock.has_passed(last, at) else RoundPhase.OPEN

    def takes_bids(self, at: datetime) -> bool:
        return self.phase(at) is RoundPhase.OPEN


class BudgetLine(Model):
    """What a round may promise in one financial year from one stream."""

    __table_args__ = (
        UniqueConstraint("round_id", "year", "stream"),
        CheckConstraint("pence >= 0", name="not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    year: Mapped[FinancialYear]
    stream: Mapped[Stream]
    pence: Mapped[Pence]
    mark: Mapped[Mark] = mapped_column(default=Mark.PUBLISHED)
    source: Mapped[str] = mapped_column(default="")
    round: Mapped[Round] = relationship(back_populates="budget")
