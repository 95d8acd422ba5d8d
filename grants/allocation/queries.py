"""Reading what is to be decided and what was: sums by purse, decisions with their bids, who is to be told."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, ColumnElement, Select, cast, exists, func, select, true
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.exceptions import NotFound

from grants.allocation.footing import left_open
from grants.allocation.models import Decision, DecisionLine, DecisionOutcome
from grants.appraisal.queries import bids_open_to, conflict_of
from grants.appraisal.ranking.line import Slot
from grants.bids.afterwards.sides import to_judge
from grants.bids.models import Bid, BidCouncil, BidStatus, FundingLine, FundingSource, Project
from grants.funds.models import BudgetLine, Round, RoundStatus
from grants.kernel.db import db
from grants.people.models import Appointment, Person

AWAITING = (BidStatus.SUBMITTED, BidStatus.INELIGIBLE, BidStatus.APPRAISAL, BidStatus.MODERATED)
"""Handed in, and nothing said about it yet."""
IN_THE_RUNNING = (*AWAITING, BidStatus.SUCCESSFUL, BidStatus.RESERVE, BidStatus.UNSUCCESSFUL)
"""Handed in and not withdrawn."""
TO_DECIDE = (BidStatus.INELIGIBLE, BidStatus.MODERATED)
"""What can be decided on."""


@dataclass(frozen=True)
class Purse:
    """One year and stream of a round, in pence. `committed` is what decisions to fund, proposed or confirmed, take."""

    slot: Slot
    budget: int
    asked: int
    committed: int

    @property
    def left(self) -> int:
        return self.budget - self.committed


@dataclass(frozen=True)
class Progress:
    """How far a round's decisions are, in bids. Ineligible bids need no decision: two checkers have made it.

    What has to be taken again counts there alone, whether it was confirmed or proposed.
    """

    bids: int = 0
    moderated: int = 0
    ineligible: int = 0
    proposed: int = 0
    confirmed: int = 0
    again: int = 0

    @property
    def to_announce(self) -> bool:
        return 0 < self.bids == self.confirmed + self.ineligible


def rounds_to_decide(person: Person, day: date) -> Select[Round]:
    """Rounds with a bid in the running that this person may judge, latest first."""
    bids = bids_open_to(person, day).where(Bid.status.in_(IN_THE_RUNNING)).with_only_columns(Bid.round_id)
    deciding = select(Round).where(Round.id.in_(bids))
    return deciding.options(joinedload(Round.fund)).order_by(Round.closes_at.desc(), Round.id.desc())


def round_to_decide(code: str) -> Round:
    """NotFound for a round that takes no decisions: unknown, a draft, cancelled, or one for expressions of interest."""
    deciding = (RoundStatus.PUBLISHED, RoundStatus.ANNOUNCED)
    wanted = select(Round).where(Round.code == code, Round.status.in_(deciding))
    found = db.session.scalar(wanted.where(Round.expression_of_interest.is_(False)))
    if found is None:
        raise NotFound
    return found


def progress(round_ids: Iterable[int], among: Select[Bid] | None = None) -> dict[int, Progress]:
    """By round, in one query; of all bids, or of those that a reader may see."""
    fail = (Bid.status == BidStatus.INELIGIBLE) & ~left_open() & ~stands()
    waits = Decision.id.is_not(None) & ~fail & ~stands()
    counted = (
        select(
            Bid.round_id,
            func.count(),
            func.count().filter(Bid.status == BidStatus.MODERATED),
            func.count().filter(fail),
            func.count().filter(waits & Decision.again.is_(None)),
            func.count().filter(stands()),
            func.count().filter(waits & Decision.again.is_not(None)),
        )
        .outerjoin(Decision, Decision.bid_id == Bid.id)
        .where(Bid.round_id.in_(list(round_ids)), Bid.status.in_(IN_THE_RUNNING), to_judge(), _one_of(among))
        .group_by(Bid.round_id)
    )
    return {round_id: Progress(*counts) for round_id, *counts in db.session.execute(counted)}


def stands() -> ColumnElement[bool]:
    """That a decision is confirmed, and need not be taken again; false for a bid that has none."""
    return Decision.confirmed_at.is_not(None) & Decision.again.is_(None)


def to_settle(bids: Select[Bid]) -> set[int]:
    """Ids of those of these bids of which the check or the moderation has to be settled before they are decided."""
    return set(db.session.scalars(bids.where(left_open()).with_only_columns(Bid.id).order_by(None)))


def can_be_announced(round: Round) -> bool:
    """Every bid in the running is decided and confirmed, or ineligible."""
    return progress([round.id]).get(round.id, Progress()).to_announce


def bids_in(round: Round, person: Person, day: date) -> Select[Bid]:
    """The round's bids in the running that this person may judge: none with a conflict, none of an own council."""
    return bids_open_to(person, day).where(Bid.round_id == round.id, Bid.status.in_(IN_THE_RUNNING))


def closes_any(round: Round, person: Person, day: date) -> bool:
    """Whether a bid handed in for the round is closed to this person, whatever has become of it since."""
    councils = person.councils_on(day)
    own = exists().where(BidCouncil.bid_id == Bid.id, BidCouncil.council_id.in_(councils))
    closed = conflict_of(person) | own | Bid.lead_council_id.in_(councils)
    handed_in = select(Bid.id).where(Bid.round_id == round.id, Bid.submitted_at.is_not(None))
    return db.session.scalar(handed_in.where(closed).limit(1)) is not None


def _one_of(among: Select[Bid] | None) -> ColumnElement[bool]:
    return true() if among is None else Bid.id.in_(among.with_only_columns(Bid.id).order_by(None))


def bid_to_decide(round: Round, key: str, person: Person, day: date) -> Bid:
    """One of `bids_in`, with its projects and their money; NotFound for any other."""
    whole = selectinload(Bid.projects).options(selectinload(Project.funding), joinedload(Project.council))
    found = db.session.scalar(bids_in(round, person, day).where(Bid.key == key).options(whole))
    if found is None:
        raise NotFound
    return found


def decision_on(bid: Bid) -> Decision | None:
    people = (joinedload(Decision.proposed_by), joinedload(Decision.confirmed_by))
    lines = selectinload(Decision.lines).joinedload(DecisionLine.project)
    return db.session.scalar(select(Decision).where(Decision.bid_id == bid.id).options(*people, lines))


def decisions_in(round: Round) -> dict[int, Decision]:
    """By bid, with their lines."""
    found = (
        select(Decision)
        .join(Bid, Bid.id == Decision.bid_id)
        .where(Bid.round_id == round.id)
        .options(selectinload(Decision.lines), joinedload(Decision.proposed_by), joinedload(Decision.confirmed_by))
    )
    return {decision.bid_id: decision for decision in db.session.scalars(found)}


def asks_in(round: Round, among: Select[Bid]) -> dict[int, dict[Slot, int]]:
    """Pence of grant that each of these bids in the running asks of each purse."""
    summed = (
        select(Project.bid_id, FundingLine.year, FundingLine.stream, cast(func.sum(FundingLine.pence), BigInteger))
        .join(Project, Project.id == FundingLine.project_id)
        .join(Bid, Bid.id == Project.bid_id)
        .where(Bid.round_id == round.id, Bid.status.in_(IN_THE_RUNNING), to_judge(), _one_of(among))
        .where(FundingLine.source == FundingSource.GRANT)
        .group_by(Project.bid_id, FundingLine.year, FundingLine.stream)
    )
    asks: dict[int, dict[Slot, int]] = defaultdict(dict)
    for bid_id, year, stream, pence in db.session.execute(summed):
        asks[bid_id][year, stream] = pence
    return asks


def budget_of(round: Round) -> dict[Slot, int]:
    lines = select(BudgetLine.year, BudgetLine.stream, BudgetLine.pence).where(BudgetLine.round_id == round.id)
    return {(year, stream): pence for year, stream, pence in db.session.execute(lines)}


def committed_in(round: Round, *, but: Bid | None = None, among: Select[Bid] | None = None) -> dict[Slot, int]:
    """Pence that decisions to fund take from each purse; `but` leaves one bid out. A withdrawn bid takes nothing.

    Of all bids, or of those that a reader may see.
    """
    summed = (
        select(DecisionLine.year, DecisionLine.stream, cast(func.sum(DecisionLine.pence), BigInteger))
        .join(Decision, Decision.id == DecisionLine.decision_id)
        .join(Bid, Bid.id == Decision.bid_id)
        .where(
            Bid.round_id == round.id,
            Bid.status.in_(IN_THE_RUNNING),
            Decision.outcome == DecisionOutcome.FUND,
            Bid.id != (but.id if but else 0),
            _one_of(among),
        )
        .group_by(DecisionLine.year, DecisionLine.stream)
    )
    return {(year, stream): pence for year, stream, pence in db.session.execute(summed)}


def left_in(round: Round, *, but: Bid) -> dict[Slot, int]:
    """Pence that the decisions on all other bids leave of each purse."""
    taken = committed_in(round, but=but)
    return {slot: pence - taken.get(slot, 0) for slot, pence in budget_of(round).items()}


def purses(round: Round, asks: Iterable[Mapping[Slot, int]], among: Select[Bid]) -> list[Purse]:
    """Every purse that has money, is asked for some, or has lost some; by year, capital first.

    `among` are the bids that count, and `asks` what they ask for.
    """
    budget, committed, asked = budget_of(round), committed_in(round, among=among), defaultdict[Slot, int](int)
    for slots in asks:
        for slot, pence in slots.items():
            asked[slot] += pence
    return [
        Purse(slot, budget.get(slot, 0), asked.get(slot, 0), committed.get(slot, 0))
        for slot in sorted({*budget, *committed, *asked})
    ]


def people_of(bids: Sequence[Bid], day: date) -> dict[int, list[Person]]:
    """By bid, the active people who that day act for one of its councils, in any of a council's roles."""
    acting = (
        select(BidCouncil.bid_id, Person)
        .join(Appointment, Appointment.council_id == BidCouncil.council_id)
        .join(Person, Person.id == Appointment.person_id)
        .where(BidCouncil.bid_id.in_([bid.id for bid in bids]), Person.active, Appointment.from_on <= day)
        .where(Appointment.until_on.is_(None) | (Appointment.until_on >= day))
        .order_by(BidCouncil.bid_id, Person.id)
    )
    people: dict[int, dict[int, Person]] = defaultdict(dict)
    for bid_id, person in db.session.execute(acting):
        people[bid_id][person.id] = person
    return {bid_id: list(found.values()) for bid_id, found in people.items()}
