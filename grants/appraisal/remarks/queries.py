"""What was said of bids while they are judged: flags that are open or settled, and the tags that they bear.

Nothing here limits who reads it: each page starts from bids that are open to its reader and asks for those alone.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from grants.appraisal.models import Assignment, BidTag, Flag, FlagKind, Tag
from grants.bids.models import Bid, Clarification
from grants.funds.models import Criterion
from grants.kernel.db import db, found


def is_open() -> ColumnElement[bool]:
    return Flag.settled_at.is_(None)


def open_flags(bid_ids: Collection[int]) -> dict[int, list[Flag]]:
    """The flags of each bid that nobody has settled yet, the oldest first; one query for a whole list."""
    by_bid: dict[int, list[Flag]] = {bid_id: [] for bid_id in bid_ids}
    for flag in db.session.scalars(_whole().where(Flag.bid_id.in_(bid_ids), is_open()).order_by(Flag.id)):
        by_bid[flag.bid_id].append(flag)
    return by_bid


def _whole() -> Select[Flag]:
    """With all that a line on a flag shows."""
    return select(Flag).options(
        joinedload(Flag.criterion), joinedload(Flag.raised_by), joinedload(Flag.settled_by),
        joinedload(Flag.clarification),
    )  # fmt: skip


def waits_for_answer(bid: Bid) -> set[int]:
    """Ids of the criteria that nobody scores at present: something is to be asked of the council, or has been.

    A clarification of the bid as a whole holds up every criterion. It tells nothing about who wants to know what.
    """
    open_ones = select(Flag.criterion_id).where(Flag.bid_id == bid.id, is_open(), Flag.kind == FlagKind.CLARIFICATION)
    held_up = set(db.session.scalars(open_ones))
    if None in held_up:
        return set(db.session.scalars(select(Criterion.id).where(Criterion.round_id == bid.round_id)))
    return {criterion_id for criterion_id in held_up if criterion_id is not None}


def stopped(bid: Bid) -> bool:
    """Nobody checks, scores, moderates or decides the bid until what was found is settled."""
    return bool(db.session.scalar(select(Flag.id).where(Flag.bid_id == bid.id, is_stop()).limit(1)))


def is_stop() -> ColumnElement[bool]:
    return is_open() & (Flag.kind == FlagKind.STOP)


def flagged(*kinds: FlagKind) -> ColumnElement[bool]:
    """That the bid has an open flag, of one of `kinds` where some are named; for a list of bids."""
    on_bid = exists().where(Flag.bid_id == Bid.id, is_open()).correlate(Bid)
    return on_bid.where(Flag.kind.in_(kinds)) if kinds else on_bid


def flags_of(bid: Bid) -> Sequence[Flag]:
    """All flags of the bid, open ones first, then the latest."""
    rows = _whole().where(Flag.bid_id == bid.id).order_by(Flag.settled_at.is_not(None), Flag.id.desc())
    return db.session.scalars(rows).all()


def own_flags(task: Assignment) -> Sequence[Flag]:
    """What this appraiser flagged on the bid, and nothing of what others did."""
    mine = _whole().where(Flag.bid_id == task.bid_id, Flag.raised_by_id == task.person_id)
    return db.session.scalars(mine.order_by(Flag.settled_at.is_not(None), Flag.id.desc())).all()


def flag_on(bid: Bid, key: str) -> Flag:
    """A flag of this bid; NotFound for any other's."""
    return found(_whole().where(Flag.bid_id == bid.id, Flag.key == key))


def own_flag(task: Assignment, key: str) -> Flag:
    return found(_whole().where(Flag.bid_id == task.bid_id, Flag.raised_by_id == task.person_id, Flag.key == key))


def flags_on(bids: Select[Bid]) -> Select[Flag]:
    """All flags of these bids with bid and round, stops first, then the oldest."""
    ids = bids.with_only_columns(Bid.id).order_by(None)
    return (
        _whole()
        .join(Flag.bid)
        .join(Bid.round)
        .where(Flag.bid_id.in_(ids))
        .options(contains_eager(Flag.bid).contains_eager(Bid.round))
        .order_by(Flag.settled_at.is_not(None), Flag.kind != FlagKind.STOP, Flag.id)
    )


def is_to_be_asked(at: datetime) -> ColumnElement[bool]:
    """A question for the council that nobody has sent on, or that was sent and not answered; see flagging.py."""
    no_answer = exists().where(
        Clarification.id == Flag.clarification_id,
        or_(
            Clarification.taken_back_at.is_not(None),
            and_(Clarification.answered_at.is_(None), Clarification.due_at < at),
        ),
    )
    return is_open() & (Flag.kind == FlagKind.CLARIFICATION) & or_(Flag.clarification_id.is_(None), no_answer)


def is_answered() -> ColumnElement[bool]:
    """Open still, though the council has answered what was asked because of it."""
    answered = exists().where(Clarification.id == Flag.clarification_id, Clarification.answered_at.is_not(None))
    return is_open() & answered


# --- Tags


def tagged(name: str, *, round_id: int | None = None) -> ColumnElement[bool]:
    """That the bid bears the tag of this name now; for a list of bids, as `bids.where(tagged(...))`."""
    bears = (
        exists()
        .where(BidTag.bid_id == Bid.id, BidTag.removed_at.is_(None), BidTag.tag_id == Tag.id)
        .where(Tag.name == name)
        .correlate(Bid)
    )
    return bears if round_id is None else bears.where(Tag.round_id == round_id)


def tags_of(bid_ids: Collection[int]) -> dict[int, list[Tag]]:
    """The tags that each bid bears now, by name; one query for a whole list."""
    rows = (
        select(BidTag.bid_id, Tag)
        .join(BidTag.tag)
        .where(BidTag.bid_id.in_(bid_ids), BidTag.removed_at.is_(None))
        .order_by(Tag.name, Tag.id)
    )
    by_bid: dict[int, list[Tag]] = {bid_id: [] for bid_id in bid_ids}
    for bid_id, tag in db.session.execute(rows):
        by_bid[bid_id].append(tag)
    return by_bid


def tags_in(round_id: int) -> Sequence[Tag]:
    """The tags made for bids of this round, by name: what a filter or a field offers."""
    return db.session.scalars(select(Tag).where(Tag.round_id == round_id).order_by(Tag.name, Tag.id)).all()


def tag_names(bids: Select[Bid]) -> Sequence[str]:
    """The names of the tags that any of these bids bears now, each once."""
    bears = BidTag.bid_id.in_(bids.with_only_columns(Bid.id).order_by(None))
    rows = select(Tag.name).join(BidTag, BidTag.tag_id == Tag.id).where(bears, BidTag.removed_at.is_(None))
    return db.session.scalars(rows.distinct().order_by(Tag.name)).all()


def tag_in(round_id: int, key: str) -> Tag:
    """A tag of this round; NotFound for any other's."""
    return found(select(Tag).where(Tag.round_id == round_id, Tag.key == key))


def worn_by(bid: Bid) -> Sequence[BidTag]:
    """The tags that the bid bears or bore, those of now first, each with since when and until when."""
    rows = select(BidTag).where(BidTag.bid_id == bid.id).options(joinedload(BidTag.tag, innerjoin=True))
    return db.session.scalars(rows.order_by(BidTag.removed_at.is_not(None), BidTag.id.desc())).all()
