"""Judging what a project is worth for the money: the computed category, and the judged one beside it.

Noted on the valuation, never on the bid: its council reads the bid's trail.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from fractions import Fraction
from math import floor

from grants import audit
from grants.appraisal.gates import worth
from grants.appraisal.gates.calculator import Inputs, neighbours, work_out
from grants.appraisal.gates.keeping import kept_inputs, kept_results
from grants.appraisal.gates.queries import LEAST_REASON
from grants.appraisal.guards import hold_bid, refuse_outsider
from grants.appraisal.models import Valuation
from grants.bids.leaks import refuse_marks
from grants.bids.models import BidStatus, Project
from grants.funds.assuming.sets import assumptions_of, categories_of, deflators_of, keep_shipped
from grants.funds.assuming.value_for_money import Value
from grants.funds.models import AssumptionSet, Gate
from grants.kernel.db import Json, db
from grants.kernel.errors import Overtaken, Refused
from grants.people.models import Person

OPEN = (BidStatus.SUBMITTED, BidStatus.APPRAISAL)
"""As long as a bid is checked or scored. Afterwards its ratio has been ranked by."""
_MOST = 2**63 - 1


def value(
    project: Project, inputs: Inputs, *, judged: str, reason: str, number_seen: int, by: Person, at: datetime
) -> Valuation:
    """Keep a working-out of the project as its next valuation, by the assumptions of its round.

    `judged` is the computed category or its neighbour, with a reason (F7); empty for the computed one. `number_seen` is
    that of the newest valuation that the person had before them, 0 for none.
    """
    bid = project.bid
    hold_bid(bid)
    refuse_outsider(bid, by, at)
    if bid.status not in OPEN:
        raise Refused("This bid has been moderated, or goes no further: its value for money stays as it was judged.")
    known = worth.latest(bid)
    _check_newest(next(iter(worth.valuations_of(project)), None), number_seen)
    assumptions = bid.round.assumption_set or keep_shipped()
    exact = assumptions_of(assumptions)
    worked = work_out(inputs, exact, deflators_of(assumptions))
    judged, reason = judged or worked.category, reason.strip()
    _check_judged(judged, worked.category, reason, categories_of(assumptions))
    refuse_marks(reason, field="reason")  # appraisers read it beside the bid
    made = Valuation(
        project=project, number=number_seen + 1, assumption_set=assumptions, computed=worked.category, judged=judged,
        reason=reason, made_at=at, made_by=by, inputs=Json(kept_inputs(inputs)), results=Json(kept_results(worked)),
    )  # fmt: skip
    made.ratio_millionths = _millionths(worked.ratio)
    made.bid_ratio_millionths = _millionths(ratio_of_all((known | {project.id: made}).values()))
    db.session.add(made)
    audit.record(
        made, "valued", by=by, reason=reason, bid=bid.key, project=project.title, number=made.number,
        ratio=str(made.results["ratio"]), computed=made.computed, judged=judged, assumptions=assumptions.code,
    )  # fmt: skip
    return made


def lowest_judged(known: Sequence[Valuation], assumptions: AssumptionSet) -> str:
    """The lowest category that any project of a bid was judged as; empty while none was."""
    order = categories_of(assumptions)
    judged = [row.judged for row in known if row.judged in order]
    return min(judged, key=order.index, default="")


def falls_short(gate: Gate, lowest: str, assumptions: AssumptionSet) -> bool:
    """Whether what was judged is less than the gate asks for. Nothing judged yet, or nothing asked for, is not."""
    order = categories_of(assumptions)
    asked = gate.value_at_least
    return asked in order and lowest in order and order.index(lowest) < order.index(asked)


def _check_newest(newest: Valuation | None, number_seen: int) -> None:
    if newest and newest.number != number_seen:
        theirs = f"{newest.computed}, judged {newest.judged}. {newest.reason}"
        raise Overtaken(theirs=theirs, field="judged")
    if not newest and number_seen:
        raise Overtaken()


def _check_judged(judged: str, computed: str, reason: str, categories: Sequence[str]) -> None:
    near = neighbours(computed, categories)
    if judged not in near:
        words = ", ".join(near)
        raise Refused(f"Computed as {computed}, it may be judged as one of: {words}.", field="judged")
    if judged != computed and len(reason) < LEAST_REASON:
        raise Refused(f"Say in {LEAST_REASON} characters or more why it is judged otherwise.", field="reason")


def ratio_of_all(rows: Collection[Valuation]) -> Fraction | None:
    """F6 over all projects valued: the present values added up first. None without a valuation."""
    costs = sum((Fraction(row.results["costs"]) for row in rows), Fraction(0))
    benefits = sum((Fraction(row.results["benefits"]) for row in rows), Fraction(0))
    return Value(costs, benefits).ratio


def _millionths(ratio: Fraction | None) -> int | None:
    """Rounded down; what no column could hold is the most it holds."""
    return None if ratio is None else max(-_MOST, min(_MOST, floor(ratio * 1_000_000)))
