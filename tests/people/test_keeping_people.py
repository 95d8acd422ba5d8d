"""Administrators keep people: who is here, in which roles, and that nobody locks the house from inside."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from grants.audit.models import AuditEvent
from grants.councils.operations import load_register
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.models import Message
from grants.people import operations as people
from grants.people.models import Appointment, Person, ResetLink
from grants.people.roles import Role
from tests.factories import NOW, PASSWORD, TODAY, make_council, make_person, sign_in


@pytest.fixture
def administrator(session, client):
    person = make_person(Role.ADMINISTRATOR, name="Ada Ward")
    sign_in(client, person)
    return person


def test_only_administrators_keep_people(session, client):
    other = make_person()
    db.session.commit()
    for role in (Role.AUDITOR, Role.PROGRAMME_MANAGER, Role.BID_COORDINATOR):
        sign_in(client, make_person(role))
        for path in ("/people", "/people/new", f"/people/{other.key}", f"/people/{other.key}/appoint"):
            assert client.get(path).status_code == 403, (role, path)
        assert client.post(f"/people/{other.key}/disable", data={"reason": "x"}).status_code == 403


def test_a_new_person_gets_a_link_and_then_a_role_at_a_council(administrator, client):
    load_register()
    answer = client.post("/people/new", data={"name": "Bea <b>Hill</b>", "email": "Bea@Example.org"})
    bea = people.find("bea@example.org")
    assert answer.location.endswith(f"/people/{bea.key}/appoint")
    message = db.session.scalar(select(Message))
    assert message.to == "bea@example.org"
    link = message.body.split("http://127.0.0.1:8000")[1].split()[0]
    assert client.get(link).status_code == 200
    assert client.post(link, data={"password": PASSWORD}).status_code == 302
    assert client.post(link, data={"password": PASSWORD}).status_code == 404

    data = {"role": "section_151_officer", "council": "Plymouth City Council", "reason": "Named by the council"}
    client.post(f"/people/{bea.key}/appoint", data=data)
    page = client.get("/people?search=hill&role=section_151_officer").text
    assert "Section 151 officer, Plymouth City Council" in page
    assert "Bea &lt;b&gt;Hill" in page
    assert "<b>Hill" not in page


def test_a_council_is_never_guessed_at_and_a_role_must_be_one_of_ours(administrator, client):
    load_register()
    bea = make_person(name="Bea")
    db.session.commit()
    page = client.post(f"/people/{bea.key}/appoint", data={"role": "bid_author", "council": "Plymouth", "reason": "x"})
    assert "Did you mean Plymouth City Council?" in page.text
    for data in ({"role": "emperor"}, {"role": ""}, {"role": "auditor", "council": "Plymouth City Council"}, {}):
        assert client.post(f"/people/{bea.key}/appoint", data={"reason": "x", **data}).status_code == 200
    assert db.session.get(Person, bea.id).appointments == []


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 130, "x" * 100_000])
def test_a_name_that_cannot_be_kept_is_answered_beside_the_field(administrator, client, name):
    answer = client.post("/people/new", data={"name": name, "email": "b@example.org"})
    assert answer.status_code == 200
    assert "There is a problem" in answer.text
    assert people.find("b@example.org") is None


def test_the_same_address_is_not_added_twice(administrator, client):
    for _ in range(2):
        answer = client.post("/people/new", data={"name": "Bea", "email": "bea@example.org"})
    assert "is here already" in answer.text
    assert len(db.session.scalars(select(Person).where(Person.email == "bea@example.org")).all()) == 1


def test_a_role_taken_away_is_gone_at_the_next_click(administrator, client, app):
    bea = make_person(Role.AUDITOR, name="Bea")
    hers = app.test_client()
    sign_in(hers, bea)
    assert hers.get("/audit").status_code == 200
    number = bea.appointments[0].id
    path = f"/people/{bea.key}/appointments/{number}/end"
    assert "Say why" in client.post(path, data={"reason": ""}).text
    client.post(path, data={"reason": "Moved on"})
    assert hers.get("/audit").status_code == 302
    ended = db.session.scalar(select(AuditEvent).where(AuditEvent.verb == "ended_appointment"))
    assert (ended.reason, ended.actor) == ("Moved on", "Ada Ward")
    assert "has ended already" in client.post(path, data={"reason": "Again"}).text


def test_an_appointment_is_only_found_under_its_own_person(administrator, client):
    bea, cas = make_person(Role.AUDITOR), make_person(Role.AUDITOR)
    db.session.commit()
    for number in (bea.appointments[0].id, 2**70):
        path = f"/people/{cas.key}/appointments/{number}/end"
        assert client.post(path, data={"reason": "x"}).status_code == 404
    assert client.get("/people/nobody").status_code == 404


def test_a_disabled_person_is_out_at_once_and_can_come_back(administrator, client, app):
    bea = make_person(Role.AUDITOR, name="Bea", password=PASSWORD)
    hers = app.test_client()
    sign_in(hers, bea)
    client.post(f"/people/{bea.key}/disable", data={"reason": "Long leave"})
    assert hers.get("/audit").status_code == 302
    assert people.WRONG in hers.post("/sign-in", data={"email": bea.email, "password": PASSWORD}).text
    assert "enable it first" in client.post(f"/people/{bea.key}/link", follow_redirects=True).text
    client.post(f"/people/{bea.key}/enable", data={"reason": "Back"})
    assert hers.post("/sign-in", data={"email": bea.email, "password": PASSWORD}).status_code == 302


def test_the_last_administrator_cannot_be_lost(session):
    ada, ben = make_person(Role.ADMINISTRATOR), make_person(Role.ADMINISTRATOR)
    people.disable(ben, by=ada, on=TODAY, at=NOW, reason="x")
    with pytest.raises(Refused, match="last administrator"):
        people.disable(ada, by=ben, on=TODAY, at=NOW, reason="x")
    with pytest.raises(Refused, match="last administrator"):
        people.end_appointment(ada.appointments[0], by=ben, on=TODAY, at=NOW, reason="x")


def test_nobody_changes_their_own_roles(session):
    ada = make_person(Role.ADMINISTRATOR)
    with pytest.raises(Refused, match="another administrator"):
        people.appoint(ada, Role.FINANCE_OFFICER, council_id=None, by=ada, on=TODAY)
    with pytest.raises(Refused, match="another administrator"):
        people.end_appointment(ada.appointments[0], by=ada, on=TODAY, at=NOW, reason="x")
    with pytest.raises(Refused, match="another administrator"):
        people.disable(ada, by=ada, on=TODAY, at=NOW, reason="x")


def test_the_list_takes_the_same_few_queries_however_long_it_is(administrator, client):
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))

    def queries():
        asked.clear()
        assert client.get("/people").status_code == 200
        return len([sql for sql in asked if sql.startswith("SELECT")])

    def add(count):
        council = make_council()
        rows = [Person(name=f"P{n}", email=f"p{n}-{count}@example.org", created_at=NOW) for n in range(count)]
        for row in rows:
            row.appointments = [Appointment(role=Role.BID_AUTHOR, council_id=council.id, from_on=TODAY)]
        db.session.add_all(rows)
        db.session.commit()

    add(10)
    few = queries()
    add(1000)
    assert queries() == few < 12


@pytest.mark.parametrize("query", ["search=%25_%5C", "search=" + "x" * 5000, "role=king&state=odd", "page=99999999999"])
def test_odd_searches_are_answered(administrator, client, query):
    assert client.get(f"/people?{query}").status_code == 200


def test_the_first_administrator_is_made_from_the_shell(session, app, client):
    said = app.test_cli_runner().invoke(args=["create-administrator", "Ada@Example.org", "Ada Ward"])
    assert said.exit_code == 0, said.output
    ada = people.find("ada@example.org")
    assert ada.roles_on(clock.today()) == {Role.ADMINISTRATOR}
    path = said.output.split("http://127.0.0.1:8000")[1].strip()
    assert client.get(path).status_code == 200
    link = db.session.scalar(select(ResetLink))
    assert link.expires_at - link.made_at == timedelta(hours=1)
    assert app.test_cli_runner().invoke(args=["create-administrator", "ada@example.org", "Ada"]).exit_code == 0
    db.session.expire_all()
    assert len(ada.appointments) == 1
