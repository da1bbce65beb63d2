"""How many people may be told of: numbers of fewer than five could say who they are.

This is the one rule of it. A step that breaks people down asks here, number by number, and hands on None for what is not told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

FEW = 5
"""Fewer people than this are not broken down."""
_NOTHING = 1e-9


def is_few(number: int) -> bool:
    """Whether a number of people is not told: 1 to 4; that there is nobody may be said.

    >>> [is_few(n) for n in (0, 1, 4, 5)]
    [False, True, True, False]
    """
    return 0 < number < FEW


def unless_few(number: int) -> int | None:
    """A number of people that stands alone, None when it is not told."""
    return None if is_few(number) else number


def told_both(both: int, one: int, other: int) -> int | None:
    """How many people are in both of two groups whose sizes are told; None when 1 to 4 are, or are in one of them alone.

    >>> told_both(9, 20, 9), told_both(3, 20, 9), told_both(17, 20, 30), told_both(9, 20, 12)
    (9, None, None, None)
    """
    return None if is_few(both) or is_few(one - both) or is_few(other - both) else both


def told(numbers: Sequence[int], *, apart: bool = True, unknown: int = 2) -> list[int | None]:
    """Numbers of people as they may be told: 1 to 4 are not, nor are the least of the others until those left out are five or more together.

    What is left out could else be found by subtraction; unless people can be in several (`apart` is False). At least
    `unknown` are left out where any is: one more than there are sums told of them.

    >>> told([10, 3, 0, 7]), told([10, 3, 2, 7]), told([10, 1, 1, 7]), told([10, 0])
    ([10, None, 0, None], [10, None, None, 7], [10, None, None, None], [10, 0])
    """
    if not apart:
        return [unless_few(n) for n in numbers]
    return [n if open_ else None for n, open_ in zip(numbers, told_rows([(n,) for n in numbers], unknown=unknown), strict=True)]


def told_rows(rows: Sequence[Sequence[int]], *, unknown: int = 2) -> list[bool]:
    """Whether each row may be told, where a row has several numbers of people, such as members and everyone: all of it or nothing.

    Each column has a sum that is told, as in `told`.

    >>> told_rows([(27, 30), (20, 30), (3, 3)]), told_rows([(9, 9), (0, 4), (7, 8)])
    ([True, False, False], [True, False, False])
    """
    hidden = {place for place, row in enumerate(rows) if any(map(is_few, row))}
    if hidden:
        for _, place in sorted((row, place) for place, row in enumerate(rows) if place not in hidden and any(row)):
            if len(hidden) >= unknown and all(sum(rows[item][side] for item in hidden) >= FEW for side in range(len(rows[place]))):
                break
            hidden.add(place)
    return [place not in hidden for place in range(len(rows))]


class Telling:
    """Numbers of parts that overlap, told one after another: none of 1 to 4 people, and none that gives such a one away.

    Given away is a group that up to three of the numbers give when they are added and
    taken away, such as what is left of one without another, and a cell that all of them
    together give. `cells` is how many people are in each cell; a part is made of whole cells.

    >>> telling = Telling({1: 40, 2: 3, 3: 20})
    >>> telling.tell({1, 3}), telling.tell({2, 3}), telling.tell({3}), telling.tell({2})
    (60, 23, None, None)
    """

    def __init__(self, cells: Mapping[int, int]) -> None:
        self._cells = [cell for cell, n in cells.items() if n]
        self._sizes = np.array([cells[cell] for cell in self._cells], dtype=np.int64)
        self._told: NDArray[np.int8] = np.zeros((0, len(self._cells)), dtype=np.int8)

    def tell(self, part: Collection[int], *, given: bool = False) -> int | None:
        """How many people are in a part; None when it is not told. What is `given` is told elsewhere, whatever it gives away."""
        if not self._cells:
            return 0
        row = np.array([cell in part for cell in self._cells], dtype=np.int8)
        number = int(row @ self._sizes)
        if not number:
            return 0  # that there is nobody gives nobody away
        if is_few(number) or (not given and self._gives_away(row)):
            return None
        self._told = np.vstack([self._told, row])
        return number

    def _gives_away(self, row: NDArray[np.int8]) -> bool:
        """Whether a group of 1 to 4 is the number less or plus up to two of those told, or the other way round; or all of them give a cell."""
        if (self._found(np.vstack([self._told, row])) & ~self._found(self._told)).any():
            return True
        one, none = self._told, np.zeros((1, len(self._cells)), dtype=np.int8)
        signed = np.vstack([none, one, -one])
        both = (signed[:, None, :] + signed[None, :, :]).reshape(-1, len(self._cells))
        found = np.vstack([row + both, both - row])
        groups = found[((found == 0) | (found == 1)).all(axis=1)]
        numbers = groups.astype(np.int64) @ self._sizes
        return bool(((numbers > 0) & (numbers < FEW)).any())

    def _found(self, rows: NDArray[np.int8]) -> NDArray[np.bool_]:
        """Which cells of 1 to 4 are a sum of multiples of these numbers."""
        few = (self._sizes > 0) & (self._sizes < FEW)
        if not few.any() or not len(rows):
            return np.zeros(len(few), dtype=bool)
        _, weights, ways = np.linalg.svd(rows.astype(float), full_matrices=False)
        within = (ways[weights > _NOTHING] ** 2).sum(axis=0)
        return np.asarray(few & (within > 1 - _NOTHING))
