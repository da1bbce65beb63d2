"""Edges at which numbers and days are cut for a picture: round ones, whatever the values are."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Literal

from lohko.base.times import period_of

Step = Literal["week", "month", "quarter", "year"]
MOST_BINS = 14
_ROUND = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


def number_edges(low: Decimal, high: Decimal, *, whole: bool, most: int = MOST_BINS) -> list[Decimal]:
    """Round edges that cut `[low, high]` into at most `most` parts of one width; few whole numbers have a part each.

    The first edge is at or below `low`; values beyond the edges belong to the outermost
    parts. `whole` numbers never have parts narrower than 1.

    >>> number_edges(Decimal(0), Decimal(873), whole=True, most=5)
    [Decimal('0'), Decimal('200'), Decimal('400'), Decimal('600'), Decimal('800')]
    >>> number_edges(Decimal(1), Decimal(5), whole=True)
    [Decimal('1'), Decimal('2'), Decimal('3'), Decimal('4'), Decimal('5')]
    >>> number_edges(Decimal("0.2"), Decimal("0.2"), whole=False)
    [Decimal('0.2')]
    """
    if high <= low:
        return [low]
    width = _round_up((high - low) / most)
    if whole:
        width = max(Decimal(1), width.to_integral_value(rounding="ROUND_CEILING"))
    first = (low / width).to_integral_value(rounding="ROUND_FLOOR") * width
    count = int((high - first) / width) + 1
    while count > most:  # the rounding of the first edge may have cost one part
        width = _round_up(width * Decimal("1.01"))
        first = (low / width).to_integral_value(rounding="ROUND_FLOOR") * width
        count = int((high - first) / width) + 1
    return [_plain(first + n * width) for n in range(count)]


def _round_up(rough: Decimal) -> Decimal:
    power = Decimal(10) ** math.floor(rough.log10())
    return next(factor * power for factor in _ROUND if factor * power >= rough)


def _plain(value: Decimal) -> Decimal:
    """Without an exponent or idle zeros, so that it reads as people write it."""
    return Decimal(format(value.normalize(), "f"))


def day_edges(low: dt.date, high: dt.date, most: int = MOST_BINS) -> tuple[Step, list[dt.date]]:
    """The first days of the shortest calendar steps that cut `[low, high]` into at most `most` parts; of very long times the last of them.

    >>> day_edges(dt.date(2026, 1, 10), dt.date(2026, 3, 1), most=4)
    ('month', [datetime.date(2026, 1, 1), datetime.date(2026, 2, 1), datetime.date(2026, 3, 1)])
    """
    for step in ("week", "month", "quarter", "year"):
        edges = _starts(low, high, step)
        if len(edges) <= most:
            return step, edges
    every = -(-len(edges) // most)
    return "year", edges[::every]


def _starts(low: dt.date, high: dt.date, step: Step) -> list[dt.date]:
    day, found = period_of(low, "this", step)[0], []
    while day <= high:
        found.append(day)
        day = period_of(day, "this", step)[1]
    return found


def steps_between(first: dt.date, last: dt.date, step: Step | Literal["day"]) -> int:
    """How many steps lie from one step's first day to another's.

    >>> steps_between(dt.date(2025, 11, 1), dt.date(2026, 2, 1), "month")
    3
    """
    match step:
        case "day":
            return (last - first).days
        case "week":
            return (last - first).days // 7
        case "month":
            return _months(first, last)
        case "quarter":
            return _months(first, last) // 3
        case "year":
            return last.year - first.year


def _months(first: dt.date, last: dt.date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
