"""The definition of right: a condition decided for one person at a time, slowly and plainly, in Python.

Every other engine must give the same people. It also says why: each node with
true or false and the value that decided it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from lohko.base.text import fold
from lohko.base.times import first_day_from
from lohko.model.catalogue import label, labelled
from lohko.model.condition import And, AttributeIs, Condition, EventsAre, InSegment, Not, Or, PropertyIs, Test
from lohko.model.operators import OPERATORS, plain, positive, temporal_range, window_range
from lohko.model.schema import Schema, Type
from lohko.model.sentence import sentence, write_number


@dataclass(frozen=True)
class Event:
    """Something a person did."""

    at: dt.datetime
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Value:
    """An attribute's value and from when until when it holds."""

    valid_from: dt.datetime
    valid_to: dt.datetime
    value: Any


@dataclass(frozen=True)
class Person:
    """All that is known of one person. Traits are given as attributes of the instant in question."""

    attributes: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    events: Mapping[str, Sequence[Event]] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trace:
    """One node of a condition for one person: its sentence, whether it holds, what decided, and its parts."""

    text: str
    holds: bool
    value: str | None = None
    parts: tuple[Trace, ...] = ()


@dataclass(frozen=True)
class Reference:
    """Decides resolved conditions at one instant."""

    schema: Schema
    segments: Mapping[str, Condition]
    as_of: dt.datetime
    zone: ZoneInfo
    language: str = "en"

    def holds(self, condition: Condition, person: Person) -> bool:
        """Whether the person is in."""
        return self.trace(condition, person).holds

    def trace(self, node: Condition, person: Person) -> Trace:
        """Whether the person is in, and why, node by node."""
        match node:
            case And(parts):
                traced = tuple(self.trace(part, person) for part in parts)
                return Trace("and", all(part.holds for part in traced), None, traced)
            case Or(parts):
                traced = tuple(self.trace(part, person) for part in parts)
                return Trace("or", any(part.holds for part in traced), None, traced)
            case Not(part):
                inner = self.trace(part, person)
                return Trace(self._said(node), not inner.holds, inner.value, inner.parts)
            case InSegment(name):
                inner = self.trace(self.segments[name], person)
                return Trace(self._said(node), inner.holds, None, (inner,))
            case AttributeIs(name, test):
                value, attribute = self._attribute(name, person), self.schema.attribute(name)
                known = label(value, attribute.codes, self.language) if attribute.codes and value is not None else spoken(value)
                return Trace(self._said(node), self._passes(test, attribute.type, value), known)
            case EventsAre():
                return self._events(node, person)
        raise TypeError(node)

    def _said(self, node: Condition) -> str:
        return sentence(labelled(node, self.schema, self.language))

    def _attribute(self, name: str, person: Person) -> Any:
        if self.schema.attribute(name).trait:
            return person.traits.get(name)
        for item in person.attributes.get(name, ()):
            if item.valid_from < self.as_of <= item.valid_to:
                return item.value
        return None

    def _events(self, node: EventsAre, person: Person) -> Trace:
        low, high = window_range(node.window, self.as_of, self.zone)
        event = self.schema.event(node.event)
        counted = [
            item
            for item in person.events.get(event.name, ())
            if (low is None or item.at >= low) and item.at < high and (node.where is None or self._where(node.where, item, node.event))
        ]
        kind: Type = "decimal"
        if node.measure == "count":
            number: Any = Decimal(len(counted))
        else:
            found = event.property(node.property or "")
            values = [value for item in counted if (value := item.properties.get(found.name)) is not None]
            number = _measured(node.measure, values)
            if node.measure in ("min", "max"):
                kind = found.type
        if node.measure == "average" and number is not None:
            holds = _average_passes(node.test, *number)
            return Trace(self._said(node), holds, spoken(number[0] / number[1]))
        return Trace(self._said(node), self._passes(node.test, kind, number), spoken(number))

    def _where(self, node: Condition, event: Event, kind: str) -> bool:
        match node:
            case And(parts):
                return all(self._where(part, event, kind) for part in parts)
            case Or(parts):
                return any(self._where(part, event, kind) for part in parts)
            case Not(part):
                return not self._where(part, event, kind)
            case PropertyIs(name, test):
                item = self.schema.event(kind).property(name)
                return self._passes(test, item.type, event.properties.get(item.name))
        raise TypeError(node)

    def _passes(self, test: Test, kind: Type, value: Any) -> bool:
        asked, negated = positive(test)
        return self._holds(asked, kind, value) != negated

    def _holds(self, test: Test, kind: Type, value: Any) -> bool:
        if value is None:
            return False
        if kind in ("date", "time"):
            low, high = temporal_range(test, self.as_of, self.zone)
            if kind == "date":
                first = first_day_from(low, self.zone) if low else None
                end = first_day_from(high, self.zone) if high else None
                return (first is None or value >= first) and (end is None or value < end)
            return (low is None or value >= low) and (high is None or value < high)
        holds = OPERATORS[test.op].holds
        assert holds is not None
        operands = [plain(operand) for operand in test.operands]
        if kind == "text_set":
            return any(holds(item, *operands) for item in value)
        return bool(holds(value, *operands))


def _measured(measure: str, values: list[Any]) -> Any:
    if measure == "sum":
        return sum(map(Decimal, values), Decimal(0))
    if measure == "distinct":
        flat = [item for value in values for item in (value if isinstance(value, list | tuple) else [value])]
        return Decimal(len({fold(item) if isinstance(item, str) else item for item in flat}))
    if not values:
        return None
    if measure == "average":
        return sum(map(Decimal, values), Decimal(0)), Decimal(len(values))
    return min(values) if measure == "min" else max(values)


def _average_passes(test: Test, total: Decimal, count: Decimal) -> bool:
    """The comparison of an average without dividing."""
    asked, negated = positive(test)
    holds = OPERATORS[asked.op].holds
    assert holds is not None
    return bool(holds(total, *(plain(operand) * count for operand in asked.operands))) != negated


def spoken(value: Any) -> str | None:
    """A value as a person reads it."""
    match value:
        case None:
            return None
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return write_number(value.quantize(Decimal("0.0001")) if value == value.quantize(Decimal("0.0001")) else round(value, 4))
        case dt.datetime():
            return value.strftime("%Y-%m-%d %H:%M UTC")
        case list() | tuple():
            return ", ".join(map(str, value))
    return str(value)
