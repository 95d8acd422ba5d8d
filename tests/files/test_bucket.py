"""Attachments in a bucket: the same as on a disk, against a real server that speaks S3 (moto, in a process of its own).

It lives in .venv/s3, which `make install-dev` makes; MOTO_SERVER names another one.
"""

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from io import BytesIO
from pathlib import Path

import obstore
import pytest

from grants.bids.models import BidStatus
from grants.files import operations as files
from grants.files import storage
from grants.files.queries import disagreements
from grants.kernel.db import db
from grants.people.roles import Role
from tests.conftest import lacking
from tests.factories import NOW, make_bid, make_person, sign_in
from tests.files import evil

OWN = Path(__file__).resolve().parents[2] / ".venv" / "s3" / "bin" / "moto_server"
RULES = {"kinds": ["pdf", "txt"], "megabytes": 20, "count": 3}


@pytest.fixture(scope="module")
def endpoint():
    program = os.environ.get("MOTO_SERVER") or (OWN if OWN.exists() else shutil.which("moto_server"))
    if not program:
        lacking("No server that speaks S3: make install-dev.", "REQUIRE_S3")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([program, "-H", "127.0.0.1", "-p", str(port)], **quiet) as running:
        address = f"http://127.0.0.1:{port}"
        for _ in range(1_200):
            try:
                make_bucket(address)
                break
            except OSError:  # it does not listen yet, or takes long over its first answer
                assert running.poll() is None, "moto_server ended"
                time.sleep(0.05)
        yield address
        running.terminate()


def make_bucket(address):
    asked = urllib.request.Request(f"{address}/grants", method="PUT")  # noqa: S310 - our own address
    urllib.request.urlopen(asked, timeout=5).close()  # noqa: S310 - as above


@pytest.fixture
def bucket(app, endpoint, monkeypatch):
    """The product's attachments lie in the bucket, as the operator's guide says."""
    given = {"AWS_ENDPOINT": endpoint, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "eu-west-2"}
    for name, value in {**given, "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(app.config, "ATTACHMENT_STORE", "s3://grants/attachments")
    monkeypatch.delitem(app.extensions, "attachment_store", raising=False)
    with app.app_context():
        yield storage.store()
        obstore.delete(storage.store(), list(storage.names()))
    app.extensions.pop("attachment_store")


def keep(name, content):
    kept = files.keep(evil.upload(name, content), rules=RULES, by=make_person(), at=NOW)
    db.session.commit()
    return kept


@pytest.mark.sqlite
def test_a_file_of_many_pieces_comes_back_whole_and_in_order(session, bucket):
    content = b"".join(b"%07d\n" % line for line in range(1_500_000))
    kept = keep("large.txt", content)
    pieces = list(files.send(kept).response)
    assert len(pieces) > 1
    assert b"".join(pieces) == content
    assert list(storage.names()) == [kept.stored_as], "under the prefix, and nowhere else"


@pytest.mark.sqlite
def test_what_is_missing_altered_or_unknown_in_the_bucket_is_reported(session, bucket, app):
    missing, altered, _well = (keep(f"{n}.pdf", evil.PDF) for n in "abc")
    obstore.delete(bucket, missing.stored_as)
    obstore.put(bucket, altered.stored_as, evil.PDF.replace(b"Catalog", b"Calatog"))
    obstore.put(bucket, "stray", b"x")
    found = {fault.stored_as: fault.what for fault in disagreements()}
    assert found == {
        missing.stored_as: "the file is missing",
        altered.stored_as: "the file was altered",
        "stray": "no row knows this file",
    }
    with pytest.raises(storage.NotStored):
        files.send(missing)
    said = app.test_cli_runner().invoke(args=["check-attachments"])
    assert (said.exit_code, "no row knows this file" in said.output) == (1, True)


def test_a_council_attaches_and_downloads_without_knowing_where_it_lies(session, app, client, bucket):
    bid = make_bid(status=BidStatus.DRAFT)
    sign_in(client, make_person(Role.BID_AUTHOR, council=bid.lead_council))
    sent = client.post(
        f"/bids/{bid.key}/attachments", data={"file": (BytesIO(evil.PDF), "Site plan.pdf"), "description": "Plan"}
    )
    assert sent.status_code == 302
    session.refresh(bid)
    (held,) = bid.attachments
    assert list(storage.names()) == [held.attachment.stored_as]
    answer = client.get(f"/bids/{bid.key}/attachments/{held.attachment.key}")
    assert (answer.status_code, answer.data) == (200, evil.PDF)
    assert answer.headers["Content-Disposition"].startswith("attachment")
