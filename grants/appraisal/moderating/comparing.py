"""Whether a round's appraisers mark alike, over bids that all their appraisers have scored (F13, F14).

Sums are made by the database, in whole numbers; what they say is `appraisal.consistency`. Every query starts from the
bids that its reader may moderate, so that nobody is told of marks beside his or her own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, Select, and_, cast, func, select
from sqlalchemy.orm import aliased

from grants.appraisal.consistency import Leniency, Pairs, Sample
from grants.appraisal.moderating.rules import marks_that_count, place_units, ready, totals_by_task
from grants.appraisal.queries import DECIDED, SCORED
from grants.appraisal.ranking.counted import POINT
from grants.bids.models import Bid
from grants.funds.models import Criterion
from grants.kernel.db import db
from grants.people.models import Person


@dataclass(frozen=True)
class Totals:
    """Every appraiser's total (F11, in units) of each of the bids; one without its place score has none."""

    rows: CTE
    """`bid_id`, `person_id`, `units`."""

    def sums(self) -> list[ColumnElement[Any]]:
        """Count, sum and sum of squares."""
        units = self.rows.c.units
        return [func.count(), func.sum(units), func.sum(units * units)]


def totals_of(bids: Select[Bid], criteria: Sequence[Criterion]) -> Totals:
    each = totals_by_task(criteria, marks_that_count(criteria))
    places, missing = place_units(criteria)
    rows = (
        _whole(bids)
        .join(each, each.c.bid_id == Bid.id)
        .where(~missing)
        .with_only_columns(each.c.bid_id, each.c.person_id, cast(each.c.units + places, BigInteger).label("units"))
    )
    return Totals(rows.order_by(None).cte("totals_in_full"))


def _whole(bids: Select[Bid]) -> Select[Bid]:
    return bids.where(Bid.status.in_((*SCORED, *DECIDED)), ready())


def panel_of(totals: Totals) -> Sample:
    """All totals of the round together; one query."""
    return sample(*db.session.execute(select(*totals.sums())).one())


def by_appraiser(totals: Totals) -> Select[Any]:
    """(person, count, sum, sum of squares) by name."""
    rows = select(Person, *totals.sums()).join(totals.rows, totals.rows.c.person_id == Person.id)
    return rows.group_by(Person.id).order_by(Person.name, Person.id)


def leniency_of(totals: Totals, person: Person) -> Leniency | None:
    """None for somebody without a total among these; two queries."""
    own = sample(*db.session.execute(select(*totals.sums()).where(totals.rows.c.person_id == person.id)).one())
    return Leniency(own, panel_of(totals)) if own.count else None


def totals_by(totals: Totals, person: Person) -> Select[Any]:
    """(bid, units) of one appraiser, by reference."""
    return (
        select(Bid, totals.rows.c.units)
        .join(totals.rows, totals.rows.c.bid_id == Bid.id)
        .where(totals.rows.c.person_id == person.id)
        .order_by(Bid.reference)
    )


def sample(count: int, units: Any, squares: Any) -> Sample:
    return Sample(int(count), Fraction(int(units or 0), POINT), Fraction(int(squares or 0), POINT * POINT))


# --- Agreement


@dataclass(frozen=True)
class _Paired:
    """Marks that two people gave for the same thing, each pair once: the one first who was known first."""

    first: Any
    second: Any
    met: ColumnElement[bool]


def _paired(bids: Select[Bid], criteria: Sequence[Criterion]) -> _Paired:
    marks, ids = marks_that_count(criteria), _whole(bids).with_only_columns(Bid.id).order_by(None)
    first, second = marks.alias("first"), marks.alias("second")
    met = and_(
        *(first.c[name] == second.c[name] for name in ("bid_id", "criterion_id", "part")),
        first.c.person_id < second.c.person_id,
        first.c.bid_id.in_(ids),
    )
    return _Paired(first, second, met)


def _sums(paired: _Paired) -> list[ColumnElement[int]]:
    """In the order of `Pairs`."""
    a, b = paired.first.c.mark, paired.second.c.mark
    return [func.count(), func.sum(a), func.sum(b), func.sum(a * a), func.sum(b * b), func.sum(a * b)]


def agreement_by_criterion(bids: Select[Bid], criteria: Sequence[Criterion]) -> dict[int, Pairs]:
    """By id of the criterion, over all pairs of appraisers, of whom neither comes first; one query."""
    paired = _paired(bids, criteria)
    criterion = paired.first.c.criterion_id
    rows = select(criterion, *_sums(paired)).join_from(paired.first, paired.second, paired.met).group_by(criterion)
    return {row[0]: pairs(row[1:]).either_way for row in db.session.execute(rows)}


def agreement_by_pair(bids: Select[Bid], criteria: Sequence[Criterion]) -> Select[Any]:
    """(one person, the other, and the six sums of their pairs) for all who marked the same bid, by name."""
    paired = _paired(bids, criteria)
    one, other = aliased(Person), aliased(Person)
    each = (
        select(paired.first.c.person_id.label("one"), paired.second.c.person_id.label("other"))
        .add_columns(*(column.label(f"sum_{n}") for n, column in enumerate(_sums(paired))))
        .join_from(paired.first, paired.second, paired.met)
        .group_by(paired.first.c.person_id, paired.second.c.person_id)
        .subquery()
    )
    return (
        select(one, other, *(each.c[f"sum_{n}"] for n in range(6)))
        .join_from(each, one, one.id == each.c.one)
        .join(other, other.id == each.c.other)
        .order_by(one.name, other.name, one.id, other.id)
    )


def pairs(sums: Sequence[Any]) -> Pairs:
    count, first, second, first_squares, second_squares, products = (int(value or 0) for value in sums)
    return Pairs(count, first, second, first_squares, second_squares, products)
