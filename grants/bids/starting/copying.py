"""A new bid made of an earlier one of the same council, as far as the questions match."""

import io
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from werkzeug.datastructures import FileStorage

from grants import audit
from grants.bids.answers.file_answers import put_file
from grants.bids.answers.values import files_in
from grants.bids.models import Answer, AnswerEdit, Bid, BidStatus, Project
from grants.bids.people.places import WRITERS
from grants.bids.projects.order import COPIED, values_of_row
from grants.bids.queries import bid_in_full
from grants.bids.starting.copying_plan import CopiedProject, Plan, planned
from grants.bids.writing import start, started_before
from grants.files import storage
from grants.files.models import Attachment
from grants.files.operations import FileRefused
from grants.funds.models import Round, RoundStatus
from grants.kernel import clock
from grants.kernel.db import Json, db
from grants.kernel.errors import Refused
from grants.people.models import Person

COPIED_FROM = frozenset(
    {
        BidStatus.DRAFT,
        BidStatus.SIGN_OFF,
        BidStatus.SIGNED,
        BidStatus.UNSUCCESSFUL,
        BidStatus.WITHDRAWN,
        BidStatus.INVITED,
        BidStatus.DECLINED,
    }
)
"""A bid that is still judged, or has won, is not made again."""


def may_be_copied(bid: Bid) -> bool:
    """By what its council may know of it; a late bid that was never taken in may be, once its round is announced."""
    left_over = bid.late and bid.taken_in_at is None and bid.round.status is RoundStatus.ANNOUNCED
    return bid.shown_status in COPIED_FROM or left_over


def plan_copy(old: Bid, round: Round, *, by: Person, at: datetime) -> Plan:
    """What a copy would have, for a page; refused where none can be made of this bid. `old` is loaded in full."""
    if not may_be_copied(old):
        raise Refused("A new bid cannot be made of this one as it now stands.")
    day = clock.london(at).date()
    return planned(old, round, leads=by.councils_on(day, *WRITERS), day=day)


def copy_bid(old: Bid, round: Round, *, by: Person, at: datetime, form_token: str | None = None) -> Bid:
    """A draft in `round` with the title, councils, projects and answers of `old` that fit there.

    Refused like any start of a bid. The same form sent again finds the first copy; the token of another form makes
    none, for nothing is copied into a bid that is there.
    """
    if before := started_before(form_token, by):
        return _same_copy(before, old)
    old = bid_in_full(old.id)
    plan = plan_copy(old, round, by=by, at=at)
    seats = plan.seats
    bid = start(
        round, title=old.title, lead=seats.lead, partnership=seats.partnership, members=seats.members,
        accountable=seats.accountable, partners=seats.partners, by=by, at=at, form_token=form_token,
    )  # fmt: skip
    if bid.copied_from_id is not None or bid.started_at != at:  # the same form, sent twice at once
        return _same_copy(bid, old)
    bid.copied_from_id = old.id
    answers: dict[tuple[int | None, int], Any] = {(None, key): value for key, value in plan.answers.items()}
    made = {}
    for position, copied in enumerate(plan.projects, start=1):
        project = made[copied.project.id] = _copy_project(bid, copied, position)
        answers |= {(project.id, question_id): value for question_id, value in copied.answers.items()}
    _keep_answers(bid, answers, by=by, at=at)
    _copy_files(bid, plan, made, by=by, at=at)
    audit.record(bid, "copied", by=by, what=old.reference or old.title, left_out=len(plan.left_out))
    db.session.flush()
    db.session.expire(bid, ["answers", "projects", "attachments"])
    return bid


def _same_copy(made: Bid, old: Bid) -> Bid:
    if made.copied_from_id != old.id:
        raise Refused("This form has made another bid already. Open the page again.")
    return made


def _copy_project(bid: Bid, copied: CopiedProject, position: int) -> Project:
    same = {name: getattr(copied.project, name) for name in COPIED}
    same |= {"council_id": copied.council.id, "title": copied.project.title}
    project = Project(bid_id=bid.id, position=position, **same)
    db.session.add(project)
    db.session.flush()
    for row, changes in copied.rows:
        db.session.add(type(row)(**{**values_of_row(row), **changes, "project_id": project.id}))
    return project


def _keep_answers(bid: Bid, values: Mapping[tuple[int | None, int], Any], *, by: Person, at: datetime) -> None:
    """They begin their history here."""
    said = {"bid_id": bid.id, "changed_at": at, "changed_by_id": by.id, "late": False}
    rows = [
        {**said, "project_id": project_id, "question_id": question_id, "value": Json({"is": value})}
        for (project_id, question_id), value in values.items()
    ]
    if rows:
        db.session.execute(insert(Answer), [{**row, "version": 1} for row in rows])
        db.session.execute(insert(AnswerEdit), rows)


def _copy_files(bid: Bid, plan: Plan, made: Mapping[int, Project], *, by: Person, at: datetime) -> None:
    """Files that answer a question of both forms, stored once more so that each bid has its own. One that the new
    question does not take, or that is no longer there, is left out."""
    held = {held.attachment.key: held.attachment for held in plan.old.attachments if held.removed_at is None}
    for question, old_project, value in plan.files:
        project = made[old_project.id] if old_project else None
        for one in files_in(value):
            if one["key"] in held:
                with suppress(FileRefused, storage.NotStored):
                    put_file(bid, question, _upload(held[one["key"]]), project=project, by=by, at=at)


def _upload(attachment: Attachment) -> FileStorage:
    return FileStorage(io.BytesIO(b"".join(storage.chunks(attachment.stored_as))), filename=attachment.name)


def earlier_bid(bid: Bid) -> Bid | None:
    """The bid that this one was made of."""
    if bid.copied_from_id is None:
        return None
    return db.session.scalar(select(Bid).where(Bid.id == bid.copied_from_id))
