"""The form of feedback on one bid: a text for the bid as a whole and for each criterion, each with its version."""

from collections.abc import Mapping, Sequence
from typing import Any

from grants.appraisal.feedback.composing import WHOLE
from grants.appraisal.feedback.writing import Words, field_of
from grants.appraisal.marks_forms import form_of
from grants.appraisal.models import Feedback
from grants.funds.models import Criterion
from grants.kernel.forms import Form, Paragraphs, SeenField


def feedback_form(criteria: Sequence[Criterion], known: Mapping[int | None, Feedback]) -> Form:
    """For each `text_ID` and `seen_ID`; the bid as a whole has the id nought."""
    fields: dict[str, Any] = {}
    for criterion in (None, *criteria):
        row = known.get(criterion.id if criterion else None)
        name = field_of(criterion)
        fields[name] = Paragraphs(criterion.name if criterion else WHOLE, default=row.text if row else "")
        fields[f"seen_{name}"] = SeenField(default=str(row.version if row else 0))
    return form_of("FeedbackForm", fields)


def words_of(form: Form, criteria: Sequence[Criterion]) -> list[Words]:
    return [
        Words(criterion, form[field_of(criterion)].data or "", _number(form[f"seen_{field_of(criterion)}"].data))
        for criterion in (None, *criteria)
    ]


def catch_up(form: Form, criteria: Sequence[Criterion], known: Mapping[int | None, Feedback]) -> set[str]:
    """Fields that somebody else saved meanwhile. The form then knows of it: what is sent next replaces theirs."""
    late = set()
    for criterion in (None, *criteria):
        row = known.get(criterion.id if criterion else None)
        seen = form[f"seen_{field_of(criterion)}"]
        if _number(seen.data) != (row.version if row else 0):
            late.add(field_of(criterion))
            seen.data = str(row.version if row else 0)
    return late


def approvals(ticked: Sequence[str]) -> dict[str, int]:
    """`key.version` as buttons send them, by key; what is none of these matches no text."""
    return {key: _number(version) for key, _, version in (one.partition(".") for one in ticked)}


def _number(typed: object) -> int:
    words = str(typed or "")
    return int(words) if words.isascii() and words.isdigit() and len(words) < 10 else -1
