"""What a workbook that comes back would change, and everything that is wrong with it, by the rules of the pages."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from grants.bids.models import Bid
from grants.bids.projects.operations import MOST_PROJECTS
from grants.bids.projects.risks import MOST_RISKS
from grants.bids.projects.sites import MOST_SITES
from grants.bids.workbook.layout import PROJECTS, RISKS, SITES, Holds, Row, Sheet, sheets_of
from grants.bids.workbook.reading import Found, FoundRow, SheetFault, cell_name, read
from grants.bids.workbook.row_forms import CellFault, checked

MOST = {PROJECTS: MOST_PROJECTS, SITES: MOST_SITES, RISKS: MOST_RISKS}


@dataclass(frozen=True)
class Change:
    """One row: `line` is 0 where it is no longer in the file.

    `project` is the key of the project that it belongs to, or, where that is new, its number in the file. `values` are
    those of the row's fields, clean, as the operations take them; none where it is removed.
    """

    sheet: Sheet
    line: int
    kind: str
    project: str
    key: str
    place: dict[str, str]
    values: dict[str, Any]
    told: str

    @property
    def is_new(self) -> bool:
        return self.kind == "new"

    @property
    def is_removed(self) -> bool:
        return self.kind == "removed"


@dataclass
class Outcome:
    """Changes to be made, or what stops them all."""

    changes: list[Change] = field(default_factory=list)
    faults: list[SheetFault] = field(default_factory=list)

    def counted(self) -> list[str]:
        """`3 projects changed, 1 new`: a line for each sheet on which something would change."""
        lines = []
        for sheet in dict.fromkeys(change.sheet.name for change in self.changes):
            of_sheet = [change for change in self.changes if change.sheet.name == sheet]
            kinds = Counter(change.kind for change in of_sheet)
            one, many = of_sheet[0].sheet.noun
            said = [f"{kinds[kind]} {kind}" for kind in ("changed", "new", "removed") if kinds[kind]]
            first, _, rest = said[0].partition(" ")
            lines.append(", ".join([f"{first} {one if first == '1' else many} {rest}", *said[1:]]))
        return lines


def compare(bid: Bid, data: bytes) -> Outcome:
    """The file against a bid loaded in full. Refused where it is no workbook of this bid."""
    sheets = sheets_of(bid)
    return Comparison(bid, sheets, read(data, sheets, bid_key=bid.key)).outcome()


class Comparison:
    """The sheets as they now stand, and what was found in the file."""

    def __init__(self, bid: Bid, sheets: list[Sheet], found: Found) -> None:
        self.bid, self.sheets, self.found = bid, sheets, found
        self.now = {(sheet.name, row.key): row for sheet in sheets for row in sheet.rows}
        self.result = Outcome(faults=list(found.faults))
        self.numbers: dict[str, str] = {}
        """Each project by its number in the file: its key, or the number itself for a new one."""
        self.going: set[str] = set()
        """Keys of the projects that are to be removed."""

    def outcome(self) -> Outcome:
        if self.result.faults:
            return self.result
        self._number_projects()
        for sheet in self.sheets:
            self._compare(sheet)
        if self.result.faults:
            self.result.changes = []
        return self.result

    def _fault(self, sheet: Sheet, cell: str, reason: str) -> None:
        self.result.faults.append(SheetFault(sheet.name, cell, reason))

    def _number_projects(self) -> None:
        projects = self.sheets[0]
        for row in self.found.rows[PROJECTS]:
            number = row.raws[0]
            if not (number.isascii() and number.isdigit() and len(number) < 10):
                self._fault(projects, cell_name(1, row.line), "Give the project a number of its own, like 41.")
            elif number in self.numbers:
                self._fault(projects, cell_name(1, row.line), f"Two projects have the number {number}.")
            elif row.key or not row.remove:
                self.numbers[number] = row.key or number
        kept = {row.key for row in self.found.rows[PROJECTS] if not row.remove}
        handed_out = {key for sheet, key in self.found.marks if sheet == PROJECTS}
        self.going = {row.key for row in projects.rows if row.key in handed_out and row.key not in kept}

    def _compare(self, sheet: Sheet) -> None:
        seen: dict[str, int] = {}
        for row in self.found.rows[sheet.name]:
            key = row.key or self._key_of_new(sheet, row)
            if key and key in seen:
                self._fault(sheet, cell_name(0, row.line), f"This row is about the same as row {seen[key]}.")
                continue
            seen[key or f"new {row.line}"] = row.line
            if (sheet.name, key) in self.now:
                self._compare_known(sheet, row, self.now[sheet.name, key])
            elif row.key:
                self._compare_gone(sheet, row)
            elif not row.remove:
                self._compare_new(sheet, row)
        self._compare_missing(sheet, seen)
        self._count(sheet)

    def _key_of_new(self, sheet: Sheet, row: FoundRow) -> str:
        """A row typed anew may be about one that was there: a line of money, say, whose row had been deleted."""
        if sheet.removable:
            return ""
        project = self.numbers.get(row.raws[0], "")
        places = [
            {words: value for value, words in column.options}.get(text, text)
            for text, column in zip(row.raws, sheet.columns, strict=True)
            if column.holds is Holds.PLACE
        ][1:]
        return ":".join([project, *places]) if project else ""

    def _compare_known(self, sheet: Sheet, row: FoundRow, now: Row) -> None:
        raws, stands, project = row.raws, sheet.raw(now), self._project_of(sheet, now)
        mark_then = self.found.marks.get((sheet.name, now.key), sheet.mark(stands))
        if sheet.name != PROJECTS and project not in self.going and self.numbers.get(raws[0]) != project:
            self._fault(sheet, cell_name(1, row.line), "A row stays with its project. Add a new row instead.")
        elif row.remove:
            self._removal(sheet, row.line, now, changed=mark_then != sheet.mark(stands))
        elif self._places(sheet, raws)[1:] != self._places(sheet, stands)[1:]:
            self._fault(sheet, cell_name(1, row.line), "What a row is about cannot be changed. Add a new row instead.")
        elif sheet.mark(raws) not in (mark_then, sheet.mark(stands)) and project not in self.going:
            if mark_then != sheet.mark(stands):
                self._clash(sheet, row, stands)
            else:
                self._change(sheet, row, project, stands)

    def _places(self, sheet: Sheet, raws: tuple[str, ...]) -> list[str]:
        return [text for text, column in zip(raws, sheet.columns, strict=True) if column.holds is Holds.PLACE]

    def _project_of(self, sheet: Sheet, now: Row) -> str:
        """The key of the project that a row belongs to: the one of its number as things stand."""
        return now.key if sheet.name == PROJECTS else self.bid.projects[int(str(now.cells[0])) - 1].key

    def _clash(self, sheet: Sheet, row: FoundRow, stands: tuple[str, ...]) -> None:
        for place, (typed, there, column) in enumerate(zip(row.raws, stands, sheet.columns, strict=True), start=1):
            if column.is_data and typed != there:
                both = f"There it says “{_short(there)}”, here “{_short(typed)}”."
                self._fault(sheet, cell_name(place, row.line), f"Somebody else changed this row meanwhile. {both}")

    def _compare_gone(self, sheet: Sheet, row: FoundRow) -> None:
        """A row that somebody else took off: left alone it goes without a word."""
        if row.remove or sheet.mark(row.raws) == self.found.marks.get((sheet.name, row.key)):
            return
        self._fault(
            sheet, cell_name(1, row.line), "Somebody else removed this meanwhile. Clear the row, or add a new one."
        )

    def _compare_new(self, sheet: Sheet, row: FoundRow) -> None:
        if not any(text for text, column in zip(row.raws, sheet.columns, strict=True) if column.is_data):
            return
        if sheet.name != PROJECTS and row.raws[0] not in self.numbers:
            self._fault(sheet, cell_name(1, row.line), "Give the number of a project on the sheet Projects.")
        elif self.numbers.get(row.raws[0]) in self.going:
            self._fault(sheet, cell_name(1, row.line), "This project is to be removed, says the sheet Projects.")
        elif row.raws[0] in self.numbers:
            self._change(sheet, row, self.numbers[row.raws[0]], None)

    def _compare_missing(self, sheet: Sheet, seen: dict[str, int]) -> None:
        """A row that was handed out and is no longer there is removed; of a table, its figures are."""
        for now in sheet.rows:
            then = self.found.marks.get((sheet.name, now.key))
            if then is None or now.key in seen:
                continue
            stands = sheet.raw(now)
            blank = not any(text for text, column in zip(stands, sheet.columns, strict=True) if column.is_data)
            if not blank:
                self._removal(sheet, 0, now, changed=then != sheet.mark(stands))

    def _removal(self, sheet: Sheet, line: int, now: Row, *, changed: bool) -> None:
        stands, project = sheet.raw(now), self._project_of(sheet, now)
        if sheet.name != PROJECTS and project in self.going:
            return  # it goes with its project
        if changed:
            cell = cell_name(1, line) if line else ""
            reason = f"Somebody else changed “{_title(sheet, stands)}” meanwhile, so it is not removed."
            self._fault(sheet, cell, reason)
            return
        place, told = self._place(sheet, stands), _title(sheet, stands)
        self.result.changes.append(Change(sheet, line, "removed", project, now.key, place, {}, told))

    def _place(self, sheet: Sheet, raws: tuple[str, ...]) -> dict[str, str]:
        """The values of the columns that say what the row is about."""
        return {
            column.field: {words: value for value, words in column.options}.get(text, text)
            for text, column in zip(raws, sheet.columns, strict=True)
            if column.holds is Holds.PLACE
        }

    def _change(self, sheet: Sheet, row: FoundRow, project: str, stands: tuple[str, ...] | None) -> None:
        """A row that is not what `stands` there; None where nothing does."""
        place = self._place(sheet, row.raws)
        values, problems = checked(self.bid, sheet, place, row.raws)
        for problem in problems:
            self._fault(sheet, _cell_of(sheet, row, problem), problem.reason)
        if problems:
            return
        kind, told = ("changed", _told(sheet, stands, row.raws)) if stands else ("new", _title(sheet, row.raws))
        self.result.changes.append(Change(sheet, row.line, kind, project, row.key, place, values, told))

    def _count(self, sheet: Sheet) -> None:
        """Refused beforehand: more than a bid, or a project, may have."""
        most = MOST.get(sheet.name)
        if most is None:
            return
        numbers = Counter(self._owners(sheet))
        for number, count in numbers.items():
            if count > most:
                whose = "A bid" if sheet.name == PROJECTS else f"Project {number}"
                self._fault(sheet, "", f"{whose} would have {count} {sheet.noun[1]}; it may have {most}.")

    def _owners(self, sheet: Sheet) -> Iterator[str]:
        for row in self.found.rows[sheet.name]:
            if not row.remove:
                yield "" if sheet.name == PROJECTS else row.raws[0]


def _cell_of(sheet: Sheet, row: FoundRow, problem: CellFault) -> str:
    for place, column in enumerate(sheet.columns, start=1):
        if column.field == problem.field:
            return cell_name(place, row.line)
    return cell_name(1, row.line)


def _title(sheet: Sheet, raws: tuple[str, ...]) -> str:
    """What a row is called on the page: its first texts that say something."""
    said = [text for text, column in zip(raws[1:], sheet.columns[1:], strict=True) if text and not column.is_data]
    own = [] if sheet.name not in (PROJECTS, SITES, RISKS) else [next((t for t in _data(sheet, raws) if t), "")]
    return _short(", ".join(said + own))


def _data(sheet: Sheet, raws: tuple[str, ...]) -> list[str]:
    return [text for text, column in zip(raws, sheet.columns, strict=True) if column.is_data]


def _told(sheet: Sheet, stands: tuple[str, ...], raws: tuple[str, ...]) -> str:
    changed = [
        f"{column.head.rstrip('?')}: “{_short(there)}” becomes “{_short(typed)}”"
        for there, typed, column in zip(stands, raws, sheet.columns, strict=True)
        if column.is_data and there != typed
    ]
    return f"{_title(sheet, stands).rstrip('.')}. {'; '.join(changed)}"


def _short(words: str) -> str:
    return words if len(words) <= 80 else f"{words[:79]}…"
