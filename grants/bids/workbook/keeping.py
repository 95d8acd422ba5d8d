"""Workbooks that were sent in: which of them are kept, and how those that changed nothing are cleared away."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from werkzeug.datastructures import FileStorage

from grants import audit
from grants.bids.models import Bid, BidWorkbook, LateSave
from grants.files import storage
from grants.files.models import Attachment
from grants.files.operations import keep
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.kernel.jobs import Job, JobState
from grants.people.models import Person

KEPT_FOR = timedelta(days=30)
_EVERY = timedelta(hours=24)
_AT_ONCE = 200
_looked: list[datetime] = []


def keep_workbook(bid: Bid, upload: FileStorage, *, rules: dict[str, Any], by: Person, at: datetime) -> Attachment:
    """Keep what was sent in, until it is taken in or thirty days have gone by. Refused as any file is."""
    kept = keep(upload, rules=rules, by=by, at=at)
    db.session.add(BidWorkbook(bid=bid, attachment=kept))
    db.session.flush()
    return kept


def note_applied(kept: Attachment, *, at: datetime) -> None:
    """It changed the bid: from now on it stays, as the record of what was sent. Refused if it was just cleared away."""
    held = db.session.scalar(select(BidWorkbook).where(BidWorkbook.attachment_id == kept.id).with_for_update())
    if held is None:
        raise Refused("The workbook was sent in too long ago and is no longer there. Send it in again.")
    held.applied_at = held.applied_at or at


def clear_workbooks(at: datetime) -> list[str]:
    """Take away the rows of workbooks that never changed a bid and are older than thirty days, at most 200 at once.

    Gives the names under which their bytes lie: those go after the commit, so that no row is ever without its file.
    One that a job still waits to take in stays, and so does one that came late, which is kept beside its bid.
    """
    old = select(BidWorkbook).join(BidWorkbook.attachment)
    old = old.where(BidWorkbook.applied_at.is_(None), Attachment.uploaded_at < at - KEPT_FOR)
    old = old.where(~exists().where(LateSave.attachment_id == BidWorkbook.attachment_id))
    free = old.with_for_update(of=BidWorkbook, skip_locked=True)  # of two workers, and a person, one has each
    wanted = db.session.scalars(free.order_by(BidWorkbook.id).limit(_AT_ONCE)).all()
    waiting = _waited_for()
    gone = []
    for held in wanted:
        if held.attachment_id in waiting:
            continue
        file = held.attachment
        audit.record(held.bid, "cleared_workbook", by=None, file=file.name, sha256=file.sha256)
        db.session.delete(held)
        db.session.flush()
        db.session.delete(file)
        gone.append(file.stored_as)
    return gone


def _waited_for() -> set[int]:
    """Ids of the files that jobs are still to take in."""
    unended = (JobState.QUEUED, JobState.RUNNING)
    jobs = db.session.scalars(select(Job).where(Job.kind == "bid_workbook", Job.state.in_(unended)))
    return {int(job.arguments["attachment_id"]) for job in jobs}


def clear_bytes(names: list[str]) -> None:
    for name in names:
        storage.remove(name)


def due(at: datetime) -> bool:
    """Once a day, whatever the pace at which the worker asks."""
    if _looked and abs(at - _looked[0]) < _EVERY:
        return False
    _looked[:] = [at]
    return True
