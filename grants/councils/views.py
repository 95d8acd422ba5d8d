"""Pages for councils and partnerships, and for settling printed names."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from grants.councils import operations
from grants.councils.forms import CouncilFilter, SettleForm
from grants.councils.models import REGIONS, Council, CouncilKind, NameInQuestion
from grants.councils.partnership_views import add_routes
from grants.councils.queries import (
    bodies,
    changes_of,
    council_named,
    councils_found,
    names_in_question,
    partnerships_of,
)
from grants.councils.succession import not_in_being, successors_of
from grants.kernel import clock
from grants.kernel.db import db, found
from grants.kernel.forms import attempt
from grants.kernel.pages import page_of
from grants.people.access import me, requires
from grants.people.bodies import make_known
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission

bp = Blueprint("councils", __name__)
make_known(bodies)
add_routes(bp)


@bp.route("/councils")
@requires(Permission.SIGNED_IN)
def index() -> ResponseReturnValue:
    asked = CouncilFilter(request.args)
    fit = asked.validate()
    rows = councils_found(
        search=asked.search.data or "" if fit else "",
        kind=CouncilKind(asked.kind.data) if asked.kind.data in set(CouncilKind) else None,
        region=asked.region.data if asked.region.data in REGIONS else "",
        being={"yes": True, "no": False}.get(asked.being.data or ""),
        day=clock.today(),
    )
    page = page_of(rows)
    successors = {council.id: successors_of(council, clock.today()) for council in page.rows}
    return render_template("councils/index.html", page=page, asked=asked, successors=successors)


@bp.route("/councils/<code>")
@requires(Permission.SIGNED_IN)
def show(code: str) -> ResponseReturnValue:
    council = found(select(Council).where(Council.code == code).options(selectinload(Council.names)))
    around = {council.county_code, council.combined_authority_code} - {""}
    upper = db.session.scalars(select(Council).where(Council.code.in_(around)).order_by(Council.name)).all()
    partnerships = db.session.scalars(partnerships_of({council.id}, clock.today())).all()
    return render_template(
        "councils/show.html",
        council=council,
        ended=not_in_being(council, clock.today()),
        changes=changes_of(council),
        upper=upper,
        partnerships=partnerships,
    )


@bp.route("/names")
@requires(Permission.NAMES_SETTLE)
def names() -> ResponseReturnValue:
    settled = request.args.get("settled") == "yes"
    page = page_of(names_in_question(settled=settled))
    return render_template("councils/names.html", page=page, settled=settled)


@bp.route("/names/<key>", methods=["GET", "POST"])
@requires(Permission.NAMES_SETTLE)
def settle(key: str) -> ResponseReturnValue:
    name = found(select(NameInQuestion).where(NameInQuestion.key == key))
    form = SettleForm()
    if request.method == "GET":
        form.version.data = str(name.version)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.settle_name(
                name,
                _meant(form, name.as_at),
                reason=form.reason.data or "",
                version_seen=form.version_seen,
                by=me(),
                at=clock.now(),
            )
        if attempted.ok:
            flash(f"“{name.printed}” is settled.")
            return redirect(url_for(".names"))
    return render_template("councils/settle.html", name=name, form=form, settler=_settler(name))


def _meant(form: SettleForm, day: date) -> list[Council]:
    if form.answer.data == "none":
        return []
    meant = [council_named(form.council.data or "", day)]
    return meant if form.answer.data == "one" else [*meant, council_named(form.second.data or "", day, field="second")]


def _settler(name: NameInQuestion) -> Person | None:
    return db.session.get(Person, name.settled_by_id) if name.settled_by_id else None


@on_desk(Permission.NAMES_SETTLE)
def names_waiting(_person: Person, _day: date) -> list[Waiting]:
    count = db.session.scalar(select(func.count()).select_from(names_in_question(settled=False).subquery())) or 0
    return [Waiting("Names in question", url_for("councils.names"), count)] if count else []
