"""What holds for any round: a weight is its effect, equal totals have one order, and what is set aside touches nothing.

Tried in the database and in fractions, whose agreement on drawn marks test_counted.py has.
"""

from datetime import date
from fractions import Fraction
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from grants.appraisal import queries
from grants.appraisal.models import Assignment, Score
from grants.appraisal.parts import parts_of
from grants.appraisal.ranking.totals import ranking
from grants.bids.models import OutcomeLine, PlannedMilestone
from grants.kernel.db import Json, db
from tests.appraisal.ranking.rows import bare_bid, make_round_with_parts, mark, promise, worth
from tests.factories import make_appraised_round, make_person
from tests.funds.places.made import put_on

FEW = settings(
    max_examples=8, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
MARK = st.integers(0, 5)
PARTS = 6


def totals(round_):
    """By bid; what the pages of one bid say is the same."""
    found = {row.bid: row.total for row in ranking(round_)}
    assert found == {bid: queries.judgement_of(bid).counted_total for bid in found}
    return found


# --- Weights


@st.composite
def weights(draw):
    """Weights of four criteria that make 100, and into how many parts the last three are divided."""
    cuts = sorted(draw(st.lists(st.integers(1, 99), min_size=3, max_size=3, unique=True)))
    return [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)], draw(
        st.lists(st.integers(1, 4), min_size=3, max_size=3)
    )


@pytest.fixture
def four(session):
    """A round of four criteria, the first looked up, with a bid for each of the others, all of one council."""
    round_ = make_round_with_parts()
    first = bare_bid(round_)
    put_on(round_.criteria[0].place_list, first.lead_council, 5_000)
    return round_, [first, *(bare_bid(round_, council=first.lead_council) for _ in range(3))], make_person()


@FEW
@given(drawn=weights(), data=st.data())
def test_a_criterion_raised_in_all_its_parts_moves_the_total_by_its_weight_however_it_is_divided(four, drawn, data):
    round_, (base, *raised), person = four
    for rows in (Score, Assignment):
        db.session.execute(delete(rows))
    db.session.expire_all()
    place, *criteria = round_.criteria
    by_criterion, divided = drawn
    for criterion, weight in zip((place, *criteria), by_criterion, strict=True):
        criterion.weight = weight
    for criterion, number in zip(criteria, divided, strict=True):
        criterion.parts = Json({str(n): f"Part {n}" for n in range(1, number + 1)} if number > 1 else {})
    db.session.flush()
    lows = {criterion: data.draw(MARK) for criterion in criteria}
    highs = {criterion: data.draw(MARK) for criterion in criteria}
    parts = parts_of(round_.criteria)
    mark(base, [lows[part.criterion] for part in parts], person)
    for bid, criterion in zip(raised, criteria, strict=True):
        mark(bid, [(highs if part.criterion is criterion else lows)[part.criterion] for part in parts], person)
    found = totals(round_)
    assert found[base] == Fraction(place.weight, 2) + sum(Fraction(c.weight * lows[c], 5) for c in criteria)
    for bid, criterion in zip(raised, criteria, strict=True):
        assert found[bid] - found[base] == Fraction(criterion.weight * (highs[criterion] - lows[criterion]), 5)


# --- Ties

DAYS = (date(2027, 6, 1), date(2027, 9, 1))
BIDS = 7
TIED = st.tuples(
    st.sampled_from([3, 3, 3, 2]), st.sampled_from([None, 1_500_000, 2_000_000]), st.sampled_from([0, 40, 50]),
    st.sampled_from([None, *DAYS]),
)  # fmt: skip


@pytest.fixture
def alike(session):
    """Bids that ask for the same, marked by one person; the later made, the earlier its reference."""
    round_, person = make_appraised_round(milestones=Json({"names": ["Land released"]})), make_person()
    bids = [bare_bid(round_, pence=400_000_00) for _ in range(BIDS)]
    for number, bid in enumerate(bids):
        bid.reference = f"TIED-{BIDS - number}"
        mark(bid, [0] * 3, person)
    return round_, bids, count(1)


@FEW
@given(drawn=st.lists(TIED, min_size=BIDS, max_size=BIDS))
def test_equal_totals_have_one_order_that_the_next_thing_known_decides(alike, drawn):
    round_, bids, numbers = alike
    for rows in (OutcomeLine, PlannedMilestone):
        db.session.execute(delete(rows))
    db.session.expire_all()
    number = next(numbers)  # a valuation is only ever added to: the latest decides
    for bid, (given_mark, ratio, homes, released) in zip(bids, drawn, strict=True):
        for score in db.session.scalars(select(Score).join(Score.assignment).where(Assignment.bid_id == bid.id)):
            score.mark = given_mark
        worth(bid, ratio, number=number)
        if homes:
            promise(bid, homes=homes, released=released)
        elif released:
            db.session.add(PlannedMilestone(project=bid.projects[0], name="Land released", due_on=released, position=1))
    db.session.flush()

    def key(numbered):
        bid, (given_mark, ratio, homes, released) = numbered
        cost = Fraction(400_000_00, homes) if homes else None
        known = [(value is None, value or 0) for value in (-ratio if ratio else None, cost)]
        return -given_mark, *known, (released is None, released or date.max), bid.reference

    expected = [bid for bid, _ in sorted(zip(bids, drawn, strict=True), key=key)]
    found = ranking(round_)
    assert [row.bid for row in found] == expected
    assert [row.rank for row in found] == [*range(1, BIDS + 1)]
    assert [row.bid for row in ranking(round_)] == expected
    above = [None, *(row.total for row in found)]
    assert [bool(row.tie_broken_by) for row in found] == [row.total == t for row, t in zip(found, above, strict=False)]


# --- Scores set aside

TASKS = st.lists(
    st.tuples(st.lists(MARK, min_size=PARTS, max_size=PARTS), st.booleans()), min_size=1, max_size=3
)  # marks, and whether they are set aside later


@pytest.fixture
def judged(session):
    round_ = make_round_with_parts()
    bids = [bare_bid(round_) for _ in range(4)]
    for bid in bids:
        put_on(round_.criteria[0].place_list, bid.lead_council, 5_000)
    return round_, bids, [make_person() for _ in range(3)]


@FEW
@given(drawn=st.lists(TASKS, min_size=4, max_size=4))
def test_what_is_set_aside_never_counts_moves_no_other_bid_and_is_kept(judged, drawn):
    round_, bids, people = judged
    for rows in (Score, Assignment):
        db.session.execute(delete(rows))
    db.session.expire_all()
    tasks = {
        bid: [(mark(bid, marks, person), aside) for person, (marks, aside) in zip(people, given_to, strict=False)]
        for bid, given_to in zip(bids, drawn, strict=True)
    }
    before, kept = totals(round_), every_mark()
    for bid in bids:
        for task, aside in tasks[bid]:
            task.conflicted = aside
        db.session.flush()
        after = totals(round_)
        assert {other for other in bids if after[other] != before[other]} <= {bid}
        assert after[bid] == from_marks([marks for marks, aside in drawn[bids.index(bid)] if not aside])
        for task, _ in tasks[bid]:
            task.conflicted = False
        db.session.flush()
    assert totals(round_) == before
    assert every_mark() == kept


def every_mark():
    return set(db.session.execute(select(Score.assignment_id, Score.criterion_id, Score.part, Score.mark)).all())


def from_marks(given_marks):
    """Place 40 at half its marks, then 30 in three parts, 20 in two and 10; None where nobody's marks are left."""
    if not given_marks:
        return None
    means = [Fraction(sum(marks[n] for marks in given_marks), len(given_marks)) for n in range(PARTS)]
    return 20 + (30 * sum(means[:3]) / 3 + 20 * sum(means[3:5]) / 2 + 10 * means[5]) / 5
