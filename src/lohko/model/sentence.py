"""Tree to text: the one canonical way to write a rule, which `parse` reads back to the same tree."""

from __future__ import annotations

import re
from decimal import Decimal

from lohko.model.condition import (
    After,
    And,
    AttributeIs,
    Before,
    Between,
    Condition,
    Day,
    EventsAre,
    InLast,
    InSegment,
    Not,
    Number,
    Operand,
    Or,
    PropertyIs,
    Since,
    Span,
    Test,
    Text,
    Window,
    YesNo,
)
from lohko.model.normal import normalise, plain_number
from lohko.model.operators import OPERATORS
from lohko.model.words import is_bare, write_name, write_text

_PLAIN_ID = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)+\Z")


def sentence(condition: Condition) -> str:
    """The canonical text of a condition, on one line.

    >>> from lohko.model.parse import parse
    >>> sentence(parse("did NOT order at least 2 times or x is known and y = 1").condition)
    'did not order at least 2 times or (x is known and y is 1)'
    """
    return _written(normalise(condition))


def _written(condition: Condition) -> str:
    match condition:
        case And(parts):
            return " and ".join(map(_inside, parts))
        case Or(parts):
            return " or ".join(map(_inside, parts))
        case Not(EventsAre() as events) if _is_did(events):
            return _did(events, "did not")
        case Not(InSegment(segment)):
            return f"is not in segment {_segment(segment)}"
        case Not(part):
            return f"not ({_written(part)})"
        case AttributeIs(name, test) | PropertyIs(name, test):
            return f"{_attribute(name)} {comparison(test)}"
        case InSegment(segment):
            return f"in segment {_segment(segment)}"
        case EventsAre():
            return _events(condition)
    raise TypeError(condition)


def lines(condition: Condition) -> str:
    """The canonical text over several lines: one part of the outermost and/or a line."""
    plain = normalise(condition)
    if isinstance(plain, And | Or):
        word = "and" if isinstance(plain, And) else "or"
        return f"\n{word} ".join(map(_inside, plain.parts))
    return _written(plain)


def _inside(part: Condition) -> str:
    return f"({_written(part)})" if isinstance(part, And | Or) else _written(part)


def _attribute(name: str) -> str:
    spoken = {"rfm_group": "RFM group", "rfm_score": "RFM score"}
    return spoken.get(name, write_name(name))


def _segment(name: str) -> str:
    return name if is_bare(name) or _PLAIN_ID.match(name) else write_text(name)


_TIMES = {"at_least": "at least", "at_most": "at most", "is": "exactly"}


def _is_did(events: EventsAre) -> bool:
    return events.measure == "count" and events.test.op in _TIMES and _is_whole(events.test.operands[0])


def _is_whole(operand: Operand) -> bool:
    return isinstance(operand, Number) and operand.value == operand.value.to_integral_value() and operand.value >= 0


def _did(events: EventsAre, verb: str) -> str:
    words = [verb, write_name(events.event)]
    n = write_operand(events.test.operands[0])
    if events.test.op == "is" and n in ("1", "2"):
        words.append("exactly once" if n == "1" else "exactly twice")
    elif (events.test.op, n) != ("at_least", "1"):
        words.append(f"{_TIMES[events.test.op]} {n} {'time' if n == '1' else 'times'}")
    return " ".join([*words, *_tail(events)])


def _events(events: EventsAre) -> str:
    if _is_did(events):
        return _did(events, "did")
    what = "distinct count" if events.measure == "distinct" else events.measure
    of = f"{what} of " + (f"{write_name(events.property)} of " if events.property else "") + write_name(events.event)
    return " ".join([of, *_tail(events), comparison(events.test)])


def _tail(events: EventsAre) -> list[str]:
    words = []
    if events.where is not None:
        inner = _written(events.where)
        words.append(f"where {inner}" if isinstance(events.where, PropertyIs) else f"where ({inner})")
    if events.window is not None:
        words.append(window_text(events.window))
    return words


def comparison(test: Test) -> str:
    """A test as its words: `is one of "A", "B"`, `> 5`."""
    operands = [write_operand(operand) for operand in test.operands]
    return OPERATORS[test.op].english.format(*operands, all=", ".join(operands))


def window_text(window: Window) -> str:
    """A window as its words: `in last 90 days`."""
    match window:
        case InLast(span):
            return f"in last {write_operand(span)}"
        case Between(first, last):
            return f"between {first.isoformat()} and {last.isoformat()}"
        case Before(day):
            return f"before {day.isoformat()}"
        case After(day):
            return f"after {day.isoformat()}"
        case Since(day):
            return f"since {day.isoformat()}"
    raise TypeError(window)


def write_operand(operand: Operand) -> str:
    """A value as it stands in a rule."""
    match operand:
        case Text(value):
            return write_text(value)
        case Number(value):
            return write_number(value)
        case Day(value):
            return value.isoformat()
        case YesNo(value):
            return "yes" if value else "no"
        case Span(n, unit):
            return f"{n} {unit}" if n == 1 else f"{n} {unit}s"
    raise TypeError(operand)


def write_number(value: Decimal) -> str:
    """A number without an exponent or idle zeros.

    >>> write_number(Decimal("1E+3")), write_number(Decimal("2.50"))
    ('1000', '2.5')
    """
    return format(plain_number(value), "f")
