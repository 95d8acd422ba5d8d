"""The end of a bid's moderation: after it, the bid has its place in the ranking."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, select

from grants import audit
from grants.appraisal.guards import hold_bid
from grants.appraisal.judgement import Judgement
from grants.appraisal.models import Conclusion, Moderation
from grants.appraisal.moderating.agreeing import refuse_moderating, standing, unsettle
from grants.appraisal.moderating.rules import line_of, ready, ruled, rules_of
from grants.appraisal.parts import parts_of
from grants.appraisal.queries import bids_judged_by_others, judged
from grants.appraisal.remarks.guards import refuse_flagged
from grants.appraisal.tallies import FEWEST_APPRAISERS, kept_in_vain
from grants.bids import operations as bids
from grants.bids.models import Bid, BidStatus
from grants.funds.models import Round, RoundStatus
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person


def conclude_moderation(bid: Bid, *, kept_because: str = "", by: Person, at: datetime) -> None:
    """The bid is moderated and takes its place in the ranking, with agreed marks and, where none is, with means.

    Refused while a flag is open or an agreed mark waits for its second person; and where a rule lists the bid, while
    what it is listed for is not agreed, unless `kept_because` says why the appraisers' marks stay.
    """
    hold_bid(bid)
    refuse_moderating(bid, by, at)
    if bid.status is BidStatus.MODERATED:
        return
    refuse_flagged(bid)
    known = standing(bid)
    titles = {part.place: part.title for part in parts_of(bid.round.criteria)}
    if waiting := [titles[place] for place, row in known.items() if row.second_by_id is None]:
        raise Refused(f"A second person has not agreed yet: {', '.join(waiting)}.")
    if not kept_because and (lacking := _to_talk_through(bid, by, at)):
        raise Refused(f"{lacking} Agree on marks, or say why the appraisers’ marks are kept.", field="kept_because")
    _conclude(bid, kept_because=kept_because, by=by, at=at)


def reopen_moderation(bid: Bid, *, reason: str, by: Person, at: datetime) -> None:
    """The bid goes back to appraisal: it lost appraisers after it was moderated, so that others may be given it now, or
    one person alone kept the means and turned out to have a conflict of interest.

    The scores from before stay as they were handed in. What was agreed on them stays proposed and needs its second
    person again; how the moderation ended stays in the trail. Refused where neither is so.
    """
    hold_bid(bid)
    refuse_moderating(bid, by, at)
    if bid.status is not BidStatus.MODERATED:
        raise Refused("The moderation of this bid is open.")
    given = judged([bid.id])[bid.id]
    if len([task for task in given if task.counts]) >= FEWEST_APPRAISERS and not kept_in_vain(bid):
        raise Refused("The marks of enough appraisers count, so the moderation stays as it is.")
    if not reason:
        raise Refused("Give a reason.", field="reason")
    bids.move(bid, BidStatus.APPRAISAL, by=by)
    unsettle(bid, by=by, why="The moderation was opened again.")
    for task in given:
        task.look_again = False  # somebody has
    ended = db.session.scalars(select(Conclusion).where(Conclusion.bid_id == bid.id)).one()
    audit.record(ended, "reopened_moderation", by=by, reason=reason, bid=bid.key)


def _conclusion(bid: Bid) -> Conclusion:
    """How the moderation ended before, where it did: the trail keeps each of its ends."""
    return db.session.scalar(select(Conclusion).where(Conclusion.bid_id == bid.id)) or Conclusion(bid=bid)


def _to_talk_through(bid: Bid, by: Person, at: datetime) -> str:
    """What a rule asks to be talked through and nobody has agreed on, in a sentence; empty where there is nothing."""
    known = standing(bid)
    marks = Judgement(bid.round.criteria, judged([bid.id])[bid.id], known)
    if len(marks.counting) < FEWEST_APPRAISERS and any(part.place not in known for part in marks.parts):
        return "The marks of one appraiser alone count."
    if apart := [part.title for part in marks.flagged_parts if part.place not in known]:
        return f"Marks lie apart: {', '.join(apart)}."
    line = line_of(bid.round, bids_judged_by_others(by, clock.london(at).date()))
    return "" if known or not rules_of(bid, line) else "The appraisers’ totals lie apart."


def unlisted(person: Person, round_: Round, at: datetime) -> Select[Any]:
    """Bids that can be taken as scored: no rule lists them, and nobody has proposed a mark."""
    open_to_me = bids_judged_by_others(person, clock.london(at).date()).where(Bid.round_id == round_.id)
    found = ruled(open_to_me, list(round_.criteria), line_of(round_, open_to_me))
    begun = exists().where(Moderation.bid_id == Bid.id)
    return found.rows.where(Bid.status == BidStatus.APPRAISAL, ready(), ~found.listed, ~begun)


def take_as_scored(round_: Round, bid_ids: Collection[int], *, by: Person, at: datetime) -> int:
    """Conclude those of these bids that still need no talk, each as an act of its own; how many they were.

    What counts of each is the mean of its appraisers' marks, so that no second person is needed.
    """
    if round_.status is RoundStatus.ANNOUNCED:
        raise Refused("The marks of these bids can no longer be changed.")
    db.session.flush()
    of_round = select(Bid.id).where(Bid.id.in_(bid_ids), Bid.round_id == round_.id)
    held = db.session.scalars(of_round.order_by(Bid.id).with_for_update()).all()
    wanted = unlisted(by, round_, at).where(Bid.id.in_(held)).order_by(Bid.id)
    taken = db.session.scalars(wanted.execution_options(populate_existing=True)).all()
    for bid in taken:
        _conclude(bid, as_scored=True, by=by, at=at)
    return len(taken)


def _conclude(bid: Bid, *, kept_because: str = "", as_scored: bool = False, by: Person, at: datetime) -> None:
    bids.move(bid, BidStatus.MODERATED, by=by)
    conclusion = _conclusion(bid)
    conclusion.kept_because, conclusion.as_scored = kept_because, as_scored
    conclusion.concluded_by, conclusion.concluded_at = by, at
    db.session.add(conclusion)
    audit.record(
        conclusion, "concluded_moderation", by=by, reason=conclusion.kept_because, bid=bid.key,
        as_scored=as_scored,
    )  # fmt: skip
