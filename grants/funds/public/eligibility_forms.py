"""What a visitor says of a bid that is not yet begun; read from the address and kept nowhere."""

from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import RadioField
from wtforms.validators import AnyOf

from grants.funds.models import Round
from grants.funds.public.eligibility import asked_gates, asks_invitation
from grants.kernel.forms import Form, Line, choices


class EligibilityForm(Form):
    """The council; `eligibility_form` adds a question for each gate, and one about the invitation."""

    class Meta:
        csrf = False

    council = Line(
        "Which council would lead the bid?",
        longest=120,
        required="Enter the name of a council.",
        description="Its name or its code. The council that leads receives the money and answers for it.",
    )

    def answers(self) -> dict[str, str]:
        """Yes or no by the code of the gate."""
        return {name.removeprefix("gate_"): value for name, value in self.data.items() if name.startswith("gate_")}

    @property
    def says_invited(self) -> bool:
        return bool(self.data.get("invited") == "yes")


def eligibility_form(round: Round, typed: MultiDict[str, str]) -> EligibilityForm:
    offered = choices([("yes", "Yes"), ("no", "No")])
    fields = {
        f"gate_{gate.code}": RadioField(gate.asks, [_must(gate.asks)], choices=offered, validate_choice=False)
        for gate in asked_gates(round)
    }
    if asked := asks_invitation(round):
        fields["invited"] = RadioField(asked, [_must(asked)], choices=offered, validate_choice=False)
    kind: Any = type("AskingEligibilityForm", (EligibilityForm,), fields)
    form: EligibilityForm = kind(typed)
    return form


def _must(asked: str) -> AnyOf:
    """It names its question, because the summary of a page lists several of them."""
    return AnyOf(("yes", "no"), message=f"Choose yes or no: {asked}")
