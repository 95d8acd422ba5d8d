"""Flags of an appraiser on a bid that was given to him or her. Nothing here asks for anybody else's flag."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.appraisal import queries
from grants.appraisal.models import Assignment, AssignmentState
from grants.appraisal.remarks import flagging
from grants.appraisal.remarks import queries as remarks
from grants.appraisal.remarks.forms import raise_form
from grants.appraisal.remarks.pages import askable, shown_flag
from grants.appraisal.remarks.views import settle_page
from grants.appraisal.room import bp
from grants.bids.afterwards.clarifying import ASKED_WHILE
from grants.funds.models import RoundStatus
from grants.kernel import clock
from grants.kernel.forms import attempt
from grants.people.access import me, requires
from grants.people.roles import Permission


@bp.route("/appraisals/<key>/flags", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def own_flags(key: str) -> ResponseReturnValue:
    """What this appraiser flagged, what became of it, and a form to flag more."""
    task = queries.my_assignment(me(), key)
    if task.state is AssignmentState.TO_DECLARE:
        return redirect(url_for(".declare", key=key))
    criteria = queries.criteria_of(task.bid.round_id)
    form = raise_form(criteria, request.args.get("criterion", ""))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            flagging.raise_flag(task.bid, form.remark(criteria), by=me(), at=clock.now())
        if attempted.ok:
            flash("The flag is raised. The programme team sees it.")
            return redirect(url_for(".own_flags", key=key))
    return render_template(
        "appraisal/remarks/own.html",
        task=task,
        bid=task.bid,
        form=form,
        found=[shown_flag(flag, clock.now()) for flag in remarks.own_flags(task)],
        askable=askable(task.bid) if task.bid.status in ASKED_WHILE else [],
        may_raise=_may_raise(task),
    )


def _may_raise(task: Assignment) -> bool:
    return task.bid.status in flagging.FLAGGED_WHILE and task.bid.round.status is not RoundStatus.ANNOUNCED


@bp.route("/appraisals/<key>/flags/<flag_key>/settle", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def settle_own_flag(key: str, flag_key: str) -> ResponseReturnValue:
    task = queries.my_assignment(me(), key)
    return settle_page(remarks.own_flag(task, flag_key), url_for(".own_flags", key=key))
