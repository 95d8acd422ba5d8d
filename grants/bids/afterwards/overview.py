"""What came after a bid was handed in, in short: what its page says and where it leads."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from grants.audit.models import AuditEvent
from grants.audit.queries import trail
from grants.bids.afterwards.clarification_queries import is_waiting
from grants.bids.models import Bid, BidStatus, Clarification, Letter
from grants.bids.starting.copying import earlier_bid, may_be_copied
from grants.kernel.db import db

_ANNOUNCED = (BidStatus.SUCCESSFUL, BidStatus.RESERVE, BidStatus.UNSUCCESSFUL)
_SAID_WITH = {BidStatus.WITHDRAWN: "withdrew", BidStatus.DECLINED: "declined"}


@dataclass(frozen=True)
class Afterwards:
    """`asked` says that the council is asked for clarification now; `reason` is that of a withdrawal or a refusal."""

    asked: bool
    clarifications: int
    letters: int
    reason: str
    may_copy: bool
    earlier: Bid | None
    further: list[tuple[str, str]]
    """(words, address) of what later rooms have to show to who may read the bid."""


Leads = Callable[[Bid], list[tuple[str, str]]]
_leads: list[Leads] = []


def leads_on(finder: Leads) -> Leads:
    """Let a later room add links to the page of a bid whose outcome is announced: one query at most."""
    _leads.append(finder)
    return finder


def afterwards_of(bid: Bid, at: datetime) -> Afterwards:
    """Four queries at most, whatever has happened, and those of later rooms once the outcome is announced."""
    waiting = func.coalesce(func.sum(case((is_waiting(at), 1), else_=0)), 0)
    asked = select(func.count(), waiting).where(Clarification.bid_id == bid.id)
    count, open_ones = db.session.execute(asked).one()
    letters = db.session.scalar(select(func.count()).where(Letter.bid_id == bid.id)) or 0
    over = bid.shown_status is not BidStatus.SUBMITTED
    asked_now = bool(open_ones) and not over
    further = [link for find in _leads for link in find(bid)] if bid.status in _ANNOUNCED else []
    return Afterwards(asked_now, count, letters, _reason(bid), may_be_copied(bid), earlier_bid(bid), further)


def _reason(bid: Bid) -> str:
    verb = _SAID_WITH.get(bid.status)
    if verb is None:
        return ""
    said = trail(bid).where(AuditEvent.verb == verb).with_only_columns(AuditEvent.reason)
    return db.session.scalar(said.limit(1)) or ""
