"""F13 and F14: whether appraisers mark alike. Pure arithmetic; it informs a talk, and never changes a score.

Leniency and the quality of the bids that somebody happened to read are mixed in these figures, and nothing here can
part them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

FEWEST_SCORES = 3
"""Of one appraiser, or of all the others together, below which nothing is said of him or her (F13)."""
FAR_FROM_PANEL = 10
"""Points between an appraiser's mean and the panel's that are worth a talk (F13)."""
FEWEST_IN_COMMON = 5
"""Marks that two people gave for the same thing, below which their agreement is not worked out (our own limit)."""


@dataclass(frozen=True)
class Sample:
    """Totals known by their number, sum and sum of squares, exact; the deviation is that of a sample (n - 1)."""

    count: int
    total: Fraction
    squares: Fraction

    @classmethod
    def of(cls, values: Iterable[Fraction | int]) -> "Sample":
        exact = [Fraction(value) for value in values]
        return cls(len(exact), sum(exact, Fraction(0)), sum((value * value for value in exact), Fraction(0)))

    def __add__(self, other: "Sample") -> "Sample":
        return Sample(self.count + other.count, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> Fraction | None:
        return self.total / self.count if self.count else None

    @property
    def deviation(self) -> Decimal | None:
        """None with fewer than two values."""
        if self.count < 2:
            return None
        variance = (self.count * self.squares - self.total**2) / (self.count * (self.count - 1))
        return _root(variance)


@dataclass(frozen=True)
class Leniency:
    """F13: one appraiser's totals beside all totals of the round, the panel's, of which they are part."""

    own: Sample
    panel: Sample

    @property
    def enough_own(self) -> bool:
        return self.own.count >= FEWEST_SCORES

    @property
    def can_tell(self) -> bool:
        """Both this person and the others have given enough: nobody is strict or lenient beside nobody else."""
        return self.enough_own and self.panel.count - self.own.count >= FEWEST_SCORES

    @property
    def gap(self) -> Fraction | None:
        """Points by which the own mean lies above the panel's; None where too little is known."""
        if not self.can_tell or self.own.mean is None or self.panel.mean is None:
            return None
        return self.own.mean - self.panel.mean

    @property
    def flagged(self) -> bool:
        return self.gap is not None and abs(self.gap) >= FAR_FROM_PANEL

    @property
    def all_alike(self) -> bool:
        """Every total is the same, so that none stands out and no check value can be had."""
        return self.own.deviation == 0

    def check_value(self, total: Fraction) -> Decimal | None:
        """Where this total would lie if the appraiser were as strict, and as ready to differ, as the panel is.

        The panel's mean plus z times its deviation, z being how many own deviations the total lies from the own mean.
        """
        if not self.can_tell:
            return None
        own, panel = self.own.deviation, self.panel.deviation
        if not own or panel is None or self.own.mean is None or self.panel.mean is None:
            return None
        return _decimal(self.panel.mean) + _decimal(total - self.own.mean) / own * panel


class Closeness(StrEnum):
    """What a kappa means in words (our own limits)."""

    CLOSE = "close"
    FAIR = "fair"
    WEAK = "weak"
    NONE = "none"


@dataclass(frozen=True)
class Pairs:
    """Pairs of marks for the same thing, by their sums: enough for F14, whatever their number."""

    count: int
    first: int
    second: int
    first_squares: int
    second_squares: int
    products: int
    orders: int = 1
    """2 where each pair is counted in both orders."""

    @property
    def in_common(self) -> int:
        """How many things two people marked."""
        return self.count // self.orders

    @property
    def enough(self) -> bool:
        return self.in_common >= FEWEST_IN_COMMON

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]]) -> "Pairs":
        given = list(pairs)
        one, other = [a for a, _ in given], [b for _, b in given]
        squares = sum(a * a for a in one), sum(b * b for b in other)
        return cls(len(given), sum(one), sum(other), *squares, sum(a * b for a, b in given))

    @property
    def either_way(self) -> "Pairs":
        """Each pair counted in both orders: for pairs of which neither comes first."""
        marks, squares = self.first + self.second, self.first_squares + self.second_squares
        return Pairs(2 * self.count, marks, marks, squares, squares, 2 * self.products, orders=2)

    @property
    def kappa(self) -> Fraction | None:
        """F14, quadratic weights on 0 to 5: 1 less the squared distance found over that expected by chance.

        None where there are too few marks, or where all are the same, so that chance alone would agree as well.
        """
        by_chance = self.count * (self.first_squares + self.second_squares) - 2 * self.first * self.second
        if not self.enough or not by_chance:
            return None
        apart = self.first_squares + self.second_squares - 2 * self.products
        return 1 - Fraction(self.count * apart, by_chance)

    @property
    def closeness(self) -> Closeness | None:
        if self.kappa is None:
            return None
        if self.kappa >= Fraction(6, 10):
            return Closeness.CLOSE
        if self.kappa >= Fraction(4, 10):
            return Closeness.FAIR
        return Closeness.WEAK if self.kappa > 0 else Closeness.NONE


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _root(value: Fraction) -> Decimal:
    return _decimal(value).sqrt()
