"""What a rule is made of while it is being read: the pieces that `build.py` puts together, in whatever order a language says them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from lohko.model.condition import Condition, Figure, Measure, Order, Place
from lohko.model.misread import Misread
from lohko.model.operand import CalendarUnit, Part, Span, Test

T = TypeVar("T")


class Name(str):
    """The name of an attribute or a property."""


class Segment(str):
    """The name of a segment."""


@dataclass(frozen=True)
class Piece:
    """A condition while it is being read: whether it stood in parentheses, in how many, and whether and/or are mixed in it.

    pending    it belongs to the condition before it: `... and did not order within 24 hours of that`
    """

    condition: Condition
    grouped: bool = False
    brackets: int = 0
    mixed: bool = False
    pending: Following | OfThem | None = None


@dataclass(frozen=True)
class Event:
    """The events that are meant, with what the words for them say already: `visited page "Pricing"`, `received at least 10 newsletters`."""

    name: str
    where: Condition | None = None
    times: Times | None = None


@dataclass(frozen=True)
class PartName:
    """What is compared instead of a value: its weekday, how many items ..."""

    part: Part


@dataclass(frozen=True)
class Where:
    """Which events count."""

    piece: Piece


@dataclass(frozen=True)
class Has:
    """What an event or a share of them has: `used a discount code`, `are ones whose ...`."""

    piece: Piece


@dataclass(frozen=True)
class Times:
    """How many times."""

    test: Test


@dataclass(frozen=True)
class OnDays:
    """On how many different days."""

    test: Test


@dataclass(frozen=True)
class For:
    """For how much money."""

    test: Test


@dataclass(frozen=True)
class InPeriods:
    """In how many of the last periods."""

    test: Test
    n: int
    unit: CalendarUnit


@dataclass(frozen=True)
class Spread:
    """The last periods, to be counted by a comparison of its own: `number of the last 6 months with orders is ...`."""

    n: int
    unit: CalendarUnit


@dataclass(frozen=True)
class Following:
    """After the event before it, within a time or at any time."""

    within: Span | None


@dataclass(frozen=True)
class OfThem:
    """How many of the events before it; or, not `linked`, how many are without one."""

    test: Test
    linked: bool = True


@dataclass(frozen=True)
class TiedTo:
    """The events of another kind that belong to the counted ones, or do not."""

    event: Event
    where: Piece | None = None
    by: str | None = None
    linked: bool = True


@dataclass(frozen=True)
class Head:
    """What is made of events, before it is said of which."""

    measure: Measure
    event: Event
    property: str | None = None


@dataclass(frozen=True)
class Versus:
    """A comparison with another number of the person."""

    op: Order
    figure: Figure
    times: Decimal = Decimal(1)


@dataclass(frozen=True)
class Standing:
    """A place among people: `top 10 %`, `above average`."""

    place: Place
    n: int | None = None


@dataclass(frozen=True)
class OrNone:
    """`(or has none)`: what a negative comparison means anyway."""


def only(bits: Iterable[Any], kind: type[T] | tuple[type[T], ...], what: str, event: str | None = None) -> T | None:
    """The one bit of a kind, or None; Misread when there are several."""
    found = [bit for bit in bits if isinstance(bit, kind)]
    if len(found) > 1:
        raise Misread(
            f"There is more than one {what}" + (f" for {event!r}." if event else "."),
            hint="join several comparisons as `where (... and ...)`, or write two conditions.",
        )
    return found[0] if found else None
