"""The days by which a project expects its round's milestones."""

from collections.abc import Mapping
from datetime import date, datetime
from itertools import pairwise

from grants.bids.models import PlannedMilestone, Project
from grants.bids.projects.parts import milestone_names, release_of
from grants.bids.projects.rows import check_version, touch
from grants.bids.writing import begin_edit, end_edit
from grants.funds.models import Round
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person

_EARLIEST, _LATEST = date(1990, 1, 1), date(2199, 12, 31)


def set_milestones(
    project: Project, days: Mapping[str, date], *, version_seen: int | None, by: Person, at: datetime
) -> None:
    """Put the project's days, by name of the milestone, in the place of what stood there.

    Refused for a milestone that the round does not have, and for a day long past or far off.
    """
    bid = project.bid
    begin_edit(bid, at=at)
    check_version(project, version_seen, "\n".join(f"{row.name}: {in_words(row.due_on)}" for row in project.milestones))
    names = milestone_names(bid.round)
    for name, day in days.items():
        if name not in names:
            raise Refused(f"{name} is no milestone of {bid.round.name}.")
        if not _EARLIEST <= day <= _LATEST:
            raise Refused(f"{name} must lie between {_EARLIEST.year} and {_LATEST.year}.", field=field_of(names, name))
    if days == {row.name: row.due_on for row in project.milestones}:
        return
    for row in project.milestones:
        db.session.delete(row)
    db.session.flush()
    db.session.expire(project, ["milestones"])
    for position, name in enumerate(names, start=1):
        if name in days:
            project.milestones.append(PlannedMilestone(name=name, due_on=days[name], position=position))
    touch(project)
    end_edit(bid, "set_milestones", by=by, at=at, what=project.title)


def field_of(names: list[str], name: str) -> str:
    """The name of the milestone's field on its page."""
    return f"d{names.index(name)}"


def in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def milestone_problems(round: Round, project: Project) -> list[tuple[str, str]]:
    """(sentence, milestone) of what is wrong with the project's days: no day, out of order, released too late."""
    names = milestone_names(round)
    days = {row.name: row.due_on for row in project.milestones}
    given = [name for name in names if name in days]
    release = release_of(names)
    if not given:
        return [("say when you expect the milestones.", names[0])]
    found = [
        (f"“{after}” ({in_words(days[after])}) comes before “{before}” ({in_words(days[before])}).", after)
        for before, after in pairwise(given)
        if days[after] < days[before]
    ]
    if release and release not in days:
        found.append((f"say when you expect “{release}”.", release))
    if release in days and round.final_date and days[release] > round.final_date:
        found.append((f"“{release}” lies after the round's final date, {in_words(round.final_date)}.", release))
    return found
