"""The demo's rounds: the papers of March 2018, a round that was decided some months ago, and one that is open today."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from grants.awards.import_files import Wish, import_file, papers_of
from grants.awards.models import PaperImport
from grants.awards.papers.published import published_file
from grants.funds import operations as funds
from grants.funds.definition.reading import shipped
from grants.funds.definition.types import ProjectPart
from grants.funds.models import Round, Stream
from grants.kernel.clock import from_london
from grants.kernel.financial_year import FinancialYear
from grants.people.models import Person

CONTROL_TOTALS = {"ope-6-2018": 4_872_719_00, "lrf-2017": 45_202_211_00}
"""What the rows of each paper make: more than was announced, as the readings say."""

_BUDGET = (2_600_000_00, 2_900_000_00, 900_000_00)


@dataclass(frozen=True)
class Dates:
    """Days around a round, counted from the day on which the demo is loaded."""

    published_at: datetime
    opens_at: datetime
    closes_at: datetime
    final_date: date

    @classmethod
    def around(cls, today: date, *, opens: int, closes: int) -> "Dates":
        return cls(
            published_at=from_london(today + timedelta(days=opens - 14), time(9)),
            opens_at=from_london(today + timedelta(days=opens), time(9)),
            closes_at=from_london(today + timedelta(days=closes), time(23, 59)),
            final_date=FinancialYear.of(today + timedelta(days=opens)).next(3).last_day,
        )


def papers_of_2018(*, by: Person, at: datetime) -> list[PaperImport]:
    """The real awards, read as a programme manager would read them in."""
    files = {code: published_file(code) for code in CONTROL_TOTALS}
    partnerships = papers_of(*files["ope-6-2018"])[0]
    return [
        import_file(*files[code], Wish(code, control_total=total), by=by, at=at, beside=partnerships)
        for code, total in CONTROL_TOTALS.items()
    ]


def invented_round(code: str, name: str, dates: Dates, *, by: Person, published: bool = True) -> Round:
    """A round that asks what the Land Release Fund asked, and for every table of a project, with money of its own.

    It is a draft if it is not published.
    """
    first = FinancialYear.of(dates.opens_at.date())
    form = replace(shipped()["lrf-2017"], project_parts=tuple(ProjectPart))
    made = funds.make_round(form, code=code, name=name, by=by, at=dates.published_at, first_year=first)
    funds.set_dates(
        made,
        opens_at=dates.opens_at,
        closes_at=dates.closes_at,
        final_date=dates.final_date,
        version_seen=made.version,
        by=by,
    )
    lines = {(year, Stream.CAPITAL): pence for year, pence in zip(made.years, _BUDGET, strict=True)}
    funds.set_budget(made, lines, by=by)
    if published:
        funds.publish(made, by=by, at=dates.published_at)
    return made
