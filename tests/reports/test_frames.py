import pandas as pd

from grants.kernel.exports import Kind
from grants.reports.frames import AwardLine, annex_frame, by_recipient, by_year
from tests.reports.paper import annex_a

YEARS = {2: 2017, 3: 2018, 4: 2019}


def lines_of_2018() -> list[AwardLine]:
    table = annex_a()
    money = [place for place, column in enumerate(table.columns) if column.kind is Kind.MONEY]
    return [
        AwardLine(number, row.cells[0], row.cells[1], YEARS[place], row.cells[place])
        for number, row in enumerate(table.rows)
        for place in money
        if row.cells[place] is not None
    ]


def test_a_frame_has_one_row_for_each_award_and_year_in_whole_pence():
    frame = annex_frame(lines_of_2018())
    assert len(frame) == 106
    assert frame["pence"].dtype == "Int64"
    assert frame["pence"].sum() == 45_202_211_00


def test_by_year_keeps_the_papers_order_and_leaves_a_year_without_award_blank():
    frame = by_year(annex_frame(lines_of_2018()))
    assert [int(total) for total in frame.sum()] == [24_997_308_00, 9_993_742_00, 10_211_161_00]
    assert [int(count) for count in frame.count()] == [57, 25, 24]
    assert list(frame.index.get_level_values("project")[:2]) == ["Newfield Dev Area", "Fishmoor Drive"]
    assert frame.iloc[0][2017] == 32_000_00
    assert frame.iloc[0][2018] is pd.NA
    assert set(frame.dtypes) == {pd.Int64Dtype()}


def test_recipients_are_ranked_by_what_they_got():
    frame = by_recipient(annex_frame(lines_of_2018()))
    assert len(frame) == 40
    assert [tuple(row) for row in frame.head(3).to_numpy()] == [
        ("Torbay Council", 3, 3_976_000_00),
        ("Plymouth City Council", 6, 3_932_500_00),
        ("Bristol City Council", 5, 3_810_000_00),
    ]


def test_a_sum_beyond_what_a_float_can_tell_apart_is_kept_to_the_penny():
    large = 2**53 + 1
    frame = by_year(annex_frame([AwardLine(1, "A", "x", 2017, large), AwardLine(1, "A", "x", 2018, None)]))
    assert frame.iloc[0][2017] == large


def test_no_awards_make_an_empty_frame_of_the_same_columns():
    frame = annex_frame([])
    assert list(frame.columns) == ["position", "recipient", "project", "year", "pence"]
    assert len(by_recipient(frame)) == 0
