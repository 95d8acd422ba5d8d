"""The trail, for those who may read all of it. It lies here and not in `audit`, since it must know who is asking."""

from datetime import date, datetime, time, timedelta

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import SelectField

from grants.audit.queries import events, subject_types
from grants.kernel.clock import from_london
from grants.kernel.db import db
from grants.kernel.forms import DateParts, Form, Line, choices
from grants.kernel.pages import page_of
from grants.people.access import requires
from grants.people.roles import Permission

bp = Blueprint("audit", __name__)


class TrailFilter(Form):
    """What the trail is narrowed by; read from the address, so nothing to protect."""

    class Meta:
        csrf = False

    kind = SelectField("What it happened to", validate_choice=False)
    actor = Line("Who did it")
    since = DateParts("From")
    until = DateParts("To")


@bp.route("/audit")
@requires(Permission.AUDIT_READ)
def index() -> ResponseReturnValue:
    asked = TrailFilter(request.args)
    kinds = db.session.scalars(subject_types()).all()
    asked.kind.choices = choices([(kind, kind.replace("_", " ").capitalize()) for kind in kinds], blank="Anything")
    fit = asked.validate()
    until = asked.until.data
    page = page_of(
        events(
            subject_type=asked.kind.data if asked.kind.data in kinds else "",
            actor=asked.actor.data or "" if fit else "",
            since=_midnight(asked.since.data),
            before=_midnight(until + timedelta(days=1)) if until and until < date.max else None,
        )
    )
    return render_template("audit/index.html", page=page, asked=asked)


@bp.route("/audit/<subject_type>/<key>")
@requires(Permission.AUDIT_READ)
def subject(subject_type: str, key: str) -> ResponseReturnValue:
    page = page_of(events(subject_type=subject_type, subject_key=key))
    if not page.total:
        abort(404)
    return render_template(
        "audit/subject.html", page=page, subject_type=subject_type, name=page.rows[0].subject_name or key
    )


def _midnight(day: date | None) -> datetime | None:
    """When `day` begins in London. Before 1900 and after 2200 the calendar of this trail is empty anyway."""
    return from_london(day, time()) if day and 1900 <= day.year <= 2200 else None
