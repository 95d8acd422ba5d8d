"""What a bid still lacks before it may be signed and submitted: one set of rules for the pages and for submission."""

from collections.abc import Callable, Iterator
from datetime import date
from enum import StrEnum
from typing import Any

from grants.bids.answers.values import NEVER_ANSWERED, field_name, files_in, is_asked
from grants.bids.cross_checks import cross_faults
from grants.bids.fault import Fault as Fault
from grants.bids.fault import Place as Place
from grants.bids.fault import Values as Values
from grants.bids.handing_in.checks import board_faults, file_faults
from grants.bids.models import Bid, Project
from grants.bids.projects.checks import is_begun, table_faults
from grants.bids.projects.checks import streams_of as streams_of
from grants.funds.models import Asked, Question, QuestionKind, Section
from grants.kernel import text


class State(StrEnum):
    """How far a part of a bid has come."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    DONE = "done"


def values_of(bid: Bid) -> Values:
    return {(answer.project_id, answer.question_id): answer.value["is"] for answer in bid.answers}


def faults(bid: Bid, on: date | None = None) -> list[Fault]:
    """All faults of a bid loaded in full, in the order of its pages. `on` is the day for which councils must exist."""
    values = values_of(bid)
    found = list(_of_details(bid, on))
    for section in bid.sections:
        if section.per is Asked.BID:
            found += section_faults(bid, section, None, values)
    if not bid.projects and has_projects(bid):
        found.append(Fault("Add at least one project.", Place.PROJECTS))
    for project in bid.projects:
        found += project_faults(bid, project, values)
    found += [fault for fault in cross_faults(bid, values, []) if fault.project not in bid.projects]
    return [*found, *board_faults(bid), *file_faults(bid)]


def has_projects(bid: Bid) -> bool:
    """Whether the round asks for projects at all: an expression of interest may not."""
    return bool(bid.round.project_parts["parts"]) or any(section.per is Asked.PROJECT for section in bid.sections)


def _of_details(bid: Bid, on: date | None) -> Iterator[Fault]:
    if not bid.title:
        yield Fault("Give the bid a title.", Place.DETAILS, field="title")
    for seat in bid.councils if on else []:
        if on and not seat.council.in_being(on):
            role = "The lead council" if seat.leads else "A member council"
            yield Fault(f"{role}, {seat.council.name}, is no longer in being.", Place.DETAILS)


def project_faults(bid: Bid, project: Project, values: Values) -> list[Fault]:
    found: list[Fault] = []
    if not project.summary:
        found.append(
            Fault(f"{project.title}: sum the project up in one sentence.", Place.PROJECT, project, None, "summary")
        )
    found += table_faults(project)
    for section in bid.sections:
        if section.per is Asked.PROJECT:
            found += section_faults(bid, section, project, values)
    return found + [fault for fault in cross_faults(bid, values, [project]) if fault.project is project]


def section_faults(bid: Bid, section: Section, project: Project | None, values: Values) -> list[Fault]:
    project_id, questions = project.id if project else None, section.questions_in(bid.form_version)
    by_code = {question.code: values.get((project_id, question.id)) for question in questions}
    found = []
    for question in questions:
        if is_asked(question, by_code) and (problem := _problem(bid, question, by_code[question.code])):
            of_project = f"{project.title}: " if project else ""
            sentence = f"{of_project}{question.label} {problem}"
            found.append(Fault(sentence, Place.SECTION, project, section, field_name(question)))
    return found


def _problem(bid: Bid, question: Question, value: Any) -> str:
    if value is None:
        return "This has no answer yet." if question.required else ""
    for check in _CHECKS.get(question.kind, ()):
        if problem := check(bid, question, value):
            return problem
    return ""


def _too_many_words(bid: Bid, question: Question, value: Any) -> str:
    most = question.settings.get("max_words")
    count = text.words(value)
    return f"The answer has {count:,} words; it may have {most:,}." if most and count > most else ""


def _file_taken_off(bid: Bid, question: Question, value: Any) -> str:
    held = {held.attachment.key for held in bid.attachments if held.removed_at is None}
    gone = [file["name"] for file in files_in(value) if file["key"] not in held]
    return f"No longer attached to the bid: {', '.join(gone)}." if gone else ""


_CHECKS: dict[QuestionKind, tuple[Callable[[Bid, Question, Any], str], ...]] = {
    QuestionKind.TEXT: (_too_many_words,),
    QuestionKind.FILE: (_file_taken_off,),
}


def section_state(bid: Bid, section: Section, project: Project | None, values: Values) -> State:
    """Done when nothing that must be answered is missing or wrong."""
    project_id = project.id if project else None
    asked = [question for question in section.questions_in(bid.form_version) if question.kind not in NEVER_ANSWERED]
    if asked and all(values.get((project_id, question.id)) is None for question in asked):
        return State.NOT_STARTED
    wrong = section_faults(bid, section, project, values) or any(
        fault.section is section and fault.project is project
        for fault in cross_faults(bid, values, [project] if project else [])
    )
    return State.IN_PROGRESS if wrong else State.DONE


def project_state(bid: Bid, project: Project, values: Values) -> State:
    if not project_faults(bid, project, values):
        return State.DONE
    begun = is_begun(project) or any(key[0] == project.id for key in values)
    return State.IN_PROGRESS if begun else State.NOT_STARTED
