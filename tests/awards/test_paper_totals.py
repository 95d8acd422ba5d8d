"""One altered figure stops the load and names the row."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.awards.papers.totals import check_control_total, differences, totals_by_fingerprint
from grants.awards.papers.types import PaperError

LRF = (Path(__file__).parents[1] / "fixtures/awards/lrf_2018.csv").read_text("utf-8")
CONTROL = 45_202_211_00


def refused(paper, previous=None):
    with pytest.raises(PaperError) as caught:
        check_control_total(paper, CONTROL, previous)
    return caught.value


def test_the_annexes_come_to_their_control_totals(lrf, ope):
    check_control_total(lrf, CONTROL)
    check_control_total(ope, 4_872_719_00)


def test_an_altered_figure_is_named_from_the_version_loaded_before(read, lrf):
    [altered] = read(LRF.replace("Fishmoor Drive,35000", "Fishmoor Drive,36000"))
    error = refused(altered, totals_by_fingerprint(lrf))
    assert error.row == 3
    assert "£45,203,211, but the control total is £45,202,211: £1,000 too much" in str(error)
    assert "Blackburn with Darwen Borough Council, Fishmoor Drive" in str(error)
    assert "gave £35,000" in str(error)


def test_several_altered_figures_are_all_named(read, lrf):
    altered = LRF.replace("Fishmoor Drive,35000", "Fishmoor Drive,36000").replace("Shipdham,300000", "Shipdham,300001")
    error = refused(read(altered)[0], totals_by_fingerprint(lrf))
    assert error.row is None
    assert "Row 3 (" in str(error)
    assert "Row 8 (" in str(error)


def test_a_missing_and_a_new_row_are_told_apart(read, lrf):
    without = "\n".join(line for line in LRF.splitlines() if "Shipdham" not in line)
    assert "missing now: 1" in str(refused(read(without)[0], totals_by_fingerprint(lrf)))
    error = refused(read(LRF + "Luton Council,Extra Street,5,,\n")[0], totals_by_fingerprint(lrf))
    assert error.row == 81
    assert "was not in the paper loaded before" in str(error)


@pytest.mark.parametrize(
    ("before", "after", "row"),
    [
        ("Taylor Street,855545", "Taylor Street,855554", 33),
        ('Collaton St Mary, Paignton",,,1976000', 'Collaton St Mary, Paignton",,,9176000', 74),
        ('Norbins Road, Glastonbury",,,84000', 'Norbins Road, Glastonbury",,,840000', 37),
    ],
)
def test_without_an_earlier_version_a_slip_that_only_one_row_can_hold_is_named(read, before, after, row):
    assert before in LRF
    error = refused(read(LRF.replace(before, after))[0])
    assert error.row in (row, None)
    assert str(row) in str(error)


def test_a_row_counted_twice_is_named(read):
    line = next(line for line in LRF.splitlines() if "Taylor Street" in line)
    error = refused(read(LRF + line + "\n")[0])
    assert "33, 81" in str(error)


def test_a_gap_that_many_rows_could_explain_accuses_none(read):
    error = refused(read(LRF.replace("Fishmoor Drive,35000", "Fishmoor Drive,36000"))[0])
    assert error.row is None
    assert "No single row" in str(error)


@given(position=st.integers(0, 78), change=st.integers(-1_000_00, 10_000_000_00).filter(bool))
def test_any_one_altered_figure_is_found_by_comparison(lrf, position, change):
    previous = totals_by_fingerprint(lrf)
    row = lrf.rows[position]
    key = list(previous)[position]
    [found] = differences(lrf, {**previous, key: previous[key] + change})
    assert found.row is row
