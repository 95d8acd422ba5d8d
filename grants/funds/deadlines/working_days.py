"""Working days: Monday to Friday without the bank holidays of England, which are kept in a table of our own."""

import csv
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from grants.funds.models import BankHoliday
from grants.kernel.db import db
from grants.kernel.errors import Refused

SHIPPED = Path(__file__).parents[1] / "data" / "bank_holidays.csv"
_SATURDAY = 5
_LONGEST_NAME = 80


def bank_holidays() -> frozenset[date]:
    """All that are known, one query."""
    return frozenset(db.session.scalars(select(BankHoliday.day)))


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    return day.weekday() < _SATURDAY and day not in holidays


def working_days_before(day: date, count: int, holidays: Collection[date]) -> date:
    """The `count`th working day before `day`, which itself is not counted."""
    while count:
        day -= timedelta(days=1)
        count -= is_working_day(day, holidays)
    return day


def working_days_after(day: date, count: int, holidays: Collection[date]) -> date:
    """The `count`th working day after `day`, which itself is not counted."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day, holidays)
    return day


def load_bank_holidays(lines: Iterable[str] | None = None) -> int:
    """Add the bank holidays of a table with the columns day (ISO) and name, or of the shipped one; how many it has.

    A day that is known takes the name given last; nothing is removed. Refused, whole, where a line is not of this form.
    """
    if lines is None:
        lines = SHIPPED.read_text("utf-8").splitlines()
    rows = [_row(number, row) for number, row in enumerate(csv.DictReader(lines), start=2)]
    for day, name in rows:
        db.session.merge(BankHoliday(day=day, name=name))
    return len(rows)


def _row(number: int, row: dict[str, str | None]) -> tuple[date, str]:
    name = (row.get("name") or "").strip()
    try:
        day = date.fromisoformat((row.get("day") or "").strip())
    except ValueError:
        raise Refused(f"Line {number}: the day must be a date like 2028-12-25.") from None
    if not 0 < len(name) <= _LONGEST_NAME:
        raise Refused(f"Line {number}: give the bank holiday a name of at most {_LONGEST_NAME} characters.")
    return day, name
