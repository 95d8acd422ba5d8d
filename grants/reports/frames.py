"""Frames for reckoning over awards. The home of pandas, which takes seconds and 70 MB to load: import this module only
where a frame is made, never on the way to an ordinary page."""

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

MONEY = pd.Int64Dtype()
"""Whole pence, in 64 bits, with a blank that is not nought."""


class AwardLine(NamedTuple):
    """Money of one award in one financial year. `position` is the award's place in the paper's order."""

    position: int
    recipient: str
    project: str
    year: int
    pence: int | None


def annex_frame(lines: Iterable[AwardLine]) -> pd.DataFrame:
    """One row for each award and financial year, in the order given.

    position    Int64, the award's place in the paper
    recipient   str, the council or partnership as named on the award
    project     str, its title; empty where the award is to a partnership as such
    year        Int64, the calendar year in which the financial year begins: 2017 for 2017/18
    pence       Int64, whole pence; <NA> where nothing was awarded
    """
    rows = list(lines)
    # Typed column by column: left to itself pandas makes floats of integers with a blank among them, and loses pennies.
    return pd.DataFrame(
        {
            "position": pd.array([line.position for line in rows], dtype=MONEY),
            "recipient": pd.array([line.recipient for line in rows], dtype="str"),
            "project": pd.array([line.project for line in rows], dtype="str"),
            "year": pd.array([line.year for line in rows], dtype=MONEY),
            "pence": pd.array([line.pence for line in rows], dtype=MONEY),
        }
    )


def by_year(frame: pd.DataFrame) -> pd.DataFrame:
    """One row for each award of an `annex_frame`, in the paper's order, indexed by position, recipient and project.

    One Int64 column of pence for each financial year, earliest first; <NA> where nothing was awarded in it.
    """
    # A sum over no number is <NA> here, so a blank year stays blank; pivot_table would make it 0 or a float.
    key = ["position", "recipient", "project"]
    summed = frame.groupby([*key, "year"], sort=True)["pence"].sum(min_count=1)
    return summed.unstack("year").sort_index(axis="columns").astype(MONEY)


def by_recipient(frame: pd.DataFrame) -> pd.DataFrame:
    """One row for each recipient of an `annex_frame`, largest sum first, then by name; its awards and pence, Int64."""
    grouped = frame.groupby("recipient")
    table = pd.DataFrame({"awards": grouped["position"].nunique(), "pence": grouped["pence"].sum()}).astype(MONEY)
    return table.reset_index().sort_values(["pence", "recipient"], ascending=[False, True], ignore_index=True)
