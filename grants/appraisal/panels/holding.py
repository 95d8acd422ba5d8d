"""Calling a meeting, and changing when, where and with whom it is held. Those called are told by e-mail."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from grants import audit
from grants.appraisal.models import Panel, PanelSeat
from grants.appraisal.panels.naming import refuse_names
from grants.bids.leaks import refuse_marks
from grants.funds.models import Round
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.messages.operations import tell
from grants.people.models import Person
from grants.people.roles import Permission

CLOSED = "The minutes of this meeting are closed. Note a correction instead."


@dataclass(frozen=True)
class Called:
    """When, where and with whom; `chair` is one of `people`."""

    title: str
    meets_at: datetime
    place: str
    people: Sequence[Person]
    chair: Person
    held: bool = False
    """It took place already and is entered afterwards."""


def may_chair(person: Person, day: date) -> bool:
    """The chair reads the papers and leads the talk on every bid, which an appraiser alone does not."""
    return person.may_on(day, Permission.PANEL_HOLD)


def call_meeting(round_: Round, called: Called, *, address: str, by: Person, at: datetime) -> Panel:
    """The same call again finds the meeting that it made; refused with other people or another place than that has.

    `address` is that of meetings, to which a key is added.
    """
    _check(round_.id, called, at)
    same = select(Panel).where(
        Panel.round_id == round_.id, Panel.title == called.title, Panel.meets_at == called.meets_at,
        Panel.called_by_id == by.id, Panel.closed_at.is_(None),
    )  # fmt: skip
    if known := db.session.scalar(same):
        if not _says(known, called):
            raise Refused("You have called a meeting of this name for this time already. Change that one instead.")
        return known
    panel = Panel(
        round=round_, title=called.title, meets_at=called.meets_at, place=called.place, called_by_id=by.id, called_at=at
    )
    db.session.add(panel)
    db.session.flush()
    _seat(panel, called)
    audit.record(panel, "called_meeting", by=by, people=[person.key for person in called.people])
    _tell(panel, called.people, "You are called to a meeting of the panel", at, address)
    return panel


def change_meeting(panel: Panel, called: Called, *, address: str, version_seen: int, by: Person, at: datetime) -> None:
    """Those who stay are told only of another time or place; who comes new or need not come any more, always."""
    hold(panel)
    if panel.version != version_seen:
        raise Overtaken
    moved = (panel.meets_at, panel.place) != (called.meets_at, called.place)
    _check(panel.round_id, called, at, same_time=panel.meets_at == called.meets_at)
    _refuse_unseating(panel, called, at)
    sat = {seat.person_id: seat.person for seat in panel.seats}
    now = {person.id: person for person in called.people}
    panel.title, panel.meets_at, panel.place = called.title, called.meets_at, called.place
    flag_modified(panel, "title")  # other people at the table are a change of the meeting too
    _seat(panel, called)
    audit.record(panel, "changed_meeting", by=by, people=[person.key for person in called.people])
    _tell(panel, [p for n, p in now.items() if n not in sat], "You are called to a meeting of the panel", at, address)
    _tell(panel, [p for n, p in sat.items() if n not in now], "You need not come to this meeting of the panel", at)
    if moved:
        stay = [person for number, person in now.items() if number in sat]
        _tell(panel, stay, "The meeting of the panel has another time or place", at, address)


def _says(panel: Panel, called: Called) -> bool:
    seats = {seat.person_id: seat.chairs for seat in panel.seats}
    wanted = {person.id: person is called.chair for person in called.people}
    return (panel.place, seats) == (called.place, wanted)


def _refuse_unseating(panel: Panel, called: Called, at: datetime) -> None:
    """Whoever was called to a meeting that was held stays in its minutes, and so does what he or she stood back for."""
    wanted = {person.id for person in called.people}
    held = panel.meets_at <= at
    gone = [seat for seat in panel.seats if seat.person_id not in wanted and (held or seat.came is not None)]
    if gone:
        names = ", ".join(seat.person.name for seat in gone)
        why = f"A meeting that was held keeps everybody who was called to it: {names}. Note instead who did not come."
        raise Refused(why, field="people")


def hold(panel: Panel) -> None:
    """Take the meeting as it stands now until the end of the transaction. Refused once it is closed."""
    take(panel)
    if panel.closed_at:
        raise Refused(CLOSED)


def take(panel: Panel) -> None:
    """The same for what can still be done once it is closed."""
    db.session.flush()
    db.session.refresh(panel, ["closed_at", "version"], with_for_update=True)


def _check(round_id: int, called: Called, at: datetime, *, same_time: bool = False) -> None:
    """A time that is over is meant only where that is said: nobody is told of such a meeting.

    Somebody who came without being called is added to a meeting that was held.
    """
    if called.meets_at <= at and not (same_time or called.held):
        why = "Enter a time that is still to come, or tick that the meeting has been held."
        raise Refused(why, field="meets_on")
    if called.held and called.meets_at > at:
        raise Refused("This time is still to come, so the meeting has not been held.", field="held")
    if called.chair not in called.people:
        raise Refused("The chair must be one of those called to the meeting.", field="chair")
    if not may_chair(called.chair, clock.london(at).date()):
        raise Refused("The chair must be a moderator or programme manager.", field="chair")
    for field, words in (("title", called.title), ("place", called.place)):
        refuse_names(round_id, words, field=field)
        refuse_marks(words, field=field)  # appraisers are told of both by e-mail


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


def _tell(panel: Panel, people: Collection[Person], opening: str, at: datetime, address: str = "") -> None:
    """Names no bid: what is on the agenda is not for everybody at the table. Without `address` nobody has to come."""
    if panel.meets_at <= at:
        return  # nobody need be told to come to what is over
    when = clock.london(panel.meets_at)
    body = (
        f"{opening}.\n\nMeeting: {panel.title}\nRound: {panel.round.name}\n"
        f"When: {when.day} {when:%B %Y at %H:%M}, London time\nWhere: {panel.place or 'to be told'}\n"
    )
    for person in people:
        papers = f"\n{_papers(person, when.date(), f'{address}{panel.key}')}\n" if address else ""
        tell(person.email, f"{panel.round.name}: panel meeting", body + papers, at=at, person_id=person.id)


def _papers(person: Person, day: date, page: str) -> str:
    if may_chair(person, day):
        return f"Agenda and papers, as far as they are open to you: {page}"
    return "You may be heard on bids that you scored. The papers of the meeting are not open to appraisers."
