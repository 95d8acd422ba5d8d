"""The ranking of a round: totals, ranks and the ask added up bid by bid, worked out by the database in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, Select, and_, case, cast, func, literal, null, or_, select, union
from sqlalchemy.orm import contains_eager

from grants.appraisal.arithmetic import HIGHEST_MARK
from grants.appraisal.models import Moderation
from grants.appraisal.queries import DECIDED, SCORED
from grants.bids.models import Bid, BidStatus, FundingLine, FundingSource, Project
from grants.funds.models import BudgetLine, Criterion, Round, Stream
from grants.kernel.db import db
from grants.kernel.financial_year import FinancialYear

LOWEST_CRITICAL = 2
"""A critical criterion marked below this means that the bid is not recommended (the programme's own default)."""

Pot = tuple[FinancialYear, Stream]
"""Money is voted by year and stream, and fits or does not fit there."""


@dataclass(frozen=True)
class Ranked:
    """One bid in its place. Without a complete set of agreed marks it has no total and no rank.

    `total` is F11, out of 100 and exact: a multiple of 0.2. `ask` and `so_far` are pence by pot; `so_far` adds up the
    recommended bids down to this one.
    """

    bid: Bid
    total: Decimal | None
    rank: int | None
    marks: dict[int, int | None]
    """Agreed mark by criterion id."""
    marked: int
    of: int
    weak: int
    """Critical criteria marked below 2."""
    recommended: bool
    """Pass mark reached and no critical criterion weak."""
    ask: dict[Pot, int]
    so_far: dict[Pot, int]
    fits: bool
    """Recommended, and what is asked down to this bid stays within the budget of every pot (F16, policy stop)."""
    line_above: bool
    """The funding line is drawn above this bid: it is the first recommended one that does not fit."""

    @property
    def asked(self) -> int:
        return sum(self.ask.values())


@dataclass(frozen=True)
class Ranking:
    """How a round's bids are ranked: what may be asked of the database, and how its rows are read."""

    round: Round
    criteria: Sequence[Criterion]
    budget: dict[Pot, int]
    pots: list[Pot]
    places: CTE
    rows: Select[Any]

    def read(self, row: Any) -> Ranked:
        said = row._mapping
        ask = {pot: int(said[f"ask_{n}"]) for n, pot in enumerate(self.pots)}
        so_far = {pot: int(said[f"so_far_{n}"]) for n, pot in enumerate(self.pots)}
        recommended = bool(said["recommended"])
        within = all(pence <= self.budget.get(pot, 0) for pot, pence in so_far.items())
        before = all(so_far[pot] - ask[pot] <= self.budget.get(pot, 0) for pot in self.pots)
        return Ranked(
            bid=said[Bid],
            total=None if said["fifths"] is None else Decimal(int(said["fifths"])) / HIGHEST_MARK,
            rank=None if said["fifths"] is None else int(said["rank"]),
            marks={criterion.id: said[f"mark_{criterion.id}"] for criterion in self.criteria},
            marked=int(said["marked"]),
            of=len(self.criteria),
            weak=int(said["weak"]),
            recommended=recommended,
            ask=ask,
            so_far=so_far,
            fits=bool(self.budget) and recommended and within,
            line_above=bool(self.budget) and recommended and not within and before,
        )


def ranking(round_: Round, *, among: Select[Bid] | None = None) -> list[Ranked]:
    """All bids of the round in appraisal or beyond, best first, those without a total last; one query for the totals.

    `among` are the bids that the reader may see: ranks and sums are then as if there were no others.
    """
    found = ranking_of(round_, among=among)
    return [found.read(row) for row in db.session.execute(found.rows)]


def ranking_of(round_: Round, *, among: Select[Bid] | None = None) -> Ranking:
    """The ranking before it is fetched, for a page of it."""
    criteria, budget = list(round_.criteria), _budget(round_)
    pots = sorted({*budget, *_asked_pots(round_)})
    places = _places(round_, criteria, pots, among)
    columns = [places.c[name] for name in ("fifths", "marked", "weak", "recommended", "rank")]
    columns += [places.c[f"mark_{criterion.id}"] for criterion in criteria]
    columns += [places.c[f"{what}_{n}"] for what in ("ask", "so_far") for n in range(len(pots))]
    rows = (
        select(Bid, *columns)
        .join(places, places.c.id == Bid.id)
        .join(Bid.lead_council)
        .options(contains_eager(Bid.lead_council))
        .order_by(*_best_first(places.c.fifths, Bid.reference))
    )
    return Ranking(round_, criteria, budget, pots, places, rows)


def asked_in_all(found: Ranking) -> dict[Pot, tuple[int, int]]:
    """Pence by pot over the whole ranking: (asked by the bids above the funding line, asked by all ranked bids)."""
    places, sums = found.places, []
    fits = and_(
        places.c.recommended == 1,
        *(places.c[f"so_far_{n}"] <= found.budget.get(p, 0) for n, p in enumerate(found.pots)),
    )
    for condition in (fits, places.c.fifths.is_not(None)):
        sums += [func.coalesce(func.sum(case((condition, places.c[f"ask_{n}"]))), 0) for n in range(len(found.pots))]
    if not sums:
        return {}
    pence = [int(value) for value in db.session.execute(select(*sums)).one()]
    return dict(zip(found.pots, zip(pence, pence[len(found.pots) :], strict=False), strict=True))


def _best_first(fifths: ColumnElement[Any], reference: Any) -> tuple[ColumnElement[Any], ...]:
    """Bids without a total last; equal totals in the order of their references (the last tie-break of F16)."""
    return fifths.is_(None), fifths.desc(), reference


def _places(round_: Round, criteria: Sequence[Criterion], pots: Sequence[Pot], among: Select[Bid] | None) -> CTE:
    """One row for each bid: its marks side by side, total, rank, and asks with their running sums."""
    totals = _totals(round_, criteria, pots, among)
    order = _best_first(totals.c.fifths, totals.c.reference)
    passed = and_(totals.c.fifths >= round_.pass_mark * HIGHEST_MARK, totals.c.weak == 0)
    recommended = case((passed, 1), else_=0)
    running = [
        func.sum(case((passed, totals.c[f"ask_{n}"]), else_=0))
        .over(order_by=order, rows=(None, 0))
        .label(f"so_far_{n}")
        for n in range(len(pots))
    ]
    rank = func.rank().over(order_by=order[:2]).label("rank")
    return select(totals, recommended.label("recommended"), rank, *running).cte("places")


def _totals(round_: Round, criteria: Sequence[Criterion], pots: Sequence[Pot], among: Select[Bid] | None) -> CTE:
    marks, asks = _marks(criteria), _asks(round_, pots)
    complete = and_(marks.c.marked == len(criteria), Bid.status != BidStatus.APPRAISAL)
    found = (
        select(
            Bid.id,
            Bid.reference,
            case((complete, marks.c.fifths), else_=null()).label("fifths"),
            func.coalesce(marks.c.marked, 0).label("marked"),
            func.coalesce(marks.c.weak, 0).label("weak"),
            *(case((complete, marks.c[f"mark_{c.id}"]), else_=null()).label(f"mark_{c.id}") for c in criteria),
            *(func.coalesce(asks.c[f"ask_{n}"], 0).label(f"ask_{n}") for n in range(len(pots))),
        )
        .outerjoin(marks, marks.c.bid_id == Bid.id)
        .outerjoin(asks, asks.c.bid_id == Bid.id)
        .where(Bid.round_id == round_.id)
        .where(or_(Bid.status.in_(SCORED), and_(Bid.status.in_(DECIDED), marks.c.marked.is_not(None))))
    )
    if among is not None:
        found = found.where(Bid.id.in_(among.with_only_columns(Bid.id).order_by(None)))
    return found.cte("totals")


def _marks(criteria: Sequence[Criterion]) -> CTE:
    """Of each bid: the sum of weight times mark, how many marks, how many weak ones, and each mark in its column."""
    weak = and_(Criterion.critical, Moderation.mark < LOWEST_CRITICAL)
    return (
        select(
            Moderation.bid_id,
            func.sum(Criterion.weight * Moderation.mark).label("fifths"),
            func.count().label("marked"),
            func.sum(case((weak, 1), else_=0)).label("weak"),
            *(func.max(case((Criterion.id == c.id, Moderation.mark))).label(f"mark_{c.id}") for c in criteria),
        )
        .join(Moderation.criterion)
        .where(Criterion.id.in_([c.id for c in criteria]))
        .group_by(Moderation.bid_id)
        .cte("marks")
    )


def _asks(round_: Round, pots: Sequence[Pot]) -> CTE:
    """Pence of grant that each bid asks for, one column for each pot."""

    def asked(pot: Pot) -> ColumnElement[int]:
        in_pot = and_(FundingLine.year == pot[0], FundingLine.stream == pot[1])
        return cast(func.sum(case((in_pot, FundingLine.pence), else_=literal(0, BigInteger))), BigInteger)

    return (
        select(Project.bid_id, *(asked(pot).label(f"ask_{n}") for n, pot in enumerate(pots)))
        .join(Project.funding)
        .join(Project.bid)
        .where(Bid.round_id == round_.id, FundingLine.source == FundingSource.GRANT)
        .group_by(Project.bid_id)
        .cte("asks")
    )


def _budget(round_: Round) -> dict[Pot, int]:
    return {(line.year, line.stream): line.pence for line in round_.budget}


def _asked_pots(round_: Round) -> list[Pot]:
    """Every year and stream that the round has money for, or that a bid asks for all the same."""
    asked = (
        select(FundingLine.year, FundingLine.stream)
        .join(FundingLine.project)
        .join(Project.bid)
        .where(Bid.round_id == round_.id, FundingLine.source == FundingSource.GRANT)
    )
    voted = select(BudgetLine.year, BudgetLine.stream).where(BudgetLine.round_id == round_.id)
    return [(year, stream) for year, stream in db.session.execute(union(asked, voted))]
