"""All ranked bids of a round at once, without the bids themselves: what is worked out over the whole ranking."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from grants.appraisal.ranking import tie_breaks
from grants.appraisal.ranking.asks import Pot
from grants.appraisal.ranking.line import Policy, funding_line
from grants.appraisal.ranking.sensitivity import Standing
from grants.appraisal.ranking.totals import Ranking
from grants.kernel.db import db

Sums = dict[Pot, tuple[int, int]]
"""Pence by pot: (asked by the bids within the money, asked by all ranked bids)."""


def standings(found: Ranking) -> list[Standing]:
    """Best first, in one query."""
    places = found.places
    tie_place = func.row_number().over(order_by=[*tie_breaks.order_of(places.c), places.c.reference])
    rows = select(places, tie_place.label("tie_place")).where(places.c.points.is_not(None)).order_by(places.c.place)
    return [
        Standing(
            bid_id=row["id"],
            units={criterion.id: int(row[f"mark_{criterion.id}"]) for criterion in found.criteria},
            tie_place=row["tie_place"],
            weak=bool(row["weak"]),
            recommended=bool(row["recommended"]),
            ask={pot: int(row[f"ask_{n}"]) for n, pot in enumerate(found.pots)},
        )
        for row in db.session.execute(rows).mappings()
    ]


def within_the_money(rows: Sequence[Standing], found: Ranking, policy: Policy) -> set[int]:
    """Ids of the recommended bids that the money reaches in order of place (F16)."""
    worthy = [(row.bid_id, row.ask) for row in rows if row.recommended]
    return funding_line(worthy, found.budget, policy) if found.budget else set()


def asked_in_all(found: Ranking) -> Sums:
    """Pence by pot over the whole ranking: (asked by the bids above the funding line, asked by all ranked bids)."""
    sums = [func.coalesce(func.sum(pence), 0) for pence in _added_up(found)]
    return _by_pot(found, db.session.execute(select(*sums)).one()) if sums else {}


def rows_with_sums(found: Ranking) -> Select[Any]:
    """The rows of the ranking, not narrowed, each with the sums of the whole, for `sums_on`."""
    sums = (func.coalesce(func.sum(pence).over(), 0).label(f"sum_{n}") for n, pence in enumerate(_added_up(found)))
    return found.rows.add_columns(*sums)


def sums_on(found: Ranking, row: Any) -> Sums:
    return _by_pot(found, [row._mapping[f"sum_{n}"] for n in range(2 * len(found.pots))])


def _added_up(found: Ranking) -> list[ColumnElement[int]]:
    places = found.places
    fits = and_(
        places.c.recommended == 1,
        *(places.c[f"so_far_{n}"] <= found.budget.get(pot, 0) for n, pot in enumerate(found.pots)),
    )
    conditions = (fits, places.c.points.is_not(None))
    return [case((one, places.c[f"ask_{n}"])) for one in conditions for n in range(len(found.pots))]


def _by_pot(found: Ranking, pence: Sequence[Any]) -> Sums:
    within, asked = pence[: len(found.pots)], pence[len(found.pots) :]
    return {pot: (int(a), int(b)) for pot, a, b in zip(found.pots, within, asked, strict=True)}


def skipping(found: Ranking) -> tuple[set[int], Sums]:
    """Who is within the money, and the sums, where a bid that does not fit is passed over."""
    rows = standings(found)
    funded = within_the_money(rows, found, Policy.SKIP)
    sums = {
        pot: (sum(row.ask[pot] for row in rows if row.bid_id in funded), sum(row.ask[pot] for row in rows))
        for pot in found.pots
    }
    return funded, sums
