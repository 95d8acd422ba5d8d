"""Reads the sections of a round definition and their questions: what is asked, of what kind, and when."""

from collections import Counter
from collections.abc import Iterable

from grants.funds.definition.node import Node
from grants.funds.definition.types import Formula, OnlyIf, Option, QuestionDefinition, SectionDefinition
from grants.funds.models import Asked, QuestionKind

FILE_KINDS = ("pdf", "docx", "xlsx", "csv", "odt", "ods", "png", "jpg", "jpeg")

_CHOOSING = frozenset({QuestionKind.CHOICE, QuestionKind.CHOICES})
_NUMERIC = frozenset({QuestionKind.MONEY, QuestionKind.NUMBER, QuestionKind.MONEY_BY_YEAR, QuestionKind.NUMBER_BY_YEAR})
_IN_A_TABLE = frozenset(
    {QuestionKind.TEXT, QuestionKind.MONEY, QuestionKind.NUMBER, QuestionKind.DATE, QuestionKind.CHOICE}
    | {QuestionKind.YES_NO}
)
# What a kind of question needs besides its words; with another kind these names are a fault.
_OWN_SETTINGS = {
    "options": _CHOOSING,
    "max_words": frozenset({QuestionKind.TEXT}),
    "min": _NUMERIC,
    "max": _NUMERIC,
    "columns": frozenset({QuestionKind.TABLE}),
    "formula": frozenset({QuestionKind.COMPUTED}),
    "decimals": frozenset({QuestionKind.NUMBER, QuestionKind.NUMBER_BY_YEAR}),
    "kinds": frozenset({QuestionKind.FILE}),
    "megabytes": frozenset({QuestionKind.FILE}),
    "count": frozenset({QuestionKind.FILE}),
    "past": frozenset({QuestionKind.DATE}),
}
_NEEDED = ("options", "max_words", "columns", "formula")
_WIDEST = 10**15


def read_section(node: Node) -> SectionDefinition:
    section = SectionDefinition(
        key=node.key(),
        title=node.text("title", longest=120),
        intro=node.text("intro", default=""),
        per=node.one_of("per", Asked, default=Asked.BID),
        questions=tuple(_question(child, frozenset(QuestionKind)) for child in node.nodes("questions")),
    )
    if not section.questions:
        node.unfinished("questions", "at least one is needed")
    _check_keys(node, "questions", section.questions)
    for position, question in enumerate(section.questions):
        _check_condition(node, question, section.questions[:position])
    node.close()
    return section


def _question(node: Node, kinds: frozenset[QuestionKind]) -> QuestionDefinition:
    kind = node.one_of("kind", QuestionKind)
    if kind not in kinds:
        node.fault("kind", f"{kind} cannot stand in a table")
    if node.has("past") and kinds is _IN_A_TABLE:
        node.fault("past", "means nothing in a table")
    for name, owners in _OWN_SETTINGS.items():
        if node.has(name) and kind not in owners:
            node.fault(name, f"means nothing for a question of the kind {kind}")
        if not node.has(name) and kind in owners and name in _NEEDED:
            node.fault(name, f"missing, though the question is of the kind {kind}")
    question = QuestionDefinition(
        key=node.key(),
        kind=kind,
        label=node.text("label"),
        hint=node.text("hint", default=""),
        required=node.flag("required", default=True),
        options=_options(node),
        max_words=node.whole("max_words", 1, 5_000) if node.has("max_words") else None,
        least=node.whole("min", -_WIDEST, _WIDEST) if node.has("min") else None,
        most=node.whole("max", -_WIDEST, _WIDEST) if node.has("max") else None,
        columns=tuple(_question(child, _IN_A_TABLE) for child in node.nodes("columns")),
        formula=node.one_of("formula", Formula) if node.has("formula") else None,
        only_if=_condition(node.node("only_if")) if node.has("only_if") else None,
        decimals=node.whole("decimals", 0, 2) if node.has("decimals") else None,
        kinds=file_kinds(node) if node.has("kinds") else (),
        megabytes=node.whole("megabytes", 1, 100) if node.has("megabytes") else None,
        count=node.whole("count", 1, 50) if node.has("count") else None,
        past=node.flag("past", default=False),
    )
    if question.decimals == 1:
        node.fault("decimals", "0 or 2 is expected here")
    if question.least is not None and question.most is not None and question.least > question.most:
        node.fault("max", "less than min")
    _check_keys(node, "columns", question.columns)
    node.close()
    return question


def file_kinds(node: Node) -> tuple[str, ...]:
    """Kinds of file by the ends of their names."""
    kinds = node.texts("kinds")
    if unknown := sorted(set(kinds) - set(FILE_KINDS)):
        node.fault("kinds", f"{', '.join(unknown)} cannot be attached; {', '.join(FILE_KINDS)} can")
    if not kinds:
        node.fault("kinds", "at least one is needed")
    return kinds


def _options(node: Node) -> tuple[Option, ...]:
    options = node.mapping("options")
    if any(not isinstance(text, str) or not text.strip() for pair in options.items() for text in pair):
        node.fault("options", "each is a short name and what is shown for it, both text")
    if len(options) == 1:
        node.fault("options", "a choice has at least two")
    return tuple(Option(str(value), str(label)) for value, label in options.items())


def _condition(node: Node) -> OnlyIf:
    condition = OnlyIf(node.text("question"), node.text("is"))
    node.close()
    return condition


def _check_condition(node: Node, question: QuestionDefinition, earlier: Iterable[QuestionDefinition]) -> None:
    if question.only_if is None:
        return
    asked = next((other for other in earlier if other.key == question.only_if.question), None)
    answers = {"yes", "no"} if asked and asked.kind is QuestionKind.YES_NO else set()
    if asked and asked.kind in _CHOOSING:
        answers = {option.value for option in asked.options}
    if not answers:
        node.fault(
            "questions", f"{question.key} depends on {question.only_if.question}, no earlier choice or yes and no"
        )
    elif question.only_if.value not in answers:
        node.fault(
            "questions", f"{question.key} depends on the answer {question.only_if.value!r}, which cannot be given"
        )


def _check_keys(node: Node, name: str, questions: Iterable[QuestionDefinition]) -> None:
    for key, count in Counter(question.key for question in questions).items():
        if count > 1:
            node.fault(name, f"a key is given twice: {key}")
