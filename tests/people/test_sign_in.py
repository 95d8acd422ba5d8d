"""Signing in and out."""

from datetime import timedelta

import pytest

from grants.kernel.errors import Refused
from grants.people import operations as people
from grants.people.roles import Role
from tests.factories import NOW, PASSWORD, make_person, sign_in


def test_the_right_password_opens_the_door(session, client):
    person = make_person(Role.AUDITOR, password=PASSWORD)
    answer = client.post("/sign-in", data={"email": person.email.upper(), "password": PASSWORD})
    assert answer.status_code == 302
    assert f"Hello, {person.name}" in client.get("/").text


def test_every_wrong_try_is_refused_in_the_same_words(session, client):
    person = make_person(password=PASSWORD)
    known = client.post("/sign-in", data={"email": person.email, "password": "wrong"}).text
    unknown = client.post("/sign-in", data={"email": "nobody@example.org", "password": "wrong"}).text
    assert people.WRONG in known
    assert people.WRONG in unknown


def test_ten_wrong_passwords_lock_the_account_and_five_minutes_unlock_it(session):
    person = make_person(password=PASSWORD)
    for _ in range(people.MOST_FAILURES):
        with pytest.raises(Refused):
            people.sign_in(person.email, "wrong", address="10.0.0.1", at=NOW)
    with pytest.raises(Refused):
        people.sign_in(person.email, PASSWORD, address="10.0.0.1", at=NOW + timedelta(minutes=4))
    assert people.sign_in(person.email, PASSWORD, address="10.0.0.1", at=NOW + timedelta(minutes=6))


def test_a_cookie_copied_before_signing_out_is_worth_nothing_after(session, client, app):
    person = make_person(Role.AUDITOR)
    sign_in(client, person)
    thief = app.test_client()
    with client.session_transaction() as mine, thief.session_transaction() as copied:
        copied.update(mine)
    assert f"Hello, {person.name}" in thief.get("/").text
    client.post("/sign-out")
    assert f"Hello, {person.name}" not in thief.get("/").text


def test_nobody_judges_bids_and_reads_the_whole_audit_trail_as_well(session):
    appraiser, auditor = make_person(Role.APPRAISER), make_person(Role.AUDITOR)
    for person, role in ((appraiser, Role.ADMINISTRATOR), (auditor, Role.MODERATOR)):
        with pytest.raises(Refused, match="where all scores stand"):
            people.appoint(person, role, council_id=None, by=None, on=NOW.date())
