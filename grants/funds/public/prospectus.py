"""A round's form made ready to be read before anyone applies: every question with its limits, no queries, no markup."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grants.funds.definition.types import Formula, ProjectPart
from grants.funds.models import Question, QuestionKind, Round, Section

_K = QuestionKind
_ANSWERED_BY = {
    _K.TEXT: "Text",
    _K.MONEY: "An amount in pounds",
    _K.MONEY_BY_YEAR: "An amount in pounds for each financial year",
    _K.NUMBER: "A number",
    _K.NUMBER_BY_YEAR: "A number for each financial year",
    _K.DATE: "A date",
    _K.CHOICE: "One of the answers below",
    _K.CHOICES: "One or more of the answers below",
    _K.YES_NO: "Yes or no",
    _K.ORGANISATION: "The name of a body",
    _K.FILE: "A file",
    _K.TABLE: "A table",
    _K.DECLARATION: "A box to tick",
    _K.COMPUTED: "Worked out for you",
}
_WORKED_OUT_AS = {
    Formula.COST_PER_HOME: "the grant divided by the homes",
    Formula.LEVERAGE: "all other money divided by the grant",
    Formula.INTERVENTION_RATE: "the grant as a share of all money",
}
PARTS = {
    ProjectPart.SITES: "its sites, each with address, property number, hectares, owner and planning status",
    ProjectPart.FUNDING: "its funding by financial year, capital or revenue, and source",
    ProjectPart.OUTCOMES: "the outcomes it promises by financial year, and what each promise stands on",
    ProjectPart.MILESTONES: "the day of each milestone",
    ProjectPart.RISKS: "its risks, by likelihood and impact, and what is done about each",
    ProjectPart.VALUE: "its costs and benefits by financial year, for value for money",
}


@dataclass(frozen=True)
class QuestionShown:
    """`limits` are short phrases; `options` the answers offered; `columns` those of a table; `condition` a sentence."""

    label: str
    hint: str
    limits: list[str]
    options: list[str]
    columns: list[str]
    condition: str


def form_shown(round: Round) -> list[tuple[Section, list[QuestionShown]]]:
    """The form as bids are written on it now."""
    version = round.form_version
    return [(section, _shown(section.questions_in(version))) for section in round.sections_in(version)]


def parts_shown(round: Round) -> list[str]:
    """What each project has in tables of its own."""
    return [words for part, words in PARTS.items() if part.value in round.project_parts["parts"]]


def _shown(questions: Sequence[Question]) -> list[QuestionShown]:
    by_code = {question.code: question for question in questions}
    return [
        QuestionShown(
            label=question.label,
            hint=question.hint,
            limits=limits(question.kind, question.settings, required=question.required),
            options=_options(question.settings) if question.kind in (_K.CHOICE, _K.CHOICES) else [],
            columns=[_column(column) for column in question.settings.get("columns", [])],
            condition=_condition(question, by_code),
        )
        for question in questions
    ]


def limits(kind: QuestionKind, settings: Mapping[str, Any], *, required: bool = True) -> list[str]:
    """How it is answered and within which bounds, in short phrases."""
    said = [_ANSWERED_BY[kind]]
    if kind is _K.COMPUTED:
        return [f"{said[0]}: {_WORKED_OUT_AS[Formula(settings['formula'])]}"]
    if most := settings.get("max_words"):
        said.append(f"{most:,} words at most")
    sign = "£" if kind in (_K.MONEY, _K.MONEY_BY_YEAR) else ""
    if (least := settings.get("min")) is not None:
        said.append(f"{sign}{least:,} or more")
    if (most := settings.get("max")) is not None:
        said.append(f"{sign}{most:,} or less")
    if settings.get("decimals") == 0:
        said.append("whole numbers only")
    said += ["today or earlier"] if settings.get("past") else []
    said += _of_files(settings) if kind is _K.FILE else []
    return said if required else [*said, "optional"]


def _of_files(settings: Mapping[str, Any]) -> list[str]:
    said = [", ".join(kind.upper() for kind in settings["kinds"])] if settings.get("kinds") else []
    said += [f"{settings['megabytes']} MB at most"] if settings.get("megabytes") else []
    count = settings.get("count", 1)
    return said if count == 1 else [*said, f"{count} files at most"]


def _options(settings: Mapping[str, Any]) -> list[str]:
    return [str(label) for _, label in settings.get("options", [])]


def _column(column: Mapping[str, Any]) -> str:
    kind = QuestionKind(column["kind"])
    offered = f": {', '.join(_options(column))}" if kind is _K.CHOICE else ""
    [answered, *rest] = limits(kind, column)
    bounds = f", {', '.join(rest)}" if rest else ""
    how = "one of" if offered else f"{answered[0].lower()}{answered[1:]}"
    return f"{column['label']} ({how}{offered}{bounds})"


def _condition(question: Question, by_code: Mapping[str, Question]) -> str:
    rule = question.settings.get("only_if")
    other = by_code.get(rule["question"]) if rule else None
    if rule is None or other is None:
        return ""
    words = dict(other.settings.get("options", [["yes", "Yes"], ["no", "No"]]))
    return f"Asked only if the answer to “{other.label}” is “{words.get(rule['is'], rule['is'])}”."
