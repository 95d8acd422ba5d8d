"""The order of a bid's projects, and a project made like another."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from grants.bids.models import Answer, AnswerEdit, Project
from grants.bids.projects.operations import MOST_PROJECTS, ROWS
from grants.bids.projects.rows import made_before
from grants.bids.writing import LONGEST_TITLE, begin_edit, end_edit
from grants.kernel.db import Model, db
from grants.kernel.errors import Refused
from grants.people.models import Person

COPIED = ("council_id", "summary", "optimism_bias", "additionality", "value_note")
_OWN = frozenset({"id", "key", "version", "form_token", "project_id"})
"""What a copied row does not take from the other."""


def move_project(project: Project, *, up: bool, by: Person, at: datetime) -> None:
    """Change places with the project before it, or after it. At the end of the list nothing is done."""
    bid = project.bid
    begin_edit(bid, at=at)
    place = bid.projects.index(project)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(bid.projects):
        return
    neighbour = bid.projects[other]
    project.position, neighbour.position = neighbour.position, project.position
    db.session.flush()
    db.session.expire(bid, ["projects"])
    end_edit(bid, "moved_project", by=by, at=at, what=project.title)


def copy_project(project: Project, *, by: Person, at: datetime, form_token: str | None = None) -> Project:
    """One more project with the same tables and answers, at the end. The same form sent again finds the first copy."""
    bid = project.bid
    begin_edit(bid, at=at)
    made = made_before(Project, form_token)
    if made is not None and made.bid_id == bid.id:
        return made
    if len(bid.projects) >= MOST_PROJECTS:
        raise Refused(f"A bid has at most {MOST_PROJECTS} projects.")
    last = max(one.position for one in bid.projects)
    same = {name: getattr(project, name) for name in COPIED}
    title = f"Copy of {project.title}"[:LONGEST_TITLE]
    copy = Project(bid_id=bid.id, title=title, position=last + 1, form_token=form_token, **same)
    db.session.add(copy)
    db.session.flush()
    for kind in ROWS:
        rows = db.session.scalars(select(kind).where(kind.project_id == project.id).order_by(kind.id))
        db.session.add_all([kind(project_id=copy.id, **values_of_row(row)) for row in rows])
    _copy_answers(project, copy, by=by, at=at)
    db.session.flush()
    db.session.expire(bid, ["projects", "answers"])
    end_edit(bid, "copied_project", by=by, at=at, what=f"{project.title}, as {copy.title}")
    return copy


def values_of_row(row: Model) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key not in _OWN}


def _copy_answers(project: Project, copy: Project, *, by: Person, at: datetime) -> None:
    """The copy's answers begin their history here."""
    said = {"bid_id": copy.bid_id, "project_id": copy.id, "changed_at": at, "changed_by_id": by.id}
    for answer in db.session.scalars(select(Answer).where(Answer.project_id == project.id)):
        same = {"question_id": answer.question_id, "value": answer.value}
        db.session.add_all([Answer(**said, **same), AnswerEdit(**said, **same)])
