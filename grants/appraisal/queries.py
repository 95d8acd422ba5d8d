"""Who may read what of an appraisal. Every page starts from one of these, so that what is not open is not found."""

from collections.abc import Collection, Sequence
from datetime import date
from fractions import Fraction

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from grants.appraisal.arithmetic import place_mark
from grants.appraisal.judgement import Judgement
from grants.appraisal.models import Assignment, Conclusion, Moderation, Score
from grants.appraisal.parts import Place, parts_of
from grants.bids.afterwards.sides import to_judge
from grants.bids.models import Bid, BidCouncil, BidStatus, Conflict
from grants.councils.models import Council
from grants.funds.models import Criterion, PlaceScore, Round, RoundStatus
from grants.kernel import clock
from grants.kernel.db import db, found
from grants.people.models import Appointment, Person
from grants.people.roles import Role

SHORTEST_REASON = 50
"""Characters in the reason for a mark (domain rule: a mark without a rationale is no score)."""

CHECKED = (BidStatus.SUBMITTED, BidStatus.INELIGIBLE, BidStatus.APPRAISAL, BidStatus.MODERATED)
SCORED = (BidStatus.APPRAISAL, BidStatus.MODERATED)
DECIDED = (BidStatus.SUCCESSFUL, BidStatus.RESERVE, BidStatus.UNSUCCESSFUL)


# --- Bids, as the programme's people may see them here


def conflict_of(person: Person) -> ColumnElement[bool]:
    """That `person` has a conflict with the bid."""
    return exists().where(Conflict.bid_id == Bid.id, Conflict.person_id == person.id)


def bids_open_to(person: Person, day: date) -> Select[Bid]:
    """Submitted bids apart from those that `person` has a conflict with, or whose councils he or she acts for.

    Expressions of interest are not judged here, nor late bids that wait for the next assessment point.
    """
    rows = (
        select(Bid)
        .join(Bid.round)
        .join(Bid.lead_council)
        .where(Bid.submitted_at.is_not(None), Bid.status != BidStatus.WITHDRAWN, ~conflict_of(person))
        .where(to_judge(), Round.expression_of_interest.is_(False))
        .options(contains_eager(Bid.round), contains_eager(Bid.lead_council))
    )
    return rows.where(*_of_other_councils(person, day))


def _of_other_councils(person: Person, day: date) -> list[ColumnElement[bool]]:
    """That `person` acts for no council of the bid."""
    councils = person.councils_on(day)
    if not councils:
        return []
    mine = exists().where(BidCouncil.bid_id == Bid.id, BidCouncil.council_id.in_(councils))
    return [~mine, Bid.lead_council_id.not_in(councils)]


def bids_judged_by_others(person: Person, day: date) -> Select[Bid]:
    """The same without the bids that were ever given to `person`: nobody who scores a bid learns how others do."""
    own = exists().where(Assignment.bid_id == Bid.id, Assignment.person_id == person.id)
    return bids_open_to(person, day).where(~own)


def found_bid(bids: Select[Bid], key: str, *statuses: BidStatus) -> Bid:
    """The bid of this key among `bids`, in one of `statuses`; otherwise not found."""
    return found(bids.where(Bid.key == key, Bid.status.in_(statuses)))


def appraised_round(code: str) -> Round:
    """A round that has been published."""
    called = (RoundStatus.PUBLISHED, RoundStatus.ANNOUNCED)
    return found(select(Round).where(Round.code == code, Round.status.in_(called)))


def rounds_with(bids: Select[Bid]) -> Sequence[Round]:
    """The rounds that these bids are of, the latest first."""
    ids = bids.with_only_columns(Bid.round_id).order_by(None).distinct().subquery()
    return db.session.scalars(select(Round).where(Round.id.in_(select(ids.c.round_id))).order_by(Round.id.desc())).all()


def moderation_begun() -> ColumnElement[bool]:
    """That a mark is proposed, from when on a bid takes no more appraisers.

    Of a bid whose moderation was opened again the proposals stay; there it begins when two people agree to a mark.
    """
    opened_again = exists().where(Conclusion.bid_id == Bid.id).correlate(Bid)
    told = or_(Moderation.settled_mark.is_not(None), ~opened_again)
    return exists().where(Moderation.bid_id == Bid.id, told).correlate(Bid)


# --- Assignments


def live(assignment: type[Assignment] = Assignment) -> ColumnElement[bool]:
    """Neither ended nor conflicted."""
    return and_(assignment.ended_at.is_(None), assignment.conflicted.is_(False))


def my_assignments(person: Person, *statuses: BidStatus) -> Select[Assignment]:
    """A person's own tasks, and never one whose bid a conflict has closed to them, or an own council is in.

    On bids in one of `statuses`, where any are named: while its check is open again a bid is not there to be scored.
    """
    return (
        select(Assignment)
        .join(Assignment.bid)
        .join(Bid.round)
        .where(Assignment.person_id == person.id, live(), Bid.status.in_(statuses or (*SCORED, *DECIDED)))
        .where(~conflict_of(person), *_of_other_councils(person, clock.today()))
        .options(contains_eager(Assignment.bid).contains_eager(Bid.round))
        .order_by(Assignment.submitted_at.is_not(None), Assignment.id)
    )


def my_assignment(person: Person, key: str, *statuses: BidStatus) -> Assignment:
    return found(my_assignments(person, *statuses).where(Assignment.key == key))


def councils_in(bid: Bid) -> Sequence[Council]:
    """The councils of a bid, the lead first: all that is needed to judge a conflict of interest."""
    named = select(Council).join(BidCouncil, BidCouncil.council_id == Council.id).where(BidCouncil.bid_id == bid.id)
    councils = db.session.scalars(named.order_by(BidCouncil.position)).all()
    return [bid.lead_council, *(council for council in councils if council.id != bid.lead_council_id)]


def scored_counts(assignment_ids: Collection[int]) -> dict[int, int]:
    """How many parts of criteria of each assignment have a mark and a reason long enough."""
    rows = (
        select(Score.assignment_id, func.count())
        .where(Score.assignment_id.in_(assignment_ids), Score.mark.is_not(None))
        .where(func.length(Score.reason) >= SHORTEST_REASON)
        .group_by(Score.assignment_id)
    )
    return _counts(rows)


def part_counts(round_ids: Collection[int]) -> dict[int, int]:
    """How many parts of criteria are to be marked in each round."""
    return {round_id: len(parts_of(criteria)) for round_id, criteria in criteria_by_round(round_ids).items()}


def assignments_of(bid_ids: Collection[int]) -> dict[int, list[Assignment]]:
    """The assignments of each bid that were not ended, oldest first, their people with them."""
    rows = (
        select(Assignment)
        .where(Assignment.bid_id.in_(bid_ids), Assignment.ended_at.is_(None))
        .options(joinedload(Assignment.person))
        .order_by(Assignment.id)
    )
    by_bid: dict[int, list[Assignment]] = {bid_id: [] for bid_id in bid_ids}
    for assignment in db.session.scalars(rows):
        by_bid[assignment.bid_id].append(assignment)
    return by_bid


def assignment_to_end(bids: Select[Bid], key: str) -> Assignment:
    """A live assignment on one of `bids`."""
    ids = bids.with_only_columns(Bid.id).order_by(None)
    return found(
        select(Assignment)
        .where(Assignment.key == key, Assignment.ended_at.is_(None), Assignment.bid_id.in_(ids))
        .options(joinedload(Assignment.person), joinedload(Assignment.bid).joinedload(Bid.round))
    )


def appraisers(day: date) -> Sequence[Person]:
    """Who may score on `day`, by name."""
    holds = and_(
        Appointment.role == Role.APPRAISER,
        Appointment.from_on <= day,
        or_(Appointment.until_on.is_(None), Appointment.until_on >= day),
    )
    rows = select(Person).where(Person.active, Person.appointments.any(holds)).order_by(Person.name, Person.id)
    return db.session.scalars(rows).all()


def loads(person_ids: Collection[int], among: Select[Bid]) -> dict[int, tuple[int, int]]:
    """Live assignments of each person on bids in appraisal or beyond: (still to do, submitted).

    `among` are the bids that the reader does not score: on those, nobody's state is told by a count either.
    """
    rows = (
        select(
            Assignment.person_id,
            func.sum(case((Assignment.submitted_at.is_(None), 1), else_=0)),
            func.sum(case((Assignment.submitted_at.is_not(None), 1), else_=0)),
        )
        .join(Assignment.bid)
        .where(Assignment.person_id.in_(person_ids), live(), Bid.status.in_((*SCORED, *DECIDED)))
        .where(Bid.id.in_(among.with_only_columns(Bid.id).order_by(None)))
        .group_by(Assignment.person_id)
    )
    return {person_id: (int(to_do), int(done)) for person_id, to_do, done in db.session.execute(rows)}


# --- Moderation


def waits_for_appraisers() -> ColumnElement[bool]:
    """That the bid has an appraiser who has not submitted, or none at all."""
    task = aliased(Assignment)
    on_bid = and_(task.bid_id == Bid.id, task.ended_at.is_(None), task.conflicted.is_(False))
    return or_(exists().where(on_bid, task.submitted_at.is_(None)), ~exists().where(on_bid))


def judged(bid_ids: Collection[int]) -> dict[int, list[Assignment]]:
    """The assignments of each bid with their scores, whatever became of them; for those who moderate."""
    rows = (
        select(Assignment)
        .where(Assignment.bid_id.in_(bid_ids))
        .options(joinedload(Assignment.person), selectinload(Assignment.scores))
        .order_by(Assignment.id)
    )
    by_bid: dict[int, list[Assignment]] = {bid_id: [] for bid_id in bid_ids}
    for assignment in db.session.scalars(rows):
        by_bid[assignment.bid_id].append(assignment)
    return by_bid


def agreed_marks(bid: Bid) -> dict[Place, Moderation]:
    """What was agreed so far, by criterion id and part."""
    people = (joinedload(Moderation.agreed_by), joinedload(Moderation.second_by))
    rows = select(Moderation).where(Moderation.bid_id == bid.id).options(*people)
    return {(moderation.criterion_id, moderation.part): moderation for moderation in db.session.scalars(rows)}


def criteria_of(round_id: int) -> Sequence[Criterion]:
    return criteria_by_round([round_id])[round_id]


def criteria_by_round(round_ids: Collection[int]) -> dict[int, list[Criterion]]:
    rows = select(Criterion).where(Criterion.round_id.in_(round_ids)).order_by(Criterion.position, Criterion.id)
    by_round: dict[int, list[Criterion]] = {round_id: [] for round_id in round_ids}
    for criterion in db.session.scalars(rows):
        by_round[criterion.round_id].append(criterion)
    return by_round


def judgement_of(bid: Bid) -> Judgement:
    return Judgement(criteria_of(bid.round_id), judged([bid.id])[bid.id], agreed_marks(bid), place_marks([bid])[bid.id])


def place_marks(bids: Collection[Bid]) -> dict[int, dict[int, Fraction]]:
    """The marks of looked-up criteria by bid and criterion id: the lead council's 0 to 100 points over 20.

    A council that its list does not name has none, and nothing is made up for it.
    """
    rows = (
        select(Bid.id, Criterion.id, PlaceScore.hundredths)
        .join(Criterion, Criterion.round_id == Bid.round_id)
        .join(PlaceScore, PlaceScore.list_id == Criterion.place_list_id)
        .where(Bid.id.in_([bid.id for bid in bids]), Criterion.looked_up)
        .where(PlaceScore.council_id == Bid.lead_council_id)
    )
    by_bid: dict[int, dict[int, Fraction]] = {bid.id: {} for bid in bids}
    for bid_id, criterion_id, hundredths in db.session.execute(rows):
        by_bid[bid_id][criterion_id] = place_mark(hundredths)
    return by_bid


def _counts(rows: Select[int, int]) -> dict[int, int]:
    return dict(db.session.execute(rows).all())
