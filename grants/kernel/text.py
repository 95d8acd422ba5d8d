"""Text at the edge of the product, so that both databases, every export and every page agree on what it says."""

import re
import unicodedata

LONGEST_SEARCH = 200
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters but for the end of a line and the tab, halves of pairs, and two that no character has."""


def unfit(text: str) -> str | None:
    """The first character that no store or export could carry, by name; None if the text is fit to be kept."""
    found = _UNFIT.search(text)
    return unicodedata.name(found[0], f"U+{ord(found[0]):04X}") if found else None


def tidy(text: str) -> str:
    """Line ends as \\n and no blanks at either end: what a person typed, without what a browser added."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def words(text: str) -> int:
    """How many words a person would count. To a browser a zero-width no-break space is a blank, so it is one here."""
    return len(text.replace("\ufeff", " ").split())


def like(search: str) -> str:
    """A pattern for `ilike(..., escape="\\\\")` that finds `search` itself, its % and _ being only characters."""
    plain = search[:LONGEST_SEARCH].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"


def about(label: str, fault: str) -> str:
    """A sentence on what is wrong with the field of this label: `Cost must be a number.`, or, after a question,
    `What does it cost? The answer must be a number.`"""
    if not label.endswith("?"):
        return f"{label} {fault}"
    return f"{label} {fault[0].upper()}{fault[1:]}" if fault.startswith("row ") else f"{label} The answer {fault}"
