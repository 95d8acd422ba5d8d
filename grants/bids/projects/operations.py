"""A bid's projects: what they are, their money and their outcomes by year."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, select

from grants.bids.models import (
    Answer,
    Bid,
    Comment,
    FundingLine,
    FundingSource,
    OutcomeBasis,
    OutcomeLine,
    PlannedMilestone,
    Project,
    Risk,
    Site,
    Task,
    ValueLine,
)
from grants.bids.projects.rows import check_line, check_version, made_before, touch
from grants.bids.writing import begin_edit, end_edit
from grants.councils.models import Council
from grants.funds.models import OutcomeMeasure, Stream, Unit
from grants.kernel import text
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear
from grants.kernel.money import MOST_PENCE, pounds
from grants.people.models import Person

MOST_WORDS_IN_SUMMARY = 50
MOST_PROJECTS = 100
MOST_IN_A_CELL = 10**15
"""Pence or hundredths: ten thousand billion pounds, so that no sum of a bid leaves 64 bits."""
ROWS = (Site, FundingLine, OutcomeLine, OutcomeBasis, PlannedMilestone, Risk, ValueLine)
TABLES = ["sites", "funding", "outcomes", "bases", "milestones", "risks", "values"]
Funding = Mapping[tuple[FinancialYear, Stream, FundingSource], int]
Outcomes = Mapping[tuple[OutcomeMeasure, FinancialYear], int]


def add_project(
    bid: Bid, *, council: Council, title: str, summary: str, by: Person, at: datetime, form_token: str | None = None
) -> Project:
    """One more project, led by a council of the bid. The same form sent again finds the first one."""
    begin_edit(bid, at=at)
    made = made_before(Project, form_token)
    if made is not None and made.bid_id == bid.id:
        return made
    check_project(bid, council, title, summary)
    if len(bid.projects) >= MOST_PROJECTS:
        raise Refused(f"A bid has at most {MOST_PROJECTS} projects.")
    last = max((project.position for project in bid.projects), default=0)
    project = Project(
        council=council, title=text.tidy(title), summary=text.tidy(summary), position=last + 1, form_token=form_token
    )
    bid.projects.append(project)
    db.session.flush()
    end_edit(bid, "added_project", by=by, at=at, what=project.title)
    return project


def edit_project(
    project: Project, *, council: Council, title: str, summary: str, version_seen: int | None, by: Person, at: datetime
) -> None:
    """Overtaken where somebody changed the project's own page since `version_seen`."""
    begin_edit(project.bid, at=at)
    check_version(project, version_seen, f"{project.title}\n{project.council.name}\n{project.summary}")
    check_project(project.bid, council, title, summary)
    project.council, project.title, project.summary = council, text.tidy(title), text.tidy(summary)
    end_edit(project.bid, "edited_project", by=by, at=at, what=project.title)


def remove_project(project: Project, *, by: Person, at: datetime) -> None:
    """Take the project off the bid, with all its tables and answers."""
    bid = project.bid
    begin_edit(bid, at=at)
    title = project.title
    for rows in (Answer, Task, Comment, *ROWS):
        db.session.execute(delete(rows).where(rows.project_id == project.id))
    db.session.expire(project, TABLES)
    db.session.delete(project)
    db.session.flush()
    db.session.expire(bid, ["projects", "answers"])
    end_edit(bid, "removed_project", by=by, at=at, what=title)


def check_project(bid: Bid, council: Council, title: str, summary: str) -> None:
    if council.id not in {seat.council_id for seat in bid.councils}:
        raise Refused("A project is led by one of the councils in the bid.", field="council")
    check_line(title, "Give the project a title.", field="title")
    if text.unfit(summary):
        raise Refused("The summary has a character that cannot be kept.", field="summary")
    if text.words(summary) > MOST_WORDS_IN_SUMMARY:
        raise Refused(
            f"The summary has {text.words(summary)} words; it may have {MOST_WORDS_IN_SUMMARY}.", field="summary"
        )


def set_funding(project: Project, lines: Funding, *, version_seen: int | None, by: Person, at: datetime) -> None:
    """Put the project's money, pence by (year, stream, source), in the place of what stood there. Nought is no line.

    Refused outside the round's years, or below nought; Overtaken where the project changed since `version_seen`.
    """
    bid = project.bid
    begin_edit(bid, at=at)
    check_version(project, version_seen, "\n".join(_line_in_words(line) for line in project.funding))
    for (year, _, _), pence in lines.items():
        check_cell(
            year, pence, bid.round.years, f"Funding must lie in {bid.round.first_year} to {bid.round.last_year}."
        )
    there = {(line.year, line.stream, line.source): line.pence for line in project.funding}
    wanted = {place: pence for place, pence in lines.items() if pence}
    if wanted == there:
        return
    for line in project.funding:
        db.session.delete(line)
    db.session.flush()
    db.session.expire(project, ["funding"])
    for (year, stream, source), pence in sorted(wanted.items()):
        project.funding.append(FundingLine(year=year, stream=stream, source=source, pence=pence))
    touch(project)
    total = sum(pence for (_, _, source), pence in wanted.items() if source is FundingSource.GRANT)
    end_edit(bid, "set_funding", by=by, at=at, what=f"{project.title}: {pounds(total)} of grant")


def _line_in_words(line: FundingLine) -> str:
    return f"{line.year}, {line.stream}, {line.source.value.replace('_', ' ')}: {pounds(line.pence)}"


def check_cell(year: FinancialYear, amount: int, years: list[FinancialYear], sentence: str) -> None:
    if year not in years:
        raise Refused(sentence)
    if not 0 <= amount <= min(MOST_IN_A_CELL, MOST_PENCE):
        raise Refused("Each amount must be nought or more, and less than £10,000,000,000,000.")


def outcome_years(bid: Bid) -> list[FinancialYear]:
    """Outcomes come in the round's years and, as homes do, up to five years later."""
    return bid.round.first_year.until(bid.round.last_year.next(5))


def set_outcomes(project: Project, lines: Outcomes, *, version_seen: int | None, by: Person, at: datetime) -> None:
    """Put the project's outcomes, hundredths by (measure, year), in the place of what stood there. Nought is no line.

    Refused for a measure of another round, before the round's years, for parts of what is counted in whole numbers.
    """
    bid = project.bid
    begin_edit(bid, at=at)
    theirs = "\n".join(f"{line.measure.name}, {line.year}: {line.hundredths / 100:,.2f}" for line in project.outcomes)
    check_version(project, version_seen, theirs)
    years = outcome_years(bid)
    for (measure, year), hundredths in lines.items():
        check_cell(year, hundredths, years, f"Outcomes must lie in {years[0]} to {years[-1]}.")
        if measure.round_id != bid.round_id:
            raise Refused("This measure belongs to another round.")
        if hundredths % 100 and measure.unit in (Unit.COUNT, Unit.YES_NO):
            raise Refused(f"{measure.name} are counted in whole numbers.", field=f"m{measure.id}_{year.starts_in}")
    there = {(line.measure_id, line.year): line.hundredths for line in project.outcomes}
    wanted = {(measure.id, year): hundredths for (measure, year), hundredths in lines.items() if hundredths}
    if wanted == there:
        return
    for line in project.outcomes:
        db.session.delete(line)
    db.session.flush()
    db.session.expire(project, ["outcomes"])
    for (measure_id, year), hundredths in sorted(wanted.items()):
        project.outcomes.append(OutcomeLine(measure_id=measure_id, year=year, hundredths=hundredths))
    touch(project)
    end_edit(bid, "set_outcomes", by=by, at=at, what=project.title)


def funding_by_year(bid: Bid) -> dict[tuple[Stream, FundingSource], dict[FinancialYear, int]]:
    """Pence of the whole bid by stream and source, then by year."""
    rows = db.session.execute(
        select(FundingLine.stream, FundingLine.source, FundingLine.year, func.sum(FundingLine.pence))
        .join(Project)
        .where(Project.bid_id == bid.id)
        .group_by(FundingLine.stream, FundingLine.source, FundingLine.year)
    ).all()
    found: dict[tuple[Stream, FundingSource], dict[FinancialYear, int]] = {}
    for stream, source, year, pence in sorted(rows):
        found.setdefault((stream, source), {})[year] = int(pence)
    return found
