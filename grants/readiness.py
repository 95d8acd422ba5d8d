"""What must hold before the product is served to people."""

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from grants.config import Misconfigured
from grants.files import clamd
from grants.kernel.db import db, reading
from grants.people.models import Person

_SHORTEST_SECRET = 32


def check_ready(app: Flask) -> None:
    """Misconfigured, with what to do about it, where the product must not be served as it stands.

    That is: a database that does not answer or is not migrated; in production, a SECRET_KEY that can be guessed, or one
    of the demo's people who can sign in. A virus scanner that does not answer is only told of: files wait for it.
    """
    if app.config["PRODUCTION"] and len(app.config["SECRET_KEY"] or "") < _SHORTEST_SECRET:
        raise Misconfigured(f"SECRET_KEY is too short: give at least {_SHORTEST_SECRET} random characters.")
    _check_scanner(app)
    with app.app_context(), reading():
        try:
            _check_database()
            if app.config["PRODUCTION"]:
                _check_people()
        except SQLAlchemyError as fault:
            raise Misconfigured(f"The database does not answer: {fault}") from fault
        finally:
            db.session.remove()
            db.engine.dispose()  # the server forks after this; no connection may be shared


def _check_scanner(app: Flask) -> None:
    address = str(app.config["CLAMD"])
    if not address:
        return
    try:
        clamd.place(address)
    except ValueError as fault:
        raise Misconfigured(f"CLAMD: {fault}.") from fault
    if not clamd.answers(address):
        app.logger.warning("The virus scanner at %s does not answer. Files wait for it.", address)


def _check_database() -> None:
    with db.engine.connect() as connection:
        stands = MigrationContext.configure(connection).get_current_heads()
    wanted = current_app.extensions["migrate"].migrate.get_config().get_main_option("script_location")
    if set(stands) != set(ScriptDirectory(str(wanted)).get_heads()):
        raise Misconfigured("The database is not up to date: flask --app wsgi setup")


def _check_people() -> None:
    invented = select(Person.email).where(Person.invented, Person.active, Person.password_hash.is_not(None)).limit(1)
    if email := db.session.scalar(invented):
        raise Misconfigured(
            f"The demo's people can sign in here ({email}): disable them, or use a database of its own."
        )
