from dataclasses import replace
from datetime import date

import pytest

from grants.kernel.exports import Column, Kind
from grants.reports.annex_table import AnnexRow, AnnexTable, Total, as_printed, printed, widths, with_totals
from tests.reports.paper import annex_a, annex_b, paper

COLUMNS = (Column("Council"), Column("Project"), Column("2017/18", Kind.MONEY))


def table(*rows: tuple[str | int | None, ...], **more: object) -> AnnexTable:
    return AnnexTable("Annex", COLUMNS, tuple(AnnexRow(row) for row in rows), date(2018, 3, 22), **more)


@pytest.mark.parametrize(("annex", "name"), [(annex_a, "annex-a"), (annex_b, "annex-b")])
def test_the_annexes_of_march_2018_print_as_the_paper_does(annex, name):
    assert as_printed(annex()) == paper(name)


def test_the_annexes_have_the_rows_that_the_paper_has():
    assert len(annex_a().rows) == 79
    assert sum(row.opens for row in printed(annex_a())) == 40
    assert len(annex_b().rows) == 45


def test_totals_are_the_sums_of_what_is_shown():
    assert with_totals(annex_a()).totals == (
        Total("LRF Funding 2017/18", 24_997_308_00),
        Total("LRF Funding 2018/19", 9_993_742_00),
        Total("LRF Funding 2019/20", 10_211_161_00),
        Total("All of these", 45_202_211_00),
    )
    assert with_totals(annex_b()).totals == (Total("Total Allocation", 4_872_719_00),)


def test_totals_leave_the_printed_table_as_it_was():
    assert as_printed(with_totals(annex_a())) == as_printed(annex_a())


def test_pence_are_printed_only_where_there_are_any_and_a_blank_is_not_nought():
    shown = as_printed(table(("A", "x", 66_670_50), ("A", "y", 1_050_000_00), ("A", "z", 0), ("A", "w", None)))
    assert [row[2] for row in shown[1:]] == ["£66,670.50", "£1,050,000", "£0", ""]


def test_a_council_is_named_again_when_its_rows_are_apart():
    shown = as_printed(table(("A", "x", 1), ("B", "y", 1), ("A", "z", 1)))
    assert [row[0] for row in shown[1:]] == ["A", "B", "A"]


def test_two_partnerships_with_one_lead_each_show_the_lead():
    rows = (AnnexRow(("P", "Lead", "m", 1)), AnnexRow(("P", "Lead", "n", 1)), AnnexRow(("Q", "Lead", "o", 1)))
    columns = (Column("Partnership"), Column("Lead"), Column("Members"), Column("Total", Kind.MONEY))
    shown = as_printed(AnnexTable("B", columns, rows, date(2018, 3, 22), group_columns=(0, 1)))
    assert [row[:2] for row in shown[1:]] == [["P", "Lead"], ["", ""], ["Q", "Lead"]]


def test_a_second_lead_within_a_partnership_is_shown():
    rows = (AnnexRow(("P", "One", 1)), AnnexRow(("P", "Two", 1)))
    shown = as_printed(replace(table(), rows=rows, group_columns=(0, 1)))
    assert [row[:2] for row in shown[1:]] == [["P", "One"], ["", "Two"]]


def test_without_groups_every_name_is_printed():
    shown = as_printed(table(("A", "x", 1), ("A", "x", 1), group_columns=()))
    assert [row[0] for row in shown[1:]] == ["A", "A"]


@pytest.mark.parametrize("row", [("A", "x"), ("A", 5, None), ("A", "x", "£5"), ("A", "x", None, None)])
def test_a_row_that_does_not_fit_its_columns_is_refused(row):
    with pytest.raises(ValueError, match="row 1"):
        table(row)


@pytest.mark.parametrize(("title", "columns"), [("Annex", ()), (" ", COLUMNS), ("\u200b", COLUMNS)])
def test_a_table_without_a_title_or_columns_is_refused(title, columns):
    with pytest.raises(ValueError, match="needs a title and a column"):
        AnnexTable(title, columns, (), date(2018, 3, 22))


def test_each_column_gets_room_and_none_takes_it_all():
    shares = widths(table(("A", "x" * 5_000, 1)))
    assert min(shares) >= 12
    assert max(shares) <= 90
