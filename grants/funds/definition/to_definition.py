"""Turns the rows of a round back into the definition that would make them: for its editor, and to be given on."""

from decimal import Decimal
from typing import Any

from grants.funds.assuming.sets import code_of
from grants.funds.definition.types import (
    AttachmentRules,
    BudgetDefinition,
    CheckKind,
    CriterionDefinition,
    CrossCheckDefinition,
    ExclusionsDefinition,
    FinalDateDefinition,
    Formula,
    FundDefinition,
    GateDefinition,
    HandingInRules,
    HeadlineDefinition,
    MeasureDefinition,
    OnlyIf,
    Option,
    Origin,
    PassMarkDefinition,
    ProjectPart,
    QuestionDefinition,
    ReturnRules,
    RoundDefinition,
    SectionDefinition,
    TargetScope,
)
from grants.funds.models import (
    Asked,
    Fund,
    Gate,
    Mark,
    OutcomeMeasure,
    Question,
    QuestionKind,
    Round,
    Section,
)

OWN_FIGURE = "Set by the programme for this round"
"""The source of a published figure that was typed here and not taken out of a paper."""


def definition_of(round: Round) -> RoundDefinition:
    """Of a round loaded in full, on the newest published version of its form."""
    return RoundDefinition(
        code=round.code,
        name=round.name,
        summary=round.summary,
        fund=_fund(round.fund),
        mode=round.mode,
        years=tuple(round.years),
        budget=tuple(BudgetDefinition(b.year, b.stream, b.pence, _origin(b.mark, b.source)) for b in round.budget),
        headline=_headline(round),
        final_date=_final_date(round),
        gates=tuple(_gate(gate) for gate in round.gates),
        criteria=tuple(_criteria(round)),
        pass_mark=PassMarkDefinition(
            round.pass_mark, round.critical_mark, _origin(round.pass_mark_mark, round.pass_mark_source)
        ),
        project_parts=tuple(ProjectPart(part) for part in round.project_parts["parts"]),
        sections=tuple(_section(section, round.form_version) for section in round.sections_in(round.form_version)),
        measures=tuple(_measure(measure) for measure in round.measures),
        declarations=tuple(declaration.text for declaration in round.declarations),
        attachments=AttachmentRules(
            tuple(round.attachment_rules["kinds"]), round.attachment_rules["megabytes"], round.attachment_rules["count"]
        ),
        milestones=tuple(round.milestones["names"]),
        returns=ReturnRules(round.return_every, round.return_days, _origin(round.return_mark, round.return_source)),
        handing_in=_handing_in(round),
        cross_checks=tuple(_check(check) for check in round.cross_checks["checks"]),
        exclusions=_exclusions(round.exclusions),
        assumption_set=code_of(round),
    )


def _origin(mark: Mark, source: str) -> Origin:
    return Origin(mark, source or (OWN_FIGURE if mark is Mark.PUBLISHED else ""))


def _fund(fund: Fund) -> FundDefinition:
    return FundDefinition(fund.code, fund.name, fund.purpose, fund.legal_power, fund.stream, fund.funder)


def _headline(round: Round) -> HeadlineDefinition | None:
    if round.headline_pence is None:
        return None
    origin = _origin(round.headline_mark, round.headline_source)
    return HeadlineDefinition(round.headline_pence, round.headline_note, origin)


def _final_date(round: Round) -> FinalDateDefinition | None:
    if round.final_date is None:
        return None
    origin = _origin(round.final_date_mark, round.final_date_source)
    return FinalDateDefinition(round.final_date, round.final_date_what, origin)


def _gate(gate: Gate) -> GateDefinition:
    origin = _origin(gate.mark, gate.source)
    return GateDefinition(gate.stage, gate.code, gate.text, origin, gate.asks, gate.passes_with, gate.value_at_least)


def _criteria(round: Round) -> list[CriterionDefinition]:
    return [
        CriterionDefinition(
            key=criterion.code,
            name=criterion.name,
            weight=criterion.weight,
            critical=criterion.critical,
            looked_up=criterion.looked_up,
            bands={int(mark): text for mark, text in criterion.bands.items()},
            bands_mark=criterion.bands_mark,
            origin=_origin(criterion.mark, criterion.source),
            parts=tuple(name for _, name in criterion.numbered_parts) if criterion.parts else (),
            place_list=(criterion.place_list.name, criterion.place_list.edition) if criterion.place_list else None,
        )
        for criterion in round.criteria
    ]


def _section(section: Section, version: int) -> SectionDefinition:
    questions = tuple(question_as_defined(question) for question in section.questions_in(version))
    return SectionDefinition(section.code, section.title, section.intro, section.per, questions)


def question_as_defined(question: Question) -> QuestionDefinition:
    own: dict[str, Any] = {
        "key": question.code,
        "kind": question.kind.value,
        "label": question.label,
        "hint": question.hint,
        "required": question.required,
    }
    return _question({**question.settings, **own})


def _question(said: dict[str, Any]) -> QuestionDefinition:
    """Out of the settings of a question, with its own facts among them; a column of a table is kept like that."""
    condition, formula = said.get("only_if"), said.get("formula")
    return QuestionDefinition(
        key=said["key"],
        kind=QuestionKind(said["kind"]),
        label=said["label"],
        hint=said.get("hint", ""),
        required=said.get("required", True),
        options=tuple(Option(value, label) for value, label in said.get("options", ())),
        max_words=said.get("max_words"),
        least=said.get("min"),
        most=said.get("max"),
        columns=tuple(_question(column) for column in said.get("columns", ())),
        formula=Formula(formula) if formula else None,
        only_if=OnlyIf(condition["question"], condition["is"]) if condition else None,
        decimals=said.get("decimals"),
        kinds=tuple(said.get("kinds", ())),
        megabytes=said.get("megabytes"),
        count=said.get("count"),
        past=said.get("past", False),
    )


def _measure(measure: OutcomeMeasure) -> MeasureDefinition:
    return MeasureDefinition(
        key=measure.code,
        name=measure.name,
        unit=measure.unit,
        heading=measure.heading,
        headline=measure.headline,
        factor=Decimal(measure.factor_thousandths) / 1000,
        target_hundredths=measure.target_hundredths,
        target_scope=TargetScope.PROGRAMME if measure.target_of_programme else TargetScope.ROUND,
        origin=_origin(measure.mark, measure.target_source),
    )


def _handing_in(round: Round) -> HandingInRules:
    return HandingInRules(
        expression_of_interest=round.expression_of_interest,
        follows=round.follows.code if round.follows else "",
        invitation=round.invitation,
        grace_seconds=round.grace_seconds,
        late_bids=round.late_bids,
        board_minute=round.board_minute,
        working_days=tuple(round.reminders["working_days"]),
    )


def _check(said: dict[str, Any]) -> CrossCheckDefinition:
    own = {name: value for name, value in said.items() if name not in ("kind", "mark", "source", "per")}
    return CrossCheckDefinition(
        kind=CheckKind(said["kind"]),
        per=Asked(said["per"]) if said.get("per") else None,
        origin=_origin(Mark(said["mark"]), said.get("source", "")),
        **own,
    )


def _exclusions(said: dict[str, Any]) -> ExclusionsDefinition | None:
    if not said["councils"]:
        return None
    origin = _origin(Mark(said.get("mark", Mark.DEFAULT)), said.get("source", ""))
    return ExclusionsDefinition(tuple(said["councils"]), said["why"], origin)
