"""The papers of a meeting for one reader: one set of tables in final words, which screen, Word and PDF print alike.

After the meeting they are its minutes too: who came, what was said, what was decided, and what was corrected since.

Of a bid that an appraiser has still to score nothing is told but that it waits. Totals and places are those that the
ranking would show if every bid that is fully scored were moderated as it stands.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grants.appraisal.judgement import Judgement
from grants.appraisal.models import Moderation, Panel, PanelItem
from grants.appraisal.panels import pack_tables, queries
from grants.appraisal.panels.pack_tables import Papers, Table
from grants.appraisal.parts import Place
from grants.appraisal.queries import bids_judged_by_others, criteria_of, judged, place_marks
from grants.appraisal.ranking.totals import Ranked, ranking_of
from grants.appraisal.remarks.queries import open_flags
from grants.audit.models import AuditEvent
from grants.audit.operations import subject_of
from grants.bids.models import Bid
from grants.kernel import clock
from grants.kernel.db import db
from grants.people.models import Person


@dataclass(frozen=True)
class Pack:
    """`made_at` is when its figures were read; `facts` are pairs of a label and words."""

    title: str
    round_name: str
    made_at: datetime
    facts: list[tuple[str, str]]
    tables: list[Table] = field(default_factory=list)

    @property
    def as_at(self) -> date:
        return clock.london(self.made_at).date()

    @property
    def foot(self) -> str:
        return f"{self.round_name}: papers of a panel, {_moment(self.made_at)}. Not for publication."


def pack_for(panel: Panel, reader: Person, at: datetime) -> Pack:
    """Only what `reader` may read: other items are in no table, no sum and no count. A fixed number of queries."""
    day = clock.london(at).date()
    items = queries.items_for(panel, reader, day)
    ids = [item.bid_id for item in items]
    corrected = {subject: [_said(e) for e in events] for subject, events in queries.corrections(panel, *items).items()}
    papers = Papers(
        items=items,
        criteria=criteria_of(panel.round_id),
        ranked=_ranked(panel, reader, day, ids),
        judgements=_judgements(panel, items),
        flags=open_flags(ids),
        ties=queries.ties(panel, queries.still_open(items)),
        seats=panel.seats,
        corrected={item.id: corrected[subject_of(item)] for item in items},
    )
    facts = [
        *_facts(panel, reader, at, len(items)),
        *_minutes(panel, corrected[subject_of(panel)]),
    ]
    return Pack(panel.title, panel.round.name, at, facts, pack_tables.tables(papers))


def _said(event: AuditEvent) -> str:
    return f"Corrected on {_moment(event.at)} by {event.actor}: {event.reason}"


def _minutes(panel: Panel, corrected: list[str]) -> Iterator[tuple[str, str]]:
    """As far as they are written."""
    if any(seat.came is not None for seat in panel.seats):
        yield "Came", ", ".join(seat.person.name for seat in panel.seats if seat.came) or "Nobody"
    if said := "\n".join(filter(None, [panel.minutes, *corrected])):
        yield "Minutes", said
    if panel.closed_at:
        yield "Minutes closed", _moment(panel.closed_at)


def _facts(panel: Panel, reader: Person, at: datetime, count: int) -> list[tuple[str, str]]:
    people = [f"{seat.person.name} (chair)" if seat.chairs else seat.person.name for seat in panel.seats]
    return [
        ("When", _moment(panel.meets_at)),
        ("Where", panel.place or "To be told"),
        ("Called to it", ", ".join(people)),
        ("Items", str(count)),
        ("Made for", f"{reader.name}, {_moment(at)}"),
    ]


def _moment(at: datetime) -> str:
    when = clock.london(at)
    return f"{when.day} {when:%B %Y, %H:%M}"


def _ranked(panel: Panel, reader: Person, day: date, ids: Sequence[int]) -> dict[int, Ranked]:
    among = bids_judged_by_others(reader, day).where(Bid.round_id == panel.round_id)
    found = ranking_of(panel.round, among=among, provisional=True)
    rows: list[Any] = list(db.session.execute(found.rows.where(Bid.id.in_(ids))))
    return {ranked.bid.id: ranked for ranked in map(found.read, rows)}


def _judgements(panel: Panel, items: Sequence[PanelItem]) -> dict[int, Judgement]:
    ids = [item.bid_id for item in items]
    criteria, tasks, agreed = criteria_of(panel.round_id), judged(ids), _agreed(ids)
    looked_up = place_marks([item.bid for item in items])
    return {bid_id: Judgement(criteria, tasks[bid_id], agreed[bid_id], looked_up[bid_id]) for bid_id in ids}


def _agreed(ids: Sequence[int]) -> Mapping[int, dict[Place, Moderation]]:
    rows = select(Moderation).where(Moderation.bid_id.in_(ids)).options(joinedload(Moderation.criterion))
    by_bid: dict[int, dict[Place, Moderation]] = {bid_id: {} for bid_id in ids}
    for row in db.session.scalars(rows):
        by_bid[row.bid_id][(row.criterion_id, row.part)] = row
    return by_bid
