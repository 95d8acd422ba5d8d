"""Long work: a row that says what is to be done, a worker that leases it, a progress bar for who waits.

A worker that is killed leaves its lease to run out, and the next one begins the job again; a job therefore commits its
whole effect once, at its end. There is no broker: workers ask the table (see docs/decisions).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from grants.kernel import clock
from grants.kernel.db import Json, Keyed, Model, db, new_key
from grants.kernel.errors import Refused

LEASE = timedelta(minutes=5)
MOST_TRIES = 3


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Keyed, Model):
    """One piece of long work. `result` is an address within the product where its outcome can be seen."""

    __table_args__ = (
        CheckConstraint("done_steps >= 0 AND steps >= 0", name="progress_counted"),
        Index("ix_job_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    arguments: Mapped[Json]
    state: Mapped[JobState] = mapped_column(default=JobState.QUEUED)
    steps: Mapped[int] = mapped_column(default=0)
    done_steps: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(16))
    leased_until: Mapped[datetime | None]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    ended_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(Text, default="")


Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all)."""
Handler = Callable[[Job, Progress], str]
"""Does the work of a job, commits nothing, and returns the address of what came of it."""

_handlers: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Name the function that does jobs of `kind`."""

    def name(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return name


def ask(kind: str, title: str, *, by_id: int | None, **arguments: Any) -> Job:
    """Put a job in the queue; it is begun after the commit."""
    job = Job(kind=kind, title=title, arguments=Json(arguments), asked_at=clock.now(), asked_by_id=by_id)
    db.session.add(job)
    return job


def claim(at: datetime) -> Job | None:
    """Lease the oldest job that waits, or whose worker fell silent. Two workers never hold the same one."""
    free = or_(Job.state == JobState.QUEUED, (Job.state == JobState.RUNNING) & (Job.leased_until < at))
    oldest = select(Job.id).where(free).order_by(Job.id).limit(1).with_for_update(skip_locked=True)
    job_id = db.session.scalar(oldest)
    if job_id is None:
        db.session.rollback()
        return None
    lease = new_key()
    taken = (
        update(Job)
        .where(Job.id == job_id, free)
        .values(state=JobState.RUNNING, lease=lease, leased_until=at + LEASE, tries=Job.tries + 1, done_steps=0)
    )
    db.session.execute(taken, execution_options={"synchronize_session": False})
    db.session.commit()
    return db.session.scalar(select(Job).where(Job.id == job_id, Job.lease == lease))


def run_next(at: datetime) -> bool:
    """Do one waiting job to its end; False if there was none."""
    job = claim(at)
    if job is None:
        return False
    job_id, lease = job.id, job.lease
    try:
        result = _handlers[job.kind](job, _progress_of(job_id, lease))
        _end(job_id, lease, JobState.DONE, result=result)
    except Refused as refusal:
        db.session.rollback()
        _end(job_id, lease, JobState.FAILED, error=str(refusal))
    except Exception as fault:
        db.session.rollback()
        if job.tries < MOST_TRIES:
            _end(job_id, lease, JobState.QUEUED, error=f"{type(fault).__name__}: {fault}")
        else:
            _end(job_id, lease, JobState.FAILED, error="Something went wrong on our side. We have kept what you sent.")
        raise
    return True


def _progress_of(job_id: int, lease: str | None) -> Progress:
    """Progress is told outside the job's own transaction, so that it can be seen before the job ends."""

    def progress(done: int, steps: int) -> None:
        if db.engine.dialect.name == "sqlite":
            return  # one writer at a time: the job holds the pen until it ends
        with db.engine.begin() as connection:
            told = update(Job).where(Job.id == job_id, Job.lease == lease)
            connection.execute(told.values(done_steps=done, steps=steps, leased_until=clock.now() + LEASE))

    return progress


def _end(job_id: int, lease: str | None, state: JobState, *, result: str = "", error: str = "") -> None:
    """Commit the job's effect together with its end; a worker that lost its lease commits nothing."""
    ended = update(Job).where(Job.id == job_id, Job.lease == lease)
    values = {"state": state, "result": result, "error": error, "ended_at": clock.now(), "leased_until": None}
    done = db.session.execute(ended.values(values), execution_options={"synchronize_session": False})
    if done.rowcount:  # type: ignore[attr-defined]  # a CursorResult, which the stubs do not say
        db.session.commit()
    else:
        db.session.rollback()
