"""The figures of the programme page: awards by year and round beside budget and headline, and by region."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, func, select

from grants.awards.models import Award, Movement
from grants.awards.queries import SPENT
from grants.councils.models import Council
from grants.funds.models import BudgetLine, Round, RoundStatus, Unit
from grants.kernel.db import db
from grants.kernel.financial_year import FinancialYear
from grants.kernel.money import pounds
from grants.kernel.pictures import Bar, BarPicture, bar_picture
from grants.kernel.rounding import half_up
from grants.outcomes.totals import HeadingTotal

_TITLES = {"homes": "Homes", "jobs": "Jobs", "receipts": "Capital receipts", "savings": "Running-cost savings"}
_NO_REGION = "Not known"


@dataclass
class RoundMoney:
    """Pence of one round by year: what was budgeted and what is awarded, beside the total that was stated."""

    round: Round
    budget: dict[FinancialYear, int] = field(default_factory=dict)
    awarded: dict[FinancialYear, int] = field(default_factory=dict)
    awards: int = 0
    annexed: int = 0
    """Pence of other rounds' awards that are printed in this round's annex: the stated total covers them too."""

    @property
    def years(self) -> list[FinancialYear]:
        return sorted({*self.budget, *self.awarded})

    @property
    def budget_total(self) -> int:
        return sum(self.budget.values())

    @property
    def awarded_total(self) -> int:
        return sum(self.awarded.values())

    @property
    def gap(self) -> int | None:
        """F26: the sum of the annex less the stated total, in pence; None where none was stated."""
        stated = self.round.headline_pence
        return None if stated is None else self.awarded_total + self.annexed - stated

    @property
    def gap_percent(self) -> str:
        """The same as a share of the stated total, like `+0.45%`."""
        stated = self.round.headline_pence
        return signed_percent(Fraction(self.gap or 0, stated)) if stated else ""

    @property
    def picture(self) -> BarPicture:
        kinds = (("budget", self.budget, "grey"), ("awarded", self.awarded, "navy"))
        bars = [
            Bar(f"{year} {what}", pounds(pence[year]), pence[year], tone)
            for year in self.years
            for what, pence, tone in kinds
            if year in pence
        ]
        return bar_picture(f"money-{self.round.code}", f"{self.round.name}: budget and awards by year", bars)


@dataclass(frozen=True)
class RegionShare:
    region: str
    awards: int
    pence: int
    percent: str


@dataclass(frozen=True)
class Card:
    """One heading of outcomes, with its picture."""

    title: str
    total: HeadingTotal
    picture: BarPicture
    reached: str
    """Expected in all, as a share of the target; empty without one."""


def announced_rounds() -> Sequence[Round]:
    """The rounds whose outcome is known, newest first: the programme page tells of these."""
    found = select(Round).where(Round.status == RoundStatus.ANNOUNCED)
    return db.session.scalars(found.order_by(Round.announced_at.desc(), Round.id.desc())).all()


def money_of(rounds: Sequence[Round]) -> list[RoundMoney]:
    """Four queries for any number of rounds. Awards declined or withdrawn hold no money any more."""
    by_id = {round.id: RoundMoney(round) for round in rounds}
    budget = select(BudgetLine.round_id, BudgetLine.year, _sum(BudgetLine.pence))
    budget = budget.where(BudgetLine.round_id.in_(by_id)).group_by(BudgetLine.round_id, BudgetLine.year)
    for round_id, year, pence in db.session.execute(budget):
        by_id[round_id].budget[year] = pence
    standing = Award.round_id.in_(by_id), Award.status.not_in(SPENT)
    awarded = select(Award.round_id, Movement.year, _sum(Movement.pence)).join(Award.movements).where(*standing)
    for round_id, year, pence in db.session.execute(awarded.group_by(Award.round_id, Movement.year)):
        by_id[round_id].awarded[year] = pence
    counted = select(Award.round_id, func.count(Award.id)).where(*standing).group_by(Award.round_id)
    for round_id, count in db.session.execute(counted):
        by_id[round_id].awards = count
    elsewhere = select(Round.annexed_to_id, _sum(Movement.pence)).join(Award, Award.round_id == Round.id)
    elsewhere = elsewhere.join(Award.movements).where(Round.annexed_to_id.in_(by_id), Award.status.not_in(SPENT))
    for annex_id, pence in db.session.execute(elsewhere.group_by(Round.annexed_to_id)):
        if annex_id:
            by_id[annex_id].annexed = pence
    return list(by_id.values())


def regions_of(round_ids: Collection[int]) -> list[RegionShare]:
    """Awards by the region of the council that receives them, largest first. One query."""
    region = func.coalesce(func.nullif(Council.region, ""), _NO_REGION)
    summed = (
        select(region, func.count(func.distinct(Award.id)), _sum(Movement.pence))
        .select_from(Award)
        .join(Award.movements)
        .outerjoin(Award.council)
        .where(Award.round_id.in_(round_ids), Award.status.not_in(SPENT))
        .group_by(region)
    )
    rows = db.session.execute(summed).all()
    total = sum(pence for _, _, pence in rows)
    shares = (RegionShare(name, count, pence, percent(pence, total)) for name, count, pence in rows)
    return sorted(shares, key=lambda share: (-share.pence, share.region))


def region_picture(shares: Sequence[RegionShare]) -> BarPicture:
    bars = (Bar(share.region, f"{pounds(share.pence)} ({share.percent})", share.pence, "teal") for share in shares)
    return bar_picture("regions", "Awards by region", bars)


def card_of(total: HeadingTotal) -> Card:
    bars = [
        Bar("Achieved and validated", shown(total, total.validated), total.validated, "teal"),
        Bar("Achieved, as reported", shown(total, total.actual), total.actual),
        Bar("Expected in all", shown(total, total.forecast), total.forecast, "plum"),
    ]
    if total.target is not None:
        bars.append(Bar("Target", shown(total, total.target), total.target, "grey"))
    title = _TITLES[total.heading]
    reached = percent(total.forecast, total.target) if total.target else ""
    return Card(title, total, bar_picture(f"card-{total.heading}", f"{title} against target", bars), reached)


def shown(total: HeadingTotal, value: int | None) -> str:
    """A figure of a heading as people write it; a count is rounded half up to whole numbers."""
    if value is None:
        return "None stated"
    if total.unit in (Unit.POUNDS, Unit.POUNDS_A_YEAR):
        return pounds(value) + (" a year" if total.unit is Unit.POUNDS_A_YEAR else "")
    return f"{half_up(Fraction(value, 100)):,}"


def percent(part: int, whole: int) -> str:
    """`45.3%`, one decimal, half up; nothing where there is no whole."""
    return f"{half_up(Fraction(100 * part, whole), 1)}%" if whole else ""


def signed_percent(share: Fraction) -> str:
    value = half_up(100 * share, 2)
    return f"{'−' if value < 0 else '+'}{abs(value)}%"


def _sum(pence: Any) -> ColumnElement[int]:
    """A sum that stays a whole number on PostgreSQL, whose own would be a decimal."""
    return cast(func.sum(pence), BigInteger)
