"""Every oddity of the two annexes of March 2018 is warned of once for each cause, on its line of the report's text."""

from collections import defaultdict
from dataclasses import replace

import pytest

from grants.awards.papers.checks import inspect
from grants.awards.papers.names import is_misspelt, place_of
from grants.awards.papers.notes import Covers, Headline, known_notes
from grants.awards.papers.types import WarningCode

NOTES = known_notes()

ANNEX_A = {
    "headline_gap": [0],
    "year_range_broken": [3],
    "tab_separated_text": [7],
    "no_reference_column": [9],
    "year_without_award": [9],
    "name_carried_down": [11, 14, 18, 21, 27, 29, 37, 44, 53, 60, 63, 68, 84, 90],
    "blank_line_in_block": [46],
    "row_split_by_page_break": [76],
    "name_without_designation": [88],
    "not_a_council": [86],
    "count_differs_from_press": [86],
    "name_variant": [13, 16, 17, 41, 48, 49],
    "title_truncated": [26],
    "suspected_misspelling": [59, 78],
    "irregular_typing": [22, 44, 61],
    "not_a_site_name": [27, 55, 59, 60, 86, 87],
    "several_sites_in_one_row": [31, 42, 48, 52, 58, 59, 71, 78, 80],
    "place_outside_awardee": [14, 28, 29, 30, 31, 67],
    "council_named_in_project": [12, 13, 15, 20, 21, 39, 58, 62, 63, 64, 65, 78],
    "postcode_in_title": [20],
    "total_differs_from_press": [88],
    "missing_from_other_annex": [32, 34, 40, 43, 52, 66, 79, 80, 81, 86, 87],
}

ANNEX_B = {
    "headline_gap": [0, 0, 0],
    "tab_separated_text": [93],
    "no_partnership_or_lead": [96],
    "name_carried_down": [97],
    "paid_twice": [97, 99, 100],
    "name_run_together": [101],
    "row_split_by_page_break": [109, 114, 128, 137, 145],
    "lead_missing": [107],
    "lead_not_a_member": [110, 141],
    "two_leads": [149],
    "lead_unexpected": [112, 140, 146],
    "member_listed_twice": [103, 129],
    "other_member_meant": [103],
    "starred_member": [111, 115, 116, 117, 124, 143, 143, 143, 146],
    "starred_lead": [117, 143],
    "star_not_repeated": [115],
    "in_two_partnerships_without_star": [135] * 4 + [139] * 2 + [148] * 3 + [149] * 3,
    "joint_name": [139, 150],
    "suspected_misspelling": [139, 140],
    "name_unsettled": [129],
    "name_without_designation": [135],
    "name_variant": [
        101,
        103,
        111,
        111,
        112,
        112,
        121,
        121,
        122,
        122,
        122,
        125,
        126,
        129,
        130,
        134,
        139,
        140,
        140,
        141,
        142,
        142,
        146,
        147,
        149,
    ],
    "short_list": [110, 112, 121, 126],
    "partnership_named_like_project": [141],
    "partnership_named_like_authority": [110, 112, 146, 149],
    "not_a_statutory_body": [112],
    "odd_pounds": [107, 110, 143],
}


def lines(warnings):
    found = defaultdict(list)
    for warning in warnings:
        found[str(warning.code)].append(warning.line)
    return found


def subjects(warnings, code):
    return [warning.subject for warning in warnings if warning.code == code]


@pytest.fixture(scope="module")
def annex_a(printed, names):
    headlines = NOTES.headlines["lrf-2017"]
    return inspect(printed[0], names, notes=NOTES.notes, headlines=headlines, other=printed[1])


@pytest.fixture(scope="module")
def annex_b(printed, names):
    return inspect(printed[1], names, notes=NOTES.notes, headlines=NOTES.headlines["ope-6-2018"])


def test_annex_a_raises_each_of_its_warnings_once_for_each_cause(annex_a):
    assert lines(annex_a) == ANNEX_A


def test_annex_b_raises_each_of_its_warnings_once_for_each_cause(annex_b):
    assert lines(annex_b) == ANNEX_B


def test_every_code_but_those_for_other_papers_is_raised_by_one_of_the_two():
    others = {
        WarningCode.NOT_UTF8,
        WarningCode.TABLE_LEFT_OUT,
        WarningCode.COLUMN_LEFT_OUT,
        WarningCode.UNEVEN_COLUMNS,
        WarningCode.HEADER_REPEATED,
        WarningCode.TOTAL_ROW_LEFT_OUT,
        WarningCode.DUPLICATE_ROW,
        WarningCode.ZERO_TYPED,
        WarningCode.MEMBERS_MISSING,
        WarningCode.SPLIT_UNSURE,
    }
    assert {*ANNEX_A, *ANNEX_B} == set(WarningCode) - others


def test_the_gaps_between_rows_and_headlines_are_told_in_pounds_and_share(annex_a, annex_b):
    [gap] = [warning.text for warning in annex_a if warning.code is WarningCode.HEADLINE_GAP]
    assert "£45,202,211: £202,211 (0.45%) more than the £45 million" in gap
    assert [w.text.split(": ")[1].split(" than")[0] for w in annex_b if w.code is WarningCode.HEADLINE_GAP] == [
        "£172,719 (3.67%) more",
        "£322,719 (7.68%) more",
        "£150,000 (30.00%) less",
    ]


def test_twelve_councils_are_in_two_partnerships_without_any_star(annex_b):
    assert sorted(name.split()[0] for name in subjects(annex_b, "in_two_partnerships_without_star")) == sorted(
        [
            "Adur",
            "Worthing",
            "Mid",
            "Lewes",
            "Brighton",
            "Bolsover",
            "Bassetlaw",
            "North",
            "Derbyshire",
            "Craven",
            "Harrogate",
            "Selby",
        ]
    )


def test_eleven_awardees_of_annex_a_are_in_no_partnership_of_annex_b(annex_a):
    found = subjects(annex_a, "missing_from_other_annex")
    assert len(found) == 11
    assert {"Hampshire County Council", "West Yorkshire Combined Authority", "Wiltshire Council"} <= set(found)


def test_a_name_that_nobody_may_guess_waits(annex_b):
    assert subjects(annex_b, "name_unsettled") == ["Derby County Council"]


def test_the_nine_stars_are_told_one_by_one(annex_b):
    assert sorted(subjects(annex_b, "starred_member")) == [
        "Cannock Chase District Council",
        "Kent County Council",
        "London Borough of Barnet",
        *["London Borough of Brent"] * 3,
        "London Borough of Harrow",
        "London Borough of Lewisham",
        "Medway Council",
    ]


def test_the_csv_files_raise_the_same_but_for_what_the_print_did(lrf, ope, names, annex_a, annex_b):
    of_print = {"year_range_broken", "tab_separated_text", "name_carried_down", "blank_line_in_block"}
    of_print |= {"row_split_by_page_break", "name_run_together"}
    a = inspect(lrf, names, notes=NOTES.notes, headlines=NOTES.headlines["lrf-2017"], other=ope)
    b = inspect(ope, names, notes=NOTES.notes, headlines=NOTES.headlines["ope-6-2018"])
    for plain, printed in ((a, annex_a), (b, annex_b)):
        counts = {code: len(found) for code, found in lines(printed).items() if code not in of_print}
        assert {code: len(found) for code, found in lines(plain).items()} == counts


def test_without_register_notes_or_headlines_the_paper_alone_still_speaks(printed):
    found = lines(inspect(printed[1]))
    assert found["lead_missing"] == [107]
    assert "name_variant" not in found
    assert "headline_gap" not in found
    assert "short_list" not in found


def test_a_note_is_silent_where_its_condition_is_met(lrf, names):
    rows = [
        replace(row, total_pence=750_000_00) if row.project == "Sansome Walk" else row
        for row in lrf.rows
        if row.recipient != "Torbay Council"
    ]
    found = lines(inspect(replace(lrf, rows=tuple(rows)), names, notes=NOTES.notes))
    assert "total_differs_from_press" not in found
    assert "count_differs_from_press" in found


def test_a_headline_that_is_met_raises_nothing(lrf, ope):
    met = Headline(45_202_211_00, "the rows themselves")
    assert not subjects(inspect(lrf, headlines=(met,)), "headline_gap")
    pilot = Headline(350_000_00, "the pilot", Covers.PILOT)
    assert not subjects(inspect(ope, headlines=(pilot,)), "headline_gap")


def test_every_warning_says_something_in_a_sentence(annex_a, annex_b):
    for warning in (*annex_a, *annex_b):
        assert warning.text.endswith(".")
        assert len(warning.text) > 20


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("London Borough of Bexley", "bexley"),
        ("Blackburn with Darwen Borough Council", "blackburn with darwen"),
        ("City of Lincoln Council", "lincoln"),
        ("Borough Council of King's Lynn and West Norfolk", "king's lynn and west norfolk"),
        ("Royal Borough of Kingston upon Thames", "kingston upon thames"),
        ("Forest of Dean District Council", "forest of dean"),
        ("Rutland County/Unitary Council", "rutland"),
        ("Isle of Wight Council", "isle of wight"),
    ],
)
def test_the_place_in_a_councils_name(name, place):
    assert place_of(name) == place


def test_one_wrong_letter_is_a_misspelling_and_another_designation_is_not():
    assert is_misspelt("Runneymede Borough Council", "Runnymede Borough Council")
    assert not is_misspelt("Hambleton Borough Council", "Hambleton District Council")
    assert not is_misspelt("Newcastle on Tyne City Council", "Newcastle City Council")
