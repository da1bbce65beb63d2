"""What an attribute, or a property of events, holds: how many have it, how new it is, its commonest values, and how its numbers lie.

People are those in the temporary table `member`; how values become parts is in `explore.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection

from lohko.base.times import naive
from lohko.engine import explore
from lohko.engine.explore import Cut
from lohko.engine.sql import render
from lohko.maths.few import FEW
from lohko.model.schema import NUMERIC, TEMPORAL, Attribute, EventType, Property

BINS = 12
MOST_VALUES = 20
_SIDE = "field_rows"

_ALL_EVENTS = 'SELECT count(*) FROM __table AS e JOIN person AS p ON p.person = e.person WHERE p.living AND e."at" < CAST(? AS TIMESTAMP)'
_SUMS = 'SELECT count(DISTINCT person), count(*), max("at") FROM field_rows'
_SETS = 'SELECT count(*) FROM (SELECT DISTINCT person, "at" FROM field_rows) AS each'


@dataclass(frozen=True)
class FieldValues:
    """What a field holds.

    people    the members with it; of events those who have one that carries it
    rows      the values: one a person for an attribute, one an event for a property
    newest    when the latest came (naive UTC); None when no time is known
    values    its commonest values: as written, people, rows
    cut       for numbers and days, the parts that they lie in; None for others
    lying     how many rows are in each part of the cut, part 0 first
    """

    people: int
    rows: int
    newest: dt.datetime | None
    values: list[tuple[str, int, int]]
    cut: Cut | None
    lying: list[int]


def of_attribute(cursor: DuckDBPyConnection, attribute: Attribute, as_of: dt.datetime, zone: ZoneInfo) -> FieldValues:
    """What the members' attribute was at an instant; a trait is of the temporary table `trait_rfm`, which the caller has made."""
    explore.take_values(cursor, attribute, as_of, _SIDE)
    return _found(cursor, attribute, zone, FEW)


def of_property(cursor: DuckDBPyConnection, event: EventType, item: Property, as_of: dt.datetime, zone: ZoneInfo) -> FieldValues:
    """What the events of the members before an instant carry."""
    explore.take_events(cursor, event, item, as_of, _SIDE)
    return _found(cursor, item, zone, 1)


def events(cursor: DuckDBPyConnection, event: EventType, as_of: dt.datetime) -> int:
    """How many events of living people there are before an instant."""
    return int(cursor.execute(render(_ALL_EVENTS, {"__table": event.table}), [naive(as_of)]).fetchall()[0][0])


def _found(cursor: DuckDBPyConnection, item: Attribute | Property, zone: ZoneInfo, few: int) -> FieldValues:
    people, rows, newest = cursor.execute(_SUMS).fetchall()[0]
    if item.type == "text_set":  # which has a row for each of its texts
        rows = cursor.execute(_SETS).fetchall()[0][0]
    listed = explore.commonest(cursor, _SIDE, few, MOST_VALUES)
    lies = bool(rows) and item.type in (*NUMERIC, *TEMPORAL)
    cut = explore.cut(cursor, item, zone, _SIDE, BINS) if lies else None
    counted = {} if cut is None else explore.rows_of(cursor, item, zone, cut, _SIDE)
    lying = [] if cut is None else [counted.get(part, 0) for part in range(cut.parts + 1)]
    return FieldValues(people, rows, newest, [row[1:] for row in listed], cut, lying)
