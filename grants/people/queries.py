"""Reading people and their appointments."""

from datetime import date

from sqlalchemy import ColumnElement, Select, or_, select

from grants.kernel.db import found
from grants.kernel.text import like
from grants.people.models import Appointment, Person
from grants.people.roles import Role


def standing(day: date) -> ColumnElement[bool]:
    """The condition that an appointment covers `day`."""
    return (Appointment.from_on <= day) & or_(Appointment.until_on.is_(None), Appointment.until_on >= day)


def people_found(
    *, search: str = "", role: Role | None = None, active: bool | None = None, day: date
) -> Select[Person]:
    """People with `search` in their name or address, who hold `role` on `day`, in the order of their names."""
    rows = select(Person).order_by(Person.name, Person.id)
    if search:
        pattern = like(search)
        rows = rows.where(Person.name.ilike(pattern, escape="\\") | Person.email.ilike(pattern, escape="\\"))
    if role:
        rows = rows.where(Person.appointments.any((Appointment.role == role) & standing(day)))
    if active is not None:
        rows = rows.where(Person.active.is_(active))
    return rows


def person_with(key: str) -> Person:
    """NotFound where there is none."""
    return found(select(Person).where(Person.key == key))


def administrators(day: date) -> Select[Person]:
    """Those who can keep people today; locked, so that two of them cannot take the role from each other at once."""
    holding = (Appointment.role == Role.ADMINISTRATOR) & standing(day)
    return (
        select(Person)
        .join(Appointment, Appointment.person_id == Person.id)
        .where(Person.active, holding)
        .with_for_update()
    )
