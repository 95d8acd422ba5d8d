"""Pages for returns: lists, an award's quarters, one return, and the form in which it is written."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from grants.audit.queries import trail
from grants.awards.queries import award_for
from grants.files.operations import keep, send
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.forms import attempt
from grants.kernel.pages import page_of
from grants.outcomes import desk, operations, signing
from grants.outcomes.blueprint import bp
from grants.outcomes.forms import EvidenceForm, ReturnForm, StartForm, return_form
from grants.outcomes.grid import Grid, grid_of
from grants.outcomes.models import Evidence, Return, ReturnStatus
from grants.outcomes.queries import (
    WRITERS,
    ReturnFilter,
    is_late,
    last_ended,
    listed,
    missing,
    open_quarters,
    quarters_due,
    return_for,
    rounds_with_returns,
)
from grants.people.access import may, me, my_councils, requires
from grants.people.roles import Permission, Role

__all__ = ["bp", "desk", "signing"]

_TRAIL = 50


@bp.route("/returns")
@requires(Permission.RETURN_READ)
def index() -> ResponseReturnValue:
    today = clock.today()
    asked = _asked()
    page = page_of(listed(me(), today, asked))
    late = {row.id for row in page.rows if is_late(row, today)}
    return render_template(
        "outcomes/index.html",
        page=page,
        asked=asked,
        late=late,
        rounds=rounds_with_returns(me(), today),
        statuses=list(ReturnStatus),
    )


def _asked() -> ReturnFilter:
    """What the address narrows the list to; what it says wrongly counts as nothing."""
    status = request.args.get("status", "")
    return ReturnFilter(
        round=request.args.get("round", "")[:40],
        status=ReturnStatus(status) if status in set(ReturnStatus) else None,
        overdue=request.args.get("overdue") == "yes",
    )


@bp.route("/returns/missing")
@requires(Permission.RETURN_READ)
def not_started() -> ResponseReturnValue:
    """Awards without a return for the quarter that ended last."""
    today = clock.today()
    page = page_of(missing(me(), today))
    return render_template("outcomes/missing.html", page=page, quarter=last_ended(today))


@bp.route("/awards/<key>/returns")
@requires(Permission.RETURN_READ)
def award(key: str) -> ResponseReturnValue:
    return _award_page(key, StartForm())


def _award_page(key: str, form: StartForm) -> ResponseReturnValue:
    today = clock.today()
    shown = award_for(me(), key, today)
    readable = _readable_statuses()
    return render_template(
        "outcomes/award.html",
        award=shown,
        dues=quarters_due(shown, today),
        readable=readable,
        form=form,
        may_write=may(Permission.RETURN_WRITE) and shown.council_id in my_councils(*WRITERS),
        open_quarters=open_quarters(shown, today),
    )


def _readable_statuses() -> set[ReturnStatus]:
    """The programme opens a return from its first signature on."""
    early = {ReturnStatus.DRAFT, ReturnStatus.SIGN_OFF}
    mine = my_councils() or Role.AUDITOR in me().roles_on(clock.today())
    return set(ReturnStatus) if mine else set(ReturnStatus) - early


@bp.route("/awards/<key>/returns", methods=["POST"])
@requires(Permission.RETURN_WRITE)
def start(key: str) -> ResponseReturnValue:
    form = StartForm()
    wanted = award_for(me(), key, clock.today())
    if form.validate_on_submit():
        with attempt(form) as attempted:
            begun = operations.start_return(
                wanted, form.asked, by=me(), at=clock.now(), today=clock.today(), form_token=form.form_token.data
            )
        if attempted.ok:
            return redirect(url_for(".edit", key=begun.key))
    return _award_page(key, form)


@bp.route("/returns/<key>")
@requires(Permission.RETURN_READ)
def show(key: str) -> ResponseReturnValue:
    today = clock.today()
    shown = return_for(me(), key, today)
    return render_template(
        "outcomes/show.html",
        shown=shown,
        grid=grid_of(shown, today),
        overdue=is_late(shown, today),
        may_edit=_mine_to_write(shown) and shown.being_written,
        may_sign=shown.status is ReturnStatus.SIGN_OFF
        and shown.award.council_id in my_councils(Role.SECTION_151_OFFICER),
        may_review=may(Permission.RETURN_VALIDATE) and shown.status is ReturnStatus.SUBMITTED,
        events=db.session.scalars(trail(shown).limit(_TRAIL)).all(),
    )


@bp.route("/returns/<key>/edit", methods=["GET", "POST"])
@requires(Permission.RETURN_WRITE)
def edit(key: str) -> ResponseReturnValue:
    shown = _to_write(key)
    if not shown.being_written:
        return redirect(url_for(".show", key=key))
    grid = grid_of(shown, clock.today())
    form = return_form(shown, grid)
    if form.validate_on_submit() and _saved(shown, grid, form):
        if request.form.get("then") != "send":
            flash("Saved.")
            return redirect(url_for(".edit", key=key))
        with attempt(form) as sent:
            operations.send_for_sign_off(shown, by=me(), at=clock.now())
        if sent.ok:
            flash("The return is with your Section 151 officer.")
            return redirect(url_for(".show", key=key))
        form.version.data = str(shown.version)
    form.catch_up(shown.version)
    return render_template("outcomes/edit.html", shown=shown, grid=grid, form=form, evidence_form=EvidenceForm())


def _saved(shown: Return, grid: Grid, form: ReturnForm) -> bool:
    with attempt(form) as attempted:
        operations.save_return(
            shown,
            figures=form.figures(grid),
            spending=form.spending(grid),
            progress=form.progress.data or "",
            risks=form.risks.data or "",
            correction=form.correction.data or "",
            version_seen=form.version_seen,
            by=me(),
            at=clock.now(),
        )
    return attempted.ok


@bp.route("/returns/<key>/evidence", methods=["GET", "POST"])
@requires(Permission.RETURN_WRITE)
def attach(key: str) -> ResponseReturnValue:
    shown = _to_write(key)
    form = EvidenceForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            _attach(shown, form)
        if attempted.ok:
            flash("The file is attached.")
            return redirect(url_for(".attach", key=key))
    return render_template("outcomes/attach.html", shown=shown, form=form)


def _attach(shown: Return, form: EvidenceForm) -> None:
    """The same form sent twice stores its file once."""
    by, at, token = me(), clock.now(), form.form_token.data
    if token and operations.evidence_made(shown, token):
        return
    operations.check_takes_files(shown, by=by, at=at)
    stored = keep(form.file.data or FileStorage(), rules=shown.award.round.attachment_rules, by=by, at=at)
    description = form.description.data or ""
    operations.attach_evidence(shown, stored, description=description, by=by, at=at, form_token=token)


@bp.route("/returns/<key>/evidence/<file_key>")
@requires(Permission.RETURN_READ)
def evidence(key: str, file_key: str) -> ResponseReturnValue:
    shown = return_for(me(), key, clock.today())
    return send(_evidence(shown, file_key).attachment, own=shown.award.council_id in my_councils())


@bp.route("/returns/<key>/evidence/<file_key>/remove", methods=["POST"])
@requires(Permission.RETURN_WRITE)
def remove(key: str, file_key: str) -> ResponseReturnValue:
    shown = _to_write(key)
    form = EvidenceForm()
    with attempt(form) as attempted:
        operations.remove_evidence(_evidence(shown, file_key), by=me(), at=clock.now())
    if attempted.ok:
        flash("The file is taken off the return.")
        return redirect(url_for(".attach", key=key))
    return render_template("outcomes/attach.html", shown=shown, form=form)


def _evidence(shown: Return, file_key: str) -> Evidence:
    return next((held for held in shown.evidence if held.attachment.key == file_key), None) or abort(404)


def _mine_to_write(shown: Return) -> bool:
    return shown.award.council_id in my_councils(*WRITERS)


def _to_write(key: str) -> Return:
    """A return that this person writes; another council's is not found, whoever may read it."""
    shown = return_for(me(), key, clock.today())
    return shown if _mine_to_write(shown) else abort(404)
