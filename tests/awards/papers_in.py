"""What the tests of imports and annexes share: files of papers made in the test, and papers brought in."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl

from grants.awards.import_files import Wish, import_file
from grants.awards.models import PaperImport
from grants.kernel.db import db
from grants.kernel.exports import guard

ANNEXES = Path(__file__).parents[1] / "fixtures/awards"
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LRF_HEAD = ["Local Authority", "Project", "LRF Funding 2017/18", "LRF Funding 2018/19", "LRF Funding 2019/20"]
OPE_HEAD = ["Partnership", "Lead Council", "Local Authorities in Partnership", "Total Allocation"]


def fixture(name: str) -> bytes:
    return (ANNEXES / name).read_bytes()


def rows_of(name: str) -> list[list[str]]:
    """A fixture's rows, head included."""
    return list(csv.reader(io.StringIO(fixture(name).decode())))


def as_csv(rows: list[list[Any]]) -> bytes:
    """As a spreadsheet would write it; what would run is guarded."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[guard(str(cell)) for cell in row] for row in rows])
    return text.getvalue().encode()


def as_xlsx(rows: list[list[Any]]) -> bytes:
    """A workbook in which sums are numbers and all else is text."""
    book = openpyxl.Workbook()
    sheet = book.active
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row, start=1):
            place = sheet.cell(number, column)
            if number > 1 and str(cell).isdigit():
                place.value = int(cell)
            elif cell != "":
                place.value, place.data_type = str(cell), "s"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def bring(data: bytes, name: str, code: str, *, by: Any = None, beside: Any = None, **wish: Any) -> PaperImport:
    """Imported and committed."""
    reading = import_file(data, name, Wish(code, **wish), by=by, at=AT, beside=beside)
    db.session.commit()
    return reading


def bring_lrf(**wish: Any) -> PaperImport:
    return bring(fixture("lrf_2018.csv"), "lrf_2018.csv", "lrf-2017", **wish)


def bring_ope(**wish: Any) -> PaperImport:
    return bring(fixture("ope_2018.csv"), "ope_2018.csv", "ope-6-2018", **wish)


def small(*rows: list[Any], code: str = "lrf-2017", **wish: Any) -> PaperImport:
    """A paper of these rows in the LRF's layout."""
    return bring(as_csv([LRF_HEAD, *rows]), "small.csv", code, **{"awarded_on": date(2018, 2, 16), **wish})
