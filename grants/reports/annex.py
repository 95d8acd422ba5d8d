"""The annex of a round out of its awards, as at any day: the awards that stood then, with their money as it stood then.

Only dated facts go into it (days of awards, movements, names as printed), so that the annex as at a day is the same
whenever it is made again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from grants.awards.import_checks import layout_of, with_annexed
from grants.awards.models import Award, AwardMember, Movement
from grants.awards.papers.types import PaperKind
from grants.funds.models import Round, Stream
from grants.kernel.db import db
from grants.kernel.exports import Column, Kind
from grants.kernel.financial_year import FinancialYear
from grants.kernel.money import pounds
from grants.reports.annex_table import AnnexCell, AnnexRow, AnnexTable, with_totals

_LONGEST_INITIALS = 6
_PARTNERSHIP_COLUMNS = (
    Column("Partnership"),
    Column("Lead Council"),
    Column("Local Authorities in Partnership"),
    Column("Total Allocation", Kind.MONEY),
)
_BLANK_NOTE = "A blank means that nothing was awarded for the year."
_STAR_NOTE = "A star (*) stands beside a council as it was printed when the awards were announced."

Profile = dict[FinancialYear, int]
"""Pence by financial year; years that come to nought are left out."""


@dataclass(frozen=True)
class StandingAward:
    """An award with money in it on a day. Names are as printed; `members` with their stars."""

    position: int
    recipient: str
    title: str
    lead: str
    members: tuple[str, ...]
    profile: Profile


def annex_of(round: Round, as_at: date) -> AnnexTable:
    """The awards of a round and of those annexed to it, as the board paper prints them, in its order, with totals.

    By partnership where that is how they were awarded; otherwise by council and project, with a column for each year.
    """
    awards = standing_awards(round, as_at)
    by_partnership = _layout(round) is PaperKind.PARTNERSHIPS
    columns, rows = _by_partnership(awards) if by_partnership else _by_council(awards, round)
    table = AnnexTable(
        title=f"{initials(round)} funding awards: {round.name}",
        columns=columns,
        rows=tuple(rows),
        as_at=as_at,
        notes=tuple(_notes(round, awards, by_partnership)),
        group_columns=(0, 1) if by_partnership else (0,),
    )
    return with_totals(table)


def standing_awards(round: Round, as_at: date) -> list[StandingAward]:
    """In the paper's order: three queries for any number of awards. One whose money has all been moved out is none."""
    ids = [each.id for each in with_annexed(round)]
    profiles = _profiles(ids, as_at)
    members = _members(ids)
    found = db.session.execute(
        select(Award.id, Award.position, Award.recipient, Award.title, Award.lead)
        .where(Award.round_id.in_(ids), Award.awarded_on <= as_at)
        .order_by(Award.position, Award.round_id != round.id, Award.id)
    )
    return [
        StandingAward(position, recipient, title, lead, tuple(members.get(award_id, ())), profiles[award_id])
        for award_id, position, recipient, title, lead in found
        if award_id in profiles
    ]


def initials(round: Round) -> str:
    """What the paper calls the fund in short: LRF, OPE. The fund's name where its code is not made of initials.

    A figure at the end is left off: beside a year it would make a heading that nobody can read for certain.
    """
    letters = round.fund.code.rstrip("0123456789")
    return letters.upper() if letters.isalpha() and len(letters) <= _LONGEST_INITIALS else round.fund.name


def gap_to_headline(round: Round, table: AnnexTable) -> int | None:
    """Pence by which the rows exceed what was stated for the round; None where nothing was stated."""
    return None if round.headline_pence is None else _sum_of(table) - round.headline_pence


def _profiles(round_ids: list[int], as_at: date) -> dict[int, Profile]:
    """By the award's id, worked out by the database."""
    moved = (
        select(Movement.award_id, Movement.year, func.sum(Movement.pence))
        .join(Movement.award)
        .where(Award.round_id.in_(round_ids), Movement.effective_on <= as_at)
        .group_by(Movement.award_id, Movement.year)
        .having(func.sum(Movement.pence) != 0)
    )
    profiles: dict[int, Profile] = {}
    for award_id, year, pence in db.session.execute(moved):
        profiles.setdefault(award_id, {})[year] = int(pence)  # PostgreSQL adds 64 bits up to a decimal number
    return profiles


def _members(round_ids: list[int]) -> dict[int, list[str]]:
    printed: dict[int, list[str]] = {}
    listed = select(AwardMember.award_id, AwardMember.printed).join(AwardMember.award)
    listed = listed.where(Award.round_id.in_(round_ids)).order_by(AwardMember.award_id, AwardMember.position)
    for award_id, name in db.session.execute(listed):
        printed.setdefault(award_id, []).append(name)
    return printed


def _layout(round: Round) -> PaperKind:
    """How the round's awards are laid out; one without any as its fund's stream is in the paper of March 2018."""
    of_stream = PaperKind.PARTNERSHIPS if round.fund.stream is Stream.REVENUE else PaperKind.COUNCIL_PROJECTS
    return layout_of(round) or of_stream


def _by_council(awards: Sequence[StandingAward], round: Round) -> tuple[tuple[Column, ...], Iterable[AnnexRow]]:
    years = sorted({*round.years, *(year for award in awards for year in award.profile)})
    money = tuple(Column(f"{initials(round)} Funding {year}", Kind.MONEY) for year in years)
    rows = (AnnexRow((award.recipient, award.title, *(award.profile.get(year) for year in years))) for award in awards)
    return (Column("Local Authority"), Column("Project"), *money), rows


def _by_partnership(awards: Sequence[StandingAward]) -> tuple[tuple[Column, ...], Iterable[AnnexRow]]:
    """Members stand in one cell with a blank between them, as the paper prints them (see docs/decisions)."""
    rows = [
        AnnexRow((award.recipient, award.lead, " ".join(award.members), sum(award.profile.values())))
        for award in awards
    ]
    return _PARTNERSHIP_COLUMNS, rows


def _notes(round: Round, awards: Sequence[StandingAward], by_partnership: bool) -> Iterable[str]:
    if not by_partnership:
        yield _BLANK_NOTE
    elif any("*" in member for award in awards for member in award.members):
        yield _STAR_NOTE
    made = sum(sum(award.profile.values()) for award in awards)
    if awards and round.headline_pence not in (None, made):
        gap = made - (round.headline_pence or 0)
        way = "more" if gap > 0 else "less"
        yield f"The rows come to {pounds(abs(gap))} {way} than the {pounds(round.headline_pence)} stated for the round."


def _sum_of(table: AnnexTable) -> int:
    cells: Iterable[AnnexCell] = (cell for row in table.rows for cell in row.cells)
    return sum(cell for cell in cells if isinstance(cell, int))
