"""Conflicts of interest that the data proposes, each with its grounds in plain words.

Nothing here closes a bid to anybody: a person settles each proposal (see `settling`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from grants.appraisal.appraisers.grounds import GroundKind, open_grounds
from grants.appraisal.appraisers.wording import Tie, tie_in_words
from grants.appraisal.models import Interest
from grants.councils.models import Council, Partnership
from grants.kernel import clock
from grants.kernel.db import db
from grants.people.models import Appointment


@dataclass(frozen=True)
class Ground:
    """One reason for a proposed conflict. `key` names it in what is cleared: the same tie to the same bid."""

    kind: GroundKind
    key: str
    words: str


def proposed(person_ids: Collection[int], bid_ids: Collection[int]) -> dict[tuple[int, int], list[Ground]]:
    """By (person id, bid id): why each of these people might not judge each of these bids. Five queries at most.

    Left out: pairs without any ground, grounds that were cleared, and pairs with a conflict on record.
    """
    if not person_ids or not bid_ids:
        return {}
    day = clock.today()
    rows = db.session.execute(open_grounds(bid_ids, day, person_ids)).all()
    named = _Names(rows)
    found: dict[tuple[int, int], dict[str, Ground]] = {}
    for row in rows:
        ground = Ground(GroundKind(row.kind), row.key, named.sentence(row, day))
        found.setdefault((row.person_id, row.bid_id), {})[row.key] = ground
    return {pair: sorted(grounds.values(), key=_order) for pair, grounds in found.items()}


class _Names:
    """The names that the sentences need, four queries for any number of grounds."""

    def __init__(self, rows: Sequence[Any]) -> None:
        councils = {row.tie_id for row in rows} | {row.seat_id for row in rows}
        wanted = select(Council.id, Council.name).where(Council.id.in_(councils))
        self.councils: dict[int, str] = dict(db.session.execute(wanted).all())
        ids = {row.partnership_id for row in rows}
        wanted = select(Partnership.id, Partnership.name).where(Partnership.id.in_(ids))
        self.partnerships: dict[int, str] = dict(db.session.execute(wanted).all())
        ids = {row.source_id for row in rows if row.source == "i"}
        interests = select(Interest.id, Interest.kind, Interest.body, Interest.until_on).where(Interest.id.in_(ids))
        self.interests = {row.id: row for row in db.session.execute(interests)}
        ids = {row.source_id for row in rows if row.source == "a"}
        held = select(Appointment.id, Appointment.until_on).where(Appointment.id.in_(ids))
        self.appointments: dict[int, date | None] = dict(db.session.execute(held).all())

    def sentence(self, row: Any, day: date) -> str:
        return f"{tie_in_words(self._tie(row), day)} {self._link(row)}"

    def _tie(self, row: Any) -> Tie:
        if row.source == "a":
            return Tie(None, self.councils[row.tie_id], self.appointments[row.source_id])
        interest = self.interests[row.source_id]
        return Tie(interest.kind, self.councils.get(row.tie_id, interest.body), interest.until_on)

    def _link(self, row: Any) -> str:
        seat, partnership = self.councils.get(row.seat_id, ""), self.partnerships.get(row.partnership_id, "")
        if row.kind == GroundKind.NEIGHBOUR:
            return f"It is with {seat}, a council of the bid, in the partnership {partnership}."
        if row.kind == GroundKind.BODY:
            return "It is a partner in the bid."
        through = "" if row.seat_id == row.tie_id else f"By reorganisation it is one with {seat}. "
        if row.kind == GroundKind.PARTNERSHIP:
            return f"{through}{seat} is a member of the partnership that bids, {partnership}."
        return f"{through}{seat} is in the bid."


def _order(ground: Ground) -> tuple[int, str]:
    return list(GroundKind).index(ground.kind), ground.key
