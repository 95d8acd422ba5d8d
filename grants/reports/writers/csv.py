"""The annex as CSV: the headings and the rows as printed, and nothing else unless it is asked for."""

from collections.abc import Iterator

from grants.kernel.exports import Column, Kind, csv_lines, guard, plain_text
from grants.kernel.money import pounds
from grants.reports.annex_table import AnnexTable, as_printed


def annex_csv(table: AnnexTable, *, with_totals: bool = False) -> bytes:
    """UTF-8 with a byte-order mark, lines ended by CR LF. Text that a spreadsheet would run is guarded, money is not.

    With totals, these follow after an empty line, each a name and a sum.
    """
    rows = _rows(table)
    return b"".join(csv_lines([*rows, *_totals(table)] if with_totals else rows))


def _rows(table: AnnexTable) -> Iterator[list[str]]:
    headings, *rows = as_printed(table)
    yield [_text(heading) for heading in headings]
    for cells in rows:
        yield [_cell(column, cell) for column, cell in zip(table.columns, cells, strict=True)]


def _totals(table: AnnexTable) -> Iterator[list[str]]:
    if table.totals:
        yield []
        yield from ([_text(total.label), pounds(total.pence)] for total in table.totals)


def _cell(column: Column, text: str) -> str:
    return text if column.kind is Kind.MONEY else _text(text)


def _text(text: str) -> str:
    return guard(plain_text(text))
