"""What must hold before anything of a paper is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from grants.awards.import_names import is_partnership_row
from grants.awards.models import Award, MovementKind
from grants.awards.papers.partnerships import is_pilot
from grants.awards.papers.types import Paper, PaperError, PaperKind, PaperRow, fingerprint
from grants.funds.models import Round, RoundStatus
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear
from grants.kernel.money import MOST_PENCE, pounds

_LONGEST = {"recipient": 200, "project": 400, "lead": 200}
_LONGEST_MEMBER, _LONGEST_PARTNERSHIP = 200, 160

Years = dict[FinancialYear, int]
"""Pence by financial year; a year without an award is absent."""


@dataclass(frozen=True)
class Known:
    """An award that an earlier paper brought, with what it promised then."""

    award: Award
    promised: Years


def check_round(round: Round, paper: Paper, awarded_on: date, at: datetime) -> None:
    """Refused: a round that is not announced, a day to come, another layout, money outside the round's years."""
    if round.status is not RoundStatus.ANNOUNCED:
        raise Refused(f"{round} is not announced: awards come into it by its own decisions.", field="round")
    if awarded_on > clock.london(at).date():
        raise Refused("The day of the awards has not come yet.", field="awarded_on")
    layout = layout_of(round)
    if layout is not None and layout is not paper.kind:
        raise Refused("The awards of this round are laid out otherwise than the paper, so it belongs to another round.")
    strange = {year for row in paper.rows for year in years_of(round, row)} - set(round.years)
    if strange:
        raise Refused(f"The paper has money in {min(strange)}, which is not a year of {round}.")


def layout_of(round: Round) -> PaperKind | None:
    """Whether the awards of a round, and of those annexed to it, are to councils for projects or to partnerships.

    None for a round without awards.
    """
    ids = [each.id for each in with_annexed(round)]
    titled = select(func.count(), func.count().filter(Award.title != "")).where(Award.round_id.in_(ids))
    awards, projects = db.session.execute(titled).one()
    if not awards:
        return None
    return PaperKind.COUNCIL_PROJECTS if projects else PaperKind.PARTNERSHIPS


def with_annexed(round: Round) -> list[Round]:
    """The round and those whose awards are printed in its annex."""
    annexed = select(Round).where(Round.annexed_to_id == round.id).order_by(Round.id)
    return [round, *db.session.scalars(annexed)]


def known_awards(rounds: list[Round]) -> dict[str, Known]:
    """By fingerprint, in the order of the paper that brought them."""
    ids = [round.id for round in rounds]
    papers = select(Award).where(Award.round_id.in_(ids), Award.fingerprint.is_not(None)).order_by(Award.position)
    found = db.session.scalars(papers.options(selectinload(Award.movements)))
    return {str(award.fingerprint): Known(award, _promised(award)) for award in found}


def _promised(award: Award) -> Years:
    promised: Years = {}
    for movement in award.movements:
        if movement.kind is MovementKind.AWARD:
            promised[movement.year] = promised.get(movement.year, 0) + movement.pence
    return promised


def check_rows(round: Round, paper: Paper, known: Mapping[str, Known]) -> None:
    """PaperError, naming the row, for a name too long to be kept and for sums that are not those loaded before."""
    if paper.total_pence > MOST_PENCE:
        raise PaperError("The rows come to more than any paper of awards can.")
    for row in paper.rows:
        _check_lengths(row)
        found = known.get(fingerprint(row))
        if found and found.promised != years_of(round, row):
            raise PaperError(f"{_named(row)} {_difference(years_of(round, row), found.promised)}", row.line)


def _check_lengths(row: PaperRow) -> None:
    lengths = {**_LONGEST, "recipient": _LONGEST_PARTNERSHIP} if is_partnership_row(row) else _LONGEST
    for part, longest in lengths.items():
        if len(getattr(row, part)) > longest:
            raise PaperError(f"Row {row.line} has a {part} of more than {longest} characters.", row.line)
    if any(len(member) > _LONGEST_MEMBER for member in row.members):
        raise PaperError(f"Row {row.line} names a member with more than {_LONGEST_MEMBER} characters.", row.line)


def _named(row: PaperRow) -> str:
    what = row.project or (", ".join(row.members) if is_pilot(row) else "")
    return f"Row {row.line} ({row.recipient}{', ' + what if what else ''})"


def _difference(now: Years, before: Years) -> str:
    """What a row gives and what was loaded before, in the first year in which they differ."""
    year = next(year for year in sorted({*now, *before}) if now.get(year) != before.get(year))
    given, loaded = (pounds(sums[year]) if year in sums else "nothing" for sums in (now, before))
    return (
        f"gives {given} for {year}, but {loaded} was loaded before. An award is changed by a movement with a reason, "
        "not by another file, so nothing was loaded."
    )


def years_of(round: Round, row: PaperRow) -> Years:
    """A paper of partnerships has one sum and no year: it is the money of the round's first."""
    if row.amounts:
        return {FinancialYear(year): pence for year, pence in row.amounts.items()}
    return {round.first_year: row.total_pence}
