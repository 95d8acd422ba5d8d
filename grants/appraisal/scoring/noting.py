"""An appraiser's own highlights and notes on a bid's text. Nobody else reads them, and no trail has their words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from grants import audit
from grants.appraisal.guards import hold
from grants.appraisal.models import Assignment, AssignmentState, MarginNote
from grants.bids.models import Project
from grants.funds.models import Question
from grants.kernel import text
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person

LONGEST_QUOTE = 5_000
LONGEST_NOTE = 5_000
MOST_NOTES = 500
"""On one bid, so that its page stays quick."""


@dataclass(frozen=True)
class Piece:
    """A stretch of an answer; `note` is the first of those that highlight it."""

    text: str
    note: MarginNote | None = None


def note(
    assignment: Assignment,
    question: Question | None,
    project: Project | None,
    answer: str,
    *,
    quote: str,
    words: str,
    by: Person,
    at: datetime,
) -> MarginNote:
    """Keep a highlight (`quote`, which must stand in `answer`), a note (`words`), or both; sent twice, once."""
    hold(assignment)
    _refuse_not_own(assignment, by)
    quote, words = _checked(quote, "quote", LONGEST_QUOTE), _checked(words, "text", LONGEST_NOTE)
    if not quote and not words:
        raise Refused("Type the words to highlight, or a note.", field="quote")
    found = place_of(quote, answer) if quote else None
    if quote and found is None:
        raise Refused("These words do not stand in the answer. Copy them as they are.", field="quote")
    said = {
        "assignment_id": assignment.id,
        "question_id": question.id if question else None,
        "project_id": project.id if project else None,
        "quote": answer[found[0] : found[1]] if found else "",
        "text": words,
    }
    if again := db.session.scalar(select(MarginNote).filter_by(**said, removed_at=None).limit(1)):
        return again
    if _count(assignment) >= MOST_NOTES:
        raise Refused(f"You have {MOST_NOTES} notes on this bid. Remove one before you add another.")
    row = MarginNote(**said, written_at=at)
    db.session.add(row)
    audit.record(assignment, "noted", by=by)
    return row


def remove_note(row: MarginNote, *, by: Person, at: datetime) -> None:
    """It is shown no more."""
    hold(row.assignment)
    _refuse_not_own(row.assignment, by)
    db.session.refresh(row)
    if row.removed_at is None:
        row.removed_at = at
        audit.record(row.assignment, "removed_note", by=by)


def place_of(quote: str, answer: str) -> tuple[int, int] | None:
    """Where these words first stand in the answer, whatever the blanks and line ends between them."""
    found = re.search(r"\s+".join(map(re.escape, quote.split())), answer)
    return found.span() if found and quote.split() else None


def pieces(answer: str, notes: Sequence[MarginNote]) -> list[Piece]:
    """The answer cut where highlights begin and end. Of two that overlap, what the earlier one has stays with it."""
    spans = [(span, row) for row in notes if row.quote and (span := place_of(row.quote, answer))]
    cut, end = [], 0
    for (start, stop), row in sorted(spans, key=lambda one: one[0]):
        start = max(start, end)
        if start >= stop:
            continue
        cut += [Piece(answer[end:start]), Piece(answer[start:stop], row)]
        end = stop
    return [piece for piece in [*cut, Piece(answer[end:])] if piece.text]


def _count(assignment: Assignment) -> int:
    kept = select(func.count()).where(MarginNote.assignment_id == assignment.id, MarginNote.removed_at.is_(None))
    return db.session.scalar(kept) or 0


def _checked(words: str, field: str, most: int) -> str:
    words = text.tidy(words)
    if len(words) > most:
        raise Refused(f"At most {most:,} characters.", field=field)
    if what := text.unfit(words):
        raise Refused(f"There is a character that cannot be kept ({what}). Type it again.", field=field)
    return words


def _refuse_not_own(assignment: Assignment, by: Person) -> None:
    if assignment.person_id != by.id or assignment.state not in (AssignmentState.SCORING, AssignmentState.SUBMITTED):
        raise Refused("This is not yours to appraise.")
