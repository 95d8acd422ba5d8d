"""The eligibility check: what is found at each gate, a second checker for a fail, and its end.

What happens here is noted on the gate result, never on the bid: its council reads the bid's own trail.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from grants import audit
from grants.appraisal.gates import queries
from grants.appraisal.guards import hold_bid, refuse_outsider
from grants.appraisal.models import GateOutcome, GateResult
from grants.bids import operations as bids
from grants.bids.models import Bid, BidStatus
from grants.funds.models import Gate
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
    known = queries.gate_results(bid)
    for gate, finding in findings.items():
        _check_finding(bid, gate, finding, known.get(gate.id))
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
    """On to appraisal if every gate is passed; ineligible if any is failed and a second checker agrees."""
    hold_bid(bid)
    refuse_outsider(bid, by, at)
    if bid.status is not BidStatus.SUBMITTED:
        raise Refused("The eligibility check of this bid has been concluded.")
    known = queries.gate_results(bid)
    open_gates = [g.code for g in bid.round.gates if g.id not in known or known[g.id].outcome is GateOutcome.QUERY]
    if open_gates:
        raise Refused(f"Not settled yet: {', '.join(open_gates)}.")
    fails = [result for result in known.values() if result.outcome is GateOutcome.FAIL]
    if any(result.second_checker_id is None for result in fails):
        raise Refused("A second checker must agree to every fail first.")
    bids.move(bid, BidStatus.INELIGIBLE if fails else BidStatus.APPRAISAL, by=by)
    for result in fails or list(known.values())[-1:]:
        audit.record(result, "found_ineligible" if fails else "found_eligible", by=by, bid=bid.key)
