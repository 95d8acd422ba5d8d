"""An appraiser gives a bid back."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.appraisal import queries
from grants.appraisal.assigning import giving_back
from grants.appraisal.assigning.forms import ReasonForm
from grants.appraisal.room import bp
from grants.kernel import clock
from grants.kernel.forms import attempt
from grants.people.access import me, requires
from grants.people.roles import Permission


@bp.route("/appraisals/<key>/give-back", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def decline(key: str) -> ResponseReturnValue:
    """Without a conflict: too many bids, not the right field, away."""
    task, form = queries.my_assignment(me(), key), ReasonForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            giving_back.decline(task, reason=form.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash("The bid is given back.")
            return redirect(url_for(".mine"))
    return render_template("appraisal/appraisers/give_back.html", task=task, form=form)
