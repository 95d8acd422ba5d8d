"""Keeping a file that somebody attaches, and handing it out again."""

import hashlib
from datetime import datetime
from typing import IO, Any

from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import Gone, Locked
from werkzeug.wrappers import Response

from grants.audit import Actor
from grants.files import scanning, storage
from grants.files.kinds import KINDS
from grants.files.models import Attachment, ScanState
from grants.files.names import cleaned, ending
from grants.kernel.db import db, new_key
from grants.kernel.errors import Refused

_CHUNK = 1024 * 1024
_MEGABYTE = 1024 * 1024


class FileRefused(Refused):
    """This file may not be attached; shown at the form's field `file`."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, field="file")


def keep(upload: FileStorage, *, rules: dict[str, Any], by: Actor, at: datetime) -> Attachment:
    """Check a file, store it, and give back its row; the bytes are on the disk before the row can be committed.

    `rules` has `kinds` (endings that may be attached) and `megabytes` (the most for one file). Refused: no file or an
    empty one, an ending that is not allowed, a content that is not what the ending says, one that is too large.
    Where a virus scanner is set up, it is asked after the commit (tasks.py); until then the row says so.
    """
    name = cleaned(upload.filename or "")
    if not name:
        raise FileRefused("Choose a file.")
    kind = _kind_of(name, rules["kinds"])
    digest, size = _measured(name, upload.stream, most=rules["megabytes"] * _MEGABYTE)
    if size == 0:
        raise FileRefused(f"{name} is empty.")
    if fault := KINDS[kind].check(upload.stream):
        raise FileRefused(f"{name} {fault}.")
    attachment = Attachment(
        name=name,
        content_type=KINDS[kind].content_type,
        size=size,
        sha256=digest,
        stored_as=new_key() + new_key(),
        scan=scanning.first_state(),
        uploaded_at=at,
        uploaded_by_id=by.id,
    )
    storage.put(attachment.stored_as, upload.stream)
    db.session.add(attachment)
    db.session.flush()
    return attachment


def fingerprint(upload: FileStorage) -> str:
    """The SHA-256 of a file that is not yet kept, by which it is known when it is sent twice."""
    digest = hashlib.sha256()
    upload.stream.seek(0)
    while chunk := upload.stream.read(_CHUNK):
        digest.update(chunk)
    upload.stream.seek(0)
    return digest.hexdigest()


def _kind_of(name: str, allowed: list[str]) -> str:
    kind = ending(name)
    if kind not in allowed or kind not in KINDS:
        raise FileRefused(f"{name} cannot be attached. You can attach {_listed(allowed)} files.")
    return kind


def _listed(allowed: list[str]) -> str:
    words = [kind.upper() for kind in allowed]
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def _measured(name: str, content: IO[bytes], *, most: int) -> tuple[str, int]:
    """(SHA-256, bytes); refused as soon as there are more than `most`."""
    digest, size = hashlib.sha256(), 0
    content.seek(0)
    while chunk := content.read(_CHUNK):
        size += len(chunk)
        if size > most:
            raise FileRefused(f"{name} must be smaller than {most // _MEGABYTE} MB.")
        digest.update(chunk)
    return digest.hexdigest(), size


def send(attachment: Attachment, *, own: bool = False) -> Response:
    """The file as a download: never shown within our pages, never guessed at by a browser.

    Whoever calls this has already settled that the person may have it, and whether it is their council's `own`: while
    the virus scanner is awaited nobody else gets it (Locked). Gone, for everyone, if something harmful was found.
    storage.NotStored if the bytes are not there.
    """
    if attachment.scan is ScanState.INFECTED:
        raise Gone
    if attachment.scan is ScanState.AWAITING and not own:
        raise Locked
    answer = Response(storage.chunks(attachment.stored_as), mimetype=attachment.content_type, direct_passthrough=True)
    answer.content_length = attachment.size
    return _downloaded(answer, attachment.name)


def send_made(content: bytes, *, name: str, content_type: str) -> Response:
    """A file that was made for this answer alone, as a download like any other."""
    return _downloaded(Response(content, mimetype=content_type), cleaned(name))


def _downloaded(answer: Response, name: str) -> Response:
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer
