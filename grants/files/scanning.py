"""What becomes of a file between its upload and the scanner's word, and who is told of a bad one."""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Select, and_, func, or_, select, update

from grants import audit
from grants.files import clamd, storage
from grants.files.models import Attachment, ScanState
from grants.kernel.db import db

DOWN = "The scanner did not answer."
_PAUSE = timedelta(minutes=1)
_LONG_PAUSE = timedelta(hours=1)
"""For a file that the scanner could not look at: it is as large a minute later."""

WhenInfected = Callable[[Attachment, datetime], None]
_when_infected: list[WhenInfected] = []


def when_infected(tell: WhenInfected) -> WhenInfected:
    """Name a function to be called, in the same transaction, when something harmful is found in a file."""
    _when_infected.append(tell)
    return tell


def scanner() -> str:
    """The address of the scanner; empty where none is set up."""
    return str(current_app.config.get("CLAMD") or "")


def first_state() -> ScanState:
    """Of a file that was just uploaded."""
    return ScanState.AWAITING if scanner() else ScanState.NOT_SCANNED


def to_scan(at: datetime) -> Select[Attachment]:
    """Files whose turn it is, those never tried first."""
    rested = or_(
        Attachment.scanned_at.is_(None),
        and_(Attachment.scan_said == DOWN, Attachment.scanned_at < at - _PAUSE),
        Attachment.scanned_at < at - _LONG_PAUSE,
    )
    waiting = select(Attachment).where(Attachment.scan == ScanState.AWAITING, rested)
    return waiting.order_by(Attachment.scanned_at.is_not(None), Attachment.id)


def waiting_count() -> int:
    """How many files wait for the scanner."""
    return db.session.scalar(select(func.count(Attachment.id)).where(Attachment.scan == ScanState.AWAITING)) or 0


def verdict(stored_as: str) -> tuple[ScanState, str]:
    """What the scanner makes of a stored file: its state, and what was said. No transaction need be open for it."""
    try:
        found = clamd.found_in(scanner(), storage.chunks(stored_as))
    except clamd.Silent:
        return ScanState.AWAITING, DOWN
    except clamd.Unscanned as why:
        return ScanState.AWAITING, f"The scanner could not look at it: {why}"[:200]
    except storage.NotStored:
        return ScanState.AWAITING, "The file is missing."
    return (ScanState.INFECTED, found[:200]) if found else (ScanState.CLEAN, "")


def note_verdict(attachment: Attachment, state: ScanState, said: str, *, at: datetime) -> bool:
    """Write down what the scanner said, once; False where another worker did so first."""
    mine = update(Attachment).where(Attachment.id == attachment.id, Attachment.scan == ScanState.AWAITING)
    noted = db.session.execute(mine.values(scan=state, scan_said=said, scanned_at=at))
    if not noted.rowcount:  # type: ignore[attr-defined]  # a CursorResult, which the stubs do not say
        return False
    if state is ScanState.INFECTED:
        audit.record(attachment, "found_infected", by=None, what=said, name=attachment.name)
        for tell in _when_infected:
            tell(attachment, at)
    return True


def put_in_line() -> int:
    """Let the scanner look at what was uploaded while there was none; how many files that are."""
    old = update(Attachment).where(Attachment.scan == ScanState.NOT_SCANNED).values(scan=ScanState.AWAITING)
    return int(db.session.execute(old).rowcount)  # type: ignore[attr-defined]  # a CursorResult, as above
