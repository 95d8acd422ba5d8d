"""The public financial year, 1 April to 31 March, and its quarters."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

_LABEL = re.compile(r"(?P<first>[0-9]{4})\s*[/–-]\s*(?P<second>[0-9]{4}|[0-9]{2})", re.ASCII)
_FIRST, _LAST = 1900, 2199


@dataclass(frozen=True, order=True, slots=True)
class FinancialYear:
    """`FinancialYear(2017)` runs from 1 April 2017 to 31 March 2018 and prints as 2017/18."""

    starts_in: int

    def __post_init__(self) -> None:
        if not _FIRST <= self.starts_in <= _LAST:
            raise ValueError(f"no financial year starts in {self.starts_in}")

    def __str__(self) -> str:
        return f"{self.starts_in}/{(self.starts_in + 1) % 100:02}"

    @classmethod
    def parse(cls, label: str) -> Self:
        """From `2017/18`, `2017-18` or `2017/2018`; ValueError where the second part is not the year after."""
        match = _LABEL.fullmatch(label.strip())
        if not match:
            raise ValueError(f"{label!r} is not a financial year such as 2017/18")
        first, second = int(match["first"]), int(match["second"])
        if second not in (first + 1, (first + 1) % 100):
            raise ValueError(f"{label!r} does not name two years that follow each other")
        return cls(first)

    @classmethod
    def of(cls, day: date) -> Self:
        """The year that `day` lies in: 31 March is the last day of one, 1 April the first of the next."""
        return cls(day.year if day.month >= 4 else day.year - 1)

    @property
    def first_day(self) -> date:
        return date(self.starts_in, 4, 1)

    @property
    def last_day(self) -> date:
        return date(self.starts_in + 1, 3, 31)

    def __contains__(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day

    def next(self, years: int = 1) -> "FinancialYear":
        return FinancialYear(self.starts_in + years)

    def until(self, last: "FinancialYear") -> list["FinancialYear"]:
        """This year and those after it, `last` included."""
        return [FinancialYear(year) for year in range(self.starts_in, last.starts_in + 1)]


@dataclass(frozen=True, order=True, slots=True)
class Quarter:
    """A quarter of a financial year: 1 is April to June, 4 is January to March."""

    year: FinancialYear
    number: int

    def __post_init__(self) -> None:
        if self.number not in (1, 2, 3, 4):
            raise ValueError(f"no quarter {self.number}")

    def __str__(self) -> str:
        return f"Q{self.number} {self.year}"

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(FinancialYear.of(day), (day.month - 4) % 12 // 3 + 1)

    @property
    def first_day(self) -> date:
        month = 3 * self.number + 1
        return date(self.year.starts_in + (month > 12), (month - 1) % 12 + 1, 1)

    @property
    def last_day(self) -> date:
        return self.next().first_day - timedelta(days=1)

    def next(self) -> "Quarter":
        return Quarter(self.year.next(), 1) if self.number == 4 else Quarter(self.year, self.number + 1)

    def until(self, last: "Quarter") -> list["Quarter"]:
        """This quarter and those after it, `last` included; none if `last` lies before."""
        quarters: list[Quarter] = []
        quarter = self
        while quarter <= last:
            quarters.append(quarter)
            quarter = quarter.next()
        return quarters
