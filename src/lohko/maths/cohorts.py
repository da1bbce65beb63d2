"""What may be told of cohorts: how many of those who began together came back, without a number of 1 to 4 people.

A cell is a cohort and how many periods later. Two kinds of sums are told of cells: all cohorts so many periods later,
and who came back in a period, which a trend says. Seen as a graph whose nodes are these sums and whose edges are
the cells left out, a cell is found by subtraction exactly when its edge is a bridge; what is in no sum that is told shares one node.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from lohko.maths.few import FEW, is_few

Place = tuple[int, int]
"""The number of the period in which a cohort began, and how many periods later."""
_Node = tuple[str, int]
_FREE: _Node = ("free", 0)


class LeftOut(NamedTuple):
    """Which cells are not told, and for how many periods later the sum of all cohorts is not."""

    cells: set[Place]
    sums: set[int]


def left_out(cells: Mapping[Place, int], offsets: int) -> LeftOut:
    """What is not told of a table of cohorts: `cells` holds every cohort there is, `offsets` is how many periods later are ever shown.

    The cell 0 periods later is the size of its cohort, which a trend of new customers says too. Left out are 1 to 4 people, whether they
    came back or stayed away, what is of a cohort of so few, and as little more as is needed that none of these can be found. In
    a period in which one cohort alone came back there is nothing more to leave out.

    >>> left_out({(0, 0): 40, (0, 1): 3, (0, 2): 20, (1, 0): 50, (1, 1): 30}, 3)
    LeftOut(cells={(0, 1)}, sums={1})
    >>> left_out({(0, 0): 40, (0, 1): 20, (0, 2): 2, (1, 0): 50, (1, 1): 30}, 3) == ({(0, 2), (1, 1)}, {1, 2})
    True
    """
    came_back = {place: people for place, people in cells.items() if place[1] and people}
    hidden = {place for place, people in came_back.items() if place[1] >= offsets or _tells_of_few(people, cells[place[0], 0])}
    few = {cohort for (cohort, offset), people in cells.items() if not offset and people < FEW}
    sums: set[int] = set()
    periods, columns = defaultdict[int, list[Place]](list), defaultdict[int, list[Place]](list)
    for place in sorted(came_back):
        periods[sum(place)].append(place)
        if place[1] < offsets and place[0] not in few:
            columns[place[1]].append(place)

    def together(line: Iterable[Place]) -> int:
        return sum(came_back[place] for place in line if place in hidden)

    def ends(place: Place) -> tuple[_Node, _Node]:
        in_sum = place[1] < offsets and place[1] not in sums and place[0] not in few
        return ("period", sum(place)), ("later", place[1]) if in_sum else _FREE

    while True:
        lines = [line for line in periods.values() if is_few(together(line))]
        unsafe = {offset for offset, line in columns.items() if offset not in sums and is_few(together(line))}
        if not unsafe:
            for place in bridges({place: ends(place) for place in hidden}):
                if ends(place)[1] != _FREE:
                    unsafe.add(place[1])
                else:
                    lines.append(periods[sum(place)])
        more = {least for line in lines if (least := _least(line, came_back, hidden)) is not None}
        if not more and not unsafe:
            return LeftOut(hidden, sums)
        hidden |= more
        sums |= unsafe


def _tells_of_few(people: int, size: int) -> bool:
    return is_few(people) or is_few(size - people) or size < FEW


def _least(line: Sequence[Place], numbers: Mapping[Place, int], hidden: Collection[Place]) -> Place | None:
    return min((place for place in line if place not in hidden), key=lambda place: (numbers[place], place), default=None)


def bridges(edges: Mapping[Place, tuple[_Node, _Node]]) -> list[Place]:
    """The edges of a graph without which their ends would not hang together.

    Source: Tarjan, A note on finding the bridges of a graph, Information Processing Letters 2 (1974) 160-161.

    >>> a, b, c = ("period", 1), ("period", 2), ("later", 1)
    >>> bridges({(0, 1): (a, b), (0, 2): (b, c), (1, 1): (c, b)})
    [(0, 1)]
    """
    beside = defaultdict[_Node, list[tuple[Place, _Node]]](list)
    for place, (one, other) in edges.items():
        beside[one].append((place, other))
        beside[other].append((place, one))
    found, order, low = list[Place](), dict[_Node, int](), dict[_Node, int]()
    for start in beside:
        if start in order:
            continue
        order[start] = low[start] = len(order)
        way: list[tuple[_Node, Place | None, Iterator[tuple[Place, _Node]]]] = [(start, None, iter(beside[start]))]
        while way:
            node, came_by, ahead = way[-1]
            for place, other in ahead:
                if other not in order:
                    order[other] = low[other] = len(order)
                    way.append((other, place, iter(beside[other])))
                    break
                if place != came_by:
                    low[node] = min(low[node], order[other])
            else:
                way.pop()
                if came_by is not None:
                    before = way[-1][0]
                    low[before] = min(low[before], low[node])
                    if low[node] > order[before]:
                        found.append(came_by)
    return found
