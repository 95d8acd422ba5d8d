"""The score workbook of one appraiser and one round: handed out, and taken back whole or not at all."""

from collections.abc import Sequence
from datetime import date

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import NotFound

from grants.appraisal.models import Assignment, FlagKind
from grants.appraisal.parts import Place
from grants.appraisal.queries import criteria_of
from grants.appraisal.remarks.queries import open_flags
from grants.appraisal.room import bp
from grants.appraisal.scoring.book_layout import Line, lines_of, owner_key
from grants.appraisal.scoring.book_reading import Outcome, apply, compare, shut_places
from grants.appraisal.scoring.book_writing import workbook
from grants.appraisal.scoring.forms import BookForm
from grants.appraisal.scoring.queries import my_rounds, open_tasks
from grants.files.names import cleaned
from grants.funds.models import Round
from grants.kernel import clock
from grants.kernel.errors import Refused
from grants.kernel.forms import attempt
from grants.people.access import me, requires
from grants.people.roles import Permission

MEGABYTES = 10
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.route("/appraisals/rounds/<code>/workbook.xlsx")
@requires(Permission.BID_SCORE)
def download_score_book(code: str) -> ResponseReturnValue:
    round_ = _round(code)
    tasks = open_tasks(me(), round_, with_scores=True)
    book = workbook(me(), round_, tasks, _lines(round_, tasks), clock.now())
    answer = make_response(book)
    answer.mimetype = _TYPE
    answer.headers.set("Content-Disposition", "attachment", filename=_name(round_, clock.today()))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _name(round_: Round, day: date) -> str:
    """By which two rounds, and an older workbook, are told apart."""
    return cleaned(f"{round_.code} scores {day.isoformat()}.xlsx")


@bp.route("/appraisals/rounds/<code>/workbook", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def score_book(code: str) -> ResponseReturnValue:
    """What is sent in is taken at once if nothing is wrong with it; else each fault is named and nothing changes."""
    round_, form, outcome = _round(code), BookForm(), Outcome()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            outcome = _compared(round_, form.file.data)
            if not outcome.faults:
                apply(outcome, by=me(), at=clock.now())
        if attempted.ok and not outcome.faults:
            flash(_said(outcome))
            return redirect(url_for(".score_book", code=code))
    how_many = len(open_tasks(me(), round_))
    return render_template("appraisal/scoring/book.html", round=round_, form=form, outcome=outcome, how_many=how_many)


def _round(code: str) -> Round:
    """One of the rounds that this appraiser's bids are of; NotFound for any other."""
    round_ = next((round_ for round_ in my_rounds(me()) if round_.code == code), None)
    if round_ is None:
        raise NotFound
    return round_


def _lines(round_: Round, tasks: Sequence[Assignment]) -> list[Line]:
    return lines_of(tasks, criteria_of(round_.id))


def _compared(round_: Round, upload: FileStorage | None) -> Outcome:
    data = upload.stream.read(MEGABYTES * 2**20 + 1) if upload else b""
    if not data:
        raise Refused("Choose the workbook that you have filled in.", field="file")
    if len(data) > MEGABYTES * 2**20:
        raise Refused(f"The file is larger than {MEGABYTES} megabytes.", field="file")
    lines = _lines(round_, open_tasks(me(), round_, with_scores=True))
    return compare(data, lines, _shut(lines), owner=owner_key(me(), round_))


def _shut(lines: Sequence[Line]) -> set[Place]:
    """What cannot be scored at present, for all bids in one query."""
    flags = open_flags({line.task.bid_id for line in lines})
    every = {line.part.criterion.id for line in lines}
    held_up: dict[int, set[int]] = {}
    for bid_id, raised in flags.items():
        for flag in raised:
            if flag.kind is FlagKind.CLARIFICATION:
                held_up.setdefault(bid_id, set()).update(every if flag.criterion_id is None else {flag.criterion_id})
    stopped = {bid_id for bid_id, raised in flags.items() if any(flag.kind is FlagKind.STOP for flag in raised)}
    return shut_places(lines, held_up, stopped)


def _said(outcome: Outcome) -> str:
    if not outcome.given:
        return "The workbook says what is here already. Nothing was changed."
    bids = len(outcome.given)
    return f"Taken in: {outcome.marks} changed in {bids} bid{'s' if bids > 1 else ''}. They are not submitted yet."
