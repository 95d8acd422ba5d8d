"""Changing who is in a partnership. Its history is rows with days: none is rewritten, each gets a last day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from grants import audit
from grants.audit import Actor
from grants.councils.models import Council, Membership, MembershipRole, Partnership
from grants.councils.operations import form_partnership
from grants.councils.succession import check_in_being
from grants.kernel import text
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.people.models import Person
from grants.people.roles import Role

PARTNER_KINDS = (
    "NHS body",
    "Government department",
    "Fire and rescue service",
    "Police",
    "University or college",
    "Housing association",
    "Charity",
    "Company",
    "Other",
)
"""What a partner that is no council may be. Our own list; a paper prints names alone."""

HELD_BY_ONE = frozenset({MembershipRole.LEAD, MembershipRole.ACCOUNTABLE})
LONGEST_NAME = 200
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Why:
    """Who changes a partnership, for which reason, and which version of it they had before them."""

    by: Actor
    reason: str
    version_seen: int


def begin_partnership(
    name: str, *, lead: Council, members: Sequence[Council], on: date, by: Person, today: date
) -> Partnership:
    """Form a partnership by hand. Refused for a council not in being, and to a coordinator of another council."""
    manages = Role.PROGRAMME_MANAGER in by.roles_on(today)
    if not manages and lead.id not in by.councils_on(today, Role.BID_COORDINATOR):
        raise Refused("You can form a partnership only for a council whose bids you coordinate.", field="lead")
    check_in_being(lead, on, field="lead")
    for member in members:
        check_in_being(member, on, field="members")
    return form_partnership(name, lead=lead, members=members, by=by, on=on)


def add_member(partnership: Partnership, council: Council, *, on: date, starred: bool = False, why: Why) -> Membership:
    """A council takes part from `on`. Refused where it does already, or is not in being that day."""
    _begin(partnership, why)
    check_in_being(council, on)
    if any(_overlaps(m, on) and m.council_id == council.id for m in _of_role(partnership, MembershipRole.MEMBER)):
        raise Refused(f"{council.name} is a member then already.", field="name")
    place = _add(partnership, MembershipRole.MEMBER, council=council, name=council.name, starred=starred, on=on)
    _end(partnership, "added_member", why, what=council.name, on=on.isoformat())
    return place


def add_partner(partnership: Partnership, name: str, *, kind: str, on: date, why: Why) -> Membership:
    """A body that is no council takes part from `on`, known by its name and what kind of body it is."""
    _begin(partnership, why)
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or text.unfit(name):
        raise Refused(f"Enter the partner's name in up to {LONGEST_NAME} characters.", field="name")
    if kind not in PARTNER_KINDS:
        raise Refused("Choose what kind of body it is.", field="kind")
    partners = _of_role(partnership, MembershipRole.PARTNER)
    if any(_overlaps(m, on) and m.printed_as.casefold() == name.casefold() for m in partners):
        raise Refused(f"{name} is a partner then already.", field="name")
    place = _add(partnership, MembershipRole.PARTNER, name=name, kind=kind, on=on)
    _end(partnership, "added_partner", why, what=name, on=on.isoformat())
    return place


def change_holder(
    partnership: Partnership, role: MembershipRole, council: Council, *, on: date, why: Why
) -> Membership:
    """Another lead, or accountable council, from `on`; whoever was it before has the day before as the last one."""
    _begin(partnership, why)
    check_in_being(council, on)
    holding = [m for m in _of_role(partnership, role) if _overlaps(m, on)]
    if role is MembershipRole.ACCOUNTABLE and any(
        m.council_id == council.id and m.covers(on) for m in _of_role(partnership, MembershipRole.LEAD)
    ):
        raise Refused(f"{council.name} leads, and so answers for the money unless another council does.", field="name")
    if later := [m for m in holding if m.from_on >= on]:
        raise Refused(
            f"{later[0].shown_name} has this place from {_day(later[0].from_on)}. Take that back first.", field="on"
        )
    if any(m.council_id == council.id for m in holding):
        raise Refused(f"{council.name} has this place already.", field="name")
    for before in holding:
        before.until_on = on - _ONE_DAY
    place = _add(partnership, role, council=council, name=council.name, on=on)
    _end(partnership, f"changed_{role}", why, what=council.name, on=on.isoformat())
    return place


def end_place(place: Membership, *, until: date, why: Why) -> None:
    """`until` is the last day. Refused for the lead, who only changes, and for a place that has ended."""
    partnership = place.partnership
    _begin(partnership, why)
    if place.role is MembershipRole.LEAD:
        raise Refused("A partnership has a lead: say who leads from then on instead.")
    if place.until_on is not None:
        raise Refused(f"This place has a last day already: {_day(place.until_on)}.")
    if until < place.from_on:
        raise Refused(f"It began on {_day(place.from_on)} and cannot end before that.", field="until")
    place.until_on = until
    _end(partnership, "ended_place", why, what=place.shown_name, role=place.role.value, until=until.isoformat())


def change_star(place: Membership, *, on: date, why: Why) -> Membership:
    """A member with a star has none from `on`, and one without has one: a new row, so that earlier days keep theirs."""
    partnership = place.partnership
    _begin(partnership, why)
    if place.role is not MembershipRole.MEMBER or place.until_on is not None:
        raise Refused("Only a member of today can be given a star, or lose it.")
    if on <= place.from_on:
        raise Refused(f"Choose a day after {_day(place.from_on)}, when this place began.", field="on")
    place.until_on = on - _ONE_DAY
    changed = _add(
        partnership, place.role, council=place.council, name=place.printed_as, starred=not place.starred, on=on,
        position=place.position,
    )  # fmt: skip
    verb = "starred" if changed.starred else "unstarred"
    _end(partnership, verb, why, what=changed.shown_name, on=on.isoformat())
    return changed


def take_back(place: Membership, *, today: date, why: Why) -> None:
    """Remove a place entered wrongly: one that held on no day before today. Whoever it replaced goes on as before."""
    partnership = place.partnership
    _begin(partnership, why)
    if place.from_on < today:
        raise Refused("This place has held before today, so it stays in the history. Give it a last day instead.")
    replaced = _replaced(place)
    if place.role is MembershipRole.LEAD and not replaced and len(_of_role(partnership, MembershipRole.LEAD)) == 1:
        raise Refused("A partnership has a lead: say who leads instead.")
    for before in replaced:
        before.until_on = None
    partnership.memberships.remove(place)
    db.session.delete(place)
    what = place.shown_name
    _end(partnership, "took_back_place", why, what=what, role=place.role.value, on=place.from_on.isoformat())


def _replaced(place: Membership) -> list[Membership]:
    """The places that ended because this one began: two of them where two councils led together."""
    rows = [m for m in _of_role(place.partnership, place.role) if m.until_on == place.from_on - _ONE_DAY]
    if place.role in HELD_BY_ONE:
        return rows
    return [m for m in rows if m.council_id == place.council_id and m.printed_as == place.printed_as]


def _begin(partnership: Partnership, why: Why) -> None:
    """Hold the partnership against other writers; Overtaken where it is no longer as it was seen."""
    db.session.flush()
    held = select(Partnership).where(Partnership.id == partnership.id).with_for_update()
    db.session.scalars(held.execution_options(populate_existing=True)).one()
    db.session.expire(partnership, ["memberships"])
    if why.version_seen != partnership.version:
        raise Overtaken
    if not why.reason.strip():
        raise Refused("Say why, for the record.", field="reason")


def _end(partnership: Partnership, verb: str, why: Why, **details: str) -> None:
    flag_modified(partnership, "name")  # its places are rows of their own; its version is to count their changes
    audit.record(partnership, verb, by=why.by, reason=why.reason, **details)
    db.session.flush()


def _of_role(partnership: Partnership, role: MembershipRole) -> list[Membership]:
    return [m for m in partnership.memberships if m.role == role]


def _overlaps(place: Membership, on: date) -> bool:
    """Whether a place without an end that began on `on` would share a day with this one."""
    return place.until_on is None or place.until_on >= on


def _add(
    partnership: Partnership,
    role: MembershipRole,
    *,
    on: date,
    name: str,
    council: Council | None = None,
    kind: str = "",
    starred: bool = False,
    position: int | None = None,
) -> Membership:
    place = Membership(
        council=council,
        printed_as=name,
        partner_kind=kind,
        role=role,
        starred=starred,
        position=position or _last(partnership.memberships) + 1,
        from_on=on,
    )
    partnership.memberships.append(place)
    return place


def _last(places: Iterable[Membership]) -> int:
    return max((place.position for place in places), default=0)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
