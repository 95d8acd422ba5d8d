"""Who may score which bid of a round, for the whole round in a fixed number of queries; each no has its reason."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select

from grants.appraisal import queries
from grants.appraisal.appraisers.grounds import open_grounds
from grants.appraisal.appraisers.queries import declared_in
from grants.appraisal.appraisers.skills import SKILLS
from grants.appraisal.guards import could_read_marks, is_marked
from grants.appraisal.models import AppraiserProfile, Assignment, BidTag, Tag
from grants.bids.models import Bid, BidCouncil, BidStatus, Conflict
from grants.councils.models import Council
from grants.funds.models import Round
from grants.kernel.db import db
from grants.people.models import Person


class Why(StrEnum):
    """Why a person is not given a bid; where several hold, the first of these is told."""

    HAS_IT = "has_it"
    CONFLICT = "conflict"
    COUNCIL = "council"
    PROPOSED = "proposed"
    HAD_IT = "had_it"
    READS = "reads"
    """The bid has marks already, and this person has or had a role in which they can be read."""
    LAPSED = "lapsed"


@dataclass(frozen=True)
class Open:
    """A bid that takes appraisers: its lead council's region, and the skills named by its tags."""

    bid_id: int
    region: str
    skills: frozenset[str]


@dataclass(frozen=True)
class Reader:
    """An appraiser of today, with the bids of this round that he or she has now."""

    person: Person
    load: int
    most: int | None
    skills: frozenset[str]
    regions: frozenset[str]

    def knows(self, bid: Open) -> list[str]:
        """What of the bid this person knows well, in words: the region first, then skills."""
        region = [bid.region] if bid.region in self.regions else []
        return region + [SKILLS[code] for code in SKILLS if code in self.skills & bid.skills]

    def fit(self, bid: Open) -> int:
        """0 to 3: a skill counts twice as much as the region."""
        return 2 * bool(self.skills & bid.skills) + (bid.region in self.regions)


@dataclass(frozen=True)
class Standing:
    """How things stand in a round. `on_it` has the people of each bid who are to score it, or have."""

    bids: dict[int, Open]
    readers: dict[int, Reader]
    on_it: dict[int, set[int]]
    closed: dict[int, dict[int, Why]] = field(default_factory=dict)
    """By bid and person; who is not in it may be given the bid."""

    def why_not(self, bid_id: int, person_id: int) -> Why | None:
        return self.closed.get(bid_id, {}).get(person_id)

    def close(self, pairs: Collection[Any], why: Why) -> None:
        """A reason that was found before stays."""
        for bid_id, person_id in pairs:
            self.closed.setdefault(bid_id, {}).setdefault(person_id, why)


def standing_of(round_: Round, by: Person, day: date) -> Standing:
    """As far as `by` deals with the bids, who never gets one from himself or herself. Twelve queries at most."""
    bids = open_bids(round_, by, day)
    people = [person for person in queries.appraisers(day) if person.id != by.id]
    ids = {person.id for person in people}
    standing = Standing(_bids(bids), _readers(people, round_), {})
    only = bids.with_only_columns(Bid.id).order_by(None)
    _note_tasks(standing, only)
    standing.close(db.session.execute(_on_record(only, ids)).all(), Why.CONFLICT)
    standing.close(_acting(only, people, day), Why.COUNCIL)
    grounds = open_grounds(only, day, ids).subquery()
    waiting = db.session.execute(select(grounds.c.bid_id, grounds.c.person_id).distinct())
    standing.close(waiting.all(), Why.PROPOSED)
    standing.close(_ended(only), Why.HAD_IT)
    readers = [person.id for person in people if could_read_marks(person, day)]
    marked = db.session.scalars(bids.where(is_marked(Bid.id, but_by=0)).with_only_columns(Bid.id)).all()
    standing.close([(bid_id, person_id) for bid_id in marked for person_id in readers], Why.READS)
    lapsed = ids - declared_in(ids, day)
    standing.close([(bid_id, person_id) for bid_id in standing.bids for person_id in lapsed], Why.LAPSED)
    return standing


def open_bids(round_: Round, by: Person, day: date) -> Select[Bid]:
    """Bids of the round that still take appraisers."""
    return queries.bids_judged_by_others(by, day).where(
        Bid.round_id == round_.id, Bid.status == BidStatus.APPRAISAL, ~queries.moderation_begun()
    )


def _bids(bids: Select[Bid]) -> dict[int, Open]:
    by_word = {word.lower(): code for code, name in SKILLS.items() for word in (code, name)}
    rows = db.session.execute(bids.with_only_columns(Bid.id, Council.region).order_by(Bid.id)).all()
    ids = bids.with_only_columns(Bid.id).order_by(None)
    worn = select(BidTag.bid_id, Tag.name).join(BidTag.tag).where(BidTag.removed_at.is_(None), BidTag.bid_id.in_(ids))
    skills: dict[int, set[str]] = {}
    for bid_id, name in db.session.execute(worn):
        if code := by_word.get(name.lower()):
            skills.setdefault(bid_id, set()).add(code)
    return {bid_id: Open(bid_id, region, frozenset(skills.get(bid_id, ()))) for bid_id, region in rows}


def _readers(people: Collection[Person], round_: Round) -> dict[int, Reader]:
    ids = [person.id for person in people]
    kept = select(AppraiserProfile).where(AppraiserProfile.person_id.in_(ids))
    profiles = {profile.person_id: profile for profile in db.session.scalars(kept)}
    loads: dict[int, int] = dict(db.session.execute(_loads(round_, ids)).all())
    return {person.id: _reader(person, loads.get(person.id, 0), profiles.get(person.id)) for person in people}


def _reader(person: Person, load: int, profile: AppraiserProfile | None) -> Reader:
    if profile is None:
        return Reader(person, load, None, frozenset(), frozenset())
    skills, regions = frozenset(profile.skills["skills"]), frozenset(profile.regions["regions"])
    return Reader(person, load, profile.most_bids, skills, regions)


def _loads(round_: Round, person_ids: Collection[int]) -> Select[int, int]:
    return (
        select(Assignment.person_id, func.count())
        .join(Assignment.bid)
        .where(Bid.round_id == round_.id, Bid.status.in_((*queries.SCORED, *queries.DECIDED)), queries.live())
        .where(Assignment.person_id.in_(person_ids))
        .group_by(Assignment.person_id)
    )


def _note_tasks(standing: Standing, only: Select[Any]) -> None:
    rows = select(Assignment.bid_id, Assignment.person_id).where(Assignment.bid_id.in_(only), queries.live())
    pairs = db.session.execute(rows).all()
    for bid_id, person_id in pairs:
        standing.on_it.setdefault(bid_id, set()).add(person_id)
    standing.close(pairs, Why.HAS_IT)


def _ended(only: Select[Any]) -> Collection[Any]:
    rows = select(Assignment.bid_id, Assignment.person_id).where(Assignment.bid_id.in_(only), ~queries.live())
    return db.session.execute(rows).all()


def _on_record(only: Select[Any], person_ids: Collection[int]) -> Select[int, int]:
    rows = select(Conflict.bid_id, Conflict.person_id)
    return rows.where(Conflict.bid_id.in_(only), Conflict.person_id.in_(person_ids))


def _acting(only: Select[Any], people: Collection[Person], day: date) -> list[tuple[int, int]]:
    """Pairs in which the person acts today for a council of the bid."""
    councils = {person.id: acting for person in people if (acting := person.councils_on(day))}
    if not councils:
        return []
    every = set().union(*councils.values())
    seats = (
        select(BidCouncil.bid_id, BidCouncil.council_id)
        .where(BidCouncil.bid_id.in_(only), BidCouncil.council_id.in_(every))
        .union(select(Bid.id, Bid.lead_council_id).where(Bid.id.in_(only), Bid.lead_council_id.in_(every)))
    )
    rows = db.session.execute(seats).all()
    return [(bid_id, person) for bid_id, council in rows for person, acting in councils.items() if council in acting]
