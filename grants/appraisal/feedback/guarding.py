"""What the words for one council must not tell: other bids of the round, those who judged, marks, internal words.

The names of a round are read once, for one text or for two thousand letters.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import CompoundSelect, select, union

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
from grants.bids.leaks import Leak, Secret, copied_in, marks_in, names_in
from grants.bids.models import Bid, BidCouncil, Conflict, Project
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

    def leaks(self, words: str) -> list[Leak]:
        found = names_in(words, self.secrets, own=self.own)
        return [*found, *marks_in(words), *copied_in(words, self.internal, _INTERNAL)]

    def doubts(self, words: str) -> list[Leak]:
        """Names that may be ordinary words too."""
        return names_in(words, self.doubtful, own=self.own)


def guard_of(bid: Bid, names: Names | None = None) -> Guard:
    """Four more queries; `names` are those of its round where they have been read already."""
    names = names or names_of(bid.round_id)
    councils = {name for bid_id, *both in names.councils if bid_id == bid.id for name in both}
    titles = db.session.scalars(select(Project.title).where(Project.bid_id == bid.id))
    criteria = db.session.scalars(select(Criterion.name).where(Criterion.round_id == bid.round_id))
    own = [bid.title, bid.reference or "", bid.lead_council.name, bid.round.name, *councils, *titles, *criteria]
    others = [(reference, title) for bid_id, reference, title in names.bids if bid_id != bid.id]
    foreign = {(name, short) for bid_id, name, short in names.councils if bid_id != bid.id and name not in councils}
    plain = [title for _, title in others if len(title.split()) == 1]
    secrets = [
        *(Secret(reference, _BID) for reference, _ in others if reference),
        *(Secret(title, _BID) for _, title in others if len(title.split()) > 1),
        *(Secret(name, _COUNCIL) for name, _ in foreign),
        *(Secret(name, _PERSON) for name in names.people),
    ]
    doubtful = [Secret(title, _BID) for title in plain]
    doubtful += [Secret(short, _COUNCIL) for name, short in foreign if short != name]
    return Guard(_once(secrets), _once(doubtful), own, _internal(bid))


def _once(secrets: Iterable[Secret]) -> list[Secret]:
    return sorted(set(secrets), key=lambda secret: secret.name)


def _internal(bid: Bid) -> list[str]:
    """What was written for the programme alone, by appraisers, in flags, at a panel; agreed reasons may be copied."""
    rows = union(
        select(Score.reason).join(Score.assignment).where(Assignment.bid_id == bid.id),
        select(MarginNote.text).join(MarginNote.assignment).where(Assignment.bid_id == bid.id),
        select(Flag.text).where(Flag.bid_id == bid.id),
        select(Flag.settlement).where(Flag.bid_id == bid.id),
        select(Assignment.decline_reason).where(Assignment.bid_id == bid.id),
        select(Conclusion.kept_because).where(Conclusion.bid_id == bid.id),
        select(PanelItem.decision).where(PanelItem.bid_id == bid.id),
        select(Conflict.reason).where(Conflict.bid_id == bid.id),
    )
    agreed = set(db.session.scalars(select(Moderation.reason).where(Moderation.bid_id == bid.id)))
    return [words for words in db.session.scalars(rows) if words not in agreed]
