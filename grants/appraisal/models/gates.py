"""The gates of a bid, passed or failed, and what its projects are worth for the money."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text, UniqueConstraint, and_, exists
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from grants.bids.models import Bid, Conflict, Project
from grants.funds.models import AssumptionSet, Gate
from grants.kernel.db import Json, Keyed, Model, Versioned
from grants.people.models import Person


class GateOutcome(StrEnum):
    PASS = "pass"  # noqa: S105 - a mark, not a secret
    FAIL = "fail"
    QUERY = "query"


class GateResult(Versioned, Model):
    """What a checker found at one gate of one bid. A fail counts only once a second checker agrees.

    A conflict of interest that is put on record later is known at reading: nothing has to be changed here for it.
    """

    __table_args__ = (
        UniqueConstraint("bid_id", "gate_id"),
        CheckConstraint("outcome = 'pass' OR reason <> ''", name="says_why"),
        CheckConstraint("second_checker_id IS NULL OR second_checker_id <> checked_by_id", name="two_checkers"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    gate_id: Mapped[int] = mapped_column(ForeignKey("gate.id"), index=True)
    outcome: Mapped[GateOutcome]
    reason: Mapped[str] = mapped_column(Text, default="")
    checked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    checked_at: Mapped[datetime]
    second_checker_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    second_checked_at: Mapped[datetime | None]
    set_aside: Mapped[bool] = column_property(
        exists().where(Conflict.bid_id == bid_id, Conflict.person_id == checked_by_id).correlate_except(Conflict)
    )
    """Its checker has a conflict of interest with the bid: it is kept, and counts for nothing."""
    agreed: Mapped[bool] = column_property(
        and_(
            second_checker_id.is_not(None),
            ~exists()
            .where(Conflict.bid_id == bid_id, Conflict.person_id == second_checker_id)
            .correlate_except(Conflict),
        )
    )
    """A second checker said so too, and has no such conflict."""
    bid: Mapped[Bid] = relationship()
    gate: Mapped[Gate] = relationship()
    checked_by: Mapped[Person] = relationship(foreign_keys=[checked_by_id])


class Valuation(Keyed, Model):
    """One working-out of a project's value for money, as it was done: a later one has the next number.

    It keeps its inputs and its results beside the assumptions it was worked out with, so that it can be read, and
    worked out again, after both the bid and the assumptions have moved on.
    """

    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        CheckConstraint("number >= 1", name="counted_from_one"),
        CheckConstraint("judged = computed OR reason <> ''", name="says_why"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    number: Mapped[int]
    assumption_set_id: Mapped[int] = mapped_column(ForeignKey("assumption_set.id"))
    inputs: Mapped[Json]
    """Cost scope, base year, optimism bias, adjustments, and pence by year; see `gates.valuing`."""
    results: Mapped[Json]
    """Present values in pence and their ratio as exact fractions ("numerator/denominator")."""
    ratio_millionths: Mapped[int | None] = mapped_column(BigInteger)
    """The project's ratio of benefits to costs, rounded down; None without a cost (F6)."""
    bid_ratio_millionths: Mapped[int | None] = mapped_column(BigInteger)
    """That of all the bid's projects that were valued by then, this one included: what ties are broken by (F16)."""
    computed: Mapped[str] = mapped_column(String(40))
    """The category that the ratio falls into (F7)."""
    judged: Mapped[str] = mapped_column(String(40))
    """The category after what cannot be counted: the computed one or its neighbour, with a reason."""
    reason: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    set_aside: Mapped[bool] = column_property(
        exists()
        .where(Project.id == project_id, Conflict.bid_id == Project.bid_id, Conflict.person_id == made_by_id)
        .correlate_except(Project, Conflict)
    )
    """Its maker has a conflict of interest with the bid: it is kept, and counts for nothing."""
    project: Mapped[Project] = relationship()
    assumption_set: Mapped[AssumptionSet] = relationship()
    made_by: Mapped[Person] = relationship()
