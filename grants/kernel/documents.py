"""The templates that documents are made from, without an application: an annex can be written from the command line."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from grants.kernel.exports import xml_text
from grants.kernel.money import pounds

TEMPLATES = Path(__file__).parents[2] / "templates"

_WORD_BREAKS = {
    "\n": Markup('</w:t><w:br/><w:t xml:space="preserve">'),
    "\t": Markup('</w:t><w:tab/><w:t xml:space="preserve">'),
}


@cache
def environment() -> Environment:
    """Everything is escaped, and is text that XML can carry. Filters: `pounds`, and `runs` for Word's text."""
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, finalize=_fit)
    made.filters["pounds"] = pounds
    made.filters["runs"] = _runs
    return made


def _fit(value: object) -> object:
    """Text as a document can carry it. Markup is what a template has made already."""
    return xml_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _runs(text: str) -> Markup:
    """Text inside Word's `w:t`, where a line end and a tab are elements of their own."""
    shown = escape(xml_text(text))
    for character, element in _WORD_BREAKS.items():
        shown = shown.replace(character, element)
    return shown
