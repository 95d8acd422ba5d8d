"""Sharing out: every bid its people, nobody who is closed to it, loads as equal as they can be, nothing moved."""

from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from grants.appraisal.assigning.sharing_out import Hand, Wanting, share_out

PEOPLE = (1, 2, 3, 4)


@st.composite
def rooms(draw):
    """Up to five bids and four people, some of them closed, some with a limit, some with a load already."""
    hands = [
        Hand(p, load=draw(st.integers(0, 2)), most=draw(st.none() | st.integers(0, 5))) for p in PEOPLE[: draw(FEW)]
    ]
    known = [hand.person for hand in hands]
    bids = [
        Wanting(
            number,
            wants=draw(st.integers(0, 3)),
            fits={p: draw(st.integers(0, 3)) for p in known if draw(st.integers(0, 3))},
            has=draw(st.integers(0, 2)),
        )
        for number in range(draw(st.integers(0, 5)))
    ]
    return bids, hands


FEW = st.integers(1, 4)


def loads_after(hands, places):
    return {hand.person: hand.load + sum(hand.person in people for people in places.values()) for hand in hands}


def squares(loads):
    return sum(load * load for load in loads.values())


def every_deal(bids, hands, filled):
    """All ways to give each bid as many people as `filled` says; the slow and sure measure of what is best."""
    ways = [list(combinations(sorted(bid.fits), filled(bid))) for bid in bids]
    for chosen in product(*ways):
        places = dict(zip((bid.bid for bid in bids), chosen, strict=True))
        loads = loads_after(hands, places)
        if all(hand.most is None or loads[hand.person] <= max(hand.most, hand.load) for hand in hands):
            yield places, loads


def room_for(bids, hands):
    """How many places can be filled at all, by the plainest search for one more way."""
    left = {hand.person: max(0, hand.most - hand.load) if hand.most is not None else 99 for hand in hands}
    taken = {person: [] for person in left}

    def placed(bid, seen):
        for person in bid.fits:
            if person in seen or bid.bid in {other.bid for other in taken[person]}:
                continue
            seen.add(person)
            if len(taken[person]) < left[person]:
                taken[person].append(bid)
                return True
            for other in list(taken[person]):
                if placed(other, seen):
                    taken[person].remove(other)
                    taken[person].append(bid)
                    return True
        return False

    return sum(placed(bid, set()) for bid in bids for _ in range(bid.wants))


@settings(max_examples=150)
@given(rooms())
def test_no_bid_goes_short_that_need_not_and_nobody_gets_what_is_closed_to_them(room):
    bids, hands = room
    shares = share_out(bids, hands)
    for bid in bids:
        people = shares.given[bid.bid]
        assert len(set(people)) == len(people)
        assert set(people) <= set(bid.fits)
        assert len(people) + shares.short.get(bid.bid, 0) == bid.wants
    loads = loads_after(hands, shares.given)
    for hand in hands:
        assert hand.most is None or loads[hand.person] <= max(hand.most, hand.load)
    assert sum(map(len, shares.given.values())) >= room_for(bids, hands)
    assert shares == share_out(bids[::-1], hands[::-1])


@settings(max_examples=100)
@given(rooms())
def test_no_other_deal_of_the_same_places_is_more_even(room):
    bids, hands = room
    shares = share_out(bids, hands)
    loads = loads_after(hands, shares.given)
    deals = every_deal(bids, hands, lambda bid: len(shares.given[bid.bid]))
    others = [other for _, other in deals]
    assert squares(loads) == min(map(squares, others))
    if any(max(other.values()) - min(other.values()) <= 1 for other in others):
        assert max(loads.values()) - min(loads.values()) <= 1


@settings(max_examples=100)
@given(rooms(), st.sampled_from(PEOPLE))
def test_when_one_drops_out_only_his_or_her_bids_move(room, leaver):
    bids, hands = room
    before = share_out(bids, hands).given
    loads = loads_after(hands, before)
    stay = [Hand(hand.person, loads[hand.person], hand.most) for hand in hands if hand.person != leaver]
    left = [
        Wanting(bid.bid, 1, {p: fit for p, fit in bid.fits.items() if p not in before[bid.bid]}, bid.wants - 1)
        for bid in bids
        if leaver in before[bid.bid]
    ]
    after = share_out(left, stay)
    assert set(after.given) == {bid for bid, people in before.items() if leaver in people}
    for bid, people in after.given.items():
        assert leaver not in people
        assert not set(people) & set(before[bid])


def test_with_too_few_people_each_bid_has_one_before_any_has_two():
    bids = [Wanting(n, 3, {1: 0, 2: 0, 3: 0}) for n in range(6)]
    shares = share_out(bids, [Hand(p, most=2) for p in (1, 2, 3)])
    assert [len(people) for people in shares.given.values()] == [1] * 6
    assert shares.short == dict.fromkeys(range(6), 2)


def test_a_bid_that_few_are_open_to_gets_them_though_others_were_dealt_first():
    bids = [Wanting(1, 1, {1: 3, 2: 0}), Wanting(2, 1, {1: 0}), Wanting(3, 1, {1: 3, 2: 0})]
    shares = share_out(bids, [Hand(1, most=1), Hand(2)])
    assert shares.given == {1: (2,), 2: (1,), 3: (2,)}


def test_people_get_what_they_know_and_as_much_as_the_others():
    bids = [Wanting(n, 1, {1: 3 * (n % 2), 2: 3 * ((n + 1) % 2)}) for n in range(10)]
    shares = share_out(bids, [Hand(1), Hand(2)])
    assert all(shares.given[n] == ((1,) if n % 2 else (2,)) for n in range(10))
    bids = [Wanting(n, 1, {1: 3, 2: 0}) for n in range(10)]
    assert sorted(loads_after([Hand(1), Hand(2)], share_out(bids, [Hand(1), Hand(2)]).given).values()) == [5, 5]


def test_the_same_people_do_not_always_meet():
    bids = [Wanting(n, 2, dict.fromkeys(PEOPLE, 0)) for n in range(6)]
    assert len(set(share_out(bids, [Hand(p) for p in PEOPLE]).given.values())) >= 4


def test_a_round_of_two_thousand_bids_is_shared_out_evenly_and_says_how_far_it_is():
    told = []
    bids = [Wanting(n, 3, {p: int(p % 9 == n % 9) for p in range(100) if (p + n) % 7}) for n in range(2_000)]
    shares = share_out(bids, [Hand(p) for p in range(100)], lambda done, steps: told.append((done, steps)))
    assert not shares.short
    assert set(loads_after([Hand(p) for p in range(100)], shares.given).values()) == {60}
    assert told[-1] == (6_000, 6_000)
    assert told == sorted(told)
