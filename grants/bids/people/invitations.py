"""Who may start a bid in a round that follows an expression of interest, and from which invited bid.

Whether a council or partnership is a newcomer depends on awards, which a later room keeps: it says so through
`knows_awards`.
"""

from collections.abc import Callable
from datetime import date

from sqlalchemy import ColumnElement, Select, or_, select

from grants.bids.models import Bid, BidStatus
from grants.bids.people.places import written_by
from grants.bids.queries import visible_bids
from grants.councils.models import Council, Partnership, Succession
from grants.funds.models import Invitation, Round
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person

Finder = Callable[[Round, set[int], Partnership | None], bool]
_finders: list[Finder] = []


def knows_awards(finder: Finder) -> Finder:
    """Let a later room say whether one of these councils, or the partnership, has had an award of the round's fund."""
    _finders.append(finder)
    return finder


def check_invited(round: Round, lead: Council, partnership: Partnership | None) -> None:
    """Refused where the round asks for an invitation that this lead council and partnership do not have."""
    if round.invitation is Invitation.NOBODY or round.follows_id is None:
        return
    same = with_predecessors(lead)
    if round.invitation is Invitation.NEWCOMERS and _had_award(round, same, partnership):
        return
    if db.session.scalar(_invited(round).where(_of(same, partnership)).with_only_columns(Bid.id).limit(1)):
        return
    who = "those" if round.invitation is Invitation.EVERYONE else "councils new to this fund that are"
    raise Refused(
        f"{round.name} is open to {who} invited by an expression of interest, and {lead.name} has no invitation.",
        field="lead",
    )


def _had_award(round: Round, council_ids: set[int], partnership: Partnership | None) -> bool:
    won = select(Bid.id).join(Bid.round).where(Round.fund_id == round.fund_id, Bid.status == BidStatus.SUCCESSFUL)
    if db.session.scalar(won.where(_of(council_ids, partnership)).limit(1)):
        return True
    return any(finder(round, council_ids, partnership) for finder in _finders)


def _invited(round: Round) -> Select[Bid]:
    return select(Bid).where(Bid.round_id == round.follows_id, Bid.status == BidStatus.INVITED)


def _of(council_ids: set[int], partnership: Partnership | None) -> ColumnElement[bool]:
    led = Bid.lead_council_id.in_(council_ids)
    return or_(led, Bid.partnership_id == partnership.id) if partnership else led


def with_predecessors(council: Council) -> set[int]:
    """Ids of the council and of all whose rights passed to it."""
    found, newest = {council.id}, {council.id}
    while newest:
        before = select(Succession.predecessor_id).where(Succession.successor_id.in_(newest))
        newest = set(db.session.scalars(before)) - found
        found |= newest
    return found


def my_invitations(person: Person, round: Round, day: date) -> list[Bid]:
    """Invited expressions of interest that this person writes for and may start a bid to `round` from."""
    if round.follows_id is None:
        return []
    mine = visible_bids(person, day).where(written_by(person, day)).order_by(None).with_only_columns(Bid.id)
    return list(db.session.scalars(_invited(round).where(Bid.id.in_(mine)).order_by(Bid.title, Bid.id).limit(50)))
