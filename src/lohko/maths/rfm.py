"""RFM scores as numbers: recency, frequency and monetary value become 1 to 5 each.

Score = 1 + (5 x number strictly worse) // n, in integers. So equal values always
score equal, whatever the order of the rows, and with many equal values some of
the five levels stay unused, which `levels_used` tells. Fixed cut points are the
alternative for shops that want limits that do not move.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol, TypeVar

from lohko.base.errors import InputError

LEVELS = 5
FEW_BUYERS = 100


class Ordered(Protocol):
    """What can be compared with its like: whole numbers, decimals, money."""

    def __lt__(self, other: object, /) -> bool:
        """Whether it is less."""


Value = TypeVar("Value", bound=Ordered)


def levels(values: Sequence[Value], *, less_is_better: bool = False) -> list[int]:
    """The score of each value, 1 to 5, by the share of values strictly worse than it.

    >>> levels([1, 1, 1, 1, 1, 1, 1, 2, 2, 9])
    [1, 1, 1, 1, 1, 1, 1, 4, 4, 5]
    >>> levels([3, 200, 40], less_is_better=True)
    [4, 1, 2]
    """
    worse, score = 0, {}
    counts = Counter(values)
    for value in sorted(counts, reverse=less_is_better):
        score[value] = 1 + (LEVELS * worse) // len(values)
        worse += counts[value]
    return [score[value] for value in values]


def score(recency_days: Sequence[Any], frequency: Sequence[Any], monetary: Sequence[Any]) -> list[tuple[int, int, int]]:
    """The three scores of each customer; few days since the last order are good.

    >>> score([2, 90], [7, 1], [4310, 334])
    [(3, 3, 3), (1, 1, 1)]
    """
    _same_length(recency_days, frequency, monetary)
    return list(zip(levels(recency_days, less_is_better=True), levels(frequency), levels(monetary), strict=True))


@dataclass(frozen=True)
class Cuts:
    """Four limits a score, ascending: a value at or above k of them has level k + 1 (recency: 5 - k)."""

    recency_days: Sequence[float]
    frequency: Sequence[float]
    monetary: Sequence[float]

    def __post_init__(self) -> None:
        """Refuse limits that do not make five levels."""
        for name in ("recency_days", "frequency", "monetary"):
            limits = getattr(self, name)
            if len(limits) != LEVELS - 1 or any(not low < high for low, high in pairwise(limits)):
                raise InputError(
                    "bad_cut_points",
                    f"The cut points of {name} do not make five levels.",
                    place=" ".join(map(str, limits)),
                    hint="give four numbers, each above the one before; a value at a cut point belongs to the level above it.",
                )


def levels_by_cuts(values: Sequence[float], limits: Sequence[float], *, less_is_better: bool = False) -> list[int]:
    """The score of each value by fixed limits: 1 + the number of limits at or below it, turned round when less is better.

    >>> levels_by_cuts([1, 2, 3, 5, 6], [2, 3, 4, 6]), levels_by_cuts([10, 400], [30, 90, 180, 365], less_is_better=True)
    ([1, 2, 3, 4, 5], [5, 1])
    """
    found = [1 + bisect_right(limits, value) for value in values]
    return [LEVELS + 1 - level for level in found] if less_is_better else found


def score_by_cuts(
    recency_days: Sequence[float], frequency: Sequence[float], monetary: Sequence[float], cuts: Cuts
) -> list[tuple[int, int, int]]:
    """The three scores of each customer by fixed cut points."""
    _same_length(recency_days, frequency, monetary)
    recent = levels_by_cuts(recency_days, cuts.recency_days, less_is_better=True)
    return list(zip(recent, levels_by_cuts(frequency, cuts.frequency), levels_by_cuts(monetary, cuts.monetary), strict=True))


@dataclass(frozen=True)
class LevelsUsed:
    """How many of the five levels occur in each score."""

    r: int
    f: int
    m: int


def levels_used(scores: Sequence[tuple[int, int, int]]) -> LevelsUsed:
    """How many of the five levels occur: fewer than five when many customers are alike.

    >>> levels_used([(1, 1, 1), (5, 1, 3)])
    LevelsUsed(r=2, f=1, m=2)
    """
    return LevelsUsed(*(len({item[place] for item in scores}) for place in range(3)))


def few_buyers(buyers: int) -> str | None:
    """What to say when there are too few buyers for scores to mean much; nothing otherwise."""
    if 0 < buyers < FEW_BUYERS:
        who = "is 1 buyer" if buyers == 1 else f"are {buyers} buyers"
        return f"There {who}: scores of fewer than {FEW_BUYERS} say little."
    return None


def _same_length(*columns: Sequence[object]) -> None:
    if len({len(column) for column in columns}) > 1:
        raise ValueError("recency, frequency and monetary value are not of the same customers")
