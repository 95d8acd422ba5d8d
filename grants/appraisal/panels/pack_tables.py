"""The tables of a meeting's papers: decisions once there are some, the agenda in its ranking, who stands back, spread,
heat map, flags. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from grants.appraisal.arithmetic import places_of, shown
from grants.appraisal.judgement import Judgement
from grants.appraisal.models import Flag, PanelItem, PanelSeat
from grants.appraisal.panels.queries import Tie
from grants.appraisal.parts import Part
from grants.appraisal.ranking.totals import Ranked
from grants.bids.models import Bid, BidStatus
from grants.funds.models import Criterion
from grants.kernel.money import pounds
from grants.people.models import Person

BIDS_ACROSS = 6
"""Bids side by side in one heat map: as many as a landscape page holds in a size that can be read."""
BAND = 20
"""Points of each of the five shades."""
WAITS = "Not scored by all"


@dataclass(frozen=True)
class Cell:
    """`shade` is 0 (light) to 4 (dark): never without its figure, so that it tells nothing that words do not."""

    words: str
    shade: int | None = None


@dataclass(frozen=True)
class Heading:
    label: str
    number: bool = False


@dataclass(frozen=True)
class Table:
    """`rows` have a cell for each heading, the first of which names the row; none at all is said in `otherwise`."""

    caption: str
    headings: list[Heading]
    rows: list[list[Cell]]
    otherwise: str
    intro: str = ""
    widths: list[int] = field(default_factory=list)
    """Of each column, in hundredths of the line."""


@dataclass(frozen=True)
class Papers:
    """All that the tables are made of, by bid id; only of items that their reader may see."""

    items: Sequence[PanelItem]
    criteria: Sequence[Criterion]
    ranked: Mapping[int, Ranked]
    judgements: Mapping[int, Judgement]
    flags: Mapping[int, list[Flag]]
    ties: Mapping[tuple[int, int], Tie]
    seats: Sequence[PanelSeat]
    corrected: Mapping[int, list[str]]
    """What was noted beside closed minutes, by item id."""

    def shows_marks(self, bid: Bid) -> bool:
        """Nobody reads a mark before all have submitted."""
        return self.judgements[bid.id].ready or bid.status is not BidStatus.APPRAISAL


def tables(papers: Papers) -> list[Table]:
    return [
        *_decisions(papers),
        _ranking(papers),
        _standing_back(papers),
        _spread(papers),
        *_heat_maps(papers),
        _flags(papers),
    ]


# --- Decisions


def _decisions(papers: Papers) -> list[Table]:
    """None before the meeting has made any."""
    rows = [
        _cells(item.bid.reference, "\n".join([item.decision, *papers.corrected[item.id]]))
        for item in papers.items
        if item.decision
    ]
    headings = [Heading("Bid"), Heading("What was decided")]
    return [Table("Decisions", headings, rows, "", widths=[15, 85])] if rows else []


# --- The agenda in its ranking


def _ranking(papers: Papers) -> Table:
    headings = [
        Heading("Bid"), Heading("Title"), Heading("Lead council"), Heading("Total", True), Heading("Rank", True),
        Heading("Asks", True), Heading("So far", True), Heading("Standing"),
    ]  # fmt: skip
    intro = (
        "In the order of the agenda. Totals and ranks are those of the ranking once every bid that is fully scored is"
        " moderated as it stands. “So far” adds up what its recommended bids ask for, all years together."
    )
    rows = [_ranking_row(item, papers.ranked.get(item.bid_id)) for item in papers.items]
    return Table("Ranking", headings, rows, "No bids are on the agenda.", intro, [12, 20, 17, 7, 6, 11, 13, 14])


def _ranking_row(item: PanelItem, ranked: Ranked | None) -> list[Cell]:
    bid = item.bid
    named = [bid.reference, bid.title, bid.lead_council.name]
    if ranked is None or ranked.total is None:
        asked = pounds(ranked.asked) if ranked else ""
        return _cells(*named, "", "", asked, "", WAITS if bid.status is BidStatus.APPRAISAL else "No total")
    so_far = pounds(sum(ranked.so_far.values())) if ranked.recommended else ""
    waits = ", not moderated" if bid.status is BidStatus.APPRAISAL else ""
    figures = (shown(ranked.total, ranked.decimals, ranked.decimals), str(ranked.rank), pounds(ranked.asked), so_far)
    return _cells(*named, *figures, f"{ranked.standing}{waits}")


# --- Who stands back


def _standing_back(papers: Papers) -> Table:
    rows = []
    for item in papers.items:
        away = {stood.person_id for stood in item.stood_back}
        names = [seat.person.name for seat in papers.seats if _must_go(papers, seat, item) or seat.person_id in away]
        names += [stood.person.name for stood in item.stood_back if stood.person.name not in names]
        if names:
            rows.append(_cells(item.bid.reference, ", ".join(names)))
    headings = [Heading("Bid"), Heading("Stands back for this bid")]
    return Table("Conflicts of interest", headings, rows, "Nobody has to stand back.", widths=[15, 85])


def _must_go(papers: Papers, seat: PanelSeat, item: PanelItem) -> bool:
    tie = papers.ties.get((seat.person_id, item.bid_id))
    return bool(tie and tie.must_go)


# --- Spread


def _spread(papers: Papers) -> Table:
    headings = [
        Heading("Bid"), Heading("Criterion"), Heading("Number of marks", True), Heading("Lowest", True),
        Heading("Highest", True), Heading("Range", True), Heading("Standard deviation", True), Heading("Mean", True),
        Heading("Agreed", True), Heading("To talk through"),
    ]  # fmt: skip
    intro = "A range of 2 or more, or a standard deviation above 1, is to be talked through."
    rows = list(_spread_rows(papers))
    return Table("Spread", headings, rows, "No bid is scored by all yet.", intro, [12, 26, 7, 8, 8, 7, 9, 7, 7, 9])


def _spread_rows(papers: Papers) -> Iterator[list[Cell]]:
    for item in papers.items:
        judgement = papers.judgements[item.bid_id]
        if papers.shows_marks(item.bid):
            for part in judgement.parts:
                yield _spread_row(item.bid, judgement, part)


def _spread_row(bid: Bid, judgement: Judgement, part: Part) -> list[Cell]:
    found, given = judgement.spread(part.criterion, part.number), judgement.given(part.place)
    mean, settled = judgement.mean(part.place), judgement.settled(part.place)
    figures = [""] * 4
    if found:
        figures = [str(found.low), str(found.high), str(found.range), str(found.deviation)]
    elif given:
        figures[:2] = [str(given[0])] * 2
    return _cells(
        bid.reference,
        part.title,
        str(len(given)),
        *figures,
        "" if mean is None else shown(mean, 2),
        "" if settled is None else str(settled),
        "Yes" if found and found.flags else "No",
    )


# --- Heat map


def _heat_maps(papers: Papers) -> list[Table]:
    """Appraisers down, bids across; a long agenda takes several, one below the other."""
    bids = [item.bid for item in papers.items if papers.shows_marks(item.bid)]
    across = [bids[start : start + BIDS_ACROSS] for start in range(0, len(bids), BIDS_ACROSS)]
    return [_heat_map(papers, some, number, len(across)) for number, some in enumerate(across or [[]], start=1)]


def _heat_map(papers: Papers, bids: Sequence[Bid], number: int, of: int) -> Table:
    caption = "Heat map" if of == 1 else f"Heat map, {number} of {of}"
    totals = {(person.id, bid.id): total for bid in bids for person, total in _totals(papers.judgements[bid.id])}
    people = _people(papers.judgements[bid.id] for bid in bids)
    places = places_of(totals.values())
    rows = [[Cell(person.name), *(_heat(totals.get((person.id, bid.id)), places) for bid in bids)] for person in people]
    intro = "Each appraiser’s total out of 100. The darker, the higher: a shade for each 20 points."
    headings = [Heading("Appraiser"), *(Heading(bid.reference or "", True) for bid in bids)]
    widths = [22, *[78 // BIDS_ACROSS] * len(bids)]
    return Table(caption, headings, rows, "No bid is scored by all yet.", intro, widths)


def _people(judgements: Iterable[Judgement]) -> list[Person]:
    """Those with a score that counts, by name."""
    people = {task.person_id: task.person for judgement in judgements for task in judgement.counting}
    return sorted(people.values(), key=lambda person: (person.name, person.id))


def _totals(judgement: Judgement) -> Iterator[tuple[Person, Fraction]]:
    for task in judgement.counting:
        total = judgement.total(task)
        if total is not None:
            yield task.person, total


def _heat(total: Fraction | None, places: int) -> Cell:
    return Cell("") if total is None else Cell(shown(total, places, places), shade=min(4, int(total // BAND)))


# --- Flags


def _flags(papers: Papers) -> Table:
    rows = [
        _cells(
            item.bid.reference,
            flag.kind.value.capitalize(),
            flag.criterion.name if flag.criterion else "The bid as a whole",
            flag.text,
        )
        for item in papers.items
        for flag in papers.flags[item.bid_id]
    ]
    headings = [Heading("Bid"), Heading("Flag"), Heading("About"), Heading("What was found")]
    return Table("Open flags", headings, rows, "Nothing is flagged.", widths=[12, 11, 22, 55])


def _cells(*words: str | None) -> list[Cell]:
    """A bid that was handed in has a reference; only its type does not say so."""
    return [Cell(word or "") for word in words]
