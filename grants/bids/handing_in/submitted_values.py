"""The answers of a bid as they were handed in, read from its submission and not from rows that somebody might touch."""

import json
from typing import Any

from grants.bids.answers.values import NEVER_ANSWERED, is_asked
from grants.bids.fault import Values
from grants.bids.models import Bid, Project
from grants.funds.models import Asked, Question, QuestionKind, Section

Place = tuple[Section, Question, Project | None]
_FOLLOW_GRANT = ("grant_equals", "funding_covers")
_NEVER_ASKED_AGAIN = NEVER_ANSWERED | {QuestionKind.FILE, QuestionKind.DECLARATION}


def place_name(place: Place) -> str:
    """How an address names a question of the bid, or of one of its projects."""
    section, question, project = place
    return ".".join([section.code, question.code, *([project.key] if project else [])])


def submitted_values(bid: Bid) -> Values:
    """{(project's id or None, question's id): value} of a submitted bid loaded in full. No answer is no entry."""
    if bid.submission is None:
        return {}
    content = json.loads(bid.submission.content)
    projects = {project.key: project for project in bid.projects}
    found = _values(bid, None, content["answers"])
    for said in content["projects"]:
        if said["key"] in projects:
            found |= _values(bid, projects[said["key"]], said["answers"])
    return found


def _values(bid: Bid, project: Project | None, answers: list[dict[str, Any]]) -> Values:
    questions = {
        (section.code, question.code): question.id
        for section in bid.sections
        for question in section.questions_in(bid.form_version)
    }
    places = {(answer["section"], answer["question"]): answer["is"] for answer in answers}
    return {(project.id if project else None, questions[at]): value for at, value in places.items() if at in questions}


def open_to_clarification(bid: Bid, values: Values) -> list[Place]:
    """What the programme may ask to be answered again, in the order of the form, then by project.

    Never the money that the grant asked for has to agree with: a clarification cannot alter the ask. Files come with
    a letter, and what an officer declared was signed.
    """
    per_bid = [
        place for section in bid.sections if section.per is Asked.BID for place in _of(bid, section, None, values)
    ]
    per_project = [
        place
        for project in bid.projects
        for section in bid.sections
        if section.per is Asked.PROJECT
        for place in _of(bid, section, project, values)
    ]
    return per_bid + per_project


def _of(bid: Bid, section: Section, project: Project | None, values: Values) -> list[Place]:
    project_id, questions = project.id if project else None, section.questions_in(bid.form_version)
    by_code = {question.code: values.get((project_id, question.id)) for question in questions}
    bound = bound_to_grant(bid.round.cross_checks["checks"])
    return [
        (section, question, project)
        for question in questions
        if question.kind not in _NEVER_ASKED_AGAIN
        and f"{section.code}.{question.code}" not in bound
        and is_asked(question, by_code)
    ]


def bound_to_grant(checks: list[dict[str, Any]]) -> set[str]:
    """section.question of each money question that a check of the round compares with the grant asked for."""
    follow = {check["question"] for check in checks if check["kind"] in _FOLLOW_GRANT and "question" in check}
    pairs = [{check["question"], check["other"]} for check in checks if check["kind"] == "sum_equals"]
    return follow.union(*(pair for pair in pairs if pair & follow))
