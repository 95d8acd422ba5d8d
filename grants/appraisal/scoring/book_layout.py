"""The sheet of marks and reasons in an appraiser's workbook: one description, by which it is written and read back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from grants.appraisal.models import MARKS, Assignment, Score
from grants.appraisal.parts import Part, parts_of
from grants.bids.workbook.layout import Column, Holds, Row, Sheet
from grants.funds.models import Criterion, Round
from grants.people.models import Person

SCORES = "Scores"
MARK, REASON = "mark", "reason"
COLUMNS = (
    Column("bid", "Bid", Holds.TITLE, 18),
    Column("title", "Title", Holds.TITLE, 26),
    Column("criterion", "Criterion", Holds.TITLE, 26),
    Column("weight", "Weight", Holds.TITLE, 10),
    Column("guidance", "What a mark stands for", Holds.TITLE, 44),
    Column(MARK, "Mark, 0 to 5", Holds.WHOLE, 8),
    Column(REASON, "Reason", Holds.TEXT, 70),
)


@dataclass(frozen=True)
class Line:
    """One row: a part of a criterion for one bid, and what was given so far."""

    task: Assignment
    part: Part
    score: Score | None

    @property
    def key(self) -> str:
        return f"{self.task.key}:{self.part.criterion.code}:{self.part.number}"

    @property
    def row(self) -> Row:
        bid, criterion = self.task.bid, self.part.criterion
        mark = self.score.mark if self.score else None
        said = (bid.reference or "", bid.title, self.part.title, self.part.weight, _guidance(criterion))
        return Row(self.key, (*said, mark, self.score.reason if self.score else ""))


def owner_key(person: Person, round_: Round) -> str:
    """Whose workbook it is: nobody else's is taken, nor that of another round."""
    return f"scores:{person.key}:{round_.code}"


def lines_of(tasks: Sequence[Assignment], criteria: Sequence[Criterion]) -> list[Line]:
    """Bid by bid; the tasks come with their scores."""
    parts = parts_of(criteria)
    found = []
    for task in tasks:
        known = {(row.criterion_id, row.part): row for row in task.scores}
        found += [Line(task, part, known.get(part.place)) for part in parts]
    return found


def sheet_of(lines: Sequence[Line]) -> Sheet:
    return Sheet(SCORES, ("score", "scores"), COLUMNS, tuple(line.row for line in lines))


def _guidance(criterion: Criterion) -> str:
    bands = cast(Mapping[str, Any], criterion.bands)
    said = [f"{mark}: {bands[str(mark)]}" for mark in reversed(MARKS) if bands.get(str(mark))]
    return "\n".join(said)
