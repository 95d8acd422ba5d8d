"""What can be told from the titles of projects alone. Each check says so once for each row; no title is changed."""

import re
from collections.abc import Iterator

from grants.awards.papers.names import place_of
from grants.awards.papers.types import Paper, PaperRow, PaperWarning, WarningCode
from grants.councils.resolver import normalise

_POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9][A-Z0-9]?\s*[0-9][A-Z]{2}\b", re.ASCII)
_STREETS = "lane|road|rd|street|st|close|avenue|drive|way|place|square"
_IRREGULAR = {
    "a hyphen with a blank on one side only": re.compile(r"\w- \w|\w -\w"),
    "a full stop at its end": re.compile(r"\w\.$"),
    "a street without its capital letter": re.compile(rf"\b[A-Z]\w+ (?:{_STREETS})\b"),
}
_GENERAL = (
    "a and asset assets assembly at based build building by corporate custom delivery development developments eight"
    " estate first five for four homes housing in land new next of on one phase place programme project projects"
    " regeneration release residential scheme second self seven site sites six small ten the third three transformation"
    " two works"
)
_NUMBERED_PROJECT = re.compile(r"\s*project (?:[0-9]+|one|two|three|four|five|six)\b", re.IGNORECASE)
_STOCK_PAIRS = re.compile(r"\b(?:health|social|leisure|arts|police|fire) (?:and|&) \w+", re.IGNORECASE)
_SEVERAL = {
    "a stroke": re.compile(r"[^\W\d] ?/ ?\w"),
    "a list in brackets": re.compile(r"\([^()]*,[^()]*\)"),
    "two names": re.compile(r"\b[A-Z]\w+ [A-Z]\w+ (?:and|&) [A-Z]\w+ [A-Z]\w+"),
}
_SHORTEST_CUT = 45
"""Letters. Titles are cut where a form's field ends, and none that has been seen ends sooner."""


def inspect_titles(paper: Paper) -> Iterator[PaperWarning]:
    """What is odd about each title of a paper of projects."""
    for row in paper.rows:
        for code, text in _of_row(row):
            yield PaperWarning(code, row.line, text, row.project)
        if word := _cut_word(row.project, paper):
            text = f"The title ends in “{row.project.split()[-1]}”, the beginning of “{word}”: it may have been cut."
            yield PaperWarning(WarningCode.TITLE_TRUNCATED, row.line, text, row.project)


def _of_row(row: PaperRow) -> Iterator[tuple[WarningCode, str]]:
    title = row.project
    if found := _POSTCODE.search(title):
        yield WarningCode.POSTCODE_IN_TITLE, f"The title holds a postcode, {found[0]}."
    for what, pattern in _IRREGULAR.items():
        if pattern.search(title.rstrip()):
            yield WarningCode.IRREGULAR_TYPING, f"The title has {what}."
    if _is_general(title):
        text = "The title numbers a project, or names a programme or a kind of work, instead of a site."
        yield WarningCode.NOT_A_SITE_NAME, text
    signs = [sign for sign, pattern in _SEVERAL.items() if pattern.search(_STOCK_PAIRS.sub(" ", title))]
    if signs:
        yield WarningCode.SEVERAL_SITES_IN_ONE_ROW, f"The row seems to pay for several sites: its title has {signs[0]}."
    if _names_council(title, row.recipient):
        yield WarningCode.COUNCIL_NAMED_IN_PROJECT, f"The title repeats the name of the council, {row.recipient}."


def _is_general(title: str) -> bool:
    words = re.findall(r"[a-z]+", title.casefold())
    return _NUMBERED_PROJECT.match(title) is not None or (bool(words) and set(words) <= set(_GENERAL.split()))


def _names_council(title: str, recipient: str) -> bool:
    """Whether the title says the council's place, other than as the name of a street."""
    place = re.escape(place_of(recipient))
    return bool(place) and re.search(rf"\b{place}\b(?! (?:{_STREETS})\b)", normalise(title)) is not None


def _cut_word(title: str, paper: Paper) -> str | None:
    """The longer word, out of the paper's other titles, that a long title breaks off in the middle of; None if none."""
    last = title.split()[-1].casefold() if title.split() else ""
    if len(title.strip()) < _SHORTEST_CUT or len(last) < 4:
        return None
    words = {word for row in paper.rows for word in re.findall(r"\w+", row.project.casefold())}
    longer = sorted(word for word in words if word.startswith(last) and word != last)
    return longer[0] if longer else None
