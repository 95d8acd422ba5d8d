"""Lists of assigning: bids with their appraisers, and what a proposal would do, for whoever asked for it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from grants.appraisal.appraisers.queries import judges, made_declaration
from grants.appraisal.models import AppraiserProfile, Assignment, Proposal, ProposedPlace
from grants.appraisal.queries import bids_judged_by_others, live
from grants.bids.models import Bid, BidStatus
from grants.councils.models import Council
from grants.funds.models import Round
from grants.kernel.db import db, found
from grants.people.models import Person
from grants.people.roles import Role

# --- By hand


@dataclass(frozen=True)
class BidFilter:
    fewer_than: int | None = None
    """Only bids with fewer appraisers."""
    region: str = ""
    """Of the lead council."""


def bids_to_assign(round_: Round, viewer: Person, day: date, asked: BidFilter) -> Select[Bid]:
    """Bids in appraisal, by reference."""
    rows = bids_judged_by_others(viewer, day).where(Bid.round_id == round_.id, Bid.status == BidStatus.APPRAISAL)
    if asked.fewer_than is not None:
        on_it = select(func.count()).where(Assignment.bid_id == Bid.id, live()).correlate(Bid).scalar_subquery()
        rows = rows.where(on_it < asked.fewer_than)
    if asked.region:
        rows = rows.where(Council.region == asked.region)
    return rows.order_by(Bid.reference)


# --- Proposals


def proposals_of(round_: Round, person: Person) -> Select[Proposal]:
    """What this person asked for, the latest first: it covers the bids that this person deals with, no others."""
    mine = select(Proposal).where(Proposal.round_id == round_.id, Proposal.asked_by_id == person.id)
    return mine.order_by(Proposal.id.desc())


def proposal_of(round_: Round, person: Person, key: str) -> Proposal:
    return found(proposals_of(round_, person).where(Proposal.key == key))


def leaver_of(proposal: Proposal) -> Person | None:
    """Whose bids are shared out anew."""
    person_id = proposal.explanation.get("of")
    return db.session.get(Person, person_id) if person_id else None


def bids_left_by(person: Person, round_: Round, viewer: Person, day: date) -> Select[Bid]:
    """Bids of the round that this person has and has not scored."""
    has = exists().where(
        Assignment.bid_id == Bid.id, Assignment.person_id == person.id, live(), Assignment.submitted_at.is_(None)
    )
    return bids_to_assign(round_, viewer, day, BidFilter()).where(has)


def who_has_bids_waiting(round_: Round, viewer: Person, day: date) -> Sequence[Person]:
    """People with bids of the round that they have not scored, by name; some may be appraisers no longer."""
    waiting = select(Person).where(Person.id.in_(_waiting_in(round_, viewer, day)))
    return db.session.scalars(waiting.order_by(Person.name, Person.id)).all()


def leaver_with(key: str, round_: Round, viewer: Person, day: date) -> Person:
    """NotFound for anybody who has no bid to be shared out anew."""
    return found(select(Person).where(Person.key == key, Person.id.in_(_waiting_in(round_, viewer, day))))


def _waiting_in(round_: Round, viewer: Person, day: date) -> Select[int]:
    ids = _ids(bids_to_assign(round_, viewer, day, BidFilter()))
    return select(Assignment.person_id).where(live(), Assignment.submitted_at.is_(None), Assignment.bid_id.in_(ids))


def loads_with(proposal: Proposal, viewer: Person, day: date) -> Select[Any]:
    """(person, most, declared, has, new) by name: bids of the round held apart from the proposal's, and what it gives.

    Bids that are closed to `viewer` by now count in neither. `declared` is that this year's declaration is made.
    """
    ids = _ids(bids_judged_by_others(viewer, day).where(Bid.round_id == proposal.round_id))
    place = and_(ProposedPlace.proposal_id == proposal.id, ProposedPlace.person_id == Assignment.person_id)
    by_this = exists().where(place, ProposedPlace.bid_id == Assignment.bid_id)
    held = (
        select(Assignment.person_id, func.count().label("bids"))
        .where(Assignment.bid_id.in_(ids), live(), ~by_this)
        .group_by(Assignment.person_id)
        .subquery()
    )
    new = (
        select(ProposedPlace.person_id, func.count().label("bids"))
        .where(ProposedPlace.proposal_id == proposal.id, ProposedPlace.bid_id.in_(ids))
        .where(ProposedPlace.id.not_in(left_out(proposal)))
        .group_by(ProposedPlace.person_id)
        .subquery()
    )
    has, given = func.coalesce(held.c.bids, 0), func.coalesce(new.c.bids, 0)
    declared = made_declaration(day).label("declared")
    return (
        select(Person)
        .add_columns(AppraiserProfile.most_bids, declared, has.label("has"), given.label("new"))
        .outerjoin(AppraiserProfile, AppraiserProfile.person_id == Person.id)
        .outerjoin(held, held.c.person_id == Person.id)
        .outerjoin(new, new.c.person_id == Person.id)
        .where(or_(Person.active & Person.id.in_(judges(day, Role.APPRAISER)), has > 0, given > 0))
        .order_by(Person.name, Person.id)
    )


def bids_with(proposal: Proposal, viewer: Person, day: date, person_ids: Collection[int]) -> dict[int, int]:
    """By person id: the bids of the round that each of these people has once it is applied, or has had since."""
    rows = loads_with(proposal, viewer, day).where(Person.id.in_(person_ids))
    return {person.id: has + new for person, _, _, has, new in db.session.execute(rows)}


@dataclass(frozen=True)
class Counts:
    bids: int
    places: int
    short: int
    left_out: int


def counts_of(proposal: Proposal, viewer: Person, day: date) -> Counts:
    """Of bids that are open to `viewer`: how many get somebody, how many places, bids short, bids with one left out."""
    bids = bids_judged_by_others(viewer, day).where(Bid.round_id == proposal.round_id)
    mine = ProposedPlace.bid_id.in_(_ids(bids))
    counted = select(func.count(ProposedPlace.bid_id.distinct()), func.count())
    got, places = db.session.execute(counted.where(ProposedPlace.proposal_id == proposal.id, mine)).one()
    short = select(func.count()).select_from(_ids(bids.where(Bid.id.in_(short_ids(proposal)))).subquery())
    out = select(func.count()).where(ProposedPlace.id.in_(left_out(proposal)), mine)
    return Counts(got, places, db.session.scalar(short) or 0, db.session.scalar(out) or 0)


def bids_of(proposal: Proposal, viewer: Person, day: date, show: str = "") -> Select[Bid]:
    """The bids it is about, by reference; `show` narrows them to those `short`, or with a place `left` out."""
    placed = exists().where(ProposedPlace.proposal_id == proposal.id, ProposedPlace.bid_id == Bid.id)
    rows = bids_judged_by_others(viewer, day).where(Bid.round_id == proposal.round_id).order_by(Bid.reference)
    if show == "short":
        return rows.where(Bid.id.in_(short_ids(proposal)))
    if show == "left":
        return rows.where(exists().where(ProposedPlace.bid_id == Bid.id, ProposedPlace.id.in_(left_out(proposal))))
    return rows.where(or_(placed, Bid.id.in_(short_ids(proposal))))


def places_of(proposal: Proposal, bid_ids: Collection[int]) -> dict[int, list[ProposedPlace]]:
    """The places of each bid with their people."""
    rows = select(ProposedPlace).where(ProposedPlace.proposal_id == proposal.id, ProposedPlace.bid_id.in_(bid_ids))
    by_bid: dict[int, list[ProposedPlace]] = {bid_id: [] for bid_id in bid_ids}
    for place in db.session.scalars(rows.options(joinedload(ProposedPlace.person)).order_by(ProposedPlace.id)):
        by_bid[place.bid_id].append(place)
    return by_bid


def short_ids(proposal: Proposal) -> Sequence[int]:
    return [int(bid_id) for bid_id in proposal.explanation.get("short", {})]


def left_out(proposal: Proposal) -> Sequence[int]:
    """Ids of the places that were not given when it was applied."""
    return [int(place_id) for place_id in proposal.explanation.get("left_out", {})]


def _ids(bids: Select[Bid]) -> Select[int]:
    return bids.with_only_columns(Bid.id).order_by(None)
