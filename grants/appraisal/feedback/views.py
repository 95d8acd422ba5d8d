"""Feedback: how far a round is, writing and approving it for one bid, the preview, and sending it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from grants.appraisal import queries
from grants.appraisal.feedback import queries as feedback
from grants.appraisal.feedback import sending, writing
from grants.appraisal.feedback.forms import approvals, catch_up, feedback_form, words_of
from grants.appraisal.feedback.guarding import guard_of
from grants.appraisal.room import bp
from grants.bids.models import Bid
from grants.funds.models import RoundStatus
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.forms import Form, attempt
from grants.kernel.pages import page_of
from grants.people.access import may, me, requires
from grants.people.roles import Permission


@bp.route("/appraisal/<code>/feedback")
@requires(Permission.FEEDBACK_WRITE)
def round_feedback(code: str) -> ResponseReturnValue:
    """The round's bids whose judgement is over, and how far the feedback on each is."""
    round_ = queries.appraised_round(code)
    bids = _bids().where(Bid.round_id == round_.id).order_by(Bid.reference)
    show = request.args.get("show", "")
    page = page_of(feedback.narrowed(feedback.with_progress(bids), show), scalars=False)
    waiting = [row.Bid for row in page.rows if row.whole and not row.sent_at]
    return render_template(
        "appraisal/feedback/round.html",
        round=round_,
        page=page,
        show=show,
        held=sending.held_back(waiting),
        ready=_ready(bids) if may(Permission.FEEDBACK_APPROVE) else 0,
        announced=round_.status is RoundStatus.ANNOUNCED,
    )


def _ready(bids: Select[Bid]) -> int:
    """How many could be sent now."""
    return page_of(feedback.ready_to_send(bids), size=1, number=1).total


@bp.route("/appraisal/<code>/feedback/send", methods=["POST"])
@requires(Permission.FEEDBACK_APPROVE)
def send_all_feedback(code: str) -> ResponseReturnValue:
    """A job sends all that is approved."""
    round_, form = queries.appraised_round(code), Form()
    if form.validate_on_submit() and round_.status is RoundStatus.ANNOUNCED:
        job = sending.ask_to_send(round_, by=me())
        db.session.commit()
        return redirect(url_for("jobs.show", key=job.key))
    return redirect(url_for(".round_feedback", code=code))


@bp.route("/feedback/<key>", methods=["GET", "POST"])
@requires(Permission.FEEDBACK_WRITE)
def write_feedback(key: str) -> ResponseReturnValue:
    """A text for each criterion and one for the bid as a whole, beside what the panel agreed."""
    bid = _bid(key)
    criteria = feedback.criteria_to_feed_back(queries.criteria_of(bid.round_id))
    form = feedback_form(criteria, feedback.feedback_on(bid))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            writing.write(bid, words_of(form, criteria), by=me(), at=clock.now())
        if attempted.ok:
            flash("The feedback is saved. A second person must approve what is new.")
            return redirect(url_for(".write_feedback", key=key))
    return _bid_page(bid, form, form)


def _bid_page(bid: Bid, texts: Form | None, form: Form) -> ResponseReturnValue:
    """`form` is what was sent, whose errors stand in the summary; `texts` as typed, None for as stored."""
    criteria = feedback.criteria_to_feed_back(queries.criteria_of(bid.round_id))
    known, gone = feedback.feedback_on(bid), feedback.conflicted_with(bid)
    written, guard = [row for row in known.values() if row.text], guard_of(bid)
    late = catch_up(texts, criteria, known) if texts and texts.is_submitted() else set()
    return render_template(
        "appraisal/feedback/bid.html",
        bid=bid,
        form=form,
        texts=texts or feedback_form(criteria, known),
        late=late,
        places=[(criterion, writing.field_of(criterion)) for criterion in (None, *criteria)],
        known=known,
        leaks={row.id: guard.leaks(row.text) for row in written},
        doubts={row.id: guard.doubts(row.text) for row in written},
        gone=gone,
        reasons=feedback.agreed_reasons(bid),
        sent=feedback.sent_on(bid),
        to_approve=[row for row in written if not row.approved_at and row.written_by_id not in (me().id, *gone)],
        may_approve=may(Permission.FEEDBACK_APPROVE),
    )


@bp.route("/feedback/<key>/approve", methods=["POST"])
@requires(Permission.FEEDBACK_APPROVE)
def approve_feedback(key: str) -> ResponseReturnValue:
    bid, form = _bid(key), Form()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            writing.approve(bid, approvals(request.form.getlist("approve")), by=me(), at=clock.now())
        if attempted.ok:
            flash("Approved.")
            return redirect(url_for(".write_feedback", key=key))
    return _bid_page(bid, None, form)


@bp.route("/feedback/<key>/preview")
@requires(Permission.FEEDBACK_WRITE)
def preview_feedback(key: str) -> ResponseReturnValue:
    """What the council will get, letter for letter."""
    bid, form = _bid(key), Form()
    return _preview(bid, form)


def _preview(bid: Bid, form: Form) -> ResponseReturnValue:
    sent = feedback.sent_on(bid)
    return render_template(
        "appraisal/feedback/preview.html",
        bid=bid,
        form=form,
        letter=sending.letter_of(bid),
        sent=sent,
        held="" if sent else sending.held_back([bid]).get(bid.id, ""),
        announced=bid.round.status is RoundStatus.ANNOUNCED,
        may_send=may(Permission.FEEDBACK_APPROVE),
    )


@bp.route("/feedback/<key>/send", methods=["POST"])
@requires(Permission.FEEDBACK_APPROVE)
def send_feedback(key: str) -> ResponseReturnValue:
    """Sends what the preview showed, and nothing else."""
    bid, form = _bid(key), Form()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            sending.send(bid, by=me(), at=clock.now(), digest_seen=request.form.get("digest", ""))
        if attempted.ok:
            flash("The feedback is sent.")
            return redirect(url_for(".preview_feedback", key=key))
    return _preview(bid, form)


def _bids() -> Select[Bid]:
    return queries.bids_judged_by_others(me(), clock.today()).where(Bid.status.in_(feedback.FED_BACK))


def _bid(key: str) -> Bid:
    return queries.found_bid(queries.bids_judged_by_others(me(), clock.today()), key, *feedback.FED_BACK)
