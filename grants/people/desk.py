"""What waits for a person: each room says what it knows of, and the home page lists it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from grants.people.models import Person
from grants.people.roles import Permission


@dataclass(frozen=True)
class Waiting:
    """One line on somebody's desk. `due_on` where there is a day by which it should be done."""

    what: str
    href: str
    count: int | None = None
    due_on: date | None = None


Finder = Callable[[Person, date], list[Waiting]]
_finders: list[tuple[Permission, Finder]] = []


def on_desk(permission: Permission) -> Callable[[Finder], Finder]:
    """Let a room's function add lines to the desks of those who hold `permission`: one or two queries at most."""

    def add(finder: Finder) -> Finder:
        _finders.append((permission, finder))
        return finder

    return add


def desk_of(person: Person, day: date) -> list[Waiting]:
    return [line for permission, find in _finders if person.may_on(day, permission) for line in find(person, day)]
