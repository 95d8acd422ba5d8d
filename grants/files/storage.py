"""Where the bytes of attachments lie: a folder of this machine, or a bucket of any S3 service."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

import obstore
from flask import current_app
from obstore.store import LocalStore, S3Store

Store = LocalStore | S3Store
_CHUNK = 1024 * 1024
_PART = 8 * _CHUNK
"""Of a large upload: S3 takes no part of less than five megabytes but the last."""


class NotStored(Exception):
    """The store holds nothing under this name."""


def store() -> Store:
    """The store that ATTACHMENT_STORE names, opened once for each product."""
    opened = current_app.extensions.get("attachment_store")
    if opened is None:
        opened = current_app.extensions["attachment_store"] = _opened(str(current_app.config["ATTACHMENT_STORE"]))
    return cast(Store, opened)


def _opened(place: str) -> Store:
    """An S3 store takes its region, keys and endpoint from the usual AWS_ variables of the environment."""
    if place.startswith("s3://"):
        return S3Store.from_url(place)
    return LocalStore(Path(place).resolve(), mkdir=True)


def put(name: str, content: IO[bytes]) -> None:
    """Keep `content` under `name`; on return it is whole, named, and on the disk itself.

    The store writes beside and renames, so that nobody meets half a file; that the bytes outlast a power cut is seen
    to here.
    """
    content.seek(0)
    obstore.put(store(), name, content, chunk_size=_PART)
    opened = store()
    if isinstance(opened, LocalStore) and opened.prefix is not None:
        _sync(Path(opened.prefix) / name)
        _sync(Path(opened.prefix))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def chunks(name: str) -> Iterator[bytes]:
    """The stored bytes, a megabyte at a time. NotStored at once, before the first chunk is asked for."""
    try:
        found = obstore.get(store(), name)
    except FileNotFoundError as missing:
        raise NotStored(name) from missing
    return (bytes(chunk) for chunk in found.stream(min_chunk_size=_CHUNK))


def remove(name: str) -> None:
    """Take away what lies under `name`; nothing happens where there is nothing."""
    with suppress(FileNotFoundError):
        obstore.delete(store(), name)


def names() -> Iterator[str]:
    """Everything the store holds."""
    for some in obstore.list(store()):
        for entry in some:
            yield entry["path"]
