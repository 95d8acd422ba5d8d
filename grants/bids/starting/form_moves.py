"""A new version of an open round's form reaches its bids: those being written move to it, submitted ones stay."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import selectinload

from grants import audit
from grants.audit.models import AuditEvent
from grants.bids.answers.values import clean
from grants.bids.models import BEING_WRITTEN, Answer, Bid, BidCouncil, BidPlace, BidStatus, Comment, Task
from grants.bids.writing import void_signature
from grants.funds.form.versions import Succession, publish_next_version
from grants.funds.models import Question, Round
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.operations import tell
from grants.people.models import Appointment, Person
from grants.people.queries import standing
from grants.people.roles import Role

FORM_CHANGED = "The form of the round was changed after the bid had been sent for sign-off."


def publish_version(round: Round, *, note: str, seen: str, by: Person, at: datetime) -> Succession:
    """Let applicants have the waiting version of the form, and tell every one of them what changed.

    Bids being written answer it from now on, with the answers that still fit; a signature given or asked for falls.
    Bids submitted keep the form that they answered. Refused as `publish_next_version` does.
    """
    succession = publish_next_version(round, note=note, seen=seen, by=by, at=at)
    moving = db.session.scalars(
        select(Bid)
        .where(Bid.round_id == round.id, Bid.status.in_(BEING_WRITTEN))
        .options(selectinload(Bid.signatures))
        .with_for_update(of=Bid)
        .execution_options(populate_existing=True)
    ).all()
    for bid in moving:
        _move(bid, succession, note, by=by, at=at)
    db.session.flush()
    _carry_answers(round, [bid.id for bid in moving], succession)
    _carry_talk([bid.id for bid in moving], succession)
    _tell_applicants(round, succession, note, at=at)
    return succession


def _move(bid: Bid, succession: Succession, note: str, *, by: Person, at: datetime) -> None:
    bid.form_version = succession.number
    audit.record(bid, "moved_to_form", by=by, reason=note, number=succession.number)
    if bid.status is not BidStatus.DRAFT:
        void_signature(bid, reason=FORM_CHANGED, by=by, at=at)
        bid.status = BidStatus.DRAFT


def _carry_answers(round: Round, bid_ids: Sequence[int], succession: Succession) -> None:
    """A copy of each answer that its question's successor can take, with its version, author and time; the old one
    stays, and its history is that of all questions of the same code. A page opened before can so be saved after."""
    kept = [
        (answer, successor)
        for answer in db.session.scalars(
            select(Answer).where(Answer.bid_id.in_(bid_ids), Answer.question_id.in_(succession.questions))
        )
        if _fits(answer, successor := succession.questions[answer.question_id], round)
    ]
    if not kept:
        return
    rows = [
        {
            "bid_id": answer.bid_id,
            "project_id": answer.project_id,
            "question_id": successor.id,
            "value": answer.value,
            "version": answer.version,
            "changed_at": answer.changed_at,
            "changed_by_id": answer.changed_by_id,
            "late": answer.late,
        }
        for answer, successor in kept
    ]
    db.session.execute(insert(Answer.__table__), rows)  # type: ignore[arg-type]  # a declared table is a Table


def _fits(answer: Answer, successor: Question, round: Round) -> bool:
    try:
        return bool(clean(successor, answer.value["is"], round) == answer.value["is"])
    except Refused:
        return False


def _carry_talk(bid_ids: Sequence[int], succession: Succession) -> None:
    """Tasks and comments of the drafts go on with what took the place of their section or question."""
    questions = {old: successor.id for old, successor in succession.questions.items()}
    for kind in (Task, Comment):
        for column, successors in (("section_id", succession.sections), ("question_id", questions)):
            for old, new in successors.items():
                of_drafts = update(kind).where(kind.bid_id.in_(bid_ids), getattr(kind, column) == old)
                db.session.execute(of_drafts.values({column: new}))


def _tell_applicants(round: Round, succession: Succession, note: str, *, at: datetime) -> None:
    for person in applicants(round, at):
        body = (
            f"Hello {person.name}\n\nThe form of {round.name} has changed. {note}\n\n"
            "A bid that you are still writing now shows the changed form. Answers that still fit have been kept: "
            "please check them. If it had been sent to the Section 151 officer, it has to be sent again.\n\n"
            "A bid that you have submitted stays as you submitted it.\n"
        )
        once = f"form:{round.id}:{succession.number}:{person.id}"
        tell(person.email, f"The form has changed: {round.name}", body, at=at, person_id=person.id, once=once)


def applicants(round: Round, at: datetime) -> Sequence[Person]:
    """Who took part in a bid of the round for a council and still acts for one of its councils, was invited to one,
    or coordinates for a lead council; withdrawn bids aside."""
    day = clock.london(at).date()
    bids = select(Bid.id).where(Bid.round_id == round.id, Bid.status != BidStatus.WITHDRAWN)
    keys = select(Bid.key).where(Bid.id.in_(bids))
    acted = select(AuditEvent.actor_id).where(AuditEvent.subject_type == "bid", AuditEvent.subject_key.in_(keys))
    seats = select(BidCouncil.council_id).where(BidCouncil.bid_id.in_(bids))
    leads = select(BidCouncil.council_id).where(BidCouncil.bid_id.in_(bids), BidCouncil.leads)
    holds = exists().where(Appointment.person_id == Person.id, standing(day))
    acts = holds.where(Appointment.council_id.in_(seats))
    coordinates = holds.where(Appointment.role == Role.BID_COORDINATOR, Appointment.council_id.in_(leads))
    placed = exists().where(BidPlace.person_id == Person.id, BidPlace.bid_id.in_(bids), BidPlace.until_at.is_(None))
    wanted = select(Person).where(Person.active, (Person.id.in_(acted) & acts) | coordinates | placed)
    return db.session.scalars(wanted.order_by(Person.id)).all()
