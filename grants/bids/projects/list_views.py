"""The list of a bid's projects, the page of one, and making one like another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.bids import operations
from grants.bids.blueprint import bp
from grants.bids.checks import Fault, Place, State, project_faults, project_state, section_state, values_of
from grants.bids.forms import ConfirmForm
from grants.bids.models import Bid, Project
from grants.bids.projects.parts import asks
from grants.bids.projects.spots import Spot
from grants.bids.queries import bid_in_full, bid_to_write, project_of
from grants.bids.together.queries import Colleagues, colleagues_on
from grants.bids.together.views import Beside, beside
from grants.funds.definition.types import ProjectPart
from grants.funds.models import Asked
from grants.kernel import clock
from grants.kernel.forms import CreateForm, attempt
from grants.people.access import me, requires
from grants.people.roles import Permission

_P = ProjectPart
_PAGES = (
    (_P.SITES, Place.SITES, "Sites", "bids.sites", "sites"),
    (_P.FUNDING, Place.FUNDING, "Money by year", "bids.funding", "funding"),
    (_P.OUTCOMES, Place.OUTCOMES, "Outcomes by year", "bids.outcomes", "outcomes"),
    (_P.OUTCOMES, Place.BASES, "What the outcomes stand on", "bids.bases", "bases"),
    (_P.MILESTONES, Place.MILESTONES, "Milestones", "bids.milestones", "milestones"),
    (_P.RISKS, Place.RISKS, "Risks", "bids.risks", "risks"),
    (_P.VALUE, Place.VALUE, "Costs and benefits", "bids.value", "values"),
)
_COUNTED = ("sites", "risks")


@dataclass(frozen=True)
class Line:
    """One line of a list of tasks: what there is to do, where, and how far it has come."""

    words: str
    href: str
    state: State
    hint: str = ""
    beside: Beside | None = None


@bp.app_template_global()
def faults_by_project(faults: Sequence[Fault]) -> list[tuple[Project | None, list[Fault]]]:
    """What the bid itself lacks, under None, and then what each project does, in their order."""
    found: dict[Project | None, list[Fault]] = {}
    for fault in faults:
        found.setdefault(fault.project, []).append(fault)
    return sorted(found.items(), key=lambda one: one[0] is not None)


@bp.route("/bids/<key>/projects")
@requires(Permission.BID_WRITE)
def projects(key: str) -> ResponseReturnValue:
    """All projects of a bid in a table, or with `?council=` those that one council leads."""
    bid = bid_in_full(bid_to_write(me(), key).id)
    values = values_of(bid)
    code = request.args.get("council", "")
    leading = {project.council.code: project.council.name for project in bid.projects}
    shown = [project for project in bid.projects if code not in leading or project.council.code == code]
    return render_template(
        "bids/projects.html", bid=bid, leading=sorted(leading.items(), key=lambda one: one[1]),
        asked=code if code in leading else "", form=ConfirmForm(formdata=None),
        rows=[(project, project_state(bid, project, values)) for project in shown],
        grant=sum(project.ask for project in shown),
    )  # fmt: skip


@bp.route("/bids/<key>/projects/<project_key>")
@requires(Permission.BID_WRITE)
def project(key: str, project_key: str) -> ResponseReturnValue:
    """What there is to do for one project."""
    bid = bid_in_full(bid_to_write(me(), key).id)
    found = next((one for one in bid.projects if one.key == project_key), None) or abort(404)
    place = bid.projects.index(found)
    left, on_it = project_faults(bid, found, values_of(bid)), colleagues_on(bid)
    return render_template(
        "bids/project.html", bid=bid, project=found, lines=_lines(bid, found, left, on_it), place=place + 1,
        left=[(fault, _sentence(fault, found)) for fault in left],
        beside=beside(Spot(bid, found, None, []), on_it),
        before=bid.projects[place - 1] if place else None, form=CreateForm(formdata=None),
        after=bid.projects[place + 1] if place + 1 < len(bid.projects) else None,
    )  # fmt: skip


def _sentence(fault: Fault, project: Project) -> str:
    """What is left, without the title of the project whose page it is."""
    words = fault.text.removeprefix(f"{project.title}: ")
    return words[:1].upper() + words[1:]


def _lines(bid: Bid, project: Project, left: list[Fault], on_it: Colleagues) -> list[Line]:
    keys: dict[str, Any] = {"key": bid.key, "project_key": project.key}
    own = State.IN_PROGRESS if any(fault.place is Place.PROJECT for fault in left) else State.DONE
    lines = [Line("Title, council and summary", url_for("bids.edit_project", **keys), own)]
    for part, place, words, endpoint, rows in _PAGES:
        if asks(bid.round, part):
            wrong = any(fault.place is place for fault in left)
            count = len(getattr(project, rows))
            state = State.DONE if not wrong and count else State.IN_PROGRESS if count else State.NOT_STARTED
            hint = f"{count} so far" if count and rows in _COUNTED else ""
            lines.append(Line(words, url_for(endpoint, **keys), state, hint))
    values = values_of(bid)
    return lines + [
        Line(
            section.title,
            url_for("bids.project_section", code=section.code, **keys),
            state,
            beside=beside(Spot(bid, project, section, []), on_it),
        )
        for section in bid.sections
        if section.per is Asked.PROJECT and (state := section_state(bid, section, project, values))
    ]


@bp.route("/bids/<key>/projects/<project_key>/move", methods=["POST"])
@requires(Permission.BID_WRITE)
def move_project(key: str, project_key: str) -> ResponseReturnValue:
    """One place up in the list, or down."""
    bid = bid_to_write(me(), key)
    project = project_of(bid, project_key)
    form = ConfirmForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.move_project(project, up=request.form.get("to") == "up", by=me(), at=clock.now())
        if attempted.ok:
            return redirect(url_for(".projects", key=key, _anchor=f"project-{project_key}"))
    return render_template("bids/not_done.html", bid=bid, project=project, form=form)


@bp.route("/bids/<key>/projects/<project_key>/copy", methods=["POST"])
@requires(Permission.BID_WRITE)
def copy_project(key: str, project_key: str) -> ResponseReturnValue:
    bid = bid_to_write(me(), key)
    project = project_of(bid, project_key)
    form = CreateForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            token = form.form_token.data or None
            copy = operations.copy_project(project, by=me(), at=clock.now(), form_token=token)
        if attempted.ok:
            flash("The project is copied with its tables and answers. Give the copy a title of its own.")
            return redirect(url_for(".edit_project", key=key, project_key=copy.key))
    return render_template("bids/not_done.html", bid=bid, project=project, form=form)
