"""Who answers for a council that is no longer in being."""

from collections.abc import Iterable
from datetime import date

from grants.councils.models import Council
from grants.councils.queries import name_book
from grants.kernel.errors import Refused


def successors_of(council: Council, day: date) -> list[str]:
    """The names of those who stand in its place on that day; none while it is in being, or where none is known."""
    if council.in_being(day):
        return []
    book = name_book()
    codes = book.successors(council.code, day) if book.knows(council.code) else ()
    return [book.official_name(code, day) for code in codes]


def not_in_being(council: Council, day: date) -> str:
    """The sentence that says so and names the successor; empty for a council that is in being."""
    if council.in_being(day):
        return ""
    if council.began_on and day < council.began_on:
        return f"{council.name} began only on {_day(council.began_on)}."
    ended = f": it ended on {_day(council.ended_on)}" if council.ended_on else ""
    return f"{council.name} is no longer in being{ended}. {_named(successors_of(council, day))}".strip()


def check_in_being(council: Council, day: date, *, field: str = "name") -> None:
    """Refused, with its successor's name, for a council that is not in being on that day."""
    if sentence := not_in_being(council, day):
        raise Refused(sentence, field=field)


def _named(names: Iterable[str]) -> str:
    *others, last = list(names) or [""]
    if not last:
        return ""
    listed = f"{', '.join(others)} and {last}" if others else last
    return f"{listed} {'stand' if others else 'stands'} in its place."


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
