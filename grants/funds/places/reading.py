"""A file of place scores read as plain cells: one row for each council, every fault with its cell."""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from werkzeug.datastructures import FileStorage

from grants.councils.models import Council
from grants.councils.queries import council_named
from grants.files.kinds import KINDS
from grants.files.names import cleaned, ending
from grants.kernel import money, text
from grants.kernel.errors import Refused
from grants.kernel.exports import unguard

MOST_BYTES = 2 * 2**20
MOST_ROWS = 2_000
COUNCIL, POINTS = "council", "points"
_MOST_COLUMNS = 50
_LONGEST_NAME = 160
_KINDS = ("csv", "xlsx")
_BROKEN = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, csv.Error, SyntaxError, NotImplementedError, RuntimeError,
    ArithmeticError, AttributeError, LookupError, TypeError, ValueError, OSError, EOFError,
)  # fmt: skip
"""Whatever a damaged file makes its readers raise; faults of XML are a SyntaxError."""
_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]+)?", re.ASCII)
Cells = list[list[str]]


@dataclass(frozen=True)
class Read:
    """One council's points, in hundredths, as its row has them."""

    council: Council
    printed: str
    hundredths: int


@dataclass
class Found:
    """`faults` are (cell, sentence); while there are any, nothing is taken over."""

    rows: list[Read] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    named: set[int] = field(default_factory=set)
    """Ids of the councils of all rows, those with a fault too."""


def bytes_of(upload: FileStorage | None) -> tuple[bytes, str]:
    """The file and its kind. Refused where there is none, it is too large, or it is not what its name says."""
    name = cleaned(upload.filename or "") if upload else ""
    if upload is None or not name:
        raise Refused("Choose a file.", field="file")
    kind = ending(name)
    if kind not in _KINDS:
        raise Refused(f"{name} cannot be read. Send a CSV or an XLSX file.", field="file")
    data = upload.stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Refused(f"{name} must be smaller than {MOST_BYTES // 2**20} MB.", field="file")
    if fault := KINDS[kind].check(io.BytesIO(data)):
        raise Refused(f"{name} {fault}.", field="file")
    return data, kind


def read_scores(data: bytes, kind: str, day: date) -> Found:
    """Councils by their official name as at `day` or by GSS code, points from 0 to 100 with at most two decimals.

    The first row has the headings `council` and `points`; other columns are left alone. Refused where they are not
    there, or the file cannot be read. A name that is not surely one council's is a fault and never a guess.
    """
    try:
        lines = _of_workbook(data) if kind == "xlsx" else _of_csv(data)
    except _BROKEN as error:
        raise Refused("The file cannot be read. It may be damaged, or locked by a password.", field="file") from error
    if len(lines) > MOST_ROWS + 1:
        raise Refused(f"The file has more than {MOST_ROWS:,} rows.", field="file")
    places = _places(lines[0] if lines else [])
    found = Found()
    for number, cells in enumerate(lines[1:], start=2):
        if any(cells):
            _read_row(number, cells, places, day, found)
    if not found.rows and not found.faults:
        raise Refused("The file names no council.", field="file")
    return found


def _places(headings: Sequence[str]) -> dict[str, int]:
    known = [heading.casefold() for heading in headings]
    if known.count(COUNCIL) != 1 or known.count(POINTS) != 1:
        raise Refused(f"The first row must have the headings {COUNCIL} and {POINTS}, each once.", field="file")
    return {name: known.index(name) for name in (COUNCIL, POINTS)}


def _read_row(number: int, cells: Sequence[str], places: dict[str, int], day: date, found: Found) -> None:
    typed = {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
    at = {name: f"{get_column_letter(place + 1)}{number}" for name, place in places.items()}
    council, hundredths = None, None
    try:
        council = _council(typed[COUNCIL], day)
    except Refused as refusal:
        found.faults.append((at[COUNCIL], str(refusal)))
    try:
        hundredths = _hundredths(typed[POINTS])
    except ValueError:
        said = "Enter points from 0 to 100, with at most two decimals."
        found.faults.append((at[POINTS], said))
    if council is None:
        return
    if council.id in found.named:
        found.faults.append((at[COUNCIL], f"{council.name} is named in an earlier row already."))
    elif hundredths is not None:
        found.rows.append(Read(council, typed[COUNCIL], hundredths))
    found.named.add(council.id)


def _council(typed: str, day: date) -> Council:
    if len(typed) > _LONGEST_NAME or text.unfit(typed):
        raise Refused("Enter the name of one council, or its GSS code.")
    return council_named(typed, day)


def _hundredths(typed: str) -> int:
    if not _NUMBER.fullmatch(typed):
        raise ValueError(typed)
    hundredths = money.parse_pounds(typed)
    if hundredths > 100 * 100:
        raise ValueError(typed)
    return hundredths


def _of_csv(data: bytes) -> Cells:
    lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    return _trimmed((unguard(cell) for cell in line) for line in lines)


def _of_workbook(data: bytes) -> Cells:
    """The first sheet, formulas by what they came to; the size that a sheet states of itself is not believed."""
    page = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False).worksheets[0]
    page.reset_dimensions()
    lines = page.iter_rows(max_row=MOST_ROWS + 2, max_col=_MOST_COLUMNS, values_only=True)
    return _trimmed(("" if cell is None else str(cell) for cell in line) for line in lines)


def _trimmed(lines: Iterable[Iterable[str]]) -> Cells:
    """Without the blank lines at the end."""
    cells = [[cell.strip() for cell in line] for line in lines]
    while cells and not any(cells[-1]):
        cells.pop()
    return cells
