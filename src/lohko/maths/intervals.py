"""How sure a number is: shares, means and ratios of groups of people, and their differences, with 95 % intervals.

Two layers. `wilson`, `newcombe`, `katz`, `welch` and the like are the published
formulas. `share`, `lift`, `mean` and their differences are those formulas behind
one rule of when nothing can be told; they raise TooFew rather than return an
interval that nobody should read.

The rule
- A share, a mean, and each side of a difference or ratio, needs at least
  FEWEST_PEOPLE (30) people. Source: Parker et al., National Center for Health
  Statistics Data Presentation Standards for Proportions, Vital and Health
  Statistics 2(175), 2017, which suppress proportions of fewer than 30.
- A ratio of two shares needs, in each group, at least FEWEST_DID (5) people who
  did it. Source: the usual condition of normal approximations in two-by-two
  tables, Cochran, Some methods for strengthening the common chi-square tests,
  Biometrics 10 (1954) 417-451.
- A mean needs people whose numbers differ: of equal numbers nothing is known about how they vary.
- A mean of very uneven amounts is marked `rough` when there are fewer than
  355 x skewness^2 people. Source: Kohavi et al., Seven Rules of Thumb for Web
  Site Experimenters, KDD 2014, rule 7.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
FEWEST_PEOPLE = 30
FEWEST_DID = 5
_PER_SQUARED_SKEWNESS = 355
_ROUNDING = 1e-24
_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
_P = (1 + CONFIDENCE) / 2


class TooFew(ValueError):
    """There are too few people to tell: there is no interval, not one of zero width. The text says how many there are and how many it takes."""


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval; `rough` when the amounts are too uneven for the number of people."""

    value: float
    low: float
    high: float
    rough: bool = False


# --- shares ---------------------------------------------------------------------------


def wilson(did: int, people: int) -> tuple[float, float]:
    """The score interval of a share; sensible for any share, 0 and 1 too.

    Source: Wilson, JASA 22 (1927) 209-212; method 3 of Newcombe, Statistics in Medicine 17 (1998) 857-872.

    >>> [round(edge, 4) for edge in wilson(81, 263)]
    [0.2553, 0.3662]
    """
    _check(did, people)
    share, z2 = did / people, _Z * _Z
    middle = share + z2 / (2 * people)
    spread = _Z * math.sqrt(share * (1 - share) / people + z2 / (4 * people * people))
    whole = 1 + z2 / people
    # At 0 and 1 the edge is exact; arithmetic alone would miss it by a rounding.
    low = 0.0 if did == 0 else (middle - spread) / whole
    return low, 1.0 if did == people else (middle + spread) / whole


def newcombe(did: int, people: int, other_did: int, other_people: int) -> tuple[float, float]:
    """The interval of the difference of two independent shares, made of their score intervals.

    Source: method 10 of Newcombe, Statistics in Medicine 17 (1998) 873-890.

    >>> [round(edge, 4) for edge in newcombe(56, 70, 48, 80)]
    [0.0524, 0.3339]
    """
    (low, high), (other_low, other_high) = wilson(did, people), wilson(other_did, other_people)
    share, other = did / people, other_did / other_people
    below = math.hypot(share - low, other_high - other)
    above = math.hypot(high - share, other - other_low)
    return share - other - below, share - other + above


def katz(did: int, people: int, other_did: int, other_people: int) -> tuple[float, float]:
    """The interval of the ratio of two independent shares, symmetric in its logarithm. ValueError when one share is 0.

    Source: Katz, Baptista, Azen and Pike, Obtaining confidence intervals for the risk ratio in cohort studies, Biometrics 34 (1978) 469-474.

    >>> [round(edge, 2) for edge in katz(189, 11034, 104, 11037)]
    [1.43, 2.31]
    """
    _check(did, people)
    _check(other_did, other_people)
    if not did or not other_did:
        raise ValueError("a ratio with a share of 0 has no logarithm")
    ratio = (did / people) / (other_did / other_people)
    wide = math.exp(_Z * math.sqrt(1 / did - 1 / people + 1 / other_did - 1 / other_people))
    return ratio / wide, ratio * wide


def _check(did: int, people: int) -> None:
    if not 0 <= did <= people or people < 1:
        raise ValueError(f"{did} of {people} is no share")


# --- means ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Moments:
    """How many people, their mean, and the sums of the second and third powers of their distances from it.

    They add up: the moments of two groups of different people together are the sum of theirs.
    Source: Pébay, Formulas for Robust, One-Pass Parallel Computation of Covariances and
    Arbitrary-Order Statistical Moments, Sandia report SAND2008-6212, 2008.
    """

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0
    cubes: float = 0.0

    def __add__(self, other: Moments) -> Moments:
        """The moments of the two groups together."""
        n = self.n + other.n
        if n == 0:
            return self
        apart, a, b = other.mean - self.mean, self.n, other.n
        squares = self.squares + other.squares + apart**2 * a * b / n
        cubes = self.cubes + other.cubes + apart**3 * a * b * (a - b) / (n * n) + 3 * apart * (a * other.squares - b * self.squares) / n
        return Moments(n, self.mean + apart * b / n, squares, cubes)

    @property
    def variance(self) -> float:
        """With n - 1 below."""
        return self.squares / (self.n - 1)

    @property
    def skewness(self) -> float:
        """How uneven: 0 of symmetric amounts, large when few people have very much."""
        return math.sqrt(self.n) * self.cubes / self.squares**1.5 if self.squares > 0 else 0.0

    @property
    def rough(self) -> bool:
        """Whether the amounts are too uneven for so many people; see the rule above."""
        return self.n < _PER_SQUARED_SKEWNESS * self.skewness**2


def moments(values: NDArray[Any], people: int | None = None) -> Moments:
    """The moments of one number per person; `people` is how many they are when those with 0 are left out of `values`.

    >>> moments(np.array([4.0, 8.0]), people=4) == moments(np.array([4.0, 8.0, 0.0, 0.0]))
    True
    """
    zeros = Moments(0 if people is None else people - len(values))
    if not len(values):
        return zeros
    given = np.asarray(values, dtype=np.float64)
    # The mean of equal numbers is that number, which adding up and dividing need not give.
    mean = float(given[0]) if (given == given[0]).all() else float(given.mean())
    apart = given - mean
    return Moments(len(given), mean, float((apart**2).sum()), float((apart**3).sum())) + zeros


def student(p: float, freedom: float) -> float:
    """The quantile of Student's t, to 0.002 from 5 degrees of freedom on; ValueError below.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5.

    >>> round(student(0.975, 30), 3), round(student(0.975, 10), 3)
    (2.042, 2.228)
    """
    if freedom < 5:
        raise ValueError(f"{freedom:.1f} degrees of freedom are too few for this formula")
    x = NormalDist().inv_cdf(p)
    terms = (
        x,
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return sum(term / freedom**power for power, term in enumerate(terms))


def one_mean(group: Moments) -> tuple[float, float]:
    """The interval of a mean by Student's t."""
    wide = student(_P, group.n - 1) * math.sqrt(group.variance / group.n)
    return group.mean - wide, group.mean + wide


def welch(group: Moments, other: Moments) -> tuple[float, float]:
    """The interval of the difference of two independent means whose variances may differ.

    Source: Welch, The generalization of "Student's" problem when several different population
    variances are involved, Biometrika 34 (1947) 28-35.
    """
    ours, theirs = group.variance / group.n, other.variance / other.n
    if ours + theirs == 0:
        return group.mean - other.mean, group.mean - other.mean
    freedom = (ours + theirs) ** 2 / (ours**2 / (group.n - 1) + theirs**2 / (other.n - 1))
    wide = student(_P, freedom) * math.sqrt(ours + theirs)
    return group.mean - other.mean - wide, group.mean - other.mean + wide


# --- the same, behind the rule ----------------------------------------------------------


def share(did: int, people: int) -> Estimate:
    """The share of a group who did something."""
    _enough(people)
    return Estimate(did / people, *wilson(did, people))


def shares_apart(did: int, people: int, other_did: int, other_people: int) -> Estimate:
    """The share in one group less the share in another: two groups of different people."""
    _enough(people, other_people)
    return Estimate(did / people - other_did / other_people, *newcombe(did, people, other_did, other_people))


def lift(did: int, people: int, other_did: int, other_people: int) -> Estimate:
    """The share in one group over the share in another: 2 is twice as likely. Two groups of different people."""
    _enough(people, other_people)
    if min(did, other_did) < FEWEST_DID:
        raise TooFew(f"{min(did, other_did)} people did it; a ratio takes {FEWEST_DID} in each group.")
    return Estimate((did / people) / (other_did / other_people), *katz(did, people, other_did, other_people))


def mean(group: Moments) -> Estimate:
    """The mean of one number per person."""
    _enough(group.n)
    _differ(group.squares)
    return Estimate(group.mean, *one_mean(group), rough=group.rough)


def means_apart(group: Moments, other: Moments) -> Estimate:
    """The mean of one group less that of another: two groups of different people."""
    _enough(group.n, other.n)
    _differ(group.squares + other.squares)
    return Estimate(group.mean - other.mean, *welch(group, other), rough=group.rough or other.rough)


def ratio_of_sums(amounts: NDArray[np.float64], counts: NDArray[np.float64]) -> Estimate:
    """A sum over a sum, such as revenue over orders, where each person has some of both.

    People are what is independent, not their orders, so the spread is that of
    people: the delta method. Source: Deng, Knoblich and Lu, Applying the Delta
    Method in Metric Analytics, KDD 2018, section 3.
    """
    _enough(len(amounts))
    ratio = float(amounts.sum() / counts.sum())
    beside = moments(amounts - ratio * counts)
    _differ(beside.squares - _ROUNDING * float((amounts**2).sum()))
    wide = _Z * math.sqrt(beside.variance / beside.n) / float(counts.mean())
    return Estimate(ratio, ratio - wide, ratio + wide, rough=beside.rough)


def ratios_apart(
    amounts: NDArray[np.float64], counts: NDArray[np.float64], other_amounts: NDArray[np.float64], other_counts: NDArray[np.float64]
) -> Estimate:
    """The difference of two such ratios of two groups of different people."""
    ours, theirs = ratio_of_sums(amounts, counts), ratio_of_sums(other_amounts, other_counts)
    apart = ours.value - theirs.value
    wide = math.hypot(ours.value - ours.low, theirs.value - theirs.low)
    return Estimate(apart, apart - wide, apart + wide, rough=ours.rough or theirs.rough)


def _enough(*sizes: int) -> None:
    fewest = min(sizes)
    if fewest < FEWEST_PEOPLE:
        raise TooFew(f"{fewest} people are too few to tell; it takes {FEWEST_PEOPLE}{' in each group' if len(sizes) > 1 else ''}.")


def _differ(squares: float) -> None:
    """An interval of no width would be read as certainty: nothing is known of how much a number varies that is the same of all."""
    if squares <= 0:
        raise TooFew("Everyone has the same number: too few differ to tell how sure it is.")
