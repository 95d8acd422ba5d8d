"""Pages on which the programme gives one council more time."""

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from grants.councils.queries import council_named
from grants.funds.deadlines import extensions
from grants.funds.deadlines.extension_forms import AskExtensionForm, DecideExtensionForm
from grants.funds.models import Extension, Round, RoundStatus
from grants.funds.queries import round_for
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.forms import attempt
from grants.kernel.pages import page_of
from grants.people.access import me, requires
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission

bp = Blueprint("extensions", __name__)


@bp.route("/rounds/<code>/extensions", methods=["GET", "POST"])
@requires(Permission.EXTENSION_ASK)
def index(code: str) -> ResponseReturnValue:
    """Who has or wants more time, and the form that asks for it."""
    round = round_for(me(), code)
    form = AskExtensionForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            _ask(round, form)
        if attempted.ok:
            flash("Asked for. It holds once somebody else of the programme has approved it.")
            return redirect(url_for(".index", code=code))
    page = page_of(extensions.extensions_of(round))
    may_ask = round.status is RoundStatus.PUBLISHED and round.closes_at is not None
    return render_template(
        "funds/extensions.html", round=round, form=form, page=page, people=_people_of(page.rows), may_ask=may_ask
    )


def _ask(round: Round, form: AskExtensionForm) -> None:
    at = clock.now()
    council = council_named(form.council.data or "", clock.london(at).date())
    extensions.ask_extension(
        round, council, closes_at=form.closes_at, reason=form.reason.data or "", by=me(), at=at,
        form_token=form.form_token.data or None,
    )  # fmt: skip


def _people_of(rows: Sequence[Extension]) -> dict[int, str]:
    """Names by id of those who asked and decided."""
    ids = {row.asked_by_id for row in rows} | {row.approved_by_id for row in rows if row.approved_by_id}
    return {person.id: person.name for person in db.session.scalars(select(Person).where(Person.id.in_(ids)))}


@bp.route("/rounds/<code>/extensions/<key>", methods=["GET", "POST"])
@requires(Permission.EXTENSION_APPROVE)
def decide(code: str, key: str) -> ResponseReturnValue:
    round = round_for(me(), code)
    extension = extensions.extension_with(round, key)
    form = DecideExtensionForm(version=extension.version)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            _decide(extension, form)
        if attempted.ok:
            flash("Decided. A council that gets more time has been told by e-mail.")
            return redirect(url_for(".index", code=code))
        form.catch_up(extension.version)
    people = _people_of([extension])
    return render_template("funds/extension.html", round=round, extension=extension, form=form, people=people)


def _decide(extension: Extension, form: DecideExtensionForm) -> None:
    seen, at = form.version_seen, clock.now()
    if form.decision.data == "approve":
        extensions.approve_extension(extension, version_seen=seen, by=me(), at=at)
    else:
        extensions.refuse_extension(extension, reason=form.reason.data or "", version_seen=seen, by=me(), at=at)


@on_desk(Permission.EXTENSION_APPROVE)
def _to_decide(person: Person, _day: date) -> list[Waiting]:
    waiting = extensions.waiting_extensions().where(Extension.asked_by_id != person.id).limit(20)
    return [
        Waiting(
            f"Decide on more time for a council ({extension.round.name})",
            url_for("extensions.decide", code=extension.round.code, key=extension.key),
        )
        for extension in db.session.scalars(waiting)
    ]
