"""Whether the rows and the stored files still agree."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from grants.files import storage
from grants.files.models import Attachment, ScanState
from grants.kernel.db import db


@dataclass(frozen=True)
class Disagreement:
    """`stored_as` names the file in the store; `name` is empty where no row knows it."""

    stored_as: str
    name: str
    what: str


def disagreements() -> Iterator[Disagreement]:
    """Rows without their file, files that are not what was uploaded, and files that no row knows.

    A file without a row is left by an upload whose transaction did not go through: it is harmless, and may be removed
    once it is older than any request.
    """
    known = set()
    for attachment in db.session.scalars(select(Attachment).order_by(Attachment.id)):
        known.add(attachment.stored_as)
        if what := _fault(attachment):
            yield Disagreement(attachment.stored_as, attachment.name, what)
    for name in storage.names():
        if name not in known:
            yield Disagreement(name, "", "no row knows this file")


def _fault(attachment: Attachment) -> str:
    if attachment.scan is ScanState.INFECTED:
        return f"the virus scanner found {attachment.scan_said} in it"
    digest, size = hashlib.sha256(), 0
    try:
        for chunk in storage.chunks(attachment.stored_as):
            digest.update(chunk)
            size += len(chunk)
    except storage.NotStored:
        return "the file is missing"
    if size != attachment.size:
        return f"the file has {size:,} bytes instead of {attachment.size:,}"
    return "" if digest.hexdigest() == attachment.sha256 else "the file was altered"
