"""Words that would tell a reader what he or she may not know: marks, ranks, other bids, and the people who judge. Pure.

Patterns are our own and meet what people write by habit. They are a net under two pairs of eyes, not instead of them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from grants.kernel.errors import Refused

_NUMBER = r"(?:\d+(?:\.\d+)?|zero|nought|nil|one|two|three|four|five)"
_NTH = r"(?:\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last)"
_SCORE = r"(?:scor(?:e|es|ed|ing)|marks?|marked|weighted total)"
_LINKS = r"(?:\s+(?:it|this|them|the bid|given|agreed|was|is|were|are|of|as|at|a|an|by|us|total))*"
_COUNTED = r"(?!\s*(?:homes?|sites?|hectares?|plots?|units?|years?|months?|jobs?|times))"
_SCORES = [
    rf"\b{_NUMBER}\s*(?:/|out of)\s*(?:5|100|five|a hundred)\b(?![/\d]){_COUNTED}",
    rf"\b{_SCORE}\b{_LINKS}\s*[:=]?\s+{_NUMBER}\b{_COUNTED}",
    rf"\b{_SCORE}\s*[:=]\s*{_NUMBER}\b",
    rf"\b(?:a|an|the|just|given|gave)\s+{_NUMBER}\s+for\b(?=[^.\n]{{0,40}}\b(?:criterion|value for money|deliver))",
    rf"\b(?:\d+(?:\.\d+)?\s+points?|{_NUMBER}\s+marks?)\b",
]
_BEFORE = r"(?:\s+(?:it|was|is|as|at|of|number|no\.?|position|place|in|the))*"
_RANKS = [
    rf"\brank(?:ed|s|ing)?\b{_BEFORE}\s*[:=]?\s*(?:#\s*)?(?:\d+|{_NTH})\b",
    rf"\b{_NTH}(?:\s+place)?\s+(?:of|out of|in)\s+(?:the\s+)?(?:ranking|round|list|all bids|\d+(?:\s+bids)?)\b",
    r"\b(?:position|place)\s+(?:number\s+|no\.?\s*)?\d+\s+(?:of|out of|in)\b",
    r"\b(?:above|below|under|over)\s+the\s+(?:funding\s+)?line\b",
]


@dataclass(frozen=True)
class Leak:
    """`passage` as it stands in the text, and why it may not stand there."""

    passage: str
    why: str

    def __str__(self) -> str:
        return f"“{self.passage}” {self.why}"


def marks_in(text: str) -> list[Leak]:
    """Passages that read like a mark, a total or a rank."""
    found = _all(_SCORES, text, "reads like a mark.") + _all(_RANKS, text, "reads like a rank.")
    return list(dict.fromkeys(found))


def refuse_marks(words: str, *, field: str) -> None:
    """For whatever somebody who may know marks writes to somebody who may not yet: an appraiser, or the council."""
    if leaks := marks_in(words):
        raise Refused(f"Write no mark or rank here. Its readers may not know any yet: {leaks[0]}", field=field)


def _all(patterns: Iterable[str], text: str, why: str) -> list[Leak]:
    return [
        Leak(" ".join(match[0].split()), why)
        for pattern in patterns
        for match in re.finditer(pattern, text, re.IGNORECASE)
    ]


@dataclass(frozen=True)
class Secret:
    """A name that must not be told, and why: `is the reference of another bid of the round.`"""

    name: str
    why: str


def names_in(text: str, secrets: Iterable[Secret], *, own: Iterable[str] = ()) -> list[Leak]:
    """Those of `secrets` that the text names as whole words, whatever their case and the blanks between them.

    What belongs to the reader's own bid (its title, reference, councils) is no secret, not even where another's name
    is part of it.
    """
    plain = _plain(text)
    for name in sorted(map(_plain, own), key=len, reverse=True):
        plain = re.sub(_whole(name), " … ", plain) if name else plain
    return [Leak(secret.name, secret.why) for secret in secrets if _named(plain, _plain_name(secret.name))]


def _named(plain: str, name: str) -> bool:
    return len(name) >= _SHORTEST and name in plain and re.search(_whole(name), plain) is not None


_SHORTEST = 3
"""Letters in a name that is looked for; anything shorter is in every text."""


def _plain(text: str) -> str:
    quotes = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u2011": "-", "\u00ad": None})
    return " ".join(text.translate(quotes).casefold().replace("\u200b", "").split())


_plain_name = lru_cache(maxsize=20_000)(_plain)
"""The names of a round are looked for in each of its letters."""


def _whole(name: str) -> str:
    return rf"(?<!\w){re.escape(name)}(?!\w)"


SHORTEST_COPY = 40
"""Characters from which on the same words are a copy and no chance."""


def copied_in(text: str, internal: Iterable[str], why: str) -> list[Leak]:
    """Those internal texts that stand in `text` word for word."""
    plain = _plain(text)
    copied = [words for words in internal if len(words) >= SHORTEST_COPY and _plain(words) in plain]
    return [Leak(words if len(words) <= 120 else f"{words[:117]}…", why) for words in dict.fromkeys(copied)]
