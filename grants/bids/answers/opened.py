"""When a page of a bid was given to a person: a mark on its form, which only the product can make.

It is what tells a save begun before closing from one begun after. The browser's own clock is never asked.
"""

from datetime import datetime
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from grants.bids.models import Bid
from grants.people.models import Person


def opening_mark(bid: Bid, person: Person, at: datetime) -> str:
    """Signed with the product's own secret, for this bid and this person alone."""
    return str(_signer().dumps([bid.key, person.key, at.isoformat()]))


def opened_at(bid: Bid, person: Person, mark: Any) -> datetime | None:
    """When the page that bears this mark was given out; None for a mark that is missing, made up or another's."""
    try:
        key, person_key, at = _signer().loads(str(mark or ""))
        return datetime.fromisoformat(at) if (key, person_key) == (bid.key, person.key) else None
    except (BadSignature, TypeError, ValueError):
        return None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="page opened")
