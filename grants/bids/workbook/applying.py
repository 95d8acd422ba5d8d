"""The changes of a workbook, made by the same operations as on the pages, all of them or none."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grants.bids import operations
from grants.bids.models import Bid, Project
from grants.bids.projects.value import Basis
from grants.bids.workbook.comparing import Change
from grants.bids.workbook.layout import FUNDING, MILESTONES, OUTCOMES, PROJECTS, RISKS, SITES, VALUE
from grants.bids.writing import begin_edit
from grants.kernel.errors import Refused
from grants.people.models import Person

_PROJECT = ("council", "title", "summary")
_VALUE = ("optimism_bias", "additionality", "value_note")


def apply(bid: Bid, changes: Iterable[Change], *, by: Person, at: datetime) -> None:
    """Make the changes to a bid that was compared in this transaction. Refused as each operation says."""
    begin_edit(bid, at=at)
    todo = _Todo(bid, list(changes), by, at)
    for step in (todo.projects, todo.sites, todo.risks, todo.funding, todo.outcomes, todo.milestones, todo.value):
        step()
    todo.removals()


@dataclass
class _Todo:
    bid: Bid
    changes: list[Change]
    by: Person
    at: datetime

    def __post_init__(self) -> None:
        self.done: dict[str, Any] = {"by": self.by, "at": self.at}
        # By key, and the new ones by their number in the file.
        self.known = {project.key: project for project in self.bid.projects}

    def of(self, sheet: str) -> list[Change]:
        return [change for change in self.changes if change.sheet.name == sheet]

    def project(self, change: Change) -> Project:
        return self.known[change.project]

    def by_project(self, sheet: str) -> dict[Project, list[Change]]:
        found: dict[Project, list[Change]] = {}
        for change in self.of(sheet):
            found.setdefault(self.project(change), []).append(change)
        return found

    def projects(self) -> None:
        for change in self.of(PROJECTS):
            own = {name: change.values[name] for name in _PROJECT if name in change.values}
            if change.is_new:
                self.known[change.project] = operations.add_project(self.bid, **own, **self.done)
            elif not change.is_removed:
                project = self.known[change.key]
                if any(getattr(project, name) != value for name, value in own.items()):
                    operations.edit_project(project, version_seen=None, **own, **self.done)

    def sites(self) -> None:
        def row(project: Project, key: str) -> Any:
            return next(site for site in project.sites if site.key == key)

        self._things(SITES, row, operations.add_site, operations.edit_site)

    def risks(self) -> None:
        def row(project: Project, key: str) -> Any:
            return next(risk for risk in project.risks if risk.key == key)

        self._things(RISKS, row, operations.add_risk, operations.edit_risk)

    def _things(
        self, sheet: str, row: Callable[[Project, str], Any], add: Callable[..., Any], edit: Callable[..., None]
    ) -> None:
        for change in self.of(sheet):
            if change.is_new:
                add(self.project(change), **change.values, **self.done)
            elif not change.is_removed:
                edit(row(self.project(change), change.key), version_seen=None, **change.values, **self.done)

    def funding(self) -> None:
        for project, changes in self.by_project(FUNDING).items():
            lines = {(line.year, line.stream, line.source): line.pence for line in project.funding}
            for change in changes:
                same = change.place["stream"], change.place["source"]
                lines = {place: pence for place, pence in lines.items() if place[1:] != same}
                lines |= change.values.get("lines", {})
            operations.set_funding(project, lines, version_seen=None, **self.done)

    def outcomes(self) -> None:
        for project, changes in self.by_project(OUTCOMES).items():
            lines = {(line.measure, line.year): line.hundredths for line in project.outcomes}
            bases = {row.measure: Basis(row.baseline_hundredths, row.method, row.evidence) for row in project.bases}
            for change in changes:
                code, values = change.place["measure"], change.values
                lines = {place: amount for place, amount in lines.items() if place[0].code != code}
                lines |= values.get("lines", {})
                bases = {measure: basis for measure, basis in bases.items() if measure.code != code}
                if values:
                    bases[values["measure"]] = Basis(values["baseline"], values["method"], values["evidence"])
            operations.set_outcomes(project, lines, version_seen=None, **self.done)
            operations.set_bases(project, bases, version_seen=None, **self.done)

    def milestones(self) -> None:
        for project, changes in self.by_project(MILESTONES).items():
            days = {row.name: row.due_on for row in project.milestones}
            for change in changes:
                name = change.values.get("name") or self._milestone(change)
                days.pop(name, None)
                if day := change.values.get("day"):
                    days[name] = day
            operations.set_milestones(project, days, version_seen=None, **self.done)

    def _milestone(self, change: Change) -> str:
        return str(self.bid.round.milestones["names"][int(change.place["milestone"])])

    def value(self) -> None:
        """Lines of the sheet Value, and what the sheet Projects says of them."""
        of_lines = self.by_project(VALUE)
        said = {
            self.project(change): {name: change.values[name] for name in _VALUE}
            for change in self.of(PROJECTS)
            if "value_note" in change.values
        }
        for project in dict.fromkeys([*of_lines, *said]):
            lines = {(line.what, line.year): line.pence for line in project.values}
            for change in of_lines.get(project, []):
                lines = {place: pence for place, pence in lines.items() if place[0] != change.place["kind"]}
                lines |= change.values.get("lines", {})
            now = {name: getattr(project, name) for name in _VALUE} | said.get(project, {})
            operations.set_values(
                project, lines, optimism_bias=now["optimism_bias"], additionality=now["additionality"],
                note=now["value_note"], version_seen=None, **self.done,
            )  # fmt: skip

    def removals(self) -> None:
        """Last, so that every row above is still there."""
        for change in self.changes:
            if not change.is_removed or change.sheet.name not in (PROJECTS, SITES, RISKS):
                continue
            if change.sheet.name == PROJECTS:
                operations.remove_project(self.known[change.key], **self.done)
            else:
                self._remove(change)

    def _remove(self, change: Change) -> None:
        project = self.project(change)
        rows = project.sites if change.sheet.name == SITES else project.risks
        row = next((row for row in rows if row.key == change.key), None)
        if row is None:
            raise Refused("Somebody else removed this meanwhile.")
        remove: Callable[..., None] = operations.remove_site if change.sheet.name == SITES else operations.remove_risk
        remove(row, **self.done)
