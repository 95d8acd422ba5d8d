"""What autosave.js asks of the server while somebody scores. Nothing can be done here that the button cannot do."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from grants.appraisal import queries
from grants.appraisal.guards import Marked
from grants.appraisal.models import AssignmentState, Score
from grants.appraisal.parts import Part, Place, field_of, parts_of
from grants.appraisal.remarks.queries import waits_for_answer
from grants.appraisal.room import bp
from grants.appraisal.scoring import marking
from grants.appraisal.scoring.forms import scores_form
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.forms import Form, attempt, version_of
from grants.people.access import me, requires
from grants.people.roles import Permission

_HANDED_IN = "These scores have been handed in and cannot be changed."


def code_of(part: Part) -> str:
    """How the page names a part: `7_1`."""
    return f"{part.criterion.id}_{part.number}"


@bp.route("/appraisals/<key>/autosave", methods=["POST"])
@requires(Permission.BID_SCORE)
def autosave_scores(key: str) -> ResponseReturnValue:
    """Save the parts named as `asked`. The answer is JSON: see `_told`, or `{"refused": sentence}` with a 409."""
    task = queries.my_assignment(me(), key)
    if task.state is not AssignmentState.SCORING:
        return {"refused": _HANDED_IN}, 409
    criteria = queries.criteria_of(task.bid.round_id)
    sent = set(request.form.getlist("asked"))
    parts = [part for part in parts_of(criteria) if code_of(part) in sent]
    form = scores_form(criteria, {})
    form.validate()
    unfit = _unfit(form, parts, waits_for_answer(task.bid))
    fit = [part for part in parts if code_of(part) not in unfit]
    given = {(part.criterion, part.number): _typed(form, part) for part in fit}
    told: dict[str, Any] = {}
    with attempt(form) as attempted:
        clashes = marking.score_while_typing(task, given, by=me(), at=clock.now())
        db.session.flush()
        told = _told(fit, marking.scores_of(task), clashes)
    if not attempted.ok:
        return {"refused": form.all_errors[-1][1]}, 409
    return {"at": f"{clock.london(clock.now()):%H:%M}", "late": False, "unfit": unfit, **told}


def _unfit(form: Form, parts: Sequence[Part], waiting: set[int]) -> dict[str, str]:
    """Why a part cannot be kept as it was sent, by code."""
    found = {}
    for part in parts:
        errors = [str(error) for what in ("mark", "reason") for error in form[field_of(what, part.place)].errors]
        if part.criterion.id in waiting:
            errors = [f"{part.title} waits for a question to the council and was not saved."]
        if errors:
            found[code_of(part)] = " ".join(errors)
    return found


def _typed(form: Form, part: Part) -> Marked:
    mark, reason = form[field_of("mark", part.place)].data, form[field_of("reason", part.place)].data
    return Marked(int(mark) if mark else None, reason or "", version_of(request.form.get(f"seen_{code_of(part)}", "")))


def _told(parts: Sequence[Part], stands: Mapping[Place, Score], clashes: Mapping[Place, Score]) -> dict[str, Any]:
    """By part: `seen`, the version that now stands; `clashes`, what stands where this person saved it elsewhere."""
    seen = {code_of(part): str(stands[part.place].version) if part.place in stands else "0" for part in parts}
    theirs = {
        code_of(part): {"by": "You", "mine": True, "theirs": _words(clashes[part.place]), "seen": seen[code_of(part)]}
        for part in parts
        if part.place in clashes
    }
    return {"seen": {code: version for code, version in seen.items() if code not in theirs}, "clashes": theirs}


def _words(row: Score) -> str:
    mark = "Not scored yet" if row.mark is None else str(row.mark)
    return f"{mark}\n{row.reason}"
