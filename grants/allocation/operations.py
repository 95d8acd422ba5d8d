"""Deciding what becomes of each bid, by two people and within every year's budget, and telling everyone at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from grants import audit
from grants.allocation.footing import WHY_AGAIN, Again
from grants.allocation.letters import outcome_letter
from grants.allocation.models import Announcement, Decision, DecisionLine, DecisionOutcome
from grants.allocation.queries import (
    IN_THE_RUNNING,
    TO_DECIDE,
    bids_in,
    budget_of,
    closes_any,
    committed_in,
    left_in,
    people_of,
    stands,
    to_settle,
)
from grants.appraisal.feedback.sending import send_with_outcomes
from grants.appraisal.ranking.line import Slot
from grants.appraisal.remarks.guards import refuse_stopped, stopped_bids
from grants.bids import operations as bids
from grants.bids.afterwards.sides import to_judge
from grants.bids.models import Bid, BidStatus, FundingSource, Project
from grants.funds import operations as funds
from grants.funds.models import Round, RoundStatus, Stream
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.kernel.financial_year import FinancialYear
from grants.kernel.money import pounds
from grants.messages.operations import tell
from grants.people.models import Person

Place: TypeAlias = tuple[Project, FinancialYear, Stream]

OUTCOME_OF = {
    DecisionOutcome.FUND: BidStatus.SUCCESSFUL,
    DecisionOutcome.RESERVE: BidStatus.RESERVE,
    DecisionOutcome.REJECT: BidStatus.UNSUCCESSFUL,
}


def propose(
    bid: Bid,
    *,
    outcome: DecisionOutcome,
    lines: Mapping[Place, int],
    reason: str,
    conditions: str,
    by: Person,
    at: datetime,
    version_seen: int | None = None,
) -> Decision:
    """Propose, or propose anew, what becomes of `bid`; another person then confirms it.

    `lines` are pence, kept only where the bid is to be funded; those of nought are dropped. Refused if the bid is not
    moderated (an ineligible one can only be rejected), the decision is confirmed or the round announced, no reason is
    given, a line is above the ask, or a purse would be overspent: two proposals at once take turns at the round's row.
    A confirmed decision that has to be taken again (`footing`) is proposed anew without being reopened.
    `version_seen` is the decision's (0 for none); the same proposal again by the same person changes nothing.
    """
    round = _held(bid.round_id)
    _check_open(round)
    decision = _standing(bid)
    funded = {place: pence for place, pence in lines.items() if pence} if outcome is DecisionOutcome.FUND else {}
    if decision and not decision.again and _says(decision, outcome, funded, reason, conditions, by):
        return decision
    if version_seen is not None and version_seen != (decision.version if decision else 0):
        raise Overtaken("Somebody else has proposed something for this bid meanwhile. Look at it and decide again.")
    if decision and decision.confirmed_at and not decision.again:
        raise Refused("This decision is confirmed. Reopen it before you change it.")
    if not reason.strip():
        raise Refused("Say why. A departure from the ranking needs its reason above all.", field="reason")
    _check_ready(bid, outcome)
    _check_asks(bid, outcome, funded)
    _check_purses(round, bid, funded, knows_all=not closes_any(round, by, clock.london(at).date()))
    if decision is None:
        decision = Decision(bid=bid)
        db.session.add(decision)
    decision.outcome, decision.reason, decision.conditions = outcome, reason, conditions
    decision.proposed_by, decision.proposed_at = by, at
    decision.confirmed_by, decision.confirmed_at = None, None
    _write_lines(decision, funded)
    audit.record(decision, "proposed", by=by, reason=reason, **_details(bid, outcome, funded))
    return decision


def confirm(decision: Decision, *, by: Person, at: datetime, version_seen: int | None = None) -> None:
    """Make a proposal stand.

    Refused for who proposed it, once confirmed, if it has to be proposed again, or if a purse no longer holds it.
    """
    round = _held_with(decision, version_seen)
    if decision.confirmed_at:
        raise Refused("This decision is confirmed already.")
    if by.id == decision.proposed_by_id:
        raise Refused("Another person must confirm what you proposed.")
    _check_ready(decision.bid, decision.outcome)
    if decision.again:
        raise Refused(f"{decision.why_again} It has to be proposed again before it is confirmed.")
    _check_budget(round)
    decision.confirmed_by, decision.confirmed_at = by, at
    audit.record(decision, "confirmed", by=by, bid=decision.bid.key, outcome=decision.outcome.value)


def withdraw(decision: Decision, *, reason: str, by: Person, version_seen: int | None = None) -> None:
    """Take a proposal back, so that the bid is undecided again. Refused once it is confirmed: it is reopened first."""
    _held_with(decision, version_seen)
    _check_reason(reason)
    if decision.confirmed_at:
        raise Refused("This decision is confirmed. Reopen it before you withdraw it.")
    audit.record(decision, "withdrew", by=by, reason=reason, bid=decision.bid.key, outcome=decision.outcome.value)
    db.session.delete(decision)


def reopen(decision: Decision, *, reason: str, by: Person, version_seen: int | None = None) -> None:
    """Take a confirmation back before the announcement: the proposal stands again and waits for a second person."""
    _held_with(decision, version_seen)
    _check_reason(reason)
    if decision.confirmed_at is None:
        raise Refused("This decision is not confirmed.")
    decision.confirmed_by, decision.confirmed_at = None, None
    audit.record(decision, "reopened", by=by, reason=reason, bid=decision.bid.key, outcome=decision.outcome.value)


def announce(round: Round, *, statement: str, by: Person, at: datetime, address: str = "") -> Announcement:
    """Give every bid its outcome and tell the people of its councils, all in one transaction.

    Refused while the round is open, and unless each bid in the running has a confirmed decision; one found ineligible
    needs none (two checkers made it) and is unsuccessful. `address` is where the letters point to.
    """
    round = _held(round.id)
    _check_open(round)
    if not statement.strip():
        raise Refused("Write the statement that goes out with the outcomes.", field="statement")
    day = clock.london(at).date()
    decided = decisions_to_announce(round, by=by, day=day)
    _check_budget(round)
    funds.announce(round, by=by, at=at)
    announcement = Announcement(round=round, announced_at=at, announced_by=by, statement=statement)
    db.session.add(announcement)
    people = people_of([bid for bid, _ in decided], day)
    for bid, decision in decided:
        bids.move(bid, OUTCOME_OF[decision.outcome] if decision else BidStatus.UNSUCCESSFUL, by=by)
        subject, body = outcome_letter(bid, decision, statement, address)
        for person in people.get(bid.id, ()):
            tell(person.email, subject, body, at=at, person_id=person.id, once=f"outcome-{bid.key}-{person.key}")
    send_with_outcomes(round, by=by)
    audit.record(announcement, "announced", by=by, round=round.code, bids=len(decided))
    return announcement


def decisions_to_announce(round: Round, *, by: Person, day: date) -> list[tuple[Bid, Decision | None]]:
    """Every bid in the running with its confirmed decision, None for an ineligible one. Refused if one has none, if a
    decision has to be taken again, or if something of a bid's check or moderation is to be settled.

    `by` need not be able to read all of them: a refusal names no bid that is closed to who announces.
    """
    found = db.session.execute(
        select(Bid, Decision)
        .outerjoin(Decision, (Decision.bid_id == Bid.id) & stands())
        .where(Bid.round_id == round.id, Bid.status.in_(IN_THE_RUNNING), to_judge())
        .options(selectinload(Decision.lines).joinedload(DecisionLine.project), joinedload(Bid.round))
        .order_by(Bid.reference)
    ).all()
    if not found:
        raise Refused("No bid of this round is in the running.")
    if stopped := stopped_bids([bid for bid, _ in found]):
        raise Refused(f"Stopped by a flag that is to be settled first: {_named(round, stopped, by, day)}.")
    unsettled = to_settle(select(Bid).where(Bid.round_id == round.id))
    if open_ones := [bid for bid, decision in found if bid.id in unsettled or not _is_settled(bid, decision)]:
        raise Refused(f"Not yet decided and confirmed: {_named(round, open_ones, by, day)}.")
    return [(bid, decision) for bid, decision in found]


def _named(round: Round, bids: Sequence[Bid], by: Person, day: date) -> str:
    """The first five that `by` may read, and how many more; those that are closed are one phrase."""
    readable = set(db.session.scalars(bids_in(round, by, day).with_only_columns(Bid.id)))
    names = [bid.reference or bid.title for bid in bids if bid.id in readable]
    more = [f"{len(names) - 5} more"] if len(names) > 5 else []
    closed = ["what is closed to you"] if len(names) < len(bids) else []
    return " and ".join([", ".join(names[:5])] * bool(names) + more + closed)


def line_field(project: Project, year: FinancialYear, stream: Stream) -> str:
    """What a form calls the amount in this place, so that a refusal stands next to it."""
    return f"pence_{project.key}_{year.starts_in}_{stream}"


def _held(round_id: int) -> Round:
    """The round, read anew and locked until the transaction ends: whoever decides on its money takes turns here."""
    locked = select(Round).where(Round.id == round_id).with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(locked).one()


def _held_with(decision: Decision, version_seen: int | None) -> Round:
    """The round of this decision, locked, and the decision itself read anew; refused if either has moved on."""
    round = _held(decision.bid.round_id)
    _check_open(round)
    again = _standing(decision.bid)
    if again is not decision or version_seen not in (None, decision.version):
        raise Overtaken("Somebody else has changed this decision meanwhile. Look at it and decide again.")
    return round


def _standing(bid: Bid) -> Decision | None:
    """The bid's decision as it is now, whatever this session read of it before it held the round."""
    fresh = select(Decision).where(Decision.bid_id == bid.id).options(selectinload(Decision.lines))
    return db.session.scalar(fresh.execution_options(populate_existing=True))


def _says(
    decision: Decision,
    outcome: DecisionOutcome,
    funded: Mapping[Place, int],
    reason: str,
    conditions: str,
    by: Person,
) -> bool:
    lines = {(line.project, line.year, line.stream): line.pence for line in decision.lines}
    said = (decision.outcome, lines, decision.reason, decision.conditions, decision.proposed_by_id)
    return said == (outcome, funded, reason, conditions, by.id)


def _check_open(round: Round) -> None:
    if round.status is RoundStatus.ANNOUNCED:
        raise Refused("This round has been announced. Its decisions stand.")
    if round.status is not RoundStatus.PUBLISHED:
        raise Refused("This round takes no decisions.")


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused("Say why.", field="reason")


def _check_ready(bid: Bid, outcome: DecisionOutcome) -> None:
    refuse_stopped(bid)
    if bid.status in TO_DECIDE and to_settle(select(Bid).where(Bid.id == bid.id)):
        raise Refused(WHY_AGAIN[Again.OPEN])
    if bid.status is BidStatus.INELIGIBLE and outcome is DecisionOutcome.REJECT:
        return
    if bid.status is BidStatus.INELIGIBLE:
        raise Refused("An ineligible bid can only be rejected.", field="outcome")
    if bid.status is not BidStatus.MODERATED:
        raise Refused("This bid is not moderated yet. It can be decided once its moderation is concluded.")


def _check_asks(bid: Bid, outcome: DecisionOutcome, funded: Mapping[Place, int]) -> None:
    if outcome is DecisionOutcome.FUND and not funded:
        raise Refused("To fund a bid, say how much in at least one year.", field="outcome")
    for (project, year, stream), pence in funded.items():
        if project.bid_id != bid.id:
            raise Refused("That project belongs to another bid.")
        asked = sum(
            line.pence
            for line in project.funding
            if (line.year, line.stream, line.source) == (year, stream, FundingSource.GRANT)
        )
        if not 0 < pence <= asked:
            raise Refused(
                f"{project.title} asks for {pounds(asked)} of {stream} in {year}. Decide that or less.",
                field=line_field(project, year, stream),
            )


def _check_purses(round: Round, bid: Bid, funded: Mapping[Place, int], *, knows_all: bool) -> None:
    """What is left is said to who `knows_all` bids: to anybody else it would tell what a closed one was given."""
    left = left_in(round, but=bid)
    wanted, first = defaultdict[Slot, int](int), dict[Slot, str]()
    for (project, year, stream), pence in funded.items():
        wanted[year, stream] += pence
        first.setdefault((year, stream), line_field(project, year, stream))
    for (year, stream), pence in wanted.items():
        have = left.get((year, stream), 0)
        if pence > have:
            said = f"{pounds(max(have, 0))} of {stream} left" if knows_all else f"too little {stream} left"
            raise Refused(f"{year} has {said}, and this takes {pounds(pence)}.", field=first[year, stream])


def _check_budget(round: Round) -> None:
    """No purse may be overspent by all decisions together, whatever became of the budget meanwhile."""
    budget = budget_of(round)
    for (year, stream), pence in committed_in(round).items():
        if pence > budget.get((year, stream), 0):
            have = pounds(budget.get((year, stream), 0))
            raise Refused(f"The decisions take more of {stream} in {year} than there is: the budget is {have}.")


def _is_settled(bid: Bid, decision: Decision | None) -> bool:
    if bid.status is BidStatus.INELIGIBLE:
        return decision is None or decision.outcome is DecisionOutcome.REJECT
    return bid.status is BidStatus.MODERATED and decision is not None


def _write_lines(decision: Decision, funded: Mapping[Place, int]) -> None:
    """Lines that stay are changed in place: one place never has two, not even while it is being written."""
    standing = {(line.project_id, line.year, line.stream): line for line in decision.lines}
    for (project, year, stream), pence in funded.items():
        line = standing.pop((project.id, year, stream), None)
        if line is None:
            decision.lines.append(DecisionLine(project=project, year=year, stream=stream, pence=pence))
        else:
            line.pence = pence
    for left_over in standing.values():
        decision.lines.remove(left_over)


def _details(bid: Bid, outcome: DecisionOutcome, funded: Mapping[Place, int]) -> dict[str, object]:
    lines = [[project.key, str(year), stream.value, pence] for (project, year, stream), pence in funded.items()]
    return {"bid": bid.key, "outcome": outcome.value, "lines": lines}
