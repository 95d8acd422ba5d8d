"""The trail: written with the change, read by those who may, and proof against anyone who tampers with it."""

import pytest
from sqlalchemy import exc, select, text

from grants import audit
from grants.audit.models import AuditEvent
from grants.audit.operations import FIRST_SEAL, verify
from grants.kernel.db import db
from grants.people.models import Person
from grants.people.roles import Role
from tests.factories import make_person, sign_in


@pytest.fixture
def events(session):
    """Five events and the head that seals them."""
    person = make_person(name="Ada Ward")
    db.session.commit()
    for number in range(4):
        audit.record(person, "noted", by=person, reason=f"Reason {number}", number=number)
        db.session.commit()
    return db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()


@pytest.fixture
def tamper(session):
    """Run SQL as someone who owns the database and has taken the triggers away."""

    def run(*statements):
        if db.engine.dialect.name == "sqlite":
            statements = [f"DROP TRIGGER IF EXISTS audit_event_no_{c}" for c in ("update", "delete")] + list(statements)
        else:
            statements = ["SET LOCAL session_replication_role = replica", *statements]
        for statement in statements:
            db.session.execute(text(statement))
        db.session.commit()

    return run


def test_a_whole_chain_verifies_and_knows_its_heads(events):
    verdict = verify()
    assert (verdict.events, verdict.faults, verdict.head) == (5, [], events[-1].seal)
    assert verify(events[2].seal).faults == []
    assert events[0].previous_seal == FIRST_SEAL


def test_an_edit_is_found_at_its_event(events, tamper):
    tamper(f"UPDATE audit_event SET reason = 'Another' WHERE id = {events[2].id}")
    assert verify().faults == [f"Event {events[2].id}: what it says was altered after it was written."]


@pytest.mark.parametrize(
    "change",
    ["actor = 'Nobody'", "verb = 'other'", "subject_key = 'x'", "actor_id = NULL", "at = '2001-01-01 00:00:00'"],
)
def test_no_part_of_an_event_can_be_edited_unseen(events, tamper, change):
    tamper(f"UPDATE audit_event SET {change} WHERE id = {events[2].id}")
    assert len(verify().faults) == 1


def test_a_deletion_is_found_after_the_gap(events, tamper):
    tamper(f"DELETE FROM audit_event WHERE id = {events[1].id}")
    assert verify().faults == [f"Event {events[2].id}: the event before it is missing, moved or altered."]


def test_the_first_event_is_missed_too(events, tamper):
    tamper(f"DELETE FROM audit_event WHERE id = {events[0].id}")
    assert len(verify().faults) == 1


def test_two_events_that_change_places_are_found(events, tamper):
    a, b = events[1].id, events[2].id
    tamper(
        f"UPDATE audit_event SET id = -1 WHERE id = {a}",
        f"UPDATE audit_event SET id = {a} WHERE id = {b}",
        f"UPDATE audit_event SET id = {b} WHERE id = -1",
    )
    assert len(verify().faults) == 3


def test_an_event_pushed_in_with_an_old_date_is_found(events, tamper):
    last = events[4].id
    tamper(
        f"UPDATE audit_event SET id = {last + 1} WHERE id = {last}",
        "INSERT INTO audit_event "
        "(id, at, actor, verb, subject_type, subject_key, subject_name, reason, details, previous_seal, seal) VALUES "
        f"({last}, '2001-01-01 00:00:00', 'x', 'x', 'x', 'x', 'x', '', '{{}}', '{events[3].seal}', 'made up')",
    )
    assert len(verify().faults) == 2


def test_a_cut_at_the_end_is_found_by_a_head_noted_before(events, tamper):
    head = verify().head
    tamper(f"DELETE FROM audit_event WHERE id > {events[2].id}")
    assert verify().faults == []
    assert "The head noted earlier is not in the chain" in verify(head).faults[0]


def test_a_chain_started_anew_is_found_by_a_head_noted_before(events, tamper):
    head = verify().head
    tamper("DELETE FROM audit_event")
    make_person()
    db.session.commit()
    assert verify().faults == []
    assert len(verify(head).faults) == 1


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET reason = 'x'", "DELETE FROM audit_event"])
def test_the_product_itself_can_alter_nothing(events, statement):
    with pytest.raises(exc.DatabaseError, match="only ever added to"):
        db.session.execute(text(statement))
    db.session.rollback()
    assert verify().faults == []


@pytest.mark.postgres
def test_the_table_cannot_be_emptied(events):
    with pytest.raises(exc.DatabaseError, match="only ever added to"):
        db.session.execute(text("TRUNCATE audit_event CASCADE"))
    db.session.rollback()


def test_what_is_undone_leaves_no_event(session):
    person = make_person()
    db.session.commit()
    audit.record(person, "noted", by=person)
    db.session.rollback()
    make_person()
    db.session.commit()
    assert "noted" not in db.session.scalars(select(AuditEvent.verb)).all()


def test_the_command_says_head_and_faults(events, tamper, app):
    run, head = app.test_cli_runner().invoke, events[-1].seal
    db.session.commit()
    said = run(args=["verify-audit"])
    assert (said.exit_code, f"5 events, head {head}" in said.output) == (0, True)
    assert run(args=["verify-audit", "--anchor", head]).exit_code == 0
    assert run(args=["verify-audit", "--anchor", "f" * 64]).exit_code == 1
    altered = events[2].id
    tamper(f"UPDATE audit_event SET reason = 'Another' WHERE id = {altered}")
    said = run(args=["verify-audit"])
    assert said.exit_code == 1
    assert f"Event {altered}: what it says was altered" in said.output


def test_the_trail_is_read_by_auditors_and_administrators_alone(events, client):
    for role in Role:
        sign_in(client, make_person(role))
        expected = 200 if role in (Role.AUDITOR, Role.ADMINISTRATOR) else 403
        assert client.get("/audit").status_code == expected, role
        assert client.get(f"/audit/person/{events[0].subject_key}").status_code == expected, role


def test_the_trail_is_found_by_kind_person_and_day(events, client):
    sign_in(client, make_person(Role.AUDITOR))
    assert client.get("/audit?kind=person&actor=ada").text.count("Reason ") == 4
    assert "Nothing here fits" in client.get("/audit?actor=nobody%25").text
    day = events[0].at.date()
    asked = f"since-day={day.day}&since-month={day.month}&since-year={day.year}"
    assert client.get(f"/audit?{asked}").text.count("Reason ") == 4
    assert (
        "Nothing here fits"
        in client.get(f"/audit?{asked.replace('since', 'until').replace(str(day.year), '2001')}").text
    )
    assert client.get("/audit/person/nobody").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "since-day=30&since-month=2&since-year=2018",
        "until-day=31&until-month=12&until-year=9999",
        "since-day=1&since-month=1&since-year=0001",
        "kind=nothing&page=0",
        "actor=" + "%25" * 400,
    ],
)
def test_odd_questions_are_answered(events, client, query):
    sign_in(client, make_person(Role.AUDITOR))
    assert client.get(f"/audit?{query}").status_code == 200


def test_what_people_typed_is_shown_and_never_run(events, client):
    person = make_person(name="<script>alert(1)</script>")
    audit.record(person, "noted", by=person, reason="<img src=x onerror=alert(1)>", odd="<b>")
    sign_in(client, make_person(Role.AUDITOR))
    page = client.get("/audit").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;b&gt;" in page


def test_an_event_says_what_people_called_its_subject_then(session, events):
    person = db.session.scalars(select(Person)).one()
    person.name = "Ada Marsh"
    audit.record(person, "renamed", by=person)
    db.session.commit()
    names = db.session.scalars(select(AuditEvent.subject_name).order_by(AuditEvent.id)).all()
    assert (names[0], names[-1]) == ("Ada Ward", "Ada Marsh")
