"""One section of a bid with its questions and answers, read in one query: for its page and its save."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, select
from sqlalchemy.orm import aliased, contains_eager
from werkzeug.exceptions import NotFound

from grants.bids.models import Answer, Bid, Project
from grants.bids.people.places import written_by
from grants.bids.queries import visible_bids
from grants.funds.models import Asked, Question, Round, Section
from grants.kernel.db import db
from grants.people.models import Person


@dataclass
class SectionPage:
    """One section of one bid, or of one of its projects, with the answers it has so far by question id."""

    bid: Bid
    section: Section
    project: Project | None
    questions: list[Question]
    answers: dict[int, Answer]

    @property
    def came_late(self) -> list[Question]:
        """Whose last answer came after closing and is kept beside the one in time."""
        late = {question_id for question_id, answer in self.answers.items() if answer.late}
        return [question for question in self.questions if question.id in late]

    def values(self) -> dict[str, object]:
        """The value of each question by its code; None where there is none yet."""
        return {q.code: self.answers[q.id].value["is"] if q.id in self.answers else None for q in self.questions}


def section_to_write(
    person: Person, key: str, code: str, project_key: str | None, *, on: date, hold: bool = False
) -> SectionPage:
    """A section of a bid that this person writes for, read in one query; NotFound for what is not theirs.

    To be saved it must be held: then, of two people who save the same bid, the second reads what the first has saved.
    """
    mine = visible_bids(person, on).where(Bid.key == key, written_by(person, on))
    return section_of(mine, Section.code == code, project_key, hold=hold)


def section_of(bids: Select[Bid], which: ColumnElement[bool], project_key: str | None, *, hold: bool) -> SectionPage:
    """The section that `which` names, of the one bid in `bids`; its row held against other writers if asked for."""
    condition = bids.whereclause
    assert condition is not None  # nobody asks for a section of any bid whatever
    wanted = _sections(of_project=project_key is not None, hold=hold).where(condition, which)
    rows = _held(wanted, project_key) if hold else _rows(wanted, project_key)
    if not rows or (project_key is not None and rows[0][3] is None):
        raise NotFound
    bid, section, _, project = rows[0][:4]
    answers = {row[2].id: row[4] for row in rows if row[4] is not None}
    return SectionPage(bid, section, project, [row[2] for row in rows], answers)


@cache
def _sections(*, of_project: bool, hold: bool) -> Any:
    """(bid, section, question, project, answer) rows of every section, and the bid's version where it is held: what
    is the same for everybody, put together once, since every save asks for it."""
    per = Asked.PROJECT if of_project else Asked.BID
    in_project = Project.key == bindparam("project_key") if of_project else false()
    same_project = Answer.project_id == Project.id if of_project else Answer.project_id.is_(None)
    wanted: Any = (
        select(Bid, Section, Question, Project, Answer)
        .join(Bid.round)
        .join(Section, and_(Section.round_id == Round.id, Section.per == per, Section.stands_in(Bid.form_version)))
        .join(Question, and_(Question.section_id == Section.id, Question.stands_in(Bid.form_version)))
        .outerjoin(Project, and_(Project.bid_id == Bid.id, in_project))
        .outerjoin(Answer, and_(Answer.question_id == Question.id, Answer.bid_id == Bid.id, same_project))
        .options(contains_eager(Bid.round))
        .order_by(Question.position)
        .execution_options(populate_existing=True)
    )
    if not hold:
        return wanted
    before = aliased(Bid)
    return wanted.join(before, before.id == Bid.id).add_columns(before.version).with_for_update(of=Bid)


def _rows(wanted: Select[Any], project_key: str | None) -> Sequence[Any]:
    return db.session.execute(wanted, {"project_key": project_key} if project_key is not None else {}).all()


def _held(locking: Select[Any], project_key: str | None) -> Sequence[Any]:
    """The rows with the bid held. PostgreSQL, where it has to wait for the bid, looks for the other rows before: then
    they are from before the save that was waited for, and are read again. The last column tells, being the bid's
    version as of before."""
    rows = _rows(locking, project_key)
    waited = not rows or rows[0][-1] != rows[0][0].version
    return _rows(locking, project_key) if waited else rows
