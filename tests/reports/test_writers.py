"""Every format shows the same strings, carries any text as typed, runs none of it, and is the same bytes again."""

import csv
import io
import re
import zipfile
from dataclasses import replace
from datetime import date

import openpyxl
import pytest
from bs4 import BeautifulSoup
from docx import Document
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from grants.kernel.exports import LONGEST_CELL, Column, Kind, plain_text, unguard, xml_text
from grants.kernel.paper import RARE, RARE_NOTE
from grants.reports.annex_table import AnnexRow, AnnexTable, Total, as_printed, with_totals
from grants.reports.writers import AnnexFormat, write_annex
from grants.reports.writers.csv import annex_csv
from grants.reports.writers.docx import annex_docx
from grants.reports.writers.html import annex_html
from grants.reports.writers.pdf import annex_pdf
from grants.reports.writers.xlsx import annex_xlsx
from tests.reports.paper import annex_a, annex_b, paper

ANNEXES = pytest.mark.parametrize(("annex", "name"), [(annex_a, "annex-a"), (annex_b, "annex-b")])

# What hypothesis would rarely find by itself: formulas, markup of each format, and text that breaks files.
TRAPS = [
    '=HYPERLINK("http://example.org","x")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    " =1+1",
    "\uff1d1+1",
    "'=1+1",
    "''=1",
    "'quoted'",
    "{=SUM(A1)}",
    "<r><t>gone</t></r>",
    "<r></r>",
    "<b>&amp;</b>",
    "</w:t></w:r>",
    "{{ 7 * 7 }}",
    "{% raw %}",
    '#panic("x") *b* $x$ @label',
    "_x0041_",
    "a\nb",
    "a\r\nb",
    " both ends ",
    "\x00\x07",
    "\ud800",
    "\ufffe",
    "\U0001f600",
    "中文",
    "a;=1+1",
    'say "so", he said',
    "x" * 200,
]


def table_of(title: str, *more: str) -> AnnexTable:
    """A table in which the text stands in each place where typed text can."""
    columns = (Column("Council"), Column("Project"), Column("2017/18", Kind.MONEY))
    rows = [AnnexRow((f"Council {number}", text, 5_00)) for number, text in enumerate((title, *more))]
    return AnnexTable("Annex", columns, tuple(rows), date(2018, 3, 22))


def read_csv(data: bytes) -> list[list[str]]:
    return [[unguard(cell) for cell in row] for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))]


def sheet_of(data: bytes, name: str = "Annex"):
    return openpyxl.load_workbook(io.BytesIO(data), rich_text=False)[name]


def shown(cell) -> str:
    """What a spreadsheet shows for a cell in one of our two money formats, or for plain text."""
    if not isinstance(cell.value, int | float):
        return cell.value or ""
    digits = {'£#,##0;"−"£#,##0': 0, '£#,##0.00;"−"£#,##0.00': 2}[cell.number_format]
    return f"{'−' if cell.value < 0 else ''}£{abs(cell.value):,.{digits}f}"


def read_xlsx(data: bytes) -> list[list[str]]:
    return [[shown(cell) for cell in row] for row in sheet_of(data).iter_rows()]


def read_docx(data: bytes) -> list[list[str]]:
    """The first table's cells; asked of the XML, which is much quicker than `table.cell`."""
    rows = Document(io.BytesIO(data)).tables[0].rows
    return [[cell.text for cell in row.cells] for row in rows]


def read_html(data: bytes) -> list[list[str]]:
    table = BeautifulSoup(data.decode(), "html.parser").find("table")
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]


READERS = [(annex_csv, read_csv), (annex_xlsx, read_xlsx), (annex_docx, read_docx), (annex_html, read_html)]


def pdf_text(data: bytes) -> str:
    """All the text of the pages, without blanks: where a line was broken does not matter."""
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages))


# --- the paper of 2018


@ANNEXES
@pytest.mark.parametrize(("write", "read"), READERS)
def test_each_format_equals_the_paper_cell_for_cell(annex, name, write, read):
    assert read(write(annex())) == paper(name)
    assert read(write(with_totals(annex()))) == paper(name)


@ANNEXES
def test_the_pdf_holds_every_cell_of_the_paper_and_no_cell_is_lost_between_pages(annex, name):
    text = pdf_text(annex_pdf(annex()))
    for row in paper(name):
        for cell in row:
            assert re.sub(r"\s", "", cell) in text


def test_a_blank_is_no_value_in_a_spreadsheet():
    sheet = sheet_of(annex_xlsx(annex_a()))
    assert sheet["D2"].value is None
    assert sheet["A3"].value is None
    assert sheet["C2"].value == 32_000


def test_totals_of_all_formats_are_those_of_the_table():
    table = with_totals(annex_a())
    sums = ["£24,997,308", "£9,993,742", "£10,211,161", "£45,202,211"]
    assert [row[1] for row in read_csv(annex_csv(table, with_totals=True))[-4:]] == sums
    notes = sheet_of(annex_xlsx(table), "Notes")
    assert [shown(notes.cell(row, 2)) for row in range(4, 8)] == sums
    assert [row.cells[1].text for row in Document(io.BytesIO(annex_docx(table))).tables[1].rows][1:] == sums
    page = BeautifulSoup(annex_html(table).decode(), "html.parser")
    assert [cell.get_text() for cell in page.find_all("table")[1].find_all("td")] == sums
    assert all(total in pdf_text(annex_pdf(table)) for total in sums)


@ANNEXES
def test_without_being_asked_csv_has_no_totals(annex, name):
    assert annex_csv(with_totals(annex())) == annex_csv(annex())


@pytest.mark.parametrize("form", list(AnnexFormat))
def test_the_same_table_gives_the_same_bytes(form):
    table = replace(with_totals(annex_a()), notes=("A note.",), source="A source")
    assert write_annex(table, form) == write_annex(replace(table), form)
    assert form.media_type


@pytest.mark.parametrize("form", list(AnnexFormat))
def test_an_annex_without_rows_can_be_written(form):
    assert write_annex(replace(table_of("x"), rows=()), form)


def test_pence_and_very_large_sums_show_the_same_in_every_format():
    rows = tuple(
        AnnexRow((f"C{pence}", None, pence)) for pence in (1, 66_670_50, 0, -170_000_00, -1, 10**15 - 1, 2**63 - 1)
    )
    table = replace(table_of("x"), rows=rows)
    for write, read in READERS:
        assert read(write(table)) == as_printed(table)
    assert as_printed(table)[-1][2] == "£92,233,720,368,547,758.07"


# --- any text at all


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.characters(), max_size=60), min_size=1, max_size=6))
@example(TRAPS)
def test_any_title_comes_out_as_it_went_in(titles):
    table = table_of(*titles)
    assert [row[1] for row in read_csv(annex_csv(table))[1:]] == [plain_text(title) for title in titles]
    fit = [xml_text(title) for title in titles]
    assert [row[1] for row in read_docx(annex_docx(table))[1:]] == fit
    assert [row[1] for row in read_html(annex_html(table))[1:]] == fit
    assert [row[1] for row in read_xlsx(annex_xlsx(table))[1:]] == fit


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=60), min_size=1, max_size=6))
@example(TRAPS)
def test_no_cell_is_a_formula_or_a_link(titles):
    data = annex_xlsx(table_of(*titles))
    sheet = sheet_of(data)
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    live = re.compile(r"[\s\x00-\x1f]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")
    for row in csv.reader(io.StringIO(annex_csv(table_of(*titles)).decode("utf-8-sig"), newline="")):
        assert not live.match(row[1])


def test_what_looks_like_a_formula_stays_text_after_it_is_edited_in_a_spreadsheet():
    sheet = sheet_of(annex_xlsx(table_of("=1+1", "plain")))
    assert sheet["B2"].quotePrefix
    assert not sheet["B3"].quotePrefix


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(), max_size=40))
@example("\U0001f600")
@example('#panic("x")')
def test_a_pdf_is_made_of_any_text(title):
    table = replace(table_of(title), title=f"Annex {title}", notes=(title,), source=title)
    assert annex_pdf(table).startswith(b"%PDF")


def test_typst_takes_what_was_typed_as_text():
    typed = '#panic("x")*b*$x$@label<here>_i_`raw`'
    assert typed in pdf_text(annex_pdf(table_of(typed)))


def test_every_character_that_is_never_spelled_out_can_be_set():
    common = [character for character in map(chr, range(32, 0xFFFF)) if not RARE.match(character)]
    text = pdf_text(annex_pdf(table_of(" ".join(common))))
    assert "ŷ" in common
    assert len(common) > 1_000
    assert "[U+" not in text


def test_a_character_that_the_typeface_lacks_is_spelled_out_and_said():
    text = pdf_text(annex_pdf(table_of("Tŷ \U0001f600 Ŵyn")))
    assert "Tŷ[U+1F600]Ŵyn" in text
    assert re.sub(r"\s", "", RARE_NOTE) in text


def test_text_longer_than_a_cell_is_cut_in_a_workbook_and_says_so_and_nowhere_else():
    title = "long " * 10_000
    table = table_of(title)
    cell = read_xlsx(annex_xlsx(table))[1][1]
    assert len(cell) <= LONGEST_CELL
    assert re.search(r"\[cut here: [\d,]+ more characters\]$", cell)
    for write, read in ((annex_csv, read_csv), (annex_docx, read_docx), (annex_html, read_html)):
        assert read(write(table))[1][1] == title
    assert pdf_text(annex_pdf(table)).count("long") == 10_000


def test_a_word_longer_than_its_column_is_not_lost_off_the_page():
    data = annex_pdf(table_of("x" * 3_000))
    assert pdf_text(data).count("x") >= 3_000
    widest = max(
        sum(1 for character in line if character == "x")
        for page in PdfReader(io.BytesIO(data)).pages
        for line in page.extract_text(extraction_mode="layout").splitlines()
    )
    assert widest < 400


@pytest.mark.parametrize("text", TRAPS)
def test_headings_title_notes_and_source_are_as_safe_as_cells(text):
    columns = (Column(text), Column("Project"), Column("2017/18", Kind.MONEY))
    table = replace(
        table_of("x"), columns=columns, title=f"Annex {text}", notes=(text,), source=text, totals=(Total(text, 1_00),)
    )
    assert read_csv(annex_csv(table))[0][0] == plain_text(text)
    assert read_docx(annex_docx(table))[0][0] == xml_text(text)
    assert read_xlsx(annex_xlsx(table))[0][0] == xml_text(text)
    page = BeautifulSoup(annex_html(table).decode(), "html.parser")
    assert page.find("h1").get_text() == xml_text(f"Annex {text}")
    assert annex_pdf(table)


# --- each format's own promises


def test_html_stands_alone_and_can_be_read_aloud():
    page = BeautifulSoup(annex_html(with_totals(annex_a())).decode(), "html.parser")
    assert page.html["lang"] == "en-GB"
    assert page.find("caption")
    assert all(heading.get("scope") for heading in page.find_all("th"))
    assert len(page.find("table").find_all("th", scope="rowgroup")) == 40
    assert not page.find_all(["script", "img", "link", "iframe"])
    assert "@media print" in page.find("style").get_text()


def test_html_typed_into_a_title_is_shown_and_not_obeyed():
    page = BeautifulSoup(annex_html(table_of("<script>alert(1)</script>")).decode(), "html.parser")
    assert not page.find_all("script")


def test_word_repeats_the_headings_keeps_rows_whole_and_holds_no_field_but_the_page_number():
    package = zipfile.ZipFile(io.BytesIO(annex_docx(annex_a())))
    body = package.read("word/document.xml").decode()
    assert body.count("<w:tblHeader/>") == 1
    assert body.count("<w:cantSplit/>") == 80
    assert 'w:orient="landscape"' in body
    assert "fldSimple" not in body
    assert "instrText" not in body
    assert package.read("word/footer1.xml").decode().count("w:fldSimple ") == 2
    assert 'w:val="en-GB"' in package.read("word/styles.xml").decode()
    assert not any(b"External" in package.read(name) for name in package.namelist())


def test_word_gives_the_date_of_the_annex_as_its_own():
    properties = Document(io.BytesIO(annex_docx(annex_a()))).core_properties
    assert properties.created.date() == date(2018, 3, 22)
    assert properties.title == "Annex A: LRF Funding Awards"


def test_the_pdf_is_tagged_titled_and_in_english():
    reader = PdfReader(io.BytesIO(annex_pdf(annex_a())))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert reader.metadata.title == "Annex A: LRF Funding Awards"
    assert "pdfuaid" in reader.xmp_metadata.stream.get_data().decode()
    assert reader.metadata.creation_date.date() == date(2018, 3, 22)


def test_the_pdf_repeats_its_headings_on_every_page_of_the_table():
    pages = PdfReader(io.BytesIO(annex_pdf(annex_a()))).pages
    assert len(pages) > 1
    assert all("Local Authority" in page.extract_text() for page in pages)
