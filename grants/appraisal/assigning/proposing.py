"""A share-out of a round's bids, proposed by a job and explained before anything of it is done."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import insert, select

from grants import audit
from grants.appraisal.assigning.sharing_out import Hand, Progress, Shares, Wanting, share_out
from grants.appraisal.assigning.who_may import Open, Standing, Why, standing_of
from grants.appraisal.models import (
    MOST_APPRAISERS,
    Assignment,
    ClearedConflict,
    Proposal,
    ProposalState,
    ProposedPlace,
)
from grants.appraisal.queries import live
from grants.funds.models import Round
from grants.kernel import clock, jobs
from grants.kernel.db import Json, db
from grants.kernel.errors import Refused
from grants.people.models import Person

MAKE = "share_out"
_FEW = 4
"""As many people are named; of more it is only said how many they are."""
_CLOSED = {
    Why.HAS_IT: "{} on it already",
    Why.CONFLICT: "{} with a conflict of interest on record",
    Why.COUNCIL: "{} acting for one of its councils",
    Why.PROPOSED: "{} with a proposed conflict that nobody has settled",
    Why.HAD_IT: "{} who had it before",
    Why.READS: "{} who could read the marks it has been given",
    Why.LAPSED: "{} without a declaration for this year",
}


_FULL = "{} with as many bids as they take on"
_FREE = "{} free and not needed for it"
_NONE = "No conflict found."


def ask_for_proposal(
    round_: Round, *, each: int, by: Person, at: datetime, of: Person | None = None
) -> tuple[Proposal, jobs.Job]:
    """At least `each` appraisers for every bid of the round; or, with `of`, that person's unscored bids one for one.

    An earlier proposal of the same person for this round that was not applied is discarded.
    """
    if not 1 <= each <= MOST_APPRAISERS:
        raise Refused(f"A bid has between 1 and {MOST_APPRAISERS} appraisers.", field="each")
    unsettled = select(Proposal).where(Proposal.round_id == round_.id, Proposal.asked_by_id == by.id)
    for earlier in db.session.scalars(unsettled.where(Proposal.applied_at.is_(None), Proposal.discarded_at.is_(None))):
        discard(earlier, by=by, at=at)
    proposal = Proposal(round=round_, each=each, asked_at=at, asked_by_id=by.id)
    db.session.add(proposal)
    db.session.flush()
    whose = f"Bids of {of.name}" if of else "Appraisers"
    job = jobs.ask(MAKE, f"{whose}: {round_.name}"[:200], by_id=by.id, proposal_id=proposal.id)
    db.session.flush()
    proposal.explanation = Json({"job": job.key, "of": of.id if of else None})
    audit.record(proposal, "asked", by=by, round=round_.code, each=each, of=of.key if of else None)
    return proposal, job


def discard(proposal: Proposal, *, by: Person, at: datetime) -> None:
    """Nothing of it is done."""
    hold_proposal(proposal)
    if proposal.state is ProposalState.APPLIED:
        raise Refused("This proposal has been applied.")
    if proposal.state is not ProposalState.DISCARDED:
        proposal.discarded_at, proposal.settled_by_id = at, by.id
        audit.record(proposal, "discarded", by=by)


def hold_proposal(proposal: Proposal) -> None:
    db.session.flush()
    columns = ["made_at", "applied_at", "discarded_at", "explanation", "version"]
    db.session.refresh(proposal, columns, with_for_update=True)


def make_proposal(proposal: Proposal, *, at: datetime, progress: Progress) -> None:
    """Work it out and write it down; nothing where it was made or discarded already."""
    by = db.session.get_one(Person, proposal.asked_by_id)
    standing = standing_of(proposal.round, by, clock.london(at).date())
    leaver = proposal.explanation["of"]
    wanting = _left_by(leaver, standing) if leaver else _short_of(proposal.each, standing)
    hands = [Hand(r.person.id, r.load, r.most) for r in standing.readers.values() if r.person.id != leaver]
    shares = share_out(wanting, hands, progress)
    hold_proposal(proposal)
    if proposal.state is not ProposalState.BEING_MADE:
        return
    if places := list(_places(proposal, shares, standing, _cleared(shares))):
        db.session.execute(insert(ProposedPlace), places)
    reasons = _Reasons(shares, standing, hands, leaver)
    short = {str(bid_id): reasons.of(bid_id) for bid_id in shares.short}
    others = {
        str(bid_id): said for bid_id in shares.given if bid_id not in shares.short and (said := reasons.of(bid_id))
    }
    proposal.explanation = Json({**proposal.explanation, "short": short, "others": others})
    proposal.made_at = at
    audit.record(proposal, "made", by=None, places=len(places), short=len(short))


def _short_of(each: int, standing: Standing) -> list[Wanting]:
    counts = {bid_id: len(standing.on_it.get(bid_id, ())) for bid_id in standing.bids}
    return [
        _wanting(bid, each - counts[bid.bid_id], standing)
        for bid in standing.bids.values()
        if counts[bid.bid_id] < each
    ]


def _left_by(leaver: int, standing: Standing) -> list[Wanting]:
    """One place for each bid of theirs that they have not scored."""
    waiting = select(Assignment.bid_id).where(Assignment.person_id == leaver, live(), Assignment.submitted_at.is_(None))
    theirs = set(db.session.scalars(waiting))
    return [_wanting(bid, 1, standing) for bid in standing.bids.values() if bid.bid_id in theirs]


def _wanting(bid: Open, wants: int, standing: Standing) -> Wanting:
    closed = standing.closed.get(bid.bid_id, {})
    fits = {person_id: reader.fit(bid) for person_id, reader in standing.readers.items() if person_id not in closed}
    return Wanting(bid.bid_id, wants, fits, has=len(standing.on_it.get(bid.bid_id, ())))


# --- In words


def _places(
    proposal: Proposal, shares: Shares, standing: Standing, cleared: Collection[tuple[int, int]]
) -> Iterable[dict[str, object]]:
    for bid_id, people in shares.given.items():
        for person_id in people:
            found = "A proposed conflict was found to be none." if (bid_id, person_id) in cleared else _NONE
            why = f"{_knows_in_words(standing.readers[person_id].knows(standing.bids[bid_id]))}{found}"
            yield {"proposal_id": proposal.id, "bid_id": bid_id, "person_id": person_id, "why": why}


def _knows_in_words(knows: list[str]) -> str:
    return f"Knows well: {', '.join(knows)}. " if knows else ""


def _cleared(shares: Shares) -> set[tuple[int, int]]:
    """(bid, person) ids of the places given where somebody found a proposed conflict to be none."""
    ids = [bid_id for bid_id, people in shares.given.items() if people]
    rows = select(ClearedConflict.bid_id, ClearedConflict.person_id).where(ClearedConflict.bid_id.in_(ids))
    return {(bid_id, person_id) for bid_id, person_id in db.session.execute(rows)}


@dataclass
class _Reasons:
    """Who is not given which bid, and why. Only who asked reads it, who settles conflicts too."""

    shares: Shares
    standing: Standing
    hands: Sequence[Hand]
    leaver: int | None

    @cached_property
    def _new(self) -> Counter[int]:
        """Bids of each person in this proposal."""
        return Counter(person_id for people in self.shares.given.values() for person_id in people)

    def of(self, bid_id: int) -> str:
        """How many a bid lacks, where it lacks any, and what keeps each of today's other appraisers from it."""
        lacking, given = self.shares.short.get(bid_id), len(self.shares.given[bid_id])
        said = self._others(bid_id, everybody=bool(lacking))
        if not lacking:
            return f"Not chosen: {', '.join(said)}." if said else ""
        people = len(self.standing.readers) - (self.leaver in self.standing.readers)
        counted = "1 appraiser" if people == 1 else f"{people} appraisers"
        said += [f"{given} given it in this proposal"] if given else []
        lacks = "Nobody is free" if self.leaver else f"Lacks {lacking}"
        return f"{lacks}. Of {counted}: {', '.join(said)}." if said else "Nobody else is an appraiser."

    def _others(self, bid_id: int, *, everybody: bool) -> list[str]:
        names: dict[str, list[str]] = {words: [] for words in (*_CLOSED.values(), _FULL, _FREE)}
        for hand in self.hands:
            why = self.standing.why_not(bid_id, hand.person)
            if hand.person not in self.shares.given[bid_id] and (everybody or why is not Why.HAS_IT):
                words = _CLOSED[why] if why else self._room(hand)
                names[words].append(self.standing.readers[hand.person].person.name)
        return [f"{words.format(len(who))}{_named(who)}" for words, who in names.items() if who]

    def _room(self, hand: Hand) -> str:
        full = hand.most is not None and hand.load + self._new[hand.person] >= hand.most
        return _FULL if full else _FREE


def _named(names: Sequence[str]) -> str:
    return f" ({', '.join(sorted(names))})" if len(names) <= _FEW else ""


# --- The job


@jobs.handles(MAKE)
def _make(job: jobs.Job, progress: jobs.Progress) -> str:
    proposal = db.session.get_one(Proposal, job.arguments["proposal_id"])
    make_proposal(proposal, at=clock.now(), progress=progress)
    return f"/appraisal/{proposal.round.code}/proposals/{proposal.key}"
