"""The form of one section, made of the round's questions: fields for each, and what stood there when it was opened.

Every question has a hidden field `seen_<code>`, `version:digest` of the answer the person was shown. A field left alone
has that digest still, and so is never taken for a change.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField

from grants.bids.answers.answering import Given
from grants.bids.answers.file_answers import files_of
from grants.bids.answers.file_questions import file_box
from grants.bids.answers.section_queries import SectionPage
from grants.bids.answers.values import LONGEST, clean, digest, field_name, options
from grants.bids.models import Answer, BidAttachment
from grants.funds.models import Question, QuestionKind
from grants.kernel import clock
from grants.kernel.errors import Refused
from grants.kernel.forms import DateParts, Form, HundredthsField, Line, Paragraphs, PenceField, SeenField, choices

_K = QuestionKind
_SPARE_ROWS = 3
_FEW_OPTIONS = 12


class DraftText(Paragraphs):
    """Text that may still be too long for its limit in words: the page counts, the check before sign-off says so."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.type = "Paragraphs"

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        """No limit while it is a draft."""


@dataclass
class Asked:
    """One question on the page: the names of its fields, and its value made of what they hold."""

    question: Question
    fields: dict[str, Any]
    data: dict[str, Any]
    read: Callable[[Form], Any]
    rows: list[list[str]] = field(default_factory=list)
    """Names of the fields of a table, row by row."""
    files: list[BidAttachment] = field(default_factory=list)
    """What a question for files has so far. They are put on and taken off by themselves (file_questions)."""


class SectionForm:
    """The form and its questions, in order."""

    def __init__(
        self,
        page: SectionPage,
        files: Sequence[BidAttachment],
        opened: str = "",
        only: Collection[str] | None = None,
        beside: Mapping[str, Any] | None = None,
    ) -> None:
        """`opened` marks the form with the moment in which it is given out; `only` has the codes of the questions
        that were sent, where they are not all of the section's; `beside` has further fields of the page."""
        self.page = page
        self.asked = [
            _asked(page, question, files)
            for question in page.questions
            if question.kind is not _K.COMPUTED and (only is None or question.code in only)
        ]
        fields: dict[str, Any] = {"opened": HiddenField(), **(beside or {})}
        data: dict[str, Any] = {"opened": opened}
        for one in self.asked:
            keep = BooleanField("Keep what stands there and drop what I typed")
            fields |= {**one.fields, _seen(one.question): SeenField(), keep_name(one.question): keep}
            data |= {**one.data, _seen(one.question): mark(page.answers.get(one.question.id))}
        self.form: Form = type("AnswersForm", (Form,), fields)(data=data)

    def given(self) -> list[Given]:
        """What was typed, with what had been seen; not where a person chose to keep the other's answer."""
        return [
            Given(one.question, one.read(self.form), *self._seen(one.question))
            for one in self.asked
            if not self.form[keep_name(one.question)].data
        ]

    def fit(self) -> tuple[list[Given], dict[str, str]]:
        """What can be kept as it was typed, and what cannot be yet: the sentence that says why, by question's code."""
        self.form.validate()
        given, unfit = [], {}
        for one in self.given():
            asked = next(asked for asked in self.asked if asked.question is one.question)
            if problem := self._problem(asked, one.value):
                unfit[one.question.code] = problem
            else:
                given.append(one)
        return given, unfit

    def _problem(self, asked: Asked, value: Any) -> str:
        if errors := [str(error) for name in asked.fields for error in self.form[name].errors]:
            return errors[0]
        try:
            clean(asked.question, value, self.page.bid.round, day=clock.today())
        except Refused as refusal:
            return str(refusal)
        return ""

    def _seen(self, question: Question) -> tuple[int, str]:
        version, _, mark = str(self.form[_seen(question)].data or "").partition(":")
        return (int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0), mark

    def look_again(self, page: SectionPage, clashing: Collection[int]) -> None:
        """After a save: what was just saved, and what is shown as another's, is now known to the person.

        An answer that another changed and this person left alone is still shown as it was, and keeps its old mark.
        """
        for one in self.asked:
            answer = page.answers.get(one.question.id)
            typed = clean(one.question, one.read(self.form), page.bid.round)
            if answer and (one.question.id in clashing or answer.value["is"] == typed):
                self.form[_seen(one.question)].data = mark(answer)


def _seen(question: Question) -> str:
    return f"seen_{question.code}"


def keep_name(question: Question) -> str:
    """The box that a page offers only where two people changed one answer."""
    return f"keep_{question.code}"


def mark(answer: Answer | None) -> str:
    """What a page keeps of an answer as it was shown: its version and its digest."""
    return f"{answer.version if answer else 0}:{digest(answer.value['is'] if answer else None)}"


def _asked(page: SectionPage, question: Question, files: Sequence[BidAttachment]) -> Asked:
    answer = page.answers.get(question.id)
    value = answer.typed if answer else None
    name = field_name(question)
    if question.kind in (_K.MONEY_BY_YEAR, _K.NUMBER_BY_YEAR):
        return _asked_by_year(page, question, value or {})
    if question.kind is _K.TABLE:
        return _asked_table(question, value or [])
    if question.kind is _K.FILE:
        box = file_box(question, page.bid.round)
        return Asked(question, {name: box}, {}, lambda form: value, files=files_of(value, files))
    made = _field(question.kind, question.label, question.hint, question.settings, options(question))
    return Asked(question, {name: made}, {name: _shown(question.kind, value)}, lambda form: _read(form[name].data))


def _field(
    kind: QuestionKind, label: str, hint: str, settings: Mapping[str, Any], offered: Sequence[tuple[str, str]]
) -> Any:
    said: dict[str, Any] = {"description": hint}
    if kind is _K.TEXT:
        return DraftText(label, most_words=settings.get("max_words"), **said)
    if kind is _K.MONEY:
        return PenceField(label, **said)
    if kind is _K.NUMBER:
        return HundredthsField(label, **said)
    if kind is _K.DATE:
        return DateParts(label, **said)
    if kind is _K.CHOICES:
        return SelectMultipleField(label, choices=choices(offered), validate_choice=False, **said)
    if kind in (_K.CHOICE, _K.YES_NO) and len(offered) <= _FEW_OPTIONS:
        return RadioField(label, choices=choices(offered), validate_choice=False, **said)
    if kind is _K.CHOICE:
        return SelectField(label, choices=choices(offered, blank="Choose one"), validate_choice=False, **said)
    if kind is _K.DECLARATION:
        return BooleanField(label, **said)
    return Line(label, longest=LONGEST, **said)


def _shown(kind: QuestionKind, value: Any) -> Any:
    return date.fromisoformat(value) if kind is _K.DATE and value else value


def _read(typed: Any) -> Any:
    """A field's data as an answer: dates in ISO form, nothing for empty text or no choice; nought stays nought."""
    if isinstance(typed, date):
        return typed.isoformat()
    return typed if isinstance(typed, int) else typed or None


def _asked_by_year(page: SectionPage, question: Question, value: Mapping[str, int]) -> Asked:
    kind = PenceField if question.kind is _K.MONEY_BY_YEAR else HundredthsField
    boxes = {f"{field_name(question)}_{year.starts_in}": year for year in page.bid.round.years}
    return Asked(
        question,
        {name: kind(str(year)) for name, year in boxes.items()},
        {name: value.get(str(year.starts_in)) for name, year in boxes.items()},
        lambda form: (
            {str(year.starts_in): form[name].data for name, year in boxes.items() if form[name].data is not None}
            or None
        ),
    )


def _asked_table(question: Question, value: Sequence[Mapping[str, Any]]) -> Asked:
    columns = question.settings.get("columns", [])
    fields: dict[str, Any] = {}
    data: dict[str, Any] = {}
    rows = []
    for number in range(len(value) + _SPARE_ROWS):
        row = value[number] if number < len(value) else {}
        names = [f"{field_name(question)}_{number}_{column['key']}" for column in columns]
        rows.append(names)
        for name, column in zip(names, columns, strict=True):
            kind = QuestionKind(column["kind"])
            offered = [(str(v), str(label)) for v, label in column.get("options", [["yes", "Yes"], ["no", "No"]])]
            label = f"{column['label']}, row {number + 1}"
            # In a cell a list to open takes less room than buttons, and text is one line.
            fields[name] = (
                SelectField(label, choices=choices(offered, blank="Choose"), validate_choice=False)
                if kind in (_K.CHOICE, _K.YES_NO)
                else _field(_K.ORGANISATION if kind is _K.TEXT else kind, label, "", column, offered)
            )
            data[name] = _shown(kind, row.get(column["key"]))
    keys = [column["key"] for column in columns]

    def read(form: Form) -> Any:
        typed = [{key: _read(form[name].data) for key, name in zip(keys, names, strict=True)} for names in rows]
        return [row for row in typed if any(cell is not None for cell in row.values())] or None

    return Asked(question, fields, data, read, rows)
