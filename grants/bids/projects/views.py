"""Pages of a bid's projects: what they are, their sites, money and outcomes."""

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.bids import operations
from grants.bids.blueprint import bp
from grants.bids.deadline.late_attempts import attempt_edit, page_words
from grants.bids.forms import SITE_FIELDS, NewProjectForm, NewSiteForm, ProjectForm, SiteForm
from grants.bids.models import Bid, Project, Site
from grants.bids.projects import list_views as project_list_views
from grants.bids.projects import tables_views as project_tables_views
from grants.bids.projects.grid_forms import Grid, funding_grid, outcomes_grid, typed_funding, typed_outcomes
from grants.bids.queries import bid_to_write, project_of, site_of
from grants.bids.removal import removal_page
from grants.bids.workbook import views as workbook_views
from grants.councils.models import Council
from grants.kernel.arrival import arrived
from grants.kernel.errors import Refused
from grants.people.access import me, requires
from grants.people.roles import Permission

__all__ = ["project_list_views", "project_tables_views", "workbook_views"]


@bp.route("/bids/<key>/projects/add", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def add_project(key: str) -> ResponseReturnValue:
    bid = bid_to_write(me(), key)
    form = NewProjectForm()
    _offer_councils(form, bid)
    if form.validate_on_submit():
        with attempt_edit(form, bid, "A new project") as attempted:
            project = operations.add_project(
                bid, council=_council(bid, form.council.data), title=form.title.data or "",
                summary=form.summary.data or "", by=me(), at=arrived(), form_token=form.form_token.data or None,
            )  # fmt: skip
        if attempted.ok:
            return redirect(url_for(".project", key=key, project_key=project.key))
    return render_template("bids/edit_project.html", bid=bid, form=form, project=None)


def _offer_councils(form: NewProjectForm | ProjectForm, bid: Bid) -> None:
    form.council.choices = [(seat.council.code, seat.council.name) for seat in bid.councils]


def _council(bid: Bid, code: str | None) -> Council:
    for seat in bid.councils:
        if seat.council.code == code:
            return seat.council
    raise Refused("Choose one of the councils in the bid.", field="council")


@bp.route("/bids/<key>/projects/<project_key>/edit", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def edit_project(key: str, project_key: str) -> ResponseReturnValue:
    bid = bid_to_write(me(), key)
    project = project_of(bid, project_key)
    stands = {name: getattr(project, name) for name in ("title", "summary", "version")}
    form = ProjectForm(data=stands | {"council": project.council.code})
    _offer_councils(form, bid)
    if form.validate_on_submit():
        with attempt_edit(form, bid, page_words(project, "Title, council and summary")) as attempted:
            operations.edit_project(
                project, council=_council(bid, form.council.data), title=form.title.data or "",
                summary=form.summary.data or "", version_seen=form.version_seen, by=me(), at=arrived(),
            )  # fmt: skip
        if attempted.ok:
            return redirect(url_for(".project", key=key, project_key=project_key))
        form.version.data = str(project.version)
    return render_template("bids/edit_project.html", bid=bid, form=form, project=project)


@bp.route("/bids/<key>/projects/<project_key>/remove", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def remove_project(key: str, project_key: str) -> ResponseReturnValue:
    bid = bid_to_write(me(), key)
    project = project_of(bid, project_key)
    what = f"the project “{project.title}” with its sites, money, outcomes and answers"
    back = url_for(".project", key=key, project_key=project_key)
    return removal_page(
        bid, what, back, url_for(".show", key=key), lambda: operations.remove_project(project, by=me(), at=arrived())
    )


@bp.route("/bids/<key>/projects/<project_key>/sites")
@requires(Permission.BID_WRITE)
def sites(key: str, project_key: str) -> ResponseReturnValue:
    bid = bid_to_write(me(), key)
    return render_template("bids/sites.html", bid=bid, project=project_of(bid, project_key))


@bp.route("/bids/<key>/projects/<project_key>/sites/add", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def add_site(key: str, project_key: str) -> ResponseReturnValue:
    bid = bid_to_write(me(), key)
    project = project_of(bid, project_key)
    form = NewSiteForm()
    if form.validate_on_submit():
        with attempt_edit(form, bid, page_words(project, "A new site")) as attempted:
            operations.add_site(
                project, by=me(), at=arrived(), form_token=form.form_token.data or None, **form.fields()
            )
        if attempted.ok:
            return redirect(url_for(".sites", key=key, project_key=project_key))
    return render_template("bids/site.html", bid=bid, project=project, form=form, site=None)


@bp.route("/bids/<key>/projects/<project_key>/sites/<site_key>", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def edit_site(key: str, project_key: str, site_key: str) -> ResponseReturnValue:
    bid = bid_to_write(me(), key)
    project = project_of(bid, project_key)
    site = site_of(project, site_key)
    form = SiteForm(data=_site_data(site))
    if form.validate_on_submit():
        with attempt_edit(form, bid, page_words(project, f"The site {site.name}")) as attempted:
            operations.edit_site(site, version_seen=form.version_seen, by=me(), at=arrived(), **form.fields())
        if attempted.ok:
            return redirect(url_for(".sites", key=key, project_key=project_key))
        form.version.data = str(site.version)
    return render_template("bids/site.html", bid=bid, project=project, form=form, site=site)


def _site_data(site: Site) -> dict[str, object]:
    known = {True: "yes", False: "no", None: ""}
    same = {name: getattr(site, name) for name in (*SITE_FIELDS, "version")}
    return {
        **same,
        "hectares": None if site.hectares is None else round(site.hectares * 100),
        "brownfield": known[site.brownfield],
        "planning": site.planning.value,
    }


@bp.route("/bids/<key>/projects/<project_key>/sites/<site_key>/remove", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def remove_site(key: str, project_key: str, site_key: str) -> ResponseReturnValue:
    bid = bid_to_write(me(), key)
    site = site_of(project_of(bid, project_key), site_key)
    after = url_for(".sites", key=key, project_key=project_key)
    return removal_page(
        bid, f"the site “{site.name}”", after, after, lambda: operations.remove_site(site, by=me(), at=arrived())
    )


@bp.route("/bids/<key>/projects/<project_key>/funding", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def funding(key: str, project_key: str) -> ResponseReturnValue:
    bid = bid_to_write(me(), key)
    project = project_of(bid, project_key)
    grid = funding_grid(project)

    def save() -> None:
        operations.set_funding(
            project, typed_funding(grid, project), version_seen=grid.form.version_seen, by=me(), at=arrived()
        )

    return _grid(bid, project, grid, save, "Money by year", "bids/funding.html")


@bp.route("/bids/<key>/projects/<project_key>/outcomes", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def outcomes(key: str, project_key: str) -> ResponseReturnValue:
    bid = bid_to_write(me(), key)
    project = project_of(bid, project_key)
    grid = outcomes_grid(project)

    def save() -> None:
        operations.set_outcomes(
            project, typed_outcomes(grid, project), version_seen=grid.form.version_seen, by=me(), at=arrived()
        )

    return _grid(bid, project, grid, save, "Outcomes by year", "bids/outcomes.html")


def _grid(
    bid: Bid, project: Project, grid: Grid, save: Callable[[], None], page: str, template: str
) -> ResponseReturnValue:
    """After a save the page is shown again with its totals, so that a person sees that they are right."""
    overtaken = False
    if grid.form.validate_on_submit():
        with attempt_edit(grid.form, bid, page_words(project, page)) as attempted:
            save()
        if attempted.ok:
            flash("Saved.")
            return redirect(url_for(".project", key=bid.key, project_key=project.key))
        overtaken = grid.form.version_seen != project.version
        grid.form.version.data = str(project.version)
    return render_template(template, bid=bid, project=project, grid=grid, form=grid.form, overtaken=overtaken)
