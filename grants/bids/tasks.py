"""The worker's duties in bids: reminders before closing, their own answers after it, old workbooks cleared away."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import current_app

from grants.bids.deadline import reminders
from grants.bids.handing_in import bid_pdf as bid_pdf  # makes what goes with the messages
from grants.bids.workbook import keeping
from grants.funds.deadlines.working_days import bank_holidays
from grants.kernel.db import db, reading

_EVERY = timedelta(minutes=3)
_looked: list[datetime] = []


def remind_now_and_then(at: datetime) -> int:
    """Every few minutes, whatever the pace at which the worker asks."""
    if _looked and abs(at - _looked[0]) < _EVERY:
        return 0
    _looked[:] = [at]
    return remind(at)


def remind(at: datetime) -> int:
    """Write what is due and not yet written; how many messages. Bids are read, never held, so nobody waits for it."""
    with reading():
        written = list(_letters(at))
        db.session.rollback()
    count = reminders.post(written, at) if written else 0
    db.session.commit()
    return count


def clear_now_and_then(at: datetime) -> int:
    """Once a day: workbooks that were sent in and changed nothing. Whether to look at once for more."""
    if not keeping.due(at):
        return 0
    return clear(at)


def clear(at: datetime) -> int:
    """Rows first and committed, then the bytes: a power cut between leaves bytes that check-attachments tells of."""
    gone = keeping.clear_workbooks(at)
    db.session.commit()
    keeping.clear_bytes(gone)
    return len(gone)


def _letters(at: datetime) -> Iterator[reminders.Written]:
    """A bid that cannot be read is logged, and holds up nobody else's letter."""
    base, said = str(current_app.config["BASE_URL"]), dict[int, str]()
    for letter in reminders.reminders_due(at, bank_holidays()):
        try:
            yield reminders.write_reminder(letter, at, base=base, said=said)
        except Exception:
            current_app.logger.exception("A reminder could not be written: %s", letter.once)
    for letter in reminders.copies_due(at):
        yield reminders.write_copy(letter, base=base)
