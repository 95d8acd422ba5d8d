"""A round definition as frozen records, named and nested as in its YAML. Money in pence, years as FinancialYear.

Each figure and rule carries a mark: published (then with its source), our default, or inferred. Only what is marked
published may be shown as official. Word limits, hints, bands without a mark of their own and limits on files are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from grants.funds.models import (
    Asked,
    GateStage,
    Heading,
    Invitation,
    LateBids,
    Mark,
    QuestionKind,
    ReturnEvery,
    RoundMode,
    Stream,
    Unit,
)
from grants.kernel.financial_year import FinancialYear


class ProjectPart(StrEnum):
    """Parts of a project that have tables of their own and so are not questions."""

    SITES = "sites"
    FUNDING = "funding"
    OUTCOMES = "outcomes"
    MILESTONES = "milestones"
    RISKS = "risks"
    VALUE = "value"


class TargetScope(StrEnum):
    """Whether a stated target is this round's, or was stated for the whole programme the round belongs to."""

    ROUND = "round"
    PROGRAMME = "programme"


class Formula(StrEnum):
    """What a computed question shows, worked out from the project's own figures."""

    COST_PER_HOME = "cost_per_home"
    LEVERAGE = "leverage"
    INTERVENTION_RATE = "intervention_rate"


@dataclass(frozen=True, slots=True)
class Origin:
    """`source` says where a published figure was published; it may say what an inference or default rests on."""

    mark: Mark
    source: str = ""


@dataclass(frozen=True, slots=True)
class FundDefinition:
    code: str
    name: str
    purpose: str
    legal_power: str
    stream: Stream
    funder: str


@dataclass(frozen=True, slots=True)
class BudgetDefinition:
    year: FinancialYear
    stream: Stream
    pence: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class HeadlineDefinition:
    """The sum the programme stated; `note` says why the budget by year adds up to something else, where it does."""

    pence: int
    note: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class FinalDateDefinition:
    on: date
    what: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class GateDefinition:
    """`asks` is the plain yes-or-no question that puts the gate to an applicant, where there is one; `passes_with` is
    the answer that passes. `value_at_least` is the category of value for money that passes, where it is about that."""

    stage: GateStage
    code: str
    text: str
    origin: Origin
    asks: str = ""
    passes_with: str = "yes"
    value_at_least: str = ""


MOST_PARTS = 4
"""Of one criterion: means of up to four marks are whole twelfths, which keeps totals exact in the database."""


@dataclass(frozen=True, slots=True)
class CriterionDefinition:
    """`weight` out of 100; `bands` say what each mark from 5 down to 0 looks like.

    `origin` is that of the weight, `bands_mark` that of the bands' words. What is `looked_up` takes its mark from a
    published list and not from appraisers: `place_list` is the list's name and edition, once it is known. Otherwise it
    may be marked in two to four `parts`, by their names.
    """

    key: str
    name: str
    weight: int
    critical: bool
    looked_up: bool
    bands: Mapping[int, str]
    bands_mark: Mark
    origin: Origin
    parts: tuple[str, ...] = ()
    place_list: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class PassMarkDefinition:
    """A bid passes with this weighted total out of 100 and no critical criterion marked below `critical`."""

    total: int
    critical: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class OnlyIf:
    """The question is asked only where the answer to an earlier one of the same section is, or includes, `value`."""

    question: str
    value: str


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class QuestionDefinition:
    """`least` and `most` are whole units of the answer (pounds for money); only text has `max_words`, only numbers
    `decimals` (0 or 2), only files `kinds`, `megabytes` (of one) and `count`, only dates `past` (not a day to come)."""

    key: str
    kind: QuestionKind
    label: str
    hint: str = ""
    required: bool = True
    options: tuple[Option, ...] = ()
    max_words: int | None = None
    least: int | None = None
    most: int | None = None
    columns: tuple["QuestionDefinition", ...] = ()
    formula: Formula | None = None
    only_if: OnlyIf | None = None
    decimals: int | None = None
    kinds: tuple[str, ...] = ()
    megabytes: int | None = None
    count: int | None = None
    past: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        """What the kind needs, as JSON: `options` as pairs of value and label, `max_words`, `min`, `max`, `columns`,
        `formula`, `only_if`, `decimals`, `kinds`, `megabytes`, `count`, `past`; each only where it is given."""
        given: dict[str, Any] = {
            "options": [[option.value, option.label] for option in self.options] or None,
            "max_words": self.max_words,
            "min": self.least,
            "max": self.most,
            "columns": [
                {"key": column.key, "kind": str(column.kind), "label": column.label, **column.settings}
                for column in self.columns
            ]
            or None,
            "formula": self.formula and str(self.formula),
            "only_if": self.only_if and {"question": self.only_if.question, "is": self.only_if.value},
            "decimals": self.decimals,
            "kinds": list(self.kinds) or None,
            "megabytes": self.megabytes,
            "count": self.count,
            "past": self.past or None,
        }
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class SectionDefinition:
    key: str
    title: str
    intro: str
    per: Asked
    questions: tuple[QuestionDefinition, ...]


@dataclass(frozen=True, slots=True)
class MeasureDefinition:
    """`headline`: the one measure that stands for its heading. `factor` turns its count into equivalents (four student
    bedrooms to a home: 0.25). `target_hundredths` in hundredths of the unit, so pence where the unit is pounds."""

    key: str
    name: str
    unit: Unit
    heading: Heading
    headline: bool
    factor: Decimal
    target_hundredths: int | None
    target_scope: TargetScope
    origin: Origin


@dataclass(frozen=True, slots=True)
class AttachmentRules:
    kinds: tuple[str, ...]
    megabytes: int
    count: int

    @property
    def settings(self) -> dict[str, Any]:
        return {"kinds": list(self.kinds), "megabytes": self.megabytes, "count": self.count}


@dataclass(frozen=True, slots=True)
class ReturnRules:
    every: ReturnEvery
    due_days: int
    origin: Origin


class CheckKind(StrEnum):
    """What two parts of a bid must agree on; docs/round-definition.md says what each compares."""

    MOST_GRANT = "most_grant"
    LEAST_GRANT = "least_grant"
    MOST_PROJECTS = "most_projects"
    LEAST_BODIES = "least_bodies"
    GRANT_EQUALS = "grant_equals"
    NOT_AFTER_FINAL_DATE = "not_after_final_date"
    FUNDING_COVERS = "funding_covers"
    SUM_EQUALS = "sum_equals"
    MATCH_PERCENT = "match_percent"


CHECK_NEEDS: Mapping[CheckKind, frozenset[str]] = {
    CheckKind.MOST_GRANT: frozenset({"pounds"}),
    CheckKind.LEAST_GRANT: frozenset({"pounds"}),
    CheckKind.MOST_PROJECTS: frozenset({"count"}),
    CheckKind.LEAST_BODIES: frozenset({"count"}),
    CheckKind.GRANT_EQUALS: frozenset({"question"}),
    CheckKind.NOT_AFTER_FINAL_DATE: frozenset({"question"}),
    CheckKind.FUNDING_COVERS: frozenset({"question"}),
    CheckKind.SUM_EQUALS: frozenset({"question", "other"}),
    CheckKind.MATCH_PERCENT: frozenset({"percent"}),
}
CHECK_MAY_HAVE: Mapping[CheckKind, frozenset[str]] = {
    CheckKind.MOST_GRANT: frozenset({"per"}),
    CheckKind.LEAST_GRANT: frozenset({"per"}),
    CheckKind.MATCH_PERCENT: frozenset({"per"}),
    CheckKind.FUNDING_COVERS: frozenset({"column"}),
    CheckKind.SUM_EQUALS: frozenset({"column", "other_column"}),
}
ABOUT_MONEY = frozenset(
    {CheckKind.MOST_GRANT, CheckKind.LEAST_GRANT, CheckKind.GRANT_EQUALS, CheckKind.FUNDING_COVERS}
    | {CheckKind.MATCH_PERCENT}
)


@dataclass(frozen=True, slots=True)
class CrossCheckDefinition:
    """`message` is what an applicant reads. `question` and `other` are section.question, `column` and `other_column`
    a money or number column where that question is a table. `per` says whether the limit is the bid's or a project's.
    """

    kind: CheckKind
    message: str
    origin: Origin
    per: Asked | None = None
    pounds: int | None = None
    count: int | None = None
    percent: int | None = None
    question: str = ""
    column: str = ""
    other: str = ""
    other_column: str = ""

    @property
    def settings(self) -> dict[str, Any]:
        """As it is written in a definition and kept on a round: only what is given."""
        given: dict[str, Any] = {"kind": str(self.kind), "message": self.message, "per": self.per and str(self.per)}
        given |= {"pounds": self.pounds, "count": self.count, "percent": self.percent}
        given |= {"question": self.question, "column": self.column}
        given |= {"other": self.other, "other_column": self.other_column}
        given |= {"mark": str(self.origin.mark), "source": self.origin.source}
        return {name: value for name, value in given.items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class ExclusionsDefinition:
    """Councils in being, by GSS code, that cannot lead a bid here, and `why` in one sentence."""

    councils: tuple[str, ...]
    why: str
    origin: Origin

    @property
    def settings(self) -> dict[str, Any]:
        mark = {"mark": str(self.origin.mark), "source": self.origin.source}
        return {"councils": list(self.councils), "why": self.why, **mark}


@dataclass(frozen=True, slots=True)
class HandingInRules:
    """How bids come in: a first stage before it, who must have been invited, what happens around the deadline.

    `follows` is the code of the round with the expressions of interest.
    """

    expression_of_interest: bool
    follows: str
    invitation: Invitation
    grace_seconds: int
    late_bids: LateBids
    board_minute: bool
    working_days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RoundDefinition:
    code: str
    name: str
    summary: str
    fund: FundDefinition
    mode: RoundMode
    years: tuple[FinancialYear, ...]
    budget: tuple[BudgetDefinition, ...]
    headline: HeadlineDefinition | None
    final_date: FinalDateDefinition | None
    gates: tuple[GateDefinition, ...]
    criteria: tuple[CriterionDefinition, ...]
    pass_mark: PassMarkDefinition | None
    project_parts: tuple[ProjectPart, ...]
    sections: tuple[SectionDefinition, ...]
    measures: tuple[MeasureDefinition, ...]
    declarations: tuple[str, ...]
    attachments: AttachmentRules
    milestones: tuple[str, ...]
    returns: ReturnRules
    handing_in: HandingInRules
    cross_checks: tuple[CrossCheckDefinition, ...]
    exclusions: ExclusionsDefinition | None
    assumption_set: str
    """The code of what value for money is worked out with."""
