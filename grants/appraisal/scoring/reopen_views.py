"""A moderator gives scores that were handed in back to their appraiser."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.appraisal.parts import parts_of
from grants.appraisal.queries import bids_judged_by_others, criteria_of
from grants.appraisal.room import bp
from grants.appraisal.scoring.forms import ReopenForm
from grants.appraisal.scoring.queries import handed_in
from grants.appraisal.scoring.reopening import reopen
from grants.appraisal.scoring.wording import Because
from grants.bids.models import Bid, BidStatus
from grants.kernel import clock
from grants.kernel.forms import attempt
from grants.people.access import absolute, me, requires
from grants.people.roles import Permission


@bp.route("/moderation/<bid_key>/scores/<key>/reopen", methods=["GET", "POST"])
@requires(Permission.MODERATE)
def reopen_scores(bid_key: str, key: str) -> ResponseReturnValue:
    """Before the bid is moderated. The appraiser reads what is chosen here, and nothing that is typed."""
    bids = bids_judged_by_others(me(), clock.today()).where(Bid.status == BidStatus.APPRAISAL)
    task = handed_in(bids, bid_key, key)
    parts = parts_of(criteria_of(task.bid.round_id))
    form = ReopenForm().offer(parts)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            address = absolute(url_for(".mine"))
            reopen(
                task, Because(form.because.data), form.chosen(parts), reason=form.reason.data or "", by=me(),
                at=clock.now(), address_of_page=address,
            )  # fmt: skip
        if attempted.ok:
            flash(f"The scores of {task.person.name} are open again. Moderation waits until they are submitted.")
            return redirect(url_for(".moderation_list"))
    return render_template("appraisal/scoring/reopen.html", task=task, bid=task.bid, form=form)
