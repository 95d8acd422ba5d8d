"""Measures the main pages at 1,000 bids on PostgreSQL, each beside the bare floor in the same run.

`make bench` prints a table: the median milliseconds of a request, ours and the floor's, and the ratio, which is what
counts: the times themselves depend on the machine and on what else it does. Product and floor are served by gunicorn
with one worker each and asked in turns. It is no test and refuses nothing.
"""

import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import flask_migrate
from sqlalchemy import text

from grants import create_app
from grants.kernel.db import db
from tests.bench import judged, large, sharing
from tests.bench.seed import BIDS, Scene, seed
from tests.databases import PostgresDatabase, postgres_server

ROOT = Path(__file__).resolve().parents[2]
REPEATS, REQUESTS, SLOW_REQUESTS = 3, 40, 3
SLOW = ("xlsx", "PDF", "2000")
"""In the names of what takes so long that a few requests tell enough."""
HEAVY = ("2,000",)
"""In the names of what is a job: once in each repeat."""
SECRET = "of the benchmark"
Ask = Callable[[], None]


class Asker:
    """One keep-alive connection; every answer must be what a person would have got."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Cookie": cookie} if cookie else {}

    def get(self, path: str) -> str:
        return self.get_bytes(path).decode()

    def get_bytes(self, path: str) -> bytes:
        return self._ask("GET", path, None, "", 200)

    def post(self, path: str, form: dict[str, str], expected: int) -> str:
        return self.send(path, urlencode(form).encode(), "application/x-www-form-urlencoded", expected).decode()

    def send(self, path: str, body: bytes, kind: str, expected: int) -> bytes:
        return self._ask("POST", path, body, kind, expected)

    def hidden(self, path: str) -> dict[str, str]:
        """The hidden fields of the page, by name."""
        tags = (tag for tag in re.findall(r"<input[^>]*>", self.get(path)) if 'type="hidden"' in tag)
        return {attribute(tag, "name"): attribute(tag, "value") for tag in tags}

    def _ask(self, method: str, path: str, body: bytes | None, kind: str, expected: int) -> bytes:
        sent = {"Content-Type": kind} if kind else {}
        self.connection.request(method, path, body, self.headers | sent)
        answer = self.connection.getresponse()
        content = answer.read()
        if cookie := answer.headers["Set-Cookie"]:
            self.headers["Cookie"] = cookie.partition(";")[0]
        if answer.status != expected:
            sys.exit(f"{method} {path} answered {answer.status} and not {expected}:\n{content[:2000]!r}")
        return content


def main() -> None:
    database = PostgresDatabase(postgres_server())
    with tempfile.TemporaryDirectory() as folder:
        settings = {"SECRET_KEY": SECRET, "SQLALCHEMY_DATABASE_URI": database.url, "INSTANCE": Path(folder)}
        app = create_app({**settings, "TESTING": True})
        with app.app_context():
            flask_migrate.upgrade()
        print(f"Putting {BIDS:,} submitted bids, as many drafts and {BIDS:,} awards into {database.name} …")
        scene = seed(app)
        cookies = {who: cookie_of(app, secret) for who, secret in secrets_of(scene).items()}
        with app.app_context():
            db.session.execute(text("CREATE TABLE floor_answer (id serial PRIMARY KEY, words text, at timestamptz)"))
            db.session.execute(text("ANALYZE"))  # as autovacuum does within minutes
            db.session.commit()
            db.engine.dispose()
        environment = {**os.environ, "DATABASE_URL": database.url, "SECRET_KEY": SECRET, "GRANTS_INSTANCE": folder}
        with served("wsgi:app", environment) as ours, served("tests.bench.floor:app", environment) as floors:
            report(pairs(scene, cookies, ours, floors))
        report(sharing.prepared(app))
        with app.app_context():
            db.engine.dispose()
    database.drop()


def secrets_of(scene: Scene) -> dict[str, str]:
    return {"manager": scene.manager_secret, "author": scene.author_secret}


def cookie_of(app: object, secret: str) -> str:
    from flask.sessions import SecureCookieSessionInterface

    signer = SecureCookieSessionInterface().get_signing_serializer(app)  # type: ignore[arg-type]
    assert signer
    return f"session={signer.dumps({'_user_id': secret, '_fresh': True})}"


@contextmanager
def served(application: str, environment: dict[str, str]) -> Iterator[int]:
    """The port on which gunicorn serves, with one worker."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-w", "1", "-k", "gthread", "--threads", "2", "--keep-alive", "60"]
    command += ["-b", f"127.0.0.1:{port}", "--log-level", "error", application]
    environment = {**environment, "FLOOR_DATABASE_URL": environment["DATABASE_URL"]}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def pairs(scene: Scene, cookies: dict[str, str], ours: int, floors: int) -> dict[str, tuple[Ask, Ask]]:
    """By name of the page: how to ask us, and how to ask the floor."""
    manager, author, floor = Asker(ours, cookies["manager"]), Asker(ours, cookies["author"]), Asker(floors)
    words = "The partnership will clear the land and move the sewer by the spring. " * 6
    return {
        "list of bids": (lambda: manager.get("/bids") and None, lambda: floor.get("/list") and None),
        "one bid": (
            lambda: manager.get(f"/bids/{scene.bid_key}") and None,
            lambda: floor.get(f"/detail/{scene.bid_key}") and None,
        ),
        "draft save": (saver(author, scene, words), lambda: floor.post("/save", {"words": words}, 200) and None),
        "annex, 1,000 awards": (
            lambda: manager.get(f"/annexes/{scene.round_code}") and None,
            lambda: floor.get("/annex") and None,
        ),
        **judged.asks(manager, floor),
        **large.asks(author, floor, scene),
    }


def saver(author: Asker, scene: Scene, words: str) -> Ask:
    """Save a section of the draft again and again, every text changed, each time with the versions that now stand."""
    path, numbers = f"/bids/{scene.draft_key}/sections/{scene.section_code}", count()
    form: dict[str, str] = {}

    def read_form() -> None:
        form.update(author.hidden(path))

    def save() -> None:
        form.update({name: f"{words} {next(numbers)}" for name in scene.field_names})
        author.post(path, form, 302)

    def again() -> None:
        began = time.perf_counter()
        save()
        again.took = time.perf_counter() - began  # type: ignore[attr-defined]
        read_form()

    read_form()
    return again


def attribute(tag: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', tag)
    return found[1] if found else ""


def report(asked: dict[str, tuple[Ask, Ask]]) -> None:
    print(f"\n{'':<22}{'ours ms':>10}{'floor ms':>10}{'ratio':>8}{'ours/s':>9}{'floor/s':>9}")
    for name, (ours, floor) in asked.items():
        taken: tuple[list[float], list[float]] = ([], [])
        requests = SLOW_REQUESTS if any(word in name for word in SLOW) else REQUESTS
        requests = 1 if any(word in name for word in HEAVY) else requests
        for _ in range(REPEATS):
            for place, ask in enumerate((ours, floor)):
                taken[place].extend(timed(ask) for _ in range(requests))
        mine, bare = (statistics.median(times) * 1000 for times in taken)
        figures = (mine, bare, mine / bare, 1000 / mine, 1000 / bare)
        print(f"{name:<22}{'{:>10.1f}{:>10.1f}{:>8.1f}{:>9.0f}{:>9.0f}'.format(*figures)}")


def timed(ask: Ask) -> float:
    began = time.perf_counter()
    ask()
    return getattr(ask, "took", time.perf_counter() - began)


if __name__ == "__main__":
    main()
