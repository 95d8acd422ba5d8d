"""What the register of councils says about the names on a paper, on the day of the paper."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import SequenceMatcher

from grants.councils.models import CouncilKind
from grants.councils.register import CouncilRow
from grants.councils.resolver import NameBook, Resolution, normalise

_DESIGNATION = re.compile(r"\b(?:council|councils|authority|corporation)\b|^(?:city|(?:london|royal) borough) of\b")
_DESIGNATIONS = re.compile(
    r"\b(?:london|royal|metropolitan|borough|district|county|city|unitary|councils?|combined|authority|corporation)\b"
    r"|/|^the\b|\bof$|^\W*of\b"
)
_ALIKE = 0.75
"""How alike two words must be for one to be the other misspelt: 1 is the same word, 0 has no letter in common."""


def unstarred(printed: str) -> str:
    """The name without the asterisk that marks some members."""
    return " ".join(printed.replace("*", " ").split())


def has_designation(printed: str) -> bool:
    """Whether the name says what kind of body it is: "Worcester" and "Derbyshire Dales District" do not."""
    return _DESIGNATION.search(normalise(printed)) is not None


def place_of(printed: str) -> str:
    """The place in a council's name, folded: "London Borough of Bexley" is in "bexley"."""
    return " ".join(_DESIGNATIONS.sub(" ", " ".join(_DESIGNATIONS.sub(" ", normalise(printed)).split())).split())


def is_misspelt(printed: str, official: str) -> bool:
    """Whether the two places differ in exactly one word, and that one only by a letter or so."""
    one, other = place_of(printed).split(), place_of(official).split()
    apart = [(a, b) for a, b in zip(one, other, strict=False) if a != b]
    return len(one) == len(other) and len(apart) == 1 and SequenceMatcher(None, *apart[0]).ratio() >= _ALIKE


class NamesOn:
    """The register as at one day. A name that is not settled there has no codes: nothing is guessed."""

    def __init__(self, book: NameBook, councils: Iterable[CouncilRow], as_at: date) -> None:
        self._book = book
        self._as_at = as_at
        self._found: dict[str, Resolution] = {}
        self._places: dict[str, tuple[str, ...]] = {}
        for council in councils:
            if council.kind not in _WIDE and book.in_being(council.gss_code, as_at):
                place = normalise(council.short_name)
                self._places[place] = (*self._places.get(place, ()), council.gss_code)

    @property
    def places(self) -> Mapping[str, tuple[str, ...]]:
        """GSS codes by the folded short name of a place; combined authorities and Greater London are no places here."""
        return self._places

    def resolution(self, printed: str) -> Resolution:
        if printed not in self._found:
            self._found[printed] = self._book.resolve(printed, self._as_at)
        return self._found[printed]

    def codes(self, printed: str) -> tuple[str, ...]:
        """The GSS codes of the councils that the name means for certain: two for a joint name, none while unsettled."""
        return self.resolution(printed).gss_codes

    def official_name(self, code: str) -> str:
        return self._book.official_name(code, self._as_at)

    def kind(self, code: str) -> CouncilKind:
        return self._book.council(code).kind


_WIDE = frozenset({CouncilKind.COMBINED_AUTHORITY, CouncilKind.GREATER_LONDON})
