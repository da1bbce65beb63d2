"""When exactly a window, a moment or a comparison of times begins and ends: the one place where a rule meets the calendar."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from lohko.base import times
from lohko.model.condition import Moment
from lohko.model.operand import Day, Period, Span, Test
from lohko.model.window import After, AgoBetween, Before, Between, During, InLast, Latest, LongAgo, Since, Until, Window

Range = tuple[dt.datetime | None, dt.datetime | None]
_INSTANT = dt.timedelta(microseconds=1)


def window_range(window: Window | None, as_of: dt.datetime, zone: ZoneInfo) -> tuple[dt.datetime | None, dt.datetime]:
    """When events count: from (None: ever) up to, not including; never past `as_of`. `Latest` picks among all of them."""
    low: dt.datetime | None = None
    high: dt.datetime | None = as_of
    match window:
        case InLast(span):
            low = times.back(as_of, span.n, span.unit, zone)
        case Between(first, last):
            low, high = times.midnight(first, zone), times.next_midnight(last, zone)
        case Before(day):
            high = times.midnight(day, zone)
        case After(day):
            low = times.next_midnight(day, zone)
        case Since(day):
            low = times.midnight(day, zone)
        case Until(day):
            high = times.next_midnight(day, zone)
        case LongAgo(span):
            high = times.back(as_of, span.n, span.unit, zone)
        case AgoBetween(newest, oldest):
            low, high = ago_range(newest, oldest, as_of, zone)
        case During(period):
            low, high = period_range(period, as_of, zone)
        case None | Latest():
            pass
    return low, min(high or as_of, as_of)


def ago_range(newest: Span, oldest: Span, as_of: dt.datetime, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """From the longer to the shorter time ago, whole local days for days and longer, both ends included."""
    low = times.back(as_of, oldest.n, oldest.unit, zone)
    high = times.back(as_of, newest.n, newest.unit, zone)
    if newest.unit in ("minute", "hour"):
        return low, high + _INSTANT
    return low, times.next_midnight(times.local_day(high, zone), zone)


def period_range(period: Period, as_of: dt.datetime, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """The whole of a calendar period."""
    first, end = times.period_of(times.local_day(as_of, zone), period.which, period.unit)
    return times.midnight(first, zone), times.midnight(end, zone)


def moment_of(at: Moment | None, as_of: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant that `at` means, never later than as_of; of Ever and nothing it is as_of."""
    match at:
        case Span(n, unit):
            return times.back(as_of, n, unit, zone)
        case Day(day):
            return min(times.midnight(day, zone), as_of)
    return as_of


def temporal_range(test: Test, as_of: dt.datetime, zone: ZoneInfo) -> Range:
    """A positive comparison of a time as a half-open range of instants; None is unbounded. For dates see `day_range`.

    Unlike windows of events it is not cut at `as_of`: a subscription may end next year.
    """
    match test:
        case Test("is", (Day(day),)):
            return times.midnight(day, zone), times.next_midnight(day, zone)
        case Test("between", (Day(first), Day(last))):
            return times.midnight(first, zone), times.next_midnight(last, zone)
        case Test("before", (Day(day),)):
            return None, times.midnight(day, zone)
        case Test("until", (Day(day),)):
            return None, times.next_midnight(day, zone)
        case Test("after", (Day(day),)):
            return times.next_midnight(day, zone), None
        case Test("since", (Day(day),)):
            return times.midnight(day, zone), None
        case Test("in_last", (Span(n, unit),)):
            return times.back(as_of, n, unit, zone), as_of
        case Test("long_ago", (Span(n, unit),)):
            return None, times.back(as_of, n, unit, zone)
        case Test("ago_between", (Span() as newest, Span() as oldest)):
            return ago_range(newest, oldest, as_of, zone)
        case Test("in_next", (Span(n, unit),)):
            end = times.back(as_of, -n, unit, zone)
            return as_of, end if unit in ("minute", "hour") else times.next_midnight(times.local_day(end, zone), zone)
        case Test("during", (Period() as period,)):
            return period_range(period, as_of, zone)
        case Test("known"):
            return None, None
    raise ValueError(f"{test.op} is no comparison of times")


DayRange = tuple[dt.date | None, dt.date | None]


def day_range(test: Test, as_of: dt.datetime, zone: ZoneInfo) -> DayRange:
    """The same comparison of a date as a half-open range of days: a day belongs to a range of instants when its 00:00 does.

    Only `in next` begins with the day that `as_of` is on, though its 00:00 is past.
    """
    low, high = temporal_range(test, as_of, zone)
    first = times.first_day_from(low, zone) if low else None
    if test.op == "in_next":
        first = times.local_day(as_of, zone)
    return first, times.first_day_from(high, zone) if high else None


def anniversaries(test: Test, as_of: dt.datetime, zone: ZoneInfo) -> dict[int, int]:
    """For `anniversary ...`: the days of the year that it asks about, as 100 x month + day, each with the latest year it comes in.

    A date passes when its day is among them and its year is earlier. 29 February is asked for by 28 February of years without it.
    """
    operand = test.operands[0]
    today = times.local_day(as_of, zone)
    if isinstance(operand, Span):
        first, end = today, times.local_day(times.back(as_of, -operand.n, operand.unit, zone), zone) + dt.timedelta(days=1)
    elif isinstance(operand, Period):
        first, end = times.period_of(today, operand.which, operand.unit)
    else:
        raise ValueError(f"{test.op} takes a length of time or a period")
    first = max(first, end - dt.timedelta(days=MOST_ANNIVERSARIES))
    found: dict[int, int] = {}
    for n in range((end - first).days):
        day = first + dt.timedelta(days=n)
        found[100 * day.month + day.day] = day.year
        if (day.month, day.day) == (2, 28) and (day + dt.timedelta(days=1)).day != 29:
            found[229] = day.year
    return found


MOST_ANNIVERSARIES = 1500
"""Days of which four years hold every day of the year, 29 February too: longer lengths ask for nothing more."""
