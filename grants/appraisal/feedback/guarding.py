"""What the words for one council must not tell: other bids of the round, those who judged, marks, internal words.

The names of a round are read once, for one text or for two thousand letters.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import CompoundSelect, Select, select, union

from grants.appraisal.models import (
    Assignment,
    Conclusion,
    Flag,
    MarginNote,
    Moderation,
    Panel,
    PanelItem,
    PanelSeat,
    Score,
)
from grants.bids.leaks import Leak, Secret, bare, bids_of, copied_in, marks_in, names_in
from grants.bids.models import Bid, BidCouncil, Clarification, ClarifiedAnswer, Conflict, Project
from grants.councils.models import Council
from grants.funds.models import Criterion
from grants.kernel.db import db
from grants.people.models import Person

_BID = "is another bid of the round."
_COUNCIL = "is a council with another bid in the round."
_PERSON = "is one of those who judged."
_INTERNAL = "is word for word what was written for the programme alone."


@dataclass(frozen=True)
class Names:
    """Who and what is named in a round: (bid id, reference, title), (bid id, council, its short name), people."""

    bids: list[tuple[int, str, str]]
    councils: list[tuple[int, str, str]]
    people: list[str]


def names_of(round_id: int) -> Names:
    """Three queries, however many bids."""
    bids = select(Bid.id, Bid.reference, Bid.title).where(Bid.round_id == round_id)
    councils = (
        select(BidCouncil.bid_id, Council.name, Council.short_name)
        .join(Council, Council.id == BidCouncil.council_id)
        .join(Bid, Bid.id == BidCouncil.bid_id)
        .where(Bid.round_id == round_id)
    )
    return Names(
        [(bid_id, reference or "", title) for bid_id, reference, title in db.session.execute(bids)],
        [(bid_id, name, short) for bid_id, name, short in db.session.execute(councils)],
        list(db.session.scalars(select(Person.name).where(Person.id.in_(_judges(round_id))).distinct())),
    )


def _judges(round_id: int) -> CompoundSelect[int]:
    of_round = select(Bid.id).where(Bid.round_id == round_id)
    return union(
        select(Assignment.person_id).where(Assignment.bid_id.in_(of_round)),
        select(Moderation.agreed_by_id).where(Moderation.bid_id.in_(of_round)),
        select(Moderation.second_by_id).where(Moderation.bid_id.in_(of_round), Moderation.second_by_id.is_not(None)),
        select(PanelSeat.person_id).join(Panel, Panel.id == PanelSeat.panel_id).where(Panel.round_id == round_id),
    )


@dataclass(frozen=True)
class Guard:
    """For the texts on one bid: `secrets` may not be named, `doubtful` words are shown to who approves."""

    secrets: list[Secret]
    doubtful: list[Secret]
    own: list[str]
    internal: list[str]
    released: list[str]
    """Of `internal`, what may be copied all the same."""

    def leaks(self, words: str) -> list[Leak]:
        return [
            *names_in(words, self.secrets, own=self.own),
            *bids_of(words, self.doubtful, own=self.own),
            *marks_in(words),
            *copied_in(words, self.internal, _INTERNAL, but=self.released),
        ]

    def doubts(self, words: str) -> list[Leak]:
        """Names that may be ordinary words too."""
        return names_in(words, self.doubtful, own=self.own)


def guard_of(bid: Bid, names: Names | None = None) -> Guard:
    """`names` are those of its round where they have been read already."""
    return guards_of([bid], names)[bid.id]


def guards_of(bids: Sequence[Bid], names: Names | None = None) -> dict[int, Guard]:
    """By bid id, for some bids of one round; as many queries for all of them as for one."""
    round_ = bids[0].round
    names, ids = names or names_of(round_.id), [bid.id for bid in bids]
    criteria = list(db.session.scalars(select(Criterion.name).where(Criterion.round_id == round_.id)))
    titles = _by_bid(select(Project.bid_id, Project.title).where(Project.bid_id.in_(ids)))
    internal, released = _by_bid(_internal(ids)), _by_bid(_released(ids))
    return {
        bid.id: _guard(bid, names, [round_.name, *criteria, *titles[bid.id]], internal[bid.id], released[bid.id])
        for bid in bids
    }


def _by_bid(rows: Select[int, str] | CompoundSelect[int, str]) -> dict[int, list[str]]:
    found = defaultdict[int, list[str]](list)
    for bid_id, words in db.session.execute(rows):
        found[bid_id].append(words)
    return found


def _guard(bid: Bid, names: Names, plain: Sequence[str], internal: list[str], released: list[str]) -> Guard:
    """`plain` are words of the round and the bid that its council knows anyway."""
    councils = {name for bid_id, *both in names.councils if bid_id == bid.id for name in both}
    own = [bare(bid.title), bid.reference or "", bid.lead_council.name, *councils, *plain]
    others = [(reference, bare(title)) for bid_id, reference, title in names.bids if bid_id != bid.id]
    foreign = {(name, short) for bid_id, name, short in names.councils if bid_id != bid.id and name not in councils}
    secrets = [
        *(Secret(reference, _BID) for reference, _ in others if reference),
        *(Secret(title, _BID) for _, title in others if len(title.split()) > 1),
        *(Secret(name, _COUNCIL) for name, _ in foreign),
        *(Secret(name, _PERSON) for name in names.people),
    ]
    doubtful = [Secret(title, _BID) for _, title in others if len(title.split()) == 1]
    doubtful += [Secret(short, _COUNCIL) for name, short in foreign if short != name]
    return Guard(_once(secrets), _once(doubtful), own, internal, released)


def _once(secrets: Iterable[Secret]) -> list[Secret]:
    return sorted(set(secrets), key=lambda secret: secret.name)


def _internal(ids: Collection[int]) -> CompoundSelect[int, str]:
    """(bid id, words) that were written for the programme alone: by appraisers, in flags, at a panel."""
    task, given = Assignment.bid_id, Assignment.bid_id.in_(ids)
    return union(
        select(task, Score.reason).join(Score.assignment).where(given),
        select(task, MarginNote.text).join(MarginNote.assignment).where(given),
        select(Flag.bid_id, Flag.text).where(Flag.bid_id.in_(ids)),
        select(Flag.bid_id, Flag.settlement).where(Flag.bid_id.in_(ids)),
        select(task, Assignment.decline_reason).where(given),
        select(Conclusion.bid_id, Conclusion.kept_because).where(Conclusion.bid_id.in_(ids)),
        select(PanelItem.bid_id, PanelItem.decision).where(PanelItem.bid_id.in_(ids)),
        select(Conflict.bid_id, Conflict.reason).where(Conflict.bid_id.in_(ids)),
    )


def _released(ids: Collection[int]) -> CompoundSelect[int, str]:
    """(bid id, words) that may be copied: what was agreed, and what the council was asked."""
    return union(
        select(Moderation.bid_id, Moderation.reason).where(Moderation.bid_id.in_(ids)),
        select(Clarification.bid_id, ClarifiedAnswer.unclear)
        .join(ClarifiedAnswer.clarification)
        .where(Clarification.bid_id.in_(ids)),
    )
