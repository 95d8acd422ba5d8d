"""Sums over an annex, reckoned with pandas: import this module only where they are asked for (see frames.py)."""

from collections.abc import Iterable, Sequence
from datetime import date

import pandas as pd

from grants.funds.models import Round
from grants.kernel.exports import Cell, Column, Kind, csv_list
from grants.reports.annex import standing_awards
from grants.reports.frames import AwardLine, annex_frame, by_recipient, by_year

_COLUMNS = (Column("Recipient"), Column("Awards", Kind.NUMBER), Column("Total", Kind.MONEY))


def award_frame(round: Round, as_at: date) -> pd.DataFrame:
    """An `annex_frame` of a round's awards as they stood that day: one row for each award and year with money."""
    return annex_frame(
        AwardLine(award.position, award.recipient, award.title, year.starts_in, pence)
        for award in standing_awards(round, as_at)
        for year, pence in sorted(award.profile.items())
    )


def yearly_totals(round: Round, as_at: date) -> dict[int, int]:
    """Pence by the calendar year in which the financial year begins."""
    sums = by_year(award_frame(round, as_at)).sum()
    return dict(zip(map(int, sums.index.tolist()), map(int, sums.tolist()), strict=True))


def recipients_csv(round: Round, as_at: date) -> Iterable[bytes]:
    """Each recipient with the number and the sum of its awards, the largest sum first, as CSV."""
    table = by_recipient(award_frame(round, as_at))
    columns = (table["recipient"].tolist(), table["awards"].tolist(), table["pence"].tolist())
    rows: Iterable[Sequence[Cell]] = zip(*columns, strict=True)
    return csv_list(_COLUMNS, rows)
