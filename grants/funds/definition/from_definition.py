"""Turns a round definition into the rows of a round, so that an old round keeps what it asked when templates change."""

from grants.funds.definition.types import (
    MeasureDefinition,
    QuestionDefinition,
    RoundDefinition,
    SectionDefinition,
    TargetScope,
)
from grants.funds.models import (
    BudgetLine,
    Criterion,
    Declaration,
    Fund,
    Gate,
    Mark,
    OutcomeMeasure,
    Question,
    Round,
    Section,
)
from grants.kernel.db import Json
from grants.kernel.financial_year import FinancialYear


def fund_of(definition: RoundDefinition) -> Fund:
    fund = definition.fund
    return Fund(
        code=fund.code,
        name=fund.name,
        purpose=fund.purpose,
        legal_power=fund.legal_power,
        funder=fund.funder,
        stream=fund.stream,
    )


def round_of(definition: RoundDefinition, *, fund: Fund, code: str, name: str, first_year: FinancialYear) -> Round:
    """A draft with everything the definition asks.

    Money, headline, final date and targets belong to the definition's own years: a round that begins in another year
    takes none of them, so that one round's published figures are never shown as another's.
    """
    made = Round(
        fund=fund, code=code, template_code=definition.code, first_year=first_year,
        last_year=first_year.next(len(definition.years) - 1),
    )  # fmt: skip
    fill(made, definition)
    made.name = name
    return made


def fill(round: Round, definition: RoundDefinition) -> None:
    """Give a round without rows of its own all that the definition asks."""
    own_years = [round.first_year] == list(definition.years[:1])
    round.name, round.summary, round.mode = definition.name, definition.summary, definition.mode
    round.return_every, round.return_days = definition.returns.every, definition.returns.due_days
    round.return_mark, round.return_source = definition.returns.origin.mark, definition.returns.origin.source
    round.project_parts = Json({"parts": [str(part) for part in definition.project_parts]})
    round.attachment_rules = Json(definition.attachments.settings)
    round.milestones = Json({"names": list(definition.milestones)})
    round.cross_checks = Json({"checks": [check.settings for check in definition.cross_checks]})
    round.exclusions = Json(definition.exclusions.settings if definition.exclusions else {"councils": [], "why": ""})
    round.sections = [section_of(section, place) for place, section in enumerate(definition.sections, start=1)]
    round.measures = [_measure(measure, place, own_years) for place, measure in enumerate(definition.measures, start=1)]
    round.declarations = [
        Declaration(position=place, text=text) for place, text in enumerate(definition.declarations, 1)
    ]
    _set_handing_in(round, definition)
    _set_appraisal(round, definition)
    if own_years:
        _set_money(round, definition)


def _set_handing_in(made: Round, definition: RoundDefinition) -> None:
    rules = definition.handing_in
    made.expression_of_interest, made.invitation = rules.expression_of_interest, rules.invitation
    made.grace_seconds, made.late_bids = rules.grace_seconds, rules.late_bids
    made.board_minute = rules.board_minute
    made.reminders = Json({"working_days": list(rules.working_days)})


def _set_appraisal(made: Round, definition: RoundDefinition) -> None:
    made.gates = [
        Gate(
            position=place,
            stage=g.stage,
            code=g.code,
            text=g.text,
            mark=g.origin.mark,
            source=g.origin.source,
            asks=g.asks,
            passes_with=g.passes_with,
            value_at_least=g.value_at_least,
        )
        for place, g in enumerate(definition.gates, start=1)
    ]
    made.criteria = [
        Criterion(
            position=place,
            code=c.key,
            name=c.name,
            weight=c.weight,
            critical=c.critical,
            looked_up=c.looked_up,
            mark=c.origin.mark,
            source=c.origin.source,
            bands_mark=c.bands_mark,
            bands=Json({str(mark): text for mark, text in sorted(c.bands.items(), reverse=True)}),
            parts=Json({str(number): name for number, name in enumerate(c.parts, start=1)}),
        )
        for place, c in enumerate(definition.criteria, start=1)
    ]
    if definition.pass_mark:
        made.pass_mark, made.pass_mark_mark = definition.pass_mark.total, definition.pass_mark.origin.mark
        made.critical_mark, made.pass_mark_source = definition.pass_mark.critical, definition.pass_mark.origin.source


def _set_money(made: Round, definition: RoundDefinition) -> None:
    made.budget = [
        BudgetLine(year=b.year, stream=b.stream, pence=b.pence, mark=b.origin.mark, source=b.origin.source)
        for b in definition.budget
    ]
    if headline := definition.headline:
        made.headline_pence, made.headline_note = headline.pence, headline.note
        made.headline_mark, made.headline_source = headline.origin.mark, headline.origin.source
    if final := definition.final_date:
        made.final_date, made.final_date_what, made.final_date_mark = final.on, final.what, final.origin.mark
        made.final_date_source = final.origin.source


def section_of(section: SectionDefinition, place: int) -> Section:
    return Section(
        position=place,
        code=section.key,
        title=section.title,
        intro=section.intro,
        per=section.per,
        questions=[question_of(question, position) for position, question in enumerate(section.questions, start=1)],
    )


def question_of(question: QuestionDefinition, place: int) -> Question:
    return Question(
        position=place,
        code=question.key,
        kind=question.kind,
        label=question.label,
        hint=question.hint,
        required=question.required,
        settings=Json(question.settings),
    )


def _measure(measure: MeasureDefinition, place: int, with_target: bool) -> OutcomeMeasure:
    stated = with_target and measure.target_hundredths is not None
    return OutcomeMeasure(
        position=place,
        code=measure.key,
        name=measure.name,
        unit=measure.unit,
        heading=measure.heading,
        headline=measure.headline,
        factor_thousandths=round(measure.factor * 1000),
        target_hundredths=measure.target_hundredths if stated else None,
        target_source=measure.origin.source if stated else "",
        target_of_programme=stated and measure.target_scope is TargetScope.PROGRAMME,
        mark=measure.origin.mark if stated else Mark.DEFAULT,
    )
