"""A score workbook that comes back: everything that is wrong with it, cell by cell, or what it would change."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from grants.appraisal.guards import Marked
from grants.appraisal.models import MARKS, Assignment
from grants.appraisal.parts import Place
from grants.appraisal.scoring import marking
from grants.appraisal.scoring.book_layout import COLUMNS, MARK, REASON, SCORES, Line, sheet_of
from grants.bids.workbook.layout import Sheet
from grants.bids.workbook.reading import FoundRow, SheetFault, cell_name, read
from grants.funds.models import Criterion
from grants.kernel import text
from grants.kernel.forms import LONGEST_TEXT
from grants.people.models import Person

OTHER = "The workbook is somebody else’s, or of another round."
CLOSED = "This row is not open to you for scoring, so it must stay as it was handed out. Take the row out of the file."
ALTERED = "This cell says which row was handed out, and has been changed. Take a new workbook."
_MARKS = {"", *map(str, MARKS)}
_AT = {column.field: place for place, column in enumerate(COLUMNS)}


@dataclass
class Outcome:
    """Marks to be given, by task, or what stops them all."""

    given: dict[Assignment, dict[tuple[Criterion, int], Marked]] = field(default_factory=dict)
    faults: list[SheetFault] = field(default_factory=list)

    @property
    def marks(self) -> int:
        return sum(len(marks) for marks in self.given.values())


def compare(data: bytes, lines: Sequence[Line], shut: Collection[tuple[int, int]], *, owner: str) -> Outcome:
    """What the file changes in these lines. Refused where it is no workbook of this owner.

    `shut` are (bid, criterion) ids that cannot be scored at present. A row that says what it said when it was handed
    out changes nothing, whatever was saved meanwhile.
    """
    sheet = sheet_of(lines)
    found = read(data, [sheet], bid_key=owner, other=OTHER)
    outcome = Outcome(faults=list(found.faults))
    known = {line.key: line for line in lines}
    seen = Counter(row.key for row in found.rows[SCORES])
    for row in found.rows[SCORES]:
        handed_out = found.marks.get((SCORES, row.key))
        if handed_out is not None and sheet.mark(row.raws) == handed_out and seen[row.key] == 1:
            continue
        if row.key and handed_out is None:
            outcome.faults.append(SheetFault(SCORES, cell_name(0, row.line), ALTERED))
        elif row.key not in known:
            outcome.faults.append(_fault(row, MARK, CLOSED if row.key else "Rows cannot be added here."))
        elif seen[row.key] > 1:
            outcome.faults.append(_fault(row, MARK, "This row stands in the file twice."))
        else:
            _take(outcome, sheet, row, known[row.key], handed_out or "", shut)
    return outcome


def _take(
    outcome: Outcome, sheet: Sheet, row: FoundRow, line: Line, handed_out: str, shut: Collection[tuple[int, int]]
) -> None:
    stands = sheet.raw(line.row)
    if sheet.mark(row.raws) == sheet.mark(stands):
        return
    if faults := _faults(row, line, stands, shut):
        outcome.faults += faults
    elif sheet.mark(stands) != handed_out:
        mark, reason = stands[_AT[MARK]] or "not scored yet", stands[_AT[REASON]]
        said = (
            "This was changed after the workbook was handed out, on the screen or by sending the file before. Take a "
            f"new workbook to change it again. What stands there now: {mark}. {reason}"
        )
        outcome.faults.append(_fault(row, MARK, said))
    else:
        typed, reason = row.raws[_AT[MARK]], row.raws[_AT[REASON]]
        version = line.score.version if line.score else 0
        marked = Marked(int(typed) if typed else None, reason, version)
        outcome.given.setdefault(line.task, {})[line.part.criterion, line.part.number] = marked


def _faults(row: FoundRow, line: Line, stands: tuple[str, ...], shut: Collection[tuple[int, int]]) -> list[SheetFault]:
    if (line.task.bid_id, line.part.criterion.id) in shut:
        return [_fault(row, MARK, "This waits for a question to the council, or is stopped, and cannot be scored now.")]
    found = []
    if row.raws[_AT[MARK]] not in _MARKS:
        found.append(_fault(row, MARK, "A mark is a whole number from 0 to 5, or empty for not scored yet."))
    reason = row.raws[_AT[REASON]]
    if len(reason) > LONGEST_TEXT:
        found.append(_fault(row, REASON, "The reason is too long to be kept."))
    if what := text.unfit(reason):
        found.append(_fault(row, REASON, f"There is a character that cannot be kept ({what}). Type it again."))
    if line.score and line.score.reason != stands[_AT[REASON]]:
        found.append(_fault(row, REASON, "This reason is longer than a cell can hold. Change it on the bid’s page."))
    return found


def _fault(row: FoundRow, column: str, why: str) -> SheetFault:
    return SheetFault(SCORES, cell_name(_AT[column] + 1, row.line), why)


def apply(outcome: Outcome, *, by: Person, at: datetime) -> None:
    """Give the marks, all or none. Refused as on the pages; bids are held in the order of their ids."""
    for task in sorted(outcome.given, key=lambda task: task.bid_id):
        marking.score(task, outcome.given[task], by=by, at=at)


def shut_places(lines: Sequence[Line], held_up: dict[int, set[int]], stopped: Collection[int]) -> set[Place]:
    """(bid, criterion) ids of these lines that wait for a council, by bid, or whose bid is stopped."""
    return {
        (line.task.bid_id, line.part.criterion.id)
        for line in lines
        if line.task.bid_id in stopped or line.part.criterion.id in held_up.get(line.task.bid_id, ())
    }
