"""Panel meetings that wait for a person, on the home page."""

from datetime import date

from flask import url_for

from grants.appraisal.models import Panel
from grants.appraisal.panels import queries
from grants.kernel import clock
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission


@on_desk(Permission.BID_SCORE)
def to_be_heard(person: Person, day: date) -> list[Waiting]:
    """For those who do not hold panels: the page of their appraisals has the meetings that they are called to."""
    if person.may_on(day, Permission.PANEL_HOLD):
        return []
    page = url_for("appraisal.mine")
    return [Waiting(_when(panel), page) for panel in queries.coming(person, day)]


@on_desk(Permission.PANEL_HOLD)
def meetings_waiting(person: Person, day: date) -> list[Waiting]:
    """Those to come, and those whose minutes are not whole as far as the person may read them."""
    named = ((panel, _what(panel, person, day, chairs)) for panel, chairs in queries.in_hand(person))
    return [Waiting(what, url_for("appraisal.panel", key=panel.key)) for panel, what in named if what]


def _what(panel: Panel, person: Person, day: date, chairs: bool) -> str:
    if queries.is_coming(panel, day):
        return _when(panel)
    if panel.closed_at is None:
        return f"Minutes to write and close: {panel.title}" if chairs or panel.called_by_id == person.id else ""
    open_ones = [item for item in queries.items_for(panel, person, day) if not item.decision]
    return f"Decisions to write down: {panel.title}" if open_ones else ""


def _when(panel: Panel) -> str:
    when = clock.london(panel.meets_at)
    return f"Panel meeting on {when.day} {when:%B %Y at %H:%M}: {panel.title}"
