"""What councils are called, for the sake of appointments: said by the room that knows them, which comes later."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Bodies:
    """`named`: the id of the council that a person typed on a day, Refused where that is not sure. `names`: by id."""

    named: Callable[[str, date], int]
    names: Callable[[Collection[int]], dict[int, str]]


_known: list[Bodies] = []


def make_known(bodies: Bodies) -> None:
    _known[:] = [bodies]


def council_id_named(typed: str, day: date) -> int:
    return _known[0].named(typed, day)


def council_names(ids: Collection[int]) -> dict[int, str]:
    """By id; one query."""
    return _known[0].names(ids) if ids else {}
