"""One form for trees that mean the same by form alone, so that they are stored, said and hashed alike."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from lohko.model.condition import And, AttributeIs, Condition, EventsAre, InSegment, Not, Number, Operand, Or, PropertyIs, Test


def normalise(node: Condition) -> Condition:
    """The tree with `and` inside `and` (and `or` inside `or`) made one, single parts unwrapped, numbers without idle zeros.

    >>> a, b, c = (InSegment(name) for name in "abc")
    >>> normalise(And((And((a, b)), Or((c,))))) == And((a, b, c))
    True
    """
    match node:
        case And(parts):
            return _joined(And, parts)
        case Or(parts):
            return _joined(Or, parts)
        case Not(part):
            return Not(normalise(part))
        case AttributeIs(name, test):
            return AttributeIs(name, _test(test))
        case PropertyIs(name, test):
            return PropertyIs(name, _test(test))
        case EventsAre():
            where = None if node.where is None else normalise(node.where)
            return replace(node, test=_test(node.test), where=where)
        case InSegment():
            return node
    raise TypeError(node)


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
