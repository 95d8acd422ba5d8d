"""Value for money of a bid: its projects side by side, the calculator of one, and every valuation to be read again."""

from collections.abc import Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.appraisal import queries
from grants.appraisal.gates import starting, valuing, worth
from grants.appraisal.gates.calculator import Inputs
from grants.appraisal.gates.valuing_forms import ValueForm, grids, inputs_of, value_form, years_to_fill
from grants.appraisal.gates.worth_shown import ShownWorth, ratio_of, valuation_shown, worked_by, worked_shown
from grants.appraisal.models import Valuation
from grants.appraisal.room import bp
from grants.bids.models import Bid, BidStatus, Project
from grants.funds.assuming.sets import set_of
from grants.funds.models import AssumptionSet
from grants.kernel import clock
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear
from grants.kernel.forms import attempt
from grants.people.access import me, requires
from grants.people.roles import Permission

bp.add_app_template_global(ratio_of, "ratio_of_valuation")


@bp.route("/eligibility/<key>/value")
@requires(Permission.VALUE_JUDGE)
def values(key: str) -> ResponseReturnValue:
    """The projects of a bid with the computed and the judged category of each."""
    bid = _bid(key)
    known = worth.latest(bid)
    return render_template(
        "appraisal/gates/values.html",
        bid=bid,
        projects=worth.projects_of(bid),
        known=known,
        ratio=valuing.ratio_of_all(known.values()),
        assumptions=set_of(bid.round),
        is_open=bid.status in valuing.OPEN,
    )


@bp.route("/eligibility/<key>/value/<project_key>", methods=["GET", "POST"])
@requires(Permission.VALUE_JUDGE)
def value(key: str, project_key: str) -> ResponseReturnValue:
    """One button works the figures out, one shows more years, and one keeps them as the next valuation."""
    bid = _bid(key)
    project, by = worth.project_to_value(bid, project_key), set_of(bid.round)
    earlier = worth.valuations_of(project)
    newest = _to_begin_with(earlier)
    begun = starting.begin_with(project, by, newest)
    years = years_to_fill(project, begun, all_years="years" in request.args)
    form = value_form(project, by, begun, years)
    do, shown = request.form.get("do", ""), None
    if not form.is_submitted():
        form.version.data = str(earlier[0].number if earlier else 0)
        shown = _shown(begun, by) if newest else None
    elif do != "years" and form.validate():
        made = _keep(form, project, years) if do == "keep" else None
        if made:
            flash(f"Valuation {made.number} is kept: {made.computed}, judged {made.judged}.")
            return redirect(url_for(".valuation", key=key, project_key=project_key, number=made.number))
        shown = _worked(form, project, years, by)
    return _value_page(bid, project, form, years, by, shown)


def _keep(form: ValueForm, project: Project, years: Sequence[FinancialYear]) -> Valuation | None:
    """None where it is refused; the form then says why."""
    with attempt(form) as attempted:
        inputs = inputs_of(form, project, years)
        judgement = {"judged": form["judged"].data or "", "reason": form["reason"].data or ""}
        made = valuing.value(project, inputs, **judgement, number_seen=form.version_seen, by=me(), at=clock.now())
    return made if attempted.ok else None


@bp.route("/eligibility/<key>/value/<project_key>/<int:number>")
@requires(Permission.VALUE_JUDGE)
def valuation(key: str, project_key: str, number: int) -> ResponseReturnValue:
    """One valuation as it was made, and the others of the project."""
    bid = _bid(key)
    project = worth.project_to_value(bid, project_key)
    every = worth.valuations_of(project)
    chosen = next((row for row in every if row.number == number), None) or abort(404)
    return render_template(
        "appraisal/gates/valuation.html",
        bid=bid,
        project=project,
        every=every,
        chosen=chosen,
        shown=valuation_shown(chosen),
        is_open=bid.status in valuing.OPEN,
    )


@bp.route("/appraisal/<code>/ranking/<key>/value/<project_key>")
@requires(Permission.RANKING_READ)
def worth_of_project(code: str, key: str, project_key: str) -> ResponseReturnValue:
    """The valuation that counts, in full, for those who read the ranking or moderate; nothing can be done here."""
    round_ = queries.appraised_round(code)
    bids = queries.bids_judged_by_others(me(), clock.today()).where(Bid.round_id == round_.id)
    bid = queries.found_bid(bids, key, *queries.SCORED, *queries.DECIDED)
    project = worth.project_to_value(bid, project_key)
    chosen = worth.latest(bid).get(project.id) or abort(404)
    return render_template(
        "appraisal/gates/worth_of_project.html",
        bid=bid,
        project=project,
        chosen=chosen,
        shown=valuation_shown(chosen),
        has_marks=bid.status is not BidStatus.APPRAISAL,
    )


def _bid(key: str) -> Bid:
    return worth.bid_to_value(me(), key, clock.today())


def _to_begin_with(earlier: Sequence[Valuation]) -> Valuation | None:
    """The newest that counts, unless the bid's own figures were asked for."""
    return None if "from" in request.args else next((row for row in earlier if not row.set_aside), None)


def _shown(inputs: Inputs, by: AssumptionSet) -> ShownWorth:
    return worked_shown(inputs, worked_by(inputs, by), by.title)


def _worked(form: ValueForm, project: Project, years: Sequence[FinancialYear], by: AssumptionSet) -> ShownWorth | None:
    """What was typed, worked out; what stands in the way is said on the form, unless something was refused before."""
    try:
        return _shown(inputs_of(form, project, years), by)
    except Refused as refusal:
        if not form.all_errors:
            form.refuse(refusal)
        return None


def _value_page(
    bid: Bid,
    project: Project,
    form: ValueForm,
    years: Sequence[FinancialYear],
    by: AssumptionSet,
    shown: ShownWorth | None,
) -> ResponseReturnValue:
    earlier = worth.valuations_of(project)
    newest = _to_begin_with(earlier)
    costs, benefits = grids(form, years)
    form.catch_up(earlier[0].number if earlier else 0)
    return render_template(
        "appraisal/gates/value.html",
        bid=bid,
        project=project,
        form=form,
        costs_grid=costs,
        benefits_grid=benefits,
        measures=[(measure, starting.outcome_fields(measure)) for measure in bid.round.measures],
        all_years="years" in request.args,
        begun_from={"from": "bid"} if "from" in request.args else {},
        earlier=earlier,
        newest=newest,
        overtaken=form.overtaken,
        from_funding=newest is None and starting.costs_are_funding(project),
        private=starting.private_costs(project),
        assumptions=by,
        shown=shown,
        is_open=bid.status in valuing.OPEN,
    )
