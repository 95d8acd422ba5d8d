"""Giving a part of a bid to a colleague, taking it back, and saying that it is done."""

from datetime import datetime

from sqlalchemy import select

from grants import audit
from grants.bids.models import Bid, Task
from grants.bids.people.people_on import people_on
from grants.bids.projects.spots import Spot
from grants.bids.writing import hold
from grants.funds.models import Question
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.operations import tell
from grants.people.models import Person


def give_task(spot: Spot, question: Question | None, person: Person, *, by: Person, at: datetime) -> Task:
    """Let `person` be on this spot, or on one question of it, in place of whoever was. Given twice, it is given once.

    Refused unless the bid is being written and the person may write it. Signatures are not touched: nothing of the
    bid itself changes.
    """
    _check_written(spot.bid)
    if person not in people_on(spot.bid, clock.london(at).date(), writing=True):
        raise Refused(f"{person.name} cannot write in this bid.", field="person")
    before = _standing(spot, question)
    if before is not None and before.person_id == person.id:
        return before
    if before is not None:
        before.ended_at = at
    task = Task(
        bid=spot.bid,
        project_id=spot.project.id if spot.project else None,
        section_id=spot.section.id if spot.section else None,
        question_id=question.id if question else None,
        person=person,
        given_by_id=by.id,
        given_at=at,
    )
    db.session.add(task)
    db.session.flush()
    what = spot.titled(question)
    audit.record(spot.bid, "gave_task", by=by, what=what, to=person.name)
    if person is not by:
        _tell_given(task, what, by=by, at=at)
    return task


def _check_written(bid: Bid) -> None:
    hold(bid)
    if not bid.being_written:
        raise Refused("This bid can no longer be changed.")


def _standing(spot: Spot, question: Question | None) -> Task | None:
    """The task on exactly this spot, or exactly this question, that has not ended."""
    tasks = select(Task).where(Task.bid_id == spot.bid.id, Task.ended_at.is_(None))
    for column, row in (
        (Task.project_id, spot.project),
        (Task.section_id, spot.section),
        (Task.question_id, question),
    ):
        tasks = tasks.where(column == row.id if row else column.is_(None))
    return db.session.scalar(tasks.order_by(Task.id.desc()))


def _tell_given(task: Task, what: str, *, by: Person, at: datetime) -> None:
    body = (
        f"Hello {task.person.name}\n\n{by.name} has given you a part of the bid “{task.bid.title}” "
        f"({task.bid.round.name}) to write: {what}.\n\nYou find it on your home page when you sign in.\n"
    )
    tell(
        task.person.email, f"For you to write: {task.bid.title}", body,
        at=at, person_id=task.person_id, once=f"task-{task.key}",
    )  # fmt: skip


def take_back_task(task: Task, what: str, *, by: Person, at: datetime) -> None:
    """Nobody is on it any more. `what` is the title of the spot, for the trail."""
    _check_written(task.bid)
    _end(task, at=at)
    audit.record(task.bid, "took_back_task", by=by, what=what, to=task.person.name)


def finish_task(task: Task, what: str, *, by: Person, at: datetime) -> None:
    """Whoever is on it says that it is done; who gave it is told."""
    _check_written(task.bid)
    if task.person_id != by.id:
        raise Refused(f"Only {task.person.name} can say that this is done. You can take it back.")
    _end(task, at=at)
    audit.record(task.bid, "finished_task", by=by, what=what)
    giver = db.session.get(Person, task.given_by_id)
    if giver is not None and giver.active and giver.id != by.id:
        body = f"Hello {giver.name}\n\n{by.name} has finished a part of the bid “{task.bid.title}”: {what}.\n"
        done = f"task-done-{task.key}"
        tell(giver.email, f"Done: {task.bid.title}", body, at=at, person_id=giver.id, once=done)


def _end(task: Task, *, at: datetime) -> None:
    db.session.refresh(task)
    if task.ended_at is not None:
        raise Refused("This was ended meanwhile.")
    task.ended_at = at
