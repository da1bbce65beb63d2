"""What stands on the right of a comparison, and the comparison itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Discriminator


@dataclass(frozen=True)
class Text:
    """A text, as the author wrote it; folded only when compared."""

    value: str
    node: Literal["text"] = "text"


@dataclass(frozen=True)
class Number:
    """An exact number."""

    value: Decimal
    node: Literal["number"] = "number"


@dataclass(frozen=True)
class Day:
    """A calendar day in the workspace zone. As an instant it is its 00:00 local."""

    value: dt.date
    node: Literal["day"] = "day"


@dataclass(frozen=True)
class YesNo:
    """True or false."""

    value: bool
    node: Literal["yes_no"] = "yes_no"


Unit = Literal["minute", "hour", "day", "week", "month", "quarter", "year"]


@dataclass(frozen=True)
class Span:
    """A length of time. Minutes and hours roll; the others count from local midnights."""

    n: int
    unit: Unit
    node: Literal["span"] = "span"


CalendarUnit = Literal["day", "week", "month", "quarter", "year"]


@dataclass(frozen=True)
class Period:
    """A whole calendar day, week (from Monday), month, quarter or year: the one `as_of` is in, the one before it, or the next.

    `this day` is today, `previous day` yesterday. Events after `as_of` do not exist, so for events `this` is to date;
    for a date such as a contract's end it is the whole period.
    """

    which: Literal["this", "previous", "next"]
    unit: CalendarUnit
    node: Literal["period"] = "period"


# The tag decides which kind is read, so that reading a tree takes time proportional to its size.
Operand = Annotated[Text | Number | Day | YesNo | Span | Period, Discriminator("node")]


@dataclass(frozen=True)
class Test:
    """A comparison: the key of a row in `operators.OPERATORS`, and its operands."""

    op: str
    operands: tuple[Operand, ...] = ()


Part = Literal["weekday", "month", "day", "hour", "items"]
"""What is compared instead of a value itself.

weekday   of a date or time: `monday` ... `sunday` (a coded text; labels in English and Finnish)
month     of a date or time: `january` ... `december` (a coded text)
day       of a date or time: the day of the month, 1-31
hour      of a time: the local hour, 0-23
items     of a set of texts: how many different ones it holds (by fold); nothing is 0
"""
