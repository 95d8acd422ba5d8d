"""What differs between two definitions, in sentences: a round and its template, a form and its next version."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from grants.funds.form.pieces import Definition, key_of

_LISTS = {
    "sections": "Section",
    "questions": "Question",
    "criteria": "Criterion",
    "eligibility": "Eligibility gate",
    "gateway": "Gateway check",
    "measures": "Measure",
    "cross_checks": "Cross-check",
}
_OWN = frozenset({"code", "name", "fund"})
"""What a round has for itself, whatever its template."""
_LONGEST = 80


def differences(before: Definition, after: Definition) -> list[str]:
    """One sentence for each thing added, removed, moved or changed, in the order of the newer definition."""
    names = [*after, *(name for name in before if name not in after)]
    return [said for name in names if name not in _OWN for said in _of(name, before.get(name), after.get(name), "")]


def _of(name: str, before: Any, after: Any, within: str) -> Iterator[str]:
    if before == after:
        return
    if name in _LISTS:
        yield from _of_list(name, before or [], after or [], within)
    else:
        yield f"{within}{_words(name)}: {_change(before, after)}"


def _of_list(name: str, before: Sequence[Any], after: Sequence[Any], within: str) -> Iterator[str]:
    old = {key_of(name, piece, number): piece for number, piece in enumerate(before, start=1)}
    new = {key_of(name, piece, number): piece for number, piece in enumerate(after, start=1)}
    for key, piece in new.items():
        title = f"{within}{_LISTS[name]} {_title(piece, key)}"
        if key not in old:
            yield f"{title}: added."
            continue
        for part in dict.fromkeys([*old[key], *piece]):
            yield from _of(part, old[key].get(part), piece.get(part), f"{title}: ")
    for key, piece in old.items():
        if key not in new:
            yield f"{within}{_LISTS[name]} {_title(piece, key)}: removed."
    stayed = [key for key in new if key in old]
    if stayed != [key for key in old if key in new]:
        yield f"{within}{_LISTS[name]}s: in another order."


def _change(before: Any, after: Any) -> str:
    if before is None:
        return f"added, {_said(after)}."
    if after is None:
        return f"removed, was {_said(before)}."
    return f"{_said(after)} instead of {_said(before)}."


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _title(piece: Mapping[str, Any], key: str) -> str:
    said = piece.get("title") or piece.get("label") or piece.get("name") or piece.get("message") or piece.get("text")
    return f"“{_short(str(said or key))}”"


def _said(value: Any) -> str:
    """A value in a few words: names with what they hold, lists with commas between."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    if isinstance(value, Mapping):
        return "; ".join(f"{str(name).replace('_', ' ')} {_said(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(_said(one) for one in value) or "nothing"
    return f"{value:,}" if isinstance(value, int) else f"“{_short(str(value))}”"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rpartition(' ')[0]} …"
