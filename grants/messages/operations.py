"""Writing messages with the change they tell of, and sending them once it is committed."""

import logging
from datetime import datetime, timedelta

from flask_mailman import EmailMessage
from sqlalchemy import select, update

from grants.kernel import clock
from grants.kernel.db import Json, db, reading
from grants.messages import enclosures
from grants.messages.models import Message

_log = logging.getLogger(__name__)
MOST_TRIES = 8
_FIRST_PAUSE = timedelta(minutes=1)


def tell(
    to: str,
    subject: str,
    body: str,
    *,
    at: datetime,
    person_id: int | None = None,
    once: str | None = None,
    enclosure: Json | None = None,
) -> Message | None:
    """Put a message in the outbox. None if `once` says that it was told already.

    `enclosure` is `{"kind": ..., "of": ...}`, a file that is made when the message is sent (see enclosures.py).
    """
    if once and db.session.scalar(select(Message.id).where(Message.once == once)):
        return None
    message = Message(
        to=to,
        person_id=person_id,
        subject=" ".join(subject.split())[:200],
        body=body,
        enclosure=enclosure,
        once=once,
        written_at=at,
        send_after=at,
    )
    db.session.add(message)
    return message


def send_waiting(at: datetime, *, most: int = 100) -> int:
    """Send what is due; how many went out.

    One that fails is tried again after a pause that doubles, and stays in the outbox with its error for all to see.
    """
    due = (
        select(Message.id)
        .where(Message.sent_at.is_(None), Message.send_after <= at, Message.tries < MOST_TRIES)
        .order_by(Message.send_after, Message.id)
        .limit(most)
    )
    waiting = db.session.scalars(due).all()
    db.session.rollback()
    return sum(_send(message_id, at) for message_id in waiting)


def _send(message_id: int, at: datetime) -> bool:
    """Take a message, send it, and note what came of it: no transaction stays open while a mail server thinks.

    Taking it counts a try and puts the next one off, so that two workers never send the same, and a stop in between
    repeats this one at most.
    """
    pause = _FIRST_PAUSE * 2 ** (db.session.scalar(select(Message.tries).where(Message.id == message_id)) or 0)
    free = update(Message).where(Message.id == message_id, Message.sent_at.is_(None), Message.send_after <= at)
    taken = db.session.execute(free.values(tries=Message.tries + 1, send_after=clock.now() + pause))
    db.session.commit()
    if not taken.rowcount:  # type: ignore[attr-defined]  # a CursorResult, which the stubs do not say
        return False
    message = db.session.get_one(Message, message_id)
    email, enclosure = EmailMessage(subject=message.subject, body=message.body, to=[message.to]), message.enclosure
    db.session.rollback()
    error = _fault_in_enclosing(email, enclosure) or _fault_in_sending(email)
    outcome = {"last_error": error} if error else {"last_error": "", "sent_at": clock.now()}
    db.session.execute(update(Message).where(Message.id == message_id).values(outcome))
    db.session.commit()
    return not error


def _fault_in_enclosing(email: EmailMessage, enclosure: Json | None) -> str:
    """Make the file that goes with the message. Whatever hinders it is a failed try, as a silent mail server is."""
    if enclosure is None:
        return ""
    try:
        with reading():
            file = enclosures.made(enclosure)
    except Exception as fault:  # noqa: BLE001 - whatever a room meets while it makes its file
        _log.exception("The enclosure %s could not be made.", enclosure)
        return f"{type(fault).__name__}: {fault}"
    finally:
        db.session.rollback()
    email.attach(file.name, file.content, file.content_type)
    return ""


def _fault_in_sending(email: EmailMessage) -> str:
    """ValueError: an address or text that no e-mail can carry. What fails on the way to the server is an OSError."""
    try:
        email.send()
    except (OSError, ValueError) as fault:
        return f"{type(fault).__name__}: {fault}"
    return ""
