"""Which bids a meeting talks of, and in which order."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from grants import audit
from grants.appraisal.guards import refuse_outsider
from grants.appraisal.models import Panel, PanelItem
from grants.appraisal.panels.holding import hold
from grants.bids.models import Bid
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person

MOST_ITEMS = 100
"""Of one meeting: nobody talks through more in a day, and its papers are made while their reader waits."""


def add_bids(panel: Panel, bids: Sequence[Bid], *, by: Person, at: datetime) -> int:
    """At the end of the agenda, in the order given; how many were new there. Refused where there is no room."""
    hold(panel)
    rows = select(PanelItem.bid_id).where(PanelItem.panel_id == panel.id)
    there = set(db.session.scalars(rows))
    new = [bid for bid in bids if bid.id not in there]
    if any(bid.round_id != panel.round_id for bid in new):
        raise Refused("A meeting is held on the bids of one round.")
    if len(there) + len(new) > MOST_ITEMS:
        raise Refused(f"An agenda has room for {MOST_ITEMS} bids. Choose fewer, or call another meeting.")
    last = db.session.scalar(select(func.max(PanelItem.position)).where(PanelItem.panel_id == panel.id)) or 0
    for position, bid in enumerate(new, start=last + 1):
        item = PanelItem(panel_id=panel.id, bid=bid, position=position)
        db.session.add(item)
        db.session.flush()
        audit.record(item, "put_on_agenda", by=by, panel=panel.key, bid=bid.key)
    return len(new)


def take_off(item: PanelItem, *, by: Person, at: datetime) -> None:
    """Refused once something was decided of it."""
    hold(item.panel)
    refuse_outsider(item.bid, by, at)
    if item.decision:
        raise Refused("The meeting has decided on this bid, so it stays on the agenda.")
    audit.record(item, "took_off_agenda", by=by, panel=item.panel.key, bid=item.bid.key)
    for stood in list(item.stood_back):
        db.session.delete(stood)
    db.session.flush()
    db.session.delete(item)


def put_in_order(panel: Panel, items: Sequence[PanelItem], *, by: Person) -> None:
    """`items`, as one reader sees them, in a new order. Those that he or she does not see keep their places."""
    hold(panel)
    places = sorted(item.position for item in items)
    for item, position in zip(items, places, strict=True):
        item.position = position
    audit.record(panel, "put_agenda_in_order", by=by, bids=[item.bid.key for item in items])
