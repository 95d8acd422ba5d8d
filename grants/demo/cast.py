"""The demo's people: invented officers of real councils, at example.org addresses, each with an own password."""

import csv
import json
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select

from grants.councils.models import Council
from grants.councils.queries import council_with
from grants.kernel.db import db
from grants.people import operations as people
from grants.people.models import Person
from grants.people.roles import Role

DATA = Path(__file__).parent / "data"
_WORDS = """
amber anchor apron barley basil beacon birch bramble candle canal cedar chalk cinder clover cobalt copper
coral cotton cricket crumpet daisy ember fern ferry flint garnet ginger granite harbour hazel heron indigo
ivory juniper kestrel lantern lilac linen maple marble meadow mustard nettle nutmeg orchard otter pebble
pepper plover poppy quarry quill rafter ribbon saddle saffron sorrel sparrow spindle teasel thimble thistle
timber tulip velvet willow
""".split()  # noqa: SIM905 - easier to read than seventy strings


@dataclass(frozen=True)
class Cast:
    """Everyone, to be asked for by role and council."""

    people: list[tuple[Person, Role, Council | None]]

    def all(self, role: Role, council: Council | None = None) -> list[Person]:
        return [p for p, r, c in self.people if r is role and (council is None or c is council)]

    def one(self, role: Role, council: Council | None = None) -> Person:
        return self.all(role, council)[0]

    def writer(self, council: Council) -> Person:
        """Who starts and fills in a bid of this council."""
        return next(p for p, r, c in self.people if c is council and r in (Role.BID_AUTHOR, Role.BID_COORDINATOR))


def gather(*, on: date, at: datetime) -> tuple[Cast, list[dict[str, str]]]:
    """Add everyone, appointed from `on`; also what a person needs to know to sign in as each of them."""
    found: list[tuple[Person, Role, Council | None]] = []
    known: list[dict[str, str]] = []
    with (DATA / "people.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            role, council = Role(row["role"]), council_with(row["council"]) if row["council"] else None
            email = f"{row['name'].lower().replace(' ', '.')}@example.org"
            password = new_password()
            person = people.add_person(name=row["name"], email=email, password=password, by=None, at=at)
            person.invented = True
            people.appoint(person, role, council_id=council.id if council else None, by=None, on=on, reason="Demo")
            found.append((person, role, council))
            known.append(_line(role, email, password, council))
    return Cast(found), known


def new_password() -> str:
    return " ".join(secrets.choice(_WORDS) for _ in range(3))


def _line(role: Role, email: str, password: str, council: Council | None) -> dict[str, str]:
    organisation = council.name if council else "The programme"
    return {"role": role.value, "email": email, "password": password, "organisation": organisation}


def new_passwords() -> list[dict[str, str]]:
    """Give the demo's people passwords anew, where the list of them was lost."""
    known = []
    for person in db.session.scalars(select(Person).where(Person.invented, Person.active).order_by(Person.id)):
        password = new_password()
        people.replace_password(person, password, by=None)
        for appointment in person.appointments:
            council = db.session.get(Council, appointment.council_id) if appointment.council_id else None
            known.append(_line(appointment.role, person.email, password, council))
    return known


def write_list(known: list[dict[str, str]], file: Path) -> None:
    """For the owner of the machine alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps(known, indent=1), encoding="utf-8")
