"""What a council's administrator does: give and end roles for the council, and hand on the work of one who leaves."""

from dataclasses import dataclass
from datetime import date, datetime

from grants import audit
from grants.bids.models import BidRole, Task
from grants.bids.people.colleague_queries import Held, held_by
from grants.bids.people.inviting import BY_COUNCIL, let_act
from grants.bids.people.places import writes
from grants.bids.people.placing import give_place
from grants.councils.models import Council
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.operations import tell
from grants.people import operations as people
from grants.people.models import Appointment, Person
from grants.people.roles import Permission, Role


def appoint_colleague(
    person: Person, role: Role, council: Council, *, reason: str, by: Person, at: datetime
) -> Appointment:
    """Give somebody who acts for the council already another role there. Anyone else has to be invited."""
    day = clock.london(at).date()
    _check_keeps(council, by, day, reason)
    if role not in BY_COUNCIL:
        raise Refused("Choose a role.", field="role")
    if council.id not in person.councils_on(day):
        raise Refused(f"{person.name} does not act for {council.name}: send an invitation.")
    return people.appoint(person, role, council_id=council.id, by=by, on=day, reason=reason)


def end_role(appointment: Appointment, council: Council, *, reason: str, by: Person, at: datetime) -> None:
    """Take a role for the council away. Nobody does that to themselves, so that it keeps an administrator."""
    day = clock.london(at).date()
    _check_keeps(council, by, day, reason)
    if appointment.council_id != council.id:
        raise Refused("This is not a role for your council.")
    people.end_appointment(appointment, by=by, on=day, at=at, reason=reason)


@dataclass(frozen=True)
class HandedOver:
    """How much went from one to the other."""

    bids: int
    tasks: int


def hand_over(
    leaver: Person, to: Person, council: Council, *, leaves: bool, reason: str, by: Person, at: datetime
) -> HandedOver:
    """Tasks, places and drafts of `leaver` in the council's bids go to `to`; with `leaves` the roles end as well.

    `to` must act for the council, and gets a place where no role lets them do what is handed over. The drafts keep
    the name of who started them. Refused for oneself as the leaver, who asks another administrator.
    """
    day = clock.london(at).date()
    _check_keeps(council, by, day, reason)
    if leaver.id == by.id:
        raise Refused("Ask another administrator to hand over your own work.")
    if to.id == leaver.id or not to.active or council.id not in to.councils_on(day):
        raise Refused(f"Choose somebody else who acts for {council.name}.", field="to")
    held = held_by(leaver, council)
    for one in held:
        _hand_on(one, leaver, to, council, by=by, at=at)
        audit.record(one.bid, "handed_over", by=by, reason=reason, what=f"{leaver.name} to {to.name}")
    if leaves:
        for appointment in [a for a in leaver.appointments_on(day) if a.council_id == council.id]:
            people.end_appointment(appointment, by=by, on=day, at=at, reason=reason)
    audit.record(leaver, "handed_over_work", by=by, reason=reason, to=to.email, council=council.name, bids=len(held))
    if held and to.id != by.id:
        _tell(held, leaver, to, by=by, at=at)
    return HandedOver(len(held), sum(len(one.tasks) for one in held))


def _hand_on(held: Held, leaver: Person, to: Person, council: Council, *, by: Person, at: datetime) -> None:
    day, bid = clock.london(at).date(), held.bid
    if held.place is not None:
        held.place.until_at = at
    for task in held.tasks:
        task.ended_at = at
        db.session.add(_next(task, to, by=by, at=at))
    only_read = held.place is not None and held.place.role is BidRole.READER and not held.tasks and not held.started
    role, needed = (BidRole.READER, Permission.BID_READ) if only_read else (BidRole.AUTHOR, Permission.BID_WRITE)
    if not writes(to, bid, day):
        let_act(to, council, needed, by=by, day=day)
        give_place(bid, to, role, by=by, at=at)
    db.session.flush()


def _next(task: Task, to: Person, *, by: Person, at: datetime) -> Task:
    """The same part of the bid, for somebody else."""
    return Task(
        bid=task.bid,
        project_id=task.project_id,
        section_id=task.section_id,
        question_id=task.question_id,
        person=to,
        given_by_id=by.id,
        given_at=at,
    )


def _tell(held: list[Held], leaver: Person, to: Person, *, by: Person, at: datetime) -> None:
    bids = "\n".join(f"- {one.bid.title} ({one.bid.round.name})" for one in held)
    body = f"Hello {to.name}\n\n{by.name} has handed over to you what {leaver.name} had in hand:\n\n{bids}\n"
    tell(to.email, f"Handed over from {leaver.name}", body, at=at, person_id=to.id)


def _check_keeps(council: Council, by: Person, day: date, reason: str) -> None:
    if council.id not in by.councils_on(day, Role.COUNCIL_ADMINISTRATOR):
        raise Refused(f"Only an administrator of {council.name} does this.")
    if not reason.strip():
        raise Refused("Say why, for the record.", field="reason")
