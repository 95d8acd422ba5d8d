"""Papers of awards that were published: the facts as printed, to load and to hold another copy of the paper against."""

from functools import cache
from pathlib import Path

from grants.awards.papers.members import Segmentation
from grants.awards.papers.reading import read_paper
from grants.awards.papers.totals import totals_by_fingerprint

_FOLDER = Path(__file__).parent / "copies"


PUBLISHED = tuple(sorted(file.stem for file in _FOLDER.glob("*.csv")))
"""Codes of the rounds whose papers are here."""


def published_file(code: str) -> tuple[bytes, str]:
    """Content and name of our copy of the paper of a round's awards; KeyError for a round not in PUBLISHED."""
    if code not in PUBLISHED:
        raise KeyError(code)
    file = _FOLDER / f"{code}.csv"
    return file.read_bytes(), file.name


@cache
def published_totals(code: str) -> dict[str, int]:
    """Pence by fingerprint of the published rows, so that a first reading can name the row that differs."""
    if code not in PUBLISHED:
        return {}
    [paper] = read_paper(*published_file(code), _alone)
    return totals_by_fingerprint(paper)


def _alone(names: str) -> Segmentation:
    """Members stand apart by semicolons in our copies: what none is in is one name."""
    return Segmentation((names,), ())
