"""A paper's awards into the database: each row once, whatever file it comes in, and never a figure changed in silence.

An imported award is ACCEPTED as from the day on which the paper's awards were public: the paper says that the award was
made and announced, and nothing is left for anyone to decide; that nobody accepted it here is told by `accepted_by`,
which stays empty (see docs/decisions).
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import func, select

from grants import audit
from grants.audit import Actor
from grants.awards.import_checks import (
    Known,
    Years,
    check_round,
    check_rows,
    known_awards,
    with_annexed,
    years_of,
)
from grants.awards.import_names import Meant, is_partnership_row, names_on
from grants.awards.import_partnerships import Partnerships
from grants.awards.models import (
    Award,
    AwardMember,
    AwardStatus,
    ImportWarning,
    Movement,
    MovementKind,
    PaperImport,
)
from grants.awards.papers.checks import inspect
from grants.awards.papers.notes import Headline, known_notes
from grants.awards.papers.partnerships import is_pilot
from grants.awards.papers.published import published_totals
from grants.awards.papers.totals import check_control_total
from grants.awards.papers.types import Paper, PaperRow, fingerprint
from grants.councils.resolver import normalise
from grants.funds.models import Round
from grants.kernel.db import Json, db
from grants.kernel.money import pounds

ROW_MISSING = "row_missing_from_file"
"""The code of the warning about an award that an earlier paper held and this one does not."""

_LONGEST_SUBJECT = 400


def import_paper(
    round: Round,
    paper: Paper,
    *,
    file_name: str,
    control_total: int | None = None,
    awarded_on: date,
    other: Paper | None = None,
    by: Actor | None,
    at: datetime,
) -> PaperImport:
    """Add the awards of `paper` that are not there yet; rows that are stay exactly as they are.

    `control_total` in pence. Names are looked up as at `awarded_on`. `other` is the annex of partnerships that the
    councils of `paper` are looked for in. The very same file again gives back the first reading of it.

    Refused: a round that is not announced, a day that has not come, a paper laid out unlike the awards that the round
    holds, money in a year that is not the round's. PaperError, naming the row where it can be told: rows that do not
    make the control total, a row whose sums are not those loaded before, a name too long to be kept.
    """
    check_round(round, paper, awarded_on, at)
    rounds = with_annexed(round)
    known = known_awards(rounds)
    if control_total is not None:
        _check_control_total(round, paper, control_total, known)
    check_rows(round, paper, known)
    new = [row for row in paper.rows if fingerprint(row) not in known]
    earlier = _reading_of(round, paper)
    if earlier and not new:
        return earlier
    reading = _reading(round, paper, file_name, control_total, len(new), by, at)
    names = names_on(awarded_on)
    warnings = inspect(paper, names, notes=known_notes().notes, headlines=_headlines(round), other=other)
    _warn(reading, ((str(w.code), w.line or None, w.subject, w.text) for w in warnings))
    _warn(reading, _missing(paper, known))
    meant = Meant(names, as_at=awarded_on, seen_in=f"{round.name}: {file_name}", at=at)
    _add_awards(rounds, new, reading, meant, awarded_on=awarded_on, by=by, at=at)
    audit.record(
        reading,
        "imported",
        by=by,
        round=round.code,
        file_name=reading.file_name,
        rows=reading.rows,
        added=reading.added,
        pence=reading.total_pence,
    )
    return reading


def _check_control_total(round: Round, paper: Paper, stated: int, known: Mapping[str, Known]) -> None:
    """Compare with what is loaded, or on a first reading with the paper as it was published, if it was."""
    loaded = {print_: sum(found.promised.values()) for print_, found in known.items()}
    if loaded:
        check_control_total(paper, stated, loaded)
    else:
        check_control_total(paper, stated, published_totals(round.code), previous_is="the published paper")


# --- The reading and what was odd


def _reading_of(round: Round, paper: Paper) -> PaperImport | None:
    """A file may hold two papers, which their sums tell apart."""
    same = (PaperImport.round_id == round.id, PaperImport.sha256 == paper.sha256)
    read = select(PaperImport).where(*same, PaperImport.total_pence == paper.total_pence)
    return db.session.scalar(read.order_by(PaperImport.id).limit(1))


def _reading(
    round: Round, paper: Paper, file_name: str, control: int | None, added: int, by: Actor | None, at: datetime
) -> PaperImport:
    totals: Years = {}
    for row in paper.rows:
        for year, pence in years_of(round, row).items():
            totals[year] = totals.get(year, 0) + pence
    reading = PaperImport(
        round=round,
        file_name=file_name[:200],
        sha256=paper.sha256,
        rows=len(paper.rows),
        added=added,
        total_pence=paper.total_pence,
        control_total_pence=control,
        imported_at=at,
        imported_by_id=by.id if by else None,
        totals_by_year=Json({str(year): totals[year] for year in sorted(totals)}),
    )
    db.session.add(reading)
    return reading


def _headlines(round: Round) -> tuple[Headline, ...]:
    """The sums that were stated for the round: those known in detail, or the round's own."""
    known = known_notes().headlines.get(round.code)
    if known:
        return known
    if round.headline_pence is None:
        return ()
    return (Headline(round.headline_pence, f"the {pounds(round.headline_pence)} stated for {round}"),)


def _missing(paper: Paper, known: Mapping[str, Known]) -> Iterable[tuple[str, int | None, str, str]]:
    here = {fingerprint(row) for row in paper.rows}
    for print_, found in known.items():
        if print_ not in here:
            award = found.award
            text = f"{award.reference} came with an earlier paper and is not in this file. It stays as it is."
            yield ROW_MISSING, None, award.title or award.recipient, text


def _warn(reading: PaperImport, warnings: Iterable[tuple[str, int | None, str, str]]) -> None:
    for code, line, subject, text in warnings:
        said = ImportWarning(paper=reading, code=code, line=line, subject=subject[:_LONGEST_SUBJECT], text=text)
        db.session.add(said)


# --- The awards


def _add_awards(
    rounds: list[Round],
    rows: list[PaperRow],
    reading: PaperImport,
    meant: Meant,
    *,
    awarded_on: date,
    by: Actor | None,
    at: datetime,
) -> None:
    """New rows keep the paper's order; where awards stand already they come after those."""
    ids = [round.id for round in rounds]
    taken = db.session.scalar(select(func.max(Award.position)).where(Award.round_id.in_(ids))) or 0
    partnerships = Partnerships(meant, by=by, on=awarded_on)
    for number, row in enumerate(rows, start=1):
        round = _round_for(row, rounds)
        position = taken + number if taken else row.position
        award = Award(
            reference=f"{round.code.upper()}-P{position:03}",
            round=round,
            partnership=partnerships.of(row) if is_partnership_row(row) else None,
            council=meant.recipient(row),
            position=position,
            recipient=row.recipient,
            title=row.project,
            lead=row.lead,
            status=AwardStatus.ACCEPTED,
            awarded_on=awarded_on,
            accepted_on=awarded_on,
            fingerprint=fingerprint(row),
            members=_members(row, meant),
            movements=_movements(round, rounds[0], row, awarded_on=awarded_on, by=by, at=at),
        )
        db.session.add(award)
        audit.record(award, "imported", by=by, file_name=reading.file_name, line=row.line, pence=row.total_pence)
    db.session.flush()


def _round_for(row: PaperRow, rounds: list[Round]) -> Round:
    """A row "N/A – X" without a lead belongs to the annexed round called X; every other row to the paper's own."""
    if is_pilot(row):
        called = normalise(row.recipient).removeprefix("n/a").strip(" -")
        for annexed in rounds[1:]:
            if called == annexed.code or called.startswith(normalise(annexed.name)):
                return annexed
    return rounds[0]


def _members(row: PaperRow, meant: Meant) -> list[AwardMember]:
    return [
        AwardMember(position=position, printed=printed, starred="*" in printed, councils=list(meant.by(printed)))
        for position, printed in enumerate(row.members, start=1)
    ]


def _movements(
    round: Round, paper_round: Round, row: PaperRow, *, awarded_on: date, by: Actor | None, at: datetime
) -> list[Movement]:
    return [
        Movement(
            year=year,
            stream=round.fund.stream,
            pence=pence,
            effective_on=awarded_on,
            kind=MovementKind.AWARD,
            recorded_at=at,
            recorded_by_id=by.id if by else None,
        )
        for year, pence in sorted(years_of(paper_round, row).items())
    ]
