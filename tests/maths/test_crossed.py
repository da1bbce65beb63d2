"""What is told of a table of people: nothing from which a number of 1 to 4 could be found, and the same turned round."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.maths.crossed import told_crossed

SIZES = st.integers(1, 5)
PEOPLE = st.one_of(st.just(0), st.integers(0, 6), st.integers(5, 60))


@st.composite
def tables(draw: st.DrawFn) -> list[list[int]]:
    rows, columns = draw(SIZES), draw(SIZES)
    return [[draw(PEOPLE) for _ in range(columns)] for _ in range(rows)]


def shown(table: list[list[int]]) -> dict[tuple[int, int], int | None]:
    cells = {(row, column): n for row, line in enumerate(table) for column, n in enumerate(line)}
    return told_crossed(cells, [sum(line) for line in table], [sum(line) for line in zip(*table, strict=True)])


@given(tables())
def test_no_number_of_one_to_four_can_be_found(table: list[list[int]]) -> None:
    """Solved as equations: of what is not told, with the sums of rows and columns, no small number has only one value that fits."""
    rows, columns, told = len(table), len(table[0]), shown(table)
    numbers = {(row, column): table[row][column] for row in range(rows) for column in range(columns)}
    numbers |= {(row, columns): sum(table[row]) for row in range(rows)} | {
        (rows, column): sum(line[column] for line in table) for column in range(columns)
    }
    assert all(n is None or n == numbers[place] for place, n in told.items())
    assert all(told[place] is None for place, n in numbers.items() if 0 < n < 5)
    unknown = [*(place for place, n in told.items() if n is None), (rows, columns)]
    sums = [[((row, column), 1) for column in range(columns)] + [((row, columns), -1)] for row in range(rows + 1)]
    sums += [[((row, column), 1) for row in range(rows)] + [((rows, column), -1)] for column in range(columns + 1)]
    matrix = np.array([[dict(line).get(place, 0) for place in unknown] for line in sums], dtype=float)
    for place, name in enumerate(unknown[:-1]):
        if 0 < numbers[name] < 5:
            one = np.eye(len(unknown))[place]
            found = np.linalg.matrix_rank(np.vstack([matrix, one])) == np.linalg.matrix_rank(matrix)
            assert not found, f"{name} of {table} can be found"


@given(tables())
def test_turned_round_the_same_is_not_told(table: list[list[int]]) -> None:
    turned = shown([list(line) for line in zip(*table, strict=True)])
    assert shown(table) == {(row, column): n for (column, row), n in turned.items()}


@pytest.mark.parametrize("table", [[[10, 20], [30, 40]], [[0, 9], [7, 0]], [[5]]])
def test_where_nobody_is_too_few_everything_is_told(table: list[list[int]]) -> None:
    assert None not in shown(table).values()


def test_where_people_are_in_several_columns_only_the_small_number_is_left_out() -> None:
    """Then the numbers of a row do not add up to its sum."""
    told = told_crossed({(0, 0): 10, (0, 1): 3, (0, 2): 12}, [14], [10, 9, 12], rows_apart=False, columns_apart=False)
    assert [told[0, column] for column in range(4)] == [10, None, 12, 14]
