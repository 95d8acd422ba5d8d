"""Files as people send them, honest and otherwise."""

import io
import struct
import zipfile
import zlib

from openpyxl import Workbook
from werkzeug.datastructures import FileStorage

PDF = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"
BODY = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>'


def upload(name: str, content: bytes) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


def package(parts: dict[str, bytes | str], *, main: str = WORD) -> bytes:
    types = f'<?xml version="1.0"?><Types><Override PartName="/word/document.xml" ContentType="{main}"/></Types>'
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"[Content_Types].xml": types, **parts}.items():
            archive.writestr(name, content)
    return made.getvalue()


def docx(**parts: bytes | str) -> bytes:
    return package({"word/document.xml": BODY, **parts})


def xlsx() -> bytes:
    made = io.BytesIO()
    Workbook().save(made)
    return made.getvalue()


def odf(kind: str, **parts: bytes | str) -> bytes:
    """What LibreOffice writes, as far as it matters: `kind` is text or spreadsheet."""
    made = io.BytesIO()
    given = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "META-INF/manifest.xml": "<manifest/>",
        "content.xml": "<office:document-content/>",
        **parts,
    }
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in given.items():
            archive.writestr(name, content)
    return made.getvalue()


def bomb() -> bytes:
    """60 MB of blanks in 60 KB."""
    return package({"word/document.xml": b" " * 60_000_000})


def lying_bomb() -> bytes:
    """The same, with a table of contents that says a hundred bytes."""
    made = bytearray(package({"word/document.xml": b" " * 5_000_000}))
    real = struct.pack("<I", 5_000_000)
    while (at := made.find(real)) >= 0:
        made[at : at + 4] = struct.pack("<I", 100)
    return bytes(made)


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    frame = struct.pack(">BBHBHHB", 0xFF, 0xC0, 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + frame + b"\xff\xd9"
