"""Forms of a clarification: which questions, what is unclear in each, and one question answered again."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from wtforms import HiddenField, SelectMultipleField

from grants.bids.afterwards.clarifying import Ask, stands, takes_words, words_of
from grants.bids.answers.answering import Given
from grants.bids.answers.forms import SectionForm
from grants.bids.answers.section_queries import SectionPage
from grants.bids.handing_in.submitted_values import Place, place_name
from grants.bids.models import Answer, Bid, ClarifiedAnswer
from grants.kernel.clock import from_london
from grants.kernel.db import Json
from grants.kernel.forms import CreateForm, DateParts, Form, Paragraphs, choices

DUE_AT = time(23, 59)


class ChooseForm(Form):
    """Which questions are to be answered again; sent by GET, so without a token."""

    class Meta:
        csrf = False

    question = SelectMultipleField("Questions", validate_choice=False)


class AskForm(CreateForm):
    """What is unclear in each chosen question is in fields of its own, `unclear_0` and on."""

    note = Paragraphs("Anything to say about all of them? (optional)")
    due_on = DateParts("Answers are due on", required="Say by which day the answers are due.")

    @property
    def due_at(self) -> datetime:
        assert self.due_on.data
        return from_london(self.due_on.data, DUE_AT)

    def asks(self, places: Sequence[Place]) -> list[Ask]:
        return [
            Ask(question, project, self[f"unclear_{number}"].data or "")
            for number, (_, question, project) in enumerate(places)
        ]


def ask_form(places: Sequence[Place], due_on: date) -> AskForm:
    fields: dict[str, Any] = {
        f"unclear_{number}": Paragraphs("What is unclear?", required=f"Say what is unclear in “{question.label}”")
        for number, (_, question, _) in enumerate(places)
    }
    form: AskForm = type("AskOfPlacesForm", (AskForm,), fields)(data={"due_on": due_on})
    return form


def choose_form(places: Sequence[Place], asked: Any) -> ChooseForm:
    form = ChooseForm(asked)
    form.question.choices = choices([(place_name(place), place[1].label) for place in places])
    return form


class AnswerAgainForm:
    """The one question as its section asks it, with what the council says now, and room for words about it."""

    def __init__(self, bid: Bid, item: ClarifiedAnswer) -> None:
        question, self.item = item.question, item
        answer = Answer(question_id=question.id, value=Json({"is": stands(item)}), version=item.version, late=False)
        page = SectionPage(bid, question.section, item.project, [question], {question.id: answer})
        words = Paragraphs(
            "Anything to say about this answer? (optional)",
            default=words_of(item),
            description="For example why it is so, or by when. Those who judge the bid read it.",
        )
        self.asking = SectionForm(page, [], beside={"words": words} if takes_words(question) else {})
        self.form: Form = self.asking.form

    @property
    def given(self) -> Given | None:
        """None where a person chose to keep a colleague's answer: then there is nothing to save."""
        return next(iter(self.asking.given()), None)

    @property
    def words(self) -> str:
        return self.form["words"].data or "" if takes_words(self.item.question) else ""

    def catch_up(self) -> None:
        """Who was overtaken, and has just been shown the other's answer, saves next on top of it."""
        name = next(name for name in self.form._fields if name.startswith("seen_"))
        field: HiddenField = self.form[name]
        field.data = f"{self.item.version}:"
