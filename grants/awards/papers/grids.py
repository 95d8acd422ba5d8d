"""From the bytes of a CSV file or a report's text to lines of cells. `paper_layouts` settles what the cells mean."""

import csv
import io
import re
from dataclasses import dataclass

from grants.awards.papers.types import PaperError, PaperWarning, WarningCode
from grants.kernel.exports import LONGEST_CELL, unguard
from grants.kernel.text import unfit

MOST_ROWS = 20_000
"""An annex has tens of rows. Whatever has more is something else."""

_ANNEX = re.compile(r"\s*Annex\s+[A-Z0-9]{1,3}\b.*", re.ASCII)
_BROKEN_RANGE = re.compile(r".*\b[0-9]{4}/[0-9]{2}\s*[–-]\s*", re.ASCII)


class Unsaved:
    """A workbook's formula without a saved result: it must not pass for a blank."""


@dataclass(frozen=True)
class Line:
    """One row of cells. A workbook's numbers stay numbers; all else is text."""

    number: int
    """The physical line on which it begins, or the sheet's row, counted from 1."""
    cells: tuple[object, ...]
    source: str
    """As it stands in the file."""

    @property
    def blank(self) -> bool:
        return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in self.cells)

    def cell(self, index: int) -> object:
        """The cell in that column; None past the end of a short row."""
        return self.cells[index] if index < len(self.cells) else None

    def text(self, index: int) -> str:
        """The cell as text, line ends as \\n. Refused: what is no text, and characters that no store can keep."""
        value = self.cell(index)
        if value is None:
            return ""
        if isinstance(value, Unsaved):
            raise self.refusal(index, "is a formula that shows nothing, or whose result was not saved. Type its value")
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.refusal(index, f"holds {value}, which is neither text nor a plain number")
        text = value if isinstance(value, str) else f"{value:.15g}"
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if (bad := unfit(text)) is not None:
            raise self.refusal(index, f"holds a character that cannot be kept: {bad}")
        if len(text) > LONGEST_CELL:
            raise self.refusal(index, "is longer than any cell should be")
        return text

    def refusal(self, index: int, what: str) -> PaperError:
        return PaperError(f"Row {self.number}, column {index + 1} {what}.", self.number)


@dataclass(frozen=True)
class Grid:
    """A table as it lies in the file: its heading or sheet name, and every line below, blank ones included."""

    title: str
    lines: tuple[Line, ...]
    warnings: tuple[PaperWarning, ...] = ()


def decoded(data: bytes) -> tuple[str, tuple[PaperWarning, ...]]:
    """The text of the file: UTF-8 with or without a mark, otherwise Windows-1252 with a warning. NUL is refused."""
    warnings: tuple[PaperWarning, ...] = ()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError as error:
            row = data.count(b"\n", 0, error.start) + 1
            raise PaperError(f"Row {row} is neither UTF-8 nor Windows text.", row) from error
        warnings = (PaperWarning(WarningCode.NOT_UTF8, 0, "The file is not UTF-8 and was read as Windows-1252 text."),)
    if (at := text.find("\0")) >= 0:
        row = text.count("\n", 0, at) + 1
        raise PaperError(f"Row {row} holds a NUL character, which no text has.", row)
    return text, warnings


def text_grids(text: str, warnings: tuple[PaperWarning, ...] = ()) -> list[Grid]:
    """The tables below the headings "Annex …" of a report; without such headings, a delimited file."""
    lines = list(io.StringIO(text, newline=""))
    headings = [i for i, line in enumerate(lines) if _ANNEX.fullmatch(line.rstrip()) and _table_follows(lines, i + 1)]
    if headings:
        return _report_grids(lines, headings, warnings)
    return [csv_grid(text, warnings)]


def csv_grid(text: str, warnings: tuple[PaperWarning, ...] = ()) -> Grid:
    """The one table of a delimited file. Quotation marks as in RFC 4180; what our own exports guard is unguarded."""
    lines = list(io.StringIO(text, newline=""))
    return Grid("", _delimited(lines, _mark_between(lines)), warnings)


def _table_follows(lines: list[str], start: int) -> bool:
    return "\t" in next((line for line in lines[start:] if line.strip()), "")


def _report_grids(lines: list[str], headings: list[int], warnings: tuple[PaperWarning, ...]) -> list[Grid]:
    """One grid for each heading "Annex …" that a table of tabs stands below; the report's prose is left alone."""
    said = (*warnings, *_broken_ranges(lines[: headings[0]]))
    ends = [*headings[1:], len(lines)]
    grids = []
    for start, end in zip(headings, ends, strict=True):
        laid_out = PaperWarning(
            WarningCode.TAB_SEPARATED_TEXT,
            start + 1,
            "The table was read from a report's text, where tabs stand between its columns.",
            lines[start].strip(),
        )
        grids.append(Grid(lines[start].strip(), _table(lines, start + 1, end), (*said, laid_out)))
        said = ()
    return grids


def _table(lines: list[str], start: int, end: int) -> tuple[Line, ...]:
    """The lines with tabs from `start` on, and the blank ones among them. Prose may follow but not stand between."""
    with_tabs = [i for i in range(start, end) if "\t" in lines[i]]
    found = []
    for i in range(with_tabs[0], with_tabs[-1] + 1):
        source = lines[i].rstrip("\r\n")
        if source.strip() and "\t" not in source:
            raise PaperError(f"Row {i + 1} stands inside the table but has no columns: “{source.strip()[:80]}”.", i + 1)
        found.append(Line(i + 1, tuple(source.split("\t")), source))
    return _not_too_many(found)


def _broken_ranges(lines: list[str]) -> list[PaperWarning]:
    """Spans of years such as "2017/18–2019/20" whose second year fell onto a later line of the report's prose."""
    return [
        PaperWarning(
            WarningCode.YEAR_RANGE_BROKEN,
            i + 1,
            "A span of years is broken over lines in the report's text; the years were taken from the table's head.",
            line.split()[-1],
        )
        for i, line in enumerate(lines)
        if _BROKEN_RANGE.fullmatch(line.rstrip("\r\n"))
    ]


def _mark_between(lines: list[str]) -> str:
    """Comma, tab or semicolon: whichever divides most of the first lines into three cells or more."""
    return max(",", "\t", ";", key=lambda mark: sum(line.count(mark) >= 2 for line in lines[:50]))


def _delimited(lines: list[str], mark: str) -> tuple[Line, ...]:
    """Rows of a delimited file. A quoted cell may hold line ends, so one row may take several physical lines."""
    reader = csv.reader(lines, delimiter=mark, strict=True)
    found = []
    begun = 0
    try:
        for cells in reader:
            source = "".join(lines[begun : reader.line_num]).rstrip("\r\n")
            found.append(Line(begun + 1, tuple(unguard(cell) for cell in cells), source))
            begun = reader.line_num
    except csv.Error as error:
        raise PaperError(f"Row {begun + 1} is not well-formed: {error}.", begun + 1) from error
    return _not_too_many(found)


def _not_too_many(lines: list[Line]) -> tuple[Line, ...]:
    if len(lines) > MOST_ROWS:
        raise PaperError(f"The table has more than {MOST_ROWS:,} rows, too many for awards.", lines[-1].number)
    return tuple(lines)
