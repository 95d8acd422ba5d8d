"""The workbook as it is handed out: lists to choose from, heads that stay, and keys that are locked and hidden."""

import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from grants.bids.models import Bid
from grants.bids.workbook.heights import fit_height, fit_paper
from grants.bids.workbook.layout import PROJECTS, Cell, Column, Holds, Row, Sheet, is_inexact, raw
from grants.kernel.exports import Kind, xml_text
from grants.kernel.money import pounds
from grants.kernel.sheets import OPTIONS, SheetWriter

FORMAT = "1"
"""Of the layout: a workbook of another one is not read."""
MARKS, LISTS, NOTES = "Marks", "Lists", "Notes"
SPARE_ROWS = 200
"""Below the last row: for what is added."""
REMOVE = "Remove?"
_PLAIN: dict[str, Any] = {"text_wrap": True, "valign": "top", "locked": False}
_KEPT: dict[str, Any] = {"text_wrap": True, "valign": "top", "bg_color": "#F3F2F1"}
_ALLOWED = dict.fromkeys(("format_columns", "format_rows", "insert_rows", "delete_rows", "sort", "autofilter"), True)


def workbook(bid: Bid, sheets: list[Sheet], *, at: datetime) -> bytes:
    """The file for a bid; made again from the same rows at the same moment it has the same bytes."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {**OPTIONS, "in_memory": True})
    book.set_properties({"title": xml_text(bid.title), "created": at.replace(tzinfo=None)})
    hand = Hand(book)
    _write_notes(hand, bid, sheets, at)
    pages = [book.add_worksheet(sheet.name) for sheet in sheets]
    lists = Lists(book.add_worksheet(LISTS))
    for page, sheet in zip(pages, sheets, strict=True):
        write_sheet(hand, page, sheet, lists)
    write_marks(book.add_worksheet(MARKS), bid.key, sheets)
    lists.page.hide()
    book.close()
    return file.getvalue()


class Hand:
    """The pens: one for cells that are filled in, one for cells that stay, one for heads."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.open, self.kept = SheetWriter(book, _PLAIN), SheetWriter(book, _KEPT)
        self.blank = book.add_format({**_PLAIN, "num_format": "@"})
        self.empty = book.add_format(_PLAIN)
        self.day = book.add_format({**_PLAIN, "num_format": "d mmm yyyy"})
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "locked": True})


class Lists:
    """Lists to choose from, each once in a column of a hidden sheet: a list in a cell's own rule ends at a comma."""

    def __init__(self, page: Worksheet) -> None:
        self.page = page
        self.known: dict[tuple[str, ...], str] = {}

    def range(self, words: tuple[str, ...]) -> str:
        if words not in self.known:
            column = len(self.known)
            for row, word in enumerate(words):
                self.page.write_string(row, column, xml_text(word))
            name = xl_col_to_name(column)
            self.known[words] = f"={LISTS}!${name}$1:${name}${len(words)}"
        return self.known[words]


def write_sheet(hand: Hand, page: Worksheet, sheet: Sheet, lists: Lists) -> None:
    last = len(sheet.rows) + SPARE_ROWS
    page.set_column(0, 0, 4, None, {"hidden": True})
    hand.open.text(page, 0, 0, "Key", hand.head)
    for place, column in enumerate(sheet.columns, start=1):
        page.set_column(place, place, column.width, _blank_of(hand, column))
        hand.open.text(page, 0, place, column.head, hand.head)
        _offer(page, place, column, last, lists, sheet)
    fit_height(page, 0, ((column.head, column.width) for column in sheet.columns))
    if sheet.removable:
        place = len(sheet.columns) + 1
        page.set_column(place, place, 10, hand.empty)
        hand.open.text(page, 0, place, REMOVE, hand.head)
        page.data_validation(1, place, last, place, {"validate": "list", "source": lists.range(("yes",))})
    for number, row in enumerate(sheet.rows, start=1):
        hand.kept.text(page, number, 0, row.key)
        _write_row(hand, page, number, sheet, row)
        fit_height(page, number, zip(sheet.raw(row), (column.width for column in sheet.columns), strict=True))
    page.freeze_panes(1, 3)
    fit_paper(page)
    page.protect("", _ALLOWED)


def _blank_of(hand: Hand, column: Column) -> Any:
    """Text is text before anything is typed, so that a spreadsheet makes no date or number of it."""
    if column.holds is Holds.DAY:
        return hand.day
    return hand.blank if column.holds is Holds.TEXT else hand.empty


def _offer(page: Worksheet, place: int, column: Column, last: int, lists: Lists, sheet: Sheet) -> None:
    if column.options:
        words = tuple(said for _, said in column.options)
        page.data_validation(1, place, last, place, {"validate": "list", "source": lists.range(words)})
    elif column.field == "number" and sheet.name != PROJECTS:
        numbers = {"validate": "list", "source": f"={PROJECTS}!$B$2:$B$400", "error_type": "warning"}
        page.data_validation(1, place, last, place, numbers)


def _write_row(hand: Hand, page: Worksheet, number: int, sheet: Sheet, row: Row) -> None:
    for place, (cell, column) in enumerate(zip(row.cells, sheet.columns, strict=True), start=1):
        _write_cell(hand.open if column.is_data else hand.kept, hand, page, (number, place), cell, column)


def _write_cell(
    pen: SheetWriter, hand: Hand, page: Worksheet, place: tuple[int, int], cell: Cell, column: Column
) -> None:
    if isinstance(cell, date):
        page.write_datetime(*place, cell, hand.day)
    elif not isinstance(cell, int) or column.options:
        pen.text(page, *place, raw(cell, column))
    elif column.holds is Holds.MONEY:
        pen.money(page, *place, cell)
    elif is_inexact(cell):
        pen.text(page, *place, pounds(cell))
    else:
        whole = column.holds in (Holds.WHOLE, Holds.PLACE)
        pen.cell(page, *place, Kind.NUMBER, cell if whole else Decimal(cell) / 100)


def write_marks(page: Worksheet, key: str, sheets: list[Sheet]) -> None:
    """What each row was when it was handed out, by which it is known later who has changed what; `key` names whose
    workbook it is."""
    page.write_row(0, 0, [FORMAT, key])
    marks = [(sheet.name, row.key, sheet.mark(sheet.raw(row))) for sheet in sheets for row in sheet.rows]
    for number, cells in enumerate(marks, start=1):
        for place, text in enumerate(cells):
            page.write_string(number, place, text)
    page.very_hidden()


def _write_notes(hand: Hand, bid: Bid, sheets: list[Sheet], at: datetime) -> None:
    said = {"round": bid.round.name, "day": f"{at.day} {at:%B %Y}", "sheets": ", ".join(s.name for s in sheets)}
    years = f"{bid.round.first_year} to {bid.round.last_year}"
    write_notes(hand, f"{bid.title}: projects", _NOTES.format(**said, years=years, remove=REMOVE))


def write_notes(hand: Hand, title: str, said: str) -> None:
    """The first sheet: a title, and paragraphs of how the workbook is filled in."""
    page = hand.book.add_worksheet(NOTES)
    page.set_column(0, 0, _NOTES_WIDTH, hand.book.add_format({"text_wrap": True, "valign": "top"}))
    hand.kept.text(page, 0, 0, title, hand.book.add_format({"bold": True, "text_wrap": True}))
    fit_height(page, 0, [(title, _NOTES_WIDTH)])
    for number, paragraph in enumerate(said.strip().split("\n\n"), start=2):
        words = " ".join(paragraph.split())
        hand.open.text(page, number, 0, words)
        fit_height(page, number, [(words, _NOTES_WIDTH)])
    fit_paper(page)
    page.protect()


_NOTES_WIDTH = 100
_NOTES = """
For the bid to {round}, as the bid stood on {day}. The sheets to fill in are: {sheets}.

Change what you like, save the file, and send it back on the page “Fill in a workbook” of the bid. You are shown what
would change before anything is changed.

Grey cells say what a row is about. They are locked, and nothing that is typed over them is taken.

To add a project, use the first empty row of the sheet Projects and give it a number of its own. Use that number in the
column “Project no.” of the other sheets. Where a list is offered in a cell, choose from it.

To take a project, a site or a risk off the bid, choose “yes” in its column “{remove}”.

Money is in pounds, with or without pence, in the financial years {years}. Outcomes are in their own unit. An empty cell
means nothing.

A row that you leave alone is not touched, whatever your colleagues change meanwhile. If you and somebody else change
the same row, you are shown both and nothing is changed.

Text may begin with any sign, = or + or @ too: it stays text.
"""
