"""Who is on which part of a bid, and what colleagues say of it: a fixed number of queries for a whole bid."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import contains_eager, joinedload

from grants.bids.models import BEING_WRITTEN, Bid, Comment, Project, Task
from grants.bids.people.places import written_by
from grants.bids.projects.spots import Spot
from grants.bids.queries import visible_bids
from grants.funds.deadlines.closing import closing_for
from grants.funds.models import Question, Section
from grants.kernel.db import db, found
from grants.kernel.pages import Page, page_of
from grants.people.models import Person

MOST_ON_DESK = 20


class Where(NamedTuple):
    """By codes and not by rows, so that a question changed while its round is open keeps what was said of it."""

    project_id: int | None
    section: str = ""
    question: str = ""


@dataclass(frozen=True)
class Colleagues:
    """Who is on what, and how many comments are not settled."""

    tasks: dict[Where, Task] = field(default_factory=dict)
    comments: dict[Where, int] = field(default_factory=dict)

    def names_at(self, project: Project | None, section: Section | None) -> str:
        """Who is on this spot or a question of it; on a project, who is on any part of it."""
        on_it = [task.person.name for where, task in self.tasks.items() if _lies_at(where, project, section)]
        return ", ".join(sorted(set(on_it)))

    def comments_at(self, project: Project | None, section: Section | None) -> int:
        return sum(count for where, count in self.comments.items() if _lies_at(where, project, section))


def _lies_at(where: Where, project: Project | None, section: Section | None) -> bool:
    same_project = where.project_id == (project.id if project else None)
    return same_project and (section is None or where.section == section.code)


def colleagues_on(bid: Bid) -> Colleagues:
    """Two queries, however many sections and colleagues."""
    standing = select(Task, Section.code, Question.code).where(Task.bid_id == bid.id, Task.ended_at.is_(None))
    tasks = db.session.execute(
        standing.outerjoin(Section, Section.id == Task.section_id)
        .outerjoin(Question, Question.id == Task.question_id)
        .options(joinedload(Task.person, innerjoin=True).lazyload(Person.appointments))
        .order_by(Task.id)
    )
    where = (Comment.project_id, Section.code, Question.code)
    open_ones = select(*where, func.count()).where(Comment.bid_id == bid.id, Comment.settled_at.is_(None))
    comments = db.session.execute(
        open_ones.outerjoin(Section, Section.id == Comment.section_id)
        .outerjoin(Question, Question.id == Comment.question_id)
        .group_by(*where)
    )
    return Colleagues(
        {Where(task.project_id, section or "", question or ""): task for task, section, question in tasks},
        {Where(project, section or "", question or ""): count for project, section, question, count in comments},
    )


def tasks_at(spot: Spot) -> list[tuple[Task, Question | None]]:
    """Who is on this spot or on one question of it, the whole spot first."""
    rows = db.session.execute(
        select(Task, Question)
        .outerjoin(Section, Section.id == Task.section_id)
        .outerjoin(Question, Question.id == Task.question_id)
        .where(Task.bid_id == spot.bid.id, Task.ended_at.is_(None), *_at(spot, Task))
        .options(joinedload(Task.person, innerjoin=True))
        .order_by(Task.question_id.is_not(None), Question.position, Task.id)
    )
    return [(task, question) for task, question in rows]


def comments_at(spot: Spot) -> Page[tuple[Comment, Question | None]]:
    """(comment, the question it is about or None) rows, newest first, a page at a time."""
    rows = select(Comment).add_columns(Question).outerjoin(Section, Section.id == Comment.section_id)
    rows = rows.outerjoin(Question, Question.id == Comment.question_id)
    rows = rows.where(Comment.bid_id == spot.bid.id, *_at(spot, Comment)).order_by(Comment.id.desc())
    return page_of(rows.options(joinedload(Comment.person, innerjoin=True)), scalars=False)


def speakers_at(spot: Spot) -> set[int]:
    """Ids of the people who commented there."""
    said = select(Comment.person_id).outerjoin(Section, Section.id == Comment.section_id).distinct()
    return set(db.session.scalars(said.where(Comment.bid_id == spot.bid.id, *_at(spot, Comment))))


def _at(spot: Spot, kind: type[Task] | type[Comment]) -> list[ColumnElement[bool]]:
    project = kind.project_id == spot.project.id if spot.project else kind.project_id.is_(None)
    section = Section.code == spot.section.code if spot.section else kind.section_id.is_(None)
    return [project, section]


def task_of(bid: Bid, key: str) -> Task:
    """A task of this bid; NotFound for any other's."""
    return found(select(Task).where(Task.bid_id == bid.id, Task.key == key))


def comment_of(bid: Bid, key: str) -> Comment:
    return found(select(Comment).where(Comment.bid_id == bid.id, Comment.key == key))


def spot_of(bid: Bid, row: Task | Comment) -> tuple[Spot, Question | None]:
    """Where a task or a comment of this bid lies. The spot comes without its other questions."""
    found_row = db.session.execute(
        select(Project, Section, Question)
        .select_from(Bid)
        .outerjoin(Project, Project.id == row.project_id)
        .outerjoin(Section, Section.id == row.section_id)
        .outerjoin(Question, Question.id == row.question_id)
        .where(Bid.id == bid.id)
    ).one()
    project, section, question = found_row
    return Spot(bid, project, section, []), question


class MyTask(NamedTuple):
    task: Task
    project: Project | None
    section: Section | None
    question: Question | None


def my_tasks(person: Person, day: date) -> Sequence[MyTask]:
    """What colleagues gave this person in bids that are still being written and that the person writes for."""
    mine = visible_bids(person, day).where(written_by(person, day), Bid.status.in_(BEING_WRITTEN))
    rows = db.session.execute(
        select(Task, Project, Section, Question)
        .join(Task.bid)
        .join(Bid.round)
        .outerjoin(Project, Project.id == Task.project_id)
        .outerjoin(Section, Section.id == Task.section_id)
        .outerjoin(Question, Question.id == Task.question_id)
        .where(Task.person_id == person.id, Task.ended_at.is_(None))
        .where(Bid.id.in_(mine.order_by(None).with_only_columns(Bid.id)))
        .options(contains_eager(Task.bid).contains_eager(Bid.round))
        .order_by(closing_for(Bid.lead_council_id), Task.id)
        .limit(MOST_ON_DESK)
    )
    return [MyTask(*row) for row in rows]
