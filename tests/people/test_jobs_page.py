"""Who asked for long work can watch it; nobody else finds it."""

import pytest

from grants.kernel import clock, jobs
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.roles import Role
from tests.factories import make_person, sign_in


@pytest.fixture
def job(session, client, monkeypatch):
    monkeypatch.setitem(jobs._handlers, "greet", lambda job, progress: "/people")
    person = make_person(Role.ADMINISTRATOR)
    asked = jobs.ask("greet", "Greeting <everyone>", by_id=person.id)
    sign_in(client, person)
    return asked


def test_it_looks_again_by_itself_until_the_work_is_done(job, client):
    waiting = client.get(f"/jobs/{job.key}")
    assert waiting.headers["Refresh"] == f"3; url=/jobs/{job.key}"
    assert "Greeting &lt;everyone&gt;" in waiting.text
    assert "Refresh" not in client.get(f"/jobs/{job.key}?still=1").headers
    jobs.run_next(clock.now())
    done = client.get(f"/jobs/{job.key}")
    assert "Refresh" not in done.headers
    assert 'href="/people">See what came of it' in done.text


def test_a_refusal_is_shown_in_its_own_words(job, client, monkeypatch):
    def refuse(job, progress):
        raise Refused("Row 12 does not add up.")

    monkeypatch.setitem(jobs._handlers, "greet", refuse)
    jobs.run_next(clock.now())
    assert "Row 12 does not add up." in client.get(f"/jobs/{job.key}").text


def test_nobody_else_finds_it(job, client, app):
    other = app.test_client()
    sign_in(other, make_person(Role.ADMINISTRATOR))
    assert other.get(f"/jobs/{job.key}").status_code == 404
    assert app.test_client().get(f"/jobs/{job.key}").status_code == 302
    assert db.session.get(jobs.Job, job.id).state is jobs.JobState.QUEUED
