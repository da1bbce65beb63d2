"""Random rules over one schema, and random people who have what the rules ask about."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from lohko.engine.reference import Event, Person, Value
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
    Or,
    PropertyIs,
    Since,
    Span,
    Test,
    Text,
    YesNo,
)
from lohko.model.operators import OPERATORS
from lohko.model.schema import Attribute, EventType, Property, Schema, Type

AS_OF = dt.datetime(2026, 3, 29, 10, 0, tzinfo=dt.UTC)  # clocks go forward in Helsinki that night
TYPES: tuple[Type, ...] = ("text", "integer", "decimal", "boolean", "date", "time", "text_set")

SCHEMA = Schema(
    attributes={f"a_{kind}": Attribute(f"a_{kind}", kind, f"a{n}_{kind}") for n, kind in enumerate(TYPES[:-1], start=1)},
    events={
        "visit": EventType(
            "visit", "e1_visit", {f"p_{kind}": Property(f"p_{kind}", kind, f"c{n}_{kind}") for n, kind in enumerate(TYPES, start=1)}
        ),
        "empty": EventType("empty", "e2_empty", {}),
    },
)
WORDS = ("Ada", "ada ", "İstanbul", "istanbul", "straße", "STRASSE", "Σ", "ς", "", "'; DROP", "Mäki")
texts = st.sampled_from(WORDS)
numbers = st.integers(-3, 6).map(Decimal) | st.sampled_from([Decimal("0.5"), Decimal("2.25"), Decimal("0.3333333333")])
days = st.dates(dt.date(2026, 3, 20), dt.date(2026, 4, 3)) | st.sampled_from([dt.date(2024, 2, 29), dt.date(2025, 10, 26)])
instants = (
    st.integers(-60 * 24 * 20, 60 * 24 * 4).map(lambda m: AS_OF + dt.timedelta(minutes=m))
    | st.sampled_from([AS_OF, AS_OF - dt.timedelta(microseconds=1)])
    | days.map(lambda d: dt.datetime.combine(d, dt.time(22), tzinfo=dt.UTC))
)
spans = st.builds(Span, st.integers(1, 15), st.sampled_from(["minute", "hour", "day", "week", "month", "year"]))
windows = st.one_of(
    st.none(),
    st.builds(InLast, spans),
    st.tuples(days, days).map(lambda pair: Between(min(pair), max(pair))),
    st.builds(Before, days),
    st.builds(After, days),
    st.builds(Since, days),
)


def operand(kind: Type) -> SearchStrategy[Any]:
    if kind in ("text", "text_set"):
        return st.builds(Text, texts)
    if kind == "boolean":
        return st.builds(YesNo, st.booleans())
    return st.builds(Day, days) if kind in ("date", "time") else st.builds(Number, numbers)


@st.composite
def tests_of(draw: Any, kind: Type) -> Test:
    key = draw(st.sampled_from([row.key for row in OPERATORS.values() if kind in row.types]))
    if key in ("in_last", "not_in_last"):
        return Test(key, (draw(spans),))
    row = OPERATORS[key]
    n = draw(st.integers(1, 3)) if row.operands == "many" else row.operands
    return Test(key, tuple(draw(operand(kind)) for _ in range(n)))


attribute_leaves = st.sampled_from(list(SCHEMA.attributes.values())).flatmap(
    lambda a: st.builds(AttributeIs, st.just(a.name), tests_of(a.type))
)
_visit = SCHEMA.events["visit"]
_property_leaves = st.sampled_from(list(_visit.properties.values())).flatmap(
    lambda p: st.builds(PropertyIs, st.just(p.name), tests_of(p.type))
)


def nested(leaf: SearchStrategy[Condition], most: int) -> SearchStrategy[Condition]:
    def group(inner: SearchStrategy[Condition]) -> SearchStrategy[Condition]:
        parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.builds(_and, parts) | st.builds(_or, parts) | st.builds(Not, inner)

    return st.recursive(leaf, group, max_leaves=most).filter(lambda rule: depth(rule) <= 6)


def depth(node: Condition) -> int:
    """How deep a rule is nested."""
    match node:
        case And(parts) | Or(parts):
            return 1 + max(map(depth, parts))
        case Not(part):
            return 1 + depth(part)
    return 1


def _and(parts: tuple[Condition, ...]) -> Condition:
    return And(tuple(p for part in parts for p in (part.parts if isinstance(part, And) else (part,))))


def _or(parts: tuple[Condition, ...]) -> Condition:
    return Or(tuple(p for part in parts for p in (part.parts if isinstance(part, Or) else (part,))))


wheres = st.none() | nested(_property_leaves, 3)


@st.composite
def event_leaves(draw: Any) -> EventsAre:
    measure = draw(st.sampled_from(["count", "sum", "average", "min", "max", "distinct"]))
    if measure == "count":
        event = draw(st.sampled_from(["visit", "empty"]))
        where = draw(wheres) if event == "visit" else None
        return EventsAre(event, "count", draw(tests_of("integer")), None, where, draw(windows))
    fit = {"sum": ("integer", "decimal"), "average": ("integer", "decimal"), "min": ("integer", "decimal", "date", "time")}
    kinds = fit.get(measure, fit["min"] if measure == "max" else TYPES)
    kind = draw(st.sampled_from(kinds))
    tested: Type = kind if measure in ("min", "max") else "decimal"
    return EventsAre("visit", measure, draw(tests_of(tested)), f"p_{kind}", draw(wheres), draw(windows))


leaves = attribute_leaves | event_leaves()
conditions = nested(leaves | st.builds(InSegment, st.just("base")), 5)
plain_conditions = nested(leaves, 4)


def value(kind: Type) -> SearchStrategy[Any]:
    if kind == "text":
        return texts.filter(bool)
    if kind == "text_set":
        return st.lists(texts.filter(bool), max_size=3)
    if kind == "boolean":
        return st.booleans()
    if kind == "integer":
        return st.integers(-3, 6)
    if kind == "decimal":
        return numbers
    return days if kind == "date" else instants


@st.composite
def people(draw: Any) -> Person:
    attributes = {}
    for attribute in SCHEMA.attributes.values():
        edges = sorted(draw(st.sets(instants, max_size=3)))
        held = []
        for start, end in zip(edges, [*edges[1:], dt.datetime(9999, 12, 31, tzinfo=dt.UTC)], strict=False):
            if draw(st.integers(0, 3)):
                held.append(Value(start, end, draw(value(attribute.type))))
        attributes[attribute.name] = held
    visits = [
        Event(draw(instants), {p.name: draw(st.none() | value(p.type)) for p in _visit.properties.values()})
        for _ in range(draw(st.integers(0, 4)))
    ]
    return Person(attributes, {"visit": visits, "empty": []})
