"""A bid's projects: sites, money, outcomes, milestones, risks and value, all by project."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.bids.models.bid import Bid
from grants.councils.models import Council
from grants.funds.models import OutcomeMeasure, Stream
from grants.kernel.db import Hundredths, Keyed, MadeOnce, Model, Pence, Versioned
from grants.kernel.financial_year import FinancialYear


class Project(Keyed, Versioned, MadeOnce, Model):
    """What is funded: one award line, led by one council."""

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), index=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"), index=True)
    title: Mapped[str] = mapped_column(String(160))
    summary: Mapped[str] = mapped_column(Text, default="")
    """One sentence fit to be published."""
    position: Mapped[int]
    optimism_bias: Mapped[int | None]
    """Hundredths of a percent added to costs for known under-estimation (F5)."""
    additionality: Mapped[int | None]
    """Hundredths of a percent of the benefits that would not come about anyway (F9, F10)."""
    value_note: Mapped[str] = mapped_column(Text, default="")
    bid: Mapped[Bid] = relationship(back_populates="projects")
    council: Mapped[Council] = relationship()
    sites: Mapped[list["Site"]] = relationship(back_populates="project", order_by="Site.id")
    funding: Mapped[list["FundingLine"]] = relationship(
        back_populates="project", order_by="FundingLine.year, FundingLine.id"
    )
    outcomes: Mapped[list["OutcomeLine"]] = relationship(
        back_populates="project", order_by="OutcomeLine.measure_id, OutcomeLine.year"
    )

    milestones: Mapped[list["PlannedMilestone"]] = relationship(
        back_populates="project", order_by="PlannedMilestone.position"
    )
    risks: Mapped[list["Risk"]] = relationship(back_populates="project", order_by="Risk.id")
    bases: Mapped[list["OutcomeBasis"]] = relationship(back_populates="project", order_by="OutcomeBasis.measure_id")
    values: Mapped[list["ValueLine"]] = relationship(
        back_populates="project", order_by="ValueLine.what, ValueLine.year"
    )

    @property
    def ask(self) -> int:
        """Pence of grant asked for."""
        return sum(line.pence for line in self.funding if line.source is FundingSource.GRANT)


class PlanningStatus(StrEnum):
    NONE = "none"
    PRE_APPLICATION = "pre_application"
    OUTLINE = "outline"
    RESERVED_MATTERS = "reserved_matters"
    FULL = "full"


class Site(Keyed, Versioned, MadeOnce, Model):
    """Land of a project; it may lie outside the council's own area."""

    __table_args__ = (CheckConstraint("hectares IS NULL OR hectares >= 0", name="hectares_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    name: Mapped[str] = mapped_column(String(160))
    address: Mapped[str] = mapped_column(default="")
    postcode: Mapped[str] = mapped_column(String(8), default="")
    uprn: Mapped[str] = mapped_column(String(12), default="")
    hectares: Mapped[float | None] = mapped_column(Numeric(9, 2, asdecimal=False))
    owner: Mapped[str] = mapped_column(default="")
    brownfield: Mapped[bool | None]
    planning: Mapped[PlanningStatus] = mapped_column(default=PlanningStatus.NONE)
    title_number: Mapped[str] = mapped_column(String(20), default="")
    """At the Land Registry."""
    current_use: Mapped[str] = mapped_column(default="")
    constraints: Mapped[str] = mapped_column(Text, default="")
    easting: Mapped[int | None]
    northing: Mapped[int | None]
    """Metres of the National Grid."""
    project: Mapped[Project] = relationship(back_populates="sites")


class FundingSource(StrEnum):
    GRANT = "grant"
    COUNCIL = "council"
    PUBLIC = "public"
    PRIVATE = "private"
    RIGHT_TO_BUY = "right_to_buy"


class FundingLine(Model):
    """Money of a project from one source in one year and stream. No row where there is no money."""

    __table_args__ = (
        UniqueConstraint("project_id", "year", "stream", "source"),
        CheckConstraint("pence > 0", name="some_money"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    year: Mapped[FinancialYear]
    stream: Mapped[Stream]
    source: Mapped[FundingSource]
    pence: Mapped[Pence]
    project: Mapped[Project] = relationship(back_populates="funding")


class OutcomeLine(Model):
    """How much of a measure a project promises in one year, in hundredths of the measure's unit."""

    __table_args__ = (
        UniqueConstraint("project_id", "measure_id", "year"),
        CheckConstraint("hundredths > 0", name="some_outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("outcome_measure.id"), index=True)
    year: Mapped[FinancialYear]
    hundredths: Mapped[Hundredths]
    project: Mapped[Project] = relationship(back_populates="outcomes")
    measure: Mapped[OutcomeMeasure] = relationship()


class OutcomeBasis(Versioned, Model):
    """What a project's promise of one measure stands on: where it starts from, how it is counted, what proves it."""

    __table_args__ = (UniqueConstraint("project_id", "measure_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("outcome_measure.id"))
    baseline_hundredths: Mapped[Hundredths | None]
    method: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[str] = mapped_column(Text, default="")
    project: Mapped[Project] = relationship(back_populates="bases")
    measure: Mapped[OutcomeMeasure] = relationship()


class PlannedMilestone(Model):
    """The day by which a project expects one of its round's milestones. No row where no day is given."""

    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    name: Mapped[str] = mapped_column(String(120))
    due_on: Mapped[date]
    position: Mapped[int]
    project: Mapped[Project] = relationship(back_populates="milestones")


class Proximity(StrEnum):
    """How soon a risk may come about."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    BEYOND = "beyond"


class Risk(Keyed, Versioned, MadeOnce, Model):
    """What may go wrong with a project, how likely and how bad from 1 to 5, and what is done about it."""

    __table_args__ = (
        CheckConstraint("likelihood BETWEEN 1 AND 5", name="likelihood_in_range"),
        CheckConstraint("impact BETWEEN 1 AND 5", name="impact_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    what: Mapped[str] = mapped_column(Text)
    likelihood: Mapped[int]
    impact: Mapped[int]
    proximity: Mapped[Proximity] = mapped_column(default=Proximity.YEAR)
    response: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str] = mapped_column(String(120), default="")
    project: Mapped[Project] = relationship(back_populates="risks")

    @property
    def score(self) -> int:
        return self.likelihood * self.impact


class ValueKind(StrEnum):
    """Costs and benefits that value for money is worked out from (F5 to F10)."""

    COST_CENTRAL = "cost_central"
    COST_COUNCIL = "cost_council"
    COST_OTHER = "cost_other"
    BENEFIT_LAND = "benefit_land"
    BENEFIT_OTHER = "benefit_other"


class ValueLine(Model):
    """One cost or benefit of a project in one financial year, which may lie after the round's own. In real pence."""

    __table_args__ = (
        UniqueConstraint("project_id", "what", "year"),
        CheckConstraint("pence > 0", name="some_value"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    what: Mapped[ValueKind]
    year: Mapped[FinancialYear]
    pence: Mapped[Pence]
    project: Mapped[Project] = relationship(back_populates="values")
