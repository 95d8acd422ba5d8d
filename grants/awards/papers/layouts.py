"""The head of a paper's table: which column holds what, told by what the headings mean and not by their exact words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from grants.awards.papers.grids import Line
from grants.awards.papers.types import PaperError, PaperKind
from grants.kernel.financial_year import FinancialYear

K = TypeVar("K")

LINES_ABOVE_HEAD = 40
"""How many lines of title may stand above the head."""

LOOKED_FOR = (
    "No table of awards was found. Looked for the headings Local Authority, Project and one or more financial years "
    "such as 2017/18, or Partnership, Lead Council, Local Authorities in Partnership and Total Allocation."
)


class Role(StrEnum):
    COUNCIL = "council"
    PROJECT = "project"
    PARTNERSHIP = "partnership"
    LEAD = "lead"
    MEMBERS = "members"
    TOTAL = "total"


_HEADINGS = {
    Role.COUNCIL: "local authority|council|authority|local authority name|council name|awardee",
    Role.PROJECT: "project|project name|project title|title of project|scheme",
    Role.PARTNERSHIP: "partnership|partnership name|ope partnership",
    Role.LEAD: "lead council|lead|lead authority|lead local authority|lead council name",
    Role.MEMBERS: "local authorities in partnership|authorities in partnership|local authorities|authorities|councils"
    "|councils in partnership|members|partnership members",
    Role.TOTAL: "total allocation|total|allocation|total award|award|amount|total funding|funding",
}
_ROLES = {heading: role for role, headings in _HEADINGS.items() for heading in headings.split("|")}
_NEEDED = {
    PaperKind.COUNCIL_PROJECTS: (Role.COUNCIL, Role.PROJECT),
    PaperKind.PARTNERSHIPS: (Role.PARTNERSHIP, Role.LEAD, Role.MEMBERS, Role.TOTAL),
}

_YEARS = re.compile(r"[0-9]{4}\s*[/–-]\s*[0-9]+", re.ASCII)
_NOT_POUNDS = re.compile(r"(?:£|\bin\b|\()\s*['’]?\s*(?:000s?|k|m|mn|thousands?|millions?)\b", re.IGNORECASE)
_OF_MONEY = re.compile(r"\b(?:funding|award(?:s|ed)?|allocation|grants?|amount|sum|pounds|fy|b?lrf|ope)\b")


@dataclass(frozen=True)
class Layout:
    """A recognised head: columns count from 0."""

    kind: PaperKind
    head: Line
    columns: dict[Role, int]
    years: dict[int, int]
    """Column by the year in which the headed financial year begins, in the paper's order."""
    left_out: dict[str, int]
    """Headings that an annex does not have, with their columns."""

    def is_head(self, line: Line) -> bool:
        """Whether the line prints the head again, as a table does on each new page."""
        width = max(len(self.head.cells), len(line.cells))
        return all(_plain(line.cell(i)) == _plain(self.head.cell(i)) for i in range(width))

    def heading(self, column: int) -> str:
        return self.head.text(column).strip()


def find_layout(lines: Iterable[Line]) -> Layout | None:
    """The layout of the first line that is a head; None where none is among the first lines.

    PaperError, naming the cell, for a head whose years are not ones, that names a column twice or counts in thousands.
    """
    for line in list(lines)[:LINES_ABOVE_HEAD]:
        roles = [_ROLES.get(_plain(cell)) for cell in line.cells]
        for kind, needed in _NEEDED.items():
            if all(role in roles for role in needed):
                return _layout(kind, line, roles)
    return None


def _layout(kind: PaperKind, head: Line, roles: list[Role | None]) -> Layout:
    layout = Layout(kind, head, {}, {}, {})
    for column, role in enumerate(roles):
        text = head.text(column).strip()
        if _NOT_POUNDS.search(text):
            raise head.refusal(column, f"(“{text}”) does not count in pounds. Give every sum in pounds")
        if role is not None and (role in _NEEDED[kind] or role is Role.TOTAL):
            _put(layout.columns, role, column, head)
        elif kind is PaperKind.COUNCIL_PROJECTS and re.search("[0-9]{4}", text):
            _put(layout.years, _year(head, column, text), column, head)
        elif text:
            layout.left_out[text] = column
    if kind is PaperKind.COUNCIL_PROJECTS and not layout.years:
        raise PaperError(f"Row {head.number} heads no column with a financial year such as 2017/18.", head.number)
    return layout


def _put(columns: dict[K, int], key: K, column: int, head: Line) -> None:
    if key in columns:
        raise head.refusal(column, f"(“{head.text(column).strip()}”) heads the same thing as column {columns[key] + 1}")
    columns[key] = column


def _year(head: Line, column: int, text: str) -> int:
    """The first calendar year of the one financial year that the heading names, words of money around it or none."""
    found = _YEARS.findall(text)
    around = _plain(_YEARS.sub(" ", text))
    if len(found) != 1 or (around and not _OF_MONEY.search(around)) or re.search("[0-9]", around):
        raise head.refusal(column, f"(“{text}”) cannot be read as the money of one financial year such as 2017/18")
    try:
        return FinancialYear.parse(found[0]).starts_in
    except ValueError as error:
        raise head.refusal(column, f"(“{text}”) does not name a financial year such as 2017/18") from error


def _plain(cell: object) -> str:
    """A heading without case, marks and doubled blanks: `local_authority` and `Local Authority (£)` are the same."""
    return " ".join(re.sub(r"[\W_]+", " ", str(cell or "")).casefold().split())
