"""What the pages of a round's decisions show, gathered in a fixed number of queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from grants.allocation import queries
from grants.allocation.footing import left_open
from grants.allocation.models import Decision, DecisionOutcome
from grants.allocation.queries import Progress, Purse
from grants.appraisal.ranking.line import Policy, Slot, funding_line
from grants.appraisal.ranking.totals import Ranked, ranking
from grants.bids.models import Bid
from grants.funds.models import Round
from grants.kernel.db import db
from grants.people.models import Person


@dataclass(frozen=True)
class Candidate:
    """One line of a round's page. `ranked` is None for a bid that nobody has scored."""

    bid: Bid
    ranked: Ranked | None
    asks: Mapping[Slot, int]
    decision: Decision | None
    within: bool
    """Whether it is recommended and the money reaches it when given in order of rank."""
    departs: bool
    """Whether the decision funds it over a better ranked bid, or passes it over for a worse one."""
    to_settle: bool
    """Whether its check or moderation has to be settled before anything is decided."""

    @property
    def ask(self) -> int:
        return sum(self.asks.values())

    @property
    def decided(self) -> int:
        return sum(line.pence for line in self.decision.lines) if self.decision else 0


@dataclass(frozen=True)
class Board:
    """All there is to decide in one round, of the bids that one person may see."""

    candidates: list[Candidate]
    purses: list[Purse]
    progress: Progress
    to_announce: bool
    """Every bid is decided, those that this person does not see too."""
    closed: bool
    """A bid is closed to this person. What is left of the money would tell of it, so it is not shown."""


def board(round: Round, person: Person, day: date, policy: Policy) -> Board:
    """The round's bids in order of rank, unranked ones last. What `person` may not see counts nowhere."""
    bids = queries.bids_in(round, person, day)
    asks, decisions = queries.asks_in(round, bids), queries.decisions_in(round)
    ranked = {row.bid.id: row for row in ranking(round, among=bids)}
    order = [bid_id for bid_id, row in ranked.items() if row.rank is not None]
    purses = queries.purses(round, (ranked[bid_id].ask for bid_id in order), bids)
    worthy = [(bid_id, ranked[bid_id].ask) for bid_id in order if ranked[bid_id].recommended]
    within = funding_line(worthy, {purse.slot: purse.budget for purse in purses}, policy)
    departing = departures([(bid_id, _outcome(decisions.get(bid_id))) for bid_id in order])
    place = {bid_id: number for number, bid_id in enumerate(order)}
    found = db.session.execute(bids.add_columns(left_open())).all()
    rows = sorted(found, key=lambda row: (place.get(row[0].id, len(place)), row[0].reference or ""))
    candidates = [
        Candidate(
            bid=bid,
            ranked=ranked.get(bid.id),
            asks=asks.get(bid.id, {}),
            decision=decisions.get(bid.id),
            within=bid.id in within,
            departs=bid.id in departing,
            to_settle=bid.status in queries.TO_DECIDE and unsettled,
        )
        for bid, unsettled in rows
    ]
    return Board(
        candidates,
        purses,
        queries.progress([round.id], bids).get(round.id, Progress()),
        queries.can_be_announced(round),
        queries.closes_any(round, person, day),
    )


def departures(ranked: list[tuple[int, DecisionOutcome | None]]) -> set[int]:
    """Bids decided against the order of rank: funded below one that is not, or not funded above one that is.

    An undecided bid is no departure and makes none.
    """
    funded = [n for n, (_, outcome) in enumerate(ranked) if outcome is DecisionOutcome.FUND]
    passed = [n for n, (_, outcome) in enumerate(ranked) if outcome not in (None, DecisionOutcome.FUND)]
    if not funded or not passed:
        return set()
    out_of_order = [n for n in funded if n > passed[0]] + [n for n in passed if n < funded[-1]]
    return {ranked[n][0] for n in out_of_order}


def _outcome(decision: Decision | None) -> DecisionOutcome | None:
    return decision.outcome if decision else None
