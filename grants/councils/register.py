"""The shipped register of English councils: four small tables under data/, read into plain rows.

docs/data-sources.md says where every table comes from, on what licence, and what was corrected.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from grants.councils.models import AliasStatus, CouncilKind, SuccessionKind

DATA = Path(__file__).parent / "data"


class Tier(StrEnum):
    LOWER = "lower"
    UPPER = "upper"
    UNITARY = "unitary"
    COMBINED = "combined"


@dataclass(frozen=True, slots=True)
class CouncilRow:
    """One council. Without `began_on` it is older than any record here; `ended_on` is its last day, None: still there.

    `official_name` is the latest; earlier ones are dated names. `combined_authority_gss_code` is the latest membership
    known, not the one at any other date. A blank `register_code` means no entry in the former national register.
    """

    gss_code: str
    official_name: str
    short_name: str
    kind: CouncilKind
    region: str
    tier: Tier
    began_on: date | None = None
    ended_on: date | None = None
    register_code: str = ""
    county_gss_code: str | None = None
    combined_authority_gss_code: str | None = None
    population_2020: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    former_gss_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NameRow:
    """An official name and the days it held, both included; None: from the council's beginning, to its end."""

    gss_code: str
    name: str
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True, slots=True)
class SuccessionRow:
    """`on` is vesting day, the first on which the successor answers: the day after the predecessor's last.

    The shipped rows hold no rename: a council that only changed its name has dated names and no successor.
    """

    predecessor_gss: str
    successor_gss: str
    on: date
    kind: SuccessionKind


@dataclass(frozen=True, slots=True)
class AliasRow:
    """A spelling seen in print. Settled: it means these councils, all of them (none: not a council at all).

    Ask: it may mean any of these, and a person says which.
    """

    spelling: str
    gss_codes: tuple[str, ...]
    status: AliasStatus
    note: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    councils: tuple[CouncilRow, ...]
    names: tuple[NameRow, ...]
    aliases: tuple[AliasRow, ...]
    successions: tuple[SuccessionRow, ...]


def read_register(folder: Path = DATA) -> Register:
    """The four tables of `folder`. A malformed cell is a fault of the shipped data: ValueError, not a message."""
    return Register(
        councils=tuple(_council(row) for row in _rows(folder / "councils.csv")),
        names=tuple(
            NameRow(row["gss_code"], row["name"], _day(row["from_on"]), _day(row["to_on"]))
            for row in _rows(folder / "names.csv")
        ),
        aliases=tuple(
            AliasRow(row["spelling"], _codes(row["gss_codes"]), AliasStatus(row["status"]), row["note"])
            for row in _rows(folder / "aliases.csv")
        ),
        successions=tuple(
            SuccessionRow(
                row["predecessor_gss"],
                row["successor_gss"],
                date.fromisoformat(row["on"]),
                SuccessionKind(row["kind"]),
            )
            for row in _rows(folder / "successions.csv")
        ),
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, strict=True)


def _council(row: dict[str, str]) -> CouncilRow:
    return CouncilRow(
        gss_code=row["gss_code"],
        official_name=row["official_name"],
        short_name=row["short_name"],
        kind=CouncilKind(row["kind"]),
        region=row["region"],
        tier=Tier(row["tier"]),
        began_on=_day(row["began_on"]),
        ended_on=_day(row["ended_on"]),
        register_code=row["register_code"],
        county_gss_code=row["county_gss_code"] or None,
        combined_authority_gss_code=row["combined_authority_gss_code"] or None,
        population_2020=int(row["population_2020"]) if row["population_2020"] else None,
        latitude=float(row["latitude"]) if row["latitude"] else None,
        longitude=float(row["longitude"]) if row["longitude"] else None,
        former_gss_codes=_codes(row["former_gss_codes"]),
    )


def _day(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None


def _codes(cell: str) -> tuple[str, ...]:
    return tuple(code.strip() for code in cell.split(";") if code.strip())
