"""XLSX cells and streamed lists. Strings are strings and numbers are numbers; nothing typed by a person is ever run."""

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import IO, Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from grants.kernel.clock import london
from grants.kernel.exports import Cell, Column, Kind, fit_cell, is_live, xml_text
from grants.kernel.money import pounds

ROWS_IN_A_SHEET = 1_048_576
MOST_EXACT_PENCE = 10**15 - 1
"""A spreadsheet keeps 15 digits of a number. A larger sum is written as text, so that no penny of it is lost."""

SURELY_SHORT = 10_000
"""Characters that fit into a cell however they are counted."""

WHOLE_POUNDS = '£#,##0;"−"£#,##0'
POUNDS_AND_PENCE = '£#,##0.00;"−"£#,##0.00'
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


class SheetWriter:
    """Writes typed cells into one workbook, each kind in its format.

    `base` is what all formats share. Without it plain text and numbers have no format at all, which is quicker.
    """

    def __init__(self, book: xlsxwriter.Workbook, base: dict[str, Any]) -> None:
        self._text = book.add_format(base) if base else None
        self._number = book.add_format(base) if base else None
        self._live = book.add_format({**base, "quote_prefix": True})
        self._whole = book.add_format({**base, "num_format": WHOLE_POUNDS})
        self._pence = book.add_format({**base, "num_format": POUNDS_AND_PENCE})
        self._day = book.add_format({**base, "num_format": "d mmm yyyy"})
        self._moment = book.add_format({**base, "num_format": "d mmm yyyy hh:mm"})

    def text(self, sheet: Worksheet, row: int, column: int, text: str, form: Format | None = None) -> None:
        """Text and never a formula, not even after someone edits the cell: what is live carries Excel's own apostrophe.

        The library takes text from `<r>` to `</r>` for markup of its own and writes it raw, so such text goes in parts.
        """
        if len(text) > SURELY_SHORT or not text.isprintable():
            text = fit_cell(xml_text(text))
        form = form or (self._live if is_live(text) else self._text)
        if text.startswith("<r>") and text.endswith("</r>"):
            sheet.write_rich_string(row, column, text[:1], text[1:2], text[2:], *filter(None, [form]))
        elif text:
            sheet.write_string(row, column, text, form)

    def money(self, sheet: Worksheet, row: int, column: int, pence: int) -> None:
        """A number that its format shows exactly as `pounds` prints it."""
        if abs(pence) > MOST_EXACT_PENCE:
            self.text(sheet, row, column, pounds(pence))
        elif pence % 100:
            sheet.write_number(row, column, pence / 100, self._pence)
        else:
            sheet.write_number(row, column, pence // 100, self._whole)

    def cell(self, sheet: Worksheet, row: int, column: int, kind: Kind, cell: Cell) -> None:
        """A cell of a column of `kind`; nothing at all for None, so that a blank is truly blank."""
        if cell is None:
            return
        if isinstance(cell, str):
            self.text(sheet, row, column, cell)
        elif isinstance(cell, datetime):
            sheet.write_datetime(row, column, london(cell).replace(tzinfo=None), self._moment)
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, cell, self._day)
        elif kind is Kind.MONEY and isinstance(cell, int):
            self.money(sheet, row, column, cell)
        else:
            sheet.write_number(row, column, cell if isinstance(cell, int) else float(Decimal(cell)), self._number)


def sheet_name(text: str) -> str:
    """A name that Excel allows for a sheet: 31 characters, none of []:*?/\\ and no apostrophe at either end."""
    name = re.sub(r"[\[\]:*?/\\]", " ", xml_text(text)).strip("' \n")[:31].strip("' ")
    return name if name and name.casefold() != "history" else "List"


def xlsx_list(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, title: str, made_at: datetime) -> IO[bytes]:
    """A list of any length as a workbook in a temporary file, rewound and ready to be sent.

    Memory stays flat (rows go to disk as they come); after 1,048,575 rows the list goes on in another sheet.
    The same rows, title and moment give the same bytes.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller sends it and closes it
    book = xlsxwriter.Workbook(file, {**OPTIONS, "constant_memory": True})
    book.set_properties({"title": xml_text(title), "created": made_at.replace(tzinfo=None)})
    writer = SheetWriter(book, {})
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    for number, part in enumerate(_parts(rows, ROWS_IN_A_SHEET - 1)):
        sheet = book.add_worksheet(sheet_name(f"{title[:27]} {number + 1}" if number else title))
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        for place, column in enumerate(columns):
            writer.text(sheet, 0, place, column.label, heading)
        for row, cells in enumerate(part, start=1):
            for place, (column, cell) in enumerate(zip(columns, cells, strict=True)):
                writer.cell(sheet, row, place, column.kind, cell)
    book.close()
    file.seek(0)
    return file


def _parts(rows: Iterable[Sequence[Cell]], size: int) -> Iterator[Iterator[Sequence[Cell]]]:
    """The rows in runs of `size`, each an iterator to be used up before the next; one empty run if there are none."""
    left = iter(rows)
    yield islice(left, size)
    for first in left:
        yield _with_first(first, islice(left, size - 1))


def _with_first(first: Sequence[Cell], rest: Iterator[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    yield first
    yield from rest
