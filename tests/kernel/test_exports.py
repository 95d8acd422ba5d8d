import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grants.kernel import sheets
from grants.kernel.exports import (
    LONGEST_CELL,
    Column,
    Kind,
    csv_list,
    fit_cell,
    guard,
    is_live,
    plain_text,
    unguard,
    xml_text,
)
from grants.kernel.sheets import sheet_name, xlsx_list

COLUMNS = (
    Column("Title"),
    Column("Money", Kind.MONEY),
    Column("Homes", Kind.NUMBER),
    Column("Decided", Kind.DATE),
)
MADE_AT = datetime(2018, 3, 22, 9, 30, tzinfo=UTC)


@given(st.text(st.characters()))
@example("'=1")
@example("''=1")
@example("'")
@example("'\t")
def test_unguarding_gives_back_any_text_that_was_guarded(text):
    assert unguard(guard(text)) == text


@pytest.mark.parametrize(
    "text",
    ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx", " =1", "\u00a0=1", "\ufeff=1", "\uff1d1", "\uff0b1", "'=1"],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert is_live(text)
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Station Road", "2-20 Filwood Broadway", "'quoted'", "a=b", "£5", "(4)"])
def test_ordinary_text_is_left_alone(text):
    assert guard(text) == text


def test_text_that_cannot_be_written_is_shown_as_such():
    assert plain_text("a\ud800b\x00") == "a\ufffdb\ufffd"
    assert xml_text("a\x07\r\nb\rc\ufffe") == "a\ufffd\nb\nc\ufffd"


@pytest.mark.parametrize("character", ["x", "\U0001f600"])
def test_a_cell_is_cut_only_when_a_spreadsheet_could_not_hold_it(character):
    units = 2 if character > "\uffff" else 1
    fits = character * (LONGEST_CELL // units)
    assert fit_cell(fits) == fits
    cut = fit_cell(fits + character)
    assert len(cut.encode("utf-16-le")) // 2 <= LONGEST_CELL
    assert cut.endswith("more characters]")


def read(chunks) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(chunks).decode("utf-8-sig"), newline="")))


def test_a_csv_list_keeps_numbers_as_numbers_and_guards_text():
    rows = [("-5", -5_05, -3, date(2018, 3, 22)), (None, None, Decimal("2.5"), MADE_AT), ("=1", 7, 0, None)]
    assert read(csv_list(COLUMNS, rows)) == [
        ["Title", "Money", "Homes", "Decided"],
        ["'-5", "-5.05", "-3", "2018-03-22"],
        ["", "", "2.5", "2018-03-22T09:30:00+00:00"],
        ["'=1", "0.07", "0", ""],
    ]


def test_a_csv_list_is_streamed_and_not_gathered():
    taken = []

    def rows():
        for number in range(10_000):
            taken.append(number)
            yield ("x", number, number, None)

    chunks = csv_list(COLUMNS, rows())
    next(chunks)
    assert len(taken) < 500
    assert len(read([b"\xef\xbb\xbf", *chunks])) > 9_000


def load(file):
    return openpyxl.load_workbook(file)


def test_a_workbook_list_holds_typed_cells():
    rows = [
        ("=1", 66_670_50, 12, date(2018, 3, 22)),
        (None, None, Decimal("2.5"), MADE_AT),
        ("<r>x</r>", 5_00, 0, None),
    ]
    with xlsx_list(COLUMNS, rows, title="Bids: all [2018]", made_at=MADE_AT) as file:
        sheet = load(file)["Bids  all  2018"]
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert [[value.isoformat() if isinstance(value, date) else value for value in row] for row in values] == [
        ["Title", "Money", "Homes", "Decided"],
        ["=1", 66_670.5, 12, "2018-03-22T00:00:00"],
        [None, None, 2.5, "2018-03-22T09:30:00"],
        ["<r>x</r>", 5, 0, None],
    ]
    assert sheet["A2"].data_type == "s"


def test_the_same_list_gives_the_same_workbook():
    rows = [("x", 1, 1, None)] * 3
    first = xlsx_list(COLUMNS, rows, title="Bids", made_at=MADE_AT).read()
    assert first == xlsx_list(COLUMNS, rows, title="Bids", made_at=MADE_AT).read()


@pytest.mark.parametrize(("count", "names"), [(0, ["Bids"]), (3, ["Bids"]), (4, ["Bids", "Bids 2"])])
def test_a_list_longer_than_a_sheet_goes_on_in_another(monkeypatch, count, names):
    monkeypatch.setattr(sheets, "ROWS_IN_A_SHEET", 4)
    rows = [(f"r{number}", None, number, None) for number in range(count)]
    book = load(xlsx_list(COLUMNS, iter(rows), title="Bids", made_at=MADE_AT))
    assert book.sheetnames == names
    read_back = [row[0].value for sheet in book for row in sheet.iter_rows(min_row=2)]
    assert read_back == [row[0] for row in rows]


@pytest.mark.parametrize(
    ("text", "name"),
    [("Bids", "Bids"), ("a/b:c", "a b c"), ("'x'", "x"), ("", "List"), ("History", "List"), ("y" * 40, "y" * 31)],
)
def test_a_sheet_has_a_name_that_excel_allows(text, name):
    assert sheet_name(text) == name
