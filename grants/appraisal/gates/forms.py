"""The form of the eligibility check: three fields for each gate, named by its id."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import RadioField
from wtforms.validators import Optional

from grants.appraisal.gates.checking import Finding
from grants.appraisal.marks_forms import form_of, version_seen
from grants.appraisal.models import GateOutcome, GateResult
from grants.funds.models import Gate
from grants.kernel.forms import Form, Paragraphs, SeenField, enum_choices


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
        fields[f"version_{gate.id}"] = SeenField(default=str(result.version if result else 0))
    return form_of("GatesForm", fields)


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
