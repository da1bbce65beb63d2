"""Numbers of a few people are not told, and not found from those that are."""

from __future__ import annotations

from itertools import combinations, product

from hypothesis import given
from hypothesis import strategies as st

from lohko.maths.few import FEW, Telling, told

CELLS = st.dictionaries(st.integers(1, 7), st.integers(0, 12), min_size=1)


@given(CELLS, st.lists(st.frozensets(st.integers(1, 7)), max_size=7))
def test_nothing_that_is_told_gives_a_few_away(cells, parts):
    """Every sum and difference of up to three told numbers that is a group of people is of nobody or of five and more; slowly, by sets."""
    telling = Telling(cells)
    numbers = [(part, telling.tell(part)) for part in parts]
    known = {frozenset(cell for cell in part if cells.get(cell)) for part, number in numbers if number is not None}
    for size in (1, 2, 3):
        for chosen in combinations(known, size):
            for signs in product((1, -1), repeat=size):
                times = {cell: sum(sign for part, sign in zip(chosen, signs, strict=True) if cell in part) for cell in cells}
                if set(times.values()) <= {0, 1}:
                    assert not 0 < sum(cells[cell] for cell, n in times.items() if n) < FEW
    for part, number in numbers:
        assert number is None or number == sum(cells.get(cell, 0) for cell in part)


@given(st.lists(st.integers(1, 12), min_size=2, max_size=9))
def test_one_cell_of_a_few_is_not_what_all_the_others_leave_over(numbers):
    cells = dict(enumerate(numbers))
    telling = Telling(cells)
    telling.tell(cells, given=True)
    hidden = [n for cell, n in cells.items() if telling.tell({cell}) is None]
    assert len(hidden) != 1


@given(CELLS, st.lists(st.frozensets(st.integers(1, 7)), max_size=5))
def test_where_nobody_is_one_of_a_few_all_is_told(cells, parts):
    many = {cell: n * FEW for cell, n in cells.items()}
    telling = Telling(many)
    assert all(telling.tell(part) is not None for part in parts)


@given(st.lists(st.integers(0, 30), max_size=8), st.integers(2, 3))
def test_what_is_left_out_is_several_and_five_or_more_where_there_are_so_many(numbers, unknown):
    hidden = [n for n, shown in zip(numbers, told(numbers, unknown=unknown), strict=True) if shown is None]
    assert all(n not in hidden for n in numbers if n == 0)
    if hidden:
        everybody = [n for n in numbers if n]
        assert (sum(hidden) >= FEW and len(hidden) >= unknown) or len(hidden) == len(everybody)
