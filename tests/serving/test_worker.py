"""The process beside the web server does the work, survives a fault, and ends cleanly."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from grants.kernel import jobs
from grants.kernel.db import db
from grants.messages.models import Message
from grants.messages.operations import tell
from grants.worker import Worker
from tests.factories import NOW

ROOT = Path(__file__).parents[2]


def test_a_turn_does_a_job_and_sends_the_mail(session, app, outbox, monkeypatch):
    monkeypatch.setitem(jobs._handlers, "greet", lambda job, progress: "/")
    job = jobs.ask("greet", "Greeting", by_id=None)
    tell("b@example.org", "Hello", "x", at=NOW)
    db.session.commit()
    worker = Worker(app)
    assert worker.turn() == 0
    db.session.expire_all()
    assert (job.state, len(outbox)) == (jobs.JobState.DONE, 1)
    db.session.commit()
    assert worker.turn() > 0


def test_a_fault_is_logged_and_the_mail_goes_all_the_same(session, app, outbox, monkeypatch, caplog):
    def fail(job, progress):
        raise RuntimeError("broken")

    monkeypatch.setitem(jobs._handlers, "fail", fail)
    job = jobs.ask("fail", "Failing", by_id=None)
    tell("b@example.org", "Hello", "x", at=NOW)
    db.session.commit()
    worker = Worker(app)
    pauses = [worker.turn() for _ in range(jobs.MOST_TRIES)]
    assert min(pauses) > 1
    assert "goes on" in caplog.text
    assert len(outbox) == 1
    assert job.state is jobs.JobState.FAILED


def test_it_stops_when_its_parent_is_gone(app, session):
    db.session.rollback()
    worker = Worker(app, parent=1 if os.getppid() != 1 else 2)
    previous = {told: signal.getsignal(told) for told in (signal.SIGTERM, signal.SIGINT)}
    worker.work()
    for told, handler in previous.items():
        signal.signal(told, handler)


@pytest.fixture
def environment(app, database, tmp_path):
    """For a process of its own on the same database."""
    return {
        **os.environ,
        "DATABASE_URL": database.url,
        "GRANTS_INSTANCE": str(tmp_path),
        "MAIL_BACKEND": "file",
        "PYTHONUNBUFFERED": "1",
    }


def test_the_process_sends_mail_and_ends_on_sigterm(session, environment, tmp_path):
    tell("b@example.org", "Hello", "x", at=NOW)
    db.session.commit()
    db.session.close()
    process = subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", "work"], cwd=ROOT, env=environment)
    try:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("mail/*")) and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
    assert len(list(tmp_path.glob("mail/*"))) == 1
    assert db.session.scalar(select(Message.sent_at)) is not None


@pytest.mark.postgres
def test_two_workers_send_each_message_once(session, app, outbox):
    for number in range(20):
        tell("b@example.org", f"Message {number}", "x", at=NOW)
    db.session.commit()
    crew = [threading.Thread(target=Worker(app).turn) for _ in range(2)]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    assert sorted(sent.subject for sent in outbox) == sorted(f"Message {number}" for number in range(20))
