# ruff: noqa: D102 - the methods are the rules of the grammars, which say what each is
"""Values of a rule while it is read, the same for every language: lengths of time, periods, windows, comparisons."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, get_args

from lark import Token, Transformer, v_args

from lohko.model.condition import Figure
from lohko.model.limits import MAX_LIST, MAX_SPAN
from lohko.model.misread import Misread
from lohko.model.operand import CalendarUnit, Day, Number, Operand, Period, Span, Test, YesNo
from lohko.model.operators import OPERATORS
from lohko.model.pieces import OrNone
from lohko.model.window import After, AgoBetween, Before, Between, During, InLast, Latest, LongAgo, Since, Until, Window

WINDOWS: tuple[type, ...] = get_args(get_args(Window)[0])
FIGURES: tuple[type, ...] = get_args(get_args(Figure)[0])


def whole(number: Number) -> int:
    """A whole number that is not negative; Misread otherwise."""
    value = number.value
    if value != value.to_integral_value() or value < 0:
        raise Misread(f"{value} is not a whole number.")
    return int(value)


def span(n: Decimal, unit: Any) -> Span:
    """A length of time; Misread when it is none."""
    if not 1 <= n <= MAX_SPAN or n != n.to_integral_value():
        raise Misread(f"A length of time is a whole number from 1 to {MAX_SPAN:,}.")
    return Span(int(n), unit)


def calendar(unit: Any) -> CalendarUnit:
    """The unit, if it is one of the calendar."""
    if unit in ("minute", "hour"):
        raise Misread(f"A calendar period is a day, week, month, quarter or year, not a {unit}.")
    found: CalendarUnit = unit
    return found


def or_none(test: Test) -> Test:
    """The test, if `(or has none)` is what it means."""
    if OPERATORS[test.op].negates is None:
        raise Misread(
            "`(or has none)` says what a negative comparison means; this one leaves out those without a value.",
            hint="add `or ... is unknown` to have them in.",
        )
    return test


@v_args(inline=True)
class Values(Transformer[Token, Any]):
    """What the rules for values, windows and comparisons make. A unit comes as its name in the tree: `day`."""

    # --- windows

    def window_in_last(self, span: Span) -> Window:
        return InLast(span)

    def window_between(self, first: Day, last: Day) -> Window:
        return Between(first.value, last.value)

    def window_before(self, day: Day) -> Window:
        return Before(day.value)

    def window_after(self, day: Day) -> Window:
        return After(day.value)

    def window_since(self, day: Day) -> Window:
        return Since(day.value)

    def window_until(self, day: Day) -> Window:
        return Until(day.value)

    def window_long_ago(self, span: Span) -> Window:
        return LongAgo(span)

    def window_ago_between(self, newest: Span, oldest: Span) -> Window:
        return AgoBetween(newest, oldest)

    def window_exactly_ago(self, span: Span) -> Window:
        return AgoBetween(span, span)

    def window_during(self, period: Period) -> Window:
        return During(period)

    def window_latest(self, n: Number) -> Window:
        return Latest(whole(n))

    # --- comparisons that are said in two ways

    def exactly_ago(self, span: Span) -> Test:
        return Test("ago_between", (span, span))

    # --- values

    def yes(self) -> YesNo:
        return YesNo(True)

    def no(self) -> YesNo:
        return YesNo(False)

    def list(self, *values: Operand) -> tuple[Operand, ...]:
        if len(values) > MAX_LIST:
            raise Misread(f"A list holds at most {MAX_LIST:,} values.")
        return values

    def this(self, unit: Any) -> Period:
        return Period("this", calendar(unit))

    def previous(self, unit: Any) -> Period:
        return Period("previous", calendar(unit))

    def next(self, unit: Any) -> Period:
        return Period("next", calendar(unit))

    def today(self) -> Period:
        return Period("this", "day")

    def yesterday(self) -> Period:
        return Period("previous", "day")

    def tomorrow(self) -> Period:
        return Period("next", "day")

    def or_none(self, test: Test | None = None) -> Test | OrNone:
        return or_none(test) if test is not None else OrNone()


def _test_of(key: str) -> Callable[..., Test]:
    def build(_: Values, *operands: Any) -> Test:
        return Test(key, operands[0] if OPERATORS[key].operands == "many" else operands)

    return build


for _key in OPERATORS:
    setattr(Values, _key, v_args(inline=True)(_test_of(_key)))
