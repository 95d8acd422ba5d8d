"""What may be attached, what is made of its name, and that it comes back as it went in."""

import hashlib
import http.server
import threading
from pathlib import Path

import pytest

from grants.files import operations as files
from grants.files import storage
from grants.files.models import Attachment, ScanState
from grants.files.names import cleaned
from grants.files.queries import disagreements
from grants.kernel.db import db
from grants.kernel.errors import Refused
from tests.factories import NOW, make_person
from tests.files import evil

RULES = {"kinds": ["pdf", "docx", "xlsx", "png", "jpg", "csv", "odt", "ods"], "megabytes": 1, "count": 3}


def keep(name, content, rules=RULES):
    return files.keep(evil.upload(name, content), rules=rules, by=make_person(), at=NOW)


HONEST = [
    ("Site plan.PDF", evil.PDF),
    ("Letter.docx", evil.docx()),
    ("Costs.xlsx", evil.xlsx()),
    ("Letter.odt", evil.odf("text")),
    ("Costs.ods", evil.odf("spreadsheet")),
    ("Plan.png", evil.png(4000, 3000)),
    ("Photo.jpg", evil.jpeg(4000, 3000)),
    ("Costs.csv", "Site,£\nQuay,12\n".encode("cp1252")),
]


@pytest.mark.parametrize(("name", "content"), HONEST, ids=[name for name, _ in HONEST])
def test_a_file_comes_back_byte_for_byte_as_a_download(session, name, content):
    kept = keep(name, content)
    answer = files.send(kept)
    assert b"".join(answer.response) == content
    assert (kept.size, kept.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert kept.scan is ScanState.NOT_SCANNED


EVIL = [
    ("page.pdf", b"<html><script>alert(1)</script></html>", "is not a PDF"),
    ("plan.pdf.exe", b"MZ\x90", "cannot be attached"),
    ("plan.svg", b"<svg onload='alert(1)'/>", "cannot be attached"),
    ("plan", evil.PDF, "cannot be attached"),
    ("broken.pdf", evil.PDF[:30], "breaks off"),
    ("both.pdf", evil.PDF + evil.docx(), "archive at once"),
    ("late.pdf", b"<html>" + evil.PDF, "is not a PDF"),
    ("empty.pdf", b"", "is empty"),
    ("large.pdf", evil.PDF + b" " * 1024 * 1024, "smaller than 1 MB"),
    ("archive.docx", evil.package({"notes.txt": "x"}, main="text/plain"), "another kind of file"),
    ("sheet.docx", evil.xlsx(), "another kind of file"),
    ("letter.xlsx", evil.docx(), "another kind of file"),
    ("macros.docx", evil.package({"word/document.xml": "<w/>"}, main=evil.MACROS), "macros"),
    ("hidden.docx", evil.docx(**{"word/vbaProject.bin": b"x"}), "macros"),
    ("sheet.odt", evil.odf("spreadsheet"), "another kind of file"),
    ("word.odt", evil.docx(), "is damaged"),
    ("macros.ods", evil.odf("spreadsheet", **{"Basic/Standard/Module1.xml": "<x/>"}), "macros"),
    ("locked.ods", evil.odf("spreadsheet", **{"META-INF/manifest.xml": "<manifest:encryption-data/>"}), "password"),
    ("page.ods", b"<html>", "is not an OpenDocument"),
    ("bomb.docx", evil.bomb(), "unpacks to far more"),
    ("lying.docx", evil.lying_bomb(), "is damaged"),
    (
        "xxe.docx",
        evil.docx(**{"word/a.xml": "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a/>"}),
        "declaration",
    ),
    ("wide.docx", evil.docx(**{"word/a.xml": "<!DOCTYPE a><a/>".encode("utf-16")}), "declaration"),
    ("cut.docx", evil.docx()[:100], "is damaged"),
    ("ole.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "protected by a password"),
    ("huge.png", evil.png(60_000, 60_000), "too large"),
    ("none.png", evil.png(0, 5), "without a size"),
    ("page.png", b"<html>", "is not a PNG"),
    ("huge.jpg", evil.jpeg(60_000, 60_000), "too large"),
    ("page.jpg", evil.PDF, "is not a JPEG"),
    ("page.csv", b"\xef\xbb\xbf <!DOCTYPE html><script>", "web page"),
    ("nul.csv", b"a,b\0c", "not plain text"),
]


@pytest.mark.parametrize(("name", "content", "why"), EVIL, ids=[name for name, _, _ in EVIL])
def test_what_is_not_what_it_says_is_refused_and_leaves_nothing(session, app, name, content, why):
    with pytest.raises(Refused, match=why) as refusal:
        keep(name, content)
    assert refusal.value.field == "file"
    assert list(storage.names()) == []
    assert session.query(Attachment).count() == 0


def test_a_form_without_a_file_is_told_so(session):
    with pytest.raises(Refused, match="Choose a file"):
        keep("", b"")


NAMES = [
    ("../../etc/passwd.pdf", "passwd.pdf"),
    ("C:\\Users\\me\\plan.pdf", "plan.pdf"),
    ("a\0b\r\nSet-Cookie: x.pdf", "abSet-Cookie x.pdf"),
    ("plan\u202efdp.pdf", "planfdp.pdf"),
    ("  .hidden.pdf", "hidden.pdf"),
    ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ("Lärm «A».pdf", "Lärm «A».pdf"),
    ("..", ""),
]


@pytest.mark.parametrize(("given", "kept"), NAMES)
def test_a_name_is_only_a_name(given, kept):
    assert cleaned(given) == kept


def test_no_part_of_the_name_reaches_the_store_or_breaks_a_header(session, app):
    kept = keep('../../../tmp/"Größe"\r\nX-Evil: 1.pdf', evil.PDF)
    assert list(storage.names()) == [kept.stored_as]
    assert (Path(app.config["ATTACHMENT_STORE"]) / kept.stored_as).read_bytes() == evil.PDF
    assert "X-Evil" not in files.send(kept).headers
    assert "\n" not in files.send(kept).headers["Content-Disposition"]


def test_rows_and_files_that_disagree_are_reported(session, app):
    missing, altered, _well = (keep(f"{n}.pdf", evil.PDF) for n in "abc")
    folder = Path(app.config["ATTACHMENT_STORE"])
    (folder / missing.stored_as).unlink()
    (folder / altered.stored_as).write_bytes(evil.PDF.replace(b"Catalog", b"Calatog"))
    (folder / "stray").write_bytes(b"x")
    found = {fault.stored_as: fault.what for fault in disagreements()}
    assert found == {
        missing.stored_as: "the file is missing",
        altered.stored_as: "the file was altered",
        "stray": "no row knows this file",
    }


def test_the_command_fails_where_something_is_missing(session, app):
    kept = keep("a.pdf", evil.PDF)
    db.session.commit()
    assert app.test_cli_runner().invoke(args=["check-attachments"]).exit_code == 0
    (Path(app.config["ATTACHMENT_STORE"]) / kept.stored_as).unlink()
    said = app.test_cli_runner().invoke(args=["check-attachments"])
    assert said.exit_code == 1
    assert "a.pdf: the file is missing" in said.output


class Bucket(http.server.BaseHTTPRequestHandler):
    """As much of S3 as one file needs."""

    held: dict[str, bytes] = {}  # noqa: RUF012 - one bucket for the one test

    def do_PUT(self):
        self.held[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, b"")

    def do_GET(self):
        found = self.held.get(self.path)
        self.answer(404 if found is None else 200, found or b"")

    def answer(self, code, body):
        self.send_response(code)
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Wed, 21 Oct 2026 07:28:00 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


def test_attachments_can_lie_in_a_bucket(session, app, monkeypatch):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "AWS_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-west-2",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(app.config, "ATTACHMENT_STORE", "s3://grants/attachments")
    monkeypatch.delitem(app.extensions, "attachment_store", raising=False)
    kept = keep("a.pdf", evil.PDF)
    assert b"".join(files.send(kept).response) == evil.PDF
    assert f"/grants/attachments/{kept.stored_as}" in Bucket.held
    with pytest.raises(storage.NotStored):
        storage.chunks("nothing")
    server.shutdown()
    del app.extensions["attachment_store"]
