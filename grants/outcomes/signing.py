"""Pages on which a return is signed, sent back, queried or validated."""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.kernel import clock
from grants.kernel.forms import attempt
from grants.outcomes import operations
from grants.outcomes.blueprint import bp
from grants.outcomes.forms import ReviewForm, SendBackForm, SignForm
from grants.outcomes.grid import grid_of
from grants.outcomes.models import Return, ReturnStatus
from grants.outcomes.moves import DECLARATIONS
from grants.outcomes.queries import return_for
from grants.people.access import me, my_councils, requires
from grants.people.roles import Permission, Role


@bp.route("/returns/<key>/sign", methods=["GET", "POST"])
@requires(Permission.RETURN_SIGN)
def sign(key: str) -> ResponseReturnValue:
    shown = _to_sign(key)
    form = SignForm(version=shown.version)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.sign(shown, by=me(), at=clock.now(), version_seen=form.version_seen)
        if attempted.ok:
            flash("The return is signed and submitted.")
            return redirect(url_for(".show", key=key))
        form.catch_up(shown.version)
    grid = grid_of(shown, clock.today())
    return render_template("outcomes/sign.html", shown=shown, grid=grid, form=form, declarations=DECLARATIONS)


@bp.route("/returns/<key>/send-back", methods=["GET", "POST"])
@requires(Permission.RETURN_SIGN)
def send_back(key: str) -> ResponseReturnValue:
    shown = _to_sign(key)
    form = SendBackForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.send_back(shown, reason=form.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash("The return is sent back.")
            return redirect(url_for(".show", key=key))
    return render_template("outcomes/send_back.html", shown=shown, form=form)


@bp.route("/returns/<key>/review", methods=["GET", "POST"])
@requires(Permission.RETURN_VALIDATE)
def review(key: str) -> ResponseReturnValue:
    shown = return_for(me(), key, clock.today())
    form = ReviewForm(version=shown.version)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            _decide(shown, form)
        if attempted.ok:
            flash("The return is validated." if form.decision.data == "validate" else "The council is asked.")
            return redirect(url_for(".show", key=key))
        form.catch_up(shown.version)
    elif shown.status is not ReturnStatus.SUBMITTED:
        return redirect(url_for(".show", key=key))
    return render_template("outcomes/review.html", shown=shown, grid=grid_of(shown, clock.today()), form=form)


def _decide(shown: Return, form: ReviewForm) -> None:
    said, seen = form.text.data or "", form.version_seen
    if form.decision.data == "validate":
        operations.validate(shown, note=said, by=me(), at=clock.now(), version_seen=seen)
    else:
        operations.query(shown, question=said, by=me(), at=clock.now(), version_seen=seen)


def _to_sign(key: str) -> Return:
    """A return of a council whose Section 151 officer this person is."""
    shown = return_for(me(), key, clock.today())
    return shown if shown.award.council_id in my_councils(Role.SECTION_151_OFFICER) else abort(404)
