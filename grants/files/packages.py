"""Word, Excel and OpenDocument files are archives of XML: read to the end with suspicion, never unpacked to disk."""

import zipfile
import zlib
from typing import IO

_MOST_ENTRIES = 5_000
_MOST_UNPACKED = 200 * 1024 * 1024
_MOST_RATIO = 200
"""Times smaller than its content. Sheets of repeated figures reach some 50; a bomb a thousand."""
_LITTLE = 1024 * 1024
_CHUNK = 256 * 1024


def package_fault(content: IO[bytes], *, main: bytes) -> str:
    """Why this is no plain document whose main part is of the type `main`; nothing if it is one."""
    content.seek(0)
    if content.read(4) != b"PK\x03\x04":
        return "is not a Word or Excel file, or is protected by a password"
    try:
        with zipfile.ZipFile(content) as package:
            return _listing_fault(package) or _type_fault(package, main) or _content_fault(package)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError, OSError, ValueError):
        return "is damaged"


def odf_fault(content: IO[bytes], *, media_type: bytes) -> str:
    """The same for a file of LibreOffice and its like, which says what it is in its first part."""
    content.seek(0)
    if content.read(4) != b"PK\x03\x04":
        return "is not an OpenDocument file"
    try:
        with zipfile.ZipFile(content) as package:
            return _listing_fault(package) or _odf_type_fault(package, media_type) or _content_fault(package)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError, OSError, ValueError):
        return "is damaged"


def _odf_type_fault(package: zipfile.ZipFile, media_type: bytes) -> str:
    if any(entry.filename.lower().startswith(("basic/", "scripts/")) for entry in package.infolist()):
        return "has macros in it; save it without them"
    if b"manifest:encryption-data" in package.read("META-INF/manifest.xml"):
        return "is protected by a password"
    return "" if package.read("mimetype").strip() == media_type else "is another kind of file than its name says"


def _listing_fault(package: zipfile.ZipFile) -> str:
    """What the table of contents alone gives away."""
    entries = package.infolist()
    if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > _MOST_UNPACKED:
        return "unpacks to more than we can keep"
    if any(entry.file_size > _LITTLE and entry.file_size > _MOST_RATIO * entry.compress_size for entry in entries):
        return "unpacks to far more than it holds"
    if any(entry.flag_bits & 1 for entry in entries):
        return "is protected by a password"
    if any("vbaproject" in entry.filename.lower() for entry in entries):
        return "has macros in it; save it without them"
    return ""


def _type_fault(package: zipfile.ZipFile, main: bytes) -> str:
    types = package.read("[Content_Types].xml")
    if b"macroenabled" in types.lower():
        return "has macros in it; save it without them"
    return "" if main in types else "is another kind of file than its name says"


def _content_fault(package: zipfile.ZipFile) -> str:
    """Every part is read once: a size that lies, a broken part, or XML that declares entities ends here."""
    left = _MOST_UNPACKED
    for entry in package.infolist():
        with package.open(entry) as part:
            head = part.read(_CHUNK)
            if entry.filename.lower().endswith((".xml", ".rels", ".vml")) and _declares(head):
                return "has a document type declaration in it, which no word processor writes"
            left -= len(head)
            while chunk := part.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    return "unpacks to more than we can keep"
    return ""


def _declares(xml: bytes) -> bool:
    """Also in UTF-16, whose every other byte is nought."""
    plain = xml.replace(b"\0", b"").lower()
    return b"<!doctype" in plain or b"<!entity" in plain
