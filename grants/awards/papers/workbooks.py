"""From the bytes of an XLSX workbook to lines of cells. A workbook is a stranger's zip file and is treated as one."""

import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from grants.awards.papers.grids import MOST_ROWS, Grid, Line, Unsaved
from grants.awards.papers.types import PaperError

MOST_BYTES_UNPACKED = 40 * 2**20
MOST_PARTS = 500
MOST_COLUMNS = 200

_NO_WORKBOOK = "The file is not a workbook that can be read; it may be damaged, or locked by a password."
_MACROS = "The workbook holds macros. Save it as a plain XLSX or CSV file."
_BROKEN = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, SyntaxError, NotImplementedError, RuntimeError,
    ArithmeticError, AttributeError, LookupError, TypeError, ValueError, OSError, EOFError,
)  # fmt: skip
"""Whatever a damaged part makes zipfile or openpyxl raise; faults of XML are a SyntaxError."""
_CONTROL = re.compile("_x(00[01][0-9A-Fa-f])_")
_DECLARATIONS = [
    mark.encode(form) for mark in ("<!DOCTYPE", "<!ENTITY") for form in ("utf-8", "utf-16-le", "utf-16-be")
]


def workbook_grids(data: bytes) -> list[Grid]:
    """One grid for each sheet that holds anything, hidden ones too.

    Refused: macros, locked or broken files, a workbook that unpacks to more than 40 MB, XML that declares entities, and
    more rows or columns than any annex has.
    """
    _check_zip(data)
    try:
        shown = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        typed = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        grids = [_grid(sheet, typed[sheet.title]) for sheet in shown.worksheets]
    except _BROKEN as error:
        raise PaperError(_NO_WORKBOOK) from error
    return [grid for grid in grids if grid.lines]


def _check_zip(data: bytes) -> None:
    """What can be told before anything is unpacked in earnest, and without believing what the file says of itself."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES_UNPACKED:
                raise PaperError("The workbook unpacks to far more than a paper of awards; it was not opened.")
            if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
                raise PaperError(_MACROS)
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    _check_xml(packed.read(part))
    except _BROKEN as error:
        raise PaperError(_NO_WORKBOOK) from error


def _check_xml(xml: bytes) -> None:
    if any(mark in xml for mark in _DECLARATIONS):
        raise PaperError("The workbook declares entities, which no spreadsheet program writes; it was not opened.")
    if b"macroEnabled" in xml[:65_536]:
        raise PaperError(_MACROS)


def _grid(shown: Any, typed: Any) -> Grid:
    """The sheet's lines up to the last that holds anything, blank ones between included.

    The size that a sheet states of itself is not believed.
    """
    shown.reset_dimensions()
    typed.reset_dimensions()
    lines: list[Line] = []
    both = zip(shown.iter_rows(values_only=True), typed.iter_rows(values_only=True), strict=True)
    for number, (values, formulas) in enumerate(both, start=1):
        if len(values) > MOST_COLUMNS:
            raise PaperError(f"Row {number} of the sheet “{shown.title}” has more than {MOST_COLUMNS} columns.", number)
        line = _line(number, values, formulas)
        if line.blank:
            continue
        if number > MOST_ROWS:
            raise PaperError(f"The sheet “{shown.title}” goes on beyond row {MOST_ROWS:,}, too far for awards.", number)
        lines += [Line(missing, (), "") for missing in range(len(lines) + 1, number)]
        lines.append(line)
    width = max((len(line.cells) for line in lines), default=0)
    return Grid(
        shown.title, tuple(replace(line, cells=(*line.cells, *[None] * (width - len(line.cells)))) for line in lines)
    )


def _line(number: int, values: Sequence[object], formulas: Sequence[object]) -> Line:
    cells = tuple(_cell(value, formula) for value, formula in zip(values, formulas, strict=True))
    return Line(number, cells, "\t".join("" if value is None else str(value) for value in values))


def _cell(value: object, formula: object) -> object:
    """The value as typed. Programs write a control character as `_x000D_`, which openpyxl leaves; other such codes it
    has made plain already, so they are what somebody typed."""
    if isinstance(value, str):
        return _CONTROL.sub(lambda code: chr(int(code[1], 16)), value)
    return Unsaved() if value is None and formula is not None else value
