"""Every comparison, once: its words, what it takes, and what it means.

An operator is one row. The compiler, the reference engine, the sentence and the
manual all read this table, so a new operator is a new row here and, when its SQL
has a new shape, one in `engine/compile.py`. Negatives mean NOT of their positive,
so people and events without the value are among them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from lohko.base import times
from lohko.base.text import fold
from lohko.model.condition import Moment
from lohko.model.operand import Day, Number, Operand, Period, Span, Test, Text, YesNo
from lohko.model.schema import NUMERIC, TEMPORAL, TEXTUAL, Type
from lohko.model.window import After, AgoBetween, Before, Between, During, InLast, Latest, LongAgo, Since, Until, Window

Many = Literal["many"]
Takes = Literal["value", "span", "period"]
EQUAL_TYPES: frozenset[Type] = NUMERIC | TEXTUAL | TEMPORAL | {"boolean"}
_SET: frozenset[Type] = frozenset({"text_set"})


@dataclass(frozen=True)
class Operator:
    """One comparison.

    key       what the tree stores
    types     the types of value it is asked of
    operands  how many it takes; "many" is one or more
    english   its sentence, with {0}, {1} for operands and {all} for a list of them; negatives say that those without a value are in
    negates   the key of the positive it is NOT of
    holds     the meaning for a value that is not temporal; None: decided by a range of instants, or of the whole set
    help      one sentence for the manual
    takes     what its operands are: values of the type on the left, a length of time, or a calendar period
    finnish   its sentence in Finnish, with the same places
    """

    key: str
    types: frozenset[Type]
    operands: int | Many
    english: str
    help: str
    negates: str | None = None
    holds: Callable[..., bool] | None = None
    takes: Takes = "value"
    finnish: str = ""


def _same(value: Any, wanted: Any) -> bool:
    return fold(value) == fold(wanted) if isinstance(value, str) else bool(value == wanted)


def _matches(value: str, pattern: str) -> bool:
    """Whether the whole text fits a pattern in which * is any text and ? is any one character."""
    parts = {"*": ".*", "?": "."}
    return re.fullmatch("".join(parts.get(c) or re.escape(c) for c in fold(pattern)), fold(value), re.DOTALL) is not None


_ROWS = (
    Operator(
        "is", EQUAL_TYPES, 1, "is {0}", "The value is that one; on a date or time, any time on that day.", holds=_same, finnish="on {0}"
    ),
    Operator(
        "is_not",
        EQUAL_TYPES,
        1,
        "is not {0} (or has none)",
        "Not that value, or none at all.",
        negates="is",
        finnish="ei ole {0} (tai tieto puuttuu)",
    ),
    Operator(
        "one_of",
        NUMERIC | TEXTUAL,
        "many",
        "is one of {all}",
        "The value is in the list.",
        holds=lambda value, *wanted: any(_same(value, item) for item in wanted),
        finnish="on jokin näistä: {all}",
    ),
    Operator(
        "none_of",
        NUMERIC | TEXTUAL,
        "many",
        "is none of {all} (or has none)",
        "Not in the list, or none at all.",
        negates="one_of",
        finnish="ei ole mikään näistä: {all} (tai tieto puuttuu)",
    ),
    Operator(
        "has_all", _SET, "many", "has all of {all}", "Every text of the list is among the values.", finnish="sisältää kaikki nämä: {all}"
    ),
    Operator(
        "does_not_have_all",
        _SET,
        "many",
        "does not have all of {all} (or has none)",
        "At least one text of the list is missing.",
        negates="has_all",
        finnish="ei sisällä kaikkia näitä: {all} (tai tieto puuttuu)",
    ),
    Operator(
        "contains",
        TEXTUAL,
        1,
        "contains {0}",
        "The text has that text somewhere in it.",
        holds=lambda value, wanted: fold(wanted) in fold(value),
        finnish="sisältää tekstin {0}",
    ),
    Operator(
        "does_not_contain",
        TEXTUAL,
        1,
        "does not contain {0} (or has none)",
        "The text is not in it, or there is no value.",
        negates="contains",
        finnish="ei sisällä tekstiä {0} (tai tieto puuttuu)",
    ),
    Operator(
        "contains_any",
        TEXTUAL,
        "many",
        "contains any of {all}",
        "The text has at least one of those texts in it.",
        holds=lambda value, *wanted: any(fold(item) in fold(value) for item in wanted),
        finnish="sisältää jonkin teksteistä: {all}",
    ),
    Operator(
        "contains_none",
        TEXTUAL,
        "many",
        "contains none of {all} (or has none)",
        "None of those texts is in it, or there is no value.",
        negates="contains_any",
        finnish="ei sisällä mitään teksteistä: {all} (tai tieto puuttuu)",
    ),
    Operator(
        "contains_all",
        TEXTUAL,
        "many",
        "contains all of {all}",
        "The text has every one of those texts in it.",
        holds=lambda value, *wanted: all(fold(item) in fold(value) for item in wanted),
        finnish="sisältää kaikki tekstit: {all}",
    ),
    Operator(
        "starts_with",
        TEXTUAL,
        1,
        "starts with {0}",
        "The text begins with that text.",
        holds=lambda value, wanted: fold(value).startswith(fold(wanted)),
        finnish="alkaa tekstillä {0}",
    ),
    Operator(
        "does_not_start_with",
        TEXTUAL,
        1,
        "does not start with {0} (or has none)",
        "The text begins otherwise, or there is no value.",
        negates="starts_with",
        finnish="ei ala tekstillä {0} (tai tieto puuttuu)",
    ),
    Operator(
        "ends_with",
        TEXTUAL,
        1,
        "ends with {0}",
        "The text ends with that text.",
        holds=lambda value, wanted: fold(value).endswith(fold(wanted)),
        finnish="päättyy tekstiin {0}",
    ),
    Operator(
        "does_not_end_with",
        TEXTUAL,
        1,
        "does not end with {0} (or has none)",
        "The text ends otherwise, or there is no value.",
        negates="ends_with",
        finnish="ei pääty tekstiin {0} (tai tieto puuttuu)",
    ),
    Operator(
        "matches",
        TEXTUAL,
        1,
        "matches {0}",
        "The whole text fits the pattern: * stands for any text, ? for any one character.",
        holds=_matches,
        finnish="vastaa mallia {0}",
    ),
    Operator(
        "does_not_match",
        TEXTUAL,
        1,
        "does not match {0} (or has none)",
        "The text does not fit the pattern, or there is no value.",
        negates="matches",
        finnish="ei vastaa mallia {0} (tai tieto puuttuu)",
    ),
    Operator("over", NUMERIC, 1, "is more than {0}", "More than the number.", holds=lambda value, n: value > n, finnish="on yli {0}"),
    Operator(
        "at_least", NUMERIC, 1, "is at least {0}", "The number or more.", holds=lambda value, n: value >= n, finnish="on vähintään {0}"
    ),
    Operator("under", NUMERIC, 1, "is less than {0}", "Less than the number.", holds=lambda value, n: value < n, finnish="on alle {0}"),
    Operator("at_most", NUMERIC, 1, "is at most {0}", "The number or less.", holds=lambda value, n: value <= n, finnish="on enintään {0}"),
    Operator(
        "between",
        NUMERIC | TEMPORAL,
        2,
        "is between {0} and {1}",
        "From the first to the second, both included; a last day counts whole.",
        holds=lambda value, low, high: low <= value <= high,
        finnish="on {0}–{1}",
    ),
    Operator(
        "not_between",
        NUMERIC | TEMPORAL,
        2,
        "is not between {0} and {1} (or has none)",
        "Outside that range, or no value.",
        negates="between",
        finnish="ei ole {0}–{1} (tai tieto puuttuu)",
    ),
    Operator("known", EQUAL_TYPES, 0, "is known", "There is a value.", holds=lambda value: True, finnish="on tiedossa"),
    Operator("unknown", EQUAL_TYPES, 0, "is unknown", "There is no value.", negates="known", finnish="puuttuu"),
    Operator("before", TEMPORAL, 1, "is before {0}", "Earlier than the first instant of that day.", finnish="on ennen {0}"),
    Operator("until", TEMPORAL, 1, "is on or before {0}", "On that day or earlier.", finnish="on viimeistään {0}"),
    Operator("after", TEMPORAL, 1, "is after {0}", "From the first instant after that day.", finnish="on {0} jälkeen"),
    Operator("since", TEMPORAL, 1, "is since {0}", "From the first instant of that day.", finnish="on {0} alkaen"),
    Operator(
        "in_last",
        TEMPORAL,
        1,
        "is in the last {0}",
        "In the last days, counted from a local midnight, up to now.",
        takes="span",
        finnish="on viimeisten {0} aikana",
    ),
    Operator(
        "not_in_last",
        TEMPORAL,
        1,
        "is not in the last {0} (or has none)",
        "Not in that time, or no value.",
        negates="in_last",
        takes="span",
        finnish="ei ole viimeisten {0} aikana (tai tieto puuttuu)",
    ),
    Operator(
        "long_ago",
        TEMPORAL,
        1,
        "is more than {0} ago",
        "Earlier than where `in the last` so many days begins.",
        takes="span",
        finnish="oli yli {0} sitten",
    ),
    Operator(
        "ago_between",
        TEMPORAL,
        2,
        "is {0}-{1} ago",
        "From the longer to the shorter time ago, both included; days count whole. Of equal lengths: exactly that long ago.",
        takes="span",
        finnish="oli {0}–{1} sitten",
    ),
    Operator(
        "in_next",
        TEMPORAL,
        1,
        "is in the next {0}",
        "From now to the end of the last of the next days; a date that is today is in it. Hours and minutes roll.",
        takes="span",
        finnish="on seuraavien {0} aikana",
    ),
    Operator(
        "not_in_next",
        TEMPORAL,
        1,
        "is not in the next {0} (or has none)",
        "Not in that time, or no value.",
        negates="in_next",
        takes="span",
        finnish="ei ole seuraavien {0} aikana (tai tieto puuttuu)",
    ),
    Operator(
        "during",
        TEMPORAL,
        1,
        "is {0}",
        "In that calendar day, week, month, quarter or year, the whole of it.",
        takes="period",
        finnish="on {0}",
    ),
    Operator(
        "not_during",
        TEMPORAL,
        1,
        "is not {0} (or has none)",
        "Not in that calendar period, or no value.",
        negates="during",
        takes="period",
        finnish="ei ole {0} (tai tieto puuttuu)",
    ),
    Operator(
        "anniversary_in_next",
        TEMPORAL,
        1,
        "anniversary is in the next {0}",
        "Its day of the year comes again today or on one of the next days, in a later year; 29 February comes on 28 February.",
        takes="span",
        finnish="toistuu seuraavien {0} aikana",
    ),
    Operator(
        "anniversary_during",
        TEMPORAL,
        1,
        "anniversary is {0}",
        "Its day of the year comes again in that calendar period, in a later year; 29 February comes on 28 February.",
        takes="period",
        finnish="toistuu {0}",
    ),
)

OPERATORS: dict[str, Operator] = {row.key: row for row in _ROWS}


def positive(test: Test) -> tuple[Test, bool]:
    """The test without its negation, and whether it was negated."""
    negates = OPERATORS[test.op].negates
    return (Test(negates, test.operands), True) if negates else (test, False)


def operand_problem(test: Test) -> str | None:
    """What is wrong with the operands of a known operator, apart from the type of what it compares."""
    operator, given = OPERATORS[test.op], len(test.operands)
    words = operator.key.replace("_", " ")
    if operator.operands == "many" and given == 0:
        return f"`{words}` takes at least one value."
    if operator.operands != "many" and given != operator.operands:
        return f"`{words}` takes {operator.operands} {'value' if operator.operands == 1 else 'values'}, not {given}."
    if any(_takes(operand) != operator.takes for operand in test.operands):
        wanted = {"span": "a length of time", "period": "a calendar period such as this month", "value": "values"}
        return f"`{words}` takes {wanted[operator.takes]}."
    return None


def _takes(operand: Operand) -> Takes:
    if isinstance(operand, Span):
        return "span"
    return "period" if isinstance(operand, Period) else "value"


def plain(operand: Operand) -> Any:
    """The Python value of an operand."""
    if isinstance(operand, Span | Period):
        return operand
    return operand.value


def zero_satisfies(test: Test) -> bool:
    """Whether the number 0 passes: such a count is asked as its complement."""
    asked, negated = positive(test)
    holds = OPERATORS[asked.op].holds
    if holds is None:
        raise ValueError(f"{test.op} does not compare numbers")
    return bool(holds(0, *map(plain, asked.operands))) != negated


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


OPERAND_KINDS: dict[Type, type[Text] | type[Number] | type[YesNo] | type[Day]] = {
    "text": Text,
    "text_set": Text,
    "integer": Number,
    "decimal": Number,
    "money": Number,
    "boolean": YesNo,
    "date": Day,
    "time": Day,
}
"""What stands on the right of a comparison, by the type on its left, for operators that take values."""


def operand_kind(operator: Operator, kind: Type) -> type[Text] | type[Number] | type[YesNo] | type[Day] | type[Span] | type[Period]:
    """What stands on the right of a comparison of a value of that type."""
    if operator.takes == "value":
        return OPERAND_KINDS[kind]
    return Span if operator.takes == "span" else Period
