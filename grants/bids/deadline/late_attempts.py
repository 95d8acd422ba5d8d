"""Saving a page of a bid around its closing: the house's attempt, which keeps what comes within the grace."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, request, url_for
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, FileField, HiddenField, MultipleFileField
from wtforms.fields.choices import SelectFieldBase

from grants.bids.answers.grace import Closed
from grants.bids.answers.opened import opened_at, opening_mark
from grants.bids.deadline.late_saves import Row, keep_late, keep_late_file
from grants.bids.models import Bid, LateSave, Project
from grants.files.models import Attachment
from grants.kernel import text
from grants.kernel.arrival import arrived
from grants.kernel.db import db
from grants.kernel.forms import Attempt, DateParts, Form, attempt
from grants.people.access import me

MARK = "opened"
_Keep = Callable[[], LateSave | None]


@dataclass
class EditAttempt(Attempt):
    """`late` is what was kept beside the bid because it came after closing; `ok` is for what is in the bid."""

    late: LateSave | None = None


def opening(bid: Bid) -> str:
    """The mark of when this page was given out. A page that is shown again keeps the mark it was sent with."""
    return request.form.get(MARK) or opening_mark(bid, me(), arrived())


def page_words(project: Project, page: str) -> str:
    """How a late save of one of a project's pages is headed."""
    return f"{project.title}: {page}"


@contextmanager
def attempt_edit(form: Form, bid: Bid, what: str, *, file: Attachment | None = None) -> Iterator[Attempt]:
    """`attempt`, for a page that carries the opening mark. What comes within the grace is kept under the words `what`,
    and the person leaves for the page that shows it; the rest of the view is not reached.

    A form in which nothing differs from what stands is not kept: it would have saved nothing in time either.
    """
    rows, begun = typed_rows(form), opened_at(bid, me(), request.form.get(MARK))

    def keep() -> LateSave | None:
        if file is None and not any(changed for _, _, changed in rows):
            return None
        return keep_late(bid, what, rows=rows, file=file, opened_at=begun, by=me(), at=arrived())

    with _attempt(form, keep) as attempted:
        yield attempted
    if attempted.late is not None:
        abort(redirect(url_for("bids.late_save", key=attempted.late.bid.key, late_key=attempted.late.key)))


@contextmanager
def attempt_file(
    form: Form, bid: Bid, what: str, upload: FileStorage, rules: Mapping[str, Any]
) -> Iterator[EditAttempt]:
    """`attempt`, for one file of a page that carries the opening mark. The person stays: there may be more files."""
    begun = opened_at(bid, me(), request.form.get(MARK))

    def keep() -> LateSave | None:
        return keep_late_file(bid, what, upload, rules=rules, opened_at=begun, by=me(), at=arrived())

    with _attempt(form, keep) as attempted:
        yield attempted


@contextmanager
def _attempt(form: Form, keep: _Keep) -> Iterator[EditAttempt]:
    """Nothing of what was refused as Closed stays; what is kept in its place is committed."""
    outcome = EditAttempt()
    with attempt(form) as attempted:
        try:
            yield outcome
        except Closed:
            db.session.rollback()
            outcome.late = keep()
            if outcome.late is None:
                raise
    outcome.ok = attempted.ok and outcome.late is None
    if not attempted.ok:
        outcome.late = None


def say_late_files(count: int) -> None:
    """Tell whoever sent them where files are that came too late."""
    if count:
        files = "The file" if count == 1 else f"{count} files"
        flash(
            f"{files} came after the bid had closed. We have kept {'it' if count == 1 else 'them'}, marked late, "
            "beside the bid and not as part of it: see “Arrived after closing” on the bid's page.",
            "important",
        )


def typed_rows(form: Form) -> list[Row]:
    """What was typed into each field, in words; fields that were empty and still are are left out."""
    rows = []
    for field in form:
        if isinstance(field, HiddenField | FileField | MultipleFileField):
            continue
        words, changed = _words(field), _plain(field.data) != _plain(field.object_data)
        if words or changed:
            rows.append([str(field.label.text), words, changed])
    return rows


def _words(field: Any) -> str:
    if isinstance(field, DateParts):
        return f"{field.data.day} {field.data:%B %Y}" if field.data else ""
    if isinstance(field, SelectFieldBase):
        return "\n".join(str(option.label.text) for option in field if option.checked)
    if isinstance(field, BooleanField):
        return "Yes" if field.data else ""
    return text.tidy(str(field._value() or ""))


def _plain(value: Any) -> Any:
    """For comparing: an empty box and nought are nothing, and a list is the same in any order."""
    return sorted(map(str, value)) or None if isinstance(value, list) else value or None
