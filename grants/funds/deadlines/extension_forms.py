"""What is typed to give one council more time."""

from datetime import datetime

from wtforms import RadioField
from wtforms.validators import InputRequired

from grants.funds.forms import instant
from grants.kernel.forms import CreateForm, DateParts, EditForm, Line, Paragraphs, choices


class AskExtensionForm(CreateForm):
    council = Line(
        "Council",
        required="Enter the name of a council.",
        description="Its official name, like Plymouth City Council, or its GSS code.",
    )
    closes_on = DateParts("New closing day", required="Enter the new closing day.")
    closes_time = Line("New closing time", longest=5, description="London time, like 23:59: the last moment in time.")
    reason = Paragraphs("Why does it need more time?", most_words=100, required="Say why this council needs more time.")

    @property
    def closes_at(self) -> datetime:
        found = instant(self, "closes_on", "closes_time", "23:59")
        assert found is not None  # the day is required
        return found


class DecideExtensionForm(EditForm):
    decision = RadioField(
        "Does the council get more time?",
        choices=choices([("approve", "Yes, approve it"), ("refuse", "No, refuse it")]),
        validators=[InputRequired("Choose whether the council gets more time.")],
    )
    reason = Paragraphs("Why not?", most_words=100, description="Only where you refuse.")
