"""An appraiser's own pages. Nothing here asks for anybody else's assignment, score or state."""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.appraisal import queries
from grants.appraisal.gates import worth
from grants.appraisal.marks_forms import late_marks, marks_of
from grants.appraisal.models import Assignment, AssignmentState, Score
from grants.appraisal.panels.queries import coming
from grants.appraisal.parts import Part, Place, parts_of
from grants.appraisal.remarks.pages import Wait, waits_of
from grants.appraisal.remarks.queries import stopped
from grants.appraisal.room import bp
from grants.appraisal.scoring import autosave_views, book_views, declaring_views, marking, note_views, reopen_views
from grants.appraisal.scoring.forms import scores_form
from grants.appraisal.scoring.noting import pieces
from grants.appraisal.scoring.queries import (
    Show,
    checked_again,
    looked_up_for,
    my_rounds,
    my_tasks,
    noted_on,
    why_reopened,
)
from grants.bids.afterwards.clarification_queries import answers_sent
from grants.bids.handing_in.bid_pdf import bid_file
from grants.bids.models import BidStatus
from grants.bids.queries import attachment_of, bid_in_full
from grants.files import operations as files
from grants.funds.models import Criterion
from grants.kernel import clock
from grants.kernel.forms import Form, attempt
from grants.kernel.pages import page_of
from grants.people.access import me, requires
from grants.people.roles import Permission

__all__ = ["autosave_views", "book_views", "declaring_views", "note_views", "reopen_views"]


@bp.route("/appraisals")
@requires(Permission.BID_SCORE)
def mine() -> ResponseReturnValue:
    rounds, code = my_rounds(me()), request.args.get("round", "")
    chosen = next((round_ for round_ in rounds if round_.code == code), None)
    asked = request.args.get("show", "")
    show = Show(asked) if asked in list(Show) else Show.ALL
    page = page_of(my_tasks(me(), show, chosen.code if chosen else ""))
    scored = queries.scored_counts([task.id for task in page.rows])
    parts = queries.part_counts({task.bid.round_id for task in page.rows})
    return render_template(
        "appraisal/mine.html",
        page=page,
        scored=scored,
        parts=parts,
        rounds=rounds,
        chosen=chosen,
        show=show,
        in_hand=my_rounds(me(), Show.TO_SCORE),
        checked_again=checked_again(me()),
        meetings=coming(me(), clock.today()),
    )


@dataclass(frozen=True)
class Sheet:
    """What one appraiser has of one bid: all parts, those that can be scored now, and what was given so far."""

    task: Assignment
    criteria: list[Criterion]
    waiting: dict[int, list[Wait]]
    """What holds up criteria that somebody asks the council about, by their ids."""
    halted: bool

    @property
    def parts(self) -> list[Part]:
        return parts_of(self.criteria)

    @property
    def open(self) -> list[Criterion]:
        shut = self.halted or self.task.bid.status is not BidStatus.APPRAISAL
        return [] if shut else [one for one in self.criteria if one.id not in self.waiting]

    @property
    def scores(self) -> dict[Place, Score]:
        return marking.scores_of(self.task)

    @property
    def scored(self) -> list[Part]:
        """What somebody asks the council about is not scored, whatever was given before."""
        known, settled = self.scores, [part for part in self.parts if part.criterion.id not in self.waiting]
        return [part for part in settled if marking.is_scored(known.get(part.place))]

    @property
    def is_complete(self) -> bool:
        return bool(self.open) and len(self.scored) == len(self.parts)


def _sheet(task: Assignment) -> Sheet:
    criteria = list(queries.criteria_of(task.bid.round_id))
    return Sheet(task, criteria, waits_of(task, criteria, clock.now()), stopped(task.bid))


@bp.route("/appraisals/<key>", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def appraise(key: str) -> ResponseReturnValue:
    """The bid beside its criteria; once handed in, what was handed in."""
    task = queries.my_assignment(me(), key)
    if task.state is AssignmentState.TO_DECLARE:
        return redirect(url_for(".declare", key=key))
    sheet = _sheet(task)
    if task.state is AssignmentState.SUBMITTED:
        return render_template("appraisal/submitted.html", **_bid_beside(sheet))
    form = scores_form(sheet.open, sheet.scores)
    late: set[Place] = set()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            marking.score(task, marks_of(form, sheet.open), by=me(), at=clock.now())
        if attempted.ok:
            return _after_saving(sheet)
        sheet = _sheet(task)
    if form.is_submitted():
        late = late_marks(form, {place: row for place, row in sheet.scores.items() if place[0] in _ids(sheet.open)})
    return render_template(
        "appraisal/scoring/score.html", form=form, late=late, least=queries.SHORTEST_REASON,
        saves_at=url_for(".autosave_scores", key=key) if sheet.open else "", **_bid_beside(sheet),
    )  # fmt: skip


def _ids(criteria: list[Criterion]) -> set[int]:
    return {criterion.id for criterion in criteria}


def _after_saving(sheet: Sheet) -> ResponseReturnValue:
    """On to handing in when nothing is lacking; else the page again where the button was, saying how far it is."""
    if sheet.is_complete and not request.form.get("at"):
        return redirect(url_for(".submit_scores", key=sheet.task.key))
    flash(f"Saved. {len(sheet.scored)} of {len(sheet.parts)} {counted(sheet.parts)} scored.")
    places = {autosave_views.code_of(part) for part in sheet.parts}
    at = request.form.get("at", "")
    return redirect(url_for(".appraise", key=sheet.task.key, _anchor=f"part-{at}" if at in places else "scores"))


@bp.app_template_global("counted_parts")
def counted(parts: list[Part]) -> str:
    return "parts of criteria" if any(part.name for part in parts) else "criteria"


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
    sheet = _sheet(task)
    looked_up = looked_up_for(task.bid, sheet.criteria)
    return render_template("appraisal/submit.html", form=form, task=task, sheet=sheet, looked_up=looked_up)


@bp.route("/appraisals/<key>/attachments/<attachment_key>")
@requires(Permission.BID_SCORE)
def attachment(key: str, attachment_key: str) -> ResponseReturnValue:
    task = queries.my_assignment(me(), key)
    if task.state is AssignmentState.TO_DECLARE:
        return redirect(url_for(".declare", key=key))
    return files.send(attachment_of(task.bid, attachment_key).attachment)


@bp.route("/appraisals/<key>/bid.pdf")
@requires(Permission.BID_SCORE)
def pdf(key: str) -> ResponseReturnValue:
    """The submitted bid, to read away from the screen."""
    task = queries.my_assignment(me(), key)
    if task.state is AssignmentState.TO_DECLARE:
        return redirect(url_for(".declare", key=key))
    file = bid_file(task.bid, at=clock.now())
    return files.send_made(file.content, name=file.name, content_type=file.content_type)


def _bid_beside(sheet: Sheet) -> dict[str, Any]:
    """The bid with this appraiser's notes, and the own scores: what both pages of an appraisal show."""
    task = sheet.task
    noted = noted_on(task)
    beside: dict[tuple[int | None, int | None], list[Any]] = {}
    for one in noted:
        beside.setdefault((one.note.question_id, one.note.project_id), []).append(one.note)
    return {
        "task": task,
        "sheet": sheet,
        "bid": bid_in_full(task.bid_id),
        "clarified": answers_sent(task.bid, clock.now()),
        "worth": worth.latest(task.bid),
        "looked_up": looked_up_for(task.bid, sheet.criteria),
        "reopened": why_reopened(task),
        "noted": noted,
        "beside": beside,
        "pieces": pieces,
        "spot_address": note_views.spot_address,
    }
