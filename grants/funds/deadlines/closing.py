"""Until when a council's bid may be saved and submitted: the one place that says so.

A closing time is an instant, built from London's clocks, and the instant shown is the last in time: where a page says
23:59, a bid that arrives at 23:59:00 is in time and one that arrives a second later is late. A council that was given
more time by an approved extension has until then; for everyone else the round closes as it did.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select, tuple_

from grants.councils.models import Council
from grants.funds.models import Extension, Round, RoundMode, RoundPhase
from grants.kernel.db import db

Place = tuple[int, int]
"""(round's id, council's id)"""


def closes_at(round: Round, council_id: int | None) -> datetime | None:
    """The last instant at which a bid of this council is in time; None where the round has no closing time."""
    if round.closes_at is None or council_id is None:
        return round.closes_at
    granted = db.session.scalar(_granted().where(Extension.round_id == round.id, Extension.council_id == council_id))
    return max(round.closes_at, granted) if granted else round.closes_at


def phase_of(round: Round, council_id: int | None, at: datetime) -> RoundPhase:
    """What the round is to this council at this instant."""
    return round.phase(at, until=closes_at(round, council_id))


def takes_bids(round: Round, council_id: int | None, at: datetime) -> bool:
    if round.takes_bids(at):  # open to all: only after closing does it matter who was given more time
        return True
    return phase_of(round, council_id, at) is RoundPhase.OPEN


def last_closing(round: Round) -> datetime | None:
    """The instant after which nobody can bid any more."""
    if round.closes_at is None:
        return None
    granted = db.session.scalar(_granted().where(Extension.round_id == round.id))
    return max(round.closes_at, granted) if granted else round.closes_at


def still_open(round: Round, at: datetime) -> bool:
    """Whether bids can come in before a closing day, so that nothing may be announced. One that takes them at any time
    is announced all the same."""
    return round.mode is not RoundMode.ROLLING and round.phase(at, until=last_closing(round)) is not RoundPhase.CLOSED


def extended(places: Collection[Place]) -> dict[Place, datetime]:
    """Until when those of `places` have who were given more time than their round; one query for all."""
    if not places:
        return {}
    place = tuple_(Extension.round_id, Extension.council_id)
    granted = select(Extension.round_id, Extension.council_id, func.max(Extension.closes_at)).join(Extension.round)
    found = granted.where(Extension.approved_at.is_not(None), Extension.closes_at > Round.closes_at)
    rows = db.session.execute(found.where(place.in_(set(places))).group_by(Extension.round_id, Extension.council_id))
    return {(round_id, council_id): until for round_id, council_id, until in rows}


def longest_of(council_ids: Collection[int]) -> dict[int, datetime]:
    """By round's id: the latest time that any of these councils was given beyond the round's own; one query."""
    if not council_ids:
        return {}
    granted = select(Extension.round_id, func.max(Extension.closes_at)).join(Extension.round)
    found = granted.where(Extension.approved_at.is_not(None), Extension.closes_at > Round.closes_at)
    rows = db.session.execute(found.where(Extension.council_id.in_(council_ids)).group_by(Extension.round_id))
    return dict(rows.all())


def longer_for(council_ids: Collection[int], round_ids: Collection[int]) -> dict[int, list[tuple[str, datetime]]]:
    """By round's id: (council's name, until when) for each of these councils given more time than it; one query."""
    if not council_ids or not round_ids:
        return {}
    granted = select(Extension.round_id, Council.name, func.max(Extension.closes_at)).join(Extension.round)
    granted = granted.join(Extension.council).where(Extension.approved_at.is_not(None))
    granted = granted.where(Extension.closes_at > Round.closes_at, Extension.round_id.in_(round_ids))
    granted = granted.where(Extension.council_id.in_(council_ids)).group_by(Extension.round_id, Council.name)
    found: dict[int, list[tuple[str, datetime]]] = {}
    for round_id, name, until in db.session.execute(granted.order_by(Council.name)):
        found.setdefault(round_id, []).append((name, until))
    return found


def closing_for(council_id: ColumnElement[int] | Any) -> ColumnElement[datetime | None]:
    """The same as `closes_at` within a query that has the round in it; `council_id` is a column of that query."""
    granted = _granted().where(Extension.round_id == Round.id, Extension.council_id == council_id)
    until = granted.correlate_except(Extension).scalar_subquery()
    return case((until > Round.closes_at, until), else_=Round.closes_at)


def _granted() -> Select[datetime | None]:
    return select(func.max(Extension.closes_at)).where(Extension.approved_at.is_not(None))
