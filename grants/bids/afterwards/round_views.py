"""Pages on which the programme deals with several bids of a round at once: expressions of interest, and late bids."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from grants.bids.afterwards import expressions
from grants.bids.afterwards.expressions import expressions_in, rounds_with_expressions
from grants.bids.afterwards.sides import chosen_bids
from grants.bids.blueprint import bp
from grants.bids.deadline.late import late_bids_in, rounds_with_late_bids, take_in
from grants.bids.models import Bid, BidStatus
from grants.bids.projects.many_forms import DeclineForm, TakeInForm, TickForm
from grants.funds.models import LateBids, Round, RoundStatus
from grants.funds.queries import round_for
from grants.kernel import clock
from grants.kernel.errors import Refused
from grants.kernel.forms import attempt
from grants.kernel.pages import page_of
from grants.people.access import me, requires
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission


@bp.route("/rounds/<code>/expressions", methods=["GET", "POST"])
@requires(Permission.BIDS_INVITE)
def expressions_of_interest(code: str) -> ResponseReturnValue:
    """The round's expressions of interest, to be ticked; what is to happen to them is confirmed on the next page."""
    round = _first_stage(code)
    page = page_of(expressions_in(round, me(), clock.today()))
    form = TickForm()
    form.offer(page.rows)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            expressions.check_undecided(_ticked(round, form))
        if attempted.ok:
            endpoint = ".decline_expressions" if request.form.get("answer") == "decline" else ".invite_expressions"
            return redirect(url_for(endpoint, code=code, bid=form.ticked))
    waits = {bid.id for bid in page.rows if bid.status is BidStatus.SUBMITTED}
    return render_template("bids/expressions.html", round=round, page=page, form=form, waits=waits)


def _first_stage(code: str) -> Round:
    round = round_for(me(), code)
    if not round.expression_of_interest:
        raise NotFound
    return round


def _ticked(round: Round, form: TickForm) -> list[Bid]:
    return chosen_bids(expressions_in(round, me(), clock.today()), form.ticked)


@bp.route("/rounds/<code>/expressions/invite", methods=["GET", "POST"])
@requires(Permission.BIDS_INVITE)
def invite_expressions(code: str) -> ResponseReturnValue:
    """Which councils are about to be invited; they are told once this is confirmed."""
    return _confirm(_first_stage(code), TickForm(data={"bids": request.args.getlist("bid")}))


@bp.route("/rounds/<code>/expressions/decline", methods=["GET", "POST"])
@requires(Permission.BIDS_INVITE)
def decline_expressions(code: str) -> ResponseReturnValue:
    return _confirm(_first_stage(code), DeclineForm(data={"bids": request.args.getlist("bid")}))


def _confirm(round: Round, form: TickForm) -> ResponseReturnValue:
    bids = _ticked(round, form)
    if not bids:
        return redirect(url_for(".expressions_of_interest", code=round.code))
    form.offer(bids)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            if isinstance(form, DeclineForm):
                expressions.decline(bids, reason=form.reason.data or "", by=me(), at=clock.now())
            else:
                expressions.invite(bids, by=me(), at=clock.now())
        if attempted.ok:
            flash("The councils have been told by e-mail.")
            return redirect(url_for(".expressions_of_interest", code=round.code))
    declining = isinstance(form, DeclineForm)
    return render_template("bids/confirm_expressions.html", round=round, form=form, bids=bids, declining=declining)


@bp.route("/rounds/<code>/late-bids", methods=["GET", "POST"])
@requires(Permission.BIDS_TAKE_IN)
def late_bids(code: str) -> ResponseReturnValue:
    """Bids that came after closing; ticked ones are judged with the others from now on."""
    round = round_for(me(), code)
    if round.late_bids is not LateBids.KEPT:
        raise NotFound
    bids = late_bids_in(round, me(), clock.today())
    page, form = page_of(bids), TakeInForm()
    form.offer(page.rows)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            if not form.ticked:
                raise Refused("Tick at least one bid.", field="bids")
            take_in(chosen_bids(bids, form.ticked), reason=form.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash("The bids are taken in, and their councils have been told by e-mail.")
            return redirect(url_for(".late_bids", code=code))
    waits = {bid.id for bid in page.rows if bid.taken_in_at is None and round.status is RoundStatus.PUBLISHED}
    return render_template("bids/late_bids.html", round=round, page=page, form=form, waits=waits)


@on_desk(Permission.BIDS_INVITE)
def _expressions_waiting(person: Person, day: date) -> list[Waiting]:
    return [
        Waiting(f"Expressions of interest to answer: {name}", url_for("bids.expressions_of_interest", code=code), count)
        for name, code, count in rounds_with_expressions(person, day)
    ]


@on_desk(Permission.BIDS_TAKE_IN)
def _late_bids_waiting(person: Person, day: date) -> list[Waiting]:
    return [
        Waiting(f"Late bids kept for the next assessment point: {name}", url_for("bids.late_bids", code=code), count)
        for name, code, count in rounds_with_late_bids(person, day)
    ]
