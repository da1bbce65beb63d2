"""Random rules over one schema, and random people who have what the rules ask about.

Instants lie on a coarse grid around `AS_OF`, local midnights and the nights when clocks
change, so that ties, equal distances and events exactly on an edge are common.

A strategy is made once and drawn from often: Hypothesis looks through every new one before
it draws from it, which takes longer than to draw. So none is made inside of what draws.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from lohko.base.codes import month_of, weekday_of
from lohko.engine.reference import ConsentRecord, Event, Move, Person, Value
from lohko.model.condition import (
    Against,
    And,
    AttributeFigure,
    AttributeIs,
    Condition,
    Consent,
    EdgeEvent,
    EventsAre,
    EventsFigure,
    Ever,
    Figure,
    Followed,
    InSegment,
    MomentIs,
    Moved,
    Near,
    Not,
    OfAccount,
    Or,
    Periods,
    PropertyIs,
    RandomShare,
    Ranked,
    Reachable,
    Step,
    Tied,
)
from lohko.model.consent import Capacity
from lohko.model.operand import Day, Number, Period, Span, Test, Text, YesNo
from lohko.model.operators import OPERATORS
from lohko.model.schema import PURPOSES, RFM_TRAITS, Attribute, EventType, Property, Schema, Type
from lohko.model.window import After, AgoBetween, Before, Between, During, InLast, Latest, LongAgo, Since, Until

AS_OF = dt.datetime(2026, 3, 29, 10, 0, tzinfo=dt.UTC)  # clocks go forward in Helsinki that night
TYPES: tuple[Type, ...] = ("text", "integer", "decimal", "money", "boolean", "date", "time", "text_set")
TEXTS = ("company", "email", "phone", "address", "postcode")
PLACES = ("latitude", "longitude")


def _event(number: int, name: str, kinds: tuple[Type, ...]) -> EventType:
    properties = {f"p_{kind}": Property(f"p_{kind}", kind, f"c{number}{n}_{kind}") for n, kind in enumerate(kinds, start=1)}
    return EventType(name, f"e{number}_{name}", properties | {"order_id": Property("order_id", "text", f"c{number}0_order")})


SCHEMA = Schema(
    attributes={
        **{f"a_{kind}": Attribute(f"a_{kind}", kind, f"a{n}_{kind}") for n, kind in enumerate(TYPES, start=1)},
        **{name: Attribute(name, "text", f"a2{n}_{name}") for n, name in enumerate(TEXTS)},
        **{name: Attribute(name, "decimal", f"a3{n}_{name}") for n, name in enumerate(PLACES)},
        **{trait.name: trait for trait in RFM_TRAITS},
    },
    events={
        "visit": _event(1, "visit", TYPES),
        "empty": EventType("empty", "e2_empty", {}),
        "reply": _event(3, "reply", ("text", "integer", "date")),
        "offer": _event(4, "offer", ("text", "decimal")),
    },
)
HELD = tuple(item for item in SCHEMA.attributes.values() if not item.trait and item.name not in PLACES)
WORDS = ("Ada", "ada ", "İstanbul", "istanbul", "straße", "STRASSE", "Σ", "ς", "", "'; DROP", "Mäki", "a_b", "100%", "😀b")
PATTERNS = ("*a", "A?a", "?da", "str*e", "*", "?", "??", "a_b", "1*%", "\\*", "", "?b", "* ", "M?ki", "m??ki")
texts = st.sampled_from(WORDS)
numbers = st.integers(-3, 6).map(Decimal) | st.sampled_from(
    [Decimal("0.5"), Decimal("2.25"), Decimal("0.3333333333"), Decimal("33.3333333333")]
)
days = st.dates(dt.date(2026, 3, 20), dt.date(2026, 4, 3)) | st.sampled_from(
    [dt.date(2024, 2, 29), dt.date(2025, 10, 26), dt.date(2026, 2, 28), dt.date(1990, 3, 31), dt.date(2025, 12, 31)]
)
instants = (
    st.integers(-20 * 4, 8).map(lambda n: AS_OF + n * dt.timedelta(hours=6))
    | st.integers(-12, -1).map(lambda n: AS_OF + n * dt.timedelta(hours=12))
    | st.integers(-90, 20).map(lambda n: AS_OF + n * dt.timedelta(hours=24))
    | st.integers(-14, 1).map(lambda n: AS_OF + n * dt.timedelta(days=30, hours=10))
    | st.integers(-60 * 24 * 20, 60 * 24 * 4).map(lambda m: AS_OF + dt.timedelta(minutes=m))
    | st.sampled_from([AS_OF, AS_OF - dt.timedelta(microseconds=1)])
    | st.builds(lambda d, h: dt.datetime.combine(d, dt.time(h), tzinfo=dt.UTC), days, st.sampled_from([0, 1, 3, 21, 22, 23]))
)
units = st.sampled_from(["minute", "hour", "day", "week", "month", "quarter", "year"])
spans = st.builds(Span, st.integers(1, 15), units) | st.builds(Span, st.sampled_from([6, 12, 24, 48]), st.just("hour"))
calendar_units = st.sampled_from(["day", "week", "month", "quarter", "year"])
periods = st.builds(Period, st.sampled_from(["this", "previous", "next"]), calendar_units)
_LENGTHS = {"minute": 1, "hour": 60, "day": 1440, "week": 7 * 1440, "month": 30 * 1440, "quarter": 91 * 1440, "year": 365 * 1440}


def _ordered(pair: tuple[Span, Span]) -> AgoBetween:
    return AgoBetween(*sorted(pair, key=lambda span: span.n * _LENGTHS[span.unit]))


windows_of_time = st.one_of(
    st.builds(InLast, spans),
    st.tuples(days, days).map(lambda pair: Between(min(pair), max(pair))),
    st.builds(Before, days),
    st.builds(After, days),
    st.builds(Since, days),
    st.builds(Until, days),
    st.builds(LongAgo, spans),
    st.tuples(spans, spans).map(_ordered),
    spans.map(lambda span: AgoBetween(span, span)),
    st.builds(During, st.builds(Period, st.sampled_from(["this", "previous"]), calendar_units)),
)
windows = st.integers(0, 2).flatmap(lambda n: windows_of_time if n else st.none()) | st.builds(Latest, st.integers(1, 3))


@cache
def operand(kind: Type) -> SearchStrategy[Any]:
    """A value to compare with, by the type on the left."""
    if kind in ("text", "text_set"):
        return st.builds(Text, texts)
    if kind == "boolean":
        return st.builds(YesNo, st.booleans())
    return st.builds(Day, days) if kind in ("date", "time") else st.builds(Number, numbers)


@cache
def _keys(kind: Type) -> SearchStrategy[str]:
    return st.sampled_from([row.key for row in OPERATORS.values() if kind in row.types])


_FEW = st.integers(1, 3)
_patterns = st.builds(Text, st.sampled_from(PATTERNS) | texts)


@cache
def tests_of(kind: Type, values: SearchStrategy[Any] | None = None) -> SearchStrategy[Test]:
    """A comparison of values of a type; its operands are drawn from `values` when these are given."""
    return _tests_of(kind, values)


@st.composite
def _tests_of(draw: Any, kind: Type, values: SearchStrategy[Any] | None) -> Test:
    row = OPERATORS[draw(_keys(kind))]
    n = draw(_FEW) if row.operands == "many" else row.operands
    if row.takes == "value":
        wanted = operand(kind) if values is None else values
        if row.key in ("matches", "does_not_match") and values is None:
            wanted = _patterns
    else:
        wanted = spans if row.takes == "span" else periods
    return Test(row.key, tuple(draw(wanted) for _ in range(n)))


_NAMES = {"weekday": [weekday_of(n) for n in range(1, 8)], "month": [month_of(n) for n in range(1, 13)]}
_HOLDS = {"weekday": ("date", "time"), "month": ("date", "time"), "day": ("date", "time"), "hour": ("time",), "items": ("text_set",)}


@cache
def tests_of_part(part: str) -> SearchStrategy[Test]:
    """A comparison of a part of a value."""
    if part in _NAMES:
        return tests_of("text", st.builds(Text, st.sampled_from(_NAMES[part])))
    return tests_of("integer", st.builds(Number, st.integers(0, 31).map(Decimal)) | operand("integer"))


@cache
def _parts(kind: Type) -> SearchStrategy[str | None] | None:
    parts = [part for part, kinds in _HOLDS.items() if kind in kinds]
    return st.none() | st.sampled_from(parts) if parts else None


@cache
def compared(kind: Type) -> SearchStrategy[tuple[Test, Any]]:
    """A comparison of a value of a type, or of a part that it has, and that part."""
    return _compared(kind)


@st.composite
def _compared(draw: Any, kind: Type) -> tuple[Test, Any]:
    parts = _parts(kind)
    part = None if parts is None else draw(parts)
    return draw(tests_of(kind) if part is None else tests_of_part(part)), part


_held_ones = st.sampled_from(HELD)
_moments = st.none() | st.none() | spans | st.builds(Day, days) | st.just(Ever())


@st.composite
def attributes(draw: Any) -> AttributeIs:
    """An attribute, or a part of it, now, at a moment, or ever."""
    found = draw(_held_ones)
    test, part = draw(compared(found.type))
    at = draw(_moments)
    return AttributeIs(found.name, test, part, at)


MOMENTS = (None, Span(30, "day"), Span(1, "hour"), Day(dt.date(2026, 3, 1)), Day(dt.date(2026, 4, 2)))
"""The moments of which past traits are drawn; the last is after AS_OF, and so means it."""
_traits_held = st.sampled_from(RFM_TRAITS)
_groups = st.builds(Text, st.sampled_from(["champions", "prospects", "at_risk"]))
_of_traits = st.sampled_from(MOMENTS)


@st.composite
def traits(draw: Any) -> AttributeIs:
    """A trait now, or at a moment that `people` have their past traits of."""
    found = draw(_traits_held)
    return AttributeIs(found.name, draw(tests_of(found.type, _groups if found.codes else None)), None, draw(_of_traits))


_properties = {name: st.sampled_from([None, *item.properties.values()]) for name, item in SCHEMA.events.items()}
_parts_of_time = st.sampled_from(["weekday", "month", "day", "hour"])


@st.composite
def property_leaves(draw: Any, event: str) -> Condition:
    """A comparison of a property of an event, or of when it happened."""
    found = draw(_properties[event])
    if found is None:
        part = draw(_parts_of_time)
        return MomentIs(part, draw(tests_of_part(part)))
    test, part = draw(compared(found.type))
    return PropertyIs(found.name, test, part)


def nested(leaf: SearchStrategy[Condition], most: int) -> SearchStrategy[Condition]:
    """Rules of these leaves with and, or, not."""
    return _nested(leaf, most, accounts=False)


def _nested(leaf: SearchStrategy[Condition], most: int, *, accounts: bool) -> SearchStrategy[Condition]:
    def group(inner: SearchStrategy[Condition]) -> SearchStrategy[Condition]:
        parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
        found = st.builds(_and, parts) | st.builds(_or, parts) | st.builds(Not, inner)
        return found | _accounts(inner) if accounts else found

    return st.recursive(leaf, group, max_leaves=most).filter(lambda rule: depth(rule) <= 6)


def _accounts(inner: SearchStrategy[Condition]) -> SearchStrategy[Condition]:
    return st.builds(OfAccount, st.sampled_from(["any", "all"]), inner) | st.builds(
        OfAccount, st.just("at_least"), inner, st.integers(1, 3)
    )


def depth(node: Condition) -> int:
    """How deep a rule is nested."""
    match node:
        case And(parts) | Or(parts):
            return 1 + max(map(depth, parts))
        case Not(part) | OfAccount(part=part):
            return 1 + depth(part)
    return 1


def _and(parts: tuple[Condition, ...]) -> Condition:
    return And(tuple(p for part in parts for p in (part.parts if isinstance(part, And) else (part,))))


def _or(parts: tuple[Condition, ...]) -> Condition:
    return Or(tuple(p for part in parts for p in (part.parts if isinstance(part, Or) else (part,))))


_WITH = {name: nested(property_leaves(name), 3) for name in SCHEMA.events}


def having(event: str) -> SearchStrategy[Condition]:
    """A condition on single events of a kind."""
    return _WITH[event]


@cache
def wheres(event: str) -> SearchStrategy[Condition | None]:
    """The same, or (as often) none."""
    return st.booleans().flatmap(lambda asked: having(event) if asked else st.none())


event_names = st.sampled_from(["visit", "visit", "visit", "reply", "reply", "empty", "offer"])
_MEASURED: dict[str, tuple[Type, ...]] = {
    "sum": ("integer", "decimal", "money"),
    "average": ("integer", "decimal", "money"),
    "min": ("integer", "decimal", "money", "date", "time"),
    "max": ("integer", "decimal", "money", "date", "time"),
    "distinct": TYPES,
    "most_frequent": TYPES,
}
MEASURES = ("count", "days", "first", "last", "gap", "share", *_MEASURED)
_measures = {numeric: st.sampled_from([item for item in MEASURES if item != "most_frequent" or not numeric]) for numeric in (True, False)}


@cache
def _one_of(items: tuple[Any, ...]) -> SearchStrategy[Any]:
    return st.sampled_from(items)


@st.composite
def event_figures(draw: Any, numeric: bool = True) -> tuple[EventsFigure, Type]:
    """A number (or a time, or a value, when it need not be one) made of events, and the type that it is compared as."""
    measure = draw(_measures[numeric])
    event = draw(event_names)
    kinds = [kind for kind in _MEASURED.get(measure, ()) if not numeric or measure == "distinct" or kind in ("integer", "decimal", "money")]
    fit = tuple(item for item in SCHEMA.events[event].properties.values() if item.type in kinds and item.name.startswith("p_"))
    if measure in _MEASURED and not fit:
        measure = "count"
    found = draw(_one_of(fit)) if measure in _MEASURED else None
    has = draw(having(event)) if measure == "share" else None
    figure = EventsFigure(event, measure, found.name if found else None, draw(wheres(event)), draw(windows), has)
    if measure in ("first", "last"):
        return figure, "time"
    if found is None or measure in ("sum", "average", "distinct"):
        return figure, "integer" if measure in ("count", "days", "distinct") else "decimal"
    return figure, "text" if found.type == "text_set" else found.type


_any_figures = event_figures(numeric=False)


@st.composite
def event_leaves(draw: Any) -> EventsAre:
    """A figure of events against a comparison of its type."""
    figure, kind = draw(_any_figures)
    return EventsAre(figure.event, figure.measure, draw(tests_of(kind)), figure.property, figure.where, figure.window, figure.has)


_first_or_last = st.sampled_from(["first", "last"])


@st.composite
def edges(draw: Any) -> EdgeEvent:
    """The first or last event."""
    event = draw(event_names)
    return EdgeEvent(draw(_first_or_last), event, draw(having(event)), draw(wheres(event)), draw(windows))


lengths = st.builds(Span, st.sampled_from([1, 2, 3]), st.sampled_from(["day", "week", "month"]))


@cache
def _seldom(strategy: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """What is drawn one time in four, else none."""
    return st.integers(0, 3).flatmap(lambda n: strategy if n == 3 else st.none())


_withins = st.none() | spans | lengths
_booleans = st.booleans()


@st.composite
def chains(draw: Any) -> Followed:
    """Two to four events after one another; the last may be one that did not come."""
    event, n = draw(event_names), draw(_FEW)
    steps = []
    for place in range(n):
        name = draw(event_names)
        did = place < n - 1 or draw(_booleans)
        steps.append(Step(name, draw(_seldom(having(name))), draw(_withins), did))
    return Followed(event, tuple(steps), draw(_seldom(having(event))), draw(_seldom(windows)))


_tied_ones = st.sampled_from(["visit", "reply", "offer"])


@cache
def _shared(event: str, other: str) -> SearchStrategy[str | None]:
    """What ties them: an id, or a property that both have."""
    theirs = SCHEMA.events[other].properties
    return st.none() | st.sampled_from(
        sorted(name for name, item in SCHEMA.events[event].properties.items() if name in theirs and item.type != "text_set")
    )


@st.composite
def ties(draw: Any) -> Tied:
    """Events that have, or have not, one of another kind tied to them: by an id, or by a property that is named."""
    event, other = (draw(_tied_ones) for _ in range(2))
    by = draw(_shared(event, other))
    test = draw(tests_of("integer"))
    return Tied(event, other, test, draw(wheres(event)), draw(windows), draw(wheres(other)), by, draw(_booleans))


_twelve = st.integers(1, 12)


@st.composite
def in_periods(draw: Any) -> Periods:
    """In how many of the last periods."""
    event = draw(event_names)
    return Periods(event, draw(_twelve), draw(calendar_units), draw(tests_of("integer")), draw(wheres(event)))


numeric_attributes = st.builds(AttributeFigure, st.sampled_from(["a_integer", "a_decimal", "a_money"]))
figures: SearchStrategy[Figure] = numeric_attributes | event_figures().map(lambda pair: pair[0]) | event_figures().map(lambda pair: pair[0])
traits_as_figures = st.builds(AttributeFigure, st.sampled_from(["recency_days", "monetary"]))
ORDERS = ("over", "at_least", "under", "at_most")
_TIMES = st.sampled_from([Decimal(1), Decimal(1), Decimal("1.5"), Decimal(2), Decimal("0.3333333333"), Decimal(-1), Decimal(0)])


def against(one: SearchStrategy[Figure]) -> SearchStrategy[Against]:
    """One number against another, sometimes the same one."""
    apart = st.builds(Against, one, st.sampled_from(ORDERS), one, _TIMES)
    return apart | one.flatmap(lambda figure: st.builds(Against, st.just(figure), st.sampled_from(ORDERS), st.just(figure), _TIMES))


_MOST = {"quintile": 5, "decile": 10, "top_percent": 100, "bottom_percent": 100, "top": 4, "bottom": 4}
PLACES_IN_RANK = (*_MOST, "above_average", "below_average", "above_median", "below_median")
_places = st.sampled_from(PLACES_IN_RANK)
_up_to = {place: st.integers(1, most) for place, most in _MOST.items()}


@st.composite
def ranks(draw: Any, figure: SearchStrategy[Figure], among: SearchStrategy[str | None]) -> Ranked:
    """Where somebody stands by a number."""
    place = draw(_places)
    n = draw(_up_to[place]) if place in _MOST else None
    return Ranked(draw(figure), place, n, draw(among))


points = st.sampled_from(
    [("60.1699", "24.9384"), ("61.4978", "23.761"), ("0", "0"), ("-33.9", "151.2"), ("60.2055", "24.6559"), ("90", "-180")]
)
near = st.builds(
    lambda point, km: Near(Decimal(point[0]), Decimal(point[1]), Decimal(km)),
    points,
    st.sampled_from(["0.001", "17", "200", "8000", "20020"]),
)
shares = st.builds(
    RandomShare, st.sampled_from(["0", "0.0000000001", "33.3", "50", "99.9999", "100"]).map(Decimal), st.sampled_from(["", "s", "'; DROP"])
)
own_leaves = st.one_of(
    attributes(),
    event_leaves(),
    edges(),
    chains(),
    ties(),
    in_periods(),
    against(figures),
    ranks(figures, st.none()),
    st.builds(Consent, st.sampled_from(PURPOSES[:2])),
    st.builds(Reachable, st.sampled_from(["email", "sms", "phone", "post"])),
    shares,
    near,
)
"""Leaves about people's data alone: no segments, no traits."""

SEGMENTS = ("base", "other")
of_segments = st.one_of(
    st.builds(InSegment, st.sampled_from(SEGMENTS)),
    st.builds(InSegment, st.sampled_from(SEGMENTS), spans | st.builds(Day, days)),
    st.builds(Moved, st.sampled_from(SEGMENTS), st.sampled_from(["entered", "left"]), st.none() | windows_of_time),
    ranks(figures, st.sampled_from(SEGMENTS)),
)
of_traits = st.one_of(traits(), against(traits_as_figures | figures), ranks(traits_as_figures, st.none() | st.sampled_from(SEGMENTS)))
leaves = own_leaves | of_segments | of_traits

attribute_leaves = attributes()
plain_conditions = _nested(own_leaves, 4, accounts=True)
"""Rules about people's data alone."""
conditions = _nested(leaves, 5, accounts=True)
"""Rules of every kind, about the segments `base` and `other`."""


# --- people


@cache
def value(kind: Type) -> SearchStrategy[Any]:
    """A value that somebody, or an event, has."""
    if kind == "text":
        return texts.filter(bool)
    if kind == "text_set":
        return st.lists(texts.filter(bool), max_size=3)
    if kind == "boolean":
        return st.booleans()
    if kind == "integer":
        return st.integers(-3, 6)
    if kind == "money":
        return numbers.map(lambda number: round(number, 4))
    if kind == "decimal":
        return numbers
    return days if kind == "date" else instants


_FOREVER = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)


_up_to_number = [st.integers(0, most) for most in range(7)]
_starts = st.sets(instants, max_size=2)


@st.composite
def _held(draw: Any, values: SearchStrategy[Any]) -> list[Value]:
    """A value with a past: intervals that touch or leave gaps."""
    starts = sorted(draw(_starts))
    ends = [*starts[1:], _FOREVER]
    return [Value(start, end, draw(values)) for start, end in zip(starts, ends, strict=False) if draw(_up_to_number[3])]


_VALUES_OF = {item.name: _held(value(item.type)) for item in HELD}
_order_ids = st.sampled_from(["x", "X ", "y"])


@cache
def _short(event: str) -> tuple[dict[str, SearchStrategy[Any]], SearchStrategy[set[str]]]:
    """The values of an event's properties, and which of them it has."""
    kinds = SCHEMA.events[event].properties.values()
    values = {item.name: value(item.type) if item.name != "order_id" else _order_ids for item in kinds}
    return values, st.sets(st.sampled_from(list(values)))


@st.composite
def _events(draw: Any, name: str, most: int) -> list[Event]:
    short, some = _short(name)
    found = []
    for _ in range(draw(_up_to_number[most])):
        has = draw(some) if draw(_booleans) else set(short)
        found.append(Event(draw(instants), {name: draw(values) for name, values in short.items() if name in has}))
    if found and draw(_up_to_number[4]) == 0:
        found.append(found[-1])  # the same event twice
    return found


_visits, _replies = _events("visit", 5), _events("reply", 3)
_scores, _grouped = st.integers(1, 5), st.sampled_from(["champions", "at_risk"])


@st.composite
def _traits(draw: Any) -> dict[str, Any]:
    if draw(_up_to_number[2]) == 0:
        return {"rfm_group": "prospects"}
    scores = {name: draw(_scores) for name in ("rfm_r", "rfm_f", "rfm_m")}
    found = {"recency_days": draw(_up_to_number[6]), "frequency": draw(_FEW), "monetary": round(draw(numbers), 4)}
    return found | scores | {"rfm_score": "".join(map(str, scores.values())), "rfm_group": draw(_grouped)}


_three_moments = st.lists(instants, max_size=3)


@st.composite
def _moves(draw: Any) -> dict[str, list[Move]]:
    found = {}
    for name in SEGMENTS:
        moments = sorted(draw(_three_moments))
        found[name] = [Move(at, draw(_booleans)) for at in moments]
    return found


_moved, _placed = _moves(), st.none() | points
_records = st.lists(
    st.builds(
        ConsentRecord,
        st.sampled_from(PURPOSES[:2]),
        st.booleans(),
        instants,
        st.booleans(),
        st.sampled_from(["consent", "consent", "existing_customer"]),
        st.sampled_from([None, Capacity("consumer"), Capacity("contact"), Capacity("contact", 1), Capacity("contact", 2)]),
        st.sampled_from([(), (), ("a",), ("b",), ("a", "b")]),
    ),
    max_size=3,
)


@st.composite
def people(draw: Any) -> Person:
    """Someone with attributes, events, consents and moves, many of whose values are missing, equal or exactly on an edge."""
    held = {name: draw(values) if draw(_up_to_number[2]) else [] for name, values in _VALUES_OF.items()}
    place = draw(_placed)
    for name, degrees in zip(PLACES, place or (), strict=False):
        held[name] = [Value(AS_OF - dt.timedelta(days=1), _FOREVER, Decimal(degrees))]
    events = {"visit": draw(_visits), "reply": draw(_replies), "empty": [], "offer": []}
    return Person(held, events, consents=draw(_records), moves=draw(_moved))


_person, _of_somebody = people(), _traits()


@st.composite
def people_with_traits(draw: Any, moments: tuple[dt.datetime, ...]) -> Person:
    """The same with traits now, and at these instants."""
    person = draw(_person)
    past = {moment: draw(_of_somebody) for moment in moments}
    return Person(person.attributes, person.events, draw(_of_somebody), past, person.consents, person.moves)
