"""Pages for rounds: the public list and prospectus, and the programme manager's desk for making and publishing one."""

from datetime import date, datetime

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from grants.audit.queries import trail
from grants.councils.models import Council
from grants.funds import operations
from grants.funds.deadlines.closing import extended
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
    page = page_of(visible_rounds(_asking()))
    now = clock.now()
    groups = [(title, phase, [row for row in page.rows if row.phase(now) is phase]) for phase, title in _PHASES]
    return render_template("funds/rounds.html", page=page, groups=[group for group in groups if group[2]])


@bp.route("/rounds/<code>")
@requires(Permission.PUBLIC)
def show(code: str) -> ResponseReturnValue:
    round = round_in_full(_asking(), code)
    return _prospectus(round, clock.now())


def _prospectus(round: Round, at: datetime) -> ResponseReturnValue:
    reads_trail = signed_in() and sees_drafts(me(), clock.today())
    longer = _longer(round)
    return render_template(
        "funds/show.html",
        round=round,
        phase=round.phase(at),
        budget_total=sum(line.pence for line in round.budget),
        picture=budget_picture(round),
        asked=form_shown(round),
        parts=parts_shown(round),
        excluded=councils_excluded(round),
        longer=longer,
        form_changes=form_changes(round),
        may_bid=may(Permission.BID_WRITE) and _takes_bids(round, [until for _, until in longer], at),
        may_extend=may(Permission.ROUND_MANAGE) and round.phase(at) in (RoundPhase.UPCOMING, RoundPhase.OPEN),
        events=db.session.scalars(trail(round).limit(_TRAIL)).all() if reads_trail else [],
    )


def _longer(round: Round) -> list[tuple[str, datetime]]:
    """(council, until when) for each of my councils that was given more time; nobody else is told."""
    mine = my_councils() if signed_in() else set()
    until = extended([(round.id, council_id) for council_id in mine])
    named = select(Council.id, Council.name).where(Council.id.in_([council_id for _, council_id in until]))
    names = dict(db.session.execute(named).all()) if until else {}
    return [(names[council_id], closes_at) for (_, council_id), closes_at in until.items()]


def _takes_bids(round: Round, longer: list[datetime], at: datetime) -> bool:
    return any(round.phase(at, until=until) is RoundPhase.OPEN for until in [None, *longer])


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
