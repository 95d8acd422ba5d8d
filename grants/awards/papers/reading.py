"""Award papers in: a CSV or XLSX file laid out as a board paper's annex, or the report's own text with its page breaks.

The layouts are those of Annexes A and B of the report "One Public Estate and Land Release Fund" to the Improvement and
Innovation Board of the Local Government Association, 22 March 2018. Nothing is guessed and nothing silently repaired:
what is odd comes back as a coded warning, and what cannot be right is refused with its row.
"""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from pathlib import PurePath

from grants.awards.papers.grids import Grid, csv_grid, decoded, text_grids
from grants.awards.papers.layouts import LOOKED_FOR, Layout, find_layout
from grants.awards.papers.members import Splitter
from grants.awards.papers.rows import read_rows
from grants.awards.papers.types import Paper, PaperError, PaperWarning, WarningCode
from grants.awards.papers.workbooks import workbook_grids

MOST_BYTES = 10 * 2**20
_DELIMITED = {".csv", ".tsv"}
_REFUSED = {
    ".xlsm": "a workbook with macros",
    ".xlsb": "a binary workbook",
    ".xls": "a workbook of the old format",
    ".ods": "an OpenDocument sheet",
    ".pdf": "a PDF",
    ".doc": "a Word document",
    ".docx": "a Word document",
}


def read_paper(data: bytes, filename: str, split_members: Splitter) -> list[Paper]:
    """Every award paper in the file, in its order: one for each annex of a report or sheet of a workbook.

    `split_members` takes apart names of members that only blanks stand between. A table that is no award paper is left
    out, with a warning on the first that is one. PaperError for a file of another kind, one without any award paper,
    and whatever the reading of cells and rows refuses.
    """
    warnings: list[PaperWarning] = []
    papers: list[Paper] = []
    digest = sha256(data).hexdigest()
    for grid in _grids(data, filename):
        layout = find_layout(grid.lines)
        if layout is None:
            warnings += [*grid.warnings, _left_out(grid)]
        else:
            papers.append(_paper(grid, layout, split_members, digest))
    if not papers:
        raise PaperError(LOOKED_FOR)
    first = papers[0]
    return [replace(first, warnings=by_line((*warnings, *first.warnings))), *papers[1:]]


def by_line(warnings: Iterable[PaperWarning]) -> tuple[PaperWarning, ...]:
    """The warnings down the paper, those about the whole of it first."""
    return tuple(sorted(warnings, key=lambda warning: (warning.line, list(WarningCode).index(warning.code))))


def _grids(data: bytes, filename: str) -> list[Grid]:
    suffix = PurePath(filename).suffix.lower()
    if what := _REFUSED.get(suffix):
        raise PaperError(f"The file is {what}. Save it as CSV or as a plain XLSX workbook.")
    if len(data) > MOST_BYTES:
        raise PaperError(f"The file is larger than {MOST_BYTES // 2**20} MB, far more than a paper of awards.")
    if data.startswith(b"PK"):
        return workbook_grids(data)
    text, warnings = decoded(data)
    return [csv_grid(text, warnings)] if suffix in _DELIMITED else text_grids(text, warnings)


def _left_out(grid: Grid) -> PaperWarning:
    line = grid.lines[0].number if grid.lines else 0
    text = f"“{grid.title}” is no table of awards and was left out."
    return PaperWarning(WarningCode.TABLE_LEFT_OUT, line, text, grid.title)


def _paper(grid: Grid, layout: Layout, split: Splitter, digest: str) -> Paper:
    below = [line for line in grid.lines if line.number > layout.head.number]
    rows, warnings = read_rows(below, layout, split)
    said = by_line((*grid.warnings, *warnings))
    return Paper(layout.kind, grid.title, tuple(layout.years), tuple(rows), said, digest)
