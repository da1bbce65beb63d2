"""One form for trees that mean the same by form alone, so that they are stored, said and hashed alike."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from lohko.model.condition import (
    Against,
    And,
    AttributeIs,
    Condition,
    EventsAre,
    MomentIs,
    Near,
    Not,
    Or,
    Periods,
    PropertyIs,
    RandomShare,
    Tied,
)
from lohko.model.operand import Number, Operand, Test
from lohko.model.walk import rebuilt


def normalise(node: Condition) -> Condition:
    """The tree with `and` inside `and` (and `or` inside `or`) made one, single parts and double negations unwrapped, numbers without idle zeros.

    >>> from lohko.model.condition import InSegment
    >>> a, b, c = (InSegment(name) for name in "abc")
    >>> normalise(And((And((a, b)), Or((c,))))) == And((a, b, c))
    True
    """
    match node:
        case And(parts):
            return _joined(And, parts)
        case Or(parts):
            return _joined(Or, parts)
        case Not(Not(part)):
            return normalise(part)
        case AttributeIs() | PropertyIs() | MomentIs() | EventsAre() | Tied() | Periods():
            node = replace(node, test=_test(node.test))
        case Against():
            node = replace(node, times=plain_number(node.times))
        case RandomShare():
            node = replace(node, percent=plain_number(node.percent))
        case Near(latitude, longitude, km):
            node = Near(plain_number(latitude), plain_number(longitude), plain_number(km))
    return _unwrapped(rebuilt(node, normalise, lambda part, event: normalise(part)))


def _unwrapped(node: Condition) -> Condition:
    """Without a negation of a negation, which appears when a single part is unwrapped."""
    return node.part.part if isinstance(node, Not) and isinstance(node.part, Not) else node


def _joined(kind: type[And] | type[Or], parts: tuple[Condition, ...]) -> Condition:
    flat: list[Condition] = []
    for part in map(normalise, parts):
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def _test(test: Test) -> Test:
    return Test(test.op, tuple(map(_operand, test.operands)))


def _operand(operand: Operand) -> Operand:
    return Number(plain_number(operand.value)) if isinstance(operand, Number) else operand


def plain_number(value: Decimal) -> Decimal:
    """An equal number that is written without an exponent, idle zeros or a negative zero.

    >>> plain_number(Decimal("1E+3")), plain_number(Decimal("2.50")), plain_number(Decimal("-0.0"))
    (Decimal('1000'), Decimal('2.5'), Decimal('0'))
    """
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return Decimal("0" if text in ("-0", "") else text)
