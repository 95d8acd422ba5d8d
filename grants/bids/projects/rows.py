"""What the operations on a project and its rows have in common: versions, form tokens, limits of what is typed."""

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm.attributes import flag_modified
from werkzeug.exceptions import NotFound

from grants.bids.models import Project, Risk, Site
from grants.bids.writing import LONGEST_TITLE
from grants.kernel import text
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused

LONGEST_TEXT = 5_000
"""Characters in a text beside a table: it has to fit into a cell of the workbook."""
T = TypeVar("T", Project, Site, Risk)


def check_version(row: Project | Site | Risk, version_seen: int | None, theirs: str) -> None:
    """Overtaken where somebody changed the row since `version_seen`; None takes any. `theirs` is what stands there.

    NotFound where somebody took it off while this person waited for the bid.
    """
    try:
        db.session.refresh(row)
    except InvalidRequestError:
        raise NotFound from None
    if version_seen is not None and row.version != version_seen:
        raise Overtaken("Somebody else changed this meanwhile. Both versions are on this page.", theirs=theirs)


def made_before(kind: type[T], form_token: str | None) -> T | None:
    """What the same form made when it was sent the first time."""
    return db.session.scalar(select(kind).where(kind.form_token == form_token)) if form_token else None


def check_line(typed: str, sentence: str, *, field: str) -> None:
    if not text.tidy(typed):
        raise Refused(sentence, field=field)
    if len(text.tidy(typed)) > LONGEST_TITLE or text.unfit(typed):
        raise Refused(f"Use at most {LONGEST_TITLE} ordinary characters.", field=field)


def tidied(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with their texts tidied. Refused for what no store could carry, and for what is too long."""
    kept = {name: text.tidy(value) if isinstance(value, str) else value for name, value in fields.items()}
    for name, value in kept.items():
        if isinstance(value, str) and text.unfit(value):
            raise Refused("This has a character that cannot be kept. Type it again.", field=name)
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise Refused(f"Use at most {LONGEST_TEXT:,} characters.", field=name)
    return kept


def touch(project: Project) -> None:
    """Count one more version of the project: it stands for the tables that belong to it too."""
    flag_modified(project, "title")
