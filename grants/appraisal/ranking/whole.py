"""All ranked bids of a round at once, without the bids themselves: what is worked out over the whole ranking."""

from collections.abc import Sequence

from sqlalchemy import func, select

from grants.appraisal.ranking import tie_breaks
from grants.appraisal.ranking.asks import Pot
from grants.appraisal.ranking.line import Policy, funding_line
from grants.appraisal.ranking.sensitivity import Standing
from grants.appraisal.ranking.totals import Ranking, asked_in_all
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


def money(found: Ranking, policy: Policy) -> tuple[set[int] | None, Sums]:
    """Who is within the money, None where each row of the ranking says it itself (policy stop), and the sums."""
    if policy is Policy.STOP:
        return None, asked_in_all(found)
    rows = standings(found)
    funded = within_the_money(rows, found, policy)
    sums = {
        pot: (sum(row.ask[pot] for row in rows if row.bid_id in funded), sum(row.ask[pot] for row in rows))
        for pot in found.pots
    }
    return funded, sums
