"""How far a distribution has moved: the population stability index, and what chance alone would make of it.

PSI = sum over bins of (a - e) ln(a / e), with e and a the shares of a bin among the
expected (earlier) and the actual (later) values (N. Siddiqi, Credit Risk Scorecards,
Wiley 2006). By custom below 0.1 is no change, from 0.25 on a large one. Of small
samples it is large by chance: without any change it is about (1/n + 1/m) times a
chi-square with one degree of freedom less than there are bins (B. Yurdakul, Statistical
properties of the population stability index, Western Michigan University 2018), so
what lies below the 95 % point of that is no finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt
from statistics import NormalDist

SOME, LARGE = 0.1, 0.25


@dataclass(frozen=True)
class Drift:
    """How far counts by bin moved: the index, what chance reaches in one of twenty comparisons, and whether it is more than either."""

    psi: float
    by_chance: float

    @property
    def moved(self) -> bool:
        """Whether it is more than chance and custom call a change."""
        return self.psi >= SOME and self.psi > self.by_chance


def drift(expected: Sequence[int], actual: Sequence[int]) -> Drift | None:
    """The drift between two counts of the same bins; None when either has nothing, or there is only one bin.

    A bin that is empty on one side counts as half a value there, since its logarithm has no end.

    >>> round(drift([50, 50], [50, 50]).psi, 4), round(drift([500, 500], [800, 200]).psi, 4), drift([5], [5])
    (0.0, 0.4159, None)
    """
    bins = [(e, a) for e, a in zip(expected, actual, strict=True) if e or a]
    n, m = sum(e for e, _ in bins), sum(a for _, a in bins)
    if not n or not m or len(bins) < 2:
        return None
    psi = 0.0
    for e, a in bins:
        share_e, share_a = (e or 0.5) / n, (a or 0.5) / m
        psi += (share_a - share_e) * log(share_a / share_e)
    return Drift(psi, chi_square(0.95, len(bins) - 1) * (1 / n + 1 / m))


def chi_square(p: float, freedom: int) -> float:
    """The point below which a chi-square variable lies with probability p, by E. B. Wilson and M. M. Hilferty (1931).

    >>> [round(chi_square(0.95, k), 1) for k in (1, 5, 10)]  # exactly 3.84, 11.07, 18.31
    [3.7, 11.0, 18.3]
    """
    part = 2 / (9 * freedom)
    return float(freedom * (1 - part + NormalDist().inv_cdf(p) * sqrt(part)) ** 3)
