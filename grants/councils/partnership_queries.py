"""Reading one partnership: who may change it, who was in it on a day, and what about it looks wrong."""

from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.exceptions import NotFound

from grants.councils.models import CouncilKind, Membership, MembershipRole, Partnership
from grants.councils.queries import standing
from grants.councils.succession import not_in_being
from grants.kernel.db import db, found
from grants.people.models import Person
from grants.people.roles import Role

_ORDER = (MembershipRole.LEAD, MembershipRole.ACCOUNTABLE, MembershipRole.MEMBER, MembershipRole.PARTNER)


def partnerships_to_edit(person: Person, day: date) -> Select[Partnership]:
    """A programme manager edits any; a bid coordinator those that a council of theirs leads on that day."""
    rows = select(Partnership)
    if Role.PROGRAMME_MANAGER in person.roles_on(day):
        return rows
    mine = person.councils_on(day, Role.BID_COORDINATOR)
    leads = (Membership.role == MembershipRole.LEAD) & standing(day) & Membership.council_id.in_(mine)
    return rows.where(Partnership.memberships.any(leads))


def partnership_to_edit(person: Person, key: str, day: date) -> Partnership:
    """With its places and their councils; NotFound for one that is not theirs to change."""
    with_places = selectinload(Partnership.memberships).joinedload(Membership.council)
    return found(partnerships_to_edit(person, day).where(Partnership.key == key).options(with_places))


def may_edit(person: Person, partnership: Partnership, day: date) -> bool:
    """For buttons; the query of a page that changes something decides for real."""
    return (
        db.session.scalar(
            partnerships_to_edit(person, day).where(Partnership.id == partnership.id).with_only_columns(Partnership.id)
        )
        is not None
    )


def place_of(partnership: Partnership, number: int) -> Membership:
    """One of this partnership's own places, whatever number the address says."""
    place = next((m for m in partnership.memberships if m.id == number), None)
    if place is None:
        raise NotFound
    return place


def places_on(partnership: Partnership, day: date) -> list[Membership]:
    """Lead first, then the accountable council, members and partners, each in the printed order."""
    there = (m for m in partnership.memberships if m.covers(day))
    return sorted(there, key=lambda place: (_ORDER.index(place.role), place.position))


def accountable_on(partnership: Partnership, day: date) -> Membership | None:
    """The place of the council that answers for the money where that is not the lead."""
    return next(iter(partnership.places(MembershipRole.ACCOUNTABLE, day)), None)


def warnings_of(partnership: Partnership, day: date) -> list[str]:
    """What somebody who keeps the partnership should look at, as sentences. Nothing of it is forbidden."""
    leads = partnership.places(MembershipRole.LEAD, day)
    members = {m.council_id for m in partnership.places(MembershipRole.MEMBER, day)}
    found_wrong = [] if leads else ["Nobody leads this partnership."]
    found_wrong += [
        f"{lead.shown_name} leads and is not a member."
        for lead in leads
        if lead.council and lead.council_id not in members and lead.council.kind is not CouncilKind.COMBINED_AUTHORITY
    ]
    standing_places = {m.shown_name: m for m in partnership.memberships if m.covers(day)}
    return found_wrong + [
        sentence for m in standing_places.values() if m.council and (sentence := not_in_being(m.council, day))
    ]


def memberships_of(partnership_id: int, day: date) -> list[Membership]:
    """Who is in a partnership on a day, councils loaded, in the printed order; for a bid that is handed in."""
    rows = (
        select(Membership)
        .where(Membership.partnership_id == partnership_id, standing(day))
        .options(joinedload(Membership.council))
        .order_by(Membership.position, Membership.id)
    )
    return list(db.session.scalars(rows))
