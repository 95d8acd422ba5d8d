"""The annex behind a board paper as a value: what is printed, cell by cell, whatever the format it is written in.

The awards room knows what was awarded; this knows how the paper prints it. Every writer takes its text from `printed`,
so that a page, a spreadsheet and a letter can never show different figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple, TypeAlias

from grants.kernel.exports import Column, Kind
from grants.kernel.money import pounds

AnnexCell: TypeAlias = str | int | None
"""Text, whole pence in a money column, or None for a blank. A blank is no award; it is not the same as £0."""

WIDEST_TEXT = 90
"""Characters beyond which a longer cell makes its column no wider."""


@dataclass(frozen=True)
class AnnexRow:
    """One row of the paper, with every name in full: leaving out repeated ones is the printing's affair."""

    cells: tuple[AnnexCell, ...]


class Total(NamedTuple):
    """A sum named: `All years`, in pence."""

    label: str
    pence: int


class PrintedRow(NamedTuple):
    """The strings of one row as shown. `opens` says that a new council or partnership begins here."""

    cells: list[str]
    opens: bool


@dataclass(frozen=True)
class AnnexTable:
    """A table of awards, ready to be written.

    `group_columns` are named once for the rows that share them: council, or partnership and lead. The first decides: a
    row whose first group cell is that of the row above belongs to it, and leaves out each group cell that is the same.
    `totals` stand apart from the table, because the paper has none.
    Refused with ValueError: no title, no column, a row of the wrong length, pence in a text column, text among money.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[AnnexRow, ...]
    as_at: date
    source: str = ""
    notes: tuple[str, ...] = ()
    totals: tuple[Total, ...] | None = None
    group_columns: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        if not self.columns or not any(character.isprintable() for character in self.title.strip()):
            raise ValueError("an annex needs a title and a column")
        for number, row in enumerate(self.rows, start=1):
            if len(row.cells) != len(self.columns):
                raise ValueError(f"row {number} has {len(row.cells)} cells for {len(self.columns)} columns")
            for column, cell in zip(self.columns, row.cells, strict=True):
                if cell is not None and isinstance(cell, str) is (column.kind is Kind.MONEY):
                    raise ValueError(f"row {number}, {column.label}: {cell!r} is not {column.kind}")

    @property
    def as_at_text(self) -> str:
        """`As at 22 March 2018`."""
        return f"As at {self.as_at.day} {self.as_at:%B %Y}"

    @property
    def foot(self) -> str:
        """What stands at the foot of each page, so that a loose one can be told: the title's beginning and the date."""
        return f"{self.title[:100]}. {self.as_at_text}"

    @property
    def is_wide(self) -> bool:
        """Whether it wants its paper on its side."""
        return len(self.columns) > 3


def printed(table: AnnexTable) -> list[PrintedRow]:
    """The rows as shown: `£1,050,000`, pence only where there are any, blanks empty, a group named in its first row."""
    shown: list[PrintedRow] = []
    above: tuple[AnnexCell, ...] | None = None
    for row in table.rows:
        left_out = _repeated(row.cells, above, table.group_columns)
        cells = ["" if place in left_out else _shown(cell) for place, cell in enumerate(row.cells)]
        shown.append(PrintedRow(cells, opens=not left_out))
        above = row.cells
    return shown


def as_printed(table: AnnexTable) -> list[list[str]]:
    """The headings and then the rows, exactly the strings that every format shows."""
    return [[column.label for column in table.columns], *(row.cells for row in printed(table))]


def with_totals(table: AnnexTable) -> AnnexTable:
    """The same table and, apart from it, the sum of each money column and of all of them: sums of what is shown."""
    money = [place for place, column in enumerate(table.columns) if column.kind is Kind.MONEY]
    sums = [Total(table.columns[place].label, _sum(table, place)) for place in money]
    if len(sums) > 1:
        sums.append(Total("All of these", sum(total.pence for total in sums)))
    return replace(table, totals=tuple(sums))


def widths(table: AnnexTable) -> list[int]:
    """How wide each column wants to be, as shares of the whole line; by the longest text in it, within reason."""
    rows = [row.cells for row in printed(table)]
    return [_width(column, [cells[place] for cells in rows]) for place, column in enumerate(table.columns)]


def _shown(cell: AnnexCell) -> str:
    return cell if isinstance(cell, str) else pounds(cell)


def _repeated(cells: Sequence[AnnexCell], above: Sequence[AnnexCell] | None, group: Sequence[int]) -> set[int]:
    """The places of the group's cells that the row above has said already."""
    if above is None or not group or cells[group[0]] != above[group[0]]:
        return set()
    return {place for place in group if cells[place] == above[place]}


def _sum(table: AnnexTable, place: int) -> int:
    return sum(cell for row in table.rows if isinstance(cell := row.cells[place], int))


def _width(column: Column, texts: list[str]) -> int:
    longest = max((len(text) for text in texts), default=0)
    if column.kind is Kind.MONEY:
        return max(longest, 11) + 4
    return max(min(longest, WIDEST_TEXT), len(column.label), 12)
