"""All arithmetic with zones, once, here: no engine converts zones.

Instants are aware UTC datetimes. A day begins at its first instant in the zone,
which is not always 00:00. A local time that occurs twice is the first; one that
does not occur moves forward by the gap (both are what `fold=0` means).
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from lohko.base.errors import InputError, did_you_mean

_DAY = dt.timedelta(days=1)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


@lru_cache(maxsize=64)  # listing the machine's zones takes longer than a small question
def zone(name: str) -> ZoneInfo:
    """The time zone of that name; InputError with candidates when there is none."""
    if name in available_timezones():
        return ZoneInfo(name)
    raise InputError(
        "unknown_timezone",
        f"No time zone is called {name!r}.",
        hint=did_you_mean(name, available_timezones()) or "for example Europe/Helsinki.",
    )


def to_utc(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant of a naive local time; the first of two, or forward by the gap."""
    return local.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)


@lru_cache(maxsize=4096)
def naive(moment: dt.datetime) -> dt.datetime:
    """An instant as the engine keeps it: UTC without saying so."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None)


def midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The first instant of a local date, in UTC."""
    start = dt.datetime.combine(day, dt.time())
    candidate = to_utc(start, zone)
    # Where 00:00 does not occur, `fold=0` lands after the gap by the gap's length: the gap's end is the day's start.
    if candidate.astimezone(zone).replace(tzinfo=None) == start:
        return candidate
    before = start.replace(tzinfo=zone, fold=1).astimezone(dt.UTC)
    low, high = min(before, candidate), max(before, candidate)
    while high - low > dt.timedelta(seconds=1):
        middle = low + (high - low) / 2
        middle = middle.replace(microsecond=0)
        if middle <= low:
            break
        if middle.astimezone(zone).date() < day:
            low = middle
        else:
            high = middle
    return high


def local_day(instant: dt.datetime, zone: ZoneInfo) -> dt.date:
    """The local date of an instant."""
    return instant.astimezone(zone).date()


def parse_as_of(text: str, zone: ZoneInfo) -> dt.datetime:
    """An instant as people write it: a date is its first instant, a time without an offset is local."""
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(
            "bad_as_of",
            f"{text!r} is not a date or time.",
            hint="write 2026-11-01, 2026-11-01T12:30 or 2026-11-01T12:30+02:00.",
        ) from error
    try:
        if _ISO_DAY.match(text.strip()):
            return midnight(moment.date(), zone)
        return to_utc(moment, zone) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except OverflowError as error:
        raise InputError("bad_as_of", f"{text!r} is outside the years that can be used.") from error


Unit = Literal["minute", "hour", "day", "week", "month", "quarter", "year"]
CalendarUnit = Literal["day", "week", "month", "quarter", "year"]
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def back(as_of: dt.datetime, n: int, unit: Unit, zone: ZoneInfo) -> dt.datetime:
    """The start of "in last n units" at `as_of`: minutes and hours roll, the others begin at a local midnight. A negative n goes forward."""
    try:
        if unit == "minute":
            return as_of - dt.timedelta(minutes=n)
        if unit == "hour":
            return as_of - dt.timedelta(hours=n)
        return midnight(days_back(local_day(as_of, zone), n, unit), zone)
    except (OverflowError, ValueError) as error:
        way, end = ("before", "before the year 1") if n > 0 else ("after", "after the year 9999")
        raise InputError("window_too_long", f"{abs(n)} {unit}s {way} {as_of:%Y-%m-%d} is {end}.") from error


def later(instant: dt.datetime, n: int, unit: Unit, zone: ZoneInfo) -> dt.datetime:
    """The instant n units after one: minutes and hours by the clock's running, the others at the same local time of that later date.

    >>> later(dt.datetime(2026, 3, 28, 22, tzinfo=dt.UTC), 1, "day", ZoneInfo("Europe/Helsinki"))
    datetime.datetime(2026, 3, 29, 21, 0, tzinfo=datetime.timezone.utc)
    """
    if unit in ("minute", "hour"):
        return back(instant, -n, unit, zone)
    day = local_day(instant, zone)
    midnight_then = back(instant, -n, unit, zone)
    if instant == midnight(day, zone):  # also where 00:00 does not occur
        return midnight_then
    return to_utc(dt.datetime.combine(local_day(midnight_then, zone), instant.astimezone(zone).time()), zone)


def days_back(day: dt.date, n: int, unit: Unit) -> dt.date:
    """The local date n days, weeks, months, quarters or years before one (after it, when n is negative); clamped to the month's end.

    >>> days_back(dt.date(2024, 3, 31), 1, "month"), days_back(dt.date(2024, 2, 29), -1, "year")
    (datetime.date(2024, 2, 29), datetime.date(2025, 2, 28))
    """
    if unit in ("day", "week"):
        return day - (n if unit == "day" else 7 * n) * _DAY
    year, month = divmod(day.year * 12 + day.month - 1 - n * _MONTHS[unit], 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def period_of(day: dt.date, which: Literal["this", "previous", "next"], unit: CalendarUnit) -> tuple[dt.date, dt.date]:
    """The first day of the calendar period that a day is in, or of the one before or after it, and the first day after the period.

    >>> period_of(dt.date(2026, 11, 25), "this", "week"), period_of(dt.date(2026, 11, 25), "previous", "quarter")
    ((datetime.date(2026, 11, 23), datetime.date(2026, 11, 30)), (datetime.date(2026, 7, 1), datetime.date(2026, 10, 1)))
    """
    if unit == "day":
        first = day
    elif unit == "week":
        first = day - day.weekday() * _DAY
    else:
        first = day.replace(month=(day.month - 1) // _MONTHS[unit] * _MONTHS[unit] + 1, day=1)
    first = days_back(first, {"this": 0, "previous": 1, "next": -1}[which], unit)
    return first, days_back(first, -1, unit)


def next_midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The first instant after a local date."""
    return midnight(day + _DAY, zone)


def first_day_from(instant: dt.datetime, zone: ZoneInfo) -> dt.date:
    """The first local date that begins at or after an instant; lets dates use the same half-open edges."""
    day = local_day(instant, zone)
    return day if midnight(day, zone) == instant else day + _DAY


# --- zones as small tables, for joins at the borders of an engine -------------------


@dataclass(frozen=True)
class Offset:
    """From `start` (naive) on, local time is UTC plus `seconds`; `kind` says what a local time there is."""

    start: dt.datetime
    seconds: int
    kind: Literal["normal", "twice", "missing"] = "normal"


def _transitions(zone: ZoneInfo, first_year: int, last_year: int) -> list[tuple[dt.datetime, int, int]]:
    """Instants where the offset changes: (naive UTC, seconds before, seconds after)."""

    def seconds(moment: dt.datetime) -> int:
        offset = moment.replace(tzinfo=dt.UTC).astimezone(zone).utcoffset()
        return int(offset.total_seconds()) if offset else 0

    found = []
    moment, end = dt.datetime(first_year, 1, 1), dt.datetime(last_year + 1, 1, 1)
    while moment < end:
        later = moment + 4 * _DAY  # no zone has changed its offset twice within four days
        if seconds(moment) != seconds(later):
            low, high = moment, later
            while high - low > dt.timedelta(seconds=1):
                middle = (low + (high - low) / 2).replace(microsecond=0)
                low, high = (middle, high) if seconds(middle) == seconds(low) else (low, middle)
            found.append((high, seconds(low), seconds(high)))
        moment = later
    return found


@lru_cache(maxsize=16)
def to_local_offsets(zone: ZoneInfo, first_year: int, last_year: int) -> tuple[Offset, ...]:
    """By naive UTC instant: what to add to get local time."""
    changes = _transitions(zone, first_year, last_year)
    start = dt.datetime(first_year, 1, 1)
    if not changes:
        offset = start.replace(tzinfo=dt.UTC).astimezone(zone).utcoffset()
        return (Offset(start, int(offset.total_seconds()) if offset else 0),)
    return (Offset(start, changes[0][1]), *(Offset(at, after) for at, _, after in changes))


@lru_cache(maxsize=16)
def to_utc_offsets(zone: ZoneInfo, first_year: int, last_year: int) -> tuple[Offset, ...]:
    """By naive local time: what to subtract to get UTC, and whether that local time occurs twice or never."""
    first = to_local_offsets(zone, first_year, last_year)[0]
    found = [first]
    for at, before, after in _transitions(zone, first_year, last_year):
        old, new = at + dt.timedelta(seconds=before), at + dt.timedelta(seconds=after)
        if after > before:  # local times from old to new do not occur: read with the offset before, they move forward
            found += [Offset(old, before, "missing"), Offset(new, after)]
        else:  # local times from new to old occur twice: the first reading is with the offset before
            found += [Offset(new, before, "twice"), Offset(old, after)]
    return tuple(found)


def instant(text: Any) -> dt.datetime | None:
    """An ISO 8601 time as an instant, taken as UTC where it names no zone; None when it is none.

    >>> instant("2026-01-02T03:04:05Z"), instant("2026-01-02 03:04:05"), instant("soon"), instant(None)
    (datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc), datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc), None, None)
    """
    try:
        found = dt.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)


def written(at: dt.datetime) -> str:
    """An instant in UTC as the systems' APIs take it.

    >>> written(dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC))
    '2026-01-02T03:04:05Z'
    """
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds" if at.microsecond else "seconds").replace("+00:00", "Z")
