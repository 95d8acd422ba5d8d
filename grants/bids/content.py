"""Everything a bid says, in one plain structure: what is hashed when it is signed and kept when it is submitted."""

import hashlib
import json
from typing import Any

from grants.bids.answers.computed import Figures, computed_words, figures_of_projects
from grants.bids.answers.values import NEVER_ANSWERED, in_words
from grants.bids.models import Answer, Bid, Project
from grants.bids.projects.content import project_content
from grants.funds.models import Asked, Question


def bid_content(bid: Bid) -> dict[str, Any]:
    """Of a bid loaded in full. Money in pence, outcomes in hundredths of their unit, years as 2017/18.

    Names stand beside codes, so that the snapshot can be read when register and form have long moved on. Answers to
    questions that are not asked (their condition does not hold) are kept too: they were typed. What was worked out is
    kept in words.
    """
    answers = {(answer.project_id, answer.question_id): answer for answer in bid.answers}
    return {
        "fund": bid.round.fund.code,
        "fund_name": bid.round.fund.name,
        "round": bid.round.code,
        "round_name": bid.round.name,
        "title": bid.title,
        "partnership": bid.partnership.name if bid.partnership else None,
        "councils": [
            {"code": seat.council.code, "name": seat.council.name, "leads": seat.leads, "starred": seat.starred}
            for seat in bid.councils
        ],
        "accountable_council": bid.accountable_council.name if bid.accountable_council else None,
        "partners": [{"name": partner.name, "kind": partner.kind} for partner in bid.partners],
        "board_met_on": bid.board_met_on.isoformat() if bid.board_met_on else None,
        "answers": _answers(bid, answers, None),
        "projects": [project_content(project, _answers(bid, answers, project)) for project in bid.projects],
        "attachments": [
            {
                "key": held.attachment.key,
                "name": held.attachment.name,
                "description": held.description,
                "board_minute": held.board_minute,
                "bytes": held.attachment.size,
                "sha256": held.attachment.sha256,
            }
            for held in bid.attachments
            if held.removed_at is None
        ],
    }


def canonical(content: dict[str, Any]) -> str:
    """One text for one content: keys sorted, no blanks, characters as they are."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256_of(content: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def _answers(bid: Bid, answers: dict[tuple[int | None, int], Answer], project: Project | None) -> list[dict[str, Any]]:
    per, project_id = (Asked.PROJECT, project.id) if project else (Asked.BID, None)
    figures = figures_of_projects([project] if project else bid.projects)
    said = []
    for section in bid.sections:
        for question in section.questions_in(bid.form_version) if section.per is per else []:
            value, words = _said(question, answers.get((project_id, question.id)), figures)
            if value is not None:
                said.append(
                    {
                        "section": section.code,
                        "section_title": section.title,
                        "question": question.code,
                        "label": question.label,
                        "kind": question.kind.value,
                        "is": value,
                        "words": words,
                    }
                )
    return said


def _said(question: Question, answer: Answer | None, figures: Figures) -> tuple[Any, str]:
    """An answer's value and how it reads; what is worked out has no other value than its words."""
    if question.kind in NEVER_ANSWERED:
        words = computed_words(question, figures)
        return words, words
    value = answer.value["is"] if answer else None
    return value, in_words(question, value)
