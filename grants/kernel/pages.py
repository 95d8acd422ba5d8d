"""Lists a page at a time: a query that counts, a query that fetches, however long the list is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request
from sqlalchemy import Select, func, select

from grants.kernel.db import db

T = TypeVar("T")
PAGE_SIZE = 50
_MOST = 1_000_000


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of rows, and what a reader needs to turn it."""

    rows: Sequence[T]
    number: int
    total: int
    size: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first_row(self) -> int:
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last_row(self) -> int:
        return (self.number - 1) * self.size + len(self.rows)

    def numbers(self) -> list[int | None]:
        """Page numbers to offer: the ends, those around this one, None where some are left out."""
        near = {1, self.last, *range(self.number - 1, self.number + 2)}
        shown = sorted(n for n in near if 1 <= n <= self.last)
        offered: list[int | None] = []
        for n in shown:
            if offered and offered[-1] is not None and n - offered[-1] > 1:
                offered.append(None)
            offered.append(n)
        return offered


def asked_page() -> int:
    """The page number in the address; 1 for anything that is none."""
    typed = request.args.get("page", "1")
    return min(max(int(typed), 1), _MOST) if typed.isascii() and typed.isdigit() and len(typed) < 8 else 1


def page_of(rows: Select[Any], *, size: int = PAGE_SIZE, number: int | None = None, scalars: bool = True) -> Page[Any]:
    """The asked page of a select. `scalars` gives the entities of a one-entity select; otherwise its rows."""
    number = asked_page() if number is None else number
    total = db.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
    number = min(number, max(1, -(-total // size)))
    wanted = rows.limit(size).offset((number - 1) * size)
    found = db.session.scalars(wanted).unique().all() if scalars else db.session.execute(wanted).all()
    return Page(found, number, total, size)


def page_at_once(rows: Select[Any], *, size: int = PAGE_SIZE) -> Page[Any]:
    """The asked page of a select that is costly to begin, counted by the query that fetches it: `of_all` on each row.

    Only a page that is not there takes a second query, for the last that is.
    """
    counted, number = rows.add_columns(func.count().over().label("of_all")), asked_page()
    found = db.session.execute(counted.limit(size).offset((number - 1) * size)).all()
    if found or number == 1:
        return Page(found, number, found[0].of_all if found else 0, size)
    return page_of(rows, size=size, scalars=False)
