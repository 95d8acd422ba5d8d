"""The page that announces a round: outcomes, letters and awards in one transaction, or none of them."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.allocation import operations as allocation
from grants.allocation import queries as decisions
from grants.allocation.forms import AnnounceForm
from grants.allocation.readiness import feedback_ready, in_the_way
from grants.appraisal.ranking.totals import ranking_of
from grants.appraisal.ranking.whole import asked_in_all
from grants.appraisal.tallies import FEWEST_APPRAISERS, moderated_on_few
from grants.awards import operations
from grants.awards.blueprint import bp
from grants.funds.models import RoundStatus
from grants.kernel import clock
from grants.kernel.forms import attempt
from grants.people.access import absolute, me, requires
from grants.people.roles import Permission


@bp.route("/decisions/<code>/announce", methods=["GET", "POST"])
@requires(Permission.ANNOUNCE)
def announce(code: str) -> ResponseReturnValue:
    round = decisions.round_to_decide(code)
    form = AnnounceForm()
    if round.status is RoundStatus.ANNOUNCED:
        return redirect(url_for("allocation.show", code=code))
    if form.validate_on_submit():
        home, at = absolute(url_for("people.home")), clock.now()
        with attempt(form) as attempted:
            allocation.announce(round, statement=form.statement.data or "", by=me(), at=at, address=home)
            operations.award_funded(round, by=me(), at=at)
        if attempted.ok:
            flash("The round is announced. Every council that bid is being told.")
            return redirect(url_for(".index", round=code))
        round = decisions.round_to_decide(code)
    bids = decisions.bids_in(round, me(), clock.today())
    ranked = asked_in_all(ranking_of(round, among=bids))
    return render_template(
        "allocation/announce.html",
        round=round,
        form=form,
        progress=decisions.progress([round.id], bids).get(round.id, decisions.Progress()),
        in_the_way=in_the_way(round, by=me(), at=clock.now()),
        feedback=feedback_ready(bids),
        few=moderated_on_few(bids),
        least=FEWEST_APPRAISERS,
        purses=decisions.purses(round, [{pot: asked for pot, (_, asked) in ranked.items()}], bids),
        closed=decisions.closes_any(round, me(), clock.today()),
    )
