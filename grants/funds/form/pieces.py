"""Finding a piece of a definition, a section, a question, a criterion, and saying in words where a fault of it is.

A place is the names and keys that lead to a piece, `("sections", "need", "questions", "why")`, or to a list of pieces,
`("sections", "need", "questions")`. Cross-checks have no keys; they go by their number, from 1.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from grants.funds.definition.node import RESERVED

Place = tuple[str, ...]
Definition = dict[str, Any]

_NUMBERED = frozenset({"cross_checks"})
_STEP = re.compile(r"(?P<name>[a-z_]+)\[(?P<number>[0-9]+)\]")
_ONE_OF = {
    "sections": "section",
    "questions": "question",
    "columns": "column",
    "criteria": "criterion",
    "eligibility": "gate",
    "gateway": "gate",
    "measures": "measure",
    "cross_checks": "cross-check",
    "budget": "line of the budget",
}


def digest(standing: Any) -> str:
    """A short mark of a piece as it stood when a page was opened."""
    return hashlib.sha256(json.dumps(standing, sort_keys=True, default=str).encode()).hexdigest()[:16]


def key_of(name: str, piece: Mapping[str, Any], number: int) -> str:
    return str(number) if name in _NUMBERED else str(piece.get("key") or piece.get("code") or "")


def items(definition: Definition, place: Place) -> list[dict[str, Any]]:
    """The list at a place that ends with a name; made where there is none yet."""
    *before, name = place
    holder = piece(definition, tuple(before)) if before else definition
    found: list[dict[str, Any]] = holder.setdefault(name, [])
    return found


def number_of(definition: Definition, place: Place) -> int:
    """Where in its list the piece stands, from 1. LookupError where there is none."""
    *before, key = place
    for number, one in enumerate(items(definition, tuple(before)), start=1):
        if key_of(place[-2], one, number) == key:
            return number
    raise LookupError(place)


def piece(definition: Definition, place: Place) -> dict[str, Any]:
    return items(definition, place[:-1])[number_of(definition, place) - 1]


def path_of(definition: Definition, place: Place) -> str:
    """As faults name it: `sections[2].questions[4]`."""
    steps = [(place[end - 1], number_of(definition, place[: end + 1])) for end in range(1, len(place), 2)]
    return ".".join(f"{name}[{number}]" for name, number in steps)


def free_key(words: str, taken: Sequence[str]) -> str:
    """A short name made of the first words of a label, that nothing beside it has."""
    plain = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_") or "piece"
    plain = plain if plain[0].isalpha() else f"n_{plain}"
    short = plain[:30].rpartition("_")[0] if len(plain) > 30 and "_" in plain[:30] else plain[:30]
    others = (f"{short}_{number}" for number in range(2, 1_000))
    taken = [*taken, RESERVED]
    return short if short not in taken else next(one for one in others if one not in taken)


def in_words(definition: Definition, fault: str) -> str:
    """A fault as a sentence for a person who never saw the file: its path told by titles."""
    path, apart, said = fault.partition(": ")
    if not apart:
        return f"{fault[:1].upper()}{fault[1:]}."
    where, holder = [], definition
    for step in path.split("."):
        match = _STEP.fullmatch(step)
        if match is None:
            where.append(step.replace("_", " "))
            continue
        holder = _nth(holder, match["name"], int(match["number"]))
        where.append(f"{_ONE_OF.get(match['name'], match['name'])} {_name_of(holder, match['number'])}")
    told = ", ".join(where)
    return f"{told[:1].upper()}{told[1:]}: {said}."


def _nth(holder: Any, name: str, number: int) -> Any:
    found = holder.get(name) if isinstance(holder, dict) else None
    return found[number - 1] if isinstance(found, list) and number <= len(found) else {}


def _name_of(piece: Any, number: str) -> str:
    known = piece if isinstance(piece, dict) else {}
    said = next((known[name] for name in ("title", "label", "name", "code") if known.get(name)), "")
    return f"“{said}”" if said else number
