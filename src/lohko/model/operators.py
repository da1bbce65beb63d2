"""Every comparison, once: its words, what it takes, and what it means.

An operator is one row. The compiler, the reference engine, the sentence and the
manual all read this table, so a new operator is a new row here and, when its SQL
has a new shape, one in `engine/compile.py`. Negatives mean NOT of their positive,
so people and events without the value are among them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from lohko.base import times
from lohko.base.text import fold
from lohko.model.condition import (
    After,
    Before,
    Between,
    Day,
    InLast,
    Number,
    Operand,
    Since,
    Span,
    Test,
    Text,
    Window,
    YesNo,
)
from lohko.model.schema import NUMERIC, TEMPORAL, TEXTUAL, Type

Many = Literal["many"]
Takes = Literal["value", "span"]
EQUAL_TYPES: frozenset[Type] = NUMERIC | TEXTUAL | TEMPORAL | {"boolean"}


@dataclass(frozen=True)
class Operator:
    """One comparison.

    key       what the tree stores
    types     the types of value it is asked of
    operands  how many it takes; "many" is one or more
    english   its sentence, with {0}, {1} for operands and {all} for a list of them
    negates   the key of the positive it is NOT of
    holds     the meaning for a value that is not temporal; None: decided by a range of instants
    help      one sentence for the manual
    takes     what its operands are: values of the type on the left, or a length of time
    """

    key: str
    types: frozenset[Type]
    operands: int | Many
    english: str
    help: str
    negates: str | None = None
    holds: Callable[..., bool] | None = None
    takes: Takes = "value"


def _same(value: Any, wanted: Any) -> bool:
    return fold(value) == fold(wanted) if isinstance(value, str) else bool(value == wanted)


_ROWS = (
    Operator("is", EQUAL_TYPES, 1, "is {0}", "The value is that one; on a date or time, any time on that day.", holds=_same),
    Operator("is_not", EQUAL_TYPES, 1, "is not {0}", "Not that value, or none at all.", negates="is"),
    Operator(
        "one_of",
        NUMERIC | TEXTUAL,
        "many",
        "is one of {all}",
        "The value is in the list.",
        holds=lambda value, *wanted: any(_same(value, item) for item in wanted),
    ),
    Operator("none_of", NUMERIC | TEXTUAL, "many", "is none of {all}", "Not in the list, or none at all.", negates="one_of"),
    Operator(
        "contains",
        TEXTUAL,
        1,
        "contains {0}",
        "The text has that text somewhere in it.",
        holds=lambda value, wanted: fold(wanted) in fold(value),
    ),
    Operator("does_not_contain", TEXTUAL, 1, "does not contain {0}", "The text is not in it, or there is no value.", negates="contains"),
    Operator("over", NUMERIC, 1, "> {0}", "More than the number.", holds=lambda value, n: value > n),
    Operator("at_least", NUMERIC, 1, ">= {0}", "The number or more.", holds=lambda value, n: value >= n),
    Operator("under", NUMERIC, 1, "< {0}", "Less than the number.", holds=lambda value, n: value < n),
    Operator("at_most", NUMERIC, 1, "<= {0}", "The number or less.", holds=lambda value, n: value <= n),
    Operator(
        "between",
        NUMERIC | TEMPORAL,
        2,
        "is between {0} and {1}",
        "From the first to the second, both included; a last day counts whole.",
        holds=lambda value, low, high: low <= value <= high,
    ),
    Operator("not_between", NUMERIC | TEMPORAL, 2, "is not between {0} and {1}", "Outside that range, or no value.", negates="between"),
    Operator("known", EQUAL_TYPES, 0, "is known", "There is a value.", holds=lambda value: True),
    Operator("unknown", EQUAL_TYPES, 0, "is unknown", "There is no value.", negates="known"),
    Operator("before", TEMPORAL, 1, "is before {0}", "Earlier than the first instant of that day."),
    Operator("after", TEMPORAL, 1, "is after {0}", "From the first instant after that day."),
    Operator("since", TEMPORAL, 1, "is since {0}", "From the first instant of that day."),
    Operator("in_last", TEMPORAL, 1, "is in last {0}", "In the last days, counted from a local midnight, up to now.", takes="span"),
    Operator("not_in_last", TEMPORAL, 1, "is not in last {0}", "Not in that time, or no value.", negates="in_last", takes="span"),
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
    if any(isinstance(operand, Span) != (operator.takes == "span") for operand in test.operands):
        return f"`{words}` takes {'a length of time' if operator.takes == 'span' else 'values'}."
    return None


def plain(operand: Operand) -> Any:
    """The Python value of an operand."""
    if isinstance(operand, Span):
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


def window_range(window: Window | None, as_of: dt.datetime, zone: ZoneInfo) -> tuple[dt.datetime | None, dt.datetime]:
    """When events count: from (None: ever) up to, not including; never past `as_of`."""
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
        case None:
            pass
    return low, min(high or as_of, as_of)


def temporal_range(test: Test, as_of: dt.datetime, zone: ZoneInfo) -> Range:
    """A positive comparison of a date or time as a half-open range of instants; None is unbounded.

    Unlike windows of events it is not cut at `as_of`: a subscription may end next year.
    """
    match test:
        case Test("is", (Day(day),)):
            return times.midnight(day, zone), times.next_midnight(day, zone)
        case Test("between", (Day(first), Day(last))):
            return times.midnight(first, zone), times.next_midnight(last, zone)
        case Test("before", (Day(day),)):
            return None, times.midnight(day, zone)
        case Test("after", (Day(day),)):
            return times.next_midnight(day, zone), None
        case Test("since", (Day(day),)):
            return times.midnight(day, zone), None
        case Test("in_last", (Span(n, unit),)):
            return times.back(as_of, n, unit, zone), as_of
        case Test("known"):
            return None, None
    raise ValueError(f"{test.op} is no comparison of times")


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


def operand_kind(operator: Operator, kind: Type) -> type[Text] | type[Number] | type[YesNo] | type[Day] | type[Span]:
    """What stands on the right of a comparison of a value of that type."""
    return Span if operator.takes == "span" else OPERAND_KINDS[kind]
