"""What of an earlier bid goes into a new one, and what does not: worked out before anything is made, and shown."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from grants.bids.answers.values import BY_YEAR, NEVER_ANSWERED, clean, files_in
from grants.bids.checks import streams_of
from grants.bids.models import Bid, FundingSource, OutcomeBasis, OutcomeLine, Project
from grants.bids.projects.parts import asks, milestone_names
from grants.bids.starting.seating import Partner, Seats
from grants.councils.models import Council
from grants.councils.queries import councils_with, name_book
from grants.funds.definition.types import ProjectPart
from grants.funds.models import Asked, Question, QuestionKind, Round, Section
from grants.kernel.db import Model
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear
from grants.kernel.money import pounds

YEARS_AFTER = 5
"""Outcomes may lie so many years after the last year of a round."""
Row = tuple[Model, dict[str, Any]]
"""A row of a project's tables, and what changes in its copy."""
_PARTS = {
    ProjectPart.SITES: "sites",
    ProjectPart.FUNDING: "money",
    ProjectPart.OUTCOMES: "outcomes",
    ProjectPart.MILESTONES: "milestones",
    ProjectPart.RISKS: "risks",
    ProjectPart.VALUE: "costs and benefits",
}


@dataclass(frozen=True)
class CopiedProject:
    """A project with the rows of its tables as they are to be: each row with what changes in it."""

    project: Project
    council: Council
    rows: list[Row]
    answers: dict[int, Any]


@dataclass
class Plan:
    """A new bid to `round`, made of `old`. `answers` are values by question id; `files` are to be stored anew.

    `left_out` are sentences on what is not copied and why, `changed` on what is copied otherwise than it stood.
    """

    old: Bid
    round: Round
    seats: Seats
    answers: dict[int, Any] = field(default_factory=dict)
    files: list[tuple[Question, Project | None, Any]] = field(default_factory=list)
    projects: list[CopiedProject] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def answered(self) -> int:
        """Answers that are copied, of the bid and of its projects."""
        return len(self.answers) + sum(len(project.answers) for project in self.projects)


def planned(old: Bid, round: Round, *, leads: set[int], day: date) -> Plan:
    """`old` and `round` are loaded in full; `leads` are ids of the councils that the person who copies writes for.

    Refused where nobody stands in the place of a lead council that has ended.
    """
    heirs, changed, lost = _heirs(old, day)
    lead = _lead(heirs.get(old.lead_council_id, []), leads)
    if lead is None:
        raise Refused(f"{old.lead_council.name} is no longer in being and nobody stands in its place here.")
    members = [council for seat in old.councils for council in heirs.get(seat.council_id, [])]
    receiver = next(iter(heirs.get(old.accountable_council_id or 0, [])), None)
    partners = [Partner(partner.name, partner.kind) for partner in old.partners]
    plan = Plan(old, round, Seats(lead, members, old.partnership, receiver, partners), changed=changed, left_out=lost)
    _plan_answers(plan)
    for project in old.projects:
        council = next(iter(heirs.get(project.council_id, [])), lead)
        plan.projects.append(_project(plan, project, council))
    used = {one["key"] for _, _, value in plan.files for one in files_in(value)}
    if any(held.removed_at is None and held.attachment.key not in used for held in old.attachments):
        plan.left_out.append("Attached files, but those that a question asks for: attach again what the new bid needs.")
    return plan


def _heirs(old: Bid, day: date) -> tuple[dict[int, list[Council]], list[str], list[str]]:
    """Who stands on `day` for each council of the bid, by its id; what that changes; and who is lost."""
    book, found, changed, lost = name_book(), {}, [], []
    for council in [seat.council for seat in old.councils]:
        if council.in_being(day):
            found[council.id] = [council]
            continue
        codes = book.successors(council.code, day) if book.knows(council.code) else ()
        found[council.id] = councils_with(codes)
        names = " and ".join(heir.name for heir in found[council.id])
        if names:
            changed.append(f"{names} in the place of {council.name}, which is no longer in being.")
        else:
            lost.append(f"{council.name}: it is no longer in being and nobody stands in its place here.")
    return found, changed, lost


def _lead(heirs: Sequence[Council], leads: set[int]) -> Council | None:
    """Of several successors the one that the person writes for."""
    return next((council for council in heirs if council.id in leads), next(iter(heirs), None))


def _plan_answers(plan: Plan) -> None:
    for question_id, value in _answers(plan, None, Asked.BID):
        plan.answers[question_id] = value


def _answers(plan: Plan, project: Project | None, per: Asked) -> Iterator[tuple[int, Any]]:
    """(question's id in the new round, value) of each answer that fits; the others are noted as left out."""
    values = {(answer.project_id, answer.question_id): answer.typed for answer in plan.old.answers}
    of = f"{project.title}: " if project else ""
    for section, question in _questions(plan.old.sections, plan.old.form_version, per):
        value = values.get((project.id if project else None, question.id))
        if value is None or question.kind in NEVER_ANSWERED:
            continue
        new = _same_question(plan.round, section, question)
        if new is None:
            plan.left_out.append(f"{of}“{question.label}” {plan.round.name} does not ask this in the same form.")
        elif question.kind is QuestionKind.DECLARATION:
            plan.left_out.append(f"{of}“{question.label}” has to be agreed to anew.")
        elif question.kind is QuestionKind.FILE:
            plan.files.append((new, project, value))
        else:
            yield from _fitting(plan, of, new, value)


def _questions(sections: Sequence[Section], version: int, per: Asked) -> Iterator[tuple[Section, Question]]:
    for section in sections:
        for question in section.questions_in(version) if section.per is per else []:
            yield section, question


def _same_question(round: Round, section: Section, question: Question) -> Question | None:
    """The question of the same section, code and kind in the form that the round has now."""
    now = _questions(round.sections_in(round.form_version), round.form_version, section.per)
    same = (new for of, new in now if (of.code, new.code, new.kind) == (section.code, question.code, question.kind))
    return next(same, None)


def _fitting(plan: Plan, of: str, new: Question, value: Any) -> Iterator[tuple[int, Any]]:
    if new.kind in BY_YEAR:
        years = {str(year.starts_in) for year in plan.round.years}
        if outside := sorted(set(value) - years):
            said = ", ".join(str(FinancialYear(int(year))) for year in outside)
            plan.left_out.append(f"{of}“{new.label}” in {said}: outside the years of {plan.round.name}.")
        value = {year: amount for year, amount in value.items() if year in years}
    try:
        kept = clean(new, value, plan.round)
    except Refused as refusal:
        plan.left_out.append(f"{of}{refusal}")
    else:
        if kept is not None:
            yield new.id, kept


def _project(plan: Plan, project: Project, council: Council) -> CopiedProject:
    rows: list[Row] = []
    for part, (held, copied) in _TABLES.items():
        if held(project) and not asks(plan.round, part):
            plan.left_out.append(f"{project.title}: {_PARTS[part]}; {plan.round.name} does not ask for them.")
        else:
            rows += copied(plan, project)
    return CopiedProject(project, council, rows, dict(_answers(plan, project, Asked.PROJECT)))


def _funding(plan: Plan, project: Project) -> Iterator[Row]:
    years, streams = set(plan.round.years), streams_of(plan.round)
    outside: dict[FinancialYear, int] = {}
    unpaid: dict[str, int] = {}
    for line in project.funding:
        if line.year not in years:
            outside[line.year] = outside.get(line.year, 0) + line.pence
        elif line.source is FundingSource.GRANT and line.stream not in streams:
            unpaid[line.stream] = unpaid.get(line.stream, 0) + line.pence
        else:
            yield line, {}
    for year, pence in sorted(outside.items()):
        plan.left_out.append(f"{project.title}: {pounds(pence)} in {year}, outside the years of {plan.round.name}.")
    for stream, pence in sorted(unpaid.items()):
        plan.left_out.append(f"{project.title}: {pounds(pence)} of {stream} grant, which this fund does not pay.")


def _outcomes(plan: Plan, project: Project) -> Iterator[Row]:
    """Outcomes are copied where the new round counts the same in the same unit, within the years it takes them in."""
    known = {(measure.code, measure.unit): measure for measure in plan.round.measures}
    rows: list[OutcomeLine | OutcomeBasis] = [*project.outcomes, *project.bases]
    held = {row.measure_id: row.measure for row in rows}
    new = {old_id: known.get((measure.code, measure.unit)) for old_id, measure in held.items()}
    for old_id, measure in held.items():
        if new[old_id] is None:
            plan.left_out.append(f"{project.title}: {measure.name}, which {plan.round.name} does not count.")
    years = plan.round.first_year.until(plan.round.last_year.next(YEARS_AFTER))
    outside = sorted({line.year for line in project.outcomes if new[line.measure_id] and line.year not in years})
    if outside:
        said = ", ".join(map(str, outside))
        plan.left_out.append(f"{project.title}: outcomes in {said}, outside the years of {plan.round.name}.")
    for row in rows:
        counted = new[row.measure_id]
        if counted and not (isinstance(row, OutcomeLine) and row.year in outside):
            yield row, {"measure_id": counted.id}


def _values(plan: Plan, project: Project) -> Iterator[Row]:
    early = sorted({line.year for line in project.values if line.year < plan.round.first_year})
    if early:
        said = ", ".join(map(str, early))
        plan.left_out.append(f"{project.title}: costs and benefits in {said}, before the years of {plan.round.name}.")
    for line in project.values:
        if line.year not in early:
            yield line, {}


def _milestones(plan: Plan, project: Project) -> Iterator[Row]:
    names = milestone_names(plan.round)
    for milestone in project.milestones:
        if milestone.name in names:
            yield milestone, {"position": names.index(milestone.name) + 1}
        else:
            plan.left_out.append(f"{project.title}: the milestone “{milestone.name}”, which is not one of this round.")


_TABLES: dict[ProjectPart, tuple[Callable[[Project], Sequence[Model]], Callable[[Plan, Project], Iterable[Row]]]] = {
    ProjectPart.SITES: (lambda project: project.sites, lambda plan, project: [(row, {}) for row in project.sites]),
    ProjectPart.FUNDING: (lambda project: project.funding, _funding),
    ProjectPart.OUTCOMES: (lambda project: project.outcomes, _outcomes),
    ProjectPart.MILESTONES: (lambda project: project.milestones, _milestones),
    ProjectPart.RISKS: (lambda project: project.risks, lambda plan, project: [(row, {}) for row in project.risks]),
    ProjectPart.VALUE: (lambda project: project.values, _values),
}
"""Of each table: its rows, and those of them that fit the new round."""
