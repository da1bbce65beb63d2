"""What may be told of a table of people by two of their attributes: nothing from which a number of 1 to 4 could be found.

Numbers that are left out are found from the sums of rows and columns where these
are told. Seen as a graph whose nodes are the rows and columns (with one more of each for the sums) and
whose edges are the numbers left out, a number is found exactly when its edge is a bridge: no way round it leads from one of its ends to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lohko.maths.few import FEW

Place = tuple[int, int]
"""A row and a column; the one after the last is of the sums."""


def told_crossed(
    cells: Mapping[Place, int], rows: Sequence[int], columns: Sequence[int], *, rows_apart: bool = True, columns_apart: bool = True
) -> dict[Place, int | None]:
    """The numbers of a table and its sums as they may be told, by place; None is left out. The sum of all is never told.

    Turned round, the same numbers are left out. `rows_apart` is whether everybody
    is in one row only, `columns_apart` likewise: else what is left out cannot be found by subtraction.

    >>> told = told_crossed({(0, 0): 10, (0, 1): 3, (1, 0): 7, (1, 1): 9}, [13, 16], [17, 12])
    >>> [[told[row, column] for column in range(3)] for row in range(2)]
    [[None, None, 13], [None, None, 16]]
    """
    last_row, last_column = len(rows), len(columns)
    numbers = {(row, column): cells.get((row, column), 0) for row in range(last_row) for column in range(last_column)}
    numbers |= {(row, last_column): n for row, n in enumerate(rows)} | {(last_row, column): n for column, n in enumerate(columns)}
    hidden = {place for place, n in numbers.items() if 0 < n < FEW}
    # Of a sum of 1 to 4 nothing is broken down.
    few = {place for place in hidden if place[0] == last_row or place[1] == last_column}
    empty = {place for place, n in numbers.items() if (place[0] == last_row or place[1] == last_column) and not n}
    inner = {place for place in numbers if (place[0], last_column) in few or (last_row, place[1]) in few}
    hidden |= {place for place in inner if (place[0], last_column) not in empty and (last_row, place[1]) not in empty}
    # The sum of all is not told, so what is left out of the sums is not found from them alone.
    lines = [[(row, column) for column in range(last_column + 1)] for row in range(last_row) if columns_apart]
    lines += [[(row, column) for row in range(last_row + 1)] for column in range(last_column) if rows_apart]
    sums = [[(row, last_column) for row in range(last_row)], [(last_row, column) for column in range(last_column)]]

    def ends(place: Place) -> tuple[str, str]:
        row = f"row {place[0]}" if columns_apart else "free"
        return row, f"column {place[1]}" if rows_apart else "free"

    while True:
        more = {place for line in lines for place in _companions(line, numbers, hidden)}
        for place in [] if more else sorted(hidden):
            if numbers[place] < FEW and _is_bridge(place, hidden | {(last_row, last_column)}, ends):
                own = [line for line in (*lines, *sums) if place in line]
                more |= {least for line in own if (least := _least(line, numbers, hidden)) is not None}
        if not more - hidden:
            break
        hidden |= more
    return {place: None if place in hidden else n for place, n in numbers.items()}


def _companions(line: Sequence[Place], numbers: Mapping[Place, int], hidden: set[Place]) -> set[Place]:
    """What has to be left out of a line besides: at least two are, and they are five or more together, as long as there is any left."""
    found: set[Place] = set()
    if not any(place in hidden for place in line):
        return found
    while True:
        out = [numbers[place] for place in line if place in hidden or place in found]
        least = _least(line, numbers, hidden | found)
        if (len(out) > 1 and sum(out) >= FEW) or least is None:
            return found
        found.add(least)


def _least(line: Sequence[Place], numbers: Mapping[Place, int], hidden: set[Place]) -> Place | None:
    """The least number of a line that is still told and is not 0; of equals the first, a sum last."""
    left = [(numbers[place], n, place) for n, place in enumerate(line) if place not in hidden and numbers[place]]
    return min(left)[2] if left else None


def _is_bridge(place: Place, edges: set[Place], ends: Callable[[Place], tuple[str, str]]) -> bool:
    """Whether no other way leads from one end of an edge to the other."""
    start, goal = ends(place)
    beside: dict[str, set[str]] = {}
    for edge in edges - {place}:
        one, other = ends(edge)
        beside.setdefault(one, set()).add(other)
        beside.setdefault(other, set()).add(one)
    seen, waiting = {start}, [start]
    while waiting:
        new = beside.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return goal not in seen
