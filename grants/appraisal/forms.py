"""The room's forms. Those for gates and marks have three fields for each gate or criterion, named by its id."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Optional

from grants.appraisal.guards import Marked
from grants.appraisal.models import MARKS, GateOutcome, GateResult, Moderation, Score
from grants.appraisal.operations import SHORTEST_REASON, Finding
from grants.funds.models import Criterion, Gate
from grants.kernel.forms import Form, Paragraphs, choices, enum_choices

NOT_SCORED = ("", "Not scored yet")
_CLEAN = "clean"


class DeclareForm(Form):
    answer = RadioField(
        "Do you have a conflict of interest with this bid?",
        choices=choices(
            [(_CLEAN, "No, I have no conflict of interest"), ("conflict", "Yes, or somebody might think so")]
        ),
        validators=[InputRequired("Say whether you have a conflict of interest.")],
    )
    reason = Paragraphs(
        "If yes, what is it?", description="The programme team reads this. The bid will be closed to you."
    )

    @property
    def is_clean(self) -> bool:
        return bool(self.answer.data == _CLEAN)


class ReasonForm(Form):
    reason = Paragraphs("Why?", required="Give a reason.")


class AssignForm(Form):
    person = SelectField("Appraiser", validators=[InputRequired("Choose an appraiser.")])
    bids = SelectMultipleField("Bids", validators=[InputRequired("Tick at least one bid.")])


def gates_form(gates: Sequence[Gate], known: Mapping[int, GateResult]) -> Form:
    """For each gate `outcome_ID`, `reason_ID` and `version_ID`."""
    fields: dict[str, Any] = {}
    for gate in gates:
        result = known.get(gate.id)
        fields[f"outcome_{gate.id}"] = RadioField(
            f"{gate.code}: {gate.text}",
            choices=enum_choices(GateOutcome),
            default=result.outcome.value if result else None,
            validators=[Optional()],
        )
        fields[f"reason_{gate.id}"] = Paragraphs(
            f"Reason for {gate.code}",
            default=result.reason if result else "",
            description="Needed for a fail or a query.",
        )
        fields[f"version_{gate.id}"] = HiddenField(default=str(result.version if result else 0))
    return _form("GatesForm", fields)


def findings_of(form: Form, gates: Sequence[Gate]) -> dict[Gate, Finding]:
    """What was said of those gates of which anything was said."""
    return {
        gate: Finding(
            GateOutcome(form[f"outcome_{gate.id}"].data),
            form[f"reason_{gate.id}"].data or "",
            _version_seen(form, gate.id),
        )
        for gate in gates
        if form[f"outcome_{gate.id}"].data
    }


def scores_form(criteria: Sequence[Criterion], known: Mapping[int, Score]) -> Form:
    """An appraiser's: any mark may be left open, or taken back."""
    hint = f"At least {SHORTEST_REASON} characters before you submit."
    return _marks_form(criteria, known, blank=True, hint=hint)


def agreed_form(criteria: Sequence[Criterion], known: Mapping[int, Moderation]) -> Form:
    """A moderator's."""
    return _marks_form(criteria, known, blank=False, hint="Say how the panel came to this mark.")


def _marks_form(
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
    return _form("MarksForm", fields)


def _band(criterion: Criterion, mark: int) -> str:
    """`5: what such an answer looks like`."""
    words = cast(Mapping[str, str], criterion.bands).get(str(mark), "")
    return f"{mark}: {words}" if words else str(mark)


def marks_of(form: Form, criteria: Sequence[Criterion]) -> dict[Criterion, Marked]:
    return {
        criterion: Marked(
            int(typed) if (typed := form[f"mark_{criterion.id}"].data) else None,
            form[f"reason_{criterion.id}"].data or "",
            _version_seen(form, criterion.id),
        )
        for criterion in criteria
    }


def agreed_of(form: Form, criteria: Sequence[Criterion]) -> dict[Criterion, Marked]:
    """Only the criteria of which the moderator said anything."""
    said = marks_of(form, criteria)
    return {criterion: marked for criterion, marked in said.items() if marked.mark is not None or marked.reason}


def catch_up(form: Form, known: Mapping[int, GateResult] | Mapping[int, Score] | Mapping[int, Moderation]) -> set[int]:
    """Ids where somebody else saved meanwhile. The form then knows of it: what is sent next is meant to replace it."""
    late = {row_id for row_id, row in known.items() if _version_seen(form, row_id) != row.version}
    for row_id in late:
        form[f"version_{row_id}"].data = str(known[row_id].version)
    return late


def _version_seen(form: Form, row_id: int) -> int:
    """0 where none came with the request, or none that is a number: it matches nothing that is stored."""
    typed = (form[f"version_{row_id}"].raw_data or [""])[0]
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def _form(name: str, fields: dict[str, Any]) -> Form:
    return cast(Form, type(name, (Form,), fields)())
