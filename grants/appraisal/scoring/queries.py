"""What an appraiser reads of his or her own work. Nothing here asks for anybody else's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, selectinload

from grants.appraisal.arithmetic import place_mark
from grants.appraisal.models import Assignment, MarginNote
from grants.appraisal.queries import my_assignments
from grants.appraisal.scoring.wording import SAID, Because
from grants.audit.models import AuditEvent
from grants.audit.queries import trail
from grants.bids.models import Bid, BidStatus, Project
from grants.funds.models import Criterion, PlaceScore, PlaceScoreList, Question, Round
from grants.kernel.db import db, found
from grants.people.models import Person

REOPENED = "reopened"


class Show(StrEnum):
    """What the list of an appraiser's bids is narrowed to."""

    ALL = "all"
    TO_DECLARE = "to_declare"
    TO_SCORE = "to_score"
    SUBMITTED = "submitted"


def my_tasks(person: Person, show: Show, round_code: str) -> Select[Assignment]:
    """The person's own tasks in one state, of one round where its code is given."""
    tasks = my_assignments(person)
    in_hand = Assignment.submitted_at.is_(None) & (Bid.status == BidStatus.APPRAISAL)
    if show is Show.TO_DECLARE:
        tasks = tasks.where(in_hand, Assignment.declared_at.is_(None))
    elif show is Show.TO_SCORE:
        tasks = tasks.where(in_hand, Assignment.declared_at.is_not(None))
    elif show is Show.SUBMITTED:
        tasks = tasks.where(Assignment.submitted_at.is_not(None))
    return tasks.where(Round.code == round_code) if round_code else tasks


def checked_again(person: Person) -> Sequence[Assignment]:
    """Tasks on bids whose check is open again: nothing of these is there meanwhile but their titles."""
    return db.session.scalars(my_assignments(person, BidStatus.SUBMITTED)).unique().all()


def my_rounds(person: Person, show: Show = Show.ALL) -> Sequence[Round]:
    """The rounds that the person's tasks are of, the latest first."""
    ids = my_tasks(person, show, "").with_only_columns(Bid.round_id).order_by(None).distinct()
    return db.session.scalars(select(Round).where(Round.id.in_(ids)).order_by(Round.id.desc())).all()


def open_tasks(person: Person, round_: Round, *, with_scores: bool = False) -> Sequence[Assignment]:
    """What the person may score now in one round, in the order of the bids' references."""
    tasks = my_tasks(person, Show.TO_SCORE, round_.code).order_by(None).order_by(Bid.reference, Assignment.id)
    if with_scores:
        tasks = tasks.options(selectinload(Assignment.scores)).execution_options(populate_existing=True)
    return db.session.scalars(tasks).unique().all()


def notes_on(task: Assignment) -> list[MarginNote]:
    """The notes that were not removed, in the order in which they were written."""
    kept = select(MarginNote).where(MarginNote.assignment_id == task.id, MarginNote.removed_at.is_(None))
    return list(db.session.scalars(kept.order_by(MarginNote.id)))


@dataclass(frozen=True)
class Noted:
    """A note with what it stands beside; both None for the bid as a whole."""

    note: MarginNote
    question: Question | None
    project: Project | None


def noted_on(task: Assignment) -> list[Noted]:
    """The same with question and project, for a list of all; one query."""
    rows = db.session.execute(
        select(MarginNote, Question, Project)
        .outerjoin(Question, Question.id == MarginNote.question_id)
        .outerjoin(Project, Project.id == MarginNote.project_id)
        .where(MarginNote.assignment_id == task.id, MarginNote.removed_at.is_(None))
        .order_by(MarginNote.id)
    )
    return [Noted(*row) for row in rows]


def note_of(task: Assignment, key: str) -> MarginNote:
    """A note on this task; NotFound for any other's."""
    mine = select(MarginNote).where(MarginNote.assignment_id == task.id, MarginNote.removed_at.is_(None))
    return found(mine.where(MarginNote.key == key))


@dataclass(frozen=True)
class Reopened:
    """That the scores were given back, as their appraiser reads it: nothing that somebody typed."""

    at: datetime
    actor: str
    why: str
    """Empty where nothing was chosen then."""
    about: Sequence[str]


def why_reopened(task: Assignment) -> Reopened | None:
    """The last time that the scores were given back."""
    event = db.session.scalar(trail(task).where(AuditEvent.verb == REOPENED).limit(1))
    if event is None:
        return None
    why = SAID[Because(event.details["because"])] if "because" in event.details else ""
    return Reopened(event.at, event.actor, why, event.details.get("about", []))


@dataclass(frozen=True)
class LookedUp:
    """What a published list says of the council that leads a bid; `hundredths` of a point, None where it says nothing.

    `list` is None where the round does not name one yet.
    """

    criterion: Criterion
    list: PlaceScoreList | None
    hundredths: int | None

    @property
    def mark(self) -> Fraction | None:
        return None if self.hundredths is None else place_mark(self.hundredths)


def looked_up_for(bid: Bid, criteria: Iterable[Criterion]) -> list[LookedUp]:
    """The looked-up criteria with what their lists say of the lead council; one query."""
    looked_up = [criterion for criterion in criteria if criterion.looked_up]
    if not looked_up:
        return []
    rows = db.session.execute(
        select(PlaceScoreList, PlaceScore.hundredths)
        .outerjoin(
            PlaceScore,
            (PlaceScore.list_id == PlaceScoreList.id) & (PlaceScore.council_id == bid.lead_council_id),
        )
        .where(PlaceScoreList.id.in_([criterion.place_list_id for criterion in looked_up]))
    )
    known = {row.id: (row, hundredths) for row, hundredths in rows}
    return [LookedUp(criterion, *known.get(criterion.place_list_id or 0, (None, None))) for criterion in looked_up]


def handed_in(bids: Select[Bid], bid_key: str, key: str) -> Assignment:
    """Scores that somebody has submitted on one of `bids`, which are those that the reader may moderate."""
    ids = bids.where(Bid.key == bid_key).with_only_columns(Bid.id).order_by(None)
    wanted = select(Assignment).join(Assignment.bid).where(Assignment.key == key, Assignment.bid_id.in_(ids))
    live = wanted.where(
        Assignment.submitted_at.is_not(None), Assignment.ended_at.is_(None), Assignment.conflicted.is_(False)
    )
    return found(live.options(contains_eager(Assignment.bid)))
