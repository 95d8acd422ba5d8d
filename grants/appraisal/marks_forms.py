"""What forms for marks share: three fields for each part of a criterion, named by its place; who saved meanwhile."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from wtforms import RadioField
from wtforms.validators import Optional

from grants.appraisal.guards import Marked
from grants.appraisal.models import MARKS, GateResult, Moderation, Score
from grants.appraisal.parts import Part, Place, field_of, parts_of
from grants.funds.models import Criterion
from grants.kernel.forms import Form, Paragraphs, SeenField, choices, version_of

NOT_SCORED = ("", "Not scored yet")


def marks_form(
    criteria: Sequence[Criterion], known: Mapping[Place, Score] | Mapping[Place, Moderation], *, blank: bool, hint: str
) -> Form:
    """For each part of a criterion `mark_ID_PART`, `reason_ID_PART` and `version_ID_PART`."""
    fields: dict[str, Any] = {}
    for part in parts_of(criteria):
        row = known.get(part.place)
        mark = str(row.mark) if row and row.mark is not None else ""
        options = [(str(mark), _band(part.criterion, mark)) for mark in reversed(MARKS)]
        fields[field_of("mark", part.place)] = RadioField(
            f"Mark for {part.title}",
            choices=choices([*options, NOT_SCORED] if blank else options),
            default=mark,
            validators=[Optional()],
        )
        fields[field_of("reason", part.place)] = Paragraphs(
            f"Reason for {part.title}", default=row.reason if row else "", description=hint
        )
        seen = field_of("seen", part.place)  # by which a page that saves by itself finds the field
        fields[field_of("version", part.place)] = SeenField(default=str(row.version if row else 0), id=seen)
    return form_of("MarksForm", fields)


def _band(criterion: Criterion, mark: int) -> str:
    """`5: what such an answer looks like`."""
    words = cast(Mapping[str, str], criterion.bands).get(str(mark), "")
    return f"{mark}: {words}" if words else str(mark)


def marks_of(form: Form, criteria: Sequence[Criterion]) -> dict[tuple[Criterion, int], Marked]:
    """What was typed, by criterion and number of its part."""
    return {(part.criterion, part.number): marked_in(form, part) for part in parts_of(criteria)}


def marked_in(form: Form, part: Part) -> Marked:
    typed = form[field_of("mark", part.place)].data
    reason = form[field_of("reason", part.place)].data or ""
    return Marked(int(typed) if typed else None, reason, version_at(form, field_of("version", part.place)))


def late_marks(form: Form, known: Mapping[Place, Score] | Mapping[Place, Moderation]) -> set[Place]:
    """Where somebody else saved meanwhile. The form then knows of it: what is sent next is meant to replace it."""
    names = {place: field_of("version", place) for place in known}
    late = {place for place, row in known.items() if version_at(form, names[place]) != row.version}
    for place in late:
        form[names[place]].data = str(known[place].version)
    return late


def catch_up(form: Form, known: Mapping[int, GateResult]) -> set[int]:
    """The same for a form whose fields are named by ids alone."""
    late = {row_id for row_id, row in known.items() if version_seen(form, row_id) != row.version}
    for row_id in late:
        form[f"version_{row_id}"].data = str(known[row_id].version)
    return late


def version_seen(form: Form, row_id: int) -> int:
    return version_at(form, f"version_{row_id}")


def version_at(form: Form, name: str) -> int:
    return version_of(form[name].data or "")


def form_of(name: str, fields: dict[str, Any]) -> Form:
    return cast(Form, type(name, (Form,), fields)())
