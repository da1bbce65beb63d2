"""Values, comparisons and windows of time in English: what follows the subject of a sentence."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from lohko.model.normal import plain_number
from lohko.model.operand import Day, Number, Operand, Period, Span, Test, Text, YesNo
from lohko.model.operators import OPERATORS
from lohko.model.window import After, AgoBetween, Before, Between, During, InLast, Latest, LongAgo, Since, Until, Window
from lohko.model.words import MONTHS, is_bare, write_text

_SIGNS = {"EUR": "€", "GBP": "£", "USD": "$"}
_CODES = frozenset("SEK NOK DKK CHF PLN CZK ISK HUF".split())
_PAST = {
    "is": "was",
    "does": "did",
    "has": "had",
    "contains": "contained",
    "starts": "started",
    "ends": "ended",
    "matches": "matched",
    "anniversary is": "anniversary was",
}
_OR_NONE = " (or has none)"
AMOUNTS = {"at_least": "at least", "at_most": "at most", "over": "more than", "under": "fewer than", "is": "exactly"}
"""Comparisons that stand before a number of times or of things; a range needs no word."""


def write_number(value: Decimal) -> str:
    """A number without an exponent or idle zeros.

    >>> write_number(Decimal("1E+3")), write_number(Decimal("2.50"))
    ('1000', '2.5')
    """
    return format(plain_number(value), "f")


def write_money(value: Decimal, currency: str) -> str:
    """An amount with its currency, as a rule can have it.

    >>> write_money(Decimal(500), "EUR"), write_money(Decimal("12.50"), "SEK"), write_money(Decimal(9), "XTS")
    ('500 €', '12.5 SEK', '9')
    """
    sign = _SIGNS.get(currency) or (currency if currency in _CODES else "")
    return f"{write_number(value)} {sign}".rstrip()


def write_day(day: dt.date) -> str:
    """A day as it is said.

    >>> write_day(dt.date(2026, 11, 1))
    '1 November 2026'
    """
    return f"{day.day} {MONTHS[day.month - 1]} {day.year:04d}"


def write_span(span: Span) -> str:
    """A length of time: `30 days`, `1 day`."""
    return f"{span.n} {span.unit}{'' if span.n == 1 else 's'}"


def apart(newest: Span, oldest: Span) -> str:
    """Two lengths of time: `30-60 days`, `3 weeks to 2 months`; of equal ones `exactly 30 days`."""
    if newest == oldest:
        return f"exactly {write_span(newest)}"
    return f"{newest.n}-{write_span(oldest)}" if newest.unit == oldest.unit else f"{write_span(newest)} to {write_span(oldest)}"


def write_period(period: Period) -> str:
    """A calendar period: `today`, `this month`, `in the previous quarter`.

    >>> write_period(Period("previous", "day")), write_period(Period("next", "month"))
    ('yesterday', 'next month')
    """
    if period.unit == "day":
        return {"this": "today", "previous": "yesterday", "next": "tomorrow"}[period.which]
    return f"in the previous {period.unit}" if period.which == "previous" else f"{period.which} {period.unit}"


def write_operand(operand: Operand, *, bare: bool = False, money: str | None = None) -> str:
    """A value as it stands in a rule; `bare`: one word without quotes; `money`: with that currency."""
    match operand:
        case Text(value):
            return value if bare and is_bare(value) else write_text(value)
        case Number(value):
            return write_number(value) if money is None else write_money(value, money)
        case Day(value):
            return write_day(value)
        case YesNo(value):
            return "yes" if value else "no"
        case Span():
            return write_span(operand)
        case Period():
            return write_period(operand)
    raise TypeError(operand)


def comparison(test: Test, *, past: bool = False, none: bool = True, bare: bool = False, money: str | None = None) -> str:
    """A test as its words, from the verb on.

    past   as it was
    none   a negative one says that those without a value are in
    bare   values of one word stand without quotes

    >>> comparison(Test("is_not", (Text("vip"),))), comparison(Test("starts_with", (Text("33"),)), past=True)
    ('is not "vip" (or has none)', 'started with "33"')
    """
    words = OPERATORS[test.op].english
    if not none:
        words = words.removesuffix(_OR_NONE)
    if past:
        verb = next(verb for verb in sorted(_PAST, key=len, reverse=True) if words.startswith(f"{verb} "))
        words = f"{_PAST[verb]}{words[len(verb) :]}".replace(_OR_NONE, _OR_NONE.replace("has", "had"))
    match test.operands:
        case (Span() as newest, Span() as oldest):
            return words.replace("{0}-{1}", apart(newest, oldest))
    written = [write_operand(operand, bare=bare, money=money) for operand in test.operands]
    # A tree that is being refused for its operands is said too: what is missing in it is a question mark.
    return words.format(*written, "?", "?", all=", ".join(written))


def ever(test: Test) -> str:
    """What was so at some time: `has ever been "Oulu"`, `ever contained "x"`."""
    words = comparison(test)
    return f"has ever been {words[3:]}" if words.startswith("is ") else f"ever {comparison(test, past=True)}"


def is_amount(test: Test, *, whole: bool = False) -> bool:
    """Whether the test can stand before what is counted: `at least 3`, `3-5`."""
    numbers = [item.value for item in test.operands if isinstance(item, Number)]
    plain = len(numbers) == len(test.operands) == (2 if test.op == "between" else 1) and all(
        n >= 0 and (not whole or n == n.to_integral_value()) for n in numbers
    )
    return test.op in (*AMOUNTS, "between") and plain


def amount(test: Test, *, money: str | None = None, mass: bool = False) -> str:
    """What stands before what is counted: `at least 3`, `3-5`, `more than 500 €`; `mass`: of what is not counted one by one."""
    numbers = [write_number(item.value) for item in test.operands if isinstance(item, Number)]
    words = (
        "-".join(numbers) if test.op == "between" else f"{'less than' if mass and test.op == 'under' else AMOUNTS[test.op]} {numbers[0]}"
    )
    return words if money is None else write_money(Decimal(1), money).replace("1", words, 1)


def times(test: Test) -> str:
    """How many times: `at least 3 times`, `exactly once`."""
    if test.op == "is" and test.operands in (_number(1), _number(2)):
        return "exactly once" if test.operands == _number(1) else "exactly twice"
    return f"{amount(test)} {'time' if test.op != 'between' and test.operands == _number(1) else 'times'}"


def _number(n: int) -> tuple[Number]:
    return (Number(Decimal(n)),)


def window_text(window: Window) -> str:
    """A window as its words: `in the last 90 days`."""
    match window:
        case InLast(span):
            return f"in the last {write_span(span)}"
        case Between(first, last):
            return f"between {write_day(first)} and {write_day(last)}"
        case Before(day):
            return f"before {write_day(day)}"
        case After(day):
            return f"after {write_day(day)}"
        case Since(day):
            return f"since {write_day(day)}"
        case Until(day):
            return f"on or before {write_day(day)}"
        case LongAgo(span):
            return f"more than {write_span(span)} ago"
        case AgoBetween(newest, oldest):
            return f"{apart(newest, oldest)} ago"
        case During(period):
            return write_period(period)
        case Latest(n):
            return f"among the latest {n}"
    raise TypeError(window)
