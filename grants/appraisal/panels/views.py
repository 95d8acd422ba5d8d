"""Panel meetings of a round: calling one, its page, its agenda, and who came."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from grants.appraisal.models import Panel
from grants.appraisal.moderating.rules import line_of, ruled
from grants.appraisal.panels import agenda, holding, minuting, queries
from grants.appraisal.panels.forms import (
    AgendaForm,
    CorrectionForm,
    MinutesForm,
    attendance_form,
    came,
    chosen,
    meeting_form,
    order_form,
    ordered,
)
from grants.appraisal.panels.holding import may_chair
from grants.appraisal.queries import appraised_round, bids_judged_by_others
from grants.appraisal.room import bp
from grants.audit.operations import subject_of
from grants.bids.models import Bid, BidStatus
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.forms import Form, attempt
from grants.kernel.pages import page_of
from grants.people.access import absolute, me, requires
from grants.people.models import Person
from grants.people.roles import Permission

NOTHING_NEW = "Nothing has changed."


@bp.route("/appraisal/<code>/panels")
@requires(Permission.PANEL_HOLD)
def panels(code: str) -> ResponseReturnValue:
    """The meetings on a round, the latest first."""
    round_ = appraised_round(code)
    return render_template(
        "appraisal/panels/list.html",
        round=round_,
        page=page_of(queries.meetings(round_)),
        counts=queries.item_counts(round_, me(), clock.today()),
    )


@bp.route("/appraisal/<code>/panels/call", methods=["GET", "POST"])
@requires(Permission.PANEL_HOLD)
def call_panel(code: str) -> ResponseReturnValue:
    round_, people = appraised_round(code), queries.candidates(clock.today())
    form = meeting_form(None, people)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            called = form.called(people)
            panel = holding.call_meeting(round_, called, address=_address(), by=me(), at=clock.now())
        if attempted.ok:
            told = "The meeting is called. Those called to it are told by e-mail."
            flash("The meeting is entered. It is over, so nobody is told of it by e-mail." if called.held else told)
            return redirect(url_for(".panel", key=panel.key))
    return render_template("appraisal/panels/meeting.html", round=round_, panel=None, form=form)


@bp.route("/panels/<key>")
@requires(Permission.PANEL_HOLD)
def panel(key: str) -> ResponseReturnValue:
    """All of the meeting that the reader may see."""
    return panel_page(queries.meeting(key), Form())


@bp.route("/panels/<key>/change", methods=["GET", "POST"])
@requires(Permission.PANEL_HOLD)
def change_panel(key: str) -> ResponseReturnValue:
    panel = queries.meeting(key)
    people = _candidates(panel)
    form = meeting_form(panel, people)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            called = form.called(people)
            seen, at = form.version_seen, clock.now()
            holding.change_meeting(panel, called, address=_address(), version_seen=seen, by=me(), at=at)
        if attempted.ok:
            flash("The meeting is changed.")
            return redirect(url_for(".panel", key=key))
        form.catch_up(panel.version)
    return render_template("appraisal/panels/meeting.html", round=panel.round, panel=panel, form=form)


@bp.route("/panels/<key>/agenda", methods=["GET", "POST"])
@requires(Permission.PANEL_HOLD)
def panel_agenda(key: str) -> ResponseReturnValue:
    """Bids to tick: those that a rule lists for a talk, or all."""
    panel, form = queries.meeting(key), AgendaForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            wanted = queries.to_add(panel, me(), clock.today()).where(Bid.key.in_(form.bids.data or []))
            bids = chosen(form, db.session.scalars(wanted.order_by(Bid.reference)).unique().all())
            count = agenda.add_bids(panel, bids, by=me(), at=clock.now())
        if attempted.ok:
            flash(_added(count))
            return redirect(url_for(".panel_agenda", key=key, show=request.args.get("show")))
    return _agenda_page(panel, form)


@bp.route("/panels/<key>/agenda/by-rule", methods=["POST"])
@requires(Permission.PANEL_HOLD)
def add_listed(key: str) -> ResponseReturnValue:
    """All that a rule lists for a talk."""
    panel, form = queries.meeting(key), AgendaForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            rows = _listed(panel).order_by(Bid.reference).limit(agenda.MOST_ITEMS + 1)
            count = agenda.add_bids(panel, db.session.scalars(rows).unique().all(), by=me(), at=clock.now())
        if attempted.ok:
            flash(_added(count))
            return redirect(url_for(".panel", key=key))
    return _agenda_page(panel, form)


@bp.route("/panels/<key>/order", methods=["GET", "POST"])
@requires(Permission.PANEL_HOLD)
def panel_order(key: str) -> ResponseReturnValue:
    panel = queries.meeting(key)
    items = queries.items_for(panel, me(), clock.today())
    form = order_form(items)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            agenda.put_in_order(panel, ordered(form, items), by=me())
        if attempted.ok:
            flash("The agenda is in its new order.")
            return redirect(url_for(".panel", key=key))
    return render_template("appraisal/panels/order.html", panel=panel, items=items, form=form)


@bp.route("/panels/<key>/attendance", methods=["GET", "POST"])
@requires(Permission.PANEL_HOLD)
def panel_attendance(key: str) -> ResponseReturnValue:
    panel = queries.meeting(key)
    form = attendance_form(panel)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            noted = minuting.note_attendance(panel, came(form, panel.seats), version_seen=form.version_seen, by=me())
        if attempted.ok:
            flash("It is noted who came." if noted else NOTHING_NEW)
            return redirect(url_for(".panel", key=key))
        form.catch_up(panel.version)
    return render_template("appraisal/panels/attendance.html", panel=panel, form=form)


def panel_page(panel: Panel, form: Form) -> ResponseReturnValue:
    """`form` is what was sent from the page and refused, or an empty one."""
    items = queries.items_for(panel, me(), clock.today())
    noted = queries.corrections(panel)[subject_of(panel)]
    minutes = form if isinstance(form, MinutesForm) else MinutesForm(None, version=panel.version, minutes=panel.minutes)
    if isinstance(form, MinutesForm):
        form.catch_up(panel.version)
    return render_template(
        "appraisal/panels/show.html",
        panel=panel,
        items=items,
        ties=queries.ties(panel, queries.still_open(items)),
        form=form,
        minutes=minutes,
        correction=form if isinstance(form, CorrectionForm) else _correction(form),
        corrections=noted,
        is_over=panel.meets_at <= clock.now(),
        readers={seat.person_id for seat in panel.seats if may_chair(seat.person, clock.today())},
    )


def _correction(form: Form) -> CorrectionForm:
    """With the minutes that somebody typed while they were closed: they go beside what was agreed."""
    return CorrectionForm(formdata=None, words=form.minutes.data if isinstance(form, MinutesForm) else "")


def _address() -> str:
    return absolute(url_for(".panel", key=""))


def _candidates(panel: Panel) -> Sequence[Person]:
    """Those who sit already stay to choose from, whatever became of their roles."""
    people = {person.id: person for person in queries.candidates(clock.today())}
    every = people | {seat.person_id: seat.person for seat in panel.seats}
    return sorted(every.values(), key=lambda person: (person.name, person.id))


def _listed(panel: Panel) -> Select[Bid]:
    """What is moderated has been talked through; it comes back by a tick alone."""
    among = bids_judged_by_others(me(), clock.today()).where(Bid.round_id == panel.round_id)
    line = line_of(panel.round, among)
    found = ruled(queries.to_add(panel, me(), clock.today()), list(panel.round.criteria), line)
    return found.rows.where(found.listed, Bid.status == BidStatus.APPRAISAL)


def _agenda_page(panel: Panel, form: AgendaForm) -> ResponseReturnValue:
    listed = _listed(panel).order_by(Bid.reference)
    every = queries.to_add(panel, me(), clock.today()).order_by(Bid.reference)
    show = request.args.get("show", "")
    page = page_of(every if show == "all" else listed)
    count = page.total if show != "all" else page_of(listed, size=1, number=1).total
    return render_template(
        "appraisal/panels/agenda.html", panel=panel, form=form, page=page, show=show, listed=count,
        ticked=set(form.bids.data or []),
    )  # fmt: skip


def _added(count: int) -> str:
    return "1 bid is on the agenda." if count == 1 else f"{count} bids are on the agenda."
