"""The partnership behind a bid as it was on the day of submission: what is kept beside what was signed."""

from datetime import date
from typing import Any

from grants.bids.models import Bid
from grants.councils.partnership_queries import memberships_of


def partnership_content(bid: Bid, day: date) -> dict[str, Any]:
    """`{"memberships": [...]}` in the printed order; nothing for a bid without a partnership.

    It is no part of what is signed: a partnership that changes overnight would make every signature of its bids void.
    """
    if bid.partnership_id is None:
        return {}
    places = memberships_of(bid.partnership_id, day)
    return {
        "memberships": [
            {
                "code": place.council.code if place.council else None,
                "name": place.shown_name,
                "role": place.role.value,
                "kind": place.partner_kind,
                "starred": place.starred,
                "from": place.from_on.isoformat(),
            }
            for place in places
        ]
    }
