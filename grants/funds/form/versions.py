"""The next version of an open round's form: what is as it was keeps its rows, what changed gets new ones beside it."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import SequenceMatcher
from typing import TypeVar

from sqlalchemy import select

from grants import audit
from grants.funds.definition.as_mapping import as_json, from_json
from grants.funds.definition.from_definition import question_of, section_of
from grants.funds.definition.reading import examine
from grants.funds.definition.to_definition import question_as_defined
from grants.funds.definition.types import QuestionDefinition, RoundDefinition, SectionDefinition
from grants.funds.form.comparing import differences
from grants.funds.form.editing import definition_being_edited, definition_published, new_faults, next_version
from grants.funds.form.pieces import digest, in_words
from grants.funds.models import Question, Round, RoundPhase, RoundStatus, RoundVersion, Section
from grants.funds.queries import held_in_full
from grants.kernel.db import Json, db
from grants.kernel.errors import Overtaken, Refused
from grants.people.models import Person

Row = TypeVar("Row", Section, Question)
Wanted = TypeVar("Wanted", SectionDefinition, QuestionDefinition)


@dataclass
class Succession:
    """Which rows took the place of which, by their ids: sections of the same code, and questions of the same code and
    kind, asked of the same."""

    number: int
    sections: dict[int, int] = field(default_factory=dict)
    questions: dict[int, Question] = field(default_factory=dict)


def publish_next_version(round: Round, *, note: str, seen: str, by: Person, at: datetime) -> Succession:
    """Make the waiting changes the round's form from now on. `seen` is the digest of what was shown to `by`.

    Refused without a note, which every applicant will read; unless the round still takes bids; while what was changed
    lacks something. The operation of the bids' room calls this one, and moves the bids.
    """
    held_in_full(round)
    waiting = next_version(round)
    if waiting is None:
        raise Refused("There are no changes to publish.")
    if digest(definition_being_edited(round)) != seen:
        raise Overtaken()
    if round.phase(at) not in (RoundPhase.UPCOMING, RoundPhase.OPEN):
        raise Refused("The round has closed: what it asked stays as it was.")
    if not note.strip():
        raise Refused("Say what changed and why.", field="note")
    definition, faults = examine(from_json(waiting.definition))
    if wrong := new_faults(faults, examine(definition_published(round))[1]):
        raise Refused(" ".join(in_words(from_json(waiting.definition), fault) for fault in wrong))
    waiting.note, waiting.published_at, waiting.published_by_id = note, at, by.id
    succession = _succeed(round, definition, waiting.number)
    audit.record(round, "published_form", by=by, reason=note, number=waiting.number)
    return succession


def keep_first_version(round: Round, *, by: Person, at: datetime) -> None:
    """The definition as it was published."""
    definition = Json(as_json(definition_published(round)))
    db.session.add(
        RoundVersion(
            round=round, number=round.form_version, definition=definition, made_at=at, made_by_id=by.id,
            published_at=at, published_by_id=by.id,
        )
    )  # fmt: skip


def form_changes(round: Round) -> Sequence[RoundVersion]:
    """The versions that changed the form after it was published, newest first."""
    if round.form_version == 1:
        return []
    changed = select(RoundVersion).where(RoundVersion.round_id == round.id, RoundVersion.number > 1)
    changed = changed.where(RoundVersion.published_at.is_not(None)).order_by(RoundVersion.number.desc())
    return db.session.scalars(changed).all()


def changes_waiting(round: Round) -> list[str]:
    """What the next version would change, one sentence for each piece; none where nothing waits."""
    waiting = None if round.status is RoundStatus.DRAFT else next_version(round)
    if waiting is None:
        return []
    return differences(definition_published(round), from_json(waiting.definition))


def _succeed(round: Round, definition: RoundDefinition, number: int) -> Succession:
    succession = Succession(number)
    standing = round.sections_in(round.form_version)
    staying = _staying(standing, definition.sections, _of_section, _of_section_defined)
    ordered: list[Section] = []
    for place, wanted in enumerate(definition.sections):
        section = staying.get(place)
        if section is None:
            section = _new_section(round, wanted, standing, succession)
        else:
            _succeed_questions(section, wanted, round.form_version, succession)
        ordered.append(section)
    for section in standing:
        if section not in staying.values():
            section.version_until = number
    _renumber(round.sections, ordered)
    round.form_version = number
    round.cross_checks = Json({"checks": [check.settings for check in definition.cross_checks]})
    round.attachment_rules = Json(definition.attachments.settings)
    db.session.flush()
    return succession


def _new_section(
    round: Round, wanted: SectionDefinition, standing: Sequence[Section], succession: Succession
) -> Section:
    section = section_of(wanted, 0)
    section.version_from = succession.number
    for question in section.questions:
        question.version_from = succession.number
    round.sections.append(section)
    db.session.flush()
    before = next((old for old in standing if old.code == section.code and old.per is section.per), None)
    if before is not None:
        succession.sections[before.id] = section.id
        _note_successors(before.questions_in(round.form_version), section.questions, succession)
    return section


def _succeed_questions(section: Section, wanted: SectionDefinition, version: int, succession: Succession) -> None:
    standing = section.questions_in(version)
    staying = _staying(standing, wanted.questions, question_as_defined, lambda question: question)
    ordered: list[Question] = []
    for place, asked in enumerate(wanted.questions):
        question = staying.get(place)
        if question is None:
            question = question_of(asked, 0)
            question.version_from = succession.number
            section.questions.append(question)
        ordered.append(question)
    for question in standing:
        if question not in staying.values():
            question.version_until = succession.number
    _renumber(section.questions, ordered)
    db.session.flush()
    new = [question for question in ordered if question not in standing]
    _note_successors([question for question in standing if question.version_until], new, succession)


def _note_successors(before: Sequence[Question], after: Sequence[Question], succession: Succession) -> None:
    by_code = {(question.code, question.kind): question for question in after}
    for old in before:
        if successor := by_code.get((old.code, old.kind)):
            succession.questions[old.id] = successor


def _of_section(section: Section) -> Hashable:
    return (section.code, section.title, section.intro, section.per)


def _of_section_defined(section: SectionDefinition) -> Hashable:
    return (section.key, section.title, section.intro, section.per)


def _staying(
    standing: Sequence[Row],
    wanted: Sequence[Wanted],
    as_it_is: Callable[[Row], Hashable],
    as_wanted: Callable[[Wanted], Hashable],
) -> dict[int, Row]:
    """The rows that are wanted as they are and in the order they have, by their place among the wanted."""
    matcher = SequenceMatcher(None, [as_it_is(row) for row in standing], [as_wanted(one) for one in wanted], False)
    return {
        block.b + step: standing[block.a + step]
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
    }


def _renumber(rows: Sequence[Row], ordered: Sequence[Row]) -> None:
    """Give all rows, of old versions too, positions in which each version finds its own in its own order.

    New rows come with the position 0.
    """
    line = sorted((row for row in rows if row.position), key=lambda row: row.position)
    at = -1
    for row in ordered:
        if row in line:
            at = line.index(row)
        else:
            at += 1
            line.insert(at, row)
    for position, row in enumerate(line, start=1):
        row.position = position
