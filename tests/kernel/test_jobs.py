"""Long work: each job is done once, a dead worker's job is done again, and a refusal is told."""

from datetime import timedelta

import pytest

from grants.kernel import jobs
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person
from tests.factories import NOW, make_person


@pytest.fixture(autouse=True)
def _kinds(monkeypatch):
    monkeypatch.setattr(jobs, "_handlers", dict(jobs._handlers))

    @jobs.handles("greet")
    def greet(job, progress):
        progress(1, 1)
        db.session.add(Person(name=job.arguments["name"], email="greeted@example.org", created_at=NOW))
        return "/greeted"

    @jobs.handles("refuse")
    def refuse(job, progress):
        db.session.add(Person(name="Half done", email="half@example.org", created_at=NOW))
        db.session.flush()
        raise Refused("The file has no rows.")

    @jobs.handles("break")
    def break_down(job, progress):
        raise OSError("disk full")


def ask(kind, **arguments):
    job = jobs.ask(kind, "A test", by_id=make_person().id, **arguments)
    db.session.commit()
    return job


def people_named(name):
    return db.session.query(Person).filter_by(name=name).count()


def test_a_job_is_done_once_and_says_where_to_look(session):
    job = ask("greet", name="Ada")
    assert jobs.run_next(NOW)
    assert not jobs.run_next(NOW)
    session.refresh(job)
    assert (job.state, job.result, people_named("Ada")) == (jobs.JobState.DONE, "/greeted", 1)


def test_jobs_are_claimed_in_turn_and_never_twice(session):
    first, second = ask("greet", name="Ada").id, ask("greet", name="Bea").id
    assert [jobs.claim(NOW).id, jobs.claim(NOW).id, jobs.claim(NOW)] == [first, second, None]


def test_the_job_of_a_worker_that_fell_silent_is_taken_by_the_next(session):
    job = ask("greet", name="Ada")
    jobs.claim(NOW)
    assert jobs.claim(NOW + jobs.LEASE - timedelta(seconds=1)) is None
    assert jobs.claim(NOW + jobs.LEASE + timedelta(seconds=1)).id == job.id


def test_a_worker_that_lost_its_lease_commits_nothing(session):
    job = ask("greet", name="Ada")

    @jobs.handles("greet")
    def slow(mine, progress):
        db.session.add(Person(name="Late", email="late@example.org", created_at=NOW))
        mine.lease = "another"
        return "/late"

    jobs.run_next(NOW)
    session.expire_all()
    assert people_named("Late") == 0
    assert session.get(jobs.Job, job.id).state is jobs.JobState.RUNNING


def test_a_refusal_is_told_and_leaves_nothing_half_done(session):
    job = ask("refuse")
    assert jobs.run_next(NOW)
    session.refresh(job)
    assert (job.state, job.error, people_named("Half done")) == (jobs.JobState.FAILED, "The file has no rows.", 0)


def test_a_fault_is_tried_three_times_and_then_told_in_plain_words(session):
    job = ask("break")
    for _ in range(jobs.MOST_TRIES):
        with pytest.raises(OSError, match="disk full"):
            jobs.run_next(NOW)
    session.refresh(job)
    assert job.state is jobs.JobState.FAILED
    assert "went wrong on our side" in job.error
    assert not jobs.run_next(NOW)
