"""An appraiser's own pages. Nothing here asks for anybody else's assignment, score or state."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.appraisal import queries
from grants.appraisal.assigning.forms import ReasonForm
from grants.appraisal.marks_forms import late_marks, marks_of
from grants.appraisal.models import Assignment, AssignmentState, Score
from grants.appraisal.parts import Place, parts_of
from grants.appraisal.room import bp
from grants.appraisal.scoring import marking
from grants.appraisal.scoring.forms import DeclareForm, scores_form
from grants.bids.afterwards.clarification_queries import answers_sent
from grants.bids.handing_in.bid_pdf import bid_file
from grants.bids.queries import attachment_of, bid_in_full
from grants.files import operations as files
from grants.kernel import clock
from grants.kernel.forms import Form, attempt
from grants.kernel.pages import page_of
from grants.people.access import me, requires
from grants.people.roles import Permission


@bp.route("/appraisals")
@requires(Permission.BID_SCORE)
def mine() -> ResponseReturnValue:
    page = page_of(queries.my_assignments(me()))
    scored = queries.scored_counts([task.id for task in page.rows])
    criteria = queries.part_counts({task.bid.round_id for task in page.rows})
    return render_template("appraisal/mine.html", page=page, scored=scored, criteria=criteria)


@bp.route("/appraisals/<key>", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def appraise(key: str) -> ResponseReturnValue:
    """The bid beside its criteria; once handed in, what was handed in."""
    task = queries.my_assignment(me(), key)
    if task.state is AssignmentState.TO_DECLARE:
        return redirect(url_for(".declare", key=key))
    if task.state is AssignmentState.SUBMITTED:
        return _submitted_page(task)
    criteria = queries.criteria_of(task.bid.round_id)
    parts = parts_of(criteria)
    form = scores_form(criteria, _scores(task))
    late: set[Place] = set()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            marking.score(task, marks_of(form, criteria), by=me(), at=clock.now())
        if attempted.ok:
            return _after_saving(task, len(parts))
    if form.is_submitted():
        late = late_marks(form, _scores(task))
    return render_template(
        "appraisal/score.html",
        task=task,
        bid=bid_in_full(task.bid_id),
        clarified=answers_sent(task.bid, clock.now()),
        parts=parts,
        form=form,
        scores=_scores(task),
        scored=_scored(task),
        late=late,
    )


def _after_saving(task: Assignment, criteria: int) -> ResponseReturnValue:
    """On to handing in when nothing is lacking; otherwise the page again, which says how far it is."""
    scored = _scored(task)
    if scored == criteria:
        return redirect(url_for(".submit_scores", key=task.key))
    flash(f"Saved. {scored} of {criteria} criteria scored.")
    return redirect(url_for(".appraise", key=task.key))


@bp.route("/appraisals/<key>/declare", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def declare(key: str) -> ResponseReturnValue:
    """Before anything of the bid is shown but its round, its title and its councils."""
    task, form = queries.my_assignment(me(), key), DeclareForm()
    if task.state is not AssignmentState.TO_DECLARE:
        return redirect(url_for(".appraise", key=key))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            if form.is_clean:
                marking.declare_no_conflict(task, by=me(), at=clock.now())
            else:
                marking.declare_conflict(task, reason=form.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            return redirect(url_for(".appraise", key=key)) if form.is_clean else _closed()
    return render_template("appraisal/declare.html", task=task, councils=queries.councils_in(task.bid), form=form)


@bp.route("/appraisals/<key>/conflict", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def declare_conflict(key: str) -> ResponseReturnValue:
    """A conflict found later."""
    task, form = queries.my_assignment(me(), key), ReasonForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            marking.declare_conflict(task, reason=form.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            return _closed()
    return render_template("appraisal/conflict.html", task=task, form=form)


@bp.route("/appraisals/<key>/submit", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def submit_scores(key: str) -> ResponseReturnValue:
    """A last look at the own scores, then they are handed in."""
    task, form = queries.my_assignment(me(), key), Form()
    if task.state is not AssignmentState.SCORING:
        return redirect(url_for(".appraise", key=key))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            marking.submit_scores(task, by=me(), at=clock.now())
        if attempted.ok:
            flash("Your scores are handed in.")
            return redirect(url_for(".mine"))
    return render_template("appraisal/submit.html", form=form, **_own_scores(task))


@bp.route("/appraisals/<key>/attachments/<attachment_key>")
@requires(Permission.BID_SCORE)
def attachment(key: str, attachment_key: str) -> ResponseReturnValue:
    task = queries.my_assignment(me(), key)
    if task.state is AssignmentState.TO_DECLARE:
        return redirect(url_for(".declare", key=key))
    return files.send(attachment_of(task.bid, attachment_key).attachment)


def _closed() -> ResponseReturnValue:
    flash("Your conflict of interest is on record. The bid is closed to you.")
    return redirect(url_for(".mine"))


def _submitted_page(task: Assignment) -> ResponseReturnValue:
    clarified = answers_sent(task.bid, clock.now())
    bid = bid_in_full(task.bid_id)
    return render_template("appraisal/submitted.html", bid=bid, clarified=clarified, **_own_scores(task))


def _own_scores(task: Assignment) -> dict[str, Any]:
    return {
        "task": task,
        "parts": parts_of(queries.criteria_of(task.bid.round_id)),
        "scores": _scores(task),
        "is_scored": marking.is_scored,
    }


def _scores(task: Assignment) -> dict[Place, Score]:
    return marking.scores_of(task)


def _scored(task: Assignment) -> int:
    return sum(marking.is_scored(score) for score in task.scores)


@bp.route("/appraisals/<key>/bid.pdf")
@requires(Permission.BID_SCORE)
def pdf(key: str) -> ResponseReturnValue:
    """The submitted bid, to read away from the screen."""
    task = queries.my_assignment(me(), key)
    if task.state is AssignmentState.TO_DECLARE:
        return redirect(url_for(".declare", key=key))
    file = bid_file(task.bid, at=clock.now())
    return files.send_made(file.content, name=file.name, content_type=file.content_type)
