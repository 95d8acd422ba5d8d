"""The shipped register into the database: what is new is added, what was corrected is corrected, nothing is removed."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from grants.councils.models import Alias, AliasStatus, Council, CouncilName, Succession
from grants.councils.queries import forget_name_book
from grants.councils.register import AliasRow, CouncilRow, NameRow, Register, SuccessionRow, read_register
from grants.councils.resolver import normalise
from grants.kernel.db import db

Councils = dict[str, Council]
"""By GSS code."""


@dataclass(frozen=True)
class Loaded:
    """How many rows the register has of each sort, all of them in the database now."""

    councils: int
    names: int
    successions: int
    aliases: int


def load_register(register: Register | None = None) -> Loaded:
    """Bring the database up to the register. What a person has settled about a spelling stands against it.

    Done again it changes nothing.
    """
    register = register or read_register()
    known = {council.code: council for council in db.session.scalars(select(Council))}
    councils = {row.gss_code: _council(row, known.get(row.gss_code)) for row in register.councils}
    db.session.flush()
    _names(register.names, councils)
    _successions(register.successions, councils)
    _aliases(register.aliases, councils)
    db.session.flush()
    forget_name_book()
    return Loaded(*map(len, (register.councils, register.names, register.successions, register.aliases)))


def _council(row: CouncilRow, council: Council | None) -> Council:
    facts = {
        "register_code": row.register_code,
        "name": row.official_name,
        "short_name": row.short_name,
        "kind": row.kind,
        "region": row.region,
        "began_on": row.began_on,
        "ended_on": row.ended_on,
        "county_code": row.county_gss_code or "",
        "combined_authority_code": row.combined_authority_gss_code or "",
        "population": row.population_2020,
        "latitude": row.latitude,
        "longitude": row.longitude,
    }
    if council is None:
        council = Council(code=row.gss_code, **facts)
        db.session.add(council)
    else:
        for name, value in facts.items():
            setattr(council, name, value)
    return council


def _names(rows: tuple[NameRow, ...], councils: Councils) -> None:
    known = {(name.council_id, name.name): name for name in db.session.scalars(select(CouncilName))}
    for row in rows:
        council_id = councils[row.gss_code].id
        name = known.get((council_id, row.name))
        if name is None:
            name = CouncilName(council_id=council_id, name=row.name)
            db.session.add(name)
        name.from_on, name.until_on = row.from_on, row.to_on


def _successions(rows: tuple[SuccessionRow, ...], councils: Councils) -> None:
    known = {(row.predecessor_id, row.successor_id): row for row in db.session.scalars(select(Succession))}
    for row in rows:
        pair = (councils[row.predecessor_gss].id, councils[row.successor_gss].id)
        succession = known.get(pair)
        if succession is None:
            succession = Succession(predecessor_id=pair[0], successor_id=pair[1])
            db.session.add(succession)
        succession.on, succession.kind = row.on, row.kind


def _aliases(rows: tuple[AliasRow, ...], councils: Councils) -> None:
    known = {a.spelling: a for a in db.session.scalars(select(Alias).options(selectinload(Alias.councils)))}
    for row in rows:
        spelling = normalise(row.spelling)
        alias = known.get(spelling)
        if alias is None:
            alias = Alias(spelling=spelling, printed=row.spelling, status=AliasStatus(row.status))
            db.session.add(alias)
        elif alias.settled_by_id is not None:
            continue
        alias.status, alias.note = row.status, row.note
        meant = sorted((councils[code] for code in row.gss_codes), key=lambda council: council.code)
        if alias.councils != meant:
            alias.councils = meant
