"""The forms of a meeting's pages."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Optional, Regexp

from grants.appraisal.marks_forms import form_of
from grants.appraisal.models import Panel, PanelItem, PanelSeat
from grants.appraisal.panels.agenda import MOST_ITEMS
from grants.appraisal.panels.holding import Called, may_chair
from grants.bids.models import Bid
from grants.kernel import clock
from grants.kernel.errors import Refused
from grants.kernel.forms import DateParts, EditForm, Form, Line, Paragraphs, WholeNumber, choices
from grants.people.models import Person

_TIME = re.compile(r"(?P<hour>[01]?[0-9]|2[0-3])[:.](?P<minute>[0-5][0-9])\Z")
_THERE, _AWAY = "yes", "no"


class MeetingForm(EditForm):
    """When, where and with whom."""

    title = Line("What the meeting is called", longest=120, required="Enter what the meeting is called.")
    meets_on = DateParts("Day", required="Enter the day.")
    meets_time = Line(
        "Time",
        required="Enter the time.",
        description="London time, like 10:00",
        validators=[Regexp(_TIME, message="Enter a time of day such as 10:00.")],
    )
    held = BooleanField("It has been held already: nobody is told of it by e-mail")
    place = Line("Place", description="A room, or how to join from elsewhere")
    people = SelectMultipleField(
        "Who is called to it", validators=[InputRequired("Choose who is called to the meeting.")]
    )
    chair = SelectField(
        "Chair",
        description="A moderator or programme manager, who need not be ticked above.",
        validators=[InputRequired("Choose the chair.")],
    )

    def offer(self, people: Sequence[Person], day: date) -> "MeetingForm":
        """`people` may be called. Those who read the papers come first, and one of them takes the chair."""
        readers = [(person.key, person.name) for person in people if may_chair(person, day)]
        heard = [(person.key, f"{person.name} (appraiser)") for person in people if not may_chair(person, day)]
        self.people.choices = choices(readers + heard)
        self.chair.choices = choices(readers, blank="Choose the chair")
        return self

    def called(self, people: Sequence[Person]) -> Called:
        """Refused for a time that there is not on that day."""
        wanted = {*(self.people.data or []), self.chair.data}
        called = {person.key: person for person in people if person.key in wanted}
        return Called(
            title=self.title.data or "",
            meets_at=self._instant(),
            place=self.place.data or "",
            people=list(called.values()),
            chair=called[self.chair.data],
            held=self.held.data,
        )

    def _instant(self) -> datetime:
        assert self.meets_on.data is not None
        match = _TIME.match(self.meets_time.data or "")
        assert match is not None
        try:
            return clock.from_london(self.meets_on.data, time(int(match["hour"]), int(match["minute"])))
        except (ValueError, OverflowError):
            raise Refused("This time does not exist on that day.", field="meets_time") from None


def meeting_form(panel: Panel | None, people: Sequence[Person]) -> MeetingForm:
    """With what stands, where the meeting is there already."""
    if panel is None:
        return MeetingForm().offer(people, clock.today())
    when = clock.london(panel.meets_at)
    return MeetingForm(
        version=panel.version,
        title=panel.title,
        meets_on=when.date(),
        meets_time=f"{when:%H:%M}",
        place=panel.place,
        people=[seat.person.key for seat in panel.seats],
        chair=next((seat.person.key for seat in panel.seats if seat.chairs), ""),
    ).offer(people, clock.today())


class AgendaForm(Form):
    """Bids to put on the agenda."""

    bids = SelectMultipleField("Bids", validate_choice=False)


def order_form(items: Sequence[PanelItem]) -> Form:
    """A number for each item, `place_` and the bid's key."""
    fields = {
        f"place_{item.bid.key}": WholeNumber(
            f"Place of {item.bid.reference}", least=1, most=MOST_ITEMS * 10, required="Enter a number.", default=number
        )
        for number, item in enumerate(items, start=1)
    }
    return form_of("OrderForm", fields)


def ordered(form: Form, items: Sequence[PanelItem]) -> list[PanelItem]:
    """By the numbers typed; those with the same one as they were."""
    return sorted(items, key=lambda item: form[f"place_{item.bid.key}"].data)


def attendance_form(panel: Panel) -> EditForm:
    """`came_` and the person's key for each seat."""
    said = {True: _THERE, False: _AWAY, None: ""}
    fields = {
        f"came_{seat.person.key}": RadioField(
            f"Did {seat.person.name} come?",
            choices=choices([(_THERE, "Came"), (_AWAY, "Did not come")]),
            default=said[seat.came],
            validators=[Optional()],
        )
        for seat in panel.seats
    }
    form: EditForm = type("AttendanceForm", (EditForm,), fields)(version=panel.version)
    return form


def came(form: Form, seats: Sequence[PanelSeat]) -> Mapping[PanelSeat, bool | None]:
    meant = {_THERE: True, _AWAY: False}
    return {seat: meant.get(form[f"came_{seat.person.key}"].data) for seat in seats}


class ItemForm(EditForm):
    """What was decided of one bid, and who left the room."""

    stood_back = SelectMultipleField("Who stood back?")
    why = Line("Why?", description="Not needed where a reason stands beside the name.")
    decision = Paragraphs("What was decided?")


def item_form(
    item: PanelItem, seats: Sequence[PanelSeat], must_go: Mapping[int, list[str]], *, stored: bool = False
) -> ItemForm:
    """Those called to the meeting and those who have stood back, each with why he or she must; by person id.

    `stored` gives the form as it stands, whatever was sent to the page.
    """
    form = ItemForm(
        **({"formdata": None} if stored else {}),
        version=item.version,
        decision=item.decision,
        stood_back=[stood.person.key for stood in item.stood_back],
    )
    people = at_item(item, seats)
    form.stood_back.choices = choices(
        [
            (person.key, ": ".join(filter(None, [person.name, " ".join(must_go.get(person.id, []))])))
            for person in people
        ]
    )
    return form


def at_item(item: PanelItem, seats: Sequence[PanelSeat]) -> list[Person]:
    people = {seat.person_id: seat.person for seat in seats}
    return list((people | {stood.person_id: stood.person for stood in item.stood_back}).values())


class MinutesForm(EditForm):
    minutes = Paragraphs(
        "Minutes of the meeting as a whole",
        description="Everybody at the table reads them. Write what was said of a bid under that bid.",
    )


class CorrectionForm(Form):
    words = Paragraphs("Note a correction", required="Write what is to be corrected.")


def chosen(form: AgendaForm, bids: Sequence[Bid]) -> list[Bid]:
    """Refused without any."""
    keys: Any = set(form.bids.data or [])
    if not (found := [bid for bid in bids if bid.key in keys]):
        raise Refused("Choose the bids to put on the agenda.")
    return found
