"""Writing the trail inside the transaction of the change itself, and proving that nobody touched it since."""

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import event, select, text
from sqlalchemy.orm import Session, SessionTransaction

from grants.audit.models import AuditEvent
from grants.kernel import clock
from grants.kernel.db import Json, Model, db

FIRST_SEAL = "0" * 64
_CHAIN_LOCK = 20_180_322  # any number of our own: PostgreSQL keeps one writer at the end of the chain
_PENDING = "audit_pending"


class Actor(Protocol):
    """Whoever may act: a person, as far as the trail is concerned."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class _Pending:
    subject: Model
    actor_id: int | None
    actor: str
    verb: str
    reason: str
    details: dict[str, Any]
    savepoint: SessionTransaction | None
    """The innermost one that was open: undone with it, the event never was."""


def record(subject: Model, verb: str, *, by: Actor | None, reason: str = "", **details: Any) -> None:
    """Note that `by` did `verb` (in the past tense) to `subject`; written when the change is committed, or not at all.

    `by` is None for the product itself: a command or a job. `details` must be plain JSON.
    """
    actor_id, actor = (by.id, by.name) if by else (None, "the system")
    if not db.session().in_transaction():
        db.session.begin()  # so that taking it back is told to us
    said = _Pending(subject, actor_id, actor, verb, reason, details, db.session().get_nested_transaction())
    db.session.info.setdefault(_PENDING, []).append(said)


def subject_of(row: Model) -> tuple[str, str]:
    """How the trail names a row: its table, and its key, or code, or number where it has none."""
    name = getattr(row, "key", None) or getattr(row, "code", None) or getattr(row, "id", "")
    return row.__tablename__, str(name)


def name_of(row: Model) -> str:
    """What people call a row: its reference, title or name, as far as it has them."""
    said = (getattr(row, name, None) for name in ("reference", "title", "name"))
    return " ".join(str(part) for part in said if part)[:200]


@event.listens_for(db.session, "before_commit")
def _write_pending(session: Session) -> None:
    if session.get_nested_transaction():
        return  # the end of a savepoint, which is no commit yet
    pending: list[_Pending] = session.info.pop(_PENDING, [])
    if not pending:
        return
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CHAIN_LOCK})
    seal = session.scalar(select(AuditEvent.seal).order_by(AuditEvent.id.desc()).limit(1)) or FIRST_SEAL
    at = clock.now()
    for said in pending:
        subject_type, subject_key = subject_of(said.subject)
        row = AuditEvent(
            at=at,
            actor_id=said.actor_id,
            actor=said.actor,
            verb=said.verb,
            subject_type=subject_type,
            subject_key=subject_key,
            subject_name=name_of(said.subject),
            reason=said.reason,
            details=Json(said.details),
            previous_seal=seal,
        )
        row.seal = seal = row.computed_seal()
        session.add(row)
        session.flush()


@event.listens_for(db.session, "after_soft_rollback")
def _forget_undone(session: Session, undone: SessionTransaction) -> None:
    """What a savepoint took back was not done; the rest of the transaction still stands."""
    pending: list[_Pending] = session.info.pop(_PENDING, [])
    if undone.nested:
        session.info[_PENDING] = [said for said in pending if not _lies_in(said.savepoint, undone)]


def _lies_in(savepoint: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while savepoint is not None and savepoint is not outer:
        savepoint = savepoint.parent
    return savepoint is outer


@dataclass(frozen=True)
class Verdict:
    """What a reading of the whole chain found: `head` seals everything before it."""

    events: int
    head: str
    faults: list[str]


def verify(anchor: str = "") -> Verdict:
    """Read the chain from its first event. Every edit, deletion, insertion or swap breaks a seal and is named.

    Rows cut off at the end leave the rest whole: only `anchor`, a head noted earlier outside the database, shows that.
    """
    expected, faults, events, anchored = FIRST_SEAL, [], 0, anchor in ("", FIRST_SEAL)
    for row in db.session.scalars(select(AuditEvent).order_by(AuditEvent.id).execution_options(yield_per=1000)):
        events += 1
        if row.previous_seal != expected:
            faults.append(f"Event {row.id}: the event before it is missing, moved or altered.")
        if row.seal != row.computed_seal():
            faults.append(f"Event {row.id}: what it says was altered after it was written.")
        expected = row.seal
        anchored = anchored or row.seal == anchor
    if not anchored:
        faults.append(
            "The head noted earlier is not in the chain: events at its end were removed or the chain rewritten."
        )
    return Verdict(events, expected, faults)
