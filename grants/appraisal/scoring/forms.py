"""The forms of an appraiser's own pages."""

from collections.abc import Mapping, Sequence

from wtforms import FileField, RadioField, SelectMultipleField
from wtforms.validators import InputRequired, ValidationError

from grants.appraisal.marks_forms import marks_form
from grants.appraisal.models import Score
from grants.appraisal.parts import Part, Place, field_of
from grants.appraisal.queries import SHORTEST_REASON
from grants.appraisal.scoring.wording import SAID
from grants.funds.models import Criterion
from grants.kernel.forms import Form, Paragraphs, choices

_CLEAN = "clean"


class DeclareForm(Form):
    answer = RadioField(
        "Do you have a conflict of interest with this bid?",
        choices=choices(
            [(_CLEAN, "No, I have no conflict of interest"), ("conflict", "Yes, or somebody might think so")]
        ),
        validators=[InputRequired("Say whether you have a conflict of interest.")],
    )
    reason = Paragraphs(
        "If yes, what is it?", description="The programme team reads this. The bid will be closed to you."
    )

    def validate_reason(self, field: Paragraphs) -> None:
        if self.is_clean and field.data:
            raise ValidationError("You chose “no” and yet said what the conflict is. Change one of the two.")

    @property
    def is_clean(self) -> bool:
        return bool(self.answer.data == _CLEAN)


class NoteForm(Form):
    quote = Paragraphs("Words to highlight", description="As they stand in the answer; empty for a note alone.")
    text = Paragraphs("Note")


class ReopenForm(Form):
    because = RadioField(
        "Why?",
        description="The appraiser reads this.",
        choices=choices([(one.value, words) for one, words in SAID.items()]),
        validators=[InputRequired("Choose why.")],
    )
    about = SelectMultipleField(
        "Which criteria is it about?", description="The appraiser reads this too. Tick none if it is about all of them."
    )
    reason = Paragraphs(
        "Reason for the record",
        required="Give a reason.",
        description="The audit trail keeps this. The appraiser does not read it.",
    )

    def offer(self, parts: Sequence[Part]) -> "ReopenForm":
        self.about.choices = choices([(field_of("part", part.place), part.title) for part in parts])
        return self

    def chosen(self, parts: Sequence[Part]) -> list[Part]:
        return [part for part in parts if field_of("part", part.place) in (self.about.data or [])]


class BookForm(Form):
    file = FileField("The workbook, filled in")


def scores_form(criteria: Sequence[Criterion], known: Mapping[Place, Score]) -> Form:
    """An appraiser's: any mark may be left open, or taken back."""
    hint = f"At least {SHORTEST_REASON} characters before you submit."
    return marks_form(criteria, known, blank=True, hint=hint)
