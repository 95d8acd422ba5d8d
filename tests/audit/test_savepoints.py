"""Events and savepoints: what is undone was not done, and what stands is told."""

import contextlib

from grants import audit
from grants.audit.models import AuditEvent
from grants.kernel.db import db
from tests.factories import make_person


def verbs(session) -> list[str]:
    return list(session.scalars(db.select(AuditEvent.verb).order_by(AuditEvent.id)))[1:]


def test_an_undone_savepoint_takes_its_own_events_with_it_and_no_others(session):
    person = make_person()
    audit.record(person, "before", by=None)
    with contextlib.suppress(ZeroDivisionError), session.begin_nested():
        audit.record(person, "undone", by=None)
        with session.begin_nested():
            audit.record(person, "undone_within", by=None)
        raise ZeroDivisionError
    with session.begin_nested():
        audit.record(person, "kept", by=None)
    audit.record(person, "after", by=None)
    session.commit()
    assert verbs(session) == ["before", "kept", "after"]


def test_a_transaction_taken_back_leaves_no_event(session):
    person = make_person()
    session.commit()
    audit.record(person, "undone", by=None)
    session.rollback()
    audit.record(person, "done", by=None)
    session.commit()
    assert verbs(session) == ["done"]
