"""The check before appraisal: eligibility first, then the gateway; a second checker for a fail; and its end.

What happens here is noted on the gate result, never on the bid: its council reads the bid's own trail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from grants import audit
from grants.appraisal.gates import queries, worth
from grants.appraisal.gates.queries import LEAST_REASON
from grants.appraisal.gates.valuing import falls_short, lowest_judged
from grants.appraisal.guards import hold_bid, refuse_outsider
from grants.appraisal.models import GateOutcome, GateResult
from grants.appraisal.remarks.guards import refuse_stopped
from grants.audit.queries import trail
from grants.bids import operations as bids
from grants.bids.models import Bid, BidStatus
from grants.funds.assuming.sets import set_of
from grants.funds.models import Gate, GateStage
from grants.kernel.db import db
from grants.kernel.errors import OVERTAKEN, Overtaken, Refused
from grants.people.models import Person

WHY = "Say why {} is not passed."
BY_YOURSELF = "You saved this meanwhile in another window. Nothing was lost: check what stands here now and save again."


@dataclass(frozen=True)
class Finding:
    """What a checker says of one gate; `version_seen` is 0 where nothing had been said of it before."""

    outcome: GateOutcome
    reason: str = ""
    version_seen: int = 0


def check(bid: Bid, findings: Mapping[Gate, Finding], *, by: Person, at: datetime) -> list[Gate]:
    """Note what was found at some gates; gives those where that is new. A changed fail needs agreeing anew."""
    hold_bid(bid)
    refuse_outsider(bid, by, at)
    if bid.status is not BidStatus.SUBMITTED:
        raise Refused("The eligibility check of this bid has been concluded.")
    refuse_stopped(bid)
    known, judged = queries.gate_results(bid), Judged(bid)
    found = {gate: _without_old_reason(finding, known.get(gate.id)) for gate, finding in findings.items()}
    for gate, finding in found.items():
        _check_finding(bid, gate, finding, known.get(gate.id), by)
        if finding.outcome is GateOutcome.PASS:
            judged.refuse_short(gate, finding.reason)
    changed = [gate for gate, finding in found.items() if not _says(known.get(gate.id), finding)]
    for gate in changed:
        _find(bid, gate, found[gate], known.get(gate.id), by=by, at=at)
    return changed


def _without_old_reason(finding: Finding, known: GateResult | None) -> Finding:
    """Why a gate was failed, or in query, is no reason to pass it: left standing in its box, it goes."""
    passed = finding.outcome is GateOutcome.PASS and known and known.outcome is not GateOutcome.PASS
    return replace(finding, reason="") if passed and known and known.reason == finding.reason else finding


def _check_finding(bid: Bid, gate: Gate, finding: Finding, known: GateResult | None, by: Person) -> None:
    if gate.round_id != bid.round_id:
        raise Refused("This is no gate of the bid’s round.")
    if finding.outcome is not GateOutcome.PASS and not finding.reason:
        raise Refused(WHY.format(gate.code), field=f"reason_{gate.id}")
    if not _says(known, finding) and (known.version if known else 0) != finding.version_seen:
        theirs = f"{known.outcome}: {known.reason}" if known else ""
        mine = known and known.checked_by_id == by.id
        raise Overtaken(BY_YOURSELF if mine else OVERTAKEN, theirs=theirs, field=f"outcome_{gate.id}")


def _says(result: GateResult | None, finding: Finding) -> bool:
    """That this was found already, by somebody whose finding counts."""
    return bool(
        result and not result.set_aside and (result.outcome, result.reason) == (finding.outcome, finding.reason)
    )


def _find(bid: Bid, gate: Gate, finding: Finding, result: GateResult | None, *, by: Person, at: datetime) -> None:
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
    db.session.refresh(result)
    if bid.status is not BidStatus.SUBMITTED or result.outcome is not GateOutcome.FAIL or result.set_aside:
        raise Refused("There is no fail to agree to here.")
    if result.checked_by_id == by.id:
        raise Refused("A second person must agree to a fail: you found it yourself.")
    if result.version != version_seen:
        raise Overtaken()
    if result.agreed:
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
    refuse_stopped(bid)
    known, judged = queries.gate_results(bid), Judged(bid)
    fails: list[GateResult] = []
    for stage in GateStage:
        fails = fails or _settled([gate for gate in bid.round.gates if gate.stage is stage], known)
    for gate in bid.round.gates if not fails else ():
        judged.refuse_short(gate, known[gate.id].reason)
        _refuse_overturned(known[gate.id], by)
    bids.move(bid, BidStatus.INELIGIBLE if fails else BidStatus.APPRAISAL, by=by)
    for result in fails or list(known.values())[-1:]:
        audit.record(result, "found_ineligible" if fails else "found_eligible", by=by, bid=bid.key)


def _refuse_overturned(result: GateResult, by: Person) -> None:
    """Two people failed the gate and one has passed it since: that one does not conclude the check as well."""
    if result.checked_by_id != by.id:
        return
    failed_by, two = None, set[int | None]()
    for event in reversed(db.session.scalars(trail(result)).all()):
        if event.verb == "agreed_fail":
            two = {failed_by, event.actor_id}
        elif event.verb == "checked" and event.details["outcome"] == GateOutcome.FAIL:
            failed_by, two = event.actor_id, set()
    if two and not queries.any_conflict(result.bid, two):
        code = result.gate.code
        raise Refused(
            f"Two people failed {code} and you have passed it since: somebody else has to conclude the check."
        )


def reopen_eligibility(bid: Bid, *, by: Person, at: datetime) -> None:
    """A concluded check goes on because what it stood on was set aside; scores given meanwhile wait and stay."""
    hold_bid(bid)
    refuse_outsider(bid, by, at)
    if bid.status not in queries.REOPENED or not queries.is_to_check(bid):
        raise Refused("Everything that this check stands on still counts, or the bid has been moderated.")
    bids.move(bid, BidStatus.SUBMITTED, by=by)
    judged = Judged(bid)
    for result in queries.gate_results(bid).values():
        unvalued = result.outcome is GateOutcome.PASS and judged.lacks_worth(result.gate, result.reason)
        if result.set_aside or (result.second_checker_id and not result.agreed) or unvalued:
            audit.record(result, "reopened", by=by, bid=bid.key, gate=result.gate.code)


def _settled(gates: Sequence[Gate], known: Mapping[int, GateResult]) -> list[GateResult]:
    """The fails among the gates of one stage. Refused while one of these is open, or a fail is not agreed to."""
    settled = {id_ for id_, result in known.items() if result.outcome is not GateOutcome.QUERY and not result.set_aside}
    if open_gates := [gate.code for gate in gates if gate.id not in settled]:
        raise Refused(f"Not settled yet: {', '.join(open_gates)}.")
    fails = [known[gate.id] for gate in gates if known[gate.id].outcome is GateOutcome.FAIL]
    if not all(result.agreed for result in fails):
        raise Refused("A second checker must agree to every fail first.")
    return fails


class Judged:
    """What the bid's projects were judged to be worth, read once and only where a gate asks for it."""

    def __init__(self, bid: Bid) -> None:
        asked = any(gate.value_at_least for gate in bid.round.gates)
        self.known = list(worth.latest(bid).values()) if asked else []
        self.projects = len(bid.projects) if asked else 0
        self.assumptions = set_of(bid.round)
        self.lowest = lowest_judged(self.known, self.assumptions)

    @property
    def whole(self) -> bool:
        """Whether every project was valued."""
        return 0 < len(self.known) == self.projects

    def short(self, gate: Gate) -> bool:
        return falls_short(gate, self.lowest, self.assumptions)

    def lacks_worth(self, gate: Gate, reason: str) -> bool:
        """That the gate asks for a category, not every project was valued, and no reason stands for it."""
        return bool(gate.value_at_least) and not self.whole and len(reason.strip()) < LEAST_REASON

    def refuse_short(self, gate: Gate, reason: str) -> None:
        """A pass of a gate that asks for a category: none below it, and none without all valuations or a reason."""
        least = gate.value_at_least
        if self.short(gate):
            why = f"{gate.code} asks for {least} at least, and {self.lowest} was judged."
            raise Refused(why, field=f"outcome_{gate.id}")
        if self.lacks_worth(gate, reason):
            why = f"Not every project was valued: say in {LEAST_REASON} characters or more why {gate.code} is passed."
            raise Refused(why, field=f"reason_{gate.id}")
