"""A file that goes with an e-mail is made when it is sent, and what hinders it holds up nobody else."""

import email
from datetime import timedelta
from pathlib import Path

import pytest
from flask_mailman import Mail

from grants.kernel import clock
from grants.kernel.db import Json, db
from grants.messages import enclosures
from grants.messages.enclosures import Enclosure, encloses
from grants.messages.operations import send_waiting, tell
from tests.factories import NOW


@pytest.fixture
def asked(monkeypatch):
    """What the maker of this test's kind of file was asked for; `broken` cannot be made."""
    monkeypatch.setattr(enclosures, "_makers", {})
    of = []

    @encloses("note")
    def note(key):
        of.append(key)
        if key == "broken":
            raise LookupError("no such note")
        return Enclosure(f"{key}.pdf", "application/pdf", b"%PDF-" + key.encode())

    return of


def write(of):
    message = tell("b@example.org", "Receipt", "Enclosed.", at=NOW, enclosure=Json({"kind": "note", "of": of}))
    db.session.commit()
    return message


def test_the_file_is_made_when_the_message_is_sent(session, outbox, asked):
    write("first")
    assert asked == []
    assert send_waiting(NOW) == 1
    assert asked == ["first"]
    (attached,) = outbox[0].attachments
    assert tuple(attached)[:3] == ("first.pdf", b"%PDF-first", "application/pdf")


def test_a_file_that_cannot_be_made_is_tried_again_and_holds_up_nobody(session, outbox, asked):
    broken, good = write("broken"), write("good")
    assert send_waiting(NOW) == 1
    assert (broken.sent_at, broken.last_error) == (None, "LookupError: no such note")
    assert good.sent_at is not None
    assert send_waiting(clock.now() + timedelta(minutes=2)) == 0
    assert broken.tries == 2


def test_a_kind_that_no_room_makes_is_a_failed_try(session, outbox, asked):
    message = tell("b@example.org", "x", "x", at=NOW, enclosure=Json({"kind": "unheard_of", "of": "x"}))
    db.session.commit()
    assert send_waiting(NOW) == 0
    assert "KeyError" in message.last_error


def test_the_file_travels_whole(session, app, asked, monkeypatch, tmp_path):
    settings = {**app.config, "MAIL_BACKEND": "file", "MAIL_FILE_PATH": str(tmp_path)}
    monkeypatch.setitem(app.extensions, "mailman", Mail.init_mail(settings))
    write("kept")
    assert send_waiting(NOW) == 1
    (file,) = Path(tmp_path).iterdir()
    raw = file.read_bytes()
    message = email.message_from_bytes(raw[: raw.rindex(b"-" * 70)])
    body, enclosed = message.get_payload()
    assert "Enclosed." in body.get_payload(decode=True).decode()
    assert (enclosed.get_filename(), enclosed.get_payload(decode=True)) == ("kept.pdf", b"%PDF-kept")
