"""The database: column types that keep money, years and instants whole on SQLite and PostgreSQL alike."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, NewType, TypeVar

from flask import has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, BigInteger, DateTime, Enum, Integer, MetaData, Select, String, event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, registry
from sqlalchemy.types import TypeDecorator
from werkzeug.exceptions import NotFound

from grants.kernel.financial_year import FinancialYear

Pence = Annotated[int, mapped_column(BigInteger)]
"""Whole pence, 64 bits wide: 32 end at £21.4m."""

Hundredths = Annotated[int, mapped_column(BigInteger)]
"""An outcome in hundredths of its unit: 12.5 jobs is 1250, and money in pounds is its pence."""

Json = NewType("Json", dict)  # type: ignore[type-arg]  # a JSON object; what is in it is the column's own affair

Row = TypeVar("Row")
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"


def new_key() -> str:
    """Sixteen characters for an address (76 bits): no one's can be guessed from another's, and none spells a word."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(16))


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Refuses a time without a zone; SQLite keeps it as UTC and gives it back as such."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class FinancialYearType(TypeDecorator[FinancialYear]):
    """A financial year, kept as the calendar year it starts in."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: FinancialYear | None, dialect: Dialect) -> int | None:
        return None if value is None else value.starts_in

    def process_result_value(self, value: int | None, dialect: Dialect) -> FinancialYear | None:
        return None if value is None else FinancialYear(value)


class Base(DeclarativeBase):
    registry = registry(
        type_annotation_map={
            datetime: UtcDateTime,
            FinancialYear: FinancialYearType,
            StrEnum: Enum(StrEnum, native_enum=False, length=40, values_callable=lambda kind: [str(m) for m in kind]),
            Json: JSON,
        }
    )
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


def found(rows: Select[Row]) -> Row:
    """The one row of a select that is already narrowed to what the person may see; NotFound where there is none."""
    row = db.session.scalars(rows).unique().one_or_none()
    if row is None:
        raise NotFound
    return row


class Keyed:
    """A row with an address of its own that tells nothing about the rows beside it."""

    key: Mapped[str] = mapped_column(String(16), unique=True, insert_default=new_key)


class Versioned:
    """A row that two people may change at once: the second is told (StaleDataError) instead of quietly winning."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy hands in the class
        return {"version_id_col": cls.version}


class MadeOnce:
    """A row made by a form: the same form sent twice finds the first row again and makes no second one."""

    form_token: Mapped[str | None] = mapped_column(String(40), unique=True)


_writing: ContextVar[bool] = ContextVar("writing", default=False)
_reading: ContextVar[bool] = ContextVar("reading", default=False)


@contextmanager
def writing() -> Iterator[None]:
    """Transactions begun inside will write, even while a page is only being read (an audit row, a visit's time)."""
    token = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(token)


@contextmanager
def reading() -> Iterator[None]:
    """Transactions begun inside only read, though no page is asked for: a long check lets others write meanwhile."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def _only_reads() -> bool:
    looks = has_request_context() and request.method in ("GET", "HEAD", "OPTIONS")
    return not _writing.get() and (looks or _reading.get())


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Durable, waiting, and with foreign keys: what SQLite leaves off until it is asked."""
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # the product says BEGIN itself, see below
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_on_sqlite(connection: Connection) -> None:
    """A transaction that will write takes its turn at once, so that two of them never meet half way."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN" if _only_reads() else "BEGIN IMMEDIATE")
