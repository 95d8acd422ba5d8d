"""The check before appraisal: eligibility first, then the gateway; a second checker for a fail; and its end.

What happens here is noted on the gate result, never on the bid: its council reads the bid's own trail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from grants import audit
from grants.appraisal.gates import queries
from grants.appraisal.gates.valuing import falls_short, lowest_judged
from grants.appraisal.gates.worth import latest
from grants.appraisal.guards import hold_bid, refuse_outsider
from grants.appraisal.models import GateOutcome, GateResult
from grants.appraisal.remarks.guards import refuse_stopped
from grants.bids import operations as bids
from grants.bids.models import Bid, BidStatus
from grants.funds.assuming.sets import set_of
from grants.funds.models import Gate, GateStage
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.people.models import Person


@dataclass(frozen=True)
class Finding:
    """What a checker says of one gate; `version_seen` is 0 where nothing had been said of it before."""

    outcome: GateOutcome
    reason: str = ""
    version_seen: int = 0


def check(bid: Bid, findings: Mapping[Gate, Finding], *, by: Person, at: datetime) -> None:
    """Note what was found at some gates. What did not change is left alone; a changed fail needs agreeing anew."""
    hold_bid(bid)
    refuse_outsider(bid, by, at)
    if bid.status is not BidStatus.SUBMITTED:
        raise Refused("The eligibility check of this bid has been concluded.")
    refuse_stopped(bid)
    known, judged = queries.gate_results(bid), _Judged(bid)
    for gate, finding in findings.items():
        _check_finding(bid, gate, finding, known.get(gate.id))
        if finding.outcome is GateOutcome.PASS:
            judged.refuse_short(gate, field=f"outcome_{gate.id}")
    for gate, finding in findings.items():
        _find(bid, gate, finding, known.get(gate.id), by=by, at=at)


def _check_finding(bid: Bid, gate: Gate, finding: Finding, known: GateResult | None) -> None:
    if gate.round_id != bid.round_id:
        raise Refused("This is no gate of the bid’s round.")
    if finding.outcome is not GateOutcome.PASS and not finding.reason:
        raise Refused(f"Say why {gate.code} is not passed.", field=f"reason_{gate.id}")
    unchanged = known and (known.outcome, known.reason) == (finding.outcome, finding.reason)
    if not unchanged and (known.version if known else 0) != finding.version_seen:
        theirs = f"{known.outcome}: {known.reason}" if known else ""
        raise Overtaken(theirs=theirs, field=f"outcome_{gate.id}")


def _find(bid: Bid, gate: Gate, finding: Finding, result: GateResult | None, *, by: Person, at: datetime) -> None:
    if result and (result.outcome, result.reason) == (finding.outcome, finding.reason):
        return
    if result is None:
        result = GateResult(bid=bid, gate=gate)
        db.session.add(result)
    result.outcome, result.reason = finding.outcome, finding.reason
    result.checked_by, result.checked_at = by, at
    result.second_checker_id = result.second_checked_at = None
    audit.record(
        result, "checked", by=by, reason=finding.reason, bid=bid.key, gate=gate.code, outcome=finding.outcome.value
    )


def agree_fail(result: GateResult, *, version_seen: int, by: Person, at: datetime) -> None:
    """A second person confirms that a gate is failed; only then does the fail count."""
    bid = result.bid
    hold_bid(bid)
    refuse_outsider(bid, by, at)
    if bid.status is not BidStatus.SUBMITTED or result.outcome is not GateOutcome.FAIL:
        raise Refused("There is no fail to agree to here.")
    if result.checked_by_id == by.id:
        raise Refused("A second person must agree to a fail: you found it yourself.")
    if result.version != version_seen:
        raise Overtaken()
    if result.second_checker_id:
        return
    result.second_checker_id, result.second_checked_at = by.id, at
    audit.record(result, "agreed_fail", by=by, bid=bid.key, gate=result.gate.code)


def conclude_eligibility(bid: Bid, *, by: Person, at: datetime) -> None:
    """On to appraisal if every gate is passed; ineligible if any is failed and a second checker agrees.

    A fail at eligibility ends it there: the gateway need not be settled then.
    """
    hold_bid(bid)
    refuse_outsider(bid, by, at)
    if bid.status is not BidStatus.SUBMITTED:
        raise Refused("The eligibility check of this bid has been concluded.")
    known, judged = queries.gate_results(bid), _Judged(bid)
    fails: list[GateResult] = []
    for stage in GateStage:
        fails = fails or _settled([gate for gate in bid.round.gates if gate.stage is stage], known)
    for gate in bid.round.gates if not fails else ():
        judged.refuse_short(gate)
    bids.move(bid, BidStatus.INELIGIBLE if fails else BidStatus.APPRAISAL, by=by)
    for result in fails or list(known.values())[-1:]:
        audit.record(result, "found_ineligible" if fails else "found_eligible", by=by, bid=bid.key)


def _settled(gates: Sequence[Gate], known: Mapping[int, GateResult]) -> list[GateResult]:
    """The fails among the gates of one stage. Refused while one of these is open, or a fail is not agreed to."""
    open_gates = [g.code for g in gates if g.id not in known or known[g.id].outcome is GateOutcome.QUERY]
    if open_gates:
        raise Refused(f"Not settled yet: {', '.join(open_gates)}.")
    fails = [known[gate.id] for gate in gates if known[gate.id].outcome is GateOutcome.FAIL]
    if any(result.second_checker_id is None for result in fails):
        raise Refused("A second checker must agree to every fail first.")
    return fails


class _Judged:
    """What the bid's projects were judged to be worth, read once and only where a gate asks for it."""

    def __init__(self, bid: Bid) -> None:
        asked = any(gate.value_at_least for gate in bid.round.gates)
        self.assumptions = set_of(bid.round)
        self.lowest = lowest_judged(list(latest(bid).values()), self.assumptions) if asked else ""

    def refuse_short(self, gate: Gate, field: str | None = None) -> None:
        if falls_short(gate, self.lowest, self.assumptions):
            least = gate.value_at_least
            raise Refused(f"{gate.code} asks for {least} at least, and {self.lowest} was judged.", field=field)
