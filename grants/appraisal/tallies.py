"""How much there is of what: rounds in hand, and what waits on people's desks."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select

from grants.appraisal import queries
from grants.appraisal.gates.queries import to_check
from grants.appraisal.models import Assignment, Conclusion, FeedbackSent, GateOutcome, GateResult, Panel, Valuation
from grants.appraisal.ranking.counted import counts
from grants.appraisal.remarks.queries import flagged
from grants.bids.models import Bid, BidStatus, Conflict, Project
from grants.funds.models import Round, RoundStatus
from grants.kernel.db import db
from grants.people.models import Person

FEWEST_APPRAISERS = 2
"""A bid is scored by two people or more (domain rule, step 9)."""


def rounds_in_hand(person: Person, day: date) -> Select[Any]:
    """Rounds that have submitted bids, and how far they are, as `person` may know it; one query.

    By name: how many bids wait for the check, were moderated or are decided, have a valuation, an open flag or their
    feedback; of those in appraisal, how many others than `person` score (`judged`), how many of these all have scored,
    and how many have fewer appraisers than they should; how many panel meetings were called.
    """
    others = Bid.id.in_(queries.bids_judged_by_others(person, day).with_only_columns(Bid.id).order_by(None))
    judged = and_(Bid.status == BidStatus.APPRAISAL, others)
    valued = exists().where(Project.bid_id == Bid.id, Valuation.project_id == Project.id, ~Valuation.set_aside)
    fed_back = exists().where(FeedbackSent.bid_id == Bid.id)
    conditions = {
        "to_check": to_check(),
        "valued": valued,
        "short": and_(judged, _on_it() < FEWEST_APPRAISERS),
        "judged": judged,
        "scored": and_(judged, ~queries.waits_for_appraisers()),
        "flagged": and_(others, flagged()),
        "moderated": and_(Bid.status == BidStatus.MODERATED, others),
        "decided": Bid.status.in_(queries.DECIDED),
        "fed_back": and_(others, fed_back),
    }
    panels = select(func.count()).where(Panel.round_id == Round.id).correlate(Round).scalar_subquery()
    return (
        select(Round)
        .join(Bid, Bid.round_id == Round.id)
        .where(Bid.id.in_(queries.bids_open_to(person, day).with_only_columns(Bid.id)))
        .where(Round.status.in_((RoundStatus.PUBLISHED, RoundStatus.ANNOUNCED)))
        .add_columns(*(func.sum(case((said, 1), else_=0)).label(name) for name, said in conditions.items()))
        .add_columns(panels.label("panels"))
        .group_by(Round.id)
        .order_by(Round.id.desc())
    )


def _on_it() -> Any:
    """How many appraisers are on a bid."""
    rows = select(func.count()).where(Assignment.bid_id == Bid.id, queries.live())
    return rows.correlate(Bid).scalar_subquery()


# --- Desks: how many wait


def how_many(rows: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0


def fails_to_agree(person: Person, day: date) -> Select[Any]:
    """Bids with a fail that somebody else found and nobody has agreed to yet."""
    fail = exists().where(
        GateResult.bid_id == Bid.id,
        GateResult.outcome == GateOutcome.FAIL,
        ~GateResult.set_aside,
        ~GateResult.agreed,
        GateResult.checked_by_id != person.id,
    )
    return queries.bids_open_to(person, day).where(Bid.status == BidStatus.SUBMITTED, fail).with_only_columns(Bid.id)


def bids_short_of_appraisers(person: Person, day: date, least: int) -> Select[Any]:
    """Bids in appraisal with fewer than `least` appraisers still on them, whose moderation has not begun."""
    rows = queries.bids_judged_by_others(person, day).where(Bid.status == BidStatus.APPRAISAL, _on_it() < least)
    return rows.where(~queries.moderation_begun()).with_only_columns(Bid.id)


def scored_by_few() -> ColumnElement[bool]:
    """That the marks of fewer people count than should: those of one alone are no mean."""
    count = select(func.count()).where(Assignment.bid_id == Bid.id, counts()).correlate(Bid).scalar_subquery()
    return count < FEWEST_APPRAISERS


def moderated_on_few(bids: Select[Bid]) -> list[str]:
    """References of those of these bids that are moderated, and stand on the marks of fewer people than they should."""
    rows = bids.where(Bid.status == BidStatus.MODERATED, scored_by_few()).with_only_columns(Bid.reference)
    return [reference or "" for reference in db.session.scalars(rows.order_by(None).order_by(Bid.reference))]


def moderated_in_vain() -> ColumnElement[bool]:
    """That the moderation of a bid is to be opened again: it lost an appraiser since and stands on the marks of fewer
    people than it should, or one person alone kept the means and turned out to have a conflict of interest."""
    lost = exists().where(Assignment.bid_id == Bid.id, Assignment.look_again)
    return and_(Bid.status == BidStatus.MODERATED, or_(and_(lost, scored_by_few()), _kept_in_vain()))


def _kept_in_vain() -> ColumnElement[bool]:
    conflict = and_(Conflict.bid_id == Conclusion.bid_id, Conflict.person_id == Conclusion.concluded_by_id)
    alone = select(Conclusion.id).join(Conflict, conflict).where(Conclusion.kept_because != "")
    return alone.where(Conclusion.bid_id == Bid.id).correlate(Bid).exists()


def kept_in_vain(bid: Bid) -> bool:
    """Whether one person alone kept the means of this moderated bid, and has a conflict of interest with it."""
    in_vain = select(Bid.id).where(Bid.id == bid.id, Bid.status == BidStatus.MODERATED, _kept_in_vain())
    return db.session.scalar(in_vain) is not None


def to_moderate_again(person: Person, day: date) -> Select[Any]:
    """Ids of bids whose moderation is to be opened again."""
    return queries.bids_judged_by_others(person, day).where(moderated_in_vain()).with_only_columns(Bid.id)
