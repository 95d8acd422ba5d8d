"""With the demo loaded, everybody reads every page that links lead them to: no fault, no barrier, nothing too wide."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, Response
from werkzeug.test import TestResponse

from grants.appraisal.queries import judgement_of
from grants.bids.models import Bid, BidStatus
from grants.demo.commands import load
from grants.kernel import clock
from grants.kernel.db import db
from grants.people.roles import Role

FEWEST_VIEWS = 60
NARROW = {"width": 360, "height": 740}
LINK = re.compile(r'<a [^>]*href="(/[^"#]*)')
KIND = re.compile(r'<(\w+)(?: [^>]*?class="([\w-]+?)(?:--|[ "]))?')
"""An element and the first of its classes, its variant left out: a green tag is no other kind than a red one."""


@dataclass(frozen=True)
class Read:
    """One page as somebody read it. Two pages of a view that are made of the same kinds of elements look alike."""

    email: str
    path: str
    view: str
    made_of: frozenset[tuple[str, ...]]


@pytest.fixture
def clients(app: Flask) -> dict[str, FlaskClient]:
    """By e-mail address, a browser of everyone in the demo, signed in; and nobody's, who is not."""
    known: list[dict[str, str]] = []
    with app.app_context():
        for _ in load(known, clock.now()):
            pass
        db.session.commit()
        judged = [judgement_of(bid) for bid in db.session.query(Bid).filter_by(status=BidStatus.MODERATED)]
        assert any(part.number > 1 for bid in judged for part in bid.parts)
        assert judged[0].looked_up
        assert all(bid.counted_total is not None for bid in judged)
    assert {row["role"] for row in known} == set(Role)
    clients = {email: app.test_client() for email in ["", *(row["email"] for row in known)]}
    for row in known:
        answer = clients[row["email"]].post("/sign-in", data={"email": row["email"], "password": row["password"]})
        assert answer.status_code == 302, row["email"]
    return clients


@pytest.mark.postgres  # on SQLite the next test does the same and more
def test_every_page_that_links_lead_to_can_be_read(app, clients):
    assert {read.email for read in read_all(app, clients)} == set(clients)


@pytest.mark.sqlite  # what a page looks like does not depend on the engine
def test_every_page_is_open_to_everybody_and_fits_a_phone(app, page, live_server, clients, axe):
    reads = list(read_all(app, clients))
    assert len({read.view for read in reads}) > FEWEST_VIEWS
    page.on("response", refuse)
    page.set_viewport_size(NARROW)
    who = None
    for read in to_look_at(reads):
        if read.email != who:
            who = read.email
            becomes(page, live_server, clients[who])
        page.goto(read.path)
        axe(page)
        wide = page.evaluate("document.scrollingElement.scrollWidth")
        assert wide <= NARROW["width"], f"{read.path} is {wide} wide for {who or 'anybody'}"


def to_look_at(reads: Iterable[Read]) -> list[Read]:
    """Of each view the pages that have a kind of element which no page chosen before has; each person's together."""
    chosen: list[Read] = []
    met: dict[str, set[tuple[str, ...]]] = {}
    for read in sorted(reads, key=lambda read: len(read.made_of), reverse=True):
        if read.made_of - met.setdefault(read.view, set()):
            met[read.view] |= read.made_of
            chosen.append(read)
    return sorted(chosen, key=lambda read: (read.email, read.path))


def becomes(page: Page, address: str, client: FlaskClient) -> None:
    """The browser is now this person's, without signing in again; scripts and styles stay in its cache."""
    page.context.clear_cookies()
    if session := client.get_cookie("session"):
        page.context.add_cookies([{"name": "session", "value": session.value, "url": address}])


def read_all(app: Flask, clients: dict[str, FlaskClient]) -> Iterator[Read]:
    for email, client in clients.items():
        yield from walk(app, client, email)


def walk(app: Flask, client: FlaskClient, email: str) -> Iterator[Read]:
    """One page of each view that somebody can reach by links, the nearest to their home page first."""
    views, waiting, met, known = app.url_map.bind(""), deque(["/"]), {"/"}, set()
    while waiting:
        path = waiting.popleft()
        view = views.match(path.partition("?")[0])[0]
        if view in known:
            continue
        known.add(view)
        answer = client.get(path, follow_redirects=True)
        assert answer.status_code == 200, f"{path} answers {answer.status} to {email or 'anybody'}"
        page = "" if is_file(answer) else answer.text
        yield Read(email, path, view, frozenset(KIND.findall(page)))
        new = [link for link in dict.fromkeys(map(unescape, LINK.findall(page))) if link not in met]
        met.update(new)
        waiting.extend(new)


def is_file(answer: TestResponse) -> bool:
    """To be kept rather than looked at, so that a browser has no page of it."""
    return "attachment" in answer.headers.get("Content-Disposition", "")


def refuse(response: Response) -> None:
    assert response.status < 400, f"{response.url} answers {response.status}"
