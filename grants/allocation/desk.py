"""What waits for those who decide."""

from datetime import date

from flask import url_for
from sqlalchemy import exists, func, select

from grants.allocation.footing import Again
from grants.allocation.models import Decision
from grants.allocation.queries import progress
from grants.appraisal.queries import bids_open_to
from grants.bids.models import Bid, BidStatus
from grants.funds.deadlines.closing import still_open
from grants.funds.models import Round, RoundStatus
from grants.kernel import clock
from grants.kernel.db import db
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission


@on_desk(Permission.DECISION_PROPOSE)
def to_propose(person: Person, day: date) -> list[Waiting]:
    """Moderated bids without a decision, by round."""
    bids = (
        bids_open_to(person, day)
        .where(Bid.status == BidStatus.MODERATED)
        .with_only_columns(Bid.id, Bid.round_id)
        .subquery()
    )
    counted = (
        select(Round.code, Round.name, func.count())
        .join(bids, bids.c.round_id == Round.id)
        .outerjoin(Decision, Decision.bid_id == bids.c.id)
        .where(Decision.id.is_(None), Round.status == RoundStatus.PUBLISHED)
        .group_by(Round.code, Round.name)
        .order_by(Round.code)
    )
    return [_line(f"Bids to decide in {name}", code, count) for code, name, count in db.session.execute(counted)]


@on_desk(Permission.DECISION_PROPOSE)
def to_take_again(person: Person, day: date) -> list[Waiting]:
    """Decisions that no longer count, by round, but for those of bids that others have to settle first."""
    bids = bids_open_to(person, day).with_only_columns(Bid.id, Bid.round_id).subquery()
    counted = (
        select(Round.code, Round.name, func.count())
        .join(bids, bids.c.round_id == Round.id)
        .join(Decision, Decision.bid_id == bids.c.id)
        .where(Decision.again.in_((Again.CHANGED, Again.CONFLICT)), Round.status == RoundStatus.PUBLISHED)
        .group_by(Round.code, Round.name)
        .order_by(Round.code)
    )
    return [
        _line(f"Decisions to take again in {name}", code, count) for code, name, count in db.session.execute(counted)
    ]


@on_desk(Permission.DECISION_CONFIRM)
def to_confirm(person: Person, day: date) -> list[Waiting]:
    """Proposals of other people, by round."""
    bids = bids_open_to(person, day).where(Bid.status.in_((BidStatus.MODERATED, BidStatus.INELIGIBLE)))
    bids_seen = bids.with_only_columns(Bid.id, Bid.round_id).subquery()
    counted = (
        select(Round.code, Round.name, func.count())
        .join(bids_seen, bids_seen.c.round_id == Round.id)
        .join(Decision, Decision.bid_id == bids_seen.c.id)
        .where(Decision.confirmed_at.is_(None), Decision.again.is_(None), Decision.proposed_by_id != person.id)
        .where(Round.status == RoundStatus.PUBLISHED)
        .group_by(Round.code, Round.name)
        .order_by(Round.code)
    )
    return [_line(f"Decisions to confirm in {name}", code, count) for code, name, count in db.session.execute(counted)]


@on_desk(Permission.ANNOUNCE)
def to_announce(person: Person, day: date) -> list[Waiting]:
    """Rounds that have closed and of which every bid is decided."""
    deciding = exists().where(Bid.round_id == Round.id, Decision.bid_id == Bid.id)
    rounds = db.session.scalars(select(Round).where(Round.status == RoundStatus.PUBLISHED, deciding)).all()
    done = progress(round.id for round in rounds)
    decided = [round for round in rounds if round.id in done and done[round.id].to_announce]
    ready = [round for round in decided if not still_open(round, clock.now())]
    return [Waiting(f"{round.name} can be announced", url_for("awards.announce", code=round.code)) for round in ready]


def _line(what: str, code: str, count: int) -> Waiting:
    return Waiting(what, url_for("allocation.show", code=code), count)
