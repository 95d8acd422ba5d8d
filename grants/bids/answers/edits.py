"""What an answer was before: its versions with who and when, and what changed from one to the next."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select
from sqlalchemy.orm import joinedload

from grants.bids.answers.values import in_words
from grants.bids.models import Answer, AnswerEdit
from grants.bids.projects.spots import Spot
from grants.funds.models import Question, Section
from grants.kernel.db import db
from grants.kernel.pages import Page, page_of

VERSIONS_ON_A_PAGE = 10
_TEN_MINUTES = 15
"""How many characters of an instant, `2026-11-21 12:3`, say in which ten minutes it lies, on both engines."""
MOST_WORDS_COMPARED = 4_000


class Change(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Piece:
    change: Change
    text: str


@dataclass(frozen=True)
class Version:
    """One version, newest first in a list: the answer in words as pieces, compared with the version before it."""

    edit: AnswerEdit
    pieces: list[Piece]
    stands: bool


def versions_of(spot: Spot, question: Question, *, every: bool) -> tuple[Page[Version], Answer | None]:
    """A page of versions, and the answer that stands. Without `every` a person's saves within the same ten minutes
    count as one: a page that saves by itself makes many."""
    page = page_of(_edits(spot, question, every=every), size=VERSIONS_ON_A_PAGE)
    answer = _answer(spot, question)
    latest = page.number == 1
    before = _one_before(spot, question, page.rows[-1], every=every) if page.rows else None
    older = [*page.rows[1:], before] if page.rows else []
    asked = {one.id: one for one in db.session.scalars(select(Question).where(Question.id.in_(_same(spot, question))))}
    rows = [
        Version(edit, compared(_words(asked, old), _words(asked, edit)), latest and place == 0)
        for place, (edit, old) in enumerate(zip(page.rows, older, strict=True))
    ]
    return Page(rows, page.number, page.total, page.size), answer


def edit_of(spot: Spot, question: Question, number: str) -> AnswerEdit | None:
    """One version of this answer; None where the number is none, or another answer's."""
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    return db.session.scalar(select(AnswerEdit).where(AnswerEdit.id == int(number), _of(spot, question)))


def _edits(spot: Spot, question: Question, *, every: bool) -> Select[AnswerEdit]:
    """Newest first; the last of each sitting alone unless `every` is asked for."""
    of_this = _of(spot, question)
    wanted = select(AnswerEdit).options(joinedload(AnswerEdit.changed_by, innerjoin=True))
    if every:
        return wanted.where(of_this).order_by(AnswerEdit.id.desc())
    ten_minutes = func.substr(cast(AnswerEdit.changed_at, String), 1, _TEN_MINUTES)
    nexts = (
        select(
            AnswerEdit.id.label("id"),
            AnswerEdit.changed_by_id.label("by"),
            ten_minutes.label("minutes"),
            func.lead(AnswerEdit.changed_by_id).over(order_by=AnswerEdit.id).label("next_by"),
            func.lead(ten_minutes).over(order_by=AnswerEdit.id).label("next_minutes"),
        )
        .where(of_this)
        .subquery()
    )
    last = or_(nexts.c.next_by.is_(None), nexts.c.next_by != nexts.c.by, nexts.c.next_minutes != nexts.c.minutes)
    return wanted.join(nexts, nexts.c.id == AnswerEdit.id).where(last).order_by(AnswerEdit.id.desc())


def _one_before(spot: Spot, question: Question, edit: AnswerEdit, *, every: bool) -> AnswerEdit | None:
    older = _edits(spot, question, every=every).where(AnswerEdit.id < edit.id)
    return db.session.scalar(older.limit(1))


def _of(spot: Spot, question: Question) -> ColumnElement[bool]:
    """That an edit is of this question, as any version of the form had it, for this bid or project."""
    same = _same(spot, question)
    project = AnswerEdit.project_id == spot.project.id if spot.project else AnswerEdit.project_id.is_(None)
    return (AnswerEdit.bid_id == spot.bid.id) & AnswerEdit.question_id.in_(same) & project


def _same(spot: Spot, question: Question) -> Select[int]:
    """The question's ids in all versions of the form."""
    return (
        select(Question.id)
        .join(Section, Section.id == Question.section_id)
        .where(Section.round_id == spot.bid.round_id, Question.code == question.code)
        .where(Section.code == (spot.section.code if spot.section else ""))
    )


def _answer(spot: Spot, question: Question) -> Answer | None:
    project = Answer.project_id == spot.project.id if spot.project else Answer.project_id.is_(None)
    wanted = select(Answer).where(Answer.bid_id == spot.bid.id, Answer.question_id == question.id, project)
    return db.session.scalar(wanted)


def _words(asked: Mapping[int, Question], edit: AnswerEdit | None) -> str:
    """As the question was when it was answered so: by now it may be of another kind."""
    return in_words(asked[edit.question_id], edit.value["is"]) if edit else ""


# --- What changed between two texts


def compared(old: str, new: str) -> list[Piece]:
    """`new` in pieces, with what is gone from `old` where it was: word by word, each with the blanks behind it."""
    before, after = _cut(old), _cut(new)
    return list(_joined(_pieces(before, after)))


def _cut(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)


def _pieces(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    """What both begin and end with is no matter for comparing; of two very long texts the rest is compared whole."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    yield Piece(Change.SAME, "".join(after[:start]))
    yield from _middle(before[start : len(before) - end], after[start : len(after) - end])
    yield Piece(Change.SAME, "".join(after[len(after) - end :]))


def _middle(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    steps = [("replace", 0, len(before), 0, len(after))]
    if max(len(before), len(after)) <= MOST_WORDS_COMPARED:
        steps = list(SequenceMatcher(None, before, after).get_opcodes())
    for what, i, j, k, m in steps:
        if what == "equal":
            yield Piece(Change.SAME, "".join(after[k:m]))
        else:
            yield Piece(Change.REMOVED, "".join(before[i:j]))
            yield Piece(Change.ADDED, "".join(after[k:m]))


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Without empty ones, neighbours of one kind made one."""
    last: Piece | None = None
    for piece in pieces:
        if not piece.text:
            continue
        if last and last.change is piece.change:
            last = Piece(last.change, last.text + piece.text)
            continue
        if last:
            yield last
        last = piece
    if last:
        yield last
