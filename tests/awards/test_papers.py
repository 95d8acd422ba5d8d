"""The two annexes of March 2018 read the same from a CSV file and from the report's text, to the penny and the star."""

from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.awards.papers.types import PaperError, PaperKind, WarningCode, fingerprint
from grants.kernel.exports import guard
from grants.kernel.money import MOST_PENCE, pounds
from grants.kernel.text import unfit

HEAD = "Local Authority,Project,LRF Funding 2017/18,LRF Funding 2018/19\n"
PARTNERS = "Partnership,Lead Council,Local Authorities in Partnership,Total Allocation\n"


def refusal(read, content, filename="paper.csv"):
    with pytest.raises(PaperError) as caught:
        read(content, filename)
    return caught.value


def cells(row):
    return row.recipient, row.project, row.lead, row.members, row.amounts, row.total_pence


def codes(paper):
    return Counter(warning.code for warning in paper.warnings)


def test_annex_a_has_79_projects_of_40_awardees_in_106_year_cells(lrf):
    assert lrf.kind is PaperKind.COUNCIL_PROJECTS
    assert lrf.years == (2017, 2018, 2019)
    assert len(lrf.rows) == 79
    assert len({row.recipient for row in lrf.rows}) == 40
    assert sum(len(row.amounts) for row in lrf.rows) == 106


def test_annex_a_comes_to_the_printed_totals(lrf):
    by_year = [sum(row.amounts.get(year, 0) for row in lrf.rows) for year in lrf.years]
    assert by_year == [24_997_308_00, 9_993_742_00, 10_211_161_00]
    assert lrf.total_pence == 45_202_211_00


def test_annex_b_has_45_rows_for_4872719_pounds(ope):
    assert ope.kind is PaperKind.PARTNERSHIPS
    assert ope.years == ()
    assert len(ope.rows) == 45
    assert ope.total_pence == 4_872_719_00
    assert sum(row.total_pence for row in ope.rows if row.lead == "N/A") == 5 * 70_000_00


def test_annex_b_prints_239_members_9_of_them_starred(ope):
    assert sum(len(row.members) for row in ope.rows) == 239
    assert sum(name.count("*") for row in ope.rows for name in row.members) == 9


def test_the_reports_text_holds_the_same_awards_row_for_row(printed, lrf, ope):
    annex_a, annex_b = printed
    assert [cells(row) for row in annex_a.rows] == [cells(row) for row in lrf.rows]
    assert [cells(row) for row in annex_b.rows] == [cells(row) for row in ope.rows]
    assert [paper.title for paper in printed] == [
        "Annex A: LRF Funding Awards",
        "Annex B: Additional OPE Funding Awards",
    ]


def test_a_row_has_the_same_fingerprint_in_every_form_and_no_other_row_has_it(printed, lrf, ope):
    for paper, text in ((lrf, printed[0]), (ope, printed[1])):
        assert [fingerprint(row) for row in paper.rows] == [fingerprint(row) for row in text.rows]
        assert len({fingerprint(row) for row in paper.rows}) == len(paper.rows)


def test_a_row_keeps_the_lines_that_it_came_from(printed):
    [split] = [row for row in printed[0].rows if row.project == "Lower Stone Close, Frampton Cotterell"]
    assert split.line == 74
    assert split.source_text == "\tLower Stone Close, Frampton\t\t\t£20,000\n\n\tCotterell\t\t\t"
    [partnership] = [row for row in printed[1].rows if row.recipient == "Greater Lincolnshire One Public Estate"]
    assert len(partnership.members) == 10
    assert partnership.source_text.count("\n") == 2


def test_reading_alone_finds_these_oddities_in_the_reports_text(printed):
    assert codes(printed[0]) == {
        WarningCode.YEAR_RANGE_BROKEN: 1,
        WarningCode.TAB_SEPARATED_TEXT: 1,
        WarningCode.NO_REFERENCE_COLUMN: 1,
        WarningCode.YEAR_WITHOUT_AWARD: 1,
        WarningCode.NAME_CARRIED_DOWN: 14,
        WarningCode.BLANK_LINE_IN_BLOCK: 1,
        WarningCode.ROW_SPLIT_BY_PAGE_BREAK: 1,
    }
    assert codes(printed[1]) == {
        WarningCode.TAB_SEPARATED_TEXT: 1,
        WarningCode.NAME_CARRIED_DOWN: 1,
        WarningCode.ROW_SPLIT_BY_PAGE_BREAK: 5,
        WarningCode.NAME_RUN_TOGETHER: 1,
    }


def test_a_file_with_names_filled_in_and_members_divided_raises_none_of_those(lrf, ope):
    assert codes(lrf) == {WarningCode.NO_REFERENCE_COLUMN: 1, WarningCode.YEAR_WITHOUT_AWARD: 1}
    assert codes(ope) == {}


@pytest.mark.parametrize(
    "head",
    [
        "local_authority,project,2017/18,2018/19\n",
        "Council,Project title,2017-18,2018-19\n",
        "LOCAL AUTHORITY;Project;LRF Funding 2017/2018;LRF funding 2018/2019\n",
        "Awardee\tScheme\tAward 2017\u201318 (£)\tFY 2018 / 19\n",
        '"Local  Authority (name)","Project",2017/18,Grant 2018/19\n'.replace(" (name)", ""),
    ],
)
def test_a_head_is_known_by_what_it_means(read, head):
    mark = next(mark for mark in ",;\t" if mark in head)
    [paper] = read(head + mark.join(["Luton Council", "Taylor Street", "", "855545"]) + "\n")
    assert paper.years == (2017, 2018)
    assert paper.rows[0].amounts == {2018: 855_545_00}


def test_a_title_may_stand_above_the_head_and_columns_in_any_order(read):
    text = "Awards of 2018,,,\n,,,\nProject,2018/19,Council,Homes\nTaylor Street,£70.50,Luton Council,12\n"
    [paper] = read(text)
    assert cells(paper.rows[0]) == ("Luton Council", "Taylor Street", "", (), {2018: 70_50}, 70_50)
    assert paper.rows[0].line == 4
    assert codes(paper)[WarningCode.COLUMN_LEFT_OUT] == 1


def test_a_file_laid_out_otherwise_is_told_which_headings_were_looked_for(read):
    assert "Local Authority, Project" in str(refusal(read, "Name,Sum\nLuton,5\n"))
    assert "Local Authority, Project" in str(refusal(read, ""))


@pytest.mark.parametrize("heading", ["2017/19", "2017/16", "Funding 2017", "Homes 2017/18", "2017/18 and 2018/19"])
def test_a_year_that_is_none_is_refused_with_its_cell(read, heading):
    error = refusal(read, f"Council,Project,{heading}\nLuton Council,Taylor Street,5\n")
    assert error.row == 1
    assert f"column 3 (“{heading}”)" in str(error)


@pytest.mark.parametrize("heading", ["2017/18 (£000)", "2017/18 £'000s", "2017/18 in thousands", "2017/18 (£m)"])
def test_a_column_that_does_not_count_in_pounds_is_refused(read, heading):
    assert "pounds" in str(refusal(read, f"Council,Project,{heading}\nLuton Council,Taylor Street,5\n"))


def test_a_year_headed_twice_is_refused(read):
    error = refusal(read, "Council,Project,2017/18,2017-18\nLuton Council,Taylor Street,5,6\n")
    assert "same thing as column 3" in str(error)


def test_council_and_project_without_a_year_is_refused(read):
    assert "financial year" in str(refusal(read, "Council,Project,Total\nLuton Council,Taylor Street,5\n"))


def test_a_blank_name_is_carried_down_in_a_csv_file_too(read):
    [paper] = read(HEAD + "Luton Council,A Street,1,\n,B Street,2,\n,,,\n,C Street,3,\nTorbay Council,D Street,4,\n")
    assert [row.recipient for row in paper.rows] == ["Luton Council"] * 3 + ["Torbay Council"]
    assert codes(paper)[WarningCode.NAME_CARRIED_DOWN] == 1
    assert [w.line for w in paper.warnings if w.code is WarningCode.BLANK_LINE_IN_BLOCK] == [4]


def test_a_second_half_joins_its_members_with_the_mark_of_the_first(read):
    [paper] = read(PARTNERS + "North,Luton Council,A Council; B Council,5\n,,C Council; D Council,\n")
    assert paper.rows[0].members == ("A Council", "B Council", "C Council", "D Council")


@pytest.mark.parametrize(
    "row",
    [
        "Luton Council,A Street,1,\nTorbay Council,B Street,,\n",
        "Luton Council,A Street,1,\n\nTorbay Council,B Street,,\n",
        "Luton Council,A Street,,\n",
        "Luton Council,A Street,0,0\n",
    ],
)
def test_a_row_without_money_that_is_no_second_half_is_refused(read, row):
    assert "gives no sum" in str(refusal(read, HEAD + row))


def test_rows_that_nobody_is_named_for_or_without_a_project_are_refused(read):
    assert refusal(read, HEAD + ",A Street,1,\n").row == 2
    assert "names no project" in str(refusal(read, HEAD + "Luton Council,,1,\n"))


def test_a_typed_nought_is_no_award_and_is_warned_of(read):
    [paper] = read(HEAD + "Luton Council,A Street,0,£5\n")
    assert paper.rows[0].amounts == {2018: 5_00}
    assert codes(paper)[WarningCode.ZERO_TYPED] == 1


def test_cells_beyond_the_head_are_refused_and_missing_ones_warned_of(read):
    assert refusal(read, HEAD + "Luton Council,A Street,1,,9\n").row == 2
    [paper] = read(HEAD + "Luton Council,A Street,1\n")
    assert codes(paper)[WarningCode.UNEVEN_COLUMNS] == 1


def test_a_row_of_totals_is_left_out_if_it_is_right_and_refused_if_not(read):
    rows = HEAD + "Luton Council,A Street,1,2\n,B Street,3,\n"
    [paper] = read(rows + "Total,,4,2\n")
    assert len(paper.rows) == 2
    assert codes(paper)[WarningCode.TOTAL_ROW_LEFT_OUT] == 1
    error = refusal(read, rows + "Total,,5,2\n")
    assert error.row == 4
    assert "£5; the rows make £4" in str(error)
    assert "below the row of totals" in str(refusal(read, rows + "Total,,4,2\nLuton Council,C Street,1,\n"))


def test_a_stated_total_that_its_years_do_not_make_is_refused_with_its_row(read):
    head = "Council,Project,2017/18,2018/19,Total\n"
    [paper] = read(head + "Luton Council,A Street,1,2,3\n")
    assert paper.total_pence == 3_00
    error = refusal(read, head + "Luton Council,A Street,1,2,3\n,B Street,1,2,4\n")
    assert error.row == 3


def test_a_head_printed_again_on_the_next_page_is_left_out(read):
    [paper] = read(HEAD + "Luton Council,A Street,1,\n" + HEAD + ",B Street,2,\n")
    assert len(paper.rows) == 2
    assert codes(paper)[WarningCode.HEADER_REPEATED] == 1


def test_the_same_names_twice_are_two_awards_with_a_warning(read):
    [paper] = read(HEAD + "Luton Council,A Street,1,\nLuton  council,a street ,2,\n")
    assert [row.occurrence for row in paper.rows] == [1, 2]
    assert fingerprint(paper.rows[0]) != fingerprint(paper.rows[1])
    assert codes(paper)[WarningCode.DUPLICATE_ROW] == 1


@pytest.mark.parametrize("bad", ["\x00", "\x07", "\x1b", "\x7f", "\ufffe"])
def test_characters_that_no_store_keeps_are_refused_with_their_row(read, bad):
    assert refusal(read, HEAD + f"Luton Council,A Street,1,\nLuton Council,B{bad} Street,1,\n").row == 3


def test_windows_text_is_read_with_a_warning(read):
    [paper] = read((HEAD + "Luton Council,King’s Street,£5,\n").encode("cp1252"))
    assert paper.rows[0].project == "King’s Street"
    assert codes(paper)[WarningCode.NOT_UTF8] == 1
    assert refusal(read, b"\x81\x8d").row == 1


def test_a_byte_order_mark_is_no_part_of_the_head(read):
    assert read(b"\xef\xbb\xbf" + (HEAD + "Luton Council,A Street,5,\n").encode())


def test_prose_inside_a_reports_table_is_refused(read):
    table = "Annex A: Awards\n\nCouncil\tProject\t2017/18\nLuton Council\tA Street\t£5\nand\n\tB Street\t£5\n"
    error = refusal(read, table, "report.txt")
    assert error.row == 5


def test_an_annex_of_something_else_is_left_out_with_a_warning(read):
    text = "Annex A\nRisk\tOwner\nLate\tMe\n\nAnnex B\nCouncil\tProject\t2017/18\nLuton Council\tA Street\t£5\n\nEnd.\n"
    [paper] = read(text, "report.txt")
    assert paper.title == "Annex B"
    assert [w.subject for w in paper.warnings if w.code is WarningCode.TABLE_LEFT_OUT] == ["Annex A"]


@pytest.mark.parametrize(
    "typed",
    [
        "-5",
        "(5)",
        "NaN",
        "inf",
        "1e3",
        "5.005",
        "1_000",
        "٣",
        "１",
        "1,00",
        "5 000",
        "$5",
        "£",
        "n/a",
        "5p",
        "+5",
        "0x10",
    ],
)
def test_what_is_no_sum_is_refused_with_row_and_column(read, typed):
    error = refusal(read, HEAD + f'Luton Council,A Street,,"{typed}"\n')
    assert error.row == 2
    assert "Row 2, column 4 (“LRF Funding 2018/19”)" in str(error)


def test_the_largest_sum_is_read_and_a_penny_more_is_refused(read):
    [paper] = read(HEAD + 'Luton Council,A Street,"£92,233,720,368,547,758.07",\n')
    assert paper.total_pence == MOST_PENCE
    assert refusal(read, HEAD + "Luton Council,A Street,92233720368547758.08,\n").row == 2
    assert "more than any award" in str(refusal(read, HEAD + "Luton Council,A,92233720368547758.07,0.01\n"))


@given(pence=st.integers(1, MOST_PENCE), plain=st.booleans())
def test_any_sum_comes_back_to_the_penny(read, pence, plain):
    typed = f"{pence // 100}.{pence % 100:02}" if plain else f'"{pounds(pence)}"'
    [paper] = read(HEAD + f"Luton Council,A Street,{typed},\n")
    assert paper.rows[0].amounts == {2017: pence}


@given(typed=st.text(max_size=30))
def test_any_text_for_a_sum_is_one_sum_or_a_refusal(read, typed):
    quoted = typed.replace('"', '""').encode("utf-8", "replace").decode()
    try:
        [paper] = read(HEAD + f'Luton Council,A Street,"{quoted}",1\n')
    except PaperError:
        return
    assert all(0 < pence <= MOST_PENCE for pence in paper.rows[0].amounts.values())


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
TITLES = st.builds(
    str.__add__, st.sampled_from(["", "=", "+", "-", "@", "'", "'=", "\t", "\n", "＝", '"', ";"]), TEXTS
).filter(lambda title: title.strip() and "\r" not in title and unfit(title) is None)


@given(titles=st.lists(TITLES, min_size=1, max_size=6))
def test_any_title_that_we_export_comes_in_again_as_it_went_out(read, titles):
    rows = ['"{}"'.format(guard(title).replace('"', '""')) for title in titles]
    [paper] = read(HEAD + "".join(f"Luton Council,{title},5,\n" for title in rows))
    assert [row.project for row in paper.rows] == titles


@given(data=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: (HEAD + text).encode("utf-8", "replace")))
def test_any_bytes_are_a_paper_or_a_refusal(read, data):
    for filename in ("paper.csv", "report.txt"):
        with suppress(PaperError):
            assert read(data, filename)
