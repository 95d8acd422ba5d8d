"""Changing what a round asks, piece by piece, always through the same reader as a shipped template.

A draft's rows are made anew from the changed definition. Once a round is published its rows stay, and the change is
kept as the next version of its form, which applicants meet only when that version is published.
"""

import re
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm.attributes import flag_modified

from grants import audit
from grants.funds.assuming.sets import categories_of, set_to_pin
from grants.funds.definition.as_mapping import as_json, from_json, mapping_of
from grants.funds.definition.from_definition import fill
from grants.funds.definition.node import Unfinished
from grants.funds.definition.reading import examine
from grants.funds.definition.to_definition import definition_of
from grants.funds.definition.types import RoundDefinition
from grants.funds.form.pieces import Definition, Place, digest, in_words, items, number_of, path_of, piece
from grants.funds.models import (
    BudgetLine,
    Criterion,
    Declaration,
    Gate,
    OutcomeMeasure,
    Question,
    Round,
    RoundPhase,
    RoundStatus,
    RoundVersion,
    Section,
)
from grants.funds.places.lists import pin_lists, unknown_list
from grants.funds.queries import held_in_full, round_named
from grants.kernel.db import Json, db
from grants.kernel.errors import Overtaken, Refused
from grants.people.models import Person

CHANGEABLE = frozenset({"sections", "cross_checks", "attachments"})
"""What a new version of an open round's form may change; all else is what applicants relied on when they began."""
LOCKED = (
    "The round is published: its money, years, dates, gates, criteria, weights and measures stay as they are. "
    "Only sections, questions, cross-checks and the rules for files can change, as a new version of the form."
)


_POSITION = re.compile(r"\[[0-9]+\]")


class Faulty(Refused):
    """A definition that cannot be used. `faults` are (name within the changed piece, sentence); the name is empty
    where the fault is somewhere else, and then the sentence says where."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        self.faults = faults
        super().__init__(" ".join(f"{name}: {said}" if name else said for name, said in faults))


def next_version(round: Round) -> RoundVersion | None:
    """The changes to a published round's form that applicants have not been given yet."""
    waiting = select(RoundVersion).where(RoundVersion.round_id == round.id, RoundVersion.published_at.is_(None))
    return db.session.scalar(waiting)


def definition_published(round: Round) -> Definition:
    """What the round's rows say."""
    return mapping_of(definition_of(round))


def definition_being_edited(round: Round) -> Definition:
    """The newest there is: the next version where one has been begun, else what the round's rows say."""
    waiting = None if round.status is RoundStatus.DRAFT else next_version(round)
    return from_json(waiting.definition) if waiting else definition_published(round)


def change_piece(
    round: Round, place: Place, changed: dict[str, Any], *, seen: str, by: Person | None, at: datetime
) -> None:
    """Put a changed piece in the place of the old. `seen` is the digest of what the person had before them.

    Overtaken if somebody changed that piece since; Faulty with every fault that the change brings about.
    """

    def put(definition: Definition) -> None:
        _check_seen(_piece_or_overtaken(definition, place), seen)
        items(definition, place[:-1])[number_of(definition, place) - 1] = changed

    _change(round, put, place, f"changed {_said(place)}", by=by, at=at)


def add_piece(round: Round, place: Place, added: dict[str, Any], *, by: Person | None, at: datetime) -> None:
    """Put a new piece at the end of the list at `place`."""
    key = str(added.get("key") or added.get("code") or "")

    def put(definition: Definition) -> None:
        items(definition, place).append(added)

    _change(round, put, (*place, key) if key else place, f"added {_said((*place, key))}", by=by, at=at)


def remove_piece(round: Round, place: Place, *, seen: str, by: Person | None, at: datetime) -> None:
    """Take a piece out. Faulty where another depends on it."""

    def take(definition: Definition) -> None:
        _check_seen(_piece_or_overtaken(definition, place), seen)
        del items(definition, place[:-1])[number_of(definition, place) - 1]

    _change(round, take, (), f"removed {_said(place)}", by=by, at=at)


def move_piece(round: Round, place: Place, steps: int, *, by: Person | None, at: datetime) -> None:
    """Towards the end of its list, or with negative `steps` towards the beginning; at the end it stays."""

    def move(definition: Definition) -> None:
        moving = _piece_or_overtaken(definition, place)
        among, number = items(definition, place[:-1]), number_of(definition, place)
        among.remove(moving)
        among.insert(max(0, number - 1 + steps), moving)

    _change(round, move, (), f"moved {_said(place)}", by=by, at=at)


def change_settings(round: Round, values: dict[str, Any], *, seen: str, by: Person | None, at: datetime) -> None:
    """Names at the top of the definition; one that is None takes its default."""

    def put(definition: Definition) -> None:
        _check_seen(settings_of(definition, values), seen)
        for name, value in values.items():
            definition.pop(name, None)
            if value is not None:
                definition[name] = value

    _change(round, put, (), f"changed {', '.join(values)}", by=by, at=at)


def settings_of(definition: Definition, names: Any) -> dict[str, Any]:
    return {name: definition.get(name) for name in names}


def replace_definition(round: Round, definition: Definition, *, what: str, by: Person | None, at: datetime) -> None:
    """All of it at once, as from a file, which is complete. The round keeps its own code, name and fund.

    Faulty with every fault by its path in the file; then nothing is taken over.
    """
    if faults := examine(definition)[1]:
        raise Faulty([("", f"{fault}.") for fault in faults])
    kept = ("code", "name", "fund")

    def put(standing: Definition) -> None:
        own = {name: standing[name] for name in kept if name in standing}
        standing.clear()
        standing.update({**deepcopy(definition), **own})

    _change(round, put, (), what, by=by, at=at)


def discard_changes(round: Round, *, by: Person | None, at: datetime) -> None:
    """Drop the next version of a published round's form. Refused where there is none."""
    waiting = next_version(held_in_full(round))
    if waiting is None:
        raise Refused("There are no changes to drop.")
    db.session.delete(waiting)
    audit.record(round, "dropped_form_changes", by=by, number=waiting.number)


def _said(place: Place) -> str:
    return " ".join(step.replace("_", " ") for step in place if step)


def _piece_or_overtaken(definition: Definition, place: Place) -> dict[str, Any]:
    try:
        return piece(definition, place)
    except LookupError:
        raise Overtaken("Somebody else removed this meanwhile.") from None


def _check_seen(standing: Any, seen: str) -> None:
    if digest(standing) != seen:
        raise Overtaken()


def _change(
    round: Round,
    change: Callable[[Definition], None],
    place: Place,
    what: str,
    *,
    by: Person | None,
    at: datetime,
) -> None:
    held_in_full(round)
    _check_changeable(round, at)
    before = definition_being_edited(round)
    after = deepcopy(before)
    change(after)
    if after == before:
        return
    definition, faults = examine(after)
    _check_faults(after, faults, examine(before)[1], _path(place, before, after))
    _check_follows(definition, round)
    _check_assumptions(definition)
    _check_places(definition)
    if round.status is RoundStatus.DRAFT:
        _remake(round, definition)
    else:
        _keep_for_next_version(round, before, mapping_of(definition), by=by, at=at)
    audit.record(round, "changed_form", by=by, what=what)


def _path(place: Place, *definitions: Definition) -> str:
    """The path of the changed piece: where it stood before, for its key may have changed, else where it is now."""
    for definition in definitions if place else ():
        try:
            return path_of(definition, place)
        except LookupError:
            continue
    return ""


def _check_changeable(round: Round, at: datetime) -> None:
    if round.phase(at) not in (RoundPhase.DRAFT, RoundPhase.UPCOMING, RoundPhase.OPEN):
        raise Refused("The round has closed: what it asked stays as it was.")


def _check_faults(after: Definition, faults: list[str], standing: list[str], path: str) -> None:
    """What a draft still lacks is told by its checklist; what was wrong before is not this change's doing."""
    told = []
    for fault in new_faults([fault for fault in faults if not isinstance(fault, Unfinished)], standing):
        where, _, said = fault.partition(": ")
        own = path and where.startswith(f"{path}.")
        told.append((where[len(path) + 1 :], f"{said}.") if own else ("", in_words(after, fault)))
    if told:
        raise Faulty(told)


def new_faults(faults: list[str], standing: list[str]) -> list[str]:
    """Those that were not there before; a piece that only stands at another place now has no new fault."""
    known = {_POSITION.sub("", fault) for fault in standing}
    return [fault for fault in faults if _POSITION.sub("", fault) not in known]


def _check_follows(definition: RoundDefinition, round: Round) -> None:
    rules = definition.handing_in
    first = round_named(rules.follows) if rules.follows else None
    if rules.follows and (first is None or not first.expression_of_interest or first is round):
        raise Faulty([("follows", f"there is no round {rules.follows} that takes expressions of interest.")])


def _check_assumptions(definition: RoundDefinition) -> None:
    """The set is there, and has every category that a gate asks for."""
    pinned = set_to_pin(definition.assumption_set)
    if pinned is None:
        raise Faulty([("assumption_set", f"there are no assumptions called {definition.assumption_set}.")])
    asked = [gate for gate in definition.gates if gate.value_at_least not in ("", *categories_of(pinned))]
    if asked:
        offered = ", ".join(categories_of(pinned))
        raise Faulty([("value_at_least", f"{asked[0].code} asks for one that is not among {offered}.")])


def _check_places(definition: RoundDefinition) -> None:
    if criterion := unknown_list(definition.criteria):
        name, edition = criterion.place_list or ("", "")
        raise Faulty([("place_list", f"{criterion.name}: there is no list {name}, {edition}. Add it first.")])


def _remake(round: Round, definition: RoundDefinition) -> None:
    """A draft has no bids, so nothing points at its rows."""
    of_sections = select(Section.id).where(Section.round_id == round.id)
    db.session.execute(delete(Question).where(Question.section_id.in_(of_sections)))
    for kind in (Section, Gate, Criterion, OutcomeMeasure, Declaration, BudgetLine):
        db.session.execute(delete(kind).where(kind.round_id == round.id))
    db.session.expire(round, ["sections", "gates", "criteria", "measures", "declarations", "budget"])
    round.first_year, round.last_year = definition.years[0], definition.years[-1]
    round.headline_pence, round.headline_note, round.headline_source, round.final_date = None, "", "", None
    fill(round, definition)
    round.follows = round_named(definition.handing_in.follows) if definition.handing_in.follows else None
    round.assumption_set = set_to_pin(definition.assumption_set)
    pin_lists(round, definition.criteria)
    flag_modified(round, "name")  # bumps the version, for those who change dates and money meanwhile
    db.session.flush()


def _keep_for_next_version(
    round: Round, before: Definition, after: Definition, *, by: Person | None, at: datetime
) -> None:
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if changed - CHANGEABLE:
        raise Refused(LOCKED)
    assert by is not None  # the product itself never edits a form
    waiting = next_version(round)
    if waiting is None:
        waiting = RoundVersion(round=round, number=round.form_version + 1, made_at=at, made_by_id=by.id)
        db.session.add(waiting)
    waiting.definition = Json(as_json(after))
    db.session.flush()
