"""Which events are certainly among which: by their type, by what they must pass, and by their window."""

from __future__ import annotations

import datetime as dt

from lohko.model.condition import And, Condition, EdgeEvent, EventsFigure, Followed
from lohko.model.operand import Span
from lohko.model.window import After, Before, Between, InLast, Latest, LongAgo, Since, Until, Window

_FAMILY = {
    "minute": ("minute", 1),
    "hour": ("minute", 60),
    "day": ("day", 1),
    "week": ("day", 7),
    "month": ("month", 1),
    "quarter": ("month", 3),
    "year": ("month", 12),
}
_DAY = dt.timedelta(days=1)


def is_within(part: EventsFigure, whole: EventsFigure) -> bool:
    """Whether every event that the first counts is one that the second counts."""
    return part.event == whole.event and _passes(part.where, whole.where) and _window_within(part, whole)


def _passes(where: Condition | None, other: Condition | None) -> bool:
    """Whether what passes the first passes the second."""
    if other is None or where == other:
        return True
    wanted = set(other.parts) if isinstance(other, And) else {other}
    return wanted <= (set(where.parts) if isinstance(where, And) else {where})


def _window_within(part: EventsFigure, whole: EventsFigure) -> bool:
    inner, outer = part.window, whole.window
    if outer is None or (inner == outer and not isinstance(outer, Latest)):
        return True
    if isinstance(outer, Latest):  # the latest of other events are others
        return inner == outer and part.where == whole.where
    match inner, outer:
        case InLast(one), InLast(other):
            return not_longer(one, other)
        case LongAgo(one), LongAgo(other):
            return not_longer(other, one)
    first, second = _days(inner), _days(outer)
    if first is None or second is None:
        return False
    return second[0] <= first[0] and first[1] <= second[1]


def _days(window: Window | None) -> tuple[dt.date, dt.date] | None:
    """The first and the last day of a window between fixed days."""
    match window:
        case Between(first, last):
            return first, last
        case Before(day):
            return dt.date.min, day - _DAY if day > dt.date.min else day
        case Until(day):
            return dt.date.min, day
        case After(day):
            return day + _DAY if day < dt.date.max else day, dt.date.max
        case Since(day):
            return day, dt.date.max
    return None


def not_longer(one: Span, other: Span) -> bool:
    """Whether `in last ONE` begins, at every instant, no earlier than `in last OTHER`; False also where that cannot be told."""
    (kind, times), (other_kind, other_times) = _FAMILY[one.unit], _FAMILY[other.unit]
    return kind == other_kind and one.n * times <= other.n * other_times


def holds_none(window: Window | None) -> bool:
    """Whether no event can lie in the window."""
    match window:
        case InLast(Span(n, "minute" | "hour")):
            return n <= 0
        case Between(first, last):
            return first > last
    return False


def events_of(leaf: Condition) -> list[EventsFigure]:
    """Events of which there must be one for a chain or an edge to hold."""
    match leaf:
        case EdgeEvent(event=event, where=where, window=window):
            return [EventsFigure(event, "count", None, where, window)]
        case Followed(event=event, where=where, window=window, then=then):
            came = [EventsFigure(step.event, "count", None, step.where) for step in then if step.did]
            return [EventsFigure(event, "count", None, where, window), *came]
    return []
