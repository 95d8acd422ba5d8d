"""What counts of each bid's marks: the database says what fractions say, and a weight is its effect on the total."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from grants.appraisal import queries
from grants.appraisal.arithmetic import shown
from grants.appraisal.models import Assignment, Moderation, Score
from grants.appraisal.parts import parts_of
from grants.appraisal.ranking.totals import ranking
from grants.bids.models import BidStatus
from grants.funds.models import PlaceScore
from grants.kernel.db import Json, db
from grants.people.roles import Role
from tests.appraisal.ranking.rows import (
    agree,
    bare_bid,
    make_round_with_parts,
    mark,
    promise,
    worth,
)
from tests.factories import NOW, make_council, make_person, sign_in
from tests.funds.places.made import make_place_list, put_on

BIDS, PEOPLE, PARTS = 4, 6, 6
MARK = st.integers(0, 5)
TASK = st.tuples(
    st.lists(MARK, min_size=PARTS, max_size=PARTS), st.sampled_from(["in", "in", "in", "out", "gone", "open"])
)
BID = st.tuples(
    st.lists(TASK, max_size=PEOPLE),
    st.dictionaries(st.integers(0, PARTS - 1), MARK),
    st.none() | st.integers(0, 10_000),
)


@pytest.fixture
def round_(session):
    return make_round_with_parts()


def plainly(round_, tasks, agreed, place):
    """The total worked out by hand: nothing that is set aside, ended or not handed in counts."""
    counting = [marks for marks, state in tasks if state == "in"]
    part_marks = []
    for n in range(PARTS):
        if n in agreed:
            part_marks.append(Fraction(agreed[n]))
        elif counting:
            part_marks.append(Fraction(sum(marks[n] for marks in counting), len(counting)))
        else:
            return None
    if place is None:
        return None
    case, delivery, equality = sum(part_marks[:3]) / 3, sum(part_marks[3:5]) / 2, part_marks[5]
    return (40 * Fraction(place, 2000) + 30 * case + 20 * delivery + 10 * equality) / 5


@settings(
    max_examples=8, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(drawn=st.lists(BID, min_size=BIDS, max_size=BIDS))
def test_the_database_the_screens_and_a_plain_sum_agree_on_every_total(round_, drawn):
    world = getattr(round_, "world", None)
    if world is None:
        world = round_.world = ([bare_bid(round_) for _ in range(BIDS)], [make_person() for _ in range(PEOPLE)])
    bids, people = world
    for rows in (Score, Assignment, Moderation, PlaceScore):
        db.session.execute(delete(rows))
    db.session.expire_all()
    listed = round_.criteria[0].place_list_id
    places = [part.place for part in parts_of(round_.criteria)]
    for bid, (tasks, agreed, place) in zip(bids, drawn, strict=True):
        for person, (marks, state) in zip(people, tasks, strict=False):
            mark(
                bid, marks, person, conflicted=state == "out", ended_at=NOW if state == "gone" else None,
                submitted_at=None if state == "open" else NOW,
            )  # fmt: skip
        agree(bid, {places[n]: given for n, given in agreed.items()}, people[0], people[1])
        if place is not None:
            db.session.add(
                PlaceScore(list_id=listed, council=bid.lead_council, printed_name="As printed", hundredths=place)
            )
    db.session.flush()
    totals = {row.bid: row.total for row in ranking(round_)}
    for bid, (tasks, agreed, place) in zip(bids, drawn, strict=True):
        expected = plainly(round_, tasks, agreed, place)
        assert totals[bid] == expected
        assert queries.judgement_of(bid).counted_total == expected
    ranked = [row for row in ranking(round_) if row.total is not None]
    assert [row.total for row in ranked] == sorted((row.total for row in ranked), reverse=True)
    printed = {shown(row.total, row.decimals, row.decimals) for row in ranked}
    assert len(printed) == len({row.total for row in ranked})


@pytest.mark.parametrize(
    ("hundredths", "printed"),
    [
        ([62_50, 60_00], ["61.0", "60.0"]),
        ([62_50, 60_01, 60_01], ["61.00", "60.00", "60.00"]),
        ([62_50, 60_01, 60_00], ["61.000", "60.004", "60.000"]),
        ([65_00, 62_49], ["62.000", "60.996"]),
    ],
)
def test_totals_have_the_decimals_that_tell_them_apart_and_from_the_pass_mark(round_, client, hundredths, printed):
    round_.pass_mark = 61
    for place in hundredths:
        bid = bare_bid(round_)
        mark(bid, [3] * PARTS)
        put_on(round_.criteria[0].place_list, bid.lead_council, place)
    db.session.commit()
    assert [shown(row.total, row.decimals, row.decimals) for row in ranking(round_)] == printed
    sign_in(client, make_person(Role.PROGRAMME_MANAGER))
    for address in (f"/appraisal/{round_.code}/ranking", f"/decisions/{round_.code}"):
        page = client.get(address).text
        assert all(f">{total}<" in page for total in printed)


def test_raising_all_parts_of_a_criterion_from_0_to_5_moves_the_total_by_exactly_its_weight(round_):
    council = make_council()
    put_on(make_place_list(), council, 0)  # of another list: it must not count
    base = bare_bid(round_, council=council)
    mark(base, [0] * PARTS)
    score = _place(round_, council, 0)
    assert _total(round_, base) == 0
    by_criterion = {
        c: [n for n, part in enumerate(parts_of(round_.criteria)) if part.criterion == c] for c in round_.criteria
    }
    for criterion, numbers in by_criterion.items():
        bid = bare_bid(round_, council=council)
        mark(bid, [5 if n in numbers else 0 for n in range(PARTS)])
        score.hundredths = 10_000 if criterion.looked_up else 0
        db.session.flush()
        assert _total(round_, bid) == criterion.weight


def _place(round_, council, hundredths):
    row = PlaceScore(
        list_id=round_.criteria[0].place_list_id, council=council, printed_name=council.name, hundredths=hundredths
    )
    db.session.add(row)
    db.session.flush()
    return row


def _total(round_, bid):
    return next(row.total for row in ranking(round_) if row.bid is bid)


def test_a_score_set_aside_changes_its_own_bid_alone_and_is_kept(round_):
    bids = [bare_bid(round_) for _ in range(3)]
    tasks = []
    for n, bid in enumerate(bids):
        _place(round_, bid.lead_council, 5_000)
        mark(bid, [3] * PARTS)
        tasks.append(mark(bid, [n] * PARTS))
    before = {row.bid: row.total for row in ranking(round_)}
    tasks[1].conflicted = True
    db.session.flush()
    after = {row.bid: row.total for row in ranking(round_)}
    assert {bid for bid in bids if before[bid] != after[bid]} == {bids[1]}
    assert after[bids[1]] == 20 + 60 * Fraction(3, 5)
    assert [score.mark for score in tasks[1].scores] == [1] * PARTS


def test_a_bid_without_a_place_score_has_no_total_and_is_named(round_):
    bid = bare_bid(round_, council=make_council("Newshire Council"))
    mark(bid, [5] * PARTS)
    (row,) = ranking(round_)
    assert (row.total, row.rank) == (None, None)
    assert row.waits_for == "No place score for Newshire Council: Place"


def test_the_critical_mark_is_the_rounds_own_and_is_met_by_a_mean_of_exactly_that(round_):
    round_.critical_mark = 3
    good, bad = bare_bid(round_), bare_bid(round_)
    for bid in (good, bad):
        _place(round_, bid.lead_council, 10_000)
    mark(good, [1, 4, 4, 5, 5, 5])
    mark(bad, [1, 4, 3, 5, 5, 5])
    found = {row.bid: row for row in ranking(round_)}
    assert [(found[bid].weak, found[bid].recommended) for bid in (good, bad)] == [(0, True), (1, False)]
    assert found[bad].marks[round_.criteria[1].id] == Fraction(8, 3)


def test_each_tie_is_broken_by_the_next_thing_that_differs_and_says_by_what(round_):
    round_.milestones = Json({"names": ["Works start", "Land released"]})
    known = [  # ratio in millionths, homes, day of release: in the order they must stand
        (2_000_000, 10, date(2027, 9, 1)),
        (1_500_000, 50, date(2027, 9, 1)),
        (1_500_000, 40, date(2027, 6, 1)),
        (1_500_000, 40, date(2027, 9, 1)),
        (1_500_000, 40, None),
        (None, 90, date(2027, 1, 1)),
    ]
    bids = []
    for ratio, homes, released in reversed(known):
        bid = bare_bid(round_, pence=400_000_00)
        _place(round_, bid.lead_council, 6_000)
        mark(bid, [3] * PARTS)
        if ratio is not None:
            worth(bid, 9_000_000)
            worth(bid, ratio, number=2)
        promise(bid, homes=homes, released=released)
        bids.insert(0, bid)
    found = ranking(round_)
    assert [row.bid for row in found] == bids
    assert [row.rank for row in found] == [1, 2, 3, 4, 5, 6]
    assert [row.tie_broken_by for row in found] == [
        "",
        "benefits to costs, 1.500 against 2.000",
        "cost per home, £10,000 against £8,000",
        "day of release, 1 September 2027 against 1 June 2027",
        "day of release, no day given against 1 September 2027",
        "benefits to costs, not worked out against 1.500",
    ]


def test_a_bid_in_appraisal_shows_no_mark_to_anyone(round_):
    bid = bare_bid(round_, status=BidStatus.APPRAISAL)
    _place(round_, bid.lead_council, 6_000)
    mark(bid, [4] * PARTS)
    (row,) = ranking(round_)
    assert (row.total, row.rank, set(row.marks.values())) == (None, None, {None})
