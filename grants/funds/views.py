"""Pages for rounds: the public list and prospectus, and the programme manager's desk for making and publishing one."""

from datetime import date, datetime

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.audit.queries import trail
from grants.funds import operations
from grants.funds.assuming.sets import set_of
from grants.funds.deadlines.closing import longer_for
from grants.funds.definition.reading import shipped
from grants.funds.form.checklist import checklist
from grants.funds.form.versions import form_changes
from grants.funds.forms import CancelForm, EditRoundForm, ExtendForm, NewRoundForm, PublishForm, edit_form, parts_of
from grants.funds.models import Round, RoundPhase, RoundStatus
from grants.funds.pictures import budget_picture
from grants.funds.public.prospectus import form_shown, parts_shown
from grants.funds.queries import councils_excluded, drafts, round_in_full, sees_drafts, visible_rounds
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.forms import attempt
from grants.kernel.pages import page_of
from grants.people.access import may, me, my_councils, requires, signed_in
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission

bp = Blueprint("funds", __name__)
_PHASES = (
    (RoundPhase.DRAFT, "Drafts"),
    (RoundPhase.OPEN, "Open now"),
    (RoundPhase.UPCOMING, "Opening later"),
    (RoundPhase.CLOSED, "Closed"),
    (RoundPhase.ANNOUNCED, "Announced"),
    (RoundPhase.CANCELLED, "Cancelled"),
)
_TRAIL = 50


@bp.route("/rounds")
@requires(Permission.PUBLIC)
def rounds() -> ResponseReturnValue:
    """Grouped by what each round is today to whoever reads: to a council with more time, still open."""
    page, now = page_of(visible_rounds(_asking())), clock.now()
    longer = longer_for(_my_councils(), [row.id for row in page.rows])
    phases = {row.id: row.phase(now, until=_latest(longer.get(row.id, []))) for row in page.rows}
    groups = [(title, phase, [row for row in page.rows if phases[row.id] is phase]) for phase, title in _PHASES]
    shown = [group for group in groups if group[2]]
    return render_template("funds/rounds.html", page=page, groups=shown, longer=longer)


@bp.route("/rounds/<code>")
@requires(Permission.PUBLIC)
def show(code: str) -> ResponseReturnValue:
    round = round_in_full(_asking(), code)
    return _prospectus(round, clock.now())


def _prospectus(round: Round, at: datetime) -> ResponseReturnValue:
    reads_trail = signed_in() and sees_drafts(me(), clock.today())
    longer = longer_for(_my_councils(), [round.id]).get(round.id, [])
    phase = round.phase(at, until=_latest(longer))
    return render_template(
        "funds/show.html",
        round=round,
        phase=phase,
        budget_total=sum(line.pence for line in round.budget),
        picture=budget_picture(round),
        asked=form_shown(round),
        parts=parts_shown(round),
        excluded=councils_excluded(round),
        assumptions=set_of(round),
        longer=longer,
        form_changes=form_changes(round),
        may_bid=may(Permission.BID_WRITE) and phase is RoundPhase.OPEN,
        may_extend=may(Permission.ROUND_MANAGE) and round.phase(at) in (RoundPhase.UPCOMING, RoundPhase.OPEN),
        events=db.session.scalars(trail(round).limit(_TRAIL)).all() if reads_trail else [],
    )


def _my_councils() -> set[int]:
    return my_councils() if signed_in() else set()


def _latest(longer: list[tuple[str, datetime]]) -> datetime | None:
    return max((until for _, until in longer), default=None)


@bp.route("/rounds/new", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def new() -> ResponseReturnValue:
    form = NewRoundForm()
    form.offer(shipped())
    if form.validate_on_submit():
        with attempt(form) as attempted:
            made = operations.make_round(
                shipped()[form.template.data],
                code=form.code.data or "",
                name=form.name.data or "",
                first_year=form.first,
                by=me(),
                at=clock.now(),
            )
        if attempted.ok:
            flash(f"{made.name} is made, as a draft that only the programme sees.")
            return redirect(url_for(".edit", code=made.code))
    return render_template("funds/new.html", form=form)


@bp.route("/rounds/<code>/edit", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def edit(code: str) -> ResponseReturnValue:
    round = _draft(code)
    form = edit_form(round)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            _save(round, form)
        if attempted.ok:
            flash("Saved.")
            return redirect(url_for(".publish", code=code))
        form.catch_up(round.version)
    return render_template("funds/edit.html", form=form, round=round)


def _save(round: Round, form: EditRoundForm) -> None:
    seen, by = form.version_seen, me()
    opens_at, closes_at, final_date = form.opens_at, form.closes_at, form.final_date.data
    name, summary = form.round_name.data or "", form.summary.data or ""
    operations.set_text(round, name=name, summary=summary, version_seen=seen, by=by)
    operations.set_dates(round, opens_at=opens_at, closes_at=closes_at, final_date=final_date, version_seen=seen, by=by)
    operations.set_headline(round, form.headline.data, form.headline_note.data or "", by=by)
    operations.set_budget(round, form.budget(round.years), by=by)


@bp.route("/rounds/<code>/publish", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def publish(code: str) -> ResponseReturnValue:
    round = _draft(code)
    form = PublishForm(version=round.version)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.publish(round, version_seen=form.version_seen, by=me(), at=clock.now())
        if attempted.ok:
            flash(f"{round.name} is published. Everyone can read it now.")
            return redirect(url_for(".show", code=code))
        form.catch_up(round.version)
    items = checklist(round, clock.now())
    lacking = [item for item in items if not item.done]
    return render_template("funds/publish.html", form=form, round=round, checklist=items, lacking=lacking)


@bp.route("/rounds/<code>/extend", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def extend(code: str) -> ResponseReturnValue:
    round = round_in_full(me(), code)
    if round.closes_at is None or round.phase(clock.now()) not in (RoundPhase.UPCOMING, RoundPhase.OPEN):
        abort(404)
    day, wall = parts_of(round.closes_at, "")
    form = ExtendForm(version=round.version, closes_on=day, closes_time=wall)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.extend(
                round,
                closes_at=form.closes_at,
                reason=form.reason.data or "",
                version_seen=form.version_seen,
                by=me(),
                at=clock.now(),
            )
        if attempted.ok:
            flash("The round closes later now.")
            return redirect(url_for(".show", code=code))
        form.catch_up(round.version)
    return render_template("funds/extend.html", form=form, round=round)


@bp.route("/rounds/<code>/cancel", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def cancel(code: str) -> ResponseReturnValue:
    round = _draft(code)
    form = CancelForm(version=round.version)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.cancel(round, reason=form.reason.data or "", version_seen=form.version_seen, by=me())
        if attempted.ok:
            flash(f"{round.name} is cancelled.")
            return redirect(url_for(".rounds"))
        form.catch_up(round.version)
    return render_template("funds/cancel.html", form=form, round=round)


def _asking() -> Person | None:
    return me() if signed_in() else None


def _draft(code: str) -> Round:
    """A published round has no page to change it on."""
    round = round_in_full(me(), code)
    return round if round.status is RoundStatus.DRAFT else abort(404)


@on_desk(Permission.ROUND_MANAGE)
def drafts_to_publish(_person: Person, _day: date) -> list[Waiting]:
    return [
        Waiting(f"Publish {round.name}", url_for("funds.publish", code=round.code))
        for round in db.session.scalars(drafts().limit(20))
    ]
