"""Plain pictures for pages: the geometry is worked out here, the drawing is a template's (macros/charts.html)."""

from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 340
"""Of every picture, in units of its bars, which stretch to their place; words and heights are in pixels."""
_ROW = 44
_TOP = 4


@dataclass(frozen=True)
class Bar:
    """One figure: `shown` is how it is printed, `value` only how long it is drawn. Below nought nothing is drawn."""

    label: str
    shown: str
    value: int
    tone: str = "navy"


@dataclass(frozen=True)
class DrawnBar:
    bar: Bar
    y: int
    length: int


@dataclass(frozen=True)
class BarPicture:
    """Bars one under another, all to one scale. `told` says the same in a sentence for who cannot see them."""

    key: str
    """Unique on its page: ids are made of it."""
    title: str
    bars: tuple[DrawnBar, ...]
    width: int = WIDTH

    @property
    def height(self) -> int:
        return _TOP + _ROW * len(self.bars)

    @property
    def told(self) -> str:
        return "; ".join(f"{drawn.bar.label}: {drawn.bar.shown}" for drawn in self.bars) + "."


def bar_picture(key: str, title: str, bars: Iterable[Bar]) -> BarPicture:
    """The longest bar fills the width; any figure above nought has at least a sliver."""
    given = tuple(bars)
    most = max((bar.value for bar in given), default=0)
    drawn = (DrawnBar(bar, _TOP + _ROW * place, _length(bar.value, most)) for place, bar in enumerate(given))
    return BarPicture(key, title, tuple(drawn))


def _length(value: int, most: int) -> int:
    return 0 if value <= 0 else max(2, WIDTH * value // most)


@dataclass(frozen=True)
class Part:
    """One figure within a sum: `shown` is how it is printed, `value` how long it is drawn."""

    label: str
    shown: str
    value: int
    tone: str


@dataclass(frozen=True)
class DrawnPart:
    part: Part
    x: int
    length: int


@dataclass(frozen=True)
class StackedBar:
    label: str
    shown: str
    y: int
    parts: tuple[DrawnPart, ...]

    @property
    def told(self) -> str:
        return f"{self.label}: " + ", ".join(f"{drawn.part.label} {drawn.part.shown}" for drawn in self.parts)


@dataclass(frozen=True)
class StackedPicture:
    """Sums one under another, each made of its parts, all to one scale; `legend` has (label, tone) of each part."""

    key: str
    title: str
    bars: tuple[StackedBar, ...]
    legend: tuple[tuple[str, str], ...]
    width: int = WIDTH

    @property
    def height(self) -> int:
        return _TOP + _ROW * len(self.bars)

    @property
    def told(self) -> str:
        return "; ".join(bar.told for bar in self.bars) + "."


def stacked_picture(key: str, title: str, sums: Iterable[tuple[str, str, Iterable[Part]]]) -> StackedPicture:
    """`sums` are (label, sum as printed, parts). The largest fills the width; parts of nothing are left out."""
    given = [(label, shown, [part for part in parts if part.value > 0]) for label, shown, parts in sums]
    most = max((sum(part.value for part in parts) for _, _, parts in given), default=0)
    legend = dict.fromkeys((part.label, part.tone) for _, _, parts in given for part in parts)
    bars = [
        StackedBar(label, shown, _TOP + _ROW * place, _side_by_side(parts, most))
        for place, (label, shown, parts) in enumerate(given)
    ]
    return StackedPicture(key, title, tuple(bars), tuple(legend))


def _side_by_side(parts: list[Part], most: int) -> tuple[DrawnPart, ...]:
    drawn, before = [], 0
    for part in parts:
        x, end = WIDTH * before // most, WIDTH * (before + part.value) // most
        drawn.append(DrawnPart(part, x, max(1, end - x)))
        before += part.value
    return tuple(drawn)
