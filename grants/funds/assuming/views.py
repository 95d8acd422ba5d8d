"""Pages of the assumptions of value for money: which there are, each to be read, and a new one."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from grants.funds.assuming import operations, typed
from grants.funds.assuming.forms import form_like
from grants.funds.assuming.sets import SCOPE_WORDS, SHIPPED_CODE, all_sets, set_named, shipped_set
from grants.funds.assuming.value_for_money import CostScope
from grants.funds.models import AssumptionSet, Round, RoundStatus
from grants.kernel.db import db
from grants.kernel.forms import attempt
from grants.kernel.pages import page_of
from grants.people.access import me, requires
from grants.people.roles import Permission

bp = Blueprint("assumptions", __name__)


@dataclass(frozen=True)
class Shown:
    """The lines of a set as people read them."""

    steps: list[str]
    labels: list[tuple[str, str]]
    deflators: list[list[str]]
    additionality: list[list[str]]
    scope: str


@bp.route("/assumptions")
@requires(Permission.ROUND_READ)
def index() -> ResponseReturnValue:
    page = page_of(all_sets())
    known = {row.code for row in page.rows}
    shipped = [shipped_set()] if SHIPPED_CODE not in known and page.number == 1 and not set_named(SHIPPED_CODE) else []
    return render_template("funds/assuming/index.html", page=page, rows=[*shipped, *page.rows])


@bp.route("/assumptions/<code>")
@requires(Permission.ROUND_READ)
def show(code: str) -> ResponseReturnValue:
    row = _set(code)
    named = select(Round).where(Round.assumption_set_id == row.id, Round.status == RoundStatus.PUBLISHED)
    rounds = db.session.scalars(named.order_by(Round.id.desc()).limit(50)).all() if row.id else []
    return render_template("funds/assuming/show.html", row=row, shown=_shown(row), rounds=rounds)


@bp.route("/assumptions/new", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def new() -> ResponseReturnValue:
    """Begun from another set, the shipped one unless the address names one."""
    form = form_like(_set(request.args.get("like", SHIPPED_CODE)))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            made = operations.load(**form.said, by=me())
        if attempted.ok:
            flash(f"{made.title} can be given to a round.")
            return redirect(url_for(".show", code=made.code))
    return render_template("funds/assuming/new.html", form=form)


def _set(code: str) -> AssumptionSet:
    row = set_named(code) or (shipped_set() if code == SHIPPED_CODE else None)
    if row is None:
        raise NotFound
    return row


def _shown(row: AssumptionSet) -> Shown:
    rates = [line.split(" | ") for line in typed.steps_typed(row.steps["steps"]).splitlines()]
    words = [f"{rate[0]}% a year" + (f" to year {rate[1]}" if len(rate) > 1 else " after that") for rate in rates]
    return Shown(
        steps=words if len(words) > 1 else [f"{rates[0][0]}% a year"],
        labels=[("", row.labels["below"]), *((bound, name) for bound, name in row.labels["labels"])],
        deflators=[line.split(" | ") for line in typed.deflators_typed(row.deflators).splitlines()],
        additionality=[line.split(" | ") for line in typed.additionality_typed(row.additionality).splitlines()],
        scope=SCOPE_WORDS[CostScope(row.cost_scope)],
    )
