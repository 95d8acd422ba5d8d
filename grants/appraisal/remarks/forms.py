"""Forms of flags and tags."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from typing import Any

from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired

from grants.appraisal.models import Flag, FlagKind
from grants.appraisal.remarks.flagging import Remark
from grants.appraisal.remarks.tagging import LONGEST_TAG
from grants.bids.afterwards.clarifying import Ask
from grants.bids.handing_in.submitted_values import Place, place_name
from grants.funds.models import Criterion
from grants.kernel.clock import from_london
from grants.kernel.forms import CreateForm, DateParts, EditForm, Form, Line, Paragraphs, choices

DUE_AT = time(23, 59)
WHOLE = "whole"
_KINDS = (
    (FlagKind.CONCERN, "Concern: somebody should look at this before the bid goes on"),
    (FlagKind.CLARIFICATION, "Question for the council: nobody scores the criterion until this is settled"),
    (FlagKind.STOP, "Stop: nobody scores, moderates or decides the bid until this is settled"),
)


class RaiseForm(Form):
    kind = RadioField(
        "What kind of flag is it?",
        choices=choices([(kind.value, words) for kind, words in _KINDS]),
        validators=[InputRequired("Choose what kind of flag it is.")],
    )
    criterion = SelectField("What is it about?")
    text = Paragraphs(
        "What is the matter?",
        required="Say what the matter is.",
        description="For a question to the council: what is unclear. Write no mark.",
    )
    question = SelectMultipleField("Which answers are unclear?", validate_choice=False)

    def remark(self, criteria: Sequence[Criterion]) -> Remark:
        criterion = next((one for one in criteria if str(one.id) == self.criterion.data), None)
        return Remark(FlagKind(self.kind.data), self.text.data or "", criterion, list(self.question.data or []))


def raise_form(criteria: Sequence[Criterion], chosen: str = "") -> RaiseForm:
    form = RaiseForm(data={"criterion": chosen if chosen in {str(one.id) for one in criteria} else WHOLE})
    options = [(WHOLE, "The bid as a whole"), *((str(one.id), one.name) for one in criteria)]
    form.criterion.choices = choices(options)
    return form


class SettleForm(EditForm):
    word = Paragraphs("What came of it?", required="Say what came of it.")


class SendOnForm(CreateForm):
    """What is unclear in each question is in fields of its own, `unclear_0` and on; see `send_on_form`."""

    note: Paragraphs
    due_on: DateParts

    @property
    def due_at(self) -> datetime:
        assert self.due_on.data
        return from_london(self.due_on.data, DUE_AT)

    def asks(self, places: Sequence[Place]) -> list[Ask]:
        return [
            Ask(question, project, self[f"unclear_{number}"].data or "")
            for number, (_, question, project) in enumerate(places)
        ]


def send_on_form(places: Sequence[Place], flags: Collection[Flag], due_on: date) -> SendOnForm:
    """Each question begins with the words of the flags that name it."""
    fields: dict[str, Any] = {}
    for number, place in enumerate(places):
        words = [flag.text for flag in flags if place_name(place) in flag.asks["places"]]
        fields[f"unclear_{number}"] = Paragraphs(
            "What is unclear?", required=f"Say what is unclear in “{place[1].label}”", default="\n\n".join(words)
        )
    fields["note"] = Paragraphs("Anything to say about all of them? (optional)")
    fields["due_on"] = DateParts("Answers are due on", required="Say by which day the answers are due.")
    form: SendOnForm = type("SendOnOfPlacesForm", (SendOnForm,), fields)(data={"due_on": due_on})
    return form


class TagForm(Form):
    tag = Line(
        "Tag",
        longest=LONGEST_TAG,
        required="Give the tag a name.",
        description="One that the round has already, or a new one.",
    )


class TagBidsForm(TagForm):
    bids = SelectMultipleField("Bids", validators=[InputRequired("Tick at least one bid.")])
