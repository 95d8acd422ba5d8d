"""The annex as a workbook: the table alone on the first sheet, what is said about it on the second."""

import io
import math
from datetime import datetime, time
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from grants.kernel.exports import Kind, xml_text
from grants.kernel.money import share
from grants.kernel.sheets import OPTIONS, SheetWriter
from grants.reports.annex_table import AnnexTable, as_printed, printed, widths

INK, RULE = "#12304f", "#c3cad1"
BODY: dict[str, Any] = {"font_name": "Arial", "font_size": 10, "valign": "top", "text_wrap": True}
HEADING = {**BODY, "bold": True, "font_color": INK, "bottom": 2, "bottom_color": INK}
PAGE_WIDTH = 128
"""Characters across one printed page, shared out among the columns."""
CHARACTERS_TO_WIDTH = 1.3
"""A column is measured in digits. Running text, its words kept whole, gets this much more into it, at the least."""
LINE_POINTS, TALLEST_ROW_POINTS = 13, 409


def annex_xlsx(table: AnnexTable) -> bytes:
    """Money is a number whose format shows what the other formats print; a blank is an empty cell; text is text.

    The first row holds the headings, so that a machine can read the sheet as it stands.
    """
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {**OPTIONS, "in_memory": True})
    made_at = datetime.combine(table.as_at, time())
    book.set_properties({"title": xml_text(table.title), "created": made_at})
    sheet = book.add_worksheet("Annex")
    _set_page(sheet, table)
    _write_headings(book, sheet, table)
    _write_rows(book, sheet, table)
    _write_notes(book, book.add_worksheet("Notes"), table)
    book.close()
    return file.getvalue()


def _set_page(sheet: Worksheet, table: AnnexTable) -> None:
    """A4, on its side if wide, as broad as the page, headings on each page, title and page number at the foot."""
    sheet.set_paper(9)
    if table.is_wide:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 0)
    foot = xml_text(table.foot).replace("&", "&&")
    sheet.set_footer(f"&L{foot}&RPage &P of &N")
    wide = share(PAGE_WIDTH, widths(table))
    for place, width in enumerate(wide):
        sheet.set_column(place, place, width)
    for number, texts in enumerate(as_printed(table)):
        sheet.set_row(number, _height(texts, wide))


def _height(texts: list[str], wide: list[int]) -> float:
    """Points that a row needs for its fullest cell; not every program works this out when it opens a file."""
    lines = max(
        sum(math.ceil((len(line) or 1) / (width * CHARACTERS_TO_WIDTH)) for line in xml_text(text).split("\n"))
        for text, width in zip(texts, wide, strict=True)
    )
    return min(LINE_POINTS * lines + 3, TALLEST_ROW_POINTS)


def _write_headings(book: xlsxwriter.Workbook, sheet: Worksheet, table: AnnexTable) -> None:
    writer = SheetWriter(book, HEADING)
    over_text, over_money = book.add_format(HEADING), book.add_format({**HEADING, "align": "right"})
    for place, column in enumerate(table.columns):
        writer.text(sheet, 0, place, column.label, over_money if column.kind is Kind.MONEY else over_text)


def _write_rows(book: xlsxwriter.Workbook, sheet: Worksheet, table: AnnexTable) -> None:
    """The cells, with a rule above the first row of each group."""
    ruled = {**BODY, "top": 1, "top_color": RULE}
    opening, rule = SheetWriter(book, ruled), book.add_format(ruled)
    following = SheetWriter(book, BODY)
    for number, (row, shown) in enumerate(zip(table.rows, printed(table), strict=True), start=1):
        writer = opening if shown.opens else following
        for place, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True)):
            if shown.cells[place]:
                writer.cell(sheet, number, place, column.kind, cell)
            elif shown.opens:
                sheet.write_blank(number, place, None, rule)


def _write_notes(book: xlsxwriter.Workbook, sheet: Worksheet, table: AnnexTable) -> None:
    """Title, date, totals, source and notes, one to a line."""
    writer, title = SheetWriter(book, BODY), book.add_format({**BODY, "bold": True, "font_size": 14, "font_color": INK})
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 70)
    sheet.set_column(1, 1, 18)
    writer.text(sheet, 0, 0, table.title, title)
    writer.text(sheet, 1, 0, table.as_at_text)
    for line, total in enumerate(table.totals or (), start=3):
        writer.text(sheet, line, 0, total.label)
        writer.money(sheet, line, 1, total.pence)
    below = 4 + len(table.totals or ())
    for line, note in enumerate([*([f"Source: {table.source}"] if table.source else []), *table.notes], start=below):
        writer.text(sheet, line, 0, note)
