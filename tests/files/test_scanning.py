"""A file waits for the scanner, is clean or is not, and a scanner that is away loses nothing."""

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.exceptions import Gone, Locked

from grants.audit.models import AuditEvent
from grants.config import Misconfigured
from grants.files import clamd
from grants.files import operations as files
from grants.files.models import ScanState
from grants.files.scanning import DOWN
from grants.files.tasks import scan_waiting
from grants.kernel.db import db
from grants.messages.models import Message
from grants.readiness import check_ready
from tests.conftest import lacking
from tests.factories import NOW, make_person
from tests.files import evil, scanners
from tests.files.scanners import EICAR

RULES = {"kinds": ["pdf", "txt"], "megabytes": 5, "count": 3}
HARMFUL = evil.PDF.replace(b"%%EOF", b"%" + EICAR + b"\n%%EOF")


@pytest.fixture
def scanner(app, monkeypatch):
    with scanners.daemon() as address:
        monkeypatch.setitem(app.config, "CLAMD", address)
        yield address


def keep(name="plan.pdf", content=evil.PDF):
    kept = files.keep(evil.upload(name, content), rules=RULES, by=make_person(), at=NOW)
    db.session.commit()
    return kept


def test_without_a_scanner_the_row_says_so_and_nothing_is_asked(session):
    assert keep().scan is ScanState.NOT_SCANNED
    assert scan_waiting(NOW) == 0


def test_a_clean_file_waits_and_is_then_everybodys(session, scanner):
    kept = keep()
    assert kept.scan is ScanState.AWAITING
    with pytest.raises(Locked):
        files.send(kept)
    assert files.send(kept, own=True).content_length == kept.size
    assert scan_waiting(NOW) == 1
    assert (kept.scan, kept.scanned_at) == (ScanState.CLEAN, NOW)
    assert files.send(kept).content_length == kept.size
    assert scan_waiting(NOW + timedelta(days=1)) == 0


def test_a_harmful_file_is_nobodys_and_its_uploader_is_told_once(session, scanner):
    kept, well = keep("Plan.pdf", HARMFUL), keep()
    assert scan_waiting(NOW) == 2
    assert (kept.scan, kept.scan_said) == (ScanState.INFECTED, "Test.Eicar")
    assert well.scan is ScanState.CLEAN
    for own in (True, False):
        with pytest.raises(Gone):
            files.send(kept, own=own)
    (told,) = session.scalars(select(Message)).all()
    assert told.person_id == kept.uploaded_by_id
    assert "“Plan.pdf”" in told.body
    assert session.scalar(select(AuditEvent).where(AuditEvent.verb == "found_infected"))


def test_while_the_scanner_is_away_files_wait_and_are_shown_to_it_later(session, app, scanner, monkeypatch):
    kept = [keep(), keep()]
    monkeypatch.setitem(app.config, "CLAMD", "tcp://127.0.0.1:1")
    assert scan_waiting(NOW) == 0
    assert [(one.scan, one.scan_said) for one in kept] == [(ScanState.AWAITING, DOWN), (ScanState.AWAITING, "")]
    monkeypatch.setitem(app.config, "CLAMD", scanner)
    assert scan_waiting(NOW + timedelta(seconds=30)) == 1, "the one that was not tried"
    assert scan_waiting(NOW + timedelta(minutes=2)) == 1
    assert {one.scan for one in kept} == {ScanState.CLEAN}


def test_a_file_that_the_scanner_does_not_take_says_why_and_is_not_asked_about_all_the_time(session, scanner):
    kept = keep("large.txt", b"x" * 3_000_000)
    assert scan_waiting(NOW) == 1
    assert kept.scan is ScanState.AWAITING
    assert "size limit" in kept.scan_said
    assert scan_waiting(NOW + timedelta(minutes=5)) == 0
    assert scan_waiting(NOW + timedelta(hours=2)) == 1


def test_the_command_tells_of_a_silent_scanner_and_of_harmful_files(session, app, scanner, monkeypatch):
    def said():
        return app.test_cli_runner().invoke(args=["check-attachments"])

    keep("Plan.pdf", HARMFUL)
    assert "answers; 1 file waits" in said().output
    assert said().exit_code == 0
    scan_waiting(NOW)
    assert "found Test.Eicar" in said().output
    monkeypatch.setitem(app.config, "CLAMD", "tcp://127.0.0.1:1")
    assert "does not answer" in said().output
    assert said().exit_code == 1


def test_files_from_before_the_scanner_are_put_in_line(session, app, monkeypatch):
    kept = keep()
    assert app.test_cli_runner().invoke(args=["scan-attachments"]).exit_code == 1
    with scanners.daemon() as address:
        monkeypatch.setitem(app.config, "CLAMD", address)
        assert "1 put in line" in app.test_cli_runner().invoke(args=["scan-attachments"]).output
        scan_waiting(NOW)
    session.refresh(kept)
    assert kept.scan is ScanState.CLEAN


def test_the_server_starts_without_its_scanner_but_not_with_a_wrong_address(session, app, monkeypatch, caplog):
    monkeypatch.setitem(app.config, "CLAMD", "tcp://127.0.0.1:1")
    check_ready(app)
    assert "does not answer" in caplog.text
    monkeypatch.setitem(app.config, "CLAMD", "localhost")
    with pytest.raises(Misconfigured, match="CLAMD"):
        check_ready(app)


@pytest.mark.sqlite
def test_a_real_clamd_finds_what_it_knows():
    if scanners.clamd_program() is None:
        lacking("No clamd on this machine (Debian: clamav-daemon).", "REQUIRE_CLAMD")
    with tempfile.TemporaryDirectory() as folder, scanners.real_daemon(Path(folder)) as address:
        assert clamd.found_in(address, [evil.PDF]) == ""
        assert clamd.found_in(address, [HARMFUL[:20], HARMFUL[20:]]) == "Test.Eicar.UNOFFICIAL"
        with pytest.raises(clamd.Unscanned, match="size limit"):
            clamd.found_in(address, [b"x" * 65_536] * 40)
    assert not clamd.answers(address)
