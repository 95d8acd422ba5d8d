"""F16: what tells bids with equal totals apart. A bid of which it is not known stands behind those of which it is."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, and_, case, cast, func, literal, null, select

from grants.appraisal.models import Valuation
from grants.bids.models import Bid, OutcomeLine, PlannedMilestone, Project
from grants.bids.projects.parts import milestone_names, release_of
from grants.funds.models import Heading, OutcomeMeasure, Round
from grants.kernel.money import pounds
from grants.kernel.rounding import half_up

KEYS = ("ratio", "cost", "released")
MILLION = 1_000_000
_HOME = 100 * 1000
"""An outcome is kept in hundredths, and counts for so many thousandths of a home."""
_MOST_EXACT = 4 * 10**13
"""Pence for which the division below fits 64 bits; whoever asks for more stands behind all others."""


@dataclass(frozen=True)
class Ties:
    """What is known of a bid beside its total.

    `ratio` is the bid's benefits to its costs in millionths, rounded down, as last worked out; `cost` pence of grant
    for each home of the round's headline measure, rounded half up (F1); `released` the day by which the last of its
    projects releases its land.
    """

    ratio: int | None
    cost: int | None
    released: date | None

    def words(self, key: str) -> str:
        if key == "ratio":
            return "not worked out" if self.ratio is None else f"{half_up(Fraction(self.ratio, MILLION), 3)}"
        if key == "cost":
            return "no homes" if self.cost is None else pounds(self.cost)
        return "no day given" if self.released is None else f"{self.released.day} {self.released:%B %Y}"


_NAMED = {"ratio": "benefits to costs", "cost": "cost per home", "released": "day of release"}


def broken_by(own: Ties, above: Ties) -> str:
    """Why a bid stands below the one above it, which has the same total, in a few words."""
    for key in KEYS:
        if getattr(own, key) != getattr(above, key):
            return f"{_NAMED[key]}, {own.words(key)} against {above.words(key)}"
    return "reference, as nothing else tells them apart"


def order_of(columns: Any) -> list[ColumnElement[Any]]:
    """Highest ratio first, then the lowest cost, then the earliest day; a CTE without homes or days has nulls there."""
    ratio, cost, released = (columns[key] for key in KEYS)
    return [ratio.is_(None), ratio.desc(), cost.is_(None), cost, released.is_(None), released]


def ratios(round_: Round) -> CTE:
    """`ratio` by bid: that of the bid's latest valuation that counts."""
    latest = (
        select(Project.bid_id, func.max(Valuation.id).label("id"))
        .join(Valuation.project)
        .join(Bid, Bid.id == Project.bid_id)
        .where(Bid.round_id == round_.id, ~Valuation.set_aside)
        .group_by(Project.bid_id)
        .cte("latest")
    )
    return (
        select(latest.c.bid_id, Valuation.bid_ratio_millionths.label("ratio"))
        .join(Valuation, Valuation.id == latest.c.id)
        .cte("ratios")
    )


def homes(round_: Round) -> CTE:
    """`homes` by bid, in hundred-thousandths: the measure that stands for homes on the programme page (released)."""
    counted = cast(func.sum(OutcomeLine.hundredths * OutcomeMeasure.factor_thousandths), BigInteger)
    return (
        select(Project.bid_id, counted.label("homes"))
        .join(OutcomeLine, OutcomeLine.project_id == Project.id)
        .join(OutcomeLine.measure)
        .where(OutcomeMeasure.round_id == round_.id, OutcomeMeasure.headline)
        .where(OutcomeMeasure.heading == Heading.HOMES)
        .group_by(Project.bid_id)
        .cte("homes")
    )


def cost_per_home(asked: ColumnElement[int], homes: ColumnElement[int]) -> ColumnElement[Any]:
    """F1 to the penny, halves up."""
    exact = and_(homes > 0, asked <= _MOST_EXACT)
    return case((exact, (2 * _HOME * asked + homes) // (2 * func.nullif(homes, 0))), else_=cast(null(), BigInteger))


def releases(round_: Round) -> CTE:
    """`released` by bid, where the round dates a release."""
    name = release_of(milestone_names(round_))
    return (
        select(Project.bid_id, func.max(PlannedMilestone.due_on).label("released"))
        .join(PlannedMilestone.project)
        .join(Bid, Bid.id == Project.bid_id)
        .where(Bid.round_id == round_.id, PlannedMilestone.name == literal(name))
        .group_by(Project.bid_id)
        .cte("releases")
    )
