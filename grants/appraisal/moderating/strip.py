"""The picture of a bid's marks: a line from 0 to 5 for each part of a criterion, and a dot for each mark on it.

Only the geometry; the drawing is a template's. Places along the line are in hundredths of the width, so that it
stretches with the page.
"""

from collections import Counter
from dataclasses import dataclass

from grants.appraisal.judgement import Judgement
from grants.appraisal.models import MARKS
from grants.appraisal.parts import Part

_ROW, _TOP, _LINE = 54, 4, 32
_LEFT, _STEP = 3, 18


def along(mark: int) -> int:
    """Hundredths of the width at which a mark lies: 3 for nought, 93 for five."""
    return _LEFT + _STEP * mark


@dataclass(frozen=True)
class Dot:
    mark: int
    count: int
    """How many appraisers gave it; printed in the dot where it is more than one."""

    @property
    def x(self) -> int:
        return along(self.mark)


@dataclass(frozen=True)
class Row:
    title: str
    y: int
    dots: tuple[Dot, ...]
    agreed: int | None

    @property
    def line(self) -> int:
        return self.y + _LINE

    @property
    def low(self) -> int:
        return self.dots[0].x

    @property
    def high(self) -> int:
        return self.dots[-1].x

    @property
    def agreed_x(self) -> int | None:
        return None if self.agreed is None else along(self.agreed)

    @property
    def told(self) -> str:
        marks = ", ".join(f"{dot.mark} from {dot.count}" if dot.count > 1 else str(dot.mark) for dot in self.dots)
        agreed = "" if self.agreed is None else f"; agreed {self.agreed}"
        return f"{self.title}: {marks or 'no marks'}{agreed}"


@dataclass(frozen=True)
class Strip:
    rows: tuple[Row, ...]

    @property
    def ticks(self) -> list[tuple[int, int]]:
        return [(mark, along(mark)) for mark in MARKS]

    @property
    def height(self) -> int:
        return _TOP + _ROW * len(self.rows) + 22

    @property
    def foot(self) -> int:
        return self.height - 6

    @property
    def told(self) -> str:
        return ". ".join(row.told for row in self.rows) + "."


def strip_of(judgement: Judgement) -> Strip:
    """Marks that count, part by part in the order of the form, with what was agreed."""
    return Strip(tuple(_row(judgement, part, number) for number, part in enumerate(judgement.parts)))


def _row(judgement: Judgement, part: Part, number: int) -> Row:
    given = Counter(judgement.given(part.place))
    dots = tuple(Dot(mark, given[mark]) for mark in sorted(given))
    return Row(part.title, _TOP + _ROW * number, dots, judgement.settled(part.place))
