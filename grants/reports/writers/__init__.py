"""The annex in five formats. The same table gives the same bytes, however much later it is run again."""

from enum import StrEnum
from importlib import import_module

from grants.reports.annex_table import AnnexTable


class AnnexFormat(StrEnum):
    """A format and, as its value, the ending of the file's name."""

    CSV = "csv"
    XLSX = "xlsx"
    DOCX = "docx"
    HTML = "html"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        """What a browser is told that the file is."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    AnnexFormat.CSV: "text/csv; charset=utf-8",
    AnnexFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    AnnexFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    AnnexFormat.HTML: "text/html; charset=utf-8",
    AnnexFormat.PDF: "application/pdf",
}


def write_annex(table: AnnexTable, form: AnnexFormat) -> bytes:
    """The whole file. Each format's library is loaded by the first annex that needs it, not when the product starts."""
    writer = import_module(f"{__name__}.{form.value}")
    written: bytes = getattr(writer, f"annex_{form.value}")(table)
    return written
