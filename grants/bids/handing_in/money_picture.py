"""The picture of a bid's money by financial year: a bar for each year, in pieces by source."""

from collections.abc import Iterable

from grants.bids.models import Bid, FundingSource
from grants.bids.projects.grid_forms import SOURCES
from grants.kernel.money import pounds
from grants.kernel.pictures import Part, StackedPicture, stacked_picture

_TONES = {
    FundingSource.GRANT: "navy",
    FundingSource.COUNCIL: "teal",
    FundingSource.PUBLIC: "plum",
    FundingSource.PRIVATE: "amber",
    FundingSource.RIGHT_TO_BUY: "grey",
}
Line = tuple[str, FundingSource, int]
"""(financial year, source, pence)."""


def money_picture(bid: Bid) -> StackedPicture:
    """Of a bid loaded in full, over all its projects and streams."""
    return drawn_of((str(line.year), line.source, line.pence) for project in bid.projects for line in project.funding)


def drawn_of(lines: Iterable[Line]) -> StackedPicture:
    sums: dict[str, dict[FundingSource, int]] = {}
    for year, source, pence in lines:
        of_year = sums.setdefault(year, {})
        of_year[source] = of_year.get(source, 0) + pence
    bars = [
        (
            year,
            pounds(sum(of_year.values())),
            [Part(SOURCES[s], pounds(of_year[s]), of_year[s], _TONES[s]) for s in SOURCES if s in of_year],
        )
        for year, of_year in sorted(sums.items())
    ]
    return stacked_picture("money", "Money of the whole bid by financial year", bars)
