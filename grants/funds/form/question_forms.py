"""Forms for a question of each kind, and for a cross-check of each kind, made for the definition they stand in."""

from collections.abc import Iterator, Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField

from grants.funds.definition.fields import Condition, Options, Ticks, WholePounds
from grants.funds.definition.types import CHECK_MAY_HAVE, CHECK_NEEDS, CheckKind, Formula
from grants.funds.form.forms import FILE_CHOICES, DefinitionForm, mark_field, source_field
from grants.funds.form.pieces import Definition, free_key
from grants.funds.models import Asked, QuestionKind
from grants.kernel.forms import Line, Paragraphs, WholeNumber, choices

_K = QuestionKind
_WIDEST = 10**15
_SPARE_COLUMNS = 3
_OF_A_COLUMN = ("key", "label", "kind", "max_words", "options")
"""What the page asks of a column; it may have more, out of a file."""
KIND_WORDS: dict[QuestionKind, str] = {
    _K.TEXT: "Text, with a limit in words",
    _K.MONEY: "A sum of money",
    _K.MONEY_BY_YEAR: "Money for each financial year",
    _K.NUMBER: "A number",
    _K.NUMBER_BY_YEAR: "A number for each financial year",
    _K.DATE: "A date",
    _K.CHOICE: "One of several answers",
    _K.CHOICES: "Any of several answers",
    _K.YES_NO: "Yes or no",
    _K.ORGANISATION: "The name of an organisation",
    _K.FILE: "A file",
    _K.TABLE: "A table",
    _K.DECLARATION: "A declaration to tick",
    _K.COMPUTED: "A figure that is worked out",
}
_COLUMN_KINDS = (_K.TEXT, _K.MONEY, _K.NUMBER, _K.DATE, _K.CHOICE, _K.YES_NO)
_FORMULA_WORDS = {
    Formula.COST_PER_HOME: "Cost per home",
    Formula.LEVERAGE: "Other money for each pound of grant",
    Formula.INTERVENTION_RATE: "Grant as a share of the whole cost",
}
CHECK_WORDS: dict[CheckKind, str] = {
    CheckKind.MOST_GRANT: "The grant asked for is at most a sum",
    CheckKind.LEAST_GRANT: "The grant asked for is at least a sum",
    CheckKind.MOST_PROJECTS: "There are at most so many projects",
    CheckKind.LEAST_BODIES: "At least so many councils and partners take part",
    CheckKind.GRANT_EQUALS: "The projects’ grant equals an answer, in total and by year",
    CheckKind.NOT_AFTER_FINAL_DATE: "A date is not after the round’s final date",
    CheckKind.FUNDING_COVERS: "Grant and match cover an answer",
    CheckKind.SUM_EQUALS: "Two answers add up to the same",
    CheckKind.MATCH_PERCENT: "Other money is at least a share of the whole",
}


class QuestionForm(DefinitionForm):
    label = Line("Question", longest=300, required="Enter the question.", description="As a question, in plain words.")
    hint = Paragraphs("Help below the question")


class TableForm(QuestionForm):
    """Columns are typed as fields; one with an empty name is no column."""

    def piece(self, standing: dict[str, Any]) -> dict[str, Any]:
        said = super().piece(standing)
        typed = said.get("columns", {})
        before = {column["key"]: column for column in standing.get("columns", [])}
        columns: list[dict[str, Any]] = []
        for column in (typed[n] for n in sorted(typed, key=int) if typed[n].get("label")):
            key = column.get("key") or free_key(column["label"], [str(one["key"]) for one in columns])
            kept = {name: value for name, value in before.get(key, {}).items() if name not in _OF_A_COLUMN}
            columns.append({**kept, **_fitting(column), "key": key})
        return {**said, "columns": columns}


def _fitting(column: dict[str, Any]) -> dict[str, Any]:
    """Without what was typed for another kind of column."""
    foreign = {"max_words": column.get("kind") != _K.TEXT, "options": column.get("kind") != _K.CHOICE}
    return {name: value for name, value in column.items() if not foreign.get(name)}


def question_form(
    kind: QuestionKind, before: Sequence[dict[str, Any]], standing: dict[str, Any] | None = None
) -> DefinitionForm:
    """For a question of `kind` that comes after the questions `before` of its section."""
    fields = dict(_of_kind(kind, standing or {}))
    defaults: dict[str, Any] = {"past": False} if kind is _K.DATE else {}
    if kind is not _K.COMPUTED:
        fields["required"] = BooleanField("It must be answered before the bid can be submitted", default=True)
        fields["only_if"] = Condition(
            "When is it asked?", choices=choices(list(_conditions(before))), validate_choice=False
        )
        defaults["required"] = True
    base = TableForm if kind is _K.TABLE else QuestionForm
    made: Any = type("FilledQuestionForm", (base,), {**fields, "defaults": defaults})
    form: DefinitionForm = made()
    return form


def _of_kind(kind: QuestionKind, standing: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if kind is _K.TEXT:
        yield "max_words", WholeNumber("Words at most", least=1, most=5_000, required="Enter the number of words.")
    if kind in (_K.MONEY, _K.MONEY_BY_YEAR, _K.NUMBER, _K.NUMBER_BY_YEAR):
        in_what = " in whole pounds" if kind in (_K.MONEY, _K.MONEY_BY_YEAR) else ""
        yield "min", WholeNumber(f"Least{in_what}", least=0, most=_WIDEST, description="Empty means 0.")
        yield "max", WholeNumber(f"Most{in_what}", least=0, most=_WIDEST, description="Empty means no limit.")
    if kind in (_K.NUMBER, _K.NUMBER_BY_YEAR):
        whole = choices([("2", "Up to two decimals"), ("0", "Whole numbers only")])
        yield "decimals", RadioField("Decimals", choices=whole, coerce=int, default=2)
    if kind in (_K.CHOICE, _K.CHOICES):
        hint = "One a line. To give one a short name for conditions: short | What is shown."
        narrows = " The ranking can be narrowed to bids with one answer, a theme for instance."
        yield "options", Options("Answers to choose from", description=hint + narrows * (kind is _K.CHOICE))
    if kind is _K.DATE:
        yield "past", BooleanField("It has happened already: a day to come is refused")
    if kind is _K.FILE:
        yield "kinds", Ticks("Kinds of file", FILE_CHOICES, description="None ticked means what the round allows.")
        yield "megabytes", WholeNumber("Megabytes at most", least=1, most=100)
        yield "count", WholeNumber("Number of files at most", least=1, most=50)
    if kind is _K.TABLE:
        for number in range(1, 1 + len(standing.get("columns", [])) + _SPARE_COLUMNS):
            yield from _column(f"columns__{number}__", number)
    if kind is _K.COMPUTED:
        offered = choices(list(_FORMULA_WORDS.items()))
        yield "formula", RadioField("What is worked out?", choices=offered)


def _column(name: str, number: int) -> Iterator[tuple[str, Any]]:
    kinds = choices([(kind, KIND_WORDS[kind]) for kind in _COLUMN_KINDS])
    yield f"{name}key", HiddenField()
    yield f"{name}label", Line(f"Heading of column {number}", longest=200)
    yield f"{name}kind", SelectField(f"What column {number} holds", choices=kinds)
    yield f"{name}max_words", WholeNumber(f"Words at most in column {number}, for text", least=1, most=5_000)
    yield f"{name}options", Options(f"Answers of column {number}, for a choice, one a line")


def _conditions(before: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    yield "", "Always"
    for question in before:
        yes_no = {"yes": "Yes", "no": "No"} if question["kind"] == _K.YES_NO else {}
        for value, shown in (yes_no or question.get("options", {})).items():
            yield f"{question['key']}|{value}", f"Only if “{question['label']}” is “{shown}”"


class CheckForm(DefinitionForm):
    """`question` and `other` hold a question and, after a bar, a column: apart in the definition, one choice here."""

    message = Line(
        "What an applicant reads where it fails", longest=300, required="Enter what an applicant reads.",
        description="Say what does not agree and what to do.",
    )  # fmt: skip
    mark = mark_field("Where does the rule come from?")
    source = source_field()

    def show(self, piece: dict[str, Any]) -> None:
        joined = dict(piece)
        for name, column in (("question", "column"), ("other", "other_column")):
            if piece.get(column):
                joined[name] = f"{piece[name]}|{piece[column]}"
        super().show(joined)

    def piece(self, standing: dict[str, Any]) -> dict[str, Any]:
        said = super().piece(standing)
        for name, column in (("question", "column"), ("other", "other_column")):
            question, _, of_table = str(said.pop(name, "")).partition("|")
            said.pop(column, None)
            said |= {name: question} if question else {}
            said |= {column: of_table} if of_table else {}
        return said


def check_form(kind: CheckKind, definition: Definition) -> CheckForm:
    """The fields that a check of this kind needs and may have."""
    asked = CHECK_NEEDS[kind] | CHECK_MAY_HAVE.get(kind, frozenset())
    answers = choices(list(_answers(definition)), blank="Choose one")
    whose = choices([(Asked.BID, "The bid as a whole"), (Asked.PROJECT, "Each project")])
    known: dict[str, Any] = {
        "per": RadioField("Of what?", choices=whose, default=Asked.BID),
        "pounds": WholePounds("Sum", required="Enter a sum."),
        "count": WholeNumber("Number", least=1, most=1_000, required="Enter a number."),
        "percent": WholeNumber("Per cent", least=1, most=100, required="Enter a number."),
        "question": SelectField("Which answer?", choices=answers, validate_choice=False),
        "other": SelectField("Which other answer?", choices=answers, validate_choice=False),
    }
    fields = {name: field for name, field in known.items() if name in asked}
    made: Any = type("FilledCheckForm", (CheckForm,), fields)
    form: CheckForm = made()
    return form


def _answers(definition: Definition) -> Iterator[tuple[str, str]]:
    """Answers that can be compared: dates, numbers and money, and the columns of tables that hold some."""
    comparable = {_K.DATE, _K.MONEY, _K.MONEY_BY_YEAR, _K.NUMBER, _K.NUMBER_BY_YEAR}
    for section in definition.get("sections", []):
        for question in section.get("questions", []):
            path, label = f"{section['key']}.{question['key']}", f"{section['title']}: {question['label']}"
            if question["kind"] in comparable:
                yield path, label
            for column in question.get("columns", []):
                if column["kind"] in comparable:
                    yield f"{path}|{column['key']}", f"{label}, {column['label']}"
