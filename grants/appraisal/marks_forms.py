"""What the forms for marks share: three fields for each criterion, named by its id, and who saved meanwhile."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from wtforms import HiddenField, RadioField
from wtforms.validators import Optional

from grants.appraisal.guards import Marked
from grants.appraisal.models import MARKS, GateResult, Moderation, Score
from grants.funds.models import Criterion
from grants.kernel.forms import Form, Paragraphs, choices

NOT_SCORED = ("", "Not scored yet")


def marks_form(
    criteria: Sequence[Criterion], known: Mapping[int, Score] | Mapping[int, Moderation], *, blank: bool, hint: str
) -> Form:
    """For each criterion `mark_ID`, `reason_ID` and `version_ID`."""
    fields: dict[str, Any] = {}
    for criterion in criteria:
        row = known.get(criterion.id)
        mark = str(row.mark) if row and row.mark is not None else ""
        options = [(str(mark), _band(criterion, mark)) for mark in reversed(MARKS)]
        fields[f"mark_{criterion.id}"] = RadioField(
            f"Mark for {criterion.name}",
            choices=choices([*options, NOT_SCORED] if blank else options),
            default=mark,
            validators=[Optional()],
        )
        fields[f"reason_{criterion.id}"] = Paragraphs(
            f"Reason for {criterion.name}", default=row.reason if row else "", description=hint
        )
        fields[f"version_{criterion.id}"] = HiddenField(default=str(row.version if row else 0))
    return form_of("MarksForm", fields)


def _band(criterion: Criterion, mark: int) -> str:
    """`5: what such an answer looks like`."""
    words = cast(Mapping[str, str], criterion.bands).get(str(mark), "")
    return f"{mark}: {words}" if words else str(mark)


def marks_of(form: Form, criteria: Sequence[Criterion]) -> dict[Criterion, Marked]:
    return {
        criterion: Marked(
            int(typed) if (typed := form[f"mark_{criterion.id}"].data) else None,
            form[f"reason_{criterion.id}"].data or "",
            version_seen(form, criterion.id),
        )
        for criterion in criteria
    }


def catch_up(form: Form, known: Mapping[int, GateResult] | Mapping[int, Score] | Mapping[int, Moderation]) -> set[int]:
    """Ids where somebody else saved meanwhile. The form then knows of it: what is sent next is meant to replace it."""
    late = {row_id for row_id, row in known.items() if version_seen(form, row_id) != row.version}
    for row_id in late:
        form[f"version_{row_id}"].data = str(known[row_id].version)
    return late


def version_seen(form: Form, row_id: int) -> int:
    """0 where none came with the request, or none that is a number: it matches nothing that is stored."""
    typed = (form[f"version_{row_id}"].raw_data or [""])[0]
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def form_of(name: str, fields: dict[str, Any]) -> Form:
    return cast(Form, type(name, (Form,), fields)())
