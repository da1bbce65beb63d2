"""Values, comparisons and windows of time in Finnish: what follows the subject of a sentence."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from lohko.model.condition import Ever, Moment
from lohko.model.finnish_words import PERIODS, UNITS, VERBS, currency_after
from lohko.model.normal import plain_number
from lohko.model.operand import Day, Number, Operand, Period, Span, Test, Text, YesNo
from lohko.model.operators import OPERATORS, positive
from lohko.model.window import After, AgoBetween, Before, Between, During, InLast, Latest, LongAgo, Since, Until, Window
from lohko.model.words import write_text

AMOUNTS = {"at_least": "vähintään", "at_most": "enintään", "over": "yli", "under": "alle", "is": "tasan"}
"""Comparisons that stand before a number of times, euros or percents; a range needs no word."""


def write_number(value: Decimal) -> str:
    """A number with a comma for decimals and a space between thousands.

    >>> write_number(Decimal("1234.50")), write_number(Decimal("-0.125")), write_number(Decimal(730))
    ('1 234,5', '-0,125', '730')
    """
    return f"{plain_number(value):,f}".replace(",", " ").replace(".", ",")


def write_money(value: Decimal) -> str:
    """An amount of money: with two decimals unless it is whole or more exact.

    >>> write_money(Decimal("1234.5")), write_money(Decimal(500)), write_money(Decimal("0.125"))
    ('1 234,50', '500', '0,125')
    """
    text = write_number(value)
    return text + "0" if re.search(r",\d\Z", text) else text


def write_day(day: dt.date) -> str:
    """A day as Finns write it.

    >>> write_day(dt.date(2026, 11, 1))
    '1.11.2026'
    """
    return f"{day.day}.{day.month}.{day.year:04d}"


def write_operand(operand: Operand) -> str:
    """A value as it stands in a rule: never inflected."""
    match operand:
        case Text(value):
            return write_text(value)
        case Number(value):
            return write_number(value)
        case Day(value):
            return write_day(value)
        case YesNo(value):
            return "kyllä" if value else "ei"
        case Span():
            return partitive(operand)
        case Period():
            return PERIODS[operand][0]


def partitive(span: Span) -> str:
    """How long: `30 päivää`, `1 päivä`."""
    unit = UNITS[span.unit]
    return f"{write_number(Decimal(span.n))} {unit.nominative if span.n == 1 else unit.partitive}"


def _genitive(span: Span) -> str:
    unit = UNITS[span.unit].genitive
    return unit if span.n == 1 else f"{write_number(Decimal(span.n))} {unit}"


def last(span: Span) -> str:
    """Whose last time: `viimeisten 30 päivän`, `viimeisen vuoden`."""
    return f"{'viimeisen' if span.n == 1 else 'viimeisten'} {_genitive(span)}"


def within(span: Span) -> str:
    """A deadline: `24 tunnin kuluessa`, `tunnin kuluessa`."""
    return f"{_genitive(span)} kuluessa"


def apart(newest: Span, oldest: Span) -> str:
    """Two lengths of time as a range: `30–60 päivää`, `1 päivä – 2 viikkoa`; of equal ones `tasan 30 päivää`."""
    if newest == oldest:
        return f"tasan {partitive(newest)}"
    if newest.unit == oldest.unit:
        return f"{write_number(Decimal(newest.n))}–{partitive(oldest)}"
    return f"{partitive(newest)} – {partitive(oldest)}"


def comparison(test: Test, moment: Moment | None = None, *, currency: str | None = None) -> str:
    """A test as its words, from the verb on; at a moment in the past it is in the past tense, with the moment after the verb.

    >>> comparison(Test("starts_with", (Text("33"),))), comparison(Test("starts_with", (Text("33"),)), Span(90, "day"))
    ('alkaa tekstillä "33"', 'alkoi 90 päivää sitten tekstillä "33"')
    """
    if isinstance(moment, Ever):
        asked, negated = positive(test)
        verb, rest = _verb_and_rest(asked, currency)
        return f"{'ei ole koskaan' if negated else 'on joskus'} {VERBS[verb].participle} {rest}"
    if moment is None:
        return " ".join(_verb_and_rest(test, currency)).rstrip()
    verb, rest = _verb_and_rest(test, currency, "puuttui")
    return f"{VERBS[verb].past} {when(moment)} {rest}".rstrip()


def never(test: Test, currency: str | None = None) -> str | None:
    """What never was so, for comparisons without a negative of their own: `ei ole koskaan ollut yli 5`."""
    if any(row.negates == test.op for row in OPERATORS.values()) or OPERATORS[test.op].negates:
        return None
    verb, rest = _verb_and_rest(test, currency)
    return f"ei ole koskaan {VERBS[verb].participle} {rest}"


def when(moment: Span | Day) -> str:
    """A moment in the past: `90 päivää sitten`, `päivän 1.11.2026 alussa`."""
    return f"{partitive(moment)} sitten" if isinstance(moment, Span) else f"päivän {write_day(moment.value)} alussa"


def _verb_and_rest(test: Test, currency: str | None, missing: str = "puuttuu") -> tuple[str, str]:
    words = OPERATORS[test.op].finnish.replace("(tai tieto puuttuu)", f"(tai tieto {missing})")
    start = next(verb for verb in sorted(VERBS, key=len, reverse=True) if words.startswith(verb))
    rest = words[len(start) :].strip()
    match test.operands:
        case (Span() as span,) if "viimeisten" in rest:
            return start, rest.replace("viimeisten {0}", last(span))
        case (Span() as span,) if "seuraavien" in rest:
            return start, rest.replace("seuraavien {0}", _next(span))
        case (Span() as newest, Span() as oldest):
            return start, rest.replace("{0}–{1}", apart(newest, oldest))
    written = [write_operand(operand) if currency is None else _with_currency(operand, currency) for operand in test.operands]
    if currency is not None and "{0}–{1}" in rest and isinstance(test.operands[0], Number):
        written[0] = write_money(test.operands[0].value)  # the currency is said once: `50–100 euroa`
    return start, rest.format(*written, all=", ".join(written))


def _with_currency(operand: Operand, currency: str) -> str:
    if not isinstance(operand, Number):
        return write_operand(operand)
    return f"{write_money(operand.value)} {currency_after(currency, one=operand.value == 1)}"


def _next(span: Span) -> str:
    return f"{'seuraavan' if span.n == 1 else 'seuraavien'} {_genitive(span)}"


def is_amount(test: Test) -> bool:
    """Whether the test can stand before what is counted: `vähintään 3`, `3–5`."""
    return test.op in (*AMOUNTS, "between") and all(isinstance(item, Number) for item in test.operands)


def is_times(test: Test) -> bool:
    """Whether the test says how many times."""
    return is_amount(test) and all(
        isinstance(item, Number) and item.value >= 0 and item.value == item.value.to_integral_value() for item in test.operands
    )


def amount(test: Test, *, money: bool = False) -> str:
    """What stands before what is counted: `vähintään 3`, `3–5`, `yli 1 234,50`."""
    write = write_money if money else write_number
    numbers = [write(item.value) for item in test.operands if isinstance(item, Number)]
    return "–".join(numbers) if test.op == "between" else f"{AMOUNTS[test.op]} {numbers[0]}"


def times(test: Test) -> str:
    """How many times: `vähintään 3 kertaa`, `tasan kerran`."""
    one = test.op != "between" and test.operands == (Number(Decimal(1)),)
    return f"{AMOUNTS[test.op]} kerran" if one else f"{amount(test)} kertaa"


def window_text(window: Window) -> str:
    """When something happened: `viimeisten 30 päivän aikana`, `1.11.2026 alkaen`."""
    match window:
        case InLast() | Latest():
            return f"{of_window(window)} aikana"
        case Between(first, end) if first == end:
            return f"päivänä {write_day(first)}"
        case Between(first, end):
            return f"{write_day(first)}–{write_day(end)}"
        case Before(day):
            return f"ennen {write_day(day)}"
        case After(day):
            return f"{write_day(day)} jälkeen"
        case Since(day):
            return f"{write_day(day)} alkaen"
        case Until(day):
            return f"viimeistään {write_day(day)}"
        case LongAgo(span):
            return f"yli {partitive(span)} sitten"
        case AgoBetween(newest, oldest):
            return f"{apart(newest, oldest)} sitten"
        case During(period):
            return PERIODS[period][0]


def of_window(window: Window) -> str | None:
    """Whose time it is, for windows that have a genitive: `viimeisten 12 kuukauden` tilaukset, `viime kuun` tilaukset."""
    match window:
        case InLast(span):
            return last(span)
        case Latest(n):
            return "viimeisen kerran" if n == 1 else f"viimeisten {write_number(Decimal(n))} kerran"
        case During(period):
            return PERIODS[period][1]
    return None
