"""Runs the migrations, all of one upgrade in one transaction, on the database the application is set up with."""

from alembic import context
from sqlalchemy.types import TypeDecorator

from grants.kernel.db import db

# Plain types only: a migration must read the same when our own have moved on.
PLAIN = {"UtcDateTime": "sa.DateTime(timezone=True)", "FinancialYearType": "sa.Integer()"}


def render_item(kind, item, _context):
    if kind == "type" and isinstance(item, TypeDecorator):
        return PLAIN[type(item).__name__]
    return False


def run() -> None:
    with db.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        raw = connection.connection.dbapi_connection
        if sqlite:
            # Batch mode makes a table anew: with the pragma on, that would delete the rows that point at the old one.
            raw.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            render_item=render_item,
            compare_type=False,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        if sqlite:
            orphans = raw.execute("PRAGMA foreign_key_check").fetchall()
            if orphans:
                raise RuntimeError(f"rows without their parent after the migration: {orphans[:5]}")
            raw.execute("PRAGMA foreign_keys=ON")


run()
