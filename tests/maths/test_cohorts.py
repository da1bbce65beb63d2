"""What is told of cohorts: nothing from which 1 to 4 people could be found by adding and taking away."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lohko.maths.cohorts import left_out

OFFSETS = 4
"""So many periods later are shown; the tables know of two more."""


@st.composite
def tables(draw: st.DrawFn) -> dict[tuple[int, int], int]:
    many = draw(st.integers(1, 6))
    cells = {}
    for cohort in range(many):
        size = draw(st.one_of(st.integers(1, 8), st.integers(5, 60)))
        cells[cohort, 0] = size
        for offset in range(1, many - cohort):
            cells[cohort, offset] = draw(st.one_of(st.integers(0, min(6, size)), st.integers(0, size)))
    return cells


def can_be_found(cells: dict[tuple[int, int], int]) -> list[tuple[int, int]]:
    """The small cells that have one value only, solved as equations: by period, and by how many periods later."""
    out = left_out(cells, OFFSETS)
    unknown = sorted(out.cells)
    sums = [[place for place in unknown if sum(place) == period] for period in range(8)]
    sums += [
        [place for place in unknown if place[1] == offset and cells[place[0], 0] >= 5]
        for offset in range(OFFSETS)
        if offset not in out.sums
    ]
    matrix = np.array([[place in line for place in unknown] for line in sums], dtype=float)
    rank = np.linalg.matrix_rank(matrix) if unknown else 0
    small = [place for place in unknown if 0 < cells[place] < 5]
    return [one for one in small if np.linalg.matrix_rank(np.vstack([matrix, np.eye(len(unknown))[unknown.index(one)]])) == rank]


@given(tables())
def test_no_cell_of_one_to_four_people_can_be_found(cells: dict[tuple[int, int], int]) -> None:
    """Except where one cohort alone came back in a period: that number is the trend's own."""
    out = left_out(cells, OFFSETS)
    assert all(place in out.cells for place, n in cells.items() if place[1] and 0 < n < 5)
    alone = {place for place in out.cells if sum(other[1] > 0 and n > 0 for other, n in cells.items() if sum(other) == sum(place)) == 1}
    left = set(can_be_found(cells)) - alone
    assert all(is_left_without_company(cells, place, out.cells) for place in left), left


def is_left_without_company(cells: dict[tuple[int, int], int], place: tuple[int, int], out: set[tuple[int, int]]) -> bool:
    """Whether all of its period is left out already, so that nothing more could be."""
    return all(other in out for other, n in cells.items() if other[1] and n and sum(other) == sum(place))


@given(tables())
def test_sizes_of_cohorts_are_told_and_nothing_is_left_out_without_need(cells: dict[tuple[int, int], int]) -> None:
    out = left_out(cells, OFFSETS)
    assert not [place for place in out.cells if not place[1] or not cells[place]]
    many = {place: n * 100 for place, n in cells.items()}
    full = {(cohort, offset): n if not offset else min(n, many[cohort, 0] - 5) for (cohort, offset), n in many.items()}
    assert left_out(full, 10) == (set(), set())
