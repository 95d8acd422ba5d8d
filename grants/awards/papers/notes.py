"""Known facts about published papers, kept as data in known_notes.yaml: what neither paper nor register can tell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from grants.awards.papers.partnerships import is_pilot
from grants.awards.papers.types import Paper, PaperKind, PaperRow, PaperWarning, WarningCode
from grants.councils.resolver import normalise
from grants.kernel.money import pounds

_FILE = Path(__file__).with_name("known_notes.yaml")


class Covers(StrEnum):
    """Which rows of a paper a stated sum speaks of."""

    ALL = "all"
    PARTNERSHIPS = "partnerships"
    PILOT = "pilot"

    def has(self, row: PaperRow) -> bool:
        return self is Covers.ALL or (self is Covers.PILOT) == is_pilot(row)


@dataclass(frozen=True)
class Headline:
    """A sum stated around a paper, in pence; `said` completes the sentence "The rows make so much more than …"."""

    pence: int
    said: str
    covers: Covers = Covers.ALL


@dataclass(frozen=True)
class Note:
    """A fact about the rows of one recipient, or of one title of it. Names are folded."""

    code: WarningCode
    kind: PaperKind
    recipient: str
    project: str | None
    text: str
    stated_pence: int | None = None
    stated_count: int | None = None
    absent: frozenset[str] = frozenset()

    def speaks_of(self, row: PaperRow) -> bool:
        return normalise(row.recipient) == self.recipient and self.project in (None, normalise(row.project))


@dataclass(frozen=True)
class KnownNotes:
    notes: tuple[Note, ...]
    headlines: Mapping[str, tuple[Headline, ...]]
    """By the code of a round."""


@lru_cache(maxsize=1)
def known_notes() -> KnownNotes:
    """The notes that ship with the product. A fault in them is a fault of the product: KeyError or ValueError."""
    data = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    headlines = {code: tuple(map(_headline, each)) for code, each in data["headlines"].items()}
    return KnownNotes(tuple(map(_note, data["notes"])), headlines)


def inspect_notes(paper: Paper, notes: tuple[Note, ...]) -> Iterator[PaperWarning]:
    """Each note that holds for the paper, once, at the first row that it speaks of."""
    for note in notes:
        row = next(filter(note.speaks_of, paper.rows), None) if note.kind is paper.kind else None
        if row is not None and _holds(note, row, paper):
            yield PaperWarning(note.code, row.line, note.text, row.project or row.recipient)


def inspect_headlines(paper: Paper, headlines: tuple[Headline, ...]) -> Iterator[PaperWarning]:
    """One warning for each stated sum that its rows do not come to."""
    for headline in headlines:
        made = sum(row.total_pence for row in paper.rows if headline.covers.has(row))
        if made != headline.pence:
            gap = made - headline.pence
            share = f" ({abs(gap) / headline.pence:.2%})" if headline.pence else ""
            way = "more" if gap > 0 else "less"
            text = f"The rows make {pounds(made)}: {pounds(abs(gap))}{share} {way} than {headline.said}."
            yield PaperWarning(WarningCode.HEADLINE_GAP, 0, text, headline.said)


def _holds(note: Note, row: PaperRow, paper: Paper) -> bool:
    return (
        note.stated_pence != row.total_pence
        and note.stated_count != len({normalise(each.recipient) for each in paper.rows})
        and not note.absent.intersection(map(normalise, row.members))
    )


def _note(entry: dict[str, Any]) -> Note:
    stated = entry.get("stated_pounds")
    return Note(
        code=WarningCode(entry["code"]),
        kind=PaperKind(entry["kind"]),
        recipient=normalise(entry["recipient"]),
        project=normalise(entry["project"]) if "project" in entry else None,
        text=entry["text"],
        stated_pence=None if stated is None else stated * 100,
        stated_count=entry.get("stated_count"),
        absent=frozenset(map(normalise, entry.get("absent", ()))),
    )


def _headline(entry: dict[str, Any]) -> Headline:
    return Headline(entry["pounds"] * 100, entry["said"], Covers(entry["covers"]))
