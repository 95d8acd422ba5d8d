"""What a bid's people are told when its round is announced. Never our reason, a mark, a rank or another bid."""

from grants.allocation.models import Decision, DecisionOutcome
from grants.bids.models import Bid
from grants.kernel.money import pounds

_NEWS = {
    DecisionOutcome.FUND: "Your bid is successful.",
    DecisionOutcome.RESERVE: "Your bid is on the reserve list. It may be funded if money is given back.",
    DecisionOutcome.REJECT: "Your bid is not successful.",
}


def outcome_letter(bid: Bid, decision: Decision | None, statement: str, address: str = "") -> tuple[str, str]:
    """Subject and body. Without a decision the bid was found ineligible, which is no success either."""
    outcome = decision.outcome if decision else DecisionOutcome.REJECT
    parts = [f"{bid.reference}: {bid.title}", _NEWS[outcome]]
    if decision and outcome is DecisionOutcome.FUND:
        parts.append(_schedule(decision))
        parts.append("A formal offer follows for each project. No money is promised until it is accepted.")
        parts += [f"Conditions:\n{decision.conditions}"] if decision.conditions else []
    parts.append(statement)
    parts += [f"Sign in to see it: {address}"] if address else []
    return f"{bid.round.name}: the outcome of your bid", "\n\n".join(parts) + "\n"


def _schedule(decision: Decision) -> str:
    lines = [f"{line.project.title}: {pounds(line.pence)} of {line.stream} in {line.year}" for line in decision.lines]
    return "\n".join([*lines, f"In all: {pounds(sum(line.pence for line in decision.lines))}"])
