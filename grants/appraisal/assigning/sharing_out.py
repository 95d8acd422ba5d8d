"""Bids shared out among appraisers: pure arithmetic over ids, the same for the same input.

What is asked, in this order: as many places filled as can be, and where not all can, those of the bids that have the
fewest people; loads as equal as can be; skills and regions that fit; other company on each bid. What is already given
is never moved: only new places are dealt. Sets of people are kept as the bits of a number, so that two thousand bids
and a hundred people are seen through in a moment.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

NO_LIMIT = 1_000_000


@dataclass(frozen=True)
class Wanting:
    """A bid that wants `wants` people more. `fits` names all who are open to it, with how well each suits it."""

    bid: int
    wants: int
    fits: Mapping[int, int]
    has: int = 0
    """People who have it already; they are not in `fits`."""


@dataclass(frozen=True)
class Hand:
    """An appraiser: the bids held already, and the most that he or she takes on, where there is a limit."""

    person: int
    load: int = 0
    most: int | None = None


@dataclass(frozen=True)
class Shares:
    """`given` has the new people of each bid, `short` how many it still lacks, where it lacks any."""

    given: dict[int, tuple[int, ...]]
    short: dict[int, int]


Progress = Callable[[int, int], None]
_Step = tuple[int, int, int]
"""(from person, bid, to person), as places in the deal's own lists."""


def share_out(bids: Sequence[Wanting], hands: Sequence[Hand], progress: Progress = lambda done, steps: None) -> Shares:
    """Every bid gets `wants` different people out of `fits`, as far as there are any with room."""
    deal = _Deal(sorted(bids, key=lambda bid: bid.bid), sorted(hands, key=lambda hand: hand.person))
    deal.serve(progress)
    deal.even_out()
    deal.suit()
    return deal.shares()


class _Deal:
    def __init__(self, bids: Sequence[Wanting], hands: Sequence[Hand]) -> None:
        self.bids, self.hands = bids, hands
        place = {hand.person: n for n, hand in enumerate(hands)}
        self.fit = [{place[p]: fit for p, fit in bid.fits.items() if p in place} for bid in bids]
        self.open = [sum(1 << n for n in fit) for fit in self.fit]
        self.given = [0] * len(bids)
        self.load = [hand.load for hand in hands]
        self.most = [NO_LIMIT if hand.most is None else hand.most for hand in hands]
        self.holds: list[set[int]] = [set() for _ in hands]
        self.met = [[0] * len(hands) for _ in hands]

    # --- One place

    def give(self, bid: int, to: int) -> None:
        for other in _bits(self.given[bid]):
            self.met[other][to] += 1
            self.met[to][other] += 1
        self.given[bid] |= 1 << to
        self.holds[to].add(bid)
        self.load[to] += 1

    def take(self, bid: int, of: int) -> None:
        self.given[bid] &= ~(1 << of)
        self.holds[of].remove(bid)
        self.load[of] -= 1
        for other in _bits(self.given[bid]):
            self.met[other][of] -= 1
            self.met[of][other] -= 1

    def free(self, bid: int) -> int:
        """Who is open to the bid and has not been given it."""
        return self.open[bid] & ~self.given[bid]

    # --- First: as many places as can be filled

    def serve(self, progress: Progress) -> None:
        """One place each to the bids that have fewest, again and again; a place once filled stays filled."""
        wanted = sum(bid.wants for bid in self.bids)
        filled, level = 0, self._level(wanted)
        order = sorted(range(len(self.bids)), key=lambda b: (self.open[b].bit_count(), b))
        lacks = [bid.wants for bid in self.bids]
        for least in range(1 + max((bid.has + bid.wants for bid in self.bids), default=0)):
            for b in order:
                if lacks[b] and self.bids[b].has + self.given[b].bit_count() <= least and self._one_more(b, level):
                    lacks[b] -= 1
                    filled += 1
                    if filled % 100 == 0:
                        progress(filled, wanted)
        progress(wanted, wanted)

    def _level(self, wanted: int) -> int:
        """Up to this load people are chosen for what they know: the mean of the end, rounded up."""
        if not self.hands:
            return 0
        return -(-(sum(self.load) + wanted) // len(self.hands))

    def _one_more(self, bid: int, level: int) -> bool:
        with_room = self._with_room()
        if ready := self.free(bid) & with_room:
            self.give(bid, min(_bits(ready), key=lambda p: self._rank(bid, p, level)))
            return True
        path = self._path(self.free(bid), with_room)
        if path is None:
            return False
        first = path[0][0]
        self._pass_along(path)
        self.give(bid, first)
        return True

    def _rank(self, bid: int, person: int, level: int) -> tuple[int, int, int, int, int]:
        over = max(0, self.load[person] - level + 1)
        met = sum(self.met[person][other] for other in _bits(self.given[bid]))
        return over, -self.fit[bid][person], self.load[person], met, person

    def _with_room(self) -> int:
        return sum(1 << p for p, load in enumerate(self.load) if load < self.most[p])

    # --- Places passed along from one to the next

    def _path(self, starts: int, ends: int) -> list[_Step] | None:
        """The shortest way from one of `starts` to one of `ends` on which each passes one place on to the next."""
        came: dict[int, int] = {}
        seen, edge = starts, list(_bits(starts))
        while edge:
            further = []
            for person in edge:
                reach = 0
                for bid in self.holds[person]:
                    reach |= self.free(bid)
                for other in _bits(reach & ~seen):
                    came[other] = person
                    if ends >> other & 1:
                        return self._steps(came, other)
                    further.append(other)
                seen |= reach
            edge = further
        return None

    def _steps(self, came: Mapping[int, int], end: int) -> list[_Step]:
        steps: list[_Step] = []
        while end in came:
            start = came[end]
            steps.append((start, self._best_to_pass(start, end), end))
            end = start
        return steps[::-1]

    def _best_to_pass(self, start: int, end: int) -> int:
        """The bid that suits `end` best in place of `start`."""
        passable = (bid for bid in self.holds[start] if self.free(bid) >> end & 1)
        return min(passable, key=lambda bid: (self.fit[bid][start] - self.fit[bid][end], bid))

    def _pass_along(self, steps: Sequence[_Step]) -> None:
        for start, bid, end in steps:
            self.take(bid, start)
            self.give(bid, end)

    # --- Second: loads within one where it can be

    def even_out(self) -> None:
        """Pass places along from anybody to anybody who has two fewer, until there is no such way left.

        Then no other deal of the same places is more even: the sum of the squares of the loads is the least there is.
        Whoever can be reached from the highest loads has nearly as many, so that lower ones never touch them again.
        """
        for high in range(max(self.load, default=0), 1, -1):
            while path := self._downwards(high):
                self._pass_along(path)

    def _downwards(self, high: int) -> list[_Step] | None:
        ends = sum(1 << p for p, load in enumerate(self.load) if load <= high - 2 and load < self.most[p])
        starts = sum(1 << p for p, load in enumerate(self.load) if load == high and self.holds[p])
        return self._path(starts, ends) if starts and ends else None

    # --- Third: what people know, without changing what each has to do

    def suit(self) -> None:
        """Two people exchange a place each where that suits the bids better."""
        best: list[dict[int, tuple[int, int] | None]] = [{} for _ in self.hands]
        for person in range(len(self.hands)):
            for bid in sorted(self.holds[person]):
                self._exchange(person, bid, best)

    def _exchange(self, person: int, bid: int, best: list[dict[int, tuple[int, int] | None]]) -> None:
        fit = self.fit[bid]
        better = [other for other in _bits(self.free(bid)) if fit[other] > fit[person]]
        for other in sorted(better, key=lambda p: (-fit[p], p)):
            if person not in best[other]:
                best[other][person] = self._best_back(other, person)
            back = best[other][person]
            if back and fit[other] - fit[person] + back[1] > 0:
                self._pass_along([(person, bid, other), (other, back[0], person)])
                for known in best:
                    known.pop(person, None)
                    known.pop(other, None)
                best[person].clear()
                best[other].clear()
                return

    def _best_back(self, start: int, end: int) -> tuple[int, int] | None:
        """(bid, gain) of the place that `start` best gives to `end`; the gain may be a loss."""
        gains = [
            (self.fit[bid][end] - self.fit[bid][start], -bid) for bid in self.holds[start] if self.free(bid) >> end & 1
        ]
        if not gains:
            return None
        gain, bid = max(gains)
        return -bid, gain

    def shares(self) -> Shares:
        given = {
            bid.bid: tuple(self.hands[p].person for p in _bits(mask))
            for bid, mask in zip(self.bids, self.given, strict=True)
        }
        lacks = {bid.bid: bid.wants - len(given[bid.bid]) for bid in self.bids}
        return Shares(given, {bid: lack for bid, lack in lacks.items() if lack > 0})


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
