"""Reading councils, their names and their partnerships."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, event, false, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from grants.councils.models import (
    Alias,
    Council,
    CouncilKind,
    CouncilName,
    Membership,
    NameInQuestion,
    Partnership,
    Succession,
)
from grants.councils.register import AliasRow, CouncilRow, NameRow, Register, SuccessionRow, Tier
from grants.councils.resolver import Certainty, NameBook
from grants.kernel.db import db, found
from grants.kernel.errors import Refused
from grants.kernel.text import like
from grants.people.bodies import Bodies

_BOOK = "name_book"
_MOST_NAMED = 100
_CODE = re.compile(r"E[0-9]{8}", re.ASCII)
_WITH_MEMBERS = (selectinload(Partnership.memberships).joinedload(Membership.council),)
_TIERS = {
    CouncilKind.COUNTY: Tier.UPPER,
    CouncilKind.DISTRICT: Tier.LOWER,
    CouncilKind.COMBINED_AUTHORITY: Tier.COMBINED,
    CouncilKind.GREATER_LONDON: Tier.COMBINED,
}


def name_book() -> NameBook:
    """Every name the database knows, settled spellings included; read once in each request, command or job."""
    book = db.session.info.get(_BOOK)
    if book is None:
        book = db.session.info[_BOOK] = NameBook(_register())
    assert isinstance(book, NameBook)
    return book


def forget_name_book() -> None:
    """After a change to what names mean: the next to ask reads them anew."""
    db.session.info.pop(_BOOK, None)


@event.listens_for(db.session, "after_soft_rollback")
def _forget_what_was_undone(session: Session, _previous: object) -> None:
    session.info.pop(_BOOK, None)


def _register() -> Register:
    """The rows of the database, in the shape of the shipped tables."""
    councils = db.session.scalars(select(Council).order_by(Council.code)).all()
    codes = {council.id: council.code for council in councils}
    names = db.session.scalars(select(CouncilName).order_by(CouncilName.id))
    aliases = db.session.scalars(select(Alias).options(selectinload(Alias.councils)).order_by(Alias.id))
    successions = db.session.scalars(select(Succession).order_by(Succession.id))
    return Register(
        councils=tuple(_council_row(council) for council in councils),
        names=tuple(NameRow(codes[n.council_id], n.name, n.from_on, n.until_on) for n in names),
        aliases=tuple(AliasRow(a.printed, tuple(c.code for c in a.councils), a.status, a.note) for a in aliases),
        successions=tuple(
            SuccessionRow(codes[s.predecessor_id], codes[s.successor_id], s.on, s.kind) for s in successions
        ),
    )


def _council_row(council: Council) -> CouncilRow:
    return CouncilRow(
        gss_code=council.code,
        official_name=council.name,
        short_name=council.short_name,
        kind=council.kind,
        region=council.region,
        tier=_TIERS.get(council.kind, Tier.UNITARY),
        began_on=council.began_on,
        ended_on=council.ended_on,
        register_code=council.register_code,
        county_gss_code=council.county_code or None,
        combined_authority_gss_code=council.combined_authority_code or None,
        population_2020=council.population,
        latitude=council.latitude,
        longitude=council.longitude,
    )


def official_name(council: Council, day: date) -> str:
    """The name the council bore on that day: before it began its first, after it ended its last."""
    names = sorted(council.names, key=lambda name: name.from_on or date.min)
    begun = [name for name in names if (name.from_on or date.min) <= day]
    return (begun or names)[-1 if begun else 0].name if names else council.name


def in_being(day: date) -> ColumnElement[bool]:
    """The condition that a council exists on `day`."""
    begun = or_(Council.began_on.is_(None), Council.began_on <= day)
    return begun & or_(Council.ended_on.is_(None), Council.ended_on >= day)


def councils_in_being(day: date) -> Select[Council]:
    """In the order of their names."""
    return select(Council).where(in_being(day)).order_by(Council.name)


def councils_found(
    *, search: str = "", kind: CouncilKind | None = None, region: str = "", being: bool | None = None, day: date
) -> Select[Council]:
    """Councils with `search` in any name they have borne, or as their code, in the order of their names."""
    rows = select(Council).order_by(Council.name, Council.code)
    if search:
        pattern = like(search)
        borne = Council.names.any(CouncilName.name.ilike(pattern, escape="\\"))
        named = Council.name.ilike(pattern, escape="\\") | Council.code.ilike(pattern, escape="\\")
        rows = rows.where(named | borne)
    if kind:
        rows = rows.where(Council.kind == kind)
    if region:
        rows = rows.where(Council.region == region)
    if being is not None:
        rows = rows.where(in_being(day) if being else ~in_being(day))
    return rows


def council_with(code: str) -> Council | None:
    """The council with this GSS code."""
    return db.session.scalar(select(Council).where(Council.code == code))


def councils_with(codes: Collection[str]) -> list[Council]:
    """The councils with these GSS codes, in the order given. KeyError for one that is not there."""
    known = {council.code: council for council in db.session.scalars(select(Council).where(Council.code.in_(codes)))}
    return [known[code] for code in codes]


def council_named(typed: str, day: date, *, field: str = "council") -> Council:
    """The one council that a person means by its name or GSS code; refused with suggestions where that is not sure."""
    if not typed.strip():
        raise Refused("Enter the name of a council.", field=field)
    code = typed.strip().upper()
    if _CODE.fullmatch(code) and (council := council_with(code)):
        return council
    book = name_book()
    meant = book.resolve(typed, day)
    if meant.certainty is Certainty.JOINT:
        both = " and ".join(book.official_name(code, day) for code in meant.gss_codes)
        raise Refused(f"“{typed}” names two councils, {both}. Enter one of them.", field=field)
    if meant.settled:
        return councils_with(meant.gss_codes)[0]
    if not meant.suggestions:
        raise Refused(f"We know no council called “{typed}”. Check its official name.", field=field)
    *others, last = [book.official_name(code, day) for code in meant.suggestions[:5]]
    offered = f"{', '.join(others)} or {last}" if others else last
    raise Refused(f"“{typed}” is not the name of one council. {meant.why} Did you mean {offered}?", field=field)


def councils_named(typed: str, day: date, *, field: str) -> list[Council]:
    """The councils named one on each line, each once; refused where a line is not surely one council."""
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    if len(lines) > _MOST_NAMED:
        raise Refused(f"Enter at most {_MOST_NAMED} councils.", field=field)
    return list(dict.fromkeys(council_named(line, day, field=field) for line in lines))


def standing(day: date) -> ColumnElement[bool]:
    """The condition that a membership holds on `day`."""
    return (Membership.from_on <= day) & or_(Membership.until_on.is_(None), Membership.until_on >= day)


def partnerships_of(council_ids: Collection[int], day: date) -> Select[Partnership]:
    """Partnerships that one of these councils leads or is a member of on `day`, in the order of their names."""
    if not council_ids:
        return select(Partnership).where(false())
    theirs = Partnership.memberships.any(standing(day) & Membership.council_id.in_(council_ids))
    return select(Partnership).where(theirs).order_by(Partnership.name)


@dataclass(frozen=True)
class Change:
    """A line of a council's life. `other` is who it came from or went to, where there is one."""

    on: date | None
    what: str
    other: Council | None = None


def changes_of(council: Council) -> list[Change]:
    """Beginnings, names, successions and endings in the order of their days."""
    before = db.session.scalars(
        select(Succession).where(Succession.successor_id == council.id).options(joinedload(Succession.predecessor))
    )
    after = db.session.scalars(
        select(Succession).where(Succession.predecessor_id == council.id).options(joinedload(Succession.successor))
    )
    changes = [Change(council.began_on, "Began")] if council.began_on else []
    changes += [Change(row.on, "Took over from", row.predecessor) for row in before]
    changes += [Change(name.from_on, f"Took the name {name.name}") for name in council.names if name.from_on]
    changes += [Change(council.ended_on, "Last day")] if council.ended_on else []
    changes += [Change(row.on, "Went over to", row.successor) for row in after]
    return sorted(changes, key=lambda change: change.on or date.min)


def partnerships_found(*, search: str = "") -> Select[Partnership]:
    """With memberships and their councils, in the order of their names; `search` also finds a member's name."""
    rows = select(Partnership).order_by(Partnership.name).options(*_WITH_MEMBERS)
    if search:
        pattern = like(search)
        member = Membership.printed_as.ilike(pattern, escape="\\") | Membership.council.has(
            Council.name.ilike(pattern, escape="\\")
        )
        rows = rows.where(Partnership.name.ilike(pattern, escape="\\") | Partnership.memberships.any(member))
    return rows


def partnership_in_full(key: str) -> Partnership:
    """NotFound where there is none."""
    return found(select(Partnership).where(Partnership.key == key).options(*_WITH_MEMBERS))


def other_partnerships(partnership: Partnership, day: date) -> dict[int, list[Partnership]]:
    """By id of a council of this partnership: the others it belongs to on `day`. One query."""
    ids = {place.council_id for place in partnership.memberships if place.council_id is not None}
    rows = db.session.execute(
        select(Membership.council_id, Partnership)
        .join(Partnership, Membership.partnership_id == Partnership.id)
        .where(Membership.council_id.in_(ids), Partnership.id != partnership.id, standing(day))
        .distinct()
        .order_by(Partnership.name)
    )
    elsewhere: dict[int, list[Partnership]] = {}
    for council_id, other in rows:
        elsewhere.setdefault(council_id or 0, []).append(other)
    return elsewhere


def names_in_question(*, settled: bool) -> Select[NameInQuestion]:
    """Those that wait, oldest first, or those that are settled, newest first; with their councils."""
    rows = select(NameInQuestion).options(selectinload(NameInQuestion.candidates))
    if settled:
        return rows.where(NameInQuestion.settled_at.is_not(None)).order_by(NameInQuestion.settled_at.desc())
    return rows.where(NameInQuestion.settled_at.is_(None)).order_by(NameInQuestion.asked_at, NameInQuestion.id)


def _names_of(ids: Collection[int]) -> dict[int, str]:
    rows = db.session.execute(select(Council.id, Council.name).where(Council.id.in_(ids)))
    return {row.id: row.name for row in rows}


bodies = Bodies(named=lambda typed, day: council_named(typed, day).id, names=_names_of)
"""What the room of people asks of this one."""
