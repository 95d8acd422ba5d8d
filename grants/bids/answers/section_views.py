"""The page on which one section of a bid, or of one of its projects, is answered."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.bids import operations
from grants.bids.answers import version_views
from grants.bids.answers.answering import Clash
from grants.bids.answers.autosave_views import autosave_address
from grants.bids.answers.computed import computed_on
from grants.bids.answers.file_questions import Taken, take_files
from grants.bids.answers.forms import SectionForm
from grants.bids.answers.grace import comes_late
from grants.bids.answers.opened import opened_at, opening_mark
from grants.bids.answers.section_queries import SectionPage, section_to_write
from grants.bids.answers.totals import totals_of
from grants.bids.answers.values import field_name, in_words
from grants.bids.blueprint import bp
from grants.bids.deadline.late_attempts import say_late_files
from grants.bids.queries import attachments_of
from grants.bids.together.views import section_asides
from grants.funds.deadlines.closing import takes_bids
from grants.funds.models import Question, QuestionKind
from grants.kernel import clock
from grants.kernel.arrival import arrived
from grants.kernel.errors import Refused
from grants.kernel.forms import attempt
from grants.people.access import me, requires
from grants.people.roles import Permission

__all__ = ["version_views"]


@bp.route("/bids/<key>/sections/<code>", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def section(key: str, code: str) -> ResponseReturnValue:
    return _section(key, code, None)


@bp.route("/bids/<key>/projects/<project_key>/sections/<code>", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def project_section(key: str, project_key: str, code: str) -> ResponseReturnValue:
    return _section(key, code, project_key)


def _section(key: str, code: str, project_key: str | None) -> ResponseReturnValue:
    """One section's questions. What two people changed at once is shown twice, and everything else is saved."""
    at = arrived()
    page = section_to_write(me(), key, code, project_key, on=clock.today(), hold=request.method == "POST")
    saves = page.bid.being_written and takes_bids(page.bid.round, page.bid.lead_council_id, at)
    if request.method == "GET" and not saves:
        return _to_read(page)
    has_files = any(question.kind is QuestionKind.FILE for question in page.questions)
    taken = Taken()
    if has_files and request.method == "POST":
        taken = take_files(page, request.files, request.form, by=me(), at=at)
        say_late_files(taken.late)
        if taken.moved:
            page = section_to_write(me(), key, code, project_key, on=clock.today(), hold=True)
    asking = SectionForm(page, attachments_of(page.bid) if has_files else [], opening_mark(page.bid, me(), at))
    clashes: dict[int, str] = {}
    if asking.form.validate_on_submit():
        opened = opened_at(page.bid, me(), asking.form["opened"].data)
        late = comes_late(page.bid, opened_at=opened, at=at)
        with attempt(asking.form) as attempted:
            found = operations.save_section(page, asking.given(), by=me(), at=at, opened_at=opened)
        if attempted.ok and late and not found and not taken.refused:
            return redirect(request.path)
        if attempted.ok and not found and not taken.refused:
            return _saved(key, project_key)
        if attempted.ok:
            clashes = _show_clashes(asking, found)
            page = section_to_write(me(), key, code, project_key, on=clock.today())
            asking.look_again(page, clashes)
    for refusal in taken.refused:
        asking.form.refuse(refusal)
    beside, asides = section_asides(page)
    return render_template(
        "bids/section.html", bid=page.bid, page=page, asking=asking, form=asking.form, clashes=clashes,
        conditions=conditions_of(page.questions), computed=computed_on(page), totals=totals_of(asking),
        autosave=autosave_address(page, at), beside=beside, asides=asides, saves=saves,
    )  # fmt: skip


def _to_read(page: SectionPage) -> ResponseReturnValue:
    """The section when nothing of it can be saved any more: each answer in words, and what came too late beside it."""
    beside, asides = section_asides(page)
    return render_template(
        "bids/section_to_read.html", bid=page.bid, page=page, answers=_answers_in_words(page),
        computed=computed_on(page), beside=beside, asides=asides,
    )  # fmt: skip


def _answers_in_words(page: SectionPage) -> list[tuple[Question, str, str | None]]:
    """(question, its answer, what was typed too late); the last None where nothing was."""
    found = []
    for question in page.questions:
        if question.kind is QuestionKind.COMPUTED:
            continue
        answer = page.answers.get(question.id)
        came_late = in_words(question, answer.typed) if answer and answer.late else None
        found.append((question, in_words(question, answer.value["is"] if answer else None), came_late))
    return found


def _saved(key: str, project_key: str | None) -> ResponseReturnValue:
    """Back to the list, or to the same page where its totals were asked for."""
    flash("Your answers are saved.")
    if request.form.get("then") == "totals":
        return redirect(request.path)
    return redirect(url_for(".project", key=key, project_key=project_key) if project_key else url_for(".show", key=key))


def _show_clashes(asking: SectionForm, found: Sequence[Clash]) -> dict[int, str]:
    """Say next to each field who was first; what stands there, in words, by question id."""
    for clash in found:
        by = clash.theirs.changed_by.name
        said = f"{by} changed “{clash.question.label}” meanwhile. Choose, or make one of both, and save again."
        asking.form.refuse(Refused(said, field=field_name(clash.question)))
    return {clash.question.id: in_words(clash.question, clash.theirs.value["is"]) for clash in found}


def conditions_of(questions: Sequence[Question]) -> dict[int, tuple[str, str]]:
    """For each question asked only under a condition: the other question, and the answer that it takes, in words."""
    by_code = {question.code: question for question in questions}
    found = {}
    for question in questions:
        condition = question.settings.get("only_if")
        if condition and (other := by_code.get(condition["question"])):
            found[question.id] = (other.label, in_words(other, condition["is"]))
    return found
