"""Reading the trail."""

from datetime import datetime

from sqlalchemy import Select, select

from grants.audit.models import AuditEvent
from grants.audit.operations import subject_of
from grants.kernel.db import Model
from grants.kernel.text import like


def trail(subject: Model) -> Select[AuditEvent]:
    """What happened to one row, newest first."""
    subject_type, subject_key = subject_of(subject)
    return events(subject_type=subject_type, subject_key=subject_key)


def events(
    *,
    subject_type: str = "",
    subject_key: str = "",
    actor_id: int | None = None,
    actor: str = "",
    since: datetime | None = None,
    before: datetime | None = None,
) -> Select[AuditEvent]:
    """All events, newest first, narrowed by what is given; `actor` is a part of a name, `before` is not included."""
    found = select(AuditEvent).order_by(AuditEvent.id.desc())
    if subject_type:
        found = found.where(AuditEvent.subject_type == subject_type)
    if subject_key:
        found = found.where(AuditEvent.subject_key == subject_key)
    if actor_id is not None:
        found = found.where(AuditEvent.actor_id == actor_id)
    if actor:
        found = found.where(AuditEvent.actor.ilike(like(actor), escape="\\"))
    if since is not None:
        found = found.where(AuditEvent.at >= since)
    if before is not None:
        found = found.where(AuditEvent.at < before)
    return found


def subject_types() -> Select[str]:
    """Every kind of thing that something has happened to."""
    return select(AuditEvent.subject_type).distinct().order_by(AuditEvent.subject_type)
