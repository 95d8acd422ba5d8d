"""E-mails leave after the commit, once, and wait where the server does not answer."""

import email
import socketserver
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from flask_mailman import Mail
from sqlalchemy import select

from grants.kernel import clock
from grants.kernel.db import db
from grants.messages.models import Message
from grants.messages.operations import MOST_TRIES, send_waiting, tell
from tests.factories import NOW


class Sink(socketserver.StreamRequestHandler):
    """As much of a mail server as one message needs; refuses who is told to."""

    got: list[bytes] = []  # noqa: RUF012 - one letter box for one test
    refuses = b""

    def handle(self):
        self.say(b"220 here")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.say(b"354 go on")
                self.got.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self.say(b"250 kept")
            elif verb == b"RCPT" and self.refuses and self.refuses in line:
                self.say(b"550 nobody here")
            elif verb == b"QUIT":
                return self.say(b"221 bye")
            else:
                self.say(b"250 well")
        return None

    def say(self, line):
        self.wfile.write(line + b"\r\n")


@pytest.fixture
def sink():
    Sink.got, Sink.refuses = [], b""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def mail_by(app, monkeypatch):
    """Send by another way than the tests' own, until the test is over."""

    def use(**settings):
        for name, value in settings.items():
            monkeypatch.setitem(app.config, name, value)
        monkeypatch.setitem(app.extensions, "mailman", Mail.init_mail(app.config))

    return use


def write(to="b@example.org", subject="Grüße", body="Line\n.\nLine – end\n", **values):
    message = tell(to, subject, body, at=NOW, **values)
    db.session.commit()
    return message


def test_nothing_leaves_before_the_commit_or_after_a_rollback(session, outbox):
    tell("b@example.org", "Hello", "x", at=NOW)
    db.session.rollback()
    send_waiting(NOW)
    assert outbox == []


def test_a_message_leaves_once(session, outbox):
    message = write()
    assert [send_waiting(NOW), send_waiting(NOW + timedelta(days=1))] == [1, 0]
    assert [sent.subject for sent in outbox] == ["Grüße"]
    assert message.sent_at is not None


def test_what_is_told_once_is_told_once(session, outbox):
    write(once="award 1 offered")
    assert write(once="award 1 offered") is None
    send_waiting(NOW)
    assert len(outbox) == 1


def test_mail_goes_through_a_server(session, mail_by, sink):
    mail_by(MAIL_BACKEND="smtp", MAIL_SERVER="127.0.0.1", MAIL_PORT=sink)
    write()
    assert send_waiting(NOW) == 1
    message = email.message_from_bytes(Sink.got[0])
    assert message["To"] == "b@example.org"
    assert message["From"] == "grants@example.org"
    assert "Line – end" in message.get_payload(decode=True).decode()


def test_mail_lands_in_files_whose_folder_is_made(session, mail_by, tmp_path):
    mail_by(MAIL_BACKEND="file", MAIL_FILE_PATH=str(tmp_path / "new" / "mail"))
    write()
    assert send_waiting(NOW) == 1
    (file,) = Path(tmp_path / "new" / "mail").iterdir()
    assert b"To: b@example.org" in file.read_bytes()


def test_mail_is_printed_where_there_is_only_a_console(session, mail_by, capsys):
    mail_by(MAIL_BACKEND="console")
    write(subject="Hello")
    assert send_waiting(NOW) == 1
    assert "Subject: Hello" in capsys.readouterr().out


def test_one_bad_address_does_not_hold_up_the_others(session, mail_by, sink):
    mail_by(MAIL_BACKEND="smtp", MAIL_SERVER="127.0.0.1", MAIL_PORT=sink)
    Sink.refuses = b"nobody"
    refused, unfit, good = write("nobody@example.org"), write("not an address\n@"), write()
    assert send_waiting(NOW) == 1
    assert "nobody here" in refused.last_error
    assert unfit.last_error
    assert good.sent_at


def test_while_the_server_is_silent_the_pause_doubles_and_the_error_stays(session, mail_by, sink):
    mail_by(MAIL_BACKEND="smtp", MAIL_SERVER="127.0.0.1", MAIL_PORT=1)
    message = write()
    pauses = []
    for _ in range(3):
        send_waiting(clock.now() + timedelta(days=1))
        pauses.append(round((message.send_after - clock.now()).total_seconds() / 60))
    assert pauses == [1, 2, 4]
    assert "ConnectionRefusedError" in message.last_error
    mail_by(MAIL_BACKEND="smtp", MAIL_SERVER="127.0.0.1", MAIL_PORT=sink)
    assert send_waiting(clock.now()) == 0
    assert send_waiting(clock.now() + timedelta(minutes=5)) == 1
    assert message.last_error == ""


def test_a_message_nobody_takes_is_given_up_and_stays_to_be_seen(session, mail_by):
    mail_by(MAIL_BACKEND="smtp", MAIL_SERVER="127.0.0.1", MAIL_PORT=1)
    message = write()
    for _ in range(MOST_TRIES + 3):
        send_waiting(clock.now() + timedelta(days=9))
    assert (message.tries, message.sent_at) == (MOST_TRIES, None)


def test_a_subject_cannot_carry_a_header(session, mail_by, sink):
    mail_by(MAIL_BACKEND="smtp", MAIL_SERVER="127.0.0.1", MAIL_PORT=sink)
    write(subject="Hello\r\nBcc: evil@example.org")
    send_waiting(NOW)
    assert email.message_from_bytes(Sink.got[0])["Bcc"] is None


def test_the_command_sends_what_is_due(session, app, outbox):
    write()
    said = app.test_cli_runner().invoke(args=["send-messages"])
    assert "1 sent." in said.output
    assert db.session.scalar(select(Message.sent_at)) is not None
