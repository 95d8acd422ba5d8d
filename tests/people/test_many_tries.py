"""Many tries at one account in the same instant: each is counted, and none is answered with a fault of ours."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from grants.messages.models import Message
from grants.people import operations
from grants.people.models import Attempt, Person
from grants.people.views import RESET_ANSWERED_AFTER
from tests.factories import make_person


@pytest.fixture
def person(session):
    person = make_person(email="sought@example.org")
    session.commit()
    return person


def test_wrong_passwords_typed_at_once_are_counted_one_by_one(app, session, person):
    def guess(number):
        data = {"email": person_email, "password": f"guess {number}"}
        return (
            app.test_client().post("/sign-in", data=data, environ_base={"REMOTE_ADDR": f"10.0.0.{number}"}).status_code
        )

    person_email = person.email
    session.commit()
    with ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(guess, range(16)))
    assert set(codes) == {200}
    session.expire_all()
    assert session.scalar(select(func.count(Attempt.id))) == 16
    assert session.scalar(select(Person.locked_until)) is not None
    assert operations.MOST_FAILURES == 10


def test_asking_for_a_link_takes_as_long_for_a_stranger_and_fills_no_letter_box(client, session, person):
    for email in [person.email] * 8 + ["stranger@example.org"]:
        begun = time.monotonic()
        answer = client.post("/password/forgotten", data={"email": email})
        assert time.monotonic() - begun >= RESET_ANSWERED_AFTER
        assert "sought" not in answer.get_data(as_text=True)
    session.expire_all()
    assert session.scalar(select(func.count(Message.id))) == operations.MOST_LINKS
