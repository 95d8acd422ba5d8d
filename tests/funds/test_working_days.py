"""Working days: weekends and England's bank holidays are none, and the table can be added to."""

from datetime import date

import pytest

from grants.funds.deadlines.working_days import bank_holidays, load_bank_holidays, working_days_before
from grants.funds.models import BankHoliday
from grants.kernel.db import db
from grants.kernel.errors import Refused


def test_the_shipped_table_has_eight_bank_holidays_a_year(session):
    assert load_bank_holidays() == load_bank_holidays() == 32
    session.flush()
    assert {year: len([d for d in bank_holidays() if d.year == year]) for year in range(2025, 2029)} == {
        2025: 8, 2026: 8, 2027: 8, 2028: 8,
    }  # fmt: skip
    assert session.get(BankHoliday, date(2026, 12, 28)).name == "Boxing Day, substitute day"


@pytest.mark.parametrize(
    ("count", "day"),
    [(0, date(2027, 1, 5)), (1, date(2027, 1, 4)), (2, date(2026, 12, 31)), (4, date(2026, 12, 29)),
     (5, date(2026, 12, 24)), (10, date(2026, 12, 17))],
)  # fmt: skip
def test_christmas_and_new_year_are_no_working_days(session, count, day):
    load_bank_holidays()
    session.flush()
    assert working_days_before(date(2027, 1, 5), count, bank_holidays()) == day


def test_a_round_that_closes_on_a_sunday_is_reminded_on_the_friday():
    assert working_days_before(date(2026, 10, 25), 1, frozenset()) == date(2026, 10, 23)


def test_more_bank_holidays_come_from_a_file(session, app, tmp_path):
    file = tmp_path / "more.csv"
    file.write_text("day,name\n2029-01-01,New Year’s Day\n", "utf-8")
    db.session.commit()
    said = app.test_cli_runner().invoke(args=["load-bank-holidays", str(file)])
    assert "1 bank holidays" in said.output
    assert date(2029, 1, 1) in bank_holidays()


@pytest.mark.parametrize("line", ["25/12/2029,Christmas Day", "2029-12-25,", "2029-12-25," + "x" * 81, "2029-02-30,x"])
def test_a_line_that_is_no_bank_holiday_refuses_the_whole_file(session, app, tmp_path, line):
    file = tmp_path / "wrong.csv"
    file.write_text(f"day,name\n2029-01-01,New Year’s Day\n{line}\n", "utf-8")
    db.session.commit()
    said = app.test_cli_runner().invoke(args=["load-bank-holidays", str(file)])
    assert said.exit_code == 1
    assert "Line 3" in said.output
    assert date(2029, 1, 1) not in bank_holidays()
    with pytest.raises(Refused):
        load_bank_holidays(["day,name", line])
