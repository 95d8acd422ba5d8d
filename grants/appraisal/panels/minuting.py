"""What a meeting leaves behind: who came, who stood back, what was decided. Closed, it is never changed again.

Whoever closes it is asked for nothing but what he or she may read: a refusal because of another bid would say that it
is on the agenda. A bid on which nothing was decided by then is decided on once, by somebody who may read it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from grants import audit
from grants.appraisal.guards import refuse_outsider
from grants.appraisal.models import Panel, PanelItem, PanelSeat, StoodBack
from grants.appraisal.panels.holding import CLOSED, hold, take
from grants.appraisal.panels.naming import refuse_names
from grants.appraisal.panels.queries import Tie, ties
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.people.models import Person


def note_attendance(panel: Panel, came: Mapping[PanelSeat, bool | None], *, version_seen: int, by: Person) -> int:
    """None for somebody of whom it is not noted yet; returns of how many something else is noted now.

    Refused where the meeting was changed meanwhile.
    """
    hold(panel)
    if panel.version != version_seen:
        raise Overtaken
    changed = {seat: there for seat, there in came.items() if seat.came is not there}
    for seat, there in changed.items():
        seat.came = there
    if changed:
        flag_modified(panel, "title")  # so that who saves next has seen who came
        said = {seat.person.key: there for seat, there in changed.items()}
        audit.record(panel, "noted_attendance", by=by, came=said)
    return len(changed)


def minute_item(
    item: PanelItem,
    *,
    decision: str,
    stood_back: Collection[Person],
    why: str = "",
    version_seen: int,
    by: Person,
    at: datetime,
) -> bool:
    """What was decided of one bid, and who left the room for it; returns whether anything of it is new.

    Without `why`, the grounds that are known of each person who stood back say why; Refused where there are none. Once
    the meeting is closed, refused for a bid that it decided on, and for another unless its minutes are whole.
    """
    take(item.panel)
    refuse_outsider(item.bid, by, at)
    db.session.refresh(item, ["decision", "version"], with_for_update=True)
    if item.is_closed:
        raise Refused(CLOSED)
    if item.version != version_seen:
        raise Overtaken(theirs=item.decision, field="decision")
    if item.panel.closed_at:
        _refuse_half(item, decision, {person.id for person in stood_back})
    moved = _stand_back(item, stood_back, why, by)
    decided = decision != item.decision
    if decided:
        item.decision, item.decided_at = decision, at if decision else None
        audit.record(item, "minuted_decision", by=by, reason=decision, panel=item.panel.key, bid=item.bid.key)
    return moved or decided


def not_noted(item: PanelItem) -> list[str]:
    """Names of those at the table who have to stand back for an item and are not noted to have done so."""
    there = [seat for seat in item.panel.seats if seat.came is not False]
    return _must_still_go(item, there, {stood.person_id for stood in item.stood_back}, ties(item.panel, [item.bid_id]))


def _refuse_half(item: PanelItem, decision: str, went: Collection[int]) -> None:
    if not decision:
        raise Refused("Write down what was decided.", field="decision")
    if names := _must_still_go(item, _came(item.panel), went, ties(item.panel, [item.bid_id])):
        raise Refused(f"Note that {', '.join(names)} stood back.", field="stood_back")


def _stand_back(item: PanelItem, people: Collection[Person], why: str, by: Person) -> bool:
    known = {stood.person_id: stood for stood in item.stood_back}
    grounds = ties(item.panel, [item.bid_id])
    reasons: dict[int, str] = {}
    for person in people:
        tie = grounds.get((person.id, item.bid_id))
        reasons[person.id] = why or (" ".join(tie.must_go) if tie else "") or _said(known.get(person.id))
        if not reasons[person.id]:
            raise Refused(f"Say why {person.name} stands back.", field="why")
    if known.keys() != reasons.keys():
        flag_modified(item, "decision")  # so that who saves next has seen who stood back
    for number in known.keys() - reasons.keys():
        item.stood_back.remove(known[number])
        db.session.delete(known[number])
        audit.record(item, "took_back_standing_back", by=by, person=known[number].person.key, bid=item.bid.key)
    for person in people:
        if person.id not in known:
            item.stood_back.append(StoodBack(person=person, reason=reasons[person.id]))
            said = {"person": person.key, "panel": item.panel.key, "bid": item.bid.key}
            audit.record(item, "stood_back", by=by, reason=reasons[person.id], **said)
    return known.keys() != reasons.keys()


def _said(stood: StoodBack | None) -> str:
    return stood.reason if stood else ""


def write_minutes(panel: Panel, minutes: str, *, version_seen: int, by: Person) -> bool:
    """Of the meeting as a whole, which everybody at the table reads; returns whether they are other than they were.

    Refused where they name a bid of the round.
    """
    hold(panel)
    if panel.version != version_seen:
        raise Overtaken(theirs=panel.minutes, field="minutes")
    refuse_names(panel.round_id, minutes, field="minutes")
    if minutes == panel.minutes:
        return False
    panel.minutes = minutes
    audit.record(panel, "wrote_minutes", by=by, reason=minutes)
    return True


def close_meeting(panel: Panel, items: Sequence[PanelItem], *, by: Person, at: datetime) -> None:
    """The minutes are agreed. `items` is the agenda as `by` may read it.

    Refused before the day; while it is not noted who came, something is not decided, or somebody who came and has to
    stand back for an item is not noted to have done so.
    """
    hold(panel)
    items = _as_they_stand(panel, items)
    if at < panel.meets_at:
        raise Refused("The meeting has not been held yet.")
    if said := lacking(panel, items):
        raise Refused(" ".join(said))
    refuse_names(panel.round_id, panel.minutes)
    panel.closed_at, panel.closed_by_id = at, by.id
    audit.record(panel, "closed_meeting", by=by, items=len(items))


def _as_they_stand(panel: Panel, items: Sequence[PanelItem]) -> Sequence[PanelItem]:
    """Read again now that the meeting is held: a colleague may have minuted something since `items` were read."""
    db.session.refresh(panel, ["minutes"])
    seats = select(PanelSeat).where(PanelSeat.panel_id == panel.id)
    again = select(PanelItem).where(PanelItem.id.in_([item.id for item in items])).order_by(PanelItem.position)
    db.session.scalars(seats.execution_options(populate_existing=True)).all()
    return db.session.scalars(again.execution_options(populate_existing=True)).all()


def lacking(panel: Panel, items: Sequence[PanelItem]) -> list[str]:
    """Sentences on what the minutes still need."""
    said = []
    if unknown := [seat.person.name for seat in panel.seats if seat.came is None]:
        said.append(f"Say who came: {', '.join(unknown)}.")
    if open_ones := [item.bid.reference or item.bid.title for item in items if not item.decision]:
        said.append(f"Write down what was decided: {', '.join(open_ones)}.")
    known = ties(panel, [item.bid_id for item in items])
    for item in items:
        names = _must_still_go(item, _came(panel), {stood.person_id for stood in item.stood_back}, known)
        said += [f"Note that {name} stood back for {item.bid.reference}." for name in names]
    return said


def _came(panel: Panel) -> list[PanelSeat]:
    return [seat for seat in panel.seats if seat.came]


def _must_still_go(
    item: PanelItem, there: Sequence[PanelSeat], went: Collection[int], known: Mapping[tuple[int, int], Tie]
) -> list[str]:
    """Names of those `there` who have to stand back and are not among `went`."""
    must_go = {person_id for (person_id, bid_id), tie in known.items() if bid_id == item.bid_id and tie.must_go}
    return [seat.person.name for seat in there if seat.person_id in must_go - set(went)]


def correct(subject: Panel | PanelItem, words: str, *, by: Person) -> None:
    """A note beside closed minutes, of the meeting as a whole or of one item; what it corrects stays as it is."""
    panel = subject if isinstance(subject, Panel) else subject.panel
    if not panel.closed_at:
        raise Refused("The minutes are not closed: change them instead.")
    if subject is panel:
        refuse_names(panel.round_id, words, field="words")
    said = {"panel": panel.key} | ({} if isinstance(subject, Panel) else {"bid": subject.bid.key})
    audit.record(subject, "corrected_minutes", by=by, reason=words, **said)
