"""The form of the eligibility check: three fields for each gate, named by its id."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import RadioField
from wtforms.validators import Optional, StopValidation, ValidationError

from grants.appraisal.gates.checking import WHY, Finding
from grants.appraisal.marks_forms import catch_up, form_of, version_seen
from grants.appraisal.models import GateOutcome, GateResult
from grants.funds.models import Gate
from grants.kernel.forms import Form, Paragraphs, SeenField, enum_choices


def gates_form(gates: Sequence[Gate], known: Mapping[int, GateResult]) -> Form:
    """For each gate `outcome_ID`, `reason_ID` and `version_ID`. What was set aside is to be found anew."""
    fields: dict[str, Any] = {}
    for gate in gates:
        stored = known.get(gate.id)
        result = stored if stored and not stored.set_aside else None
        fields[f"outcome_{gate.id}"] = RadioField(
            f"{gate.code}: {gate.text}",
            choices=enum_choices(GateOutcome),
            default=result.outcome.value if result else None,
            validators=[_chosen_with(f"reason_{gate.id}"), Optional()],
        )
        fields[f"reason_{gate.id}"] = Paragraphs(
            f"Reason for {gate.code}",
            default=result.reason if result else "",
            validators=[_needed_with(f"outcome_{gate.id}", gate.code)],
        )
        fields[f"version_{gate.id}"] = SeenField(default=str(stored.version if stored else 0))
    return form_of("GatesForm", fields)


def _chosen_with(reason: str) -> Any:
    """What was typed as a reason is not lost for want of a choice."""

    def check(form: Any, field: Any) -> None:
        if not field.data and form[reason].data:
            raise StopValidation("Choose pass, fail or query.")

    return check


def _needed_with(outcome: str, code: str) -> Any:
    """Said here too, so that all reasons that are missing are said at once."""

    def check(form: Any, field: Any) -> None:
        if form[outcome].data in (GateOutcome.FAIL, GateOutcome.QUERY) and not field.data:
            raise ValidationError(WHY.format(code))

    return check


def late_findings(form: Form, known: Mapping[int, GateResult]) -> set[int]:
    """Ids of the gates where something else was saved meanwhile than what was chosen here; see `catch_up`."""
    late = catch_up(form, known)
    typed = {id_: (form[f"outcome_{id_}"].data, form[f"reason_{id_}"].data or "") for id_ in late}
    return {id_ for id_ in late if typed[id_][0] and typed[id_] != (known[id_].outcome, known[id_].reason)}


def findings_of(form: Form, gates: Sequence[Gate]) -> dict[Gate, Finding]:
    """What was said of those gates of which anything was said."""
    return {
        gate: Finding(
            GateOutcome(form[f"outcome_{gate.id}"].data),
            form[f"reason_{gate.id}"].data or "",
            version_seen(form, gate.id),
        )
        for gate in gates
        if form[f"outcome_{gate.id}"].data
    }
