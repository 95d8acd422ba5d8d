"""What a file is by its content. The ending says what it should be; here it is held to that."""

import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

import filetype

from grants.files.packages import odf_fault, package_fault

_MOST_PIXELS = 100_000_000
"""A picture of more fills the memory of whoever looks at it. A page of A0 at 200 dots an inch has 62 million."""
_MARKUP = (b"<!doctype html", b"<html", b"<script", b"<svg", b"<?xml", b"<?php")
_TEXT_CONTROLS = frozenset(range(32)) - set(b"\t\n\r\x0c")
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

Check = Callable[[IO[bytes]], str]
"""What is wrong with the content, as the end of a sentence; nothing if all is well."""


@dataclass(frozen=True)
class Kind:
    content_type: str
    check: Check


def _pdf(content: IO[bytes]) -> str:
    """A PDF from its first byte to its last, and nothing else at the same time."""
    content.seek(0)
    if content.read(5) != b"%PDF-":
        return "is not a PDF"
    content.seek(0, 2)
    content.seek(max(0, content.tell() - 2048))
    if b"%%EOF" not in content.read():
        return "is a PDF that breaks off before its end"
    return "is a PDF and an archive at once" if zipfile.is_zipfile(content) else ""


def _docx(content: IO[bytes]) -> str:
    return package_fault(content, main=b"wordprocessingml.document.main+xml")


def _xlsx(content: IO[bytes]) -> str:
    return package_fault(content, main=b"spreadsheetml.sheet.main+xml")


def _odt(content: IO[bytes]) -> str:
    return odf_fault(content, media_type=_ODF_TEXT.encode())


def _ods(content: IO[bytes]) -> str:
    return odf_fault(content, media_type=_ODF_SHEET.encode())


def _png(content: IO[bytes]) -> str:
    content.seek(16)
    size = content.read(8)
    if _unlike(content, "png") or len(size) < 8:
        return "is not a PNG picture"
    return _too_many_pixels(*struct.unpack(">II", size))


def _jpeg(content: IO[bytes]) -> str:
    size = None if _unlike(content, "jpg") else _jpeg_size(content)
    return _too_many_pixels(*size) if size else "is not a JPEG picture"


def _jpeg_size(content: IO[bytes]) -> tuple[int, int] | None:
    """Width and height, from the first frame header among the segments."""
    content.seek(2)
    while (start := content.read(4)) and len(start) == 4 and start[0] == 0xFF:
        length = struct.unpack(">H", start[2:])[0]
        if start[1] in _JPEG_FRAMES:
            frame = content.read(5)
            return struct.unpack(">xHH", frame) if len(frame) == 5 else None
        content.seek(max(0, length - 2), 1)
    return None


def _too_many_pixels(width: int, height: int) -> str:
    if not width or not height:
        return "is a picture without a size"
    return f"is {width:,} by {height:,} pixels, which is too large" if width * height > _MOST_PIXELS else ""


def _text(content: IO[bytes]) -> str:
    """Text in UTF-8, or in the Windows code page that spreadsheets of this country write."""
    content.seek(0)
    raw = content.read()
    if _TEXT_CONTROLS & set(raw):
        return "is not plain text"
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        return "is a web page"
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return ""
    return "is not plain text"


def _unlike(content: IO[bytes], extension: str) -> str:
    """What a library that knows files by their bytes makes of it, where that is something else."""
    content.seek(0)
    guessed = filetype.guess(content.read(8192))
    if guessed is not None and guessed.extension in (extension, "zip"):
        return ""
    return f"is not a {extension.upper()} file"


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ODF_TEXT = "application/vnd.oasis.opendocument.text"
_ODF_SHEET = "application/vnd.oasis.opendocument.spreadsheet"
KINDS: dict[str, Kind] = {
    "pdf": Kind("application/pdf", _pdf),
    "docx": Kind(_WORD, _docx),
    "xlsx": Kind(_EXCEL, _xlsx),
    "odt": Kind(_ODF_TEXT, _odt),
    "ods": Kind(_ODF_SHEET, _ods),
    "png": Kind("image/png", _png),
    "jpg": Kind("image/jpeg", _jpeg),
    "jpeg": Kind("image/jpeg", _jpeg),
    "csv": Kind("text/csv", _text),
    "txt": Kind("text/plain", _text),
}
