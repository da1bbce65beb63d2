"""The tree of a condition: a question about one customer at one instant.

Leaves ask about attributes, events or other segments; inner nodes are And, Or
and Not. A leaf means a set of living people, so nothing is ever unknown: a
person is in or out, and Not is always safe (docs: meaning). What is stored is
this tree; text is a rendering of it (`parse.py`, `sentence.py`, `codec.py`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Discriminator

# --- operands -----------------------------------------------------------------


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
    """A calendar day in the workspace zone."""

    value: dt.date
    node: Literal["day"] = "day"


@dataclass(frozen=True)
class YesNo:
    """True or false."""

    value: bool
    node: Literal["yes_no"] = "yes_no"


Unit = Literal["minute", "hour", "day", "week", "month", "year"]


@dataclass(frozen=True)
class Span:
    """A length of time. Minutes and hours roll; the others count from local midnights."""

    n: int
    unit: Unit
    node: Literal["span"] = "span"


# The tag decides which kind is read, so that reading a tree takes time proportional to its size.
Operand = Annotated[Text | Number | Day | YesNo | Span, Discriminator("node")]


@dataclass(frozen=True)
class Test:
    """A comparison: the key of a row in `operators.OPERATORS`, and its operands."""

    op: str
    operands: tuple[Operand, ...] = ()


# --- windows: when events count. None means ever (before as_of) ----------------


@dataclass(frozen=True)
class InLast:
    """From 00:00 local, n units before the local date of as_of, to as_of; hours and minutes roll."""

    span: Span
    node: Literal["in_last"] = "in_last"


@dataclass(frozen=True)
class Between:
    """From the first day's 00:00 to the end of the last day."""

    first: dt.date
    last: dt.date
    node: Literal["between"] = "between"


@dataclass(frozen=True)
class Before:
    """Ends at that day's 00:00."""

    day: dt.date
    node: Literal["before"] = "before"


@dataclass(frozen=True)
class After:
    """Starts at the midnight after that day."""

    day: dt.date
    node: Literal["after"] = "after"


@dataclass(frozen=True)
class Since:
    """Starts at that day's 00:00."""

    day: dt.date
    node: Literal["since"] = "since"


Window = Annotated[InLast | Between | Before | After | Since, Discriminator("node")]

# --- leaves ---------------------------------------------------------------------


@dataclass(frozen=True)
class AttributeIs:
    """The person's attribute or trait, as it was at as_of, passes the test."""

    name: str
    test: Test
    node: Literal["attribute"] = "attribute"


@dataclass(frozen=True)
class PropertyIs:
    """Only inside `where`: the event's property passes the test."""

    name: str
    test: Test
    node: Literal["property"] = "property"


Measure = Literal["count", "sum", "average", "min", "max", "distinct"]


@dataclass(frozen=True)
class EventsAre:
    """A number made from the person's events of one type passes the test.

    `count` and `sum` of nothing are 0; average, min and max of nothing match no
    comparison. `distinct` counts different values; of nothing it is 0. Events
    without the property are skipped. `did EVENT` is count at least 1.
    """

    event: str
    measure: Measure
    test: Test
    property: str | None = None
    where: Condition | None = None
    window: Window | None = None
    node: Literal["events"] = "events"

    def __post_init__(self) -> None:
        if (self.property is None) != (self.measure == "count"):
            takes = "takes no" if self.measure == "count" else "needs a"
            raise ValueError(f"{self.measure!r} {takes} property")


@dataclass(frozen=True)
class InSegment:
    """The person is in that segment's current definition, at the same as_of."""

    segment: str
    node: Literal["segment"] = "segment"


# --- algebra ---------------------------------------------------------------------


@dataclass(frozen=True)
class And:
    """In all parts."""

    parts: tuple[Condition, ...]
    node: Literal["and"] = "and"


@dataclass(frozen=True)
class Or:
    """In at least one part."""

    parts: tuple[Condition, ...]
    node: Literal["or"] = "or"


@dataclass(frozen=True)
class Not:
    """Living and not in the part."""

    part: Condition
    node: Literal["not"] = "not"


Condition = Annotated[AttributeIs | EventsAre | InSegment | PropertyIs | And | Or | Not, Discriminator("node")]


def leaves(condition: Condition) -> tuple[AttributeIs | EventsAre | InSegment, ...]:
    """The distinct leaves of a condition, in the order they are read (not those inside `where`)."""
    found: dict[AttributeIs | EventsAre | InSegment, None] = {}

    def visit(node: Condition) -> None:
        match node:
            case And(parts) | Or(parts):
                for part in parts:
                    visit(part)
            case Not(part):
                visit(part)
            case AttributeIs() | EventsAre() | InSegment():
                found[node] = None
            case PropertyIs():
                raise ValueError("a property stands only inside `where`")

    visit(condition)
    return tuple(found)
