"""How the demo's councils work together: a colleague helps with one draft, and an invitation waits for an answer."""

from datetime import datetime

from grants.bids.models import Bid, BidRole
from grants.bids.people import inviting
from grants.bids.people.inviting import Invited
from grants.councils.models import MembershipRole
from grants.councils.partnerships import Why, add_partner, begin_partnership, change_holder
from grants.demo.cast import Cast
from grants.kernel import clock
from grants.kernel.db import db
from grants.people.access import absolute
from grants.people.roles import Role


def work_together(bid: Bid, cast: Cast, at: datetime) -> None:
    """Around one draft whose lead council has a colleague and an administrator here."""
    _partner_up(bid, cast, at)
    lead, by = bid.lead_council, cast.one(Role.BID_COORDINATOR, bid.lead_council)
    helper = cast.one(Role.COLLEAGUE, lead)
    member = next(seat.council for seat in bid.councils if not seat.leads)
    page = absolute("/invitations/")
    for invited in (
        Invited(helper.email, lead, bid=bid, bid_role=BidRole.AUTHOR),
        Invited("estates@example.org", member, bid=bid, bid_role=BidRole.READER),
    ):
        sent = inviting.invite(invited, sure=True, address_of_page=page, by=by, at=at)
        if sent.email == helper.email:
            inviting.accept(sent, helper, at=at)
    db.session.flush()


def _partner_up(bid: Bid, cast: Cast, at: datetime) -> None:
    """The councils of the draft form a partnership, in which another council than the lead receives the money."""
    by, day = cast.one(Role.BID_COORDINATOR, bid.lead_council), clock.london(at).date()
    councils = [seat.council for seat in bid.councils]
    made = begin_partnership(
        f"{bid.lead_council.short_name} small sites", lead=councils[0], members=councils, on=day, by=by, today=day
    )
    why = Why(by, "The board of the partnership agreed it.", made.version)
    change_holder(made, MembershipRole.ACCOUNTABLE, councils[1], on=day, why=why)
    add_partner(
        made,
        "Essex land and property trust",
        kind="Charity",
        on=day,
        why=Why(by, "It owns one of the sites.", made.version),
    )
