"""What every test can ask for: the product on a fresh database, a client, a served copy of it, and a browser.

`pytest --database postgres` runs the same tests on PostgreSQL. A test process has one database, built by the migrations
once; a test that asks for `app`, or anything that stands on it, finds the database as the migrations left it.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import flask_migrate
import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from flask_sqlalchemy.session import Session
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Error, Page
from sqlalchemy.orm import scoped_session
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from grants.kernel.db import db
from tests import browser as chrome
from tests.databases import Database, Missing, PostgresDatabase, SqliteDatabase, postgres_server
from tests.dates import NOW

# A slow machine is no fault of the code; and where a change waits for the outcome, every run draws the same examples.
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("local", **PATIENT)
settings.register_profile("ci", **PATIENT, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def of_the_driver(error: BaseException | None) -> bool:
    """Whether it was the browser or its driver that failed: a wait that ran out, a page or a process that went away."""
    return isinstance(error, Error)


# docs/decisions/0019: never for anything that a test asserts, in whichever phase, and never a third time.
ONCE_MORE = pytest.mark.flaky(reruns=1, condition=of_the_driver, rerun_except=[AssertionError, pytest.fail.Exception])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgres"), default="sqlite", help="which engine to run on")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by what they ask for, and leave out those that mean nothing on this engine.

    Those with a browser come first: of several processes one then has them all, so that no two browsers slow each
    other down. The long walks of tests/trust come first of what another process has, so that they are not the last.
    """
    for item in items:
        asked = getattr(item, "fixturenames", ())
        if "database" in asked:
            item.add_marker("database")
        if "browser" in asked:
            item.add_marker("browser")
            item.add_marker(ONCE_MORE)
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)
    other = "postgres" if config.getoption("--database") == "sqlite" else "sqlite"
    elsewhere = [item for item in items if item.get_closest_marker(other)]
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if item not in elsewhere]
    walks = [item for item in items if "trust" in item.path.parts]
    others = [item for item in items if item not in walks]
    turn = len(items) * 2 // 3  # where the last of three processes begins
    items[:] = [*others[:turn], *walks, *others[turn:]]


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.getoption('--database')}; browser: {chrome.chromium() or 'none'}"


def lacking(what: str, switch: str) -> NoReturn:
    """Skip the test and say why, or fail it where the environment says that this machine must have `what`."""
    if os.environ.get(switch) == "1":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


# --- The clock


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    """It is NOW, and time goes on from there: what the factories make is open or over on any day of the calendar."""
    with time_machine.travel(NOW) as clock:
        yield clock


# --- The product


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The database of this test process; empty until `product` has migrated it."""
    made: Database
    if request.config.getoption("--database") == "sqlite":
        made = SqliteDatabase(tmp_path_factory.mktemp("sqlite"))
    else:
        try:
            made = PostgresDatabase(postgres_server())
        except Missing as missing:
            lacking(str(missing), "REQUIRE_POSTGRES")
    yield made
    made.drop()


@pytest.fixture(scope="session")
def config(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The settings of a product under test; a test of the settings themselves copies and changes them."""
    with pytest.MonkeyPatch.context() as environment:
        # Even what create_app() keeps before it looks at the settings stays out of the checkout's own instance/.
        environment.setenv("GRANTS_INSTANCE", str(tmp_path_factory.mktemp("instance")))
        yield {
            "TESTING": True,
            "SECRET_KEY": "for tests only",
            "SQLALCHEMY_DATABASE_URI": database.url,
            "ATTACHMENT_STORE": str(tmp_path_factory.mktemp("attachments")),
            "MAIL_BACKEND": "locmem",
            "WTF_CSRF_ENABLED": False,
        }


@pytest.fixture(scope="session")
def product(database: Database, config: dict[str, Any]) -> Iterator[Flask]:
    """The product, made once for all tests of this process (its templates are compiled once), its database migrated."""
    app = created(config)
    app.test_client_class = Client
    hash_quickly()
    with app.app_context():
        flask_migrate.upgrade()
        db.engine.dispose()
    database.keep()
    yield app
    release(app)


@pytest.fixture(scope="session")
def live_product(product: Flask, config: dict[str, Any]) -> Flask:
    """A second copy on the same database, with the protection of forms that people have."""
    return created({**config, "WTF_CSRF_ENABLED": True})


@pytest.fixture
def app(product: Flask, database: Database) -> Iterator[Flask]:
    """The product as new: an empty database, no attachment, no e-mail."""
    database.reset()
    start_afresh(product)
    yield product
    release(product)


@pytest.fixture
def session(app: Flask) -> Iterator[scoped_session[Session]]:
    """The database session, in an application context that lasts as long as the test."""
    with app.app_context():
        yield db.session


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Someone with a browser of their own that sends no form tokens; `app.test_client()` makes one more."""
    return app.test_client()


@pytest.fixture
def outbox(app: Flask) -> list[Any]:
    """The e-mails sent so far."""
    sent: list[Any] = app.extensions["mailman"].outbox
    return sent


def created(config: dict[str, Any]) -> Flask:
    """A product with these settings; imported here, so that a test of one pure module need not load every room."""
    from grants import create_app

    return create_app(config)


def hash_quickly() -> None:
    """The real argon2 at its least cost: it is slow by design, and the tests hash hundreds of passwords."""
    from grants.people import operations

    operations._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    operations._NOBODYS_HASH = operations._hasher.hash("nobody's")


class Client(FlaskClient):
    """A client whose requests share nothing with the test's own context but what was committed, as in real life."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if has_app_context():
            db.session.commit()
        kwargs.setdefault("buffered", True)
        with self.application.app_context():
            return super().open(*args, **kwargs)


def start_afresh(app: Flask) -> None:
    """Forget what an earlier test left in the memory of `app` and in its store of attachments."""
    app.extensions["mailman"].outbox = []
    for left in Path(app.config["ATTACHMENT_STORE"]).iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def release(app: Flask) -> None:
    """Close the connections of `app`, so that the database can be put back."""
    with app.app_context():
        db.engine.dispose()


# --- The product as people meet it


@pytest.fixture
def live_server(app: Flask, live_product: Flask) -> Iterator[str]:
    """The address of the product, served for this test. What the test itself writes must be committed to be seen."""
    start_afresh(live_product)
    finishing = Finishing(live_product)
    server = make_server("127.0.0.1", 0, finishing, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    finishing.wait()
    release(live_product)


class Finishing:
    """A WSGI application that can be waited for: no request of one test may go on into the next one's database."""

    def __init__(self, app: Flask) -> None:
        self.app, self.under_way, self.changed = app, 0, threading.Condition()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        with self.changed:
            self.under_way += 1
        try:
            return self.app(environ, start_response)
        finally:
            with self.changed:
                self.under_way -= 1
                self.changed.notify_all()

    def wait(self) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: not self.under_way, timeout=60), "a request does not end"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or another of the machine's."""
    path = chrome.chromium()
    if path is None:
        lacking(f"No browser: none of {', '.join(chrome.NAMES)} is installed.", "REQUIRE_BROWSER")
    yield from chrome.launched(path)


@pytest.fixture
def new_page(browser: Browser, live_server: str) -> Iterator[Callable[[], Page]]:
    """A maker of pages for tests in which several people take part: each page has its own cookies."""
    yield from chrome.opened(browser, live_server)


@pytest.fixture
def page(new_page: Callable[[], Page]) -> Page:
    """One person's page; addresses are relative to the served product: `page.goto("/")`."""
    return new_page()


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest) -> Callable[[Page], None]:
    """`axe(page)` refuses a page with an accessibility fault (WCAG 2.2 AA).

    On SQLite only: a page is made of the same elements on either engine, and asking takes most of a test's time.
    """
    return chrome.assert_accessible if request.config.getoption("--database") == "sqlite" else chrome.arrived
