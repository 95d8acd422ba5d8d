"""What a reader sees of a meeting: its seats always, of its agenda only bids on whose papers nothing is in the way.

Whoever scores a bid may be heard at the table, and reads nothing of it here; whoever has a conflict of interest, on
record or proposed and not cleared, or stood back for it, finds nothing of it either, not even that it is an item.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from grants.appraisal.appraisers.conflicts import proposed
from grants.appraisal.appraisers.grounds import open_grounds
from grants.appraisal.models import Assignment, Panel, PanelItem, PanelSeat, StoodBack
from grants.appraisal.queries import SCORED, bids_judged_by_others
from grants.audit.models import AuditEvent
from grants.audit.operations import subject_of
from grants.bids.models import Bid, Conflict
from grants.funds.models import Round
from grants.kernel import clock
from grants.kernel.db import Model, db, found
from grants.people.models import Appointment, Person
from grants.people.roles import Role

AT_THE_TABLE = (Role.MODERATOR, Role.PROGRAMME_MANAGER, Role.APPRAISER)
"""Who may be called to a meeting: those who moderate and manage, and appraisers, who are heard on what they scored."""


@dataclass(frozen=True)
class Tie:
    """Why somebody at the table is not free on one item."""

    must_go: list[str] = field(default_factory=list)
    """Grounds on which he or she stands back, in sentences."""
    scored: bool = False
    """May be heard, and has no papers of the bid."""


def meetings(round_: Round) -> Select[Panel]:
    """Those on a round, the latest first."""
    seats = selectinload(Panel.seats).joinedload(PanelSeat.person)
    return select(Panel).where(Panel.round_id == round_.id).options(seats).order_by(Panel.meets_at.desc(), Panel.id)


def in_hand(person: Person) -> Sequence[tuple[Panel, bool]]:
    """Meetings to which `person` is called and whose minutes are not whole, by day; and whether he or she chairs."""
    not_whole = or_(Panel.closed_at.is_(None), Panel.items.any(PanelItem.decision == ""))
    rows = select(Panel, PanelSeat.chairs).join(Panel.seats).where(PanelSeat.person_id == person.id, not_whole)
    found = db.session.execute(rows.options(joinedload(Panel.round)).order_by(Panel.meets_at, Panel.id))
    return [(panel, chairs) for panel, chairs in found]


def coming(person: Person, day: date) -> list[Panel]:
    """Meetings to which `person` is called, the next first."""
    return [panel for panel, _ in in_hand(person) if is_coming(panel, day)]


def is_coming(panel: Panel, day: date) -> bool:
    """Until the end of its day: who comes late still looks for the room."""
    return panel.closed_at is None and clock.london(panel.meets_at).date() >= day


def meeting(key: str) -> Panel:
    seats = selectinload(Panel.seats).joinedload(PanelSeat.person)
    return found(select(Panel).where(Panel.key == key).options(joinedload(Panel.round), seats))


def papers_open_to(person: Person, round_: Round, day: date) -> Select[Bid]:
    """The round's bids of which `person` may read a panel's papers."""
    of_round = Bid.round_id == round_.id
    grounds = open_grounds(select(Bid.id).where(of_round), day, [person.id]).subquery("own_grounds")
    stood_back = select(PanelItem.bid_id).join(PanelItem.stood_back).where(StoodBack.person_id == person.id)
    return bids_judged_by_others(person, day).where(
        of_round, Bid.id.not_in(select(grounds.c.bid_id)), Bid.id.not_in(stood_back)
    )


def items_for(panel: Panel, person: Person, day: date) -> Sequence[PanelItem]:
    """The agenda as `person` may read it, in order."""
    return db.session.scalars(_items(panel, person, day)).unique().all()


def item_for(panel: Panel, bid_key: str, person: Person, day: date) -> PanelItem:
    return found(_items(panel, person, day).where(Bid.key == bid_key))


def _items(panel: Panel, person: Person, day: date) -> Select[PanelItem]:
    ids = papers_open_to(person, panel.round, day).with_only_columns(Bid.id).order_by(None)
    bid = contains_eager(PanelItem.bid)
    return (
        select(PanelItem)
        .join(PanelItem.bid)
        .where(PanelItem.panel_id == panel.id, PanelItem.bid_id.in_(ids))
        .options(bid.joinedload(Bid.lead_council), bid.joinedload(Bid.round))
        .options(selectinload(PanelItem.stood_back).joinedload(StoodBack.person))
        .order_by(PanelItem.position, PanelItem.id)
    )


def to_add(panel: Panel, person: Person, day: date) -> Select[Bid]:
    """Bids that could come onto the agenda: in appraisal or moderated, and not on it."""
    on_it = select(PanelItem.bid_id).where(PanelItem.panel_id == panel.id)
    return papers_open_to(person, panel.round, day).where(Bid.status.in_(SCORED), Bid.id.not_in(on_it))


def candidates(day: date) -> Sequence[Person]:
    """Who may be called to a meeting on `day`, by name."""
    holds = and_(
        Appointment.role.in_(AT_THE_TABLE),
        Appointment.from_on <= day,
        or_(Appointment.until_on.is_(None), Appointment.until_on >= day),
    )
    rows = select(Person).where(Person.active, Person.appointments.any(holds)).order_by(Person.name, Person.id)
    return db.session.scalars(rows).all()


def still_open(items: Sequence[PanelItem]) -> list[int]:
    """Ids of their bids: who is not free now says nothing of an item whose minutes are closed."""
    return [item.bid_id for item in items if not item.is_closed]


def ties(panel: Panel, bid_ids: Collection[int]) -> dict[tuple[int, int], Tie]:
    """By (person id, bid id), of those called to the meeting; seven queries for any agenda."""
    people = [seat.person_id for seat in panel.seats]
    if not people or not bid_ids:
        return {}
    known: dict[tuple[int, int], Tie] = {
        pair: Tie(must_go=[ground.words for ground in grounds]) for pair, grounds in proposed(people, bid_ids).items()
    }
    rows = select(Conflict.person_id, Conflict.bid_id)
    for person, bid in db.session.execute(rows.where(Conflict.person_id.in_(people), Conflict.bid_id.in_(bid_ids))):
        known[person, bid] = Tie(must_go=["A conflict of interest is on record."])
    given = select(Assignment.person_id, Assignment.bid_id).where(Assignment.conflicted.is_(False))
    for person, bid in db.session.execute(
        given.where(Assignment.person_id.in_(people), Assignment.bid_id.in_(bid_ids))
    ):
        known[person, bid] = Tie(known.get((person, bid), Tie()).must_go, scored=True)
    return known


def item_counts(round_: Round, person: Person, day: date) -> dict[int, int]:
    """How many items of each meeting on the round `person` may read, by the meeting's id; one query."""
    ids = papers_open_to(person, round_, day).with_only_columns(Bid.id).order_by(None)
    rows = select(PanelItem.panel_id, func.count()).where(PanelItem.bid_id.in_(ids)).group_by(PanelItem.panel_id)
    return {panel_id: int(count) for panel_id, count in db.session.execute(rows)}


def corrections(*subjects: Model) -> dict[tuple[str, str], list[AuditEvent]]:
    """What was noted after the meeting was closed, by what it is about; from the trail, which nobody changes."""
    named = [subject_of(subject) for subject in subjects]
    keys: dict[str, list[str]] = {}
    for kind, key in named:
        keys.setdefault(kind, []).append(key)
    of_them = or_(*(and_(AuditEvent.subject_type == kind, AuditEvent.subject_key.in_(k)) for kind, k in keys.items()))
    rows = select(AuditEvent).where(AuditEvent.verb == "corrected_minutes", of_them).order_by(AuditEvent.id)
    noted: dict[tuple[str, str], list[AuditEvent]] = {name: [] for name in named}
    for event in db.session.scalars(rows):
        noted[event.subject_type, event.subject_key].append(event)
    return noted
