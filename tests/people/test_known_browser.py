"""Wrong guesses elsewhere lock an account, but not the browser its owner has used before (T12)."""

import pytest
from sqlalchemy import select

from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people import operations as people
from grants.people.models import Attempt, Person
from grants.people.roles import Role
from tests.factories import NOW, PASSWORD, make_person


def post(client, person, password):
    return client.post("/sign-in", data={"email": person.email, "password": password})


def lock(app, person):
    stranger = app.test_client()
    for _ in range(people.MOST_FAILURES):
        post(stranger, person, "wrong")
    assert post(stranger, person, PASSWORD).status_code == 200
    return stranger


@pytest.fixture
def owner(session, client):
    """Someone who has signed in with `client` before."""
    person = make_person(Role.SECTION_151_OFFICER, password=PASSWORD)
    assert post(client, person, PASSWORD).status_code == 302
    client.post("/sign-out")
    return person


def test_a_stranger_cannot_keep_the_owner_out(owner, client, app):
    stranger = lock(app, owner)
    assert post(client, owner, PASSWORD).status_code == 302
    assert people.WRONG in post(stranger, owner, PASSWORD).text
    db.session.expire_all()
    assert db.session.get(Person, owner.id).locked_until > clock.now()


def test_a_known_browser_has_ten_tries_of_its_own_and_no_more(owner, client, app):
    lock(app, owner)
    for _ in range(people.MOST_FAILURES):
        post(client, owner, "wrong")
    assert people.WRONG in post(client, owner, PASSWORD).text


def test_a_browser_is_known_for_its_owner_only(owner, client, app):
    other = make_person(Role.AUDITOR, password=PASSWORD)
    lock(app, other)
    assert people.WRONG in post(client, other, PASSWORD).text


def test_a_cookie_that_is_not_ours_is_worth_nothing(owner, client, app):
    stranger = lock(app, owner)
    for forged in ("", "x", f'{{"{owner.key}":"me"}}', client.get_cookie("known_browser").value + "x"):
        stranger.set_cookie("known_browser", forged)
        assert people.WRONG in post(stranger, owner, PASSWORD).text


def test_the_cookie_is_out_of_reach_of_scripts_and_holds_no_secret(owner, client):
    cookie = client.get_cookie("known_browser")
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert owner.email not in cookie.value


def test_fifty_wrong_tries_from_an_address_do_not_stop_a_browser_known_there(session):
    person = make_person(password=PASSWORD)
    db.session.add_all([Attempt(at=NOW, address="10.0.0.1", email_hash="x", succeeded=False) for _ in range(50)])
    with pytest.raises(Refused):
        people.sign_in(person.email, PASSWORD, address="10.0.0.1", at=NOW)
    assert people.sign_in(person.email, PASSWORD, address="10.0.0.1", at=NOW, known={person.key: "browser"})
    assert db.session.scalar(select(Attempt).where(Attempt.succeeded)).address == "browser browser"
