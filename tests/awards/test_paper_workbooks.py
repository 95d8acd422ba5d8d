"""A workbook laid out as an annex reads as the CSV file does, and a hostile or broken one is refused in plain words."""

import io
import zipfile
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from grants.awards.papers import workbooks as paper_workbooks
from grants.awards.papers.types import PaperError, WarningCode, fingerprint
from grants.kernel.exports import Column, Kind
from grants.kernel.financial_year import FinancialYear
from grants.reports.annex_table import AnnexRow, AnnexTable
from grants.reports.writers.csv import annex_csv
from grants.reports.writers.xlsx import annex_xlsx

HEAD = ["Local Authority", "Project", "2017/18", "2018/19"]
ROW = ["Luton Council", "Taylor Street", 855545, None]


def workbook(*sheets):
    """The bytes of an XLSX file with these sheets, each a list of rows."""
    book = Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"Sheet {number}")
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data, **changes):
    """The same zip file with parts added or put in place of others; keyword `content_types` stands for its own part."""
    names = {"content_types": "[Content_Types].xml", "sheet": "xl/worksheets/sheet1.xml", "macros": "xl/vbaProject.bin"}
    changed = {names[key]: value for key, value in changes.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.namelist():
            content = before.read(part)
            after.writestr(part, changed.pop(part)(content) if part in changed else content)
        for part, make in changed.items():
            after.writestr(part, make(b""))
    return out.getvalue()


def refusal(read, data, filename="paper.xlsx"):
    with pytest.raises(PaperError) as caught:
        read(data, filename)
    return caught.value


def test_both_annexes_in_one_workbook_equal_the_csv_files(read, lrf, ope):
    a = [["Local Authority", "Project", *(f"LRF Funding {y}/{y % 100 + 1}" for y in lrf.years)]]
    a += [
        [r.recipient, r.project, *(r.amounts[y] // 100 if y in r.amounts else None for y in lrf.years)]
        for r in lrf.rows
    ]
    b = [["Partnership", "Lead Council", "Local Authorities in Partnership", "Total Allocation"]]
    b += [[row.recipient, row.lead, "; ".join(row.members), row.total_pence / 100] for row in ope.rows]
    papers = read(workbook(a, [["Notes"], ["made for a test"]], b), "annexes.xlsx")
    for paper, plain in zip(papers, (lrf, ope), strict=True):
        assert [fingerprint(row) for row in paper.rows] == [fingerprint(row) for row in plain.rows]
        assert [row.amounts for row in paper.rows] == [row.amounts for row in plain.rows]
        assert paper.total_pence == plain.total_pence
    assert [w.subject for w in papers[0].warnings if w.code is WarningCode.TABLE_LEFT_OUT] == ["Sheet 2"]


@pytest.mark.parametrize(("write", "filename"), [(annex_csv, "annex.csv"), (annex_xlsx, "annex.xlsx")])
def test_the_annex_that_we_print_reads_in_again(read, lrf, write, filename):
    columns = [Column("Local Authority"), Column("Project")]
    columns += [Column(f"LRF Funding {FinancialYear(year)}", Kind.MONEY) for year in lrf.years]
    titles = ["=1+1", "@SUM(A1)", "'quoted'", "-5", " a blank before", "_x0041_", *(row.project for row in lrf.rows)]
    rows = [
        AnnexRow((row.recipient, title, *(row.amounts.get(year) for year in lrf.years)))
        for row, title in zip(lrf.rows, titles, strict=False)
    ]
    table = AnnexTable("Annex A", tuple(columns), tuple(rows), date(2018, 3, 22), notes=("As printed.",))
    [paper] = read(write(table), filename)
    assert [row.project for row in paper.rows] == titles[:79]
    assert [row.recipient for row in paper.rows] == [row.recipient for row in lrf.rows]
    assert [row.amounts for row in paper.rows] == [row.amounts for row in lrf.rows]


def test_titles_and_blank_rows_keep_their_rows_numbers_and_names_carry_down(read):
    [paper] = read(workbook([["Awards"], [], HEAD, ROW, [], [None, "A Street", None, "£1,000.50"]]), "paper.xlsx")
    assert [(row.line, row.recipient, row.total_pence) for row in paper.rows] == [
        (4, "Luton Council", 855_545_00),
        (6, "Luton Council", 1_000_50),
    ]


@pytest.mark.parametrize(
    ("number", "pence"),
    [(0.1 + 0.2, 30), (1050000.5, 1050000_50), (9_999_999_999_999.99, 999_999_999_999_999), (7, 700)],
)
def test_a_number_is_read_to_the_digits_that_a_spreadsheet_shows(read, number, pence):
    [paper] = read(workbook([HEAD, ["Luton Council", "A Street", number]]), "paper.xlsx")
    assert paper.total_pence == pence


@pytest.mark.parametrize("number", [-5, 0.001, 1 / 3, 10**13, 1e300, True, date(2018, 3, 22), "#REF!", "NaN"])
def test_a_cell_that_holds_no_sum_is_refused_with_its_row(read, number):
    assert refusal(read, workbook([HEAD, ROW, ["Luton Council", "A Street", number]])).row == 3


def test_a_formula_whose_result_was_not_saved_is_not_taken_for_a_blank(read):
    error = refusal(read, workbook([HEAD, ["Luton Council", "A Street", 5, "=C2*2"]]))
    assert error.row == 2
    assert "formula" in str(error)


def test_a_formula_outside_the_columns_of_an_annex_does_no_harm(read):
    [paper] = read(workbook([[*HEAD, "Homes"], ["Luton Council", "A Street", 5, None, "=1+1"]]), "paper.xlsx")
    assert paper.total_pence == 5_00


def test_a_control_character_written_as_a_workbook_does_is_refused(read):
    assert refusal(read, workbook([HEAD, ["Luton Council", "A_x0007_ Street", 5]])).row == 2


@pytest.mark.parametrize("filename", ["a.xlsm", "a.XLSM", "a.xls", "a.xlsb", "a.ods", "a.pdf", "a.docx"])
def test_files_of_another_kind_are_refused_by_name(read, filename):
    assert "Save it as CSV" in str(refusal(read, workbook([HEAD, ROW]), filename))


def test_macros_are_refused_whatever_the_file_is_called(read):
    book = workbook([HEAD, ROW])
    assert "macros" in str(refusal(read, repacked(book, macros=lambda _: b"x")))
    with_macros = repacked(book, content_types=lambda xml: xml.replace(b"spreadsheetml.sheet.main", b"macroEnabled"))
    assert "macros" in str(refusal(read, with_macros))


def test_a_workbook_that_unpacks_to_far_too_much_is_not_opened(read):
    bomb = repacked(workbook([HEAD, ROW]), macros=lambda _: b"\0" * (paper_workbooks.MOST_BYTES_UNPACKED + 1))
    assert len(bomb) < 200_000
    assert "unpacks" in str(refusal(read, bomb))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_that_declares_entities_is_not_opened(read, encoding):
    def declare(xml):
        text = xml.decode().removeprefix("<?xml version='1.0' encoding='UTF-8'?>")
        return f'<!DOCTYPE x [<!ENTITY a "aaaaaaaa">]>{text}'.encode(encoding)

    assert "entities" in str(refusal(read, repacked(workbook([HEAD, ROW]), sheet=declare)))


def test_the_size_that_a_sheet_states_of_itself_is_not_believed(read):
    data = repacked(
        workbook([HEAD, ROW]), sheet=lambda xml: xml.replace(b'<dimension ref="A1:D2"', b'<dimension ref="A1:A1"')
    )
    [paper] = read(data, "paper.xlsx")
    assert paper.total_pence == 855_545_00


def test_cells_far_away_are_refused_but_not_an_empty_one_far_down(read):
    book = Workbook()
    for row in (HEAD, ROW):
        book.active.append(row)
    book.active["A1048576"].number_format = "0.00"
    out = io.BytesIO()
    book.save(out)
    assert read(out.getvalue(), "paper.xlsx")
    for address, what in (("A30000", "beyond row"), ("XFD2", "columns")):
        book.active[address] = "x"
        out = io.BytesIO()
        book.save(out)
        assert what in str(refusal(read, out.getvalue()))
        del book.active._cells[book.active[address].row, book.active[address].column]


def test_a_file_larger_than_any_paper_is_refused(read):
    assert "10 MB" in str(refusal(read, b"x" * (10 * 2**20 + 1), "paper.csv"))


@settings(max_examples=150)
@given(at=st.integers(0), byte=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_workbook_is_a_paper_or_a_refusal(read, at, byte, cut):
    data = bytearray(DAMAGED)
    if cut:
        del data[at % len(data) :]
    else:
        data[at % len(data)] = byte
    with suppress(PaperError):
        assert read(bytes(data), "paper.xlsx")


DAMAGED = workbook([HEAD, ROW])
