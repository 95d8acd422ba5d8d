"""The people of the story, each with a browser, and the clock that their story moves on."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Page

from grants.councils.models import Council
from grants.councils.operations import form_partnership, load_register
from grants.councils.queries import council_named
from grants.kernel.db import db
from grants.people.models import Person
from grants.people.operations import replace_password
from grants.people.roles import Role
from tests.browser import arrived
from tests.cycle.steps import Visitor
from tests.factories import LONG_AGO, PASSWORD, make_person

BEGINNING = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)
"""A Monday in the third quarter of 2026/27. The clock of the story runs from here, and is sometimes put forward."""
LEAD, MEMBER, RIVAL = "Plymouth City Council", "Torbay Council", "Exeter City Council"
PARTNERSHIP = "Estuary Partnership"
PEOPLE = {
    "manager": ("Pat Manager", Role.PROGRAMME_MANAGER, None),
    "finance": ("Fin Officer", Role.FINANCE_OFFICER, None),
    "checker": ("Cherry Checker", Role.ELIGIBILITY_CHECKER, None),
    "ann": ("Ann Praiser", Role.APPRAISER, None),
    "bob": ("Bob Praiser", Role.APPRAISER, None),
    "moderator": ("Mo Derator", Role.MODERATOR, None),
    "second_moderator": ("Sue Conder", Role.MODERATOR, None),
    "author": ("Alex Author", Role.BID_AUTHOR, LEAD),
    "coordinator": ("Cleo Coordinator", Role.BID_COORDINATOR, LEAD),
    "officer": ("Sam Treasurer", Role.SECTION_151_OFFICER, LEAD),
    "members_officer": ("Tess Treasurer", Role.SECTION_151_OFFICER, MEMBER),
    "rival": ("Robin Rival", Role.BID_COORDINATOR, RIVAL),
}
_KINDS = "[...new Set([...document.querySelectorAll('body *')].map(e => e.tagName + '.' + e.className))].sort().join()"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEGINNING, tick=True) as moving:
        yield moving


@pytest.fixture
def cast(
    clock: time_machine.Traveller, session: object, new_page: Callable[[], Page], look: Callable[[Page], None]
) -> dict[str, Visitor]:
    """Everyone who takes part, by who they are in the story; the register of councils, and one partnership."""
    load_register()
    councils = {name: council_named(name, BEGINNING.date()) for name in (LEAD, MEMBER, RIVAL)}
    form_partnership(PARTNERSHIP, lead=councils[LEAD], members=[councils[MEMBER]], by=None, on=LONG_AGO)
    people = {who: _add(name, role, councils.get(council or "")) for who, (name, role, council) in PEOPLE.items()}
    replace_password(people["manager"], PASSWORD, by=None)
    for person in people.values():  # hashed once: it takes its time by design
        person.password_hash = people["manager"].password_hash
    emails = {who: person.email for who, person in people.items()}
    db.session.commit()
    return {who: Visitor(new_page(), email, look) for who, email in emails.items()}


def _add(name: str, role: Role, council: Council | None) -> Person:
    return make_person(role, council=council, name=name, email=f"{name.lower().replace(' ', '.')}@example.org")


@pytest.fixture
def look(app: Flask, axe: Callable[[Page], None]) -> Callable[[Page], None]:
    """Asks axe about a page, unless it has seen the same view with the same kinds of elements."""
    views, seen = app.url_map.bind(""), set()

    def look(page: Page) -> None:
        arrived(page)
        view, _ = views.match(re.sub("^https?://[^/]+|[?#].*", "", page.url))
        made_of = view, page.evaluate(_KINDS)
        if made_of not in seen:
            axe(page)
            seen.add(made_of)

    return look
