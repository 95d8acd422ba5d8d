"""The ranking of a round: totals, places and the ask added up bid by bid, worked out by the database in one query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, Select, and_, case, cast, false, func, literal, or_, select, true
from sqlalchemy.orm import aliased, contains_eager

from grants.appraisal.queries import DECIDED, SCORED, waits_for_appraisers
from grants.appraisal.ranking import tie_breaks
from grants.appraisal.ranking.asks import Pot, asks, budget_of, pots_of
from grants.appraisal.ranking.counted import PLACE_UNITS, POINT, UNITS, counted_marks, fraction, parts_marked
from grants.appraisal.ranking.tie_breaks import Ties, broken_by
from grants.bids.models import Bid, BidStatus
from grants.funds.models import Criterion, PlaceScore, Round
from grants.kernel.db import db

Own = Mapping[int, ColumnElement[int]]
"""A bid's mark of each criterion in units, by the criterion's id."""
_MOST = 5
"""Decimals with which any two totals that differ are printed differently: a point has 90,000 units."""


@dataclass(frozen=True)
class Ranked:
    """One bid in its place. Until it is moderated, or without a place score that it needs, it has no total or rank.

    `total` is F11, out of 100 and exact. `ask` and `so_far` are pence by pot; `so_far` adds up the recommended bids
    down to this one.
    """

    bid: Bid
    total: Fraction | None
    decimals: int
    """With so many, totals are printed alike only where they are equal: the same for all bids of the ranking."""
    rank: int | None
    marks: dict[int, Fraction | None]
    """What counts, by criterion id."""
    waits_for: str
    """Why there is no total, in a sentence; empty where there is one."""
    weak: int
    """Critical criteria marked below the round's critical mark."""
    recommended: bool
    """Pass mark reached and no critical criterion weak."""
    ask: dict[Pot, int]
    so_far: dict[Pot, int]
    fits: bool
    """Recommended, and what is asked down to this bid stays within the budget of every pot (F16, policy stop)."""
    line_above: bool
    """The funding line is drawn above this bid: it is the first recommended one that does not fit."""
    ties: Ties
    tie_broken_by: str
    """Why it stands below the bid above it, where both have the same total (F16)."""
    standing: str
    """What its place means for it, in a few words; empty without a rank."""

    @property
    def asked(self) -> int:
        return sum(self.ask.values())

    @property
    def reserve(self) -> bool:
        """Recommended, but below the funding line."""
        return self.recommended and not self.fits


@dataclass(frozen=True)
class Ranking:
    """How a round's bids are ranked: what may be asked of the database, and how its rows are read.

    `rows` may be narrowed by conditions on Bid and its lead council; places and sums stay those of all its bids.
    """

    round: Round
    criteria: Sequence[Criterion]
    budget: dict[Pot, int]
    pots: list[Pot]
    places: CTE
    rows: Select[Any]
    """`(Bid, ...)` in order of place; `read` makes a `Ranked` of each."""

    def read(self, row: Any) -> Ranked:
        said = row._mapping
        ask = {pot: int(said[f"ask_{n}"]) for n, pot in enumerate(self.pots)}
        so_far = {pot: int(said[f"so_far_{n}"]) for n, pot in enumerate(self.pots)}
        points, recommended = said["points"], bool(said["recommended"])
        within = all(pence <= self.budget.get(pot, 0) for pot, pence in so_far.items())
        before = all(so_far[pot] - ask[pot] <= self.budget.get(pot, 0) for pot in self.pots)
        fits = bool(self.budget) and recommended and within
        ties = Ties(*(said[key] for key in tie_breaks.KEYS))
        above = Ties(*(said[f"{key}_above"] for key in tie_breaks.KEYS))
        return Ranked(
            bid=said[Bid],
            total=None if points is None else Fraction(int(points), POINT),
            decimals=int(said["decimals"]),
            rank=None if points is None else int(said["place"]),
            marks={criterion.id: fraction(said[f"mark_{criterion.id}"]) for criterion in self.criteria},
            waits_for="" if points is not None else self._waits_for(said),
            weak=int(said["weak"]),
            recommended=recommended,
            ask=ask,
            so_far=so_far,
            fits=fits,
            line_above=bool(self.budget) and recommended and not within and before,
            ties=ties,
            tie_broken_by=broken_by(ties, above) if points is not None and points == said["points_above"] else "",
            standing="" if points is None else self.standing(weak=said["weak"], recommended=recommended, funded=fits),
        )

    def standing(self, *, weak: int, recommended: bool, funded: bool) -> str:
        if not recommended:
            return f"Critical mark below {self.round.critical_mark}" if weak else "Below the pass mark"
        return "Recommended" if not self.budget else "Within the money" if funded else "Reserve"

    def _waits_for(self, said: Any) -> str:
        bid = said[Bid]
        if bid.status is BidStatus.APPRAISAL:
            return "Not moderated yet"
        lacking = [c.name for c in self.criteria if c.looked_up and said[f"mark_{c.id}"] is None]
        if lacking:
            return f"No place score for {bid.lead_council.name}: {', '.join(lacking)}"
        return f"{said['marked']} of {parts_marked(self.criteria)} marks"


def ranking(round_: Round, *, among: Select[Bid] | None = None) -> list[Ranked]:
    """All bids of the round in appraisal or beyond, best first, those without a total last; one query for the totals.

    `among` are the bids that the reader may see: ranks and sums are then as if there were no others.
    """
    found = ranking_of(round_, among=among)
    return [found.read(row) for row in db.session.execute(found.rows)]


def ranking_of(round_: Round, *, among: Select[Bid] | None = None, provisional: bool = False) -> Ranking:
    """The ranking before it is fetched, for a page of it.

    A `provisional` one counts bids that all their appraisers have scored as if they were moderated already.
    """
    criteria, budget = list(round_.criteria), budget_of(round_)
    pots = pots_of(round_, among)
    places = _places(round_, criteria, pots, among, provisional)
    rows = (
        select(Bid, *(column for column in places.c if column.name not in ("id", "reference")))
        .join(places, places.c.id == Bid.id)
        .join(Bid.lead_council)
        .options(contains_eager(Bid.lead_council))
        .order_by(places.c.place)
    )
    return Ranking(round_, criteria, budget, pots, places, rows)


def _places(
    round_: Round, criteria: Sequence[Criterion], pots: Sequence[Pot], among: Select[Bid] | None, provisional: bool
) -> CTE:
    """One row for each bid: its marks side by side, total, place, what broke ties, and asks with their running sums."""
    totals = _totals(round_, criteria, pots, among, provisional)
    order = [totals.c.points.is_(None), totals.c.points.desc(), *tie_breaks.order_of(totals.c), totals.c.reference]
    passed = and_(totals.c.points >= round_.pass_mark * POINT, totals.c.weak == 0)
    running = [
        func.sum(case((passed, totals.c[f"ask_{n}"]), else_=0))
        .over(order_by=order, rows=(None, 0))
        .label(f"so_far_{n}")
        for n in range(len(pots))
    ]
    above = [
        func.lag(totals.c[key], type_=totals.c[key].type).over(order_by=order).label(f"{key}_above")
        for key in ("points", *tie_breaks.KEYS)
    ]
    place = func.row_number().over(order_by=order)
    recommended = case((passed, 1), else_=0).label("recommended")
    placed = select(totals, recommended, place.label("place"), *above, *running).cte("placed")
    return select(placed, _decimals(placed, round_.pass_mark).label("decimals")).cte("places")


def _decimals(placed: CTE, pass_mark: int) -> ColumnElement[int]:
    """How many the totals are printed with: one where that is exact, or those that tell neighbours apart, and a total
    below the pass mark from one that reaches it."""
    points, above = (cast(column, BigInteger) for column in (placed.c.points, placed.c.points_above))

    def rounded(units: Any, places: int) -> Any:
        return (2 * 10**places * units + POINT) // (2 * POINT)

    def in_none(condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return func.max(case((condition, 1), else_=0)).over() == 0

    def misleads(places: int) -> ColumnElement[bool]:
        alike = and_(points != above, rounded(points, places) == rounded(above, places))
        return or_(alike, and_(points < pass_mark * POINT, rounded(points, places) >= pass_mark * 10**places))

    tenths = in_none(10 * points % POINT != 0)
    return case((tenths, 1), *((in_none(misleads(n)), n) for n in range(2, _MOST)), else_=_MOST)


def _totals(
    round_: Round, criteria: Sequence[Criterion], pots: Sequence[Pot], among: Select[Bid] | None, provisional: bool
) -> CTE:
    """One row for each bid: its points, where all its marks are known, and whatever its place and sums depend on."""
    marks, money, lists = counted_marks(criteria), asks(round_, pots), _place_lists(criteria)
    ratios, homes, releases = tie_breaks.ratios(round_), tie_breaks.homes(round_), tie_breaks.releases(round_)
    own = {c.id: lists[c.id].hundredths * PLACE_UNITS if c.looked_up else marks.c[f"mark_{c.id}"] for c in criteria}
    moderated = _is_moderated(provisional)
    found = select(
        Bid.id,
        Bid.reference,
        case((and_(moderated, _complete(criteria, marks, own)), _points(criteria, own))).label("points"),
        func.coalesce(marks.c.marked, 0).label("marked"),
        _weak(round_, criteria, own).label("weak"),
        *(case((moderated, own[c.id])).label(f"mark_{c.id}") for c in criteria),
        *(func.coalesce(money.c[f"ask_{n}"], 0).label(f"ask_{n}") for n in range(len(pots))),
        ratios.c.ratio,
        tie_breaks.cost_per_home(func.coalesce(money.c.asked, 0), homes.c.homes).label("cost"),
        releases.c.released,
    ).select_from(Bid)
    for known in (marks, money, ratios, homes, releases):
        found = found.outerjoin(known, known.c.bid_id == Bid.id)
    for listed, list_id in ((lists[c.id], c.place_list_id) for c in criteria if c.looked_up):
        found = found.outerjoin(listed, and_(listed.list_id == list_id, listed.council_id == Bid.lead_council_id))
    return _among(found, round_, criteria, marks, among).cte("totals")


def _place_lists(criteria: Sequence[Criterion]) -> dict[int, Any]:
    """By criterion id: where its place scores are read, apart from those of any other looked-up criterion."""
    return {c.id: aliased(PlaceScore, name=f"places_{c.id}") for c in criteria if c.looked_up}


def _is_moderated(provisional: bool) -> ColumnElement[bool]:
    moderated = Bid.status != BidStatus.APPRAISAL
    return or_(moderated, ~waits_for_appraisers()) if provisional else moderated


def _complete(criteria: Sequence[Criterion], marks: CTE, own: Own) -> ColumnElement[bool]:
    """That every part of every criterion has its mark; without criteria nothing ever is."""
    needed = parts_marked(criteria)
    every_part = marks.c.marked == needed if needed else true()
    return and_(true() if criteria else false(), every_part, *(own[c.id].is_not(None) for c in criteria))


def _points(criteria: Sequence[Criterion], own: Own) -> ColumnElement[int]:
    """F11 in units."""
    return sum((c.weight * own[c.id] for c in criteria), start=literal(0))


def _weak(round_: Round, criteria: Sequence[Criterion], own: Own) -> ColumnElement[int]:
    low = round_.critical_mark * UNITS
    return sum((case((own[c.id] < low, 1), else_=0) for c in criteria if c.critical), start=literal(0))


def _among(
    found: Select[Any], round_: Round, criteria: Sequence[Criterion], marks: CTE, among: Select[Bid] | None
) -> Select[Any]:
    """Bids of the round in appraisal or moderated; of those decided on, the ones that somebody had marked."""
    judged = marks.c.marked.is_not(None) if parts_marked(criteria) else true()
    found = found.where(Bid.round_id == round_.id)
    found = found.where(or_(Bid.status.in_(SCORED), and_(Bid.status.in_(DECIDED), judged)))
    return found if among is None else found.where(Bid.id.in_(among.with_only_columns(Bid.id).order_by(None)))
