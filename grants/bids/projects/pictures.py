"""Pictures of a project: where its sites lie, and its risks by likelihood and impact. A template draws them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grants.bids.models import Risk, Site

SIDE = 300
"""Of the square in which the sites lie, in pixels."""
_MARGIN = 30
_SMALLEST_SPAN = 200
"""Metres across the picture at least: a single site is no speck without a scale."""
_LENGTHS = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)


@dataclass(frozen=True)
class Point:
    """A site's place on the picture, and its number in the list beside it."""

    number: int
    name: str
    x: int
    y: int


@dataclass(frozen=True)
class PointPicture:
    """North is up. `bar` is as long as `metres` on the ground."""

    points: tuple[Point, ...]
    bar: int
    metres: int
    told: str
    side: int = SIDE

    @property
    def distance(self) -> str:
        return f"{self.metres // 1000:,} km" if self.metres >= 1000 else f"{self.metres} m"


def sites_picture(sites: Sequence[Site]) -> PointPicture | None:
    """The sites that have coordinates, to one scale; None where there is none."""
    placed = [
        (number, site, site.easting, site.northing)
        for number, site in enumerate(sites, start=1)
        if site.easting is not None and site.northing is not None
    ]
    if not placed:
        return None
    east, north = [e for _, _, e, _ in placed], [n for _, _, _, n in placed]
    span = max(_SMALLEST_SPAN, max(east) - min(east), max(north) - min(north))
    middle = (max(east) + min(east)) // 2, (max(north) + min(north)) // 2
    room = SIDE - 2 * _MARGIN
    points = tuple(
        Point(number, site.name, SIDE // 2 + (e - middle[0]) * room // span, SIDE // 2 - (n - middle[1]) * room // span)
        for number, site, e, n in placed
    )
    metres = _round_length(span // 3)
    told = "; ".join(f"{number}: {site.name}, easting {e}, northing {n}" for number, site, e, n in placed)
    return PointPicture(points, metres * room // span, metres, f"{told}.")


def _round_length(metres: int) -> int:
    """The longest round length that is not longer."""
    return max(length for length in _LENGTHS if length <= max(metres, _LENGTHS[0]))


@dataclass(frozen=True)
class MatrixCell:
    """How many risks have this likelihood and impact; `band` is low, medium or high by their product."""

    likelihood: int
    impact: int
    count: int

    @property
    def score(self) -> int:
        return self.likelihood * self.impact

    @property
    def band(self) -> str:
        return band_of(self.score)


def band_of(score: int) -> str:
    """Our own default: up to 4 is low, from 12 on high."""
    return "low" if score <= 4 else "medium" if score < 12 else "high"


def risk_matrix(risks: Iterable[Risk]) -> list[list[MatrixCell]]:
    """Rows from the likeliest down, columns from the slightest impact on."""
    counts = Counter((risk.likelihood, risk.impact) for risk in risks)
    return [
        [MatrixCell(likelihood, impact, counts[likelihood, impact]) for impact in range(1, 6)]
        for likelihood in range(5, 0, -1)
    ]
