# ruff: noqa: D102 - the methods are the rules of the Finnish grammar, which says what each is
"""Names, values, windows and lengths of time of a Finnish rule, while it is read."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from lark import Token, v_args

from lohko.model.build import Builder
from lohko.model.build_values import span
from lohko.model.finnish_terms import meaning
from lohko.model.limits import FIRST_YEAR, LAST_YEAR, day_fits, fits
from lohko.model.misread import Misread
from lohko.model.operand import Day, Number, Period, Span, Test, Text
from lohko.model.pieces import Name, PartName, Segment
from lohko.model.window import AgoBetween, Between, During, InLast, LongAgo, Window
from lohko.model.words import read_text


def meant(token: Token) -> Any:
    """What a word from a table stands for."""
    return meaning(token.type, str(token))


@v_args(inline=True)
class FinnishValues(Builder):
    """The bits that clauses are put together from."""

    # --- windows and times as comparisons

    def latest(self, n: Number = Number(Decimal(1))) -> Window:  # noqa: B008 - a constant
        return self.window_latest(n)

    def window_day(self, day: Day) -> Window:
        return Between(day.value, day.value)

    def apart(self, n: Number, oldest: Span) -> Window:
        return AgoBetween(span(n.value, oldest.unit), oldest)

    def not_amount(self, test: Test) -> Test:
        opposite = {"is": "is_not", "between": "not_between"}.get(test.op)
        if opposite is None:
            turned = {"over": "enintään", "at_least": "alle", "under": "vähintään", "at_most": "yli"}[test.op]
            raise Misread("Tällä vertailulla ei ole kieltoa.", hint=f"kirjoita `on {turned} ...`, tai `ei ole niin, että (...)`.")
        return Test(opposite, test.operands)

    def time_test(self, window: Window) -> Test:
        match window:
            case InLast(length):
                return Test("in_last", (length,))
            case LongAgo(length):
                return Test("long_ago", (length,))
            case AgoBetween(newest, oldest):
                return Test("ago_between", (newest, oldest))
            case During(period):
                return Test("during", (period,))
            case Between(first, last):
                return Test("between", (Day(first), Day(last)))
            case _ if hasattr(window, "day"):
                return Test(window.node, (Day(window.day),))
        raise Misread("Päivää ei voi verrata viimeisiin kertoihin.")

    def not_time_test(self, window: Window) -> Test:
        match window:
            case InLast(length):
                return Test("not_in_last", (length,))
            case During(period):
                return Test("not_during", (period,))
            case Between(first, last):
                return Test("not_between", (Day(first), Day(last)))
        raise Misread("Tällä vertailulla ei ole kieltoa.", hint="kirjoita `ei ole niin, että (...)`.")

    # --- words and values

    def attribute_name(self, token: Token) -> Name:
        return Name(meant(token) if token.type == "ATTRIBUTE_LABEL" else name(token))

    def genitive_label(self, token: Token) -> Name:
        return Name(meant(token))

    def property_name(self, token: Token) -> Name:
        return Name(meant(token) if token.type == "PROPERTY_LABEL" else name(token))

    def owned(self, token: Token) -> Name:
        return Name(meant(token))

    def lacked(self, token: Token) -> Name:
        return Name(meant(token))

    def part(self, token: Token) -> PartName:
        return PartName(meant(token))

    def channel(self, token: Token) -> str:
        return str(meant(token))

    def segment(self, token: Token) -> Segment:
        return Segment(string(token) if token.type == "STRING" else name(token))

    def quoted(self, token: Token) -> Text:
        return Text(string(token))

    def text(self, token: Token) -> Text:
        return Text(string(token) if token.type == "STRING" else str(token))

    def number(self, token: Token) -> Number:
        value = Decimal("".join(str(token).split()).replace(",", "."))
        if not fits(value):
            raise Misread("A number has at most 18 digits before the point and 10 after it.", token)
        return Number(value)

    def day(self, token: Token) -> Day:
        text = str(token)
        try:
            found = dt.date(*map(int, reversed(text.split(".")))) if "." in text else dt.date.fromisoformat(text)
        except ValueError:
            raise Misread(f"{text} is not a day of the calendar.", token, "kirjoita 1.11.2026.") from None
        if not day_fits(found):
            raise Misread(f"{text} is not a day of the years {FIRST_YEAR} to {LAST_YEAR}.", token)
        return Day(found)

    def period(self, token: Token) -> Period:
        found: Period = meant(token)
        return found

    def length(self, *bits: Any) -> Span:
        n = bits[0].value if isinstance(bits[0], Number) else Decimal(1)
        return span(n, meant(bits[-1]))

    def span(self, n: Number, unit: Token) -> Span:
        return span(n.value, meant(unit))


def name(token: Token) -> str:
    """The name that a token is, out of its backticks."""
    if token.type != "BACKTICKED":
        return str(token)
    inner = str(token)[1:-1].replace("``", "`")
    if not inner.strip():
        raise Misread("A name is empty.", token)
    return inner


def string(token: Token) -> str:
    """The text that a token in quotes is."""
    try:
        text = read_text(str(token))
        text.encode()
    except (ValueError, OverflowError):
        raise Misread("This text holds a character that does not exist.", token) from None
    return text
