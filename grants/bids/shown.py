"""A bid made ready to be printed on a page, from a bid loaded in full: no queries, no markup."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from grants.bids.answers.computed import computed_words, figures_of_projects
from grants.bids.answers.values import NEVER_ANSWERED, in_words, is_asked
from grants.bids.checks import Values, values_of
from grants.bids.models import Bid, FundingLine, FundingSource, Project, ValueKind
from grants.bids.projects.grid_forms import SOURCES
from grants.bids.projects.value import BENEFITS, COSTS, VALUE_WORDS
from grants.funds.assuming.sets import assumptions_of, set_of
from grants.funds.assuming.value_for_money import CostScope, Flows, value_of
from grants.funds.models import Asked, Question, Section, Stream, Unit
from grants.kernel.financial_year import FinancialYear
from grants.kernel.rounding import half_up


@dataclass(frozen=True)
class ShownAnswer:
    """`words` is empty where there is no answer; `asked` is false where the question did not arise."""

    label: str
    words: str
    asked: bool
    question: Question


@dataclass(frozen=True)
class ShownSection:
    section: Section
    answers: list[ShownAnswer]


@dataclass(frozen=True)
class ShownRow:
    """Amounts by year, None where there is none: pence, or hundredths of `unit`."""

    label: str
    amounts: list[int | None]
    total: int
    unit: Unit = Unit.POUNDS


@dataclass(frozen=True)
class ShownTable:
    years: list[FinancialYear]
    rows: list[ShownRow]
    totals: list[int]


def answers_shown(bid: Bid, project: Project | None = None) -> list[ShownSection]:
    """Sections and answers, of the bid itself or of one project, in the order of the form."""
    values = values_of(bid)
    per = Asked.PROJECT if project else Asked.BID
    return [
        ShownSection(section, _answers(section.questions_in(bid.form_version), bid, project, values))
        for section in bid.sections
        if section.per is per
    ]


def _answers(questions: list[Question], bid: Bid, project: Project | None, values: Values) -> list[ShownAnswer]:
    by_code = {question.code: values.get((project.id if project else None, question.id)) for question in questions}
    figures = figures_of_projects([project] if project else bid.projects)
    return [
        ShownAnswer(question.label, computed_words(question, figures), True, question)
        if question.kind in NEVER_ANSWERED
        else ShownAnswer(
            question.label, in_words(question, by_code[question.code]), is_asked(question, by_code), question
        )
        for question in questions
    ]


def funding_shown(project: Project, years: list[FinancialYear]) -> ShownTable:
    """Money by source and stream; the totals are over all sources."""
    return _funding(project.funding, years)


def whole_funding_shown(bid: Bid) -> ShownTable:
    """The same over all projects."""
    return _funding([line for project in bid.projects for line in project.funding], bid.round.years)


def _funding(lines: list[FundingLine], years: list[FinancialYear]) -> ShownTable:
    amounts: dict[tuple[FundingSource, Stream, FinancialYear], int] = {}
    for line in lines:
        place = (line.source, line.stream, line.year)
        amounts[place] = amounts.get(place, 0) + line.pence
    kinds = sorted({(s, stream) for s, stream, _ in amounts}, key=lambda k: (list(SOURCES).index(k[0]), k[1]))
    shown = sorted({*years, *(year for _, _, year in amounts)})
    rows = [_row(f"{SOURCES[s]}, {stream}", [amounts.get((s, stream, year)) for year in shown]) for s, stream in kinds]
    return ShownTable(shown, rows, [sum(row.amounts[place] or 0 for row in rows) for place in range(len(shown))])


def outcomes_shown(project: Project) -> ShownTable:
    """Outcomes by measure, in the years in which there are any."""
    shown = sorted({line.year for line in project.outcomes})
    amounts = {(line.measure_id, line.year): line.hundredths for line in project.outcomes}
    measures = sorted({line.measure for line in project.outcomes}, key=lambda measure: measure.position)
    rows = [_row(m.name, [amounts.get((m.id, year)) for year in shown], m.unit) for m in measures]
    return ShownTable(shown, rows, [])


def value_shown(project: Project) -> list[tuple[str, ShownTable]]:
    """Costs and benefits, each with its name, in the years in which there are any."""
    amounts = {(line.what, line.year): line.pence for line in project.values}
    found = []
    for name, kinds in (("Costs", COSTS), ("Benefits", BENEFITS)):
        years = sorted({year for what, year in amounts if what in kinds})
        there = [kind for kind in kinds if any(what is kind for what, _ in amounts)]
        rows = [_row(VALUE_WORDS[kind], [amounts.get((kind, year)) for year in years]) for kind in there]
        totals = [sum(row.amounts[place] or 0 for row in rows) for place in range(len(years))]
        found.append((name, ShownTable(years, rows, totals)))
    return found


@dataclass(frozen=True)
class Worth:
    """What a project's costs and benefits come to, in whole pence and rounded once; `ratio` has two places."""

    costs: int
    benefits: int
    net: int
    ratio: Decimal | None
    category: str
    by: str
    """The round's assumptions, that it was worked out with."""


def worth_shown(project: Project) -> Worth | None:
    """Present values of the public costs and the additional benefits (F5 to F7); None without costs and benefits.

    Private costs are no public money, so they stand on neither side.
    """
    base = project.bid.round.first_year.starts_in

    def flow(*kinds: ValueKind) -> dict[int, Fraction]:
        found: dict[int, Fraction] = {}
        for line in project.values:
            if line.what in kinds:
                year = line.year.starts_in - base
                found[year] = found.get(year, Fraction(0)) + line.pence
        return found

    if not project.values:
        return None
    kept = Fraction(100_00 if project.additionality is None else project.additionality, 100_00)
    benefits = {year: pence * kept for year, pence in flow(*BENEFITS).items()}
    flows = Flows(flow(ValueKind.COST_CENTRAL), flow(ValueKind.COST_COUNCIL), benefits)
    pinned = set_of(project.bid.round)
    by = assumptions_of(pinned)
    bias = pinned.optimism_bias if project.optimism_bias is None else project.optimism_bias
    value = value_of(flows, by, optimism_bias=Fraction(bias, 100_00), scope=CostScope(pinned.cost_scope))
    ratio = value.ratio
    return Worth(
        costs=int(half_up(value.costs)),
        benefits=int(half_up(value.benefits)),
        net=int(half_up(value.net)),
        ratio=None if ratio is None else half_up(ratio, 2),
        category="" if ratio is None else by.category(ratio),
        by=by.title,
    )


def percent(hundredths: int | None) -> str:
    """`12.5%` for 1250 hundredths of a percent; nothing for none."""
    return "" if hundredths is None else f"{hundredths / 100:.2f}".rstrip("0").rstrip(".") + "%"


def _row(label: str, amounts: list[int | None], unit: Unit = Unit.POUNDS) -> ShownRow:
    return ShownRow(label, amounts, sum(amount or 0 for amount in amounts), unit)
