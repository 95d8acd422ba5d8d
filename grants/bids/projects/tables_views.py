"""Pages of a project's milestones, risks and value, and of what its outcomes stand on."""

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.bids import operations
from grants.bids.blueprint import bp
from grants.bids.deadline.late_attempts import attempt_edit, page_words
from grants.bids.forms import PLANNING
from grants.bids.models import Bid, Project, Risk
from grants.bids.projects.forms import (
    IMPACTS,
    LIKELIHOODS,
    PROXIMITIES,
    NewRiskForm,
    RiskForm,
    bases_form,
    basis_fields,
    milestones_form,
    typed_bases,
    typed_milestones,
    typed_values,
    value_grids,
    years_shown,
)
from grants.bids.projects.parts import asks
from grants.bids.projects.pictures import risk_matrix, sites_picture
from grants.bids.projects.queries import risk_of
from grants.bids.queries import bid_to_write, project_of
from grants.bids.removal import removal_page
from grants.bids.shown import percent, value_shown, worth_shown
from grants.funds.definition.types import ProjectPart
from grants.kernel.arrival import arrived
from grants.kernel.forms import EditForm
from grants.people.access import me, requires
from grants.people.roles import Permission

for _function in (asks, percent, risk_matrix, sites_picture, value_shown, worth_shown):
    bp.add_app_template_global(_function)
bp.add_app_template_global(lambda kind: PROXIMITIES[kind], "proximity_words")
bp.add_app_template_global(lambda status: PLANNING[status], "planning_words")


def _asked(key: str, project_key: str, part: ProjectPart) -> tuple[Bid, Project]:
    """A bid that this person writes and a project of it; not found where the round does not ask for the table."""
    bid = bid_to_write(me(), key)
    return (bid, project_of(bid, project_key)) if asks(bid.round, part) else abort(404)


@bp.route("/bids/<key>/projects/<project_key>/milestones", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def milestones(key: str, project_key: str) -> ResponseReturnValue:
    bid, project = _asked(key, project_key, ProjectPart.MILESTONES)
    form = milestones_form(project)

    def save() -> None:
        days = typed_milestones(form, project)
        operations.set_milestones(project, days, version_seen=form.version_seen, by=me(), at=arrived())

    saved = _saved(form, project, "Milestones", save)
    return saved or render_template(
        "bids/milestones.html", bid=bid, project=project, form=form, overtaken=_overtaken(form, project)
    )


@bp.route("/bids/<key>/projects/<project_key>/bases", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def bases(key: str, project_key: str) -> ResponseReturnValue:
    bid, project = _asked(key, project_key, ProjectPart.OUTCOMES)
    form = bases_form(project)

    def save() -> None:
        operations.set_bases(project, typed_bases(form, project), version_seen=form.version_seen, by=me(), at=arrived())

    saved = _saved(form, project, "What the outcomes stand on", save)
    promised = {line.measure_id for line in project.outcomes}
    return saved or render_template(
        "bids/bases.html", bid=bid, project=project, form=form, fields=basis_fields(project), promised=promised,
        overtaken=_overtaken(form, project),
    )  # fmt: skip


@bp.route("/bids/<key>/projects/<project_key>/value", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def value(key: str, project_key: str) -> ResponseReturnValue:
    """Costs and benefits by year; `?years=all` offers every year in which they may lie."""
    bid, project = _asked(key, project_key, ProjectPart.VALUE)
    all_years = request.args.get("years") == "all"
    years = years_shown(project, all_years=all_years)
    grids = value_grids(project, all_years=all_years)
    form = grids[0].form

    def save() -> None:
        operations.set_values(
            project, typed_values(form, years), optimism_bias=form["optimism_bias"].data,
            additionality=form["additionality"].data, note=form["value_note"].data or "",
            version_seen=form.version_seen, by=me(), at=arrived(),
        )  # fmt: skip

    saved = _saved(form, project, "Costs and benefits", save)
    return saved or render_template(
        "bids/value.html", bid=bid, project=project, form=form, grids=grids, all_years=all_years,
        overtaken=_overtaken(form, project),
    )  # fmt: skip


def _saved(form: EditForm, project: Project, page: str, save: Callable[[], None]) -> ResponseReturnValue | None:
    """Where to go after a save; None while the page is still to be filled in."""
    if form.validate_on_submit():
        with attempt_edit(form, project.bid, page_words(project, page)) as attempted:
            save()
        if attempted.ok:
            flash("Saved.")
            return redirect(url_for(".project", key=project.bid.key, project_key=project.key))
    return None


def _overtaken(form: EditForm, project: Project) -> bool:
    """Whether somebody was first; who has been told so saves next on top of what now stands."""
    overtaken = form.is_submitted() and form.version_seen != project.version
    if overtaken:
        form.version.data = str(project.version)
    return bool(overtaken)


@bp.route("/bids/<key>/projects/<project_key>/risks")
@requires(Permission.BID_WRITE)
def risks(key: str, project_key: str) -> ResponseReturnValue:
    bid, project = _asked(key, project_key, ProjectPart.RISKS)
    return render_template("bids/risks.html", bid=bid, project=project)


@bp.route("/bids/<key>/projects/<project_key>/risks/add", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def add_risk(key: str, project_key: str) -> ResponseReturnValue:
    bid, project = _asked(key, project_key, ProjectPart.RISKS)
    form = NewRiskForm()
    if form.validate_on_submit():
        with attempt_edit(form, bid, page_words(project, "A new risk")) as attempted:
            token = form.form_token.data or None
            operations.add_risk(project, by=me(), at=arrived(), form_token=token, **form.fields())
        if attempted.ok:
            return redirect(url_for(".risks", key=key, project_key=project_key))
    return render_template("bids/risk.html", bid=bid, project=project, form=form, risk=None)


@bp.route("/bids/<key>/projects/<project_key>/risks/<risk_key>", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def edit_risk(key: str, project_key: str, risk_key: str) -> ResponseReturnValue:
    bid, project = _asked(key, project_key, ProjectPart.RISKS)
    risk = risk_of(project, risk_key)
    form = RiskForm(data=_risk_data(risk))
    if form.validate_on_submit():
        with attempt_edit(form, bid, page_words(project, f"The risk “{risk.what[:100]}”")) as attempted:
            operations.edit_risk(risk, version_seen=form.version_seen, by=me(), at=arrived(), **form.fields())
        if attempted.ok:
            return redirect(url_for(".risks", key=key, project_key=project_key))
        form.version.data = str(risk.version)
    return render_template(
        "bids/risk.html", bid=bid, project=project, form=form, risk=risk, likelihood=LIKELIHOODS[risk.likelihood],
        impact=IMPACTS[risk.impact],
    )  # fmt: skip


def _risk_data(risk: Risk) -> dict[str, object]:
    same = {name: getattr(risk, name) for name in ("what", "response", "owner", "version")}
    return {
        **same,
        "likelihood": str(risk.likelihood),
        "impact": str(risk.impact),
        "proximity": risk.proximity.value,
    }


@bp.route("/bids/<key>/projects/<project_key>/risks/<risk_key>/remove", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def remove_risk(key: str, project_key: str, risk_key: str) -> ResponseReturnValue:
    bid, project = _asked(key, project_key, ProjectPart.RISKS)
    risk = risk_of(project, risk_key)
    after = url_for(".risks", key=key, project_key=project_key)
    return removal_page(
        bid, f"the risk “{risk.what[:200]}”", after, after,
        lambda: operations.remove_risk(risk, by=me(), at=arrived()),
    )  # fmt: skip
