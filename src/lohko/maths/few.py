"""How many people may be told of: numbers of fewer than five could say who they are."""

from __future__ import annotations

from collections.abc import Sequence

FEW = 5
"""Fewer people than this are not broken down."""


def told(numbers: Sequence[int], *, apart: bool = True) -> list[int | None]:
    """Numbers of people as they may be told: 1 to 4 are not, nor are the least of the others until those left out are five or more together.

    What is left out could else be found by subtraction; unless people can be in several (`apart` is False).

    >>> told([10, 3, 0, 7]), told([10, 3, 2, 7]), told([10, 1, 1, 7]), told([10, 0])
    ([10, None, 0, None], [10, None, None, 7], [10, None, None, None], [10, 0])
    """
    hidden = {place for place, n in enumerate(numbers) if 0 < n < FEW}
    if apart and hidden:
        for _, place in sorted((n, place) for place, n in enumerate(numbers) if n >= FEW):
            if len(hidden) > 1 and sum(numbers[item] for item in hidden) >= FEW:
                break
            hidden.add(place)
    return [None if place in hidden else n for place, n in enumerate(numbers)]
