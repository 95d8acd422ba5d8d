"""Flags of the bids of a programme's people: a list, those of one bid, settling one, and asking the council.

Whoever was ever given a bid to score finds nothing of it here: what others flagged is not for its appraisers.
"""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from grants.appraisal import queries
from grants.appraisal.models import Flag
from grants.appraisal.remarks import flagging
from grants.appraisal.remarks import queries as remarks
from grants.appraisal.remarks.forms import SettleForm, TagForm, raise_form, send_on_form
from grants.appraisal.remarks.pages import askable, flag_state, shown_flag, wanted_by
from grants.appraisal.room import bp
from grants.bids.afterwards.clarification_queries import bids_asked
from grants.bids.afterwards.clarifying import ASKED_WHILE
from grants.bids.models import Bid
from grants.funds.deadlines.working_days import bank_holidays, working_days_after
from grants.funds.models import RoundStatus
from grants.kernel import clock
from grants.kernel.forms import attempt
from grants.kernel.pages import page_of
from grants.people.access import absolute, may, me, requires
from grants.people.roles import Permission

WORKING_DAYS = 5
"""What a council is given to answer, unless another day is entered (our default)."""
_OPEN, _ALL = "open", "all"
_FLAGGED = (*queries.CHECKED, *queries.DECIDED)


@bp.route("/flags")
@requires(Permission.FLAG_RAISE)
def flags() -> ResponseReturnValue:
    """Open flags, stops first; settled ones too where they are asked for."""
    bids = flaggable()
    rounds = queries.rounds_with(bids)
    show, code = request.args.get("show", _OPEN), request.args.get("round", "")
    if chosen := next((round_ for round_ in rounds if round_.code == code), None):
        bids = bids.where(Bid.round_id == chosen.id)
    rows = remarks.flags_on(bids)
    page = page_of(rows if show == _ALL else rows.where(remarks.is_open()))
    states = {flag.id: flag_state(flag, clock.now()) for flag in page.rows}
    return render_template(
        "appraisal/remarks/flags.html", page=page, states=states, rounds=rounds, chosen=chosen, show=show
    )


@bp.route("/flags/<key>", methods=["GET", "POST"])
@requires(Permission.FLAG_RAISE)
def flags_of_bid(key: str) -> ResponseReturnValue:
    """All that was flagged on the bid, its tags, and a form to flag more."""
    bid = flaggable_bid(key)
    criteria = queries.criteria_of(bid.round_id)
    form = raise_form(criteria, request.args.get("criterion", ""))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            flagging.raise_flag(bid, form.remark(criteria), by=me(), at=clock.now())
        if attempted.ok:
            flash("The flag is raised.")
            return redirect(url_for(".flags_of_bid", key=key))
    return bid_page(bid, raising=form)


def bid_page(bid: Bid, **forms: Any) -> ResponseReturnValue:
    """`forms` are `raising` or `tagging` as they were sent, with their faults."""
    at = clock.now()
    form = next(iter(forms.values()))
    return render_template(
        "appraisal/remarks/bid.html",
        bid=bid,
        form=form,
        raising=forms.get("raising") or raise_form(queries.criteria_of(bid.round_id)),
        tagging=forms.get("tagging") or TagForm(formdata=None),
        found=[shown_flag(flag, at) for flag in remarks.flags_of(bid)],
        askable=askable(bid) if bid.status in ASKED_WHILE else [],
        worn=remarks.worn_by(bid),
        tags=remarks.tags_in(bid.round_id),
        may_raise=bid.status in flagging.FLAGGED_WHILE and bid.round.status is not RoundStatus.ANNOUNCED,
        may_ask=may(Permission.CLARIFICATION_ASK) and bid.status in ASKED_WHILE,
        still_asked=bool(bids_asked([bid.id], at)),
    )


@bp.route("/flags/<key>/settle/<flag_key>", methods=["GET", "POST"])
@requires(Permission.FLAG_RAISE)
def settle_flag(key: str, flag_key: str) -> ResponseReturnValue:
    bid = flaggable_bid(key)
    back = url_for(".flags_of_bid", key=key)
    return settle_page(remarks.flag_on(bid, flag_key), back)


def settle_page(flag: Flag, back: str) -> ResponseReturnValue:
    """What was flagged, what the council said to it, and a word; one page for the programme and for an appraiser."""
    form = SettleForm(version=flag.version)
    if flag.settled_at and not form.is_submitted():
        return redirect(back)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            flagging.settle(flag, form.word.data or "", version_seen=form.version_seen, by=me(), at=clock.now())
        if attempted.ok:
            flash("The flag is settled.")
            return redirect(back)
        form.catch_up(flag.version)
    return render_template(
        "appraisal/remarks/settle.html", bid=flag.bid, one=shown_flag(flag, clock.now()), form=form, back=back
    )


@bp.route("/flags/<key>/ask", methods=["GET", "POST"])
@requires(Permission.CLARIFICATION_ASK)
def send_flags_on(key: str) -> ResponseReturnValue:
    """Questions that were flagged, put to the council in words that the sender can change; `flag` says which."""
    bid, at = flaggable_bid(key), clock.now()
    named = set(request.args.getlist("flag"))
    known = [flag for flag in remarks.flags_of(bid) if not named or flag.key in named]
    chosen = known if request.method == "POST" else [flag for flag in known if flagging.waits_to_be_asked(flag, at)]
    if not chosen or (request.method == "POST" and not named):
        abort(404)
    if not named:
        return redirect(url_for(".send_flags_on", key=key, flag=[flag.key for flag in chosen]))
    wanted = wanted_by(chosen, askable(bid))
    places = [one.place for one in wanted]
    form = send_on_form(places, chosen, working_days_after(clock.today(), WORKING_DAYS, bank_holidays()))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            flagging.send_on(
                bid, chosen, form.asks(places), note=form.note.data or "", due_at=form.due_at, by=me(), at=at,
                form_token=form.form_token.data or None,
                address=absolute(url_for("bids.clarifications", key=bid.key)),
            )  # fmt: skip
        if attempted.ok:
            flash("The council has been asked, and told by e-mail.")
            return redirect(url_for(".flags_of_bid", key=key))
    return render_template("appraisal/remarks/send_on.html", bid=bid, form=form, wanted=wanted, flags=chosen)


def flaggable() -> Select[Bid]:
    return queries.bids_judged_by_others(me(), clock.today()).where(Bid.status.in_(_FLAGGED))


def flaggable_bid(key: str) -> Bid:
    return queries.found_bid(queries.bids_judged_by_others(me(), clock.today()), key, *_FLAGGED)
