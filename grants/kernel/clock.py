"""The one clock. Instants are UTC; days and deadlines are London's, whatever the season."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day it now is in London."""
    return now().astimezone(LONDON).date()


def london(instant: datetime) -> datetime:
    """The same instant as London's clocks show it."""
    return instant.astimezone(LONDON)


def from_london(day: date, wall: time) -> datetime:
    """The instant at which London's clocks show `wall` on `day`.

    On the spring night 01:30 does not exist: ValueError. On the autumn night 01:30 comes twice: the first is meant.
    """
    typed = datetime.combine(day, wall, LONDON)
    instant = typed.astimezone(UTC)
    if instant.astimezone(LONDON).replace(tzinfo=None) != typed.replace(tzinfo=None):
        raise ValueError("the clocks go forward that night, so this time does not exist")
    return instant


def has_passed(deadline: datetime, at: datetime) -> bool:
    """Whether `at` is too late for `deadline`. The one comparison that decides every deadline of the product."""
    return at > deadline
