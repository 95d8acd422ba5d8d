"""What is typed to make a round and to set it up."""

import re
from datetime import date, datetime, time
from typing import Any

from wtforms import RadioField
from wtforms.validators import InputRequired

from grants.funds.definition.types import RoundDefinition
from grants.funds.models import Round, Stream
from grants.funds.operations import Budget
from grants.kernel import clock
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear
from grants.kernel.forms import DateParts, EditForm, Form, Line, Paragraphs, PenceField, choices

_TIME = re.compile(r"(?P<hour>[01]?[0-9]|2[0-3])[:.](?P<minute>[0-5][0-9])", re.ASCII)
_FIRST_MINUTE, _LAST_MINUTE = "00:00", "23:59"


class CopyRoundForm(Form):
    name = Line("Name of the round", longest=120, required="Enter a name for the round.")
    code = Line(
        "Code",
        longest=40,
        required="Enter a code.",
        description="Part of the round's address and of every bid's reference. For example, lrf-2027.",
    )
    first_year = Line(
        "First financial year",
        longest=9,
        description="For example, 2027/28. Leave it empty for the same years, with their money, dates and targets.",
    )

    @property
    def first(self) -> FinancialYear | None:
        typed = self.first_year.data or ""
        try:
            return FinancialYear.parse(typed) if typed else None
        except ValueError:
            raise Refused("Enter a financial year such as 2027/28.", field="first_year") from None


class NewRoundForm(CopyRoundForm):
    template = RadioField("Which template?", validators=[InputRequired("Choose a template.")])

    def offer(self, templates: dict[str, RoundDefinition]) -> None:
        labels = [(code, f"{definition.name} ({code})") for code, definition in templates.items()]
        self.template.choices = choices(labels)


class EditRoundForm(EditForm):
    """What a draft says and when it runs. `edit_form` adds a box for each year and stream of the budget."""

    round_name = Line("Name of the round", longest=120, required="Enter a name for the round.")
    summary = Paragraphs("Summary", most_words=150, description="What the money is for, in two or three sentences.")
    opens_on = DateParts("Opening day")
    opens_time = Line("Opening time", longest=5, description="London time, like 09:00")
    closes_on = DateParts("Closing day")
    closes_time = Line("Closing time", longest=5, description="London time, the last in time: 23:59 is 23:59:00.")
    final_date = DateParts("Final date", description="The day by which land is released or the work is done.")
    headline = PenceField("Stated total", description="What the programme says the round is worth. It may stay empty.")
    headline_note = Paragraphs(
        "Why the budget differs from the stated total", most_words=100, description="Only where it does."
    )

    def boxes(self, year: FinancialYear) -> list[PenceField]:
        return [self[_box(year, stream)] for stream in Stream]

    def budget(self, years: list[FinancialYear]) -> Budget:
        """Pence where a box holds some."""
        typed = {(year, stream): self[_box(year, stream)].data for year in years for stream in Stream}
        return {place: pence for place, pence in typed.items() if pence}

    @property
    def opens_at(self) -> datetime | None:
        return instant(self, "opens_on", "opens_time", _FIRST_MINUTE)

    @property
    def closes_at(self) -> datetime | None:
        return instant(self, "closes_on", "closes_time", _LAST_MINUTE)


def edit_form(round: Round) -> EditRoundForm:
    """The form of one draft, filled with what stands."""
    standing = {(line.year, line.stream): line.pence for line in round.budget}
    fields = {
        _box(year, stream): PenceField(f"{stream.value.capitalize()} {year}", default=standing.get((year, stream)))
        for year in round.years
        for stream in Stream
    }
    kind: Any = type("FilledRoundForm", (EditRoundForm,), fields)
    opens_on, opens_time = parts_of(round.opens_at, _FIRST_MINUTE)
    closes_on, closes_time = parts_of(round.closes_at, _LAST_MINUTE)
    form: EditRoundForm = kind(
        version=round.version,
        round_name=round.name,
        summary=round.summary,
        opens_on=opens_on,
        opens_time=opens_time,
        closes_on=closes_on,
        closes_time=closes_time,
        final_date=round.final_date,
        headline=round.headline_pence,
        headline_note=round.headline_note,
    )
    return form


class ExtendForm(EditForm):
    closes_on = DateParts("New closing day", required="Enter the new closing day.")
    closes_time = Line("New closing time", longest=5, description="London time, like 23:59")
    reason = Paragraphs("Why does the round close later?", most_words=100, required="Say why the round closes later.")

    @property
    def closes_at(self) -> datetime:
        found = instant(self, "closes_on", "closes_time", _LAST_MINUTE)
        assert found is not None  # the day is required
        return found


class PublishForm(EditForm):
    """Only the button."""


class CancelForm(EditForm):
    reason = Paragraphs("Why is it cancelled?", most_words=100, required="Say why the round is cancelled.")


def _box(year: FinancialYear, stream: Stream) -> str:
    return f"budget_{year.starts_in}_{stream}"


def parts_of(at: datetime | None, otherwise: str) -> tuple[date | None, str]:
    """The day and the time of day as London has them."""
    return (None, otherwise) if at is None else (clock.london(at).date(), f"{clock.london(at):%H:%M}")


def instant(form: Form, day: str, wall: str, otherwise: str) -> datetime | None:
    """The instant that two fields name in London time; None without a day. Refused where there is no such time."""
    if form[day].data is None:
        return None
    match = _TIME.fullmatch(form[wall].data or otherwise)
    if match is None:
        raise Refused("Enter a time of day such as 09:00 or 23:59.", field=wall)
    try:
        return clock.from_london(form[day].data, time(int(match["hour"]), int(match["minute"])))
    except (ValueError, OverflowError):
        raise Refused("The clocks go forward that night and this time does not exist.", field=wall) from None
