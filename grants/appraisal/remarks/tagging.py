"""Tags: words of the programme's own by which a round’s bids are grouped, put on and taken off with their dates."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from grants import audit
from grants.appraisal.guards import refuse_outsider
from grants.appraisal.models import BidTag, Tag
from grants.appraisal.remarks.queries import tags_in
from grants.bids.leaks import refuse_marks
from grants.bids.models import Bid
from grants.funds.models import Round
from grants.kernel import text
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person

LONGEST_TAG = 40


def put_tag(bids: Sequence[Bid], name: str, *, by: Person, at: datetime) -> Tag:
    """Put the tag of this name on these bids of one round; it is made where the round has none of that name.

    Capital letters make no other tag. Bids that bear it already keep the date from which they do.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_TAG or text.unfit(name):
        raise Refused(f"Give the tag a name of at most {LONGEST_TAG} characters.", field="tag")
    refuse_marks(name, field="tag")
    _check_bids(bids, by, at)
    tag = _tag_of(bids[0].round, name, by)
    bears = _bearing(tag)
    for bid in bids:
        if bid.id not in bears:
            db.session.add(BidTag(tag=tag, bid_id=bid.id, added_at=at, added_by_id=by.id))
            audit.record(tag, "put_on", by=by, bid=bid.key)
    db.session.flush()
    return tag


def take_tag_off(bids: Sequence[Bid], tag: Tag, *, by: Person, at: datetime) -> None:
    """From these bids of the tag's round; from those that do not bear it, nothing is taken."""
    _check_bids(bids, by, at)
    if tag.round_id != bids[0].round_id:
        raise Refused("That is no tag of this round.", field="tag")
    bears = _bearing(tag)
    for bid in bids:
        if worn := bears.get(bid.id):
            worn.removed_at, worn.removed_by_id = at, by.id
            audit.record(tag, "took_off", by=by, bid=bid.key)
    db.session.flush()


def take_named_tag_off(bids: Sequence[Bid], name: str, *, by: Person, at: datetime) -> None:
    """The same by the tag's name. Refused where the round has no such tag."""
    tag = _known(bids[0].round_id, " ".join(name.split())) if bids else None
    if bids and tag is None:
        raise Refused("The round has no tag of this name.", field="tag")
    if tag:
        take_tag_off(bids, tag, by=by, at=at)


def _known(round_id: int, name: str) -> Tag | None:
    """Compared here, since the two databases differ on capitals beyond the English ones."""
    return next((tag for tag in tags_in(round_id) if tag.name.casefold() == name.casefold()), None)


def _check_bids(bids: Sequence[Bid], by: Person, at: datetime) -> None:
    if not bids:
        raise Refused("Tick at least one bid.", field="bids")
    if len({bid.round_id for bid in bids}) > 1:
        raise Refused("A tag belongs to one round.", field="bids")
    for bid in bids:
        refuse_outsider(bid, by, at)


def _tag_of(round: Round, name: str, by: Person) -> Tag:
    """Two people who make the same one at once take turns at the round's row."""
    held = select(Round.id).where(Round.id == round.id).with_for_update()
    db.session.execute(held)
    if tag := _known(round.id, name):
        return tag
    tag = Tag(round=round, name=name)
    db.session.add(tag)
    db.session.flush()
    audit.record(tag, "made", by=by, round=round.code)
    return tag


def _bearing(tag: Tag) -> dict[int, BidTag]:
    """By bid, what bears the tag now; fresh."""
    now = select(BidTag).where(BidTag.tag_id == tag.id, BidTag.removed_at.is_(None)).with_for_update()
    return {worn.bid_id: worn for worn in db.session.scalars(now.execution_options(populate_existing=True))}
