"""Who may bid in a round at all, before anything is written: the councils it shuts out, and its gates as questions."""

from collections.abc import Mapping
from datetime import date

from grants.councils.models import Council
from grants.councils.succession import not_in_being
from grants.funds.models import Gate, Invitation, Round


def excluded(round: Round, council: Council) -> str:
    """Why this council cannot lead a bid here, in one sentence; empty if it can."""
    rules = round.exclusions
    return str(rules.get("why", "")) if council.code in rules.get("councils", []) else ""


def asked_gates(round: Round) -> list[Gate]:
    """The gates that can be put to an applicant as a plain question."""
    return [gate for gate in round.gates if gate.asks]


def asks_invitation(round: Round) -> str:
    """The question about an invitation, where the round is for those that have one; otherwise empty."""
    if round.invitation is Invitation.NOBODY or round.follows is None:
        return ""
    stage = f" in {round.follows.name}" if round.follows.published_at else ""
    invited = f"Has the council or its partnership been invited after an expression of interest{stage}"
    if round.invitation is Invitation.EVERYONE:
        return f"{invited}?"
    return f"{invited}, or had an award of {round.fund.name} before?"


def obstacles(
    round: Round, council: Council, answers: Mapping[str, str], day: date, *, invited: bool = True
) -> list[str]:
    """What stands in the way of a bid led by `council`, in sentences; `answers` are yes or no by the gate's code.

    `invited` is what was said of the invitation, where the round asks for one.
    Nothing here decides: the programme checks every bid that is submitted.
    """
    found = [not_in_being(council, day)]
    if why := excluded(round, council):
        found.append(f"{council.name} cannot lead a bid in this round. {why}")
    if asks_invitation(round) and not invited:
        who = "those" if round.invitation is Invitation.EVERYONE else "councils new to the fund that are"
        found.append(f"{round.name} is open to {who} invited after an expression of interest.")
    unmet = [gate.text for gate in asked_gates(round) if answers.get(gate.code) != gate.passes_with]
    found += [f"This condition is not met: {text}" for text in unmet]
    return [sentence for sentence in found if sentence]
