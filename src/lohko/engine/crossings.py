"""Whom time alone may move: the people whose answer to a leaf can differ at two instants of the same data.

Every leaf compares stored instants, dates and intervals with edges that follow
from the instant asked about (`model/edges.py`). Between two instants an edge
sweeps over a band, and only who has something stored in that band can move. What
is told here is never too few people and may be too many: they are asked again.
A leaf that measures time itself (days since the last order) moves everyone, and
says None.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection
from pyroaring import BitMap
from sqlglot import exp

from lohko.base.times import back, naive
from lohko.engine.bitmaps import people_of
from lohko.engine.sql import expression, query
from lohko.model.condition import (
    Against,
    AttributeFigure,
    AttributeIs,
    Consent,
    EventsAre,
    EventsFigure,
    Ever,
    Figure,
    Followed,
    InSegment,
    Leaf,
    Moved,
    Near,
    Periods,
    PropertyIs,
    RandomShare,
    Ranked,
    Reachable,
)
from lohko.model.edges import anniversaries, day_range, moment_of, temporal_range, window_range
from lohko.model.operand import Period, Span, Test
from lohko.model.operators import positive
from lohko.model.resolve import reach_of
from lohko.model.schema import Attribute, Schema, Type
from lohko.model.walk import about_events, event_names, everything, windows
from lohko.model.window import Window

Edge = dt.datetime | dt.date | None
Range = tuple[dt.datetime | None, dt.datetime | None]
Ends = TypeVar("Ends")


@dataclass(frozen=True)
class Band:
    """What an edge swept over: stored values of a column from `low` up to, not including, `high`; None is without end."""

    table: str
    column: str
    low: Edge
    high: Edge


@dataclass(frozen=True)
class DaysOfYear:
    """The days of the year, as 100 x month + day, on which a stored date or instant may move its person."""

    table: str
    column: str
    days: frozenset[int]


Sweep = Band | DaysOfYear
_INSTANT = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Between:
    """Two instants of the same data, the earlier first, and how the schema and the zone read a rule."""

    schema: Schema
    zone: ZoneInfo
    earlier: dt.datetime
    later: dt.datetime

    def both(self, edges: Callable[[dt.datetime], Ends]) -> tuple[Ends, Ends]:
        """What follows from either instant."""
        return edges(self.earlier), edges(self.later)


def swept(leaves: Iterable[Leaf], between: Between) -> frozenset[Sweep] | None:
    """What the edges of resolved leaves sweep over between two instants; None when everyone may move by one of them."""
    found: set[Sweep] = set()
    for leaf in leaves:
        sweeps = _of_leaf(leaf, between)
        if sweeps is None:
            return None
        found.update(sweeps)
    return frozenset(found)


def crossing(cursor: DuckDBPyConnection, sweeps: Iterable[Sweep]) -> BitMap:
    """The people who have something stored in what was swept; each table is read once."""
    of_table: dict[str, list[Sweep]] = {}
    for sweep in sweeps:
        of_table.setdefault(sweep.table, []).append(sweep)
    found = BitMap()
    for table, its in of_table.items():
        parameters: list[Any] = []
        there = exp.or_(*(_inside(sweep, parameters) for sweep in sorted(its, key=repr)))
        sql = query(_PEOPLE, {"__table": table}, {"__there": there}).sql("duckdb")
        found |= people_of(cursor.execute(sql, parameters))
    return found


_PEOPLE = "SELECT DISTINCT person FROM __table WHERE NOT person IS NULL AND __there"
_FROM, _BELOW, _AMONG = "__value >= __edge", "__value < __edge", "list_contains(__days, 100 * month(__value) + day(__value))"


def _inside(sweep: Sweep, parameters: list[Any]) -> exp.Expr:
    value = exp.column(sweep.column, quoted=True)

    def place(given: Any, kind: str) -> exp.Expr:
        parameters.append(given)
        return exp.cast(exp.Placeholder(this=str(len(parameters))), kind, dialect="duckdb")

    if isinstance(sweep, DaysOfYear):
        return expression(_AMONG, nodes={"__value": value, "__days": place(sorted(sweep.days), "INTEGER[]")})
    parts = []
    for template, edge in ((_FROM, sweep.low), (_BELOW, sweep.high)):
        if edge is not None:
            bound = place(naive(edge), "TIMESTAMP") if isinstance(edge, dt.datetime) else place(edge, "DATE")
            parts.append(expression(template, nodes={"__value": value.copy(), "__edge": bound}))
    return exp.and_(*parts) if parts else exp.true()


# --- leaves


def _of_leaf(leaf: Leaf, between: Between) -> list[Sweep] | None:
    match leaf:
        case Ranked():
            return None
        case AttributeIs():
            return _of_attribute(leaf, between)
        case Reachable(channel=channel):
            return [sweep for item in reach_of(between.schema, channel) for sweep in _held(item, None, between)]
        case Near():
            return [sweep for name in ("latitude", "longitude") for sweep in _held(between.schema.attribute(name), None, between)]
        case Consent():
            return list(_between_ends("consent", "effective_at", *between.both(lambda at: at)))
        case RandomShare() | InSegment(at=None):
            return []
        case InSegment(at=at):
            # What was recorded at the very moment was so then.
            return list(_ledger(*between.both(lambda as_of: (moment_of(at, as_of, between.zone) + _INSTANT, as_of))))
        case Moved(window=window):
            return list(_ledger(*between.both(lambda as_of: window_range(window, as_of, between.zone))))
    return _of_events(leaf, between)


def _ledger(earlier: tuple[Edge, Edge], later: tuple[Edge, Edge]) -> Iterator[Sweep]:
    return _bands("membership_change", "at", earlier, later)


def _of_attribute(leaf: AttributeIs, between: Between) -> list[Sweep] | None:
    found = between.schema.attribute(leaf.name)
    if found.trait:
        return None
    moved = [] if leaf.part is not None else _of_test(leaf.test, found.type, found.table, "value", between)
    return None if moved is None else [*_held(found, leaf, between), *moved]


def _held(found: Attribute, leaf: AttributeIs | None, between: Between) -> Iterator[Sweep]:
    """Whose value of an attribute begins or ends to hold as the moment moves at which it is asked."""
    at = None if leaf is None or isinstance(leaf.at, Ever) else leaf.at
    moments = between.both(lambda as_of: moment_of(at, as_of, between.zone))
    for column in ("valid_from", "valid_to"):
        yield from _between_ends(found.table, column, *moments)


def _of_events(leaf: Leaf, between: Between) -> list[Sweep] | None:
    """Whose events begin or end to count: those that happen, those that windows pass, those whose own properties are compared with now."""
    tables = [between.schema.event(name).table for name in sorted(event_names(leaf))]
    ends: list[tuple[Range, Range]] = [between.both(lambda as_of: (None, as_of))]
    ends += [between.both(partial(_window, window, between.zone)) for window in windows(leaf)]
    match leaf:
        case Followed(then=then):
            ends += [between.both(partial(_ago, step.within, between.zone)) for step in then if step.within is not None]
        case Periods(n=n, unit=unit):
            ends += [between.both(partial(_ago, Span(part, unit), between.zone)) for part in range(1, n + 1)]
    found: list[Sweep] = [sweep for table in tables for earlier, later in ends for sweep in _bands(table, "at", earlier, later)]
    for more in (_of_value(leaf, between), _of_properties(leaf, between), *(_of_figure(item, between) for item in _figures(leaf))):
        if more is None:
            return None
        found += more
    return found


def _window(window: Window, zone: ZoneInfo, as_of: dt.datetime) -> Range:
    return window_range(window, as_of, zone)


def _ago(span: Span, zone: ZoneInfo, as_of: dt.datetime) -> Range:
    return back(as_of, span.n, span.unit, zone), None


def _of_value(leaf: Leaf, between: Between) -> list[Sweep] | None:
    """Whose first or last event, or whose latest value of a property, passes an edge of the test itself."""
    if not isinstance(leaf, EventsAre):
        return []
    event = between.schema.event(leaf.event)
    if leaf.measure in ("first", "last"):
        return _of_test(leaf.test, "time", event.table, "at", between)
    if leaf.property is None:
        return []
    found = event.property(leaf.property)
    return _of_test(leaf.test, found.type, event.table, found.column, between)


def _of_properties(leaf: Leaf, between: Between) -> list[Sweep] | None:
    """Whose event has a date that passes an edge of a comparison inside `where` or `has`."""
    found: list[Sweep] = []
    for part in (inside for whole in about_events(leaf) for inside in everything(whole)):
        if not isinstance(part, PropertyIs) or part.part is not None:
            continue
        for name in event_names(leaf):
            event = between.schema.event(name)
            item = event.properties.get(part.name.casefold())
            moved = [] if item is None else _of_test(part.test, item.type, event.table, item.column, between)
            if moved is None:
                return None
            found += moved
    return found


def _figures(leaf: Leaf) -> tuple[Figure, ...]:
    return (leaf.left, leaf.right) if isinstance(leaf, Against) else ()


def _of_figure(figure: Figure, between: Between) -> list[Sweep] | None:
    match figure:
        case EventsFigure(measure=("first" | "last")):
            return None  # the time since then grows by itself
        case AttributeFigure(name=name):
            found = between.schema.attribute(name)
            return None if found.trait else list(_held(found, None, between))
    return []


# --- what is compared with edges


def _of_test(test: Test, kind: Type, table: str, column: str, between: Between) -> list[Sweep] | None:
    """What the edges of a comparison sweep over in the column that it compares."""
    if kind not in ("date", "time") or not any(isinstance(operand, Span | Period) for operand in test.operands):
        return []
    plain, _ = positive(test)
    if plain.op.startswith("anniversary"):
        return _of_anniversary(plain, table, column, between)
    edges = day_range if kind == "date" else temporal_range
    return list(_bands(table, column, *between.both(lambda as_of: edges(plain, as_of, between.zone))))


def _of_anniversary(test: Test, table: str, column: str, between: Between) -> list[Sweep]:
    """A date moves when its day of the year comes in or goes out, or comes in another year."""
    earlier, later = between.both(lambda as_of: anniversaries(test, as_of, between.zone))
    days = frozenset(day for day in earlier.keys() | later.keys() if earlier.get(day) != later.get(day))
    if not days:
        return []
    # An instant is of a local day: the days around it hold it in every zone.
    near = {around for day in days for around in _days_around(day)}
    return [DaysOfYear(table, column, frozenset(near))]


def _days_around(day: int) -> set[int]:
    middle = dt.date(2000, day // 100, day % 100)
    return {100 * at.month + at.day for at in (middle + dt.timedelta(days=step) for step in (-1, 0, 1))}


def _bands(table: str, column: str, earlier: tuple[Edge, Edge], later: tuple[Edge, Edge]) -> Iterator[Sweep]:
    """What both ends of a half-open range sweep over."""
    for before, after in zip(earlier, later, strict=True):
        yield from _between_ends(table, column, before, after)


def _between_ends(table: str, column: str, before: Any, after: Any) -> Iterator[Sweep]:
    if before == after:
        return
    if before is None or after is None:
        yield Band(table, column, None, None)
    else:
        yield Band(table, column, min(before, after), max(before, after))
