"""What speaks against giving somebody a role: each room says what it knows of, before the role is given."""

from collections.abc import Callable
from datetime import date
from typing import TypeAlias

from grants.people.models import Person
from grants.people.roles import Role

Objection: TypeAlias = Callable[[Person, Role, date], None]
_objections: list[Objection] = []


def objects_to_roles(objection: Objection) -> Objection:
    """Let a later room's function raise Refused where the role would break something there."""
    _objections.append(objection)
    return objection


def refuse_objected(person: Person, role: Role, day: date) -> None:
    for objection in _objections:
        objection(person, role, day)
