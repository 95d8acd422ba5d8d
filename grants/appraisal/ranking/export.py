"""The ranking with every score and reason, as a workbook or a CSV list, from which each total can be worked out again.

One row of the list of marks is one mark: an appraiser's, one that was agreed, or a looked-up one. `Counts` says whether
it is what counts: all counting marks of a part have the same weight, all parts of a criterion too. Where marks lay
apart and were kept all the same, each row of the bid says why. Bids that are not moderated have no rows.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from typing import IO

import xlsxwriter
from sqlalchemy import Select, select

from grants.appraisal import queries
from grants.appraisal.judgement import Judgement
from grants.appraisal.models import Assignment, AssignmentState, Conclusion, Moderation
from grants.appraisal.parts import Part
from grants.appraisal.ranking.totals import Ranked, Ranking, ranking_of
from grants.bids.models import Bid, BidStatus
from grants.funds.models import Criterion, Round
from grants.kernel.db import db
from grants.kernel.exports import Cell, Column, Kind, csv_list
from grants.kernel.jobs import Progress
from grants.kernel.rounding import half_up
from grants.kernel.sheets import OPTIONS, SheetWriter

TOGETHER = 100
"""Bids whose marks are read at once."""
_PLACES = 6
_WIDE, _NARROW = 28, 14
_N = Kind.NUMBER
Rows = Iterator[Sequence[Cell]]
KEPT = Column("Why the appraisers’ marks were kept")

MARK_COLUMNS = [
    Column("Rank", _N), Column("Reference"), Column("Bid"), Column("Lead council"), Column("Total", _N),
    Column("Total, exactly"), Column("Criterion"), Column("Weight", _N), Column("Parts", _N), Column("Part", _N),
    Column("Name of the part"), Column("Given by"), Column("Mark", _N), Column("Counts"), Column("Reason"),
    KEPT,
]  # fmt: skip


def digest_of(bids: Select[Bid], round_: Round) -> str:
    """Which bids these are: an export is handed out only while its reader may still see each of them."""
    ids = bids.where(Bid.round_id == round_.id).with_only_columns(Bid.id).order_by(None).order_by(Bid.id)
    return hashlib.sha256(",".join(map(str, db.session.scalars(ids))).encode()).hexdigest()


def as_workbook(round_: Round, among: Select[Bid], *, at: datetime, progress: Progress) -> IO[bytes]:
    """Two sheets: the ranking, and all marks."""
    found, file = ranking_of(round_, among=among), BytesIO()
    ranked = _ranked(found)
    book = xlsxwriter.Workbook(file, {**OPTIONS, "constant_memory": True})
    book.set_properties({"title": f"Ranking of {round_.name}", "created": at.replace(tzinfo=None)})
    _write(book, "Ranking", _ranking_columns(found), _ranking_rows(found, ranked, _kept(round_)))
    _write(book, "Marks", MARK_COLUMNS, _mark_rows(found, ranked, progress))
    book.close()
    file.seek(0)
    return file


def as_csv(round_: Round, among: Select[Bid], *, progress: Progress) -> IO[bytes]:
    """The list of marks."""
    found = ranking_of(round_, among=among)
    return BytesIO(b"".join(csv_list(MARK_COLUMNS, _mark_rows(found, _ranked(found), progress))))


def _ranked(found: Ranking) -> list[Ranked]:
    return [found.read(row) for row in db.session.execute(found.rows)]


def _kept(round_: Round) -> dict[int, str]:
    """Why the appraisers' marks were kept, by bid id, where somebody had to say so."""
    rows = select(Conclusion.bid_id, Conclusion.kept_because).join(Conclusion.bid)
    return dict(db.session.execute(rows.where(Bid.round_id == round_.id, Conclusion.kept_because != "")).all())


def _write(book: xlsxwriter.Workbook, name: str, columns: Sequence[Column], rows: Rows) -> None:
    sheet, writer = book.add_worksheet(name), SheetWriter(book, {})
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    sheet.freeze_panes(1, 2)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _WIDE if column.kind is Kind.TEXT else _NARROW)
        writer.text(sheet, 0, place, column.label, heading)
    for row, cells in enumerate(rows, start=1):
        for place, (column, cell) in enumerate(zip(columns, cells, strict=True)):
            writer.cell(sheet, row, place, column.kind, cell)


def _ranking_columns(found: Ranking) -> list[Column]:
    return [
        Column("Rank", _N), Column("Reference"), Column("Bid"), Column("Lead council"), Column("Region"),
        Column("Kind of council"), Column("Total", _N), Column("Total, exactly"), Column("Tie broken by"),
        *(Column(f"{c.name}, weight {c.weight}{', critical' if c.critical else ''}", _N) for c in found.criteria),
        Column("Standing"), Column("Benefits to costs", _N), Column("Cost per home", Kind.MONEY),
        Column("Release", Kind.DATE),
        *(Column(f"Asks {year} {stream}", Kind.MONEY) for year, stream in found.pots),
        *(Column(f"So far {year} {stream}", Kind.MONEY) for year, stream in found.pots),
        KEPT,
    ]  # fmt: skip


def _ranking_rows(found: Ranking, ranked: Sequence[Ranked], kept: Mapping[int, str]) -> Rows:
    for row in ranked:
        council, ties = row.bid.lead_council, row.ties
        yield [
            row.rank, row.bid.reference, row.bid.title, council.name, council.region,
            council.kind.value.replace("_", " "), *_total(row.total), row.tie_broken_by,
            *(_rounded(row.marks[criterion.id]) for criterion in found.criteria),
            row.standing or row.waits_for,
            _rounded(Fraction(ties.ratio, 1_000_000) if ties.ratio is not None else None), ties.cost, ties.released,
            *(row.ask[pot] for pot in found.pots),
            *(row.so_far[pot] if row.recommended else None for pot in found.pots),
            kept.get(row.bid.id, ""),
        ]  # fmt: skip


def _mark_rows(found: Ranking, ranked: Sequence[Ranked], progress: Progress) -> Rows:
    shown, kept = [row for row in ranked if row.bid.status is not BidStatus.APPRAISAL], _kept(found.round)
    for start in range(0, len(shown), TOGETHER):
        some = shown[start : start + TOGETHER]
        bids = [row.bid for row in some]
        tasks, places = queries.judged([bid.id for bid in bids]), queries.place_marks(bids)
        agreed = _agreed([bid.id for bid in bids])
        for row in some:
            judgement = Judgement(found.criteria, tasks[row.bid.id], agreed[row.bid.id], places[row.bid.id])
            yield from ([*cells, kept.get(row.bid.id, "")] for cells in _of_bid(row, judgement))
        progress(min(start + TOGETHER, len(shown)), len(shown))


def _agreed(bid_ids: Sequence[int]) -> dict[int, dict[tuple[int, int], Moderation]]:
    rows = select(Moderation).where(Moderation.bid_id.in_(bid_ids)).order_by(Moderation.id)
    by_bid: dict[int, dict[tuple[int, int], Moderation]] = {bid_id: {} for bid_id in bid_ids}
    for row in db.session.scalars(rows):
        by_bid[row.bid_id][row.criterion_id, row.part] = row
    return by_bid


def _of_bid(row: Ranked, judgement: Judgement) -> Rows:
    bid = row.bid
    own = [row.rank, bid.reference, bid.title, bid.lead_council.name, *_total(row.total)]
    for criterion in judgement.criteria:
        if criterion.looked_up:
            yield [*own, *_looked_up(criterion, judgement)]
    for part in judgement.parts:
        criterion, size = part.criterion, len(part.criterion.numbered_parts)
        of_part: list[Cell] = [criterion.name, criterion.weight, size, part.number, part.name]
        for task in judgement.tasks:
            score = judgement.score(task, part.criterion, part.number)
            if score is not None and task.submitted_at:
                counts = _counts(task, part, judgement)
                yield [*own, *of_part, task.person.name, score.mark, counts, score.reason]
        if part.place in judgement.agreed:
            yield from ([*own, *of_part, *mark] for mark in _agreed_marks(judgement.agreed[part.place]))


def _agreed_marks(row: Moderation) -> list[list[Cell]]:
    """What two people settled, which counts, and a proposal that waits for its second person, which does not."""
    waits = row.second_by_id is None
    reason = "A change of it waits for a second person." if waits else row.reason
    settled: list[Cell] = ["Agreed", row.settled_mark, "yes", reason]
    proposed: list[Cell] = ["Proposed", row.mark, "no: waits for a second person", row.reason]
    return [settled] * (row.settled_mark is not None) + [proposed] * waits


def _looked_up(criterion: Criterion, judgement: Judgement) -> list[Cell]:
    listed = criterion.place_list
    mark = judgement.looked_up.get(criterion.id)
    where = f"{listed.name}, {listed.edition}" if listed else ""
    own: list[Cell] = [criterion.name, criterion.weight, 1, 1, "", "Looked up"]
    return [*own, _rounded(mark), "yes" if mark is not None else "no: no place score", where]


def _counts(task: Assignment, part: Part, judgement: Judgement) -> str:
    if task.state is AssignmentState.CONFLICTED:
        return "no: set aside, conflict of interest"
    if task.state is AssignmentState.ENDED:
        return "no: set aside, assignment ended"
    return "no: another mark was agreed" if judgement.settled(part.place) is not None else "yes"


def _total(total: Fraction | None) -> list[Cell]:
    """Rounded to six places for sums, and exactly as a fraction."""
    return [_rounded(total), "" if total is None else str(total)]


def _rounded(value: Fraction | None) -> Decimal | None:
    return None if value is None else half_up(value, _PLACES)
