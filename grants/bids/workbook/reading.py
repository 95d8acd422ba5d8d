"""A workbook that comes back: a stranger's file, read as plain cells and never believed."""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from grants.bids.workbook.layout import Sheet
from grants.bids.workbook.writing import FORMAT, MARKS, REMOVE
from grants.kernel import text
from grants.kernel.errors import Refused

MOST_UNPACKED, MOST_ASIDE = 20 * 2**20, 2 * 2**20
"""Bytes of the whole file, and of a part that is neither a sheet nor its texts: a megabyte of those takes seconds."""
_LARGE_PARTS = ("xl/worksheets/", "xl/sharedstrings.xml")
MOST_ROWS = 6_000
MOST_COLUMNS = 80
_BROKEN = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, SyntaxError, NotImplementedError, RuntimeError,
    ArithmeticError, AttributeError, LookupError, TypeError, ValueError, OSError, EOFError,
)  # fmt: skip
"""Whatever a damaged part makes zipfile or openpyxl raise; faults of XML are a SyntaxError."""
_CONTROL = re.compile("_x(00[01][0-9A-Fa-f])_")
_NOT_READ = "The file cannot be read. It may be damaged, or locked by a password."


@dataclass(frozen=True)
class SheetFault:
    """One thing wrong in the file; `cell` is empty where it is the whole sheet."""

    sheet: str
    cell: str
    reason: str


@dataclass(frozen=True)
class FoundRow:
    """A row of the file, not wholly empty: its line, its key (empty for a new one) and its cells as text."""

    line: int
    key: str
    raws: tuple[str, ...]
    remove: bool = False


@dataclass
class Found:
    """All that was read: rows by sheet, and the mark of each row as it was handed out, by (sheet, key)."""

    rows: dict[str, list[FoundRow]] = field(default_factory=dict)
    marks: dict[tuple[str, str], str] = field(default_factory=dict)
    faults: list[SheetFault] = field(default_factory=list)


OTHER = "The workbook belongs to another bid."


def read(data: bytes, sheets: list[Sheet], *, bid_key: str, other: str = OTHER) -> Found:
    """The file's cells. Refused where it is no workbook of this bid; what is wrong on a sheet is among the faults.

    Any other workbook that we hand out is read alike: `bid_key` is then its own, and `other` says that it is another's.
    """
    _check_size(data)
    try:
        pages = _Pages(data)
        found = Found(marks=_marks(pages, bid_key, other))
        for sheet in sheets:
            found.rows[sheet.name] = _rows(pages, sheet, found.faults)
    except _BROKEN as error:
        raise Refused(_NOT_READ, field="file") from error
    return found


def _check_size(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
    except _BROKEN as error:
        raise Refused(_NOT_READ, field="file") from error
    aside = max((part.file_size for part in parts if not part.filename.lower().startswith(_LARGE_PARTS)), default=0)
    if sum(part.file_size for part in parts) > MOST_UNPACKED or aside > MOST_ASIDE:
        raise Refused("The file unpacks to far more than such a workbook; it was not opened.", field="file")


class _Pages:
    """The sheets' cells. What formulas came to is only read where there are any."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.typed = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        self.worked_out: Any = None

    def names(self) -> list[str]:
        return list(self.typed.sheetnames)

    def cells(self, name: str) -> list[list[tuple[Any, str]]]:
        """(value, kind) of every cell, line by line; the size that a sheet states of itself is not believed."""
        page = self.typed[name]
        page.reset_dimensions()
        lines = []
        for number, cells in enumerate(page.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS), start=1):
            if number > MOST_ROWS:
                raise Refused(f"The sheet {name} goes on beyond row {MOST_ROWS:,}.", field="file")
            lines.append([(cell.value, str(getattr(cell, "data_type", "n"))) for cell in cells])
        return self._worked_out(name, lines) if any(kind == "f" for line in lines for _, kind in line) else lines

    def _worked_out(self, name: str, lines: list[list[tuple[Any, str]]]) -> list[list[tuple[Any, str]]]:
        if self.worked_out is None:
            self.worked_out = load_workbook(io.BytesIO(self.data), read_only=True, data_only=True, keep_links=False)
        page = self.worked_out[name]
        page.reset_dimensions()
        shown = list(page.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True))
        return [
            [(shown[y][x], "f" if shown[y][x] is None else "n") if kind == "f" else (value, kind)
             for x, (value, kind) in enumerate(line)]
            for y, line in enumerate(lines)
        ]  # fmt: skip


def _marks(pages: _Pages, bid_key: str, other: str) -> dict[tuple[str, str], str]:
    if MARKS not in pages.names():
        raise Refused("This is not the workbook that this page hands out. Fill that one in.", field="file")
    first, *lines = [[as_text(value) for value, _ in line] for line in pages.cells(MARKS)] or [[]]
    if first[:1] != [FORMAT]:
        raise Refused("The workbook is of an older make. Download a new one.", field="file")
    if first[1:2] != [bid_key]:
        raise Refused(other, field="file")
    return {(line[0], line[1]): line[2] for line in lines if len(line) >= 3 and line[0]}


def _rows(pages: _Pages, sheet: Sheet, faults: list[SheetFault]) -> list[FoundRow]:
    if sheet.name not in pages.names():
        faults.append(SheetFault(sheet.name, "", "The sheet is missing. Download a new workbook."))
        return []
    heads = ["Key", *(column.head for column in sheet.columns), *([REMOVE] if sheet.removable else [])]
    first, *lines = pages.cells(sheet.name) or [[]]
    wrong = [
        SheetFault(sheet.name, cell_name(place, 1), f"The head of this column must be “{head}”.")
        for place, head in enumerate(heads)
        if (as_text(first[place][0]) if place < len(first) else "") != head
    ]
    faults += wrong
    if wrong:
        return []
    return [
        row
        for number, line in enumerate(lines, start=2)
        if (row := _row(sheet, number, [*line, *[(None, "n")] * (len(heads) - len(line))], faults))
    ]


def _row(sheet: Sheet, number: int, line: list[tuple[Any, str]], faults: list[SheetFault]) -> FoundRow | None:
    for place, (value, kind) in enumerate(line[: len(sheet.columns) + 1]):
        if kind == "f" and value is None:
            reason = "This is a formula that was never worked out. Open the file, save it, and send it again."
            faults.append(SheetFault(sheet.name, cell_name(place, number), reason))
        elif kind == "e":
            faults.append(SheetFault(sheet.name, cell_name(place, number), f"This is an error: {value}."))
    key, *raws = (as_text(value) for value, _ in line)
    cells, more = tuple(raws[: len(sheet.columns)]), raws[len(sheet.columns) :]
    remove = sheet.removable and bool(more) and more[0].casefold() == "yes"
    return FoundRow(number, key, cells, remove) if key or any(cells) else None


def cell_name(place: int, line: int) -> str:
    """`C7` for the third column, whose place is 2, of line 7."""
    return f"{get_column_letter(place + 1)}{line}"


def as_text(value: Any) -> str:
    """A cell as text: numbers to the 15 digits that a spreadsheet keeps, days in ISO form, texts tidied.

    Programs write a carriage return as `_x000D_`, which openpyxl leaves standing.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return text.tidy(_CONTROL.sub(lambda code: chr(int(code[1], 16)), str(value)))
