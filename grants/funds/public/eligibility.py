"""Who may bid in a round at all, before anything is written: the councils it shuts out, and its gates as questions."""

from collections.abc import Mapping
from datetime import date

from grants.councils.models import Council
from grants.councils.succession import not_in_being
from grants.funds.models import Gate, Round


def excluded(round: Round, council: Council) -> str:
    """Why this council cannot lead a bid here, in one sentence; empty if it can."""
    rules = round.exclusions
    return str(rules.get("why", "")) if council.code in rules.get("councils", []) else ""


def asked_gates(round: Round) -> list[Gate]:
    """The gates that can be put to an applicant as a plain question."""
    return [gate for gate in round.gates if gate.asks]


def obstacles(round: Round, council: Council, answers: Mapping[str, str], day: date) -> list[str]:
    """What stands in the way of a bid led by `council`, in sentences; `answers` are yes or no by the gate's code.

    Nothing here decides: the programme checks every bid that is submitted.
    """
    found = [not_in_being(council, day)]
    if why := excluded(round, council):
        found.append(f"{council.name} cannot lead a bid in this round. {why}")
    unmet = [gate.text for gate in asked_gates(round) if answers.get(gate.code) != gate.passes_with]
    found += [f"This condition is not met: {text}" for text in unmet]
    return [sentence for sentence in found if sentence]
