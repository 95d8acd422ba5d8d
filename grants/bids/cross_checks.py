"""What the parts of a bid must agree on, as its round's definition says: one set of rules for pages, sheet and
submission.

Each kind of check is a pure function of a bid loaded in full and its answers. Its fault begins with the definition's
own message and ends with the figures that do not agree. What has no answer yet is not compared: that it is missing is
a fault of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from grants.bids.answers.values import MONEY, field_name, is_asked, number
from grants.bids.fault import Fault, Place, Values
from grants.bids.models import Bid, FundingSource, Project
from grants.funds.definition.types import CheckKind
from grants.funds.models import Asked, Question, QuestionKind, Section
from grants.kernel.financial_year import FinancialYear
from grants.kernel.money import pounds

Amounts = dict[int, int]
"""Pence, or hundredths of a unit, by the calendar year in which a financial year begins."""


@dataclass(frozen=True)
class Figure:
    """An answer that can be compared: its total, by year where it was asked by year, and whether it is money."""

    total: int
    by_year: Amounts | None
    money: bool

    def say(self, amount: int) -> str:
        return pounds(amount) if self.money else number(amount)


@dataclass(frozen=True)
class Checking:
    """One check of one bid: its settings as docs/round-definition.md has them, and the questions that it may name.

    What is checked project by project is checked for those `within`.
    """

    bid: Bid
    values: Values
    settings: Mapping[str, Any]
    questions: Mapping[str, tuple[Section, Question]]
    within: Sequence[Project]

    def scopes(self) -> list[tuple[Project | None, list[Project]]]:
        """Each project by itself where the check is made per project; else the bid as a whole, which is no project."""
        if self.settings.get("per") == Asked.PROJECT:
            return [(project, [project]) for project in self.within]
        return [(None, self.bid.projects)]

    def asked(self, name: str) -> Iterator[tuple[Project | None, Section, Question, Any]]:
        """Every answer to the question that the setting `name` names, with the project of which it was asked."""
        if self.settings.get(name) not in self.questions:
            return
        section, question = self.questions[self.settings[name]]
        for project in self.within if section.per is Asked.PROJECT else [None]:
            value = self._value(section, question, project)
            if value is not None:
                yield project, section, question, value

    def _value(self, section: Section, question: Question, project: Project | None) -> Any:
        of = project.id if project else None
        beside = {each.code: self.values.get((of, each.id)) for each in section.questions_in(self.bid.form_version)}
        return beside.get(question.code) if is_asked(question, beside) else None

    def fault(self, said: str, place: Place, project: Project | None = None, at: Any = None) -> Fault:
        """The definition's message and the figures. `at` is the section and question where it is mended."""
        of_project = f"{project.title}: " if project else ""
        words = f"{of_project}{self.settings['message']} {said}".strip()
        section, question = at or (None, None)
        return Fault(words, place, project, section, field_name(question) if question else "")

    def money_fault(self, said: str, project: Project | None) -> Fault:
        """Mended where the money is: on the one project's page, or on the list of several."""
        only = self.bid.projects[0] if len(self.bid.projects) == 1 else None
        if project is None and only is not None:
            return Fault(f"{self.settings['message']} {said}", Place.FUNDING, only)
        return self.fault(said, Place.FUNDING if project else Place.PROJECTS, project)


def cross_faults(bid: Bid, values: Values, within: Sequence[Project]) -> list[Fault]:
    """Everything that does not agree, of a bid loaded in full, in the order of the round's checks: of the bid as a
    whole, and of each project `within`."""
    questions = {
        f"{section.code}.{question.code}": (section, question)
        for section in bid.sections
        for question in section.questions_in(bid.form_version)
    }
    found: list[Fault] = []
    for settings in bid.round.cross_checks["checks"]:
        found += CHECKS[CheckKind(settings["kind"])](Checking(bid, values, settings, questions, within))
    return found


def grant_by_year(projects: Iterable[Project]) -> Amounts:
    return _by_year(projects, grant_only=True)


def money_by_year(projects: Iterable[Project]) -> Amounts:
    """Grant and all other money."""
    return _by_year(projects, grant_only=False)


def _by_year(projects: Iterable[Project], *, grant_only: bool) -> Amounts:
    amounts: Amounts = {}
    for project in projects:
        for line in project.funding:
            if line.source is FundingSource.GRANT or not grant_only:
                amounts[line.year.starts_in] = amounts.get(line.year.starts_in, 0) + line.pence
    return amounts


def figure(question: Question, value: Any, column: str = "") -> Figure:
    """What a money or number answer adds up to; of a table, one of its columns."""
    if question.kind is QuestionKind.TABLE:
        kinds = {one["key"]: QuestionKind(one["kind"]) for one in question.settings.get("columns", [])}
        total = sum(row.get(column) or 0 for row in value)
        return Figure(total, None, kinds.get(column) in MONEY)
    if isinstance(value, Mapping):
        amounts = {int(year): amount for year, amount in value.items()}
        return Figure(sum(amounts.values()), amounts, question.kind in MONEY)
    return Figure(value, None, question.kind in MONEY)


def _most_grant(check: Checking) -> Iterator[Fault]:
    for project, projects in check.scopes():
        ask = sum(each.ask for each in projects)
        if ask > check.settings["pounds"] * 100:
            yield check.money_fault(f"You ask for {pounds(ask)}.", project)


def _least_grant(check: Checking) -> Iterator[Fault]:
    for project, projects in check.scopes():
        ask = sum(each.ask for each in projects)
        if 0 < ask < check.settings["pounds"] * 100:
            yield check.money_fault(f"You ask for {pounds(ask)}.", project)


def _most_projects(check: Checking) -> Iterator[Fault]:
    count = len(check.bid.projects)
    if count > check.settings["count"]:
        yield check.fault(f"The bid has {count}.", Place.PROJECTS)


def _least_bodies(check: Checking) -> Iterator[Fault]:
    count = len(check.bid.councils) + len(check.bid.partners)
    if count < check.settings["count"]:
        yield check.fault(f"The bid names {count}.", Place.DETAILS)


def _grant_equals(check: Checking) -> Iterator[Fault]:
    for project, section, question, value in check.asked("question"):
        answered = figure(question, value)
        asked_for = grant_by_year([project] if project else check.bid.projects)
        if asked_for and (said := _unlike(answered, asked_for, "the funding tables say", "this answer says")):
            yield check.fault(said, Place.SECTION, project, (section, question))


def _unlike(answered: Figure, amounts: Amounts, theirs: str, ours: str) -> str:
    """Where an answer and amounts by year differ: in each year if the answer was given by year, and in total."""
    pairs = _pairs(answered.by_year, amounts) if answered.by_year is not None else {}
    pairs["In total"] = (answered.total, sum(amounts.values()))
    wrong = [
        f"{when}, {theirs} {answered.say(held)} and {ours} {answered.say(given)}."
        for when, (given, held) in pairs.items()
        if given != held
    ]
    return " ".join(wrong)


def _pairs(ours: Amounts, theirs: Amounts) -> dict[str, tuple[int, int]]:
    years = sorted({*ours, *theirs})
    return {f"In {FinancialYear(year)}": (ours.get(year, 0), theirs.get(year, 0)) for year in years}


def _not_after_final_date(check: Checking) -> Iterator[Fault]:
    final = check.bid.round.final_date
    for project, section, question, value in check.asked("question"):
        if final is not None and date.fromisoformat(value) > final:
            said = f"The round's final date is {final.day} {final:%B %Y}."
            yield check.fault(said, Place.SECTION, project, (section, question))


def _funding_covers(check: Checking) -> Iterator[Fault]:
    for project, section, question, value in check.asked("question"):
        cost = figure(question, value, check.settings.get("column", ""))
        money = money_by_year([project] if project else check.bid.projects)
        pairs = _pairs(cost.by_year, money) if cost.by_year is not None else {}
        pairs["In total"] = (cost.total, sum(money.values()))
        short = [
            f"{when}, grant and other money come to {pounds(held)} and the cost to {pounds(needed)}."
            for when, (needed, held) in pairs.items()
            if held < needed
        ]
        if money and short:
            yield check.fault(" ".join(short), Place.SECTION, project, (section, question))


def _sum_equals(check: Checking) -> Iterator[Fault]:
    others = {project: (question, value) for project, _, question, value in check.asked("other")}
    for project, section, question, value in check.asked("question"):
        if project not in others:
            continue
        one = figure(question, value, check.settings.get("column", ""))
        other = figure(*others[project], check.settings.get("other_column", ""))
        if said := _unlike_sums(one, other, others[project][0].label):
            yield check.fault(said, Place.SECTION, project, (section, question))


def _unlike_sums(one: Figure, other: Figure, label: str) -> str:
    pairs = _pairs(one.by_year, other.by_year) if one.by_year is not None and other.by_year is not None else {}
    pairs["In total"] = (one.total, other.total)
    wrong = [
        f"{when}, it is {one.say(mine)} here and {other.say(theirs)} under “{label}”."
        for when, (mine, theirs) in pairs.items()
        if mine != theirs
    ]
    return " ".join(wrong)


def _match_percent(check: Checking) -> Iterator[Fault]:
    for project, projects in check.scopes():
        everything, ask = sum(money_by_year(projects).values()), sum(each.ask for each in projects)
        if everything and (everything - ask) * 100 < check.settings["percent"] * everything:
            yield check.money_fault(f"It is {pounds(everything - ask)} of {pounds(everything)} now.", project)


CHECKS: dict[CheckKind, Callable[[Checking], Iterator[Fault]]] = {
    CheckKind.MOST_GRANT: _most_grant,
    CheckKind.LEAST_GRANT: _least_grant,
    CheckKind.MOST_PROJECTS: _most_projects,
    CheckKind.LEAST_BODIES: _least_bodies,
    CheckKind.GRANT_EQUALS: _grant_equals,
    CheckKind.NOT_AFTER_FINAL_DATE: _not_after_final_date,
    CheckKind.FUNDING_COVERS: _funding_covers,
    CheckKind.SUM_EQUALS: _sum_equals,
    CheckKind.MATCH_PERCENT: _match_percent,
}
