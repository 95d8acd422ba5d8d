"""Words that would tell a reader what he or she may not know: marks, ranks, other bids, and the people who judge. Pure.

Patterns are our own and meet what people write by habit. They are a net under two pairs of eyes, not instead of them.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from grants.kernel.errors import Refused

_SMALL = "zero|nought|nil|one|two|three|four|five"
_WORDS = (
    f"{_SMALL}|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|"
    "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|a hundred"
)
_NUMBER = rf"(?:(?!(?:19|20)\d\d\b)\d+(?:\.\d+)?(?![\d,]*\d)|(?:{_SMALL})\b)"
"""A mark or a total, but no year and no part of a longer number."""
_NTH = (
    r"(?:\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|"
    r"(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|last)\b"
)
_COUNTED = (
    r"(?! ?(?:home|site|hectare|plot|unit|year|month|week|day|job|time|storey|phase|stage|people|million|per|"
    r"of (?:the|your|our|its|their|these|those|all))\b)"
    r"(?! (?!(?:is|was|as|this|has|does|across|towards|points|marks)\b)[a-z]+s\b)"
)
"""The number before is not how many there are of something."""
_ENDS = r"(?= ?(?:[.,;:!?)¶]|$))"
_SCORE = r"(?:scor(?:e|es|ed|ing)|marks?|marked|weighted total)\b"
_LINKS = (
    r"(?: (?:it|this|them|the bid|your bid|you|us|given|agreed|was|is|were|are|of|as|at|a|an|by|total|only|just|about|"
    r"nearly|over|under|between|around))*"
)
_GOT = r"(?:gave|given|got|gets?|gained|awarded|received|achieved|earned|deserve[sd]?|lost|dropped)"
_MARKED = rf"(?: (?:it|you|this|them|the bid|your bid))?(?: only| just)? (?:an? {_NUMBER}|\d(?:\.\d+)?)"
_OTHERS = (
    r"(?:(?:the )?(?:others?|rest|colleagues?|appraisers|moderators?|panel)|(?:everybody|everyone|all the)(?: else)?)"
    r"(?: all| both)?(?: ?:| (?:said|say|gave|put|chose|have|had|(?:are|is|was|were) at|went for))|they (?:said|gave)"
)
_NO_MARK = "".join(f"(?<!{word} )" for word in ("phase", "stage", "meeting", "page", "part", "lot", "site", "year"))
_CLAUSE = r"[^.;:!?¶\d]{1,40}(?: (?:was|is|were|are)|:| =)"
_SCORES = [
    rf"\b{_NUMBER} ?(?:/|out of) ?(?:5|100|five|a hundred)\b(?![/\d]){_COUNTED}",
    rf"\b{_SCORE}{_LINKS} ?[:=]? {_NUMBER}{_COUNTED}",
    rf"\b{_SCORE} ?[:=] ?{_NUMBER}{_COUNTED}",
    rf"\b{_SCORE} (?:for|on|in|under|against) {_CLAUSE}{_LINKS} {_NUMBER}{_COUNTED}",
    rf"\b(?:a|an|the|just|given|gave) {_NUMBER} for\b(?=[^.¶]{{0,40}}\b(?:criterion|value for money|deliver))",
    rf"\b{_GOT}{_MARKED}(?:{_ENDS}|(?= (?:and|or|for|on|in|overall|out)\b))",
    rf"\b{_NUMBER} marks?\b(?! on the (?:map|plan|drawing))",
    rf"\b(?:{_GOT}|scored|by)(?: only| just| a total of)? {_NUMBER} points?\b",
    rf"\b{_NUMBER} points? (?:out of|below|above|behind|ahead|short|overall|in total|off|apart|more|fewer|less)\b",
    r"\b(?:full|top|half|maximum|highest|lowest|best|worst)(?: possible)? (?:marks?|scores?)\b",
    rf"\b(?:average|mean)(?: (?:mark|score|of|was|is|at))* \d(?:\.\d+|,\d\d?)(?![\w%]| %){_COUNTED}",
    rf"\brate[ds]\b{_LINKS} {_NUMBER}(?! star){_COUNTED}",
    rf"\b(?:{_OTHERS})(?: an?)? {_NUMBER}(?:{_ENDS}|(?= (?:and|or|for|on|here|too)\b)){_COUNTED}",
    rf"\b{_NO_MARK}\d(?:\.\d+)? of (?:5|five)(?= ?(?:[.,;!?¶]|$))(?![.,]\d)",
    rf"\b\d\d(?:\.\d+)? points{_ENDS}",
    rf"(?:^|[.;:!?¶] )total ?[:=]? {_NUMBER}{_ENDS}",
    rf"\b(?:weighted|your|overall|bid's) total(?: came to)?{_LINKS} {_NUMBER}{_COUNTED}",
]
_BEFORE = r"(?: (?:it|you|your bid|the bid|was|is|as|at|of|number|no\.?|position|place|in|the|joint|equal|only|just))*"
_MANY = rf"(?:\d+|{_WORDS})"
_BIDS = r"(?:bids?|applicants|applications|councils)"
_LIST = r"(?:ranking|round|reserve list|list(?! of))"
_MOST = r"(?:best|strongest|weakest|worst|poorest|highest|lowest|top|bottom)"
_BID_WAS = (
    r"(?:you|bid|it|yours|application|council) (?:was|were|is|are|came|finished|ended up|lay|lies|stood|stands)"
    r"(?: (?:placed|in|as|at|joint|equal|only|just|the))*"
)
_CAME = r"(?:came|finished|placed(?: (?:you|it|the bid|your bid))?)(?: (?:in|joint|equal|only|just))*"
_RANKS = [
    rf"\brank(?:ed|s|ing)?\b{_BEFORE} ?[:=]? ?(?:# ?)?(?:{_MANY}\b{_COUNTED}|{_NTH})",
    rf"\b(?:rank|plac|rat)ed (?:the )?{_MOST}\b",
    rf"\b{_NTH}(?: place)? (?:of|out of|in|on) (?:(?:the|this|our) )?(?:{_LIST}|(?:all (?:the )?)?bids)",
    rf"\b{_NTH}(?: place)? (?:of|out of) {_MANY}(?:{_ENDS}| (?:{_BIDS}|and|but|this|overall)\b)",
    rf"\b{_BID_WAS} {_NTH}(?:{_ENDS}| (?:place|overall|out of|among|behind|and|but)\b)",
    rf"\b{_CAME} {_NTH}(?:{_ENDS}| place\b)",
    rf"\bin (?:joint )?{_NTH} place\b",
    rf"\b{_NTH} (?:overall\b|{_MOST}(?:{_ENDS}| (?:bid|in the round)\b))",
    rf"\((?:joint )?{_NTH}\)",
    rf"\bposition (?:number |no\.? ?)?{_MANY} (?:of|out of|in the {_LIST})\b",
    rf"\bplace (?:number |no\.? ?)?\d+ (?:of|out of|in the {_LIST})\b",
    rf"\b(?:number|no\.?|#) ?\d+ (?:on|in|of) (?:the|our) {_LIST}\b",
    rf"\b{_MOST} (?:bids?\b|of (?:all |the )+bids\b|(?:in|of) (?:the|this) round\b|{_MANY} bids\b)",
    r"\b(?:highest|lowest|top|best|worst) (?:scoring|scored|ranked|ranking|placed|rated)\b",
    rf"\b(?:top|bottom) (?:{_MANY}|half|third|quarter) of (?:all |the )*(?:bids\b|{_LIST})",
    r"\b(?:above|below|under|over) the (?:funding|pass|cut ?off|quality) (?:line|mark|score)\b",
    r"\b(?:fell|fall|came|was|is|lies|lay|finished|were|are|just|well|far) (?:above|below|under) the line\b(?! of)",
    r"\bpass mark\b",
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
    plain = _in_one_line(text)
    found = _all(_SCORES, plain, "reads like a mark.") + _all(_RANKS, plain, "reads like a rank.")
    return list(dict.fromkeys(found))


def refuse_marks(words: str, *, field: str) -> None:
    """For whatever somebody who may know marks writes to somebody who may not yet: an appraiser, or the council."""
    if leaks := marks_in(words):
        raise Refused(f"Write no mark or rank here. Its readers may not know any yet: {leaks[0]}", field=field)


def _all(patterns: Iterable[str], plain: str, why: str) -> list[Leak]:
    return [Leak(match[0].strip(), why) for pattern in patterns for match in re.finditer(pattern, plain, re.IGNORECASE)]


def _in_one_line(text: str) -> str:
    """Numbers of a list are no marks, hyphens are blanks, and a ¶ stands where a paragraph ends."""
    unnumbered = re.sub(r"(?m)^[ \t]*\d+[.)][ \t]+", "", _alike(text).replace("\r", ""))
    return " ".join(re.sub(r"\n\s*\n", " ¶ ", unnumbered).replace("-", " ").split())


_ALIKE = str.maketrans(
    dict.fromkeys("’‘ʼ`´", "'") | dict.fromkeys("‐–—−", "-") | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff")
)


def _alike(text: str) -> str:
    """What looks alike on a page is alike: kinds of quotes, dashes and blanks, and characters that nobody sees."""
    return unicodedata.normalize("NFKC", text.translate(_ALIKE)).translate(_ALIKE)


@dataclass(frozen=True)
class Secret:
    """A name that must not be told, and why: `is the reference of another bid of the round.`"""

    name: str
    why: str


def names_in(text: str, secrets: Iterable[Secret], *, own: Iterable[str] = ()) -> list[Leak]:
    """Those of `secrets` that the text names as whole words, whatever their case and what stands between the words.

    What belongs to the reader's own bid (its title, reference, councils) is no secret, not even where another's name
    is part of it.
    """
    readings = _readings(text, own)
    return [Leak(secret.name, secret.why) for secret in secrets if _named(readings, secret.name)]


def _readings(text: str, own: Iterable[str]) -> set[str]:
    """The text with its apostrophes left out, and with a blank for each, since people write either."""
    mine = sorted({words for name in own for words in _spellings(name)}, key=len, reverse=True)
    readings = set()
    for words in _words(text):
        for name in mine:
            while name in words:
                words = words.replace(name, " | ")
        readings.add(words)
    return readings


def _named(readings: Iterable[str], name: str) -> bool:
    return any(words in reading for words in _spellings(name) for reading in readings)


_SHORTEST = 3
"""Letters in a name that is looked for; anything shorter is in every text."""


@lru_cache(maxsize=20_000)
def _spellings(name: str) -> Sequence[str]:
    """As in `_words`; kept, since the names of a round are looked for in each of its letters."""
    return [words for words in _words(name) if len(words.replace(" ", "")) >= _SHORTEST]


def _words(text: str) -> Sequence[str]:
    """Words and numbers between single blanks, without accents and capitals."""
    apart = unicodedata.normalize("NFKD", _alike(text).replace("&", " and ").casefold())
    letters = "".join(letter for letter in apart if not unicodedata.combining(letter))
    both = dict.fromkeys((letters.replace("'", ""), letters))
    return [" ".join(["", *re.findall(r"[^\W\d_]+|\d+", one), ""]) for one in both]


def bare(title: str) -> str:
    """Without its article: “The Wharf” is no more of a name than “Wharf”."""
    return re.sub(r"^(?:the|a|an)\s+", "", title.strip(), flags=re.IGNORECASE)


_LEADS_TO_BID = re.compile(
    r"(?: (?:bids?|schemes?|projects?|plans?|proposals?|applications?|ones?|that|council)(?: made| sent)? (?:from|by)"
    r"| (?:bid|council) (?:of|in)| unlike| outranked by| lost to| compared (?:with|to)| ahead of| behind"
    r"| (?:better|stronger|weaker|clearer|higher|lower|more|less)(?: \w+)? than)(?: that of| those of)?(?: the)? $"
)
_NAMES_BID = re.compile(r" (?:s )?(?:bids?|council|application|submission|did|scored|ranked) ")


def bids_of(text: str, secrets: Iterable[Secret], *, own: Iterable[str] = ()) -> list[Leak]:
    """Names that may be ordinary words too, where they stand for a bid: “the bid from Reading”, “unlike Reading”."""
    readings = _readings(text, own)
    named = [secret for secret in secrets if _named(readings, secret.name)]
    return [Leak(secret.name, secret.why) for secret in named if _stands_for_bid(readings, secret.name)]


def _stands_for_bid(readings: Iterable[str], name: str) -> bool:
    """Asked at each place where a reading has the name, of the words before and behind it."""
    for reading in readings:
        for words in _spellings(name):
            start = reading.find(words)
            while start >= 0:
                before, behind = reading[max(start - 80, 0) : start + 1], start + len(words) - 1
                if _LEADS_TO_BID.search(before) or _NAMES_BID.match(reading, behind):
                    return True
                start = reading.find(words, behind)
    return False


SHORTEST_COPY = 40
"""Characters from which on the same sentence is a copy and no chance."""
SHORTEST_NOTE = 20
"""The same for a note as a whole."""


def copied_in(text: str, internal: Iterable[str], why: str, *, but: Iterable[str] = ()) -> list[Leak]:
    """Those internal texts that stand in `text` word for word, whole or by the sentence, unless `but` has it too."""
    plain, free = _words(text)[0], [_words(words)[0] for words in but]
    found = [_copied(words, plain, free) for words in dict.fromkeys(internal)]
    return [Leak(words if len(words) <= 120 else f"{words[:117]}…", why) for words in found if words]


def _copied(internal: str, plain: str, free: Iterable[str]) -> str:
    sentences = [one for one in re.split(r"(?<=[.!?])\s+|\n+", internal) if len(one) >= SHORTEST_COPY]
    pieces = [internal, *sentences] if len(internal) >= SHORTEST_NOTE else []
    for piece in pieces:
        words = _words(piece)[0]
        if words.strip() and words in plain and not any(words in one for one in free):
            return piece
    return ""
