"""Which council a printed name means, as at a date. A near miss is only ever suggested, for a person to confirm."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from grants.councils.models import AliasStatus
from grants.councils.register import AliasRow, CouncilRow, NameRow, Register, SuccessionRow

# What printers and word processors make of an apostrophe and of a hyphen.
_PLAIN = str.maketrans("‘’ʼ＇‐‑‒–", "''''----")
# Words that say what kind of body it is. Two names that differ in nothing else are alike enough to suggest.
_DESIGNATION = re.compile(
    r"\b(london borough|royal borough|metropolitan|borough|district|county|city|unitary|council|councils|combined"
    r"|mayoral|authority|corporation|of|the)\b"
)
K = TypeVar("K")
V = TypeVar("V")

_LONGEST_NAME = 120


def normalise(printed: str) -> str:
    """One spelling for what print varies: case, asterisk, ampersand, curly apostrophe, long dash, repeated blanks."""
    return " ".join(printed.translate(_PLAIN).replace("*", " ").replace("&", " and ").casefold().split())


class Certainty(StrEnum):
    """How sure the register is of a name. Only the first three settle anything."""

    EXACT = "exact"
    ALIAS = "alias"
    JOINT = "joint"
    SUGGESTED = "suggested"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"
    NOT_A_COUNCIL = "not_a_council"


_SETTLED = frozenset({Certainty.EXACT, Certainty.ALIAS, Certainty.JOINT})


@dataclass(frozen=True, slots=True)
class Resolution:
    """`gss_codes` are the councils meant, and stay empty until the name is settled; `suggestions` wait for a person.

    `starred` keeps the asterisk that the name was printed with; `why` is a sentence for whoever must decide.
    """

    printed: str
    starred: bool
    gss_codes: tuple[str, ...]
    certainty: Certainty
    suggestions: tuple[str, ...]
    why: str

    @property
    def settled(self) -> bool:
        return self.certainty in _SETTLED


@dataclass(frozen=True, slots=True)
class _Finding:
    certainty: Certainty
    codes: tuple[str, ...]
    why: str


class NameBook:
    """Every name the register knows, ready to be looked up. Built once from rows; asks no database.

    A code the register does not hold is a KeyError: whoever has a code got it from here.
    """

    def __init__(self, register: Register) -> None:
        self._councils: Mapping[str, CouncilRow] = {council.gss_code: council for council in register.councils}
        dated = _grouped((name.gss_code, name) for name in register.names)
        self._names: Mapping[str, list[NameRow]] = {
            code: dated.get(code) or [NameRow(code, council.official_name)] for code, council in self._councils.items()
        }
        self._named = _grouped((normalise(name.name), name) for names in self._names.values() for name in names)
        self._codes_named = {name: [row.gss_code for row in rows] for name, rows in self._named.items()}
        self._aliases: Mapping[str, list[AliasRow]] = _grouped((normalise(a.spelling), a) for a in register.aliases)
        self._cores: Mapping[str, list[str]] = _grouped(
            (core, council.gss_code) for council in register.councils for core in self._cores_of(council)
        )
        self._onward: Mapping[str, list[SuccessionRow]] = _grouped((s.predecessor_gss, s) for s in register.successions)
        self._back: Mapping[str, list[SuccessionRow]] = _grouped((s.successor_gss, s) for s in register.successions)

    def council(self, gss_code: str) -> CouncilRow:
        return self._councils[gss_code]

    def knows(self, gss_code: str) -> bool:
        return gss_code in self._councils

    def councils(self) -> Iterable[CouncilRow]:
        return self._councils.values()

    def spellings(self) -> frozenset[str]:
        """Every official name of any date and every alias, normalised."""
        return frozenset(self._named) | frozenset(self._aliases)

    def in_being(self, gss_code: str, as_at: date) -> bool:
        council = self._councils[gss_code]
        return (council.began_on or date.min) <= as_at <= (council.ended_on or date.max)

    def official_name(self, gss_code: str, as_at: date) -> str:
        """The name on that day; before a council began its first, after it ended its last."""
        names = sorted(self._names[gss_code], key=lambda name: name.from_on or date.min)
        begun = [name for name in names if (name.from_on or date.min) <= as_at]
        return (begun or names[:1])[-1].name

    def successors(self, gss_code: str, as_at: date) -> tuple[str, ...]:
        """Who answers on that day for a council that has ended, followed to the end; none while it is in being."""
        if self.in_being(gss_code, as_at):
            return ()
        return self._followed(gss_code, as_at, frozenset())

    def answering_for(self, gss_code: str, as_at: date) -> tuple[str, ...]:
        """The council itself while it is in being, and then its successors."""
        return (gss_code,) if self.in_being(gss_code, as_at) else self.successors(gss_code, as_at)

    def resolve(self, printed: str, as_at: date) -> Resolution:
        """The councils that `printed` means on that day, or why that is not sure. Never raises, never guesses."""
        key = normalise(printed)
        finding = (
            self._official(key, as_at)
            or self._alias(key, as_at)
            or self._name_of_another_day(key, as_at)
            or self._same_place(key, as_at)
            or self._spelled_alike(key, as_at)
            or _Finding(Certainty.UNKNOWN, (), "The register knows no council by this name, nor one like it.")
        )
        settled = finding.certainty in _SETTLED
        return Resolution(
            printed=printed,
            starred="*" in printed,
            gss_codes=finding.codes if settled else (),
            certainty=finding.certainty,
            suggestions=() if settled else finding.codes,
            why=finding.why,
        )

    def _official(self, key: str, as_at: date) -> _Finding | None:
        codes = _unique(
            name.gss_code
            for name in self._named.get(key, ())
            if _holds(name, as_at) and self.in_being(name.gss_code, as_at)
        )
        if len(codes) > 1:
            return _Finding(Certainty.AMBIGUOUS, codes, "More than one council bears this official name.")
        return _Finding(Certainty.EXACT, codes, f"The official name on {_day(as_at)}.") if codes else None

    def _alias(self, key: str, as_at: date) -> _Finding | None:
        """A spelling on record. Two records that disagree are a question, however settled each of them is."""
        aliases = self._aliases.get(key)
        if not aliases:
            return None
        if len({frozenset(alias.gss_codes) for alias in aliases}) > 1 or aliases[0].status is AliasStatus.ASK:
            return self._suggestion(
                _unique(code for alias in aliases for code in alias.gss_codes),
                as_at,
                " ".join(alias.note for alias in aliases if alias.note) or "This spelling may mean any of these.",
                Certainty.AMBIGUOUS,
            )
        codes, note = aliases[0].gss_codes, aliases[0].note
        if not codes:
            return _Finding(Certainty.NOT_A_COUNCIL, (), note or "Known not to be a council.")
        if not all(self._known_on(code, as_at) for code in codes):
            return self._suggestion(codes, as_at, self._gone(codes, as_at))
        certainty = Certainty.JOINT if len(codes) > 1 else Certainty.ALIAS
        return _Finding(certainty, codes, note or "A spelling that a person has confirmed.")

    def _name_of_another_day(self, key: str, as_at: date) -> _Finding | None:
        """An official name, but not of that day: of the same council still there under another, or of one that is not.

        A council's own former name is a fact on record, so it settles; one it had not yet taken is only suggested.
        """
        names = self._named.get(key)
        if not names:
            return None
        codes = _unique(name.gss_code for name in names)
        if len(codes) > 1 or not self.in_being(codes[0], as_at):
            return self._suggestion(codes, as_at, self._gone(codes, as_at))
        today = self.official_name(codes[0], as_at)
        if all(name.to_on and name.to_on < as_at for name in names):
            return _Finding(Certainty.ALIAS, codes, f"The former name of {today}.")
        return self._suggestion(codes, as_at, f"On {_day(as_at)} this council was {today}.")

    def _same_place(self, key: str, as_at: date) -> _Finding | None:
        """Councils of that day whose name differs only in its designation, and after them those that say more.

        "Newcastle" is Newcastle upon Tyne's city council before it is Newcastle-under-Lyme, and neither for certain.
        """
        core = _core(key)
        same = self._standing(self._cores.get(core, ()), as_at)
        longer = self._standing(
            (code for other, codes in self._cores.items() if core and other.startswith(f"{core} ") for code in codes),
            as_at,
        )
        certainty = Certainty.AMBIGUOUS if len(same) > 1 else Certainty.SUGGESTED
        return self._suggestion(same + longer, as_at, "The place fits, but this is not the official name.", certainty)

    def _spelled_alike(self, key: str, as_at: date) -> _Finding | None:
        core = _core(key)
        if not core or len(key) > _LONGEST_NAME:
            return None
        codes = (
            code
            for typed, known, likeness in ((core, self._cores, 0.8), (key, self._codes_named, 0.85))
            for word in get_close_matches(typed, [w for w in known if self._standing(known[w], as_at)], cutoff=likeness)
            for code in known[word]
        )
        return self._suggestion(
            self._standing(codes, as_at), as_at, "No council has this name; these are spelled much the same."
        )

    def _suggestion(
        self, codes: Iterable[str], as_at: date, why: str, certainty: Certainty = Certainty.SUGGESTED
    ) -> _Finding | None:
        """Those who stand on that day in the place of `codes`; None if there is nobody to suggest."""
        standing = _unique(other for code in codes for other in self._nearest(code, as_at))
        return _Finding(certainty, standing, why) if standing else None

    def _nearest(self, code: str, as_at: date) -> tuple[str, ...]:
        """Itself, its successors, or, before it began, its predecessors of that day, the one of its own place first."""
        council = self._councils.get(code)
        if council is None:
            return ()
        if (council.began_on or date.min) <= as_at:
            return self.answering_for(code, as_at)
        before = self._standing((s.predecessor_gss for s in self._back.get(code, ())), as_at)
        return tuple(sorted(before, key=lambda other: self._councils[other].short_name != council.short_name))

    def _gone(self, codes: Iterable[str], as_at: date) -> str:
        """Why these cannot be meant on that day: when each of them that is not in being ended or began."""
        sentences = []
        for code in codes:
            council = self._councils.get(code)
            if council and council.began_on and as_at < council.began_on:
                sentences.append(f"{council.official_name} began only on {_day(council.began_on)}.")
            elif council and council.ended_on and council.ended_on < as_at:
                sentences.append(f"{council.official_name} ended on {_day(council.ended_on)}.")
        return " ".join(sentences)

    def _followed(self, code: str, as_at: date, seen: frozenset[str]) -> tuple[str, ...]:
        onward = [s.successor_gss for s in self._onward.get(code, ()) if s.on <= as_at and s.successor_gss not in seen]
        return _unique(
            last
            for other in onward
            for last in ((other,) if self.in_being(other, as_at) else self._followed(other, as_at, seen | {code}))
        )

    def _known_on(self, code: str, as_at: date) -> bool:
        return code in self._councils and self.in_being(code, as_at)

    def _standing(self, codes: Iterable[str], as_at: date) -> tuple[str, ...]:
        return _unique(code for code in codes if self.in_being(code, as_at))

    def _cores_of(self, council: CouncilRow) -> set[str]:
        names = [name.name for name in self._names[council.gss_code]]
        return {_core(normalise(name)) for name in [*names, council.short_name]}


def _core(key: str) -> str:
    """The place in a normalised name, its designation and punctuation left out; the name itself if nothing remains."""
    words = " ".join(re.sub(r"[^\w\s]", " ", key.replace("'", "")).split())
    return " ".join(_DESIGNATION.sub(" ", words).split()) or words


def _holds(name: NameRow, as_at: date) -> bool:
    return (name.from_on or date.min) <= as_at <= (name.to_on or date.max)


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    groups: dict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return dict(groups)


def _unique(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
