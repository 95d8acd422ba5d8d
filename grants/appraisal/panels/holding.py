"""Calling a meeting, and changing when, where and with whom it is held. Those called are told by e-mail."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from grants import audit
from grants.appraisal.models import Panel, PanelSeat
from grants.appraisal.panels.naming import refuse_names
from grants.funds.models import Round
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.messages.operations import tell
from grants.people.models import Person


@dataclass(frozen=True)
class Called:
    """When, where and with whom; `chair` is one of `people`."""

    title: str
    meets_at: datetime
    place: str
    people: Sequence[Person]
    chair: Person


def call_meeting(round_: Round, called: Called, *, by: Person, at: datetime) -> Panel:
    """The same call again finds the meeting that it made."""
    _check(round_.id, called, at)
    same = select(Panel).where(
        Panel.round_id == round_.id, Panel.title == called.title, Panel.meets_at == called.meets_at,
        Panel.called_by_id == by.id, Panel.closed_at.is_(None),
    )  # fmt: skip
    if known := db.session.scalar(same):
        return known
    panel = Panel(
        round=round_, title=called.title, meets_at=called.meets_at, place=called.place, called_by_id=by.id, called_at=at
    )
    db.session.add(panel)
    db.session.flush()
    _seat(panel, called)
    audit.record(panel, "called_meeting", by=by, people=[person.key for person in called.people])
    _tell(panel, called.people, "You are called to a meeting of the panel", at)
    return panel


def change_meeting(panel: Panel, called: Called, *, version_seen: int, by: Person, at: datetime) -> None:
    """Those who stay are told only of another time or place; who comes new or need not come any more, always."""
    hold(panel)
    if panel.version != version_seen:
        raise Overtaken
    _check(panel.round_id, called, at)
    moved = (panel.meets_at, panel.place) != (called.meets_at, called.place)
    sat = {seat.person_id: seat.person for seat in panel.seats}
    now = {person.id: person for person in called.people}
    panel.title, panel.meets_at, panel.place = called.title, called.meets_at, called.place
    flag_modified(panel, "title")  # other people at the table are a change of the meeting too
    _seat(panel, called)
    audit.record(panel, "changed_meeting", by=by, people=[person.key for person in called.people])
    _tell(panel, [p for n, p in now.items() if n not in sat], "You are called to a meeting of the panel", at)
    _tell(panel, [p for n, p in sat.items() if n not in now], "You need not come to this meeting of the panel", at)
    if moved:
        stay = [person for number, person in now.items() if number in sat]
        _tell(panel, stay, "The meeting of the panel has another time or place", at)


def hold(panel: Panel) -> None:
    """Take the meeting as it stands now until the end of the transaction. Refused once it is closed."""
    db.session.flush()
    db.session.refresh(panel, ["closed_at", "version"], with_for_update=True)
    if panel.closed_at:
        raise Refused("The minutes of this meeting are closed. Note a correction instead.")


def _check(round_id: int, called: Called, at: datetime) -> None:
    if called.meets_at <= at:
        raise Refused("Enter a time that is still to come.", field="meets_on")
    if called.chair not in called.people:
        raise Refused("The chair must be one of those called to the meeting.", field="chair")
    refuse_names(round_id, called.title, field="title")
    refuse_names(round_id, called.place, field="place")


def _seat(panel: Panel, called: Called) -> None:
    wanted = {person.id: person for person in called.people}
    for seat in [seat for seat in panel.seats if seat.person_id not in wanted]:
        panel.seats.remove(seat)
        db.session.delete(seat)
    seated = {seat.person_id for seat in panel.seats}
    panel.seats += [PanelSeat(person=person) for number, person in wanted.items() if number not in seated]
    for seat in panel.seats:
        seat.chairs = seat.person is called.chair
    db.session.flush()


def _tell(panel: Panel, people: Collection[Person], opening: str, at: datetime) -> None:
    """Names no bid: what is on the agenda is not for everybody at the table."""
    when = clock.london(panel.meets_at)
    body = (
        f"{opening}.\n\nRound: {panel.round.name}\nWhen: {when.day} {when:%B %Y at %H:%M}, London time\n"
        f"Where: {panel.place or 'to be told'}\n\nSign in to read the papers that are open to you.\n"
    )
    for person in people:
        tell(person.email, f"{panel.round.name}: panel meeting", body, at=at, person_id=person.id)
