"""The demo's rounds: the papers of March 2018, a round that was decided some months ago, and one that is open today."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from grants.awards.import_files import Wish, import_file, papers_of
from grants.awards.models import PaperImport
from grants.awards.papers.published import published_file
from grants.demo.cast import DATA
from grants.funds import operations as funds
from grants.funds.definition.reading import shipped
from grants.funds.definition.types import CriterionDefinition, Origin, ProjectPart
from grants.funds.models import Mark, Round, Stream
from grants.funds.places.keeping import keep_list
from grants.funds.places.reading import read_scores
from grants.kernel.clock import from_london, london
from grants.kernel.financial_year import FinancialYear
from grants.people.models import Person

CONTROL_TOTALS = {"ope-6-2018": 4_872_719_00, "lrf-2017": 45_202_211_00}
"""What the rows of each paper make: more than was announced, as the readings say."""

_BUDGET = (2_600_000_00, 2_900_000_00, 900_000_00)
_PLACES = ("Pressure on housing", "first edition")
_WEIGHTS = {"value_for_money": 30, "housing_objectives": 15}
"""They leave 10 for the place scores."""
_PARTS = {"value_for_money": ("What it costs", "What it brings")}
_LOOKED_UP = CriterionDefinition(
    key="place",
    name="Pressure on housing",
    weight=10,
    critical=False,
    looked_up=True,
    bands={
        5: "90 points or more out of 100.",
        4: "70 points to below 90.",
        3: "50 points to below 70.",
        2: "30 points to below 50.",
        1: "10 points to below 30.",
        0: "Below 10 points.",
    },
    bands_mark=Mark.DEFAULT,
    origin=Origin(Mark.DEFAULT),
    place_list=_PLACES,
)


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


def place_scores(*, by: Person, at: datetime) -> None:
    """An invented list of some councils, as a programme manager would send it; North Yorkshire is not on it."""
    data = (DATA / "place_scores.csv").read_bytes()
    name, edition = _PLACES
    rows = read_scores(data, "csv", london(at).date()).rows
    source = "Invented for the demo; nobody has published it."
    keep_list(rows, data, name=name, edition=edition, source=source, published_on=None, by=by, at=at)


def criteria_of_each_kind() -> tuple[CriterionDefinition, ...]:
    """What the Land Release Fund was scored by, one criterion in parts, and beside it one that a list has marks for."""
    scored = (
        replace(one, weight=_WEIGHTS.get(one.key, one.weight), parts=_PARTS.get(one.key, ()))
        for one in shipped()["lrf-2017"].criteria
    )
    return *scored, _LOOKED_UP


def invented_round(
    code: str,
    name: str,
    dates: Dates,
    *,
    by: Person,
    published: bool = True,
    criteria: tuple[CriterionDefinition, ...] = (),
) -> Round:
    """A round that asks what the Land Release Fund asked, and for every table of a project, with money of its own.

    It has the fund's own criteria unless others are given, and is a draft if it is not published.
    """
    first = FinancialYear.of(dates.opens_at.date())
    form = shipped()["lrf-2017"]
    form = replace(form, project_parts=tuple(ProjectPart), criteria=criteria or form.criteria)
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
