"""The small picture of a round's money."""

from grants.funds.models import Round, Stream
from grants.kernel.money import pounds
from grants.kernel.pictures import Bar, BarPicture, bar_picture

_TONES = {Stream.CAPITAL: "navy", Stream.REVENUE: "teal"}


def budget_picture(round: Round) -> BarPicture:
    """A bar for each year and stream that has money."""
    bars = [
        Bar(f"{line.year} {line.stream}", pounds(line.pence), line.pence, _TONES[line.stream])
        for line in sorted(round.budget, key=lambda line: (line.year, line.stream))
    ]
    return bar_picture("budget", f"Budget of {round.name} by financial year", bars)
