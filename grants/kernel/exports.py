"""What every list and table needs on its way out: text that no spreadsheet runs and no file breaks on, and streams.

Text leaves as it was typed. The exceptions, all of them:
- a lone surrogate or NUL is shown as U+FFFD everywhere;
- in XLSX, DOCX, HTML and PDF so is any other control character, and every line end is \\n;
- text longer than a spreadsheet's cell is cut in XLSX, and says so;
- in CSV, text that a spreadsheet would run has an apostrophe before it, which `unguard` takes off again.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

Cell: TypeAlias = str | int | Decimal | date | None
"""What a list holds in one place; a datetime is a date too. None is a blank."""

LONGEST_CELL = 32_767
"""Characters in one cell of a spreadsheet, counted as Excel counts them: in UTF-16 units."""

_WIDE_SIGNS = "\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"  # = + - @ as East Asian keyboards type them
_LIVE = re.compile(rf"'*[\s\x00-\x1f\u200b-\u200f\u2060\ufeff]*[=+\-@\t\r\n{_WIDE_SIGNS}]")
"""What some spreadsheet takes for a formula: text that begins, after any blanks, with a sign, a tab or a line end."""

_NOT_TEXT = re.compile(r"[\x00\ud800-\udfff]")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Kind(StrEnum):
    """What a column holds. Money is whole pence in an int."""

    TEXT = "text"
    MONEY = "money"
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True)
class Column:
    """A heading and what stands below it."""

    label: str
    kind: Kind = Kind.TEXT


def is_live(text: str) -> bool:
    """Whether a spreadsheet might run this text as a formula if it met it in a file of plain values."""
    return _LIVE.match(text) is not None


def guard(text: str) -> str:
    """The text for a CSV cell: an apostrophe goes before what is live, and one more before what looks guarded already.

    So `unguard(guard(text)) == text` for any text at all.
    """
    return f"'{text}" if is_live(text) else text


def unguard(text: str) -> str:
    """What was typed, from a CSV cell that `guard` may have guarded. For every reader of CSV files."""
    return text[1:] if text.startswith("'") and is_live(text) else text


def plain_text(text: str) -> str:
    """The text as UTF-8 can carry it: lone surrogates and NUL are shown as U+FFFD."""
    return _NOT_TEXT.sub("\ufffd", text)


def xml_text(text: str) -> str:
    """The text as XML can carry it: \\n for every line end, U+FFFD for what XML forbids or advises against."""
    return _NOT_XML.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def fit_cell(text: str) -> str:
    """The text if a spreadsheet's cell can hold it; otherwise its beginning, and how many characters were left off."""
    if len(text) * 2 <= LONGEST_CELL or len(text.encode("utf-16-le", "surrogatepass")) // 2 <= LONGEST_CELL:
        return text
    kept = text[: LONGEST_CELL // 2 - 50]
    return f"{kept} [cut here: {len(text) - len(kept):,} more characters]"


def csv_lines(rows: Iterable[Sequence[str]], *, together: int = 200) -> Iterator[bytes]:
    """CSV as RFC 4180 has it, in UTF-8, `together` rows at a time, from cells that are final text.

    A byte-order mark comes first: without it Excel shows each £ as two characters. Read it back as `utf-8-sig`.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    text.write("\ufeff")
    waiting = 0
    for row in rows:
        writer.writerow(row)
        waiting += 1
        if waiting == together:
            yield _taken(text)
            waiting = 0
    yield _taken(text)


def csv_list(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """A list of any length as CSV for machines and people: pounds as `1234.50`, dates as 2018-03-22, text guarded.

    Numbers stay numbers, negative ones too. Rows are taken as they are sent, so give it an iterator over a cursor.
    """
    yield from csv_lines(_csv_rows(columns, rows))


def _csv_rows(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Iterator[list[str]]:
    kinds = [column.kind for column in columns]
    yield [guard(plain_text(column.label)) for column in columns]
    for row in rows:
        yield [_csv_cell(kind, cell) for kind, cell in zip(kinds, row, strict=True)]


def _csv_cell(kind: Kind, cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return guard(plain_text(cell))
    if kind is Kind.MONEY and isinstance(cell, int):
        return f"{'-' if cell < 0 else ''}{abs(cell) // 100}.{abs(cell) % 100:02}"
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _taken(text: io.StringIO) -> bytes:
    """All that was written since the last time, and an empty buffer."""
    written = text.getvalue()
    text.seek(0)
    text.truncate()
    return written.encode()
