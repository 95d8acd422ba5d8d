"""What is marked: each part of each criterion, a criterion that is not divided being one part without a name."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from grants.funds.models import Criterion

Place: TypeAlias = tuple[int, int]
"""Id of the criterion and number of the part, by which marks are stored and named on forms."""


@dataclass(frozen=True)
class Part:
    criterion: Criterion
    number: int
    name: str

    @property
    def place(self) -> Place:
        return self.criterion.id, self.number

    @property
    def title(self) -> str:
        return f"{self.criterion.name}: {self.name}" if self.name else self.criterion.name

    @property
    def weight(self) -> str:
        """`30`, or `30 in 2 parts`: a part has none of its own."""
        parts = len(self.criterion.numbered_parts)
        return f"{self.criterion.weight} in {parts} parts" if parts > 1 else f"{self.criterion.weight}"


def parts_of(criteria: Iterable[Criterion]) -> list[Part]:
    """All that people mark, in order; a looked-up criterion has its mark from a list and is not among them."""
    return [
        Part(criterion, number, name)
        for criterion in criteria
        if not criterion.looked_up
        for number, name in criterion.numbered_parts
    ]


def field_of(what: str, place: Place) -> str:
    """The name of a field on a form: `mark_7_1`."""
    return f"{what}_{place[0]}_{place[1]}"
