"""The worked figures of F13 and F14, and what must hold for any others."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from grants.appraisal.consistency import Closeness, Leniency, Pairs, Sample
from grants.kernel.rounding import half_up

STRICT, LENIENT = Sample.of([40, 50, 60]), Sample.of([60, 70, 80])
PANEL = STRICT + LENIENT
marks = st.integers(0, 5)


def test_the_worked_example_of_leniency():
    assert PANEL.mean == 60
    assert half_up(PANEL.deviation, 4) == Decimal("14.1421")
    lenient, strict = Leniency(LENIENT, PANEL), Leniency(STRICT, PANEL)
    assert half_up(lenient.check_value(Fraction(80)), 2) == Decimal("74.14")
    assert half_up(strict.check_value(Fraction(60)), 2) == Decimal("74.14")
    assert (lenient.gap, strict.gap) == (10, -10)
    assert lenient.flagged
    assert strict.flagged


def test_a_gap_of_a_hair_under_ten_is_not_flagged():
    own = Sample.of([60, 70, Fraction(7999, 100)])
    assert not Leniency(own, Sample(6, Fraction(360), Fraction(22600))).flagged


def test_two_scores_tell_nothing_and_three_equal_ones_no_check_value():
    two = Leniency(Sample.of([90, 95]), PANEL)
    assert (two.gap, two.flagged, two.check_value(Fraction(90))) == (None, False, None)
    alike = Leniency(Sample.of([75, 75, 75]), PANEL)
    assert alike.gap == 15
    assert alike.all_alike
    assert alike.check_value(Fraction(75)) is None


def test_the_worked_example_of_agreement():
    pairs = Pairs.of(zip([3, 4, 2, 5, 3], [3, 3, 2, 4, 1], strict=True))
    assert half_up(pairs.kappa, 4) == Decimal("0.5588")
    assert pairs.closeness is Closeness.FAIR


def test_too_few_marks_or_marks_that_never_differ_tell_nothing():
    assert Pairs.of([(3, 4), (1, 1), (5, 4), (2, 2)]).kappa is None
    assert Pairs.of([(3, 4), (1, 1), (5, 4), (2, 2)]).either_way.kappa is None
    assert Pairs.of([(3, 3)] * 20).kappa is None
    assert Pairs.of([]).closeness is None


@given(st.lists(st.tuples(marks, marks), min_size=5, max_size=40))
def test_kappa_is_the_textbook_table_of_weights(pairs):
    """By the table of observed and expected shares, 6 by 6, as textbooks have it."""
    n = len(pairs)
    weight = {(a, b): Fraction((a - b) ** 2, 25) for a in range(6) for b in range(6)}
    seen = {cell: Fraction(pairs.count(cell), n) for cell in weight}
    row = [sum(seen[a, b] for b in range(6)) for a in range(6)]
    column = [sum(seen[a, b] for a in range(6)) for b in range(6)]
    expected = sum(weight[a, b] * row[a] * column[b] for a, b in weight)
    kappa = Pairs.of(pairs).kappa
    if not expected:
        assert kappa is None
    else:
        assert kappa == 1 - sum(weight[cell] * seen[cell] for cell in weight) / expected
        assert kappa <= 1


@given(st.lists(st.tuples(marks, marks), min_size=5, max_size=40))
def test_in_either_order_nobody_comes_first(pairs):
    swapped = [(b, a) for a, b in pairs]
    assert Pairs.of(pairs).either_way.kappa == Pairs.of(pairs + swapped).kappa
    assert Pairs.of(pairs).either_way.in_common == len(pairs)
    assert Pairs.of(pairs).either_way.kappa == Pairs.of(swapped).either_way.kappa


@given(st.lists(st.integers(0, 100), min_size=3, max_size=30), st.lists(st.integers(0, 100), max_size=4))
def test_nobody_is_lenient_beside_nobody_or_beside_too_few(totals, others):
    own = Sample.of(totals)
    found = Leniency(own, own + Sample.of(others))
    assert found.can_tell == (len(others) >= 3)
    if not found.can_tell:
        assert (found.gap, found.flagged, found.check_value(Fraction(totals[0]))) == (None, False, None)
