"""Saying whether there is a conflict of interest: before anything of a bid is shown, and at any time after that."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.appraisal import queries
from grants.appraisal.assigning.forms import ReasonForm
from grants.appraisal.models import AssignmentState
from grants.appraisal.room import bp
from grants.appraisal.scoring import marking
from grants.appraisal.scoring.forms import DeclareForm
from grants.kernel import clock
from grants.kernel.forms import attempt
from grants.people.access import me, requires
from grants.people.roles import Permission


@bp.route("/appraisals/<key>/declare", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def declare(key: str) -> ResponseReturnValue:
    """Before anything of the bid is shown but its round, its title and its councils."""
    task, form = queries.my_assignment(me(), key), DeclareForm()
    if task.state is not AssignmentState.TO_DECLARE:
        return redirect(url_for(".appraise", key=key))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            if form.is_clean:
                marking.declare_no_conflict(task, by=me(), at=clock.now())
            else:
                marking.declare_conflict(task, reason=form.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            return redirect(url_for(".appraise", key=key)) if form.is_clean else _closed()
    return render_template("appraisal/declare.html", task=task, councils=queries.councils_in(task.bid), form=form)


@bp.route("/appraisals/<key>/conflict", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def declare_conflict(key: str) -> ResponseReturnValue:
    """A conflict found later, also while the bid is checked once more and its page is not there."""
    task, form = queries.my_assignment(me(), key, *queries.CHECKED, *queries.DECIDED), ReasonForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            marking.declare_conflict(task, reason=form.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            return _closed()
    there = task.bid.status not in queries.CHECKED or task.bid.status in queries.SCORED
    return render_template("appraisal/conflict.html", task=task, form=form, there=there)


def _closed() -> ResponseReturnValue:
    flash("Your conflict of interest is on record. The bid is closed to you.")
    return redirect(url_for(".mine"))
