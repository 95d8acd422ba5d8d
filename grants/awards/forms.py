"""Forms for finding awards, offering them and answering an offer."""

from collections.abc import Sequence
from datetime import date
from typing import TypeAlias

from wtforms import BooleanField, SelectField
from wtforms.validators import ValidationError

from grants.awards.models import AwardStatus
from grants.awards.queries import AwardFilter
from grants.kernel.forms import EditForm, Form, Line, Paragraphs, Ticked, choices, enum_choices

Pairs: TypeAlias = Sequence[tuple[str, str]]


class FilterForm(Form):
    """A GET form: what is not among the choices narrows nothing."""

    class Meta:
        csrf = False

    q = Line("Search")
    round = SelectField("Round")
    council = SelectField("Council")
    region = SelectField("Region")
    status = SelectField("Status", choices=enum_choices(AwardStatus, blank="All"))

    def offer(self, rounds: Pairs, councils: Pairs, regions: Sequence[str]) -> None:
        self.round.choices = choices(rounds, blank="All")
        self.council.choices = choices(councils, blank="All")
        self.region.choices = choices([(region, region) for region in regions], blank="All")

    @property
    def asked(self) -> AwardFilter:
        status = self._chosen("status")
        return AwardFilter(
            round=self._chosen("round"),
            council=self._chosen("council"),
            region=self._chosen("region"),
            status=AwardStatus(status) if status else None,
            words=self.q.data or "",
        )

    def _chosen(self, name: str) -> str:
        field = self[name]
        return str(field.data) if any(option.checked for option in field) else ""


class AsAtForm(Form):
    """A GET form for the day that a profile is shown as at."""

    class Meta:
        csrf = False

    as_at = Line("As at", longest=10, description="Year, month and day, like 2018-03-22.")
    day: date | None = None

    def validate_as_at(self, field: Line) -> None:
        typed = field.data or ""
        try:
            self.day = date.fromisoformat(typed) if typed else None
        except ValueError:
            raise ValidationError("As at must be a real date, like 2018-03-22.") from None


class OfferForm(EditForm):
    text = Paragraphs("Text of the offer", required="Write the text of the offer.")


class AcceptForm(EditForm):
    declaration = BooleanField(
        "I accept this offer for my council as its Section 151 officer. The grant will be spent on what the bid says, "
        "in the years shown, and the council bears any cost above it.",
        [Ticked("Tick the declaration to accept the offer.")],
    )


class DeclineForm(EditForm):
    reason = Paragraphs("Why does the council decline?", required="Say why the council declines.")
