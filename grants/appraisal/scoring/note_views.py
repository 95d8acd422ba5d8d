"""An appraiser's own highlights and notes: on one answer, on the bid as a whole, and the list of them all."""

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from grants.appraisal import queries
from grants.appraisal.models import Assignment, AssignmentState
from grants.appraisal.room import bp
from grants.appraisal.scoring import noting
from grants.appraisal.scoring.forms import NoteForm
from grants.appraisal.scoring.queries import note_of, noted_on, notes_on
from grants.bids.answers.section_queries import section_of
from grants.bids.answers.values import NEVER_ANSWERED, in_words
from grants.bids.models import Bid, Project
from grants.funds.models import Question, Section
from grants.kernel import clock
from grants.kernel.forms import Form, attempt
from grants.people.access import me, requires
from grants.people.roles import Permission


@dataclass(frozen=True)
class Spot:
    """An answer of the bid, in words, that can be noted on."""

    question: Question
    project: Project | None
    words: str
    address: str


def spot_address(task: Assignment, section: Section, question: Question, project: Project | None) -> str:
    """Where one answer is highlighted and noted on."""
    codes: dict[str, Any] = {"key": task.key, "code": section.code, "question_code": question.code}
    if project is not None:
        codes["project_key"] = project.key
    return url_for("appraisal.answer_notes", **codes)


@bp.route("/appraisals/<key>/answers/<code>/<question_code>", methods=["GET", "POST"])
@bp.route("/appraisals/<key>/projects/<project_key>/answers/<code>/<question_code>", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def answer_notes(key: str, code: str, question_code: str, project_key: str | None = None) -> ResponseReturnValue:
    """One answer with this appraiser's notes on it. Sent by the bid's own page, it answers with that answer anew."""
    task = _task(key)
    spot = _spot(task, code, question_code, project_key)
    form, asked_by_page = NoteForm(), request.headers.get("X-Requested-With") == "fetch"
    if form.validate_on_submit():
        with attempt(form) as attempted:
            noting.note(
                task, spot.question, spot.project, spot.words,
                quote=form.quote.data or "", words=form.text.data or "", by=me(), at=clock.now(),
            )  # fmt: skip
        if attempted.ok and not asked_by_page:
            flash("Kept. Only you can read it.")
            return redirect(spot.address)
    if asked_by_page and form.all_errors:
        return {"refused": form.all_errors[0][1]}, 409
    of_spot = (spot.question.id, spot.project.id if spot.project else None)
    notes = [note for note in notes_on(task) if (note.question_id, note.project_id) == of_spot]
    page = "appraisal/scoring/noted.html" if asked_by_page else "appraisal/scoring/answer.html"
    return render_template(page, task=task, spot=spot, notes=notes, pieces=noting.pieces(spot.words, notes), form=form)


def _task(key: str) -> Assignment:
    task = queries.my_assignment(me(), key)
    if task.state is AssignmentState.TO_DECLARE:
        abort(404)
    return task


def _spot(task: Assignment, code: str, question_code: str, project_key: str | None) -> Spot:
    page = section_of(select(Bid).where(Bid.id == task.bid_id), Section.code == code, project_key, hold=False)
    question = next((question for question in page.questions if question.code == question_code), None)
    if question is None or question.kind in NEVER_ANSWERED:
        abort(404)
    answer = page.answers.get(question.id)
    words = in_words(question, answer.value["is"]) if answer else ""
    return Spot(question, page.project, words, spot_address(task, page.section, question, page.project))


@bp.route("/appraisals/<key>/notes", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def notes(key: str) -> ResponseReturnValue:
    """All notes on one bid; one on the bid as a whole is written here."""
    task, form = _task(key), NoteForm()
    del form.quote
    if form.validate_on_submit():
        with attempt(form) as attempted:
            noting.note(task, None, None, "", quote="", words=form.text.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash("Kept. Only you can read it.")
            return redirect(url_for(".notes", key=key))
    return render_template("appraisal/scoring/notes.html", task=task, form=form, noted=noted_on(task))


@bp.route("/appraisals/<key>/notes/<note_key>/remove", methods=["POST"])
@requires(Permission.BID_SCORE)
def remove_note(key: str, note_key: str) -> ResponseReturnValue:
    task, form = _task(key), Form()
    note = note_of(task, note_key)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            noting.remove_note(note, by=me(), at=clock.now())
        flash("The note is removed." if attempted.ok else form.all_errors[0][1])
    return redirect(url_for(".notes", key=key))
