"""Papers set by Typst: tagged PDF/UA-1, of plain values, by a layout in templates/print.

Only the typefaces that come with Typst are used, so that the same values make the same bytes on every machine. What
people typed reaches a layout as data, never as markup; the root is the layouts' own folder, so that nothing else of
the machine can be read.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from grants.kernel.exports import xml_text

_LAYOUTS = Path(__file__).parents[2] / "templates" / "print"

RARE = re.compile(
    r"[^\n\t -~\u00a0-\u024f\u0391-\u03a1\u03a3-\u03ff\u0400-\u045f\u1e00-\u1eff\u2010-\u2027\u20a0-\u20bf\ufffd]"
)
"""Characters beyond Latin, Greek, Cyrillic, common punctuation and currencies: the typefaces may lack some of these."""

RARE_NOTE = "A character that the printer's typeface lacks is shown by its Unicode number, as in [U+1F600]."


def paper(layout: str, content: dict[str, Any], *, at: datetime) -> bytes:
    """The PDF. `layout` names a file of templates/print, which finds `content` under that name; `at` is its date.

    The standard forbids a shape that stands for nothing. So where the typefaces lack a character (a picture, another
    script), every rare one is printed as its number, and a note says so, in `content["notes"]`.
    """
    fit = _mapped(content, _fit)
    try:
        return _set(layout, fit, at)
    except typst.TypstError:
        spelled = _mapped(fit, _spelled_out)
        return _set(layout, {**spelled, "notes": [*spelled["notes"], RARE_NOTE]}, at)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """The same lists and dicts with each text in them changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_mapped(part, change) for part in value]
    if isinstance(value, dict):
        return {key: _mapped(part, change) for key, part in value.items()}
    return value


def _fit(text: str) -> str:
    return xml_text(text).replace("\t", " ")


def _spelled_out(text: str) -> str:
    return RARE.sub(lambda rare: f"[U+{ord(rare[0]):04X}]", text)


def _set(layout: str, content: dict[str, Any], at: datetime) -> bytes:
    return typst.compile(
        _LAYOUTS / f"{layout}.typ",
        root=_LAYOUTS,
        font_paths=_typefaces(),
        sys_inputs={layout: json.dumps(content)},
        pdf_standards=["ua-1"],
        timestamp=at.replace(microsecond=0),
    )


@cache
def _typefaces() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)
