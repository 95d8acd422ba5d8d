"""Funds, their rounds, and all that a round asks: money by year, gates, criteria, questions, outcome measures."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    or_,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.councils.models import Council
from grants.kernel import clock
from grants.kernel.db import Hundredths, Json, Keyed, MadeOnce, Model, Pence, Versioned
from grants.kernel.financial_year import FinancialYear


class Stream(StrEnum):
    CAPITAL = "capital"
    REVENUE = "revenue"


class Fund(Model):
    """A pot of money with a purpose."""

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(Text, default="")
    legal_power: Mapped[str] = mapped_column(default="")
    funder: Mapped[str] = mapped_column(default="")
    stream: Mapped[Stream]
    rounds: Mapped[list["Round"]] = relationship(back_populates="fund", order_by="Round.id")

    def __str__(self) -> str:
        return self.name


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


class Mark(StrEnum):
    """Where a figure or rule comes from: published, our own default, or inferred. Only the first is official."""

    PUBLISHED = "P"
    DEFAULT = "D"
    INFERRED = "I"


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
    form_version: Mapped[int] = mapped_column(default=1)
    """The version of the form that bids are written on now."""
    attachment_rules: Mapped[Json]
    """`{"kinds": ["pdf", ...], "megabytes": 20, "count": 30}`"""
    milestones: Mapped[Json]
    """`{"names": [...]}`: the steps a project reports on."""

    fund: Mapped[Fund] = relationship(back_populates="rounds")
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


class GateStage(StrEnum):
    ELIGIBILITY = "eligibility"
    GATEWAY = "gateway"


class Gate(Model):
    """A condition a bid passes or fails before anyone scores it."""

    __table_args__ = (UniqueConstraint("round_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    position: Mapped[int]
    stage: Mapped[GateStage]
    code: Mapped[str] = mapped_column(String(10))
    text: Mapped[str]
    asks: Mapped[str] = mapped_column(default="")
    """The plain yes-or-no question that puts the gate to an applicant before a bid is started, where there is one."""
    passes_with: Mapped[str] = mapped_column(String(3), default="yes")
    """The answer to it, `yes` or `no`, that passes."""
    mark: Mapped[Mark] = mapped_column(default=Mark.PUBLISHED)
    source: Mapped[str] = mapped_column(default="")
    round: Mapped[Round] = relationship(back_populates="gates")


class Criterion(Model):
    """What appraisers score from 0 to 5. The weights of a round's criteria add up to 100."""

    __table_args__ = (
        UniqueConstraint("round_id", "code"),
        CheckConstraint("weight BETWEEN 1 AND 100", name="weight_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    weight: Mapped[int]
    critical: Mapped[bool] = mapped_column(default=False)
    """A mark below the round's critical mark here means the bid is not recommended, whatever its total."""
    looked_up: Mapped[bool] = mapped_column(default=False)
    """Its mark comes from a published list by council and not from appraisers."""
    mark: Mapped[Mark] = mapped_column(default=Mark.DEFAULT)
    """Of the weight."""
    source: Mapped[str] = mapped_column(default="")
    bands_mark: Mapped[Mark] = mapped_column(default=Mark.DEFAULT)
    bands: Mapped[Json]
    """`{"5": "what an excellent answer has", ..., "0": "..."}`"""
    round: Mapped[Round] = relationship(back_populates="criteria")


class Asked(StrEnum):
    """Of what a section's questions are asked."""

    BID = "bid"
    PROJECT = "project"


class OfVersions:
    """A piece of a form, in the form from one version on until another."""

    version_from: Mapped[int] = mapped_column(default=1)
    version_until: Mapped[int | None]
    """The first version of the form that has it no more; where it was changed, a successor has its code."""

    def is_in(self, version: int) -> bool:
        return self.version_from <= version and (self.version_until is None or version < self.version_until)

    @classmethod
    def stands_in(cls, version: Mapped[int] | int) -> ColumnElement[bool]:
        """The same, for a query."""
        return and_(cls.version_from <= version, or_(cls.version_until.is_(None), cls.version_until > version))


class Section(OfVersions, Model):
    """Questions under one heading. A form changed while its round is open keeps the old rows beside the new ones."""

    __table_args__ = (UniqueConstraint("round_id", "code", "version_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(120))
    intro: Mapped[str] = mapped_column(Text, default="")
    per: Mapped[Asked] = mapped_column(default=Asked.BID)
    round: Mapped[Round] = relationship(back_populates="sections")
    questions: Mapped[list["Question"]] = relationship(back_populates="section", order_by="Question.position")
    """Of all versions of the form."""

    def questions_in(self, version: int) -> list["Question"]:
        """What one version of the form asks here, in its order."""
        return [question for question in self.questions if question.is_in(version)]


class QuestionKind(StrEnum):
    TEXT = "text"
    MONEY = "money"
    MONEY_BY_YEAR = "money_by_year"
    NUMBER_BY_YEAR = "number_by_year"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    ORGANISATION = "organisation"
    FILE = "file"
    TABLE = "table"
    DECLARATION = "declaration"
    COMPUTED = "computed"


class Question(OfVersions, Model):
    __table_args__ = (UniqueConstraint("section_id", "code", "version_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    kind: Mapped[QuestionKind]
    label: Mapped[str]
    hint: Mapped[str] = mapped_column(Text, default="")
    required: Mapped[bool] = mapped_column(default=True)
    settings: Mapped[Json]
    """What the kind needs: `max_words`, `options`, `min`, `max`, `only_if` {"question": code, "is": value}."""
    section: Mapped[Section] = relationship(back_populates="questions")


class Heading(StrEnum):
    """The four outcomes a programme is asked about, and the rest."""

    HOMES = "homes"
    JOBS = "jobs"
    RECEIPTS = "receipts"
    SAVINGS = "savings"
    OTHER = "other"


class Unit(StrEnum):
    COUNT = "count"
    FTE = "fte"
    POUNDS = "pounds"
    POUNDS_A_YEAR = "pounds_a_year"
    HECTARES = "hectares"
    YES_NO = "yes_no"


class OutcomeMeasure(Model):
    """What is counted, in one unit. Amounts of any measure are kept in hundredths of the unit, so pounds as pence."""

    __table_args__ = (UniqueConstraint("round_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    unit: Mapped[Unit]
    heading: Mapped[Heading]
    headline: Mapped[bool] = mapped_column(default=False)
    """The one measure that stands for its heading on the programme page, so that released and completed homes, say,
    are never added together."""
    factor_thousandths: Mapped[int] = mapped_column(default=1000)
    """What one of it counts for under its heading: 250 for a student's room, of which four make a home."""
    target_hundredths: Mapped[Hundredths | None]
    """What the programme stated for the whole round, where no project carries a target of its own."""
    target_source: Mapped[str] = mapped_column(default="")
    target_of_programme: Mapped[bool] = mapped_column(default=False)
    """The stated target was for the whole programme, over all its rounds, and is no round's own."""
    mark: Mapped[Mark] = mapped_column(default=Mark.DEFAULT)
    round: Mapped[Round] = relationship(back_populates="measures")


class Declaration(Model):
    """A statement the Section 151 officer makes when signing a bid."""

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    position: Mapped[int]
    text: Mapped[str]
    round: Mapped[Round] = relationship(back_populates="declarations")


class RoundVersion(Versioned, Model):
    """The whole definition of a round's form as it was from one moment on; the newest may still be a draft."""

    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("(published_at IS NULL) = (published_by_id IS NULL)", name="published_by_someone"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    definition: Mapped[Json]
    """As docs/round-definition.md describes it."""
    note: Mapped[str] = mapped_column(Text, default="")
    """What changed and why, as every applicant is told."""
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    round: Mapped[Round] = relationship(back_populates="versions")


class Extension(Keyed, Versioned, MadeOnce, Model):
    """More time for one council in one round: asked for with a reason by one person, approved by another."""

    __table_args__ = (
        CheckConstraint("(approved_at IS NULL) = (approved_by_id IS NULL)", name="approved_by_someone"),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> asked_by_id", name="approved_by_another"),
        Index("ix_extension_round_council", "round_id", "council_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    closes_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    refused_at: Mapped[datetime | None]
    round: Mapped[Round] = relationship(back_populates="extensions")
    council: Mapped[Council] = relationship()


class BankHoliday(Model):
    """A day on which councils in England do not work."""

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
