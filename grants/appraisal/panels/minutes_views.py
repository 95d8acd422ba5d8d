"""The minutes: what was decided of each bid and who stood back, the meeting as a whole, closing, and corrections."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.appraisal.models import PanelItem
from grants.appraisal.panels import agenda, minuting, queries
from grants.appraisal.panels.forms import CorrectionForm, ItemForm, MinutesForm, at_item, item_form
from grants.appraisal.panels.views import NOTHING_NEW, panel_page
from grants.appraisal.room import bp
from grants.audit.operations import subject_of
from grants.kernel import clock
from grants.kernel.forms import Form, attempt
from grants.people.access import me, requires
from grants.people.roles import Permission


@bp.route("/panels/<key>/bids/<bid_key>", methods=["GET", "POST"])
@requires(Permission.PANEL_HOLD)
def panel_item(key: str, bid_key: str) -> ResponseReturnValue:
    """One item: who is not free on it, who stood back, what was decided."""
    item = _item(key, bid_key)
    form = item_form(item, item.panel.seats, _must_go(item))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            chosen = set(form.stood_back.data or [])
            new = minuting.minute_item(
                item,
                decision=form.decision.data or "",
                stood_back=[person for person in at_item(item, item.panel.seats) if person.key in chosen],
                why=form.why.data or "",
                version_seen=form.version_seen,
                by=me(),
                at=clock.now(),
            )
        if attempted.ok:
            flash(_item_saved(item) if new else NOTHING_NEW)
            return redirect(url_for(".panel", key=key))
        form.catch_up(item.version)
    return _item_page(item, form)


@bp.route("/panels/<key>/bids/<bid_key>/take-off", methods=["POST"])
@requires(Permission.PANEL_HOLD)
def take_off_agenda(key: str, bid_key: str) -> ResponseReturnValue:
    item, form = _item(key, bid_key), Form()
    reference = item.bid.reference
    if form.validate_on_submit():
        with attempt(form) as attempted:
            agenda.take_off(item, by=me(), at=clock.now())
        if attempted.ok:
            flash(f"{reference} is off the agenda.")
            return redirect(url_for(".panel", key=key))
    return _item_page(item, form)


@bp.route("/panels/<key>/bids/<bid_key>/correct", methods=["POST"])
@requires(Permission.PANEL_HOLD)
def correct_item(key: str, bid_key: str) -> ResponseReturnValue:
    item, form = _item(key, bid_key), CorrectionForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            minuting.correct(item, form.words.data or "", by=me())
        if attempted.ok:
            flash("The correction is noted.")
            return redirect(url_for(".panel_item", key=key, bid_key=bid_key))
    return _item_page(item, form)


@bp.route("/panels/<key>/minutes", methods=["POST"])
@requires(Permission.PANEL_HOLD)
def write_panel_minutes(key: str) -> ResponseReturnValue:
    panel, form = queries.meeting(key), MinutesForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            new = minuting.write_minutes(panel, form.minutes.data or "", version_seen=form.version_seen, by=me())
        if attempted.ok and request.form.get("then") == "close":
            return redirect(url_for(".close_panel", key=key))
        if attempted.ok:
            flash("The minutes are saved." if new else NOTHING_NEW)
            return redirect(url_for(".panel", key=key))
    return panel_page(panel, form)


@bp.route("/panels/<key>/close", methods=["GET", "POST"])
@requires(Permission.PANEL_HOLD)
def close_panel(key: str) -> ResponseReturnValue:
    """A page of its own, since closing cannot be taken back: all that is closed with it, and what it still lacks."""
    panel, form = queries.meeting(key), Form()
    items = queries.items_for(panel, me(), clock.today())
    if form.validate_on_submit():
        with attempt(form) as attempted:
            minuting.close_meeting(panel, items, by=me(), at=clock.now())
        if attempted.ok:
            flash("The minutes are closed.")
            return redirect(url_for(".panel", key=key))
    if panel.closed_at and not form.is_submitted():
        return redirect(url_for(".panel", key=key))
    return render_template(
        "appraisal/panels/close.html",
        panel=panel,
        items=items,
        form=form,
        is_over=panel.meets_at <= clock.now(),
        lacking=minuting.lacking(panel, items),
    )


@bp.route("/panels/<key>/correct", methods=["POST"])
@requires(Permission.PANEL_HOLD)
def correct_panel(key: str) -> ResponseReturnValue:
    panel, form = queries.meeting(key), CorrectionForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            minuting.correct(panel, form.words.data or "", by=me())
        if attempted.ok:
            flash("The correction is noted.")
            return redirect(url_for(".panel", key=key))
    return panel_page(panel, form)


def _correction(form: Form) -> CorrectionForm:
    """With the decision that somebody typed while the minutes were closed: it goes beside them."""
    return CorrectionForm(formdata=None, words=form.decision.data if isinstance(form, ItemForm) else "")


def _item(key: str, bid_key: str) -> PanelItem:
    return queries.item_for(queries.meeting(key), bid_key, me(), clock.today())


def _item_saved(item: PanelItem) -> str:
    saved = f"The minutes of {item.bid.reference} are saved."
    names = minuting.not_noted(item)
    return f"{saved} Still to note: {', '.join(names)} must stand back for this bid." if names else saved


def _must_go(item: PanelItem) -> dict[int, list[str]]:
    known = queries.ties(item.panel, [item.bid_id])
    return {person_id: tie.must_go for (person_id, _), tie in known.items() if tie.must_go}


def _item_page(item: PanelItem, form: Form) -> ResponseReturnValue:
    """`form` is what was sent, whose errors stand in the summary."""
    known = queries.ties(item.panel, queries.still_open([item]))
    must_go = {person_id: tie.must_go for (person_id, _), tie in known.items() if tie.must_go}
    scored = {person_id for (person_id, _), tie in known.items() if tie.scored}
    return render_template(
        "appraisal/panels/item.html",
        panel=item.panel,
        item=item,
        form=form,
        minutes=form if isinstance(form, ItemForm) else item_form(item, item.panel.seats, must_go, stored=True),
        must_go=must_go,
        scorers=[seat.person for seat in item.panel.seats if seat.person_id in scored],
        chair_away=[seat.person for seat in item.panel.seats if seat.chairs and seat.person_id in {*must_go, *scored}],
        correction=form if isinstance(form, CorrectionForm) else _correction(form),
        corrections=queries.corrections(item)[subject_of(item)],
    )
