"""Names of councils run together in one cell, taken apart again. No word is ever dropped."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from grants.councils.resolver import normalise

LONGEST_NAME = 14
"""Words in the longest name worth looking for."""

_BEGINS = re.compile(r"\b(?:(?:London|Royal|Metropolitan) Borough|City|Borough Council) of\b", re.IGNORECASE)
_ENDS = re.compile(r"\b(?:Councils?|Corporation|Combined Authority)\b\*?", re.IGNORECASE)
_TOO_MANY_WAYS = 2


@dataclass(frozen=True)
class Segmentation:
    """The names found, in order: joined by blanks they are the text again. `unsure` holds those that a person should
    look at: names that are not known, or the whole text where it can be divided in more ways than one."""

    names: tuple[str, ...]
    unsure: tuple[str, ...] = ()


Splitter: TypeAlias = Callable[[str], Segmentation]
"""What `read_paper` is given: `partial(segment, known_names=book.spellings())`."""


def segment(text: str, known_names: Collection[str]) -> Segmentation:
    """Divide `text` into the fewest names out of `known_names`, which are spellings as `normalise` gives them.

    What is left between known names is divided where a designation ends ("Council", "Councils") or begins ("City of",
    "London Borough of"), and is unsure. A star stays with its name.
    """
    words = text.split()
    pieces, ways = _divide(words, known_names)
    names: list[str] = []
    unsure: list[str] = []
    for start, end, known in pieces:
        piece = " ".join(words[start:end])
        names += [piece] if known else _by_designation(piece)
        unsure += [] if known else _by_designation(piece)
    if not unsure and ways >= _TOO_MANY_WAYS:
        unsure = [" ".join(words)]
    return Segmentation(tuple(names), tuple(unsure))


def _divide(words: list[str], known_names: Collection[str]) -> tuple[list[tuple[int, int, bool]], int]:
    """The pieces (start, end, known) that leave the fewest words unknown, and of those the fewest pieces.

    Also in how many ways the words can be divided into known names only; at most two are counted.
    """
    count = len(words)
    best: list[tuple[int, int]] = [(0, 0)] * (count + 1)
    step: list[tuple[int, bool]] = [(count, True)] * (count + 1)
    ways = [0] * count + [1]
    for start in reversed(range(count)):
        unknown, pieces = best[start + 1]
        best[start], step[start] = (unknown + 1, pieces + 1), (start + 1, False)
        for end in range(start + 1, min(start + LONGEST_NAME, count) + 1):
            if normalise(" ".join(words[start:end])) not in known_names:
                continue
            ways[start] = min(ways[start] + ways[end], _TOO_MANY_WAYS)
            cost = (best[end][0], best[end][1] + 1)
            if cost <= best[start]:
                best[start], step[start] = cost, (end, True)
    return _joined(step, count), ways[0]


def _joined(step: list[tuple[int, bool]], count: int) -> list[tuple[int, int, bool]]:
    """The chosen pieces from the left, unknown words that stand together being one piece."""
    pieces: list[tuple[int, int, bool]] = []
    at = 0
    while at < count:
        end, known = step[at]
        if not known and pieces and not pieces[-1][2]:
            pieces[-1] = (pieces[-1][0], end, False)
        else:
            pieces.append((at, end, known))
        at = end
    return pieces


def _by_designation(piece: str) -> list[str]:
    """The piece cut after each word that ends a council's name and before each that begins one."""
    cuts = {match.end() for match in _ENDS.finditer(piece)} | {match.start() for match in _BEGINS.finditer(piece)}
    cuts -= {match.end() for match in _ENDS.finditer(piece) if piece[match.end() :].lower().startswith(" of ")}
    places = sorted({0, len(piece), *cuts})
    parts = [piece[start:end].strip() for start, end in pairwise(places)]
    return [part for part in parts if part]
