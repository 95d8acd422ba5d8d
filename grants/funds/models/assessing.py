"""What a bid is judged by: gates, criteria, and the outcomes that are counted."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.funds.models.fund import Mark
from grants.funds.models.places import PlaceScoreList
from grants.funds.models.round import Round
from grants.kernel.db import Hundredths, Json, Model


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
    value_at_least: Mapped[str] = mapped_column(String(40), default="")
    """The category of value for money that a bid needs here, of the round's assumptions; empty if it is not asked."""
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
    parts: Mapped[Json] = mapped_column(default=lambda: Json({}))
    """`{"1": name, "2": name}` where it is scored in up to four parts; empty where it is scored as a whole."""
    place_list_id: Mapped[int | None] = mapped_column(ForeignKey("place_score_list.id"))
    """The published list that a looked-up criterion takes its marks from."""
    round: Mapped[Round] = relationship(back_populates="criteria")
    place_list: Mapped[PlaceScoreList | None] = relationship()

    @property
    def numbered_parts(self) -> list[tuple[int, str]]:
        """What is marked on its own: each part by number with its name, or one without a name if it is not divided."""
        named: dict[str, str] = self.parts or {"1": ""}
        return [(int(number), named[number]) for number in sorted(named)]


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
