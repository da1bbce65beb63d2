"""Intervals against the values that their sources print, and what holds of all of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.maths import intervals
from lohko.maths.intervals import Moments, TooFew, moments

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
amounts = st.lists(st.floats(-1000, 1000), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("did", "people", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_shares_as_newcombe_prints_them(did, people, low, high):
    """The four examples of Newcombe's comparison of methods for one share (1998, table I, method 3)."""
    assert [round(edge, 4) for edge in intervals.wilson(did, people)] == [low, high]


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_differences_of_shares_as_newcombe_prints_them(one, other, low, high):
    """The eight examples of Newcombe's comparison of methods for two shares (1998, table II, method 10)."""
    assert [round(edge, 4) for edge in intervals.newcombe(*one, *other)] == [low, high]


def test_a_ratio_of_shares_as_agresti_prints_it():
    """Heart attacks with placebo and with aspirin: 1.82 times as many, 1.43 to 2.31 (the Physicians' Health Study)."""
    found = intervals.lift(189, 11034, 104, 11037)
    assert [round(item, 2) for item in (found.value, found.low, found.high)] == [1.82, 1.43, 2.31]


def test_a_difference_of_means_as_r_prints_it():
    """Student's sleep data: R's t.test says -3.3654832 to 0.2054832 at 17.776 degrees of freedom."""
    first = moments(np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]))
    second = moments(np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]))
    low, high = intervals.welch(first, second)
    assert (low, high) == (pytest.approx(-3.3654832, abs=1e-4), pytest.approx(0.2054832, abs=1e-4))


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(5, 2.571), (10, 2.228), (20, 2.086), (29, 2.045), (30, 2.042), (60, 2.000), (120, 1.980)]
)
def test_students_quantiles_as_tables_print_them(freedom, quantile):
    """The table of Student's t for a two-sided 95 %."""
    assert intervals.student(0.975, freedom) == pytest.approx(quantile, abs=0.002)


@given(counts, counts)
def test_intervals_of_shares_hold_the_share_and_stay_possible(one, other):
    """A share lies in its interval, which lies between 0 and 1; a difference lies in its own, and turns with the groups."""
    low, high = intervals.wilson(*one)
    assert 0 <= low <= one[0] / one[1] <= high <= 1
    apart = one[0] / one[1] - other[0] / other[1]
    low, high = intervals.newcombe(*one, *other)
    assert -1 - 1e-9 <= low <= apart + 1e-9 and apart - 1e-9 <= high <= 1 + 1e-9
    turned = intervals.newcombe(*other, *one)
    assert turned == (pytest.approx(-high), pytest.approx(-low))


@given(amounts, amounts, st.integers(0, 20))
def test_moments_of_two_groups_add_up(one, other, zeros):
    """The moments of two groups together are the sum of theirs, those with nothing too."""
    both = moments(np.array(one + other + [0.0] * zeros))
    added = moments(np.array(one)) + moments(np.array(other), people=len(other) + zeros)
    assert added.n == both.n
    assert added.mean == pytest.approx(both.mean, abs=1e-6)
    assert added.squares == pytest.approx(both.squares, rel=1e-6, abs=1e-4)
    assert added.cubes == pytest.approx(both.cubes, rel=1e-4, abs=10)


def test_too_few_people_give_no_interval_rather_than_a_narrow_one():
    """29 people, or 4 who did it, are too few, and so are any number who are all alike; the error says what it takes."""
    few, many = moments(np.arange(29.0)), moments(np.arange(30.0))
    for ask in (
        lambda: intervals.share(5, 29),
        lambda: intervals.shares_apart(5, 29, 5, 100),
        lambda: intervals.mean(few),
        lambda: intervals.means_apart(many, few),
        lambda: intervals.ratio_of_sums(np.arange(29.0), np.ones(29)),
        lambda: intervals.mean(Moments()),
    ):
        with pytest.raises(TooFew, match="it takes 30"):
            ask()
    same, priced = moments(np.full(50, 0.1)), np.full(50, 2.99)
    for ask in (
        lambda: intervals.mean(same),
        lambda: intervals.means_apart(same, same),
        lambda: intervals.ratio_of_sums(priced * 3, np.full(50, 3.0)),
    ):
        with pytest.raises(TooFew, match="the same number"):
            ask()
    with pytest.raises(TooFew, match="takes 5 in each group"):
        intervals.lift(4, 100, 50, 100)
    assert intervals.share(5, 30).value == pytest.approx(1 / 6)


def test_amounts_that_few_people_make_up_are_marked_rough():
    """Thirty equal-ish amounts are fine; one customer with almost everything makes the interval rough."""
    assert not intervals.mean(moments(np.tile([9.0, 11.0], 200))).rough
    assert intervals.mean(moments(np.array([1000.0]), people=400)).rough


def test_revenue_per_order_spreads_as_people_do():
    """When everyone orders once, revenue per order is the mean of their orders; people who order alike count once each."""
    once = np.array([float(n % 7) for n in range(100)])
    found = intervals.ratio_of_sums(once, np.ones(100))
    expected = moments(once)
    assert found.value == pytest.approx(expected.mean)
    assert found.high - found.value == pytest.approx(1.96 * math.sqrt(expected.variance / 100), rel=1e-3)
    tenfold = intervals.ratio_of_sums(once * 10, np.full(100, 10.0))
    assert (tenfold.value, tenfold.low, tenfold.high) == pytest.approx((found.value, found.low, found.high))
    apart = intervals.ratios_apart(once, np.ones(100), once, np.ones(100))
    assert apart.value == 0 and apart.high == pytest.approx((found.high - found.value) * math.sqrt(2))
