"""One line of a table as a record: texts by column, sums in pence. Nothing is carried or joined here."""

from dataclasses import dataclass, field

from grants.awards.papers.grids import Line
from grants.awards.papers.layouts import Layout, Role
from grants.awards.papers.types import PaperError, PaperKind, PaperWarning, WarningCode
from grants.kernel.money import parse_pounds

_TOO_LARGE_A_NUMBER = 10**13
"""Pounds. A spreadsheet keeps 15 digits of a number, so from here on its pence may not be what was typed."""


@dataclass
class Record:
    """A row while it is being put together."""

    line: int
    sources: list[str]
    texts: dict[Role, str]
    amounts: dict[int, int]
    """Pence by year; neither blanks nor noughts."""
    total: int | None
    """Pence of the column of totals."""
    carried: bool = False
    """Whether the name was printed on a row above."""

    @property
    def pence(self) -> int:
        return sum(self.amounts.values()) or self.total or 0


@dataclass
class Reading:
    """A table as far as it has been read."""

    layout: Layout
    records: list[Record] = field(default_factory=list)
    warnings: list[PaperWarning] = field(default_factory=list)
    blank_line: int = 0
    """The blank line just above; 0 if there is none."""
    ended: bool = False
    """Whether the row of totals has been read."""

    @property
    def name_role(self) -> Role:
        return Role.COUNCIL if self.layout.kind is PaperKind.COUNCIL_PROJECTS else Role.PARTNERSHIP

    def warn(self, code: WarningCode, line: int, text: str, subject: str = "") -> None:
        self.warnings.append(PaperWarning(code, line, text, subject))


def read_record(reading: Reading, line: Line) -> Record:
    """The line's texts and sums. Refused: more cells than headings, and a sum that is none."""
    _check_width(reading, line)
    layout = reading.layout
    texts: dict[Role, str] = {}
    for role, column in layout.columns.items():
        text = line.text(column) if role is not Role.TOTAL else ""
        texts[role] = text if role is Role.PROJECT and text.strip() else text.strip()
    amounts = {year: _pence(reading, line, column) for year, column in layout.years.items()}
    paid = {year: pence for year, pence in amounts.items() if pence}
    total = _pence(reading, line, layout.columns[Role.TOTAL]) if Role.TOTAL in layout.columns else None
    return Record(line.number, [line.source], texts, paid, total or None)


def _check_width(reading: Reading, line: Line) -> None:
    wide = len(reading.layout.head.cells)
    if any(str(cell or "").strip() for cell in line.cells[wide:]):
        raise PaperError(f"Row {line.number} has {len(line.cells)} columns, but only {wide} are headed.", line.number)
    if len(line.cells) < wide:
        reading.warn(
            WarningCode.UNEVEN_COLUMNS,
            line.number,
            f"The row has {len(line.cells)} of {wide} columns; the missing ones were read as blank.",
        )


def _pence(reading: Reading, line: Line, column: int) -> int | None:
    """The cell's pence; None for a blank, and 0 with a warning for a typed nought."""
    typed, heading = _typed(line, column), reading.layout.heading(column)
    if not typed:
        return None
    try:
        pence = parse_pounds(typed)
    except ValueError as error:
        what = f"(“{heading}”) holds “{typed[:40]}”, which is not a sum in pounds and pence"
        raise line.refusal(column, what) from error
    if pence == 0:
        reading.warn(WarningCode.ZERO_TYPED, line.number, f"A nought under “{heading}” was read as no award.", heading)
    return pence


def _typed(line: Line, column: int) -> str:
    """The sum as a person would type it. A workbook's number is taken to the 15 digits that a spreadsheet shows."""
    value = line.cell(column)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) >= _TOO_LARGE_A_NUMBER:
            raise line.refusal(column, "holds a number too large for a spreadsheet to keep exactly. Write it as text")
        return f"{value:.15g}"
    return line.text(column).strip()
