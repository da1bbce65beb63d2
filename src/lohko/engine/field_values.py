"""What an attribute, or a property of events, holds: how many have it, how new it is, its commonest values, and how its numbers lie."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from lohko.engine.compile import naive
from lohko.engine.sql import render
from lohko.model.schema import NUMERIC, TEMPORAL, TEXTUAL, Attribute, EventType, Property

BINS = 12
MOST_VALUES = 20
FEW_PEOPLE = 5
"""A value of an attribute that fewer people have is not listed: it would tell who they are."""

_OF_PEOPLE = """
CREATE OR REPLACE TEMP TABLE field_rows AS SELECT a.person, a.value AS value, a.__fold AS fold, a.valid_from AS "at", a.assumed AS assumed
FROM __table AS a JOIN person AS p ON p.person = a.person
WHERE p.living AND NOT a.value IS NULL AND a.valid_from < CAST(? AS TIMESTAMP) AND a.valid_to >= CAST(? AS TIMESTAMP)
"""
_OF_TRAIT = """
CREATE OR REPLACE TEMP TABLE field_rows AS SELECT t.person, t.__value AS value, CAST(t.__value AS VARCHAR) AS fold, CAST(? AS TIMESTAMP) AS "at", FALSE AS assumed
FROM trait_rfm AS t JOIN person AS p ON p.person = t.person WHERE p.living AND NOT t.__value IS NULL
"""
_OF_EVENTS = """
CREATE OR REPLACE TEMP TABLE field_rows AS SELECT e.person, e.__value AS value, e.__fold AS fold, e."at" AS "at", FALSE AS assumed
FROM __table AS e JOIN person AS p ON p.person = e.person WHERE p.living AND NOT e.__value IS NULL AND e."at" < CAST(? AS TIMESTAMP)
"""
_ALL_EVENTS = 'SELECT count(*) FROM __table AS e JOIN person AS p ON p.person = e.person WHERE p.living AND e."at" < CAST(? AS TIMESTAMP)'
_SUMS = 'SELECT count(DISTINCT person), count(*), max("at") FILTER (WHERE NOT assumed) FROM field_rows'
_VALUES = """
SELECT mode(CAST(value AS VARCHAR)), count(DISTINCT person), count(*) FROM field_rows
GROUP BY fold HAVING count(DISTINCT person) >= CAST(? AS BIGINT) ORDER BY 2 DESC, 1 LIMIT 20
"""
_VALUES_OF_SETS = """
SELECT mode(CAST(value AS VARCHAR)), count(DISTINCT person), count(*) FROM (SELECT person, unnest(value) AS value, unnest(fold) AS fold FROM field_rows) AS u
GROUP BY fold HAVING count(DISTINCT person) >= CAST(? AS BIGINT) ORDER BY 2 DESC, 1 LIMIT 20
"""
_EDGES = "SELECT quantile_cont(number, 0.01), quantile_cont(number, 0.99), quantile_cont(number, 0.5) FROM field_numbers"
_BINS = """
SELECT least(CAST(? AS BIGINT) - 1, greatest(0, CAST(floor((number - CAST(? AS DOUBLE)) / CAST(? AS DOUBLE)) AS BIGINT))) AS bin, count(*)
FROM field_numbers GROUP BY 1 ORDER BY 1
"""
_NUMBERS = "CREATE OR REPLACE TEMP VIEW field_numbers AS SELECT CAST(value AS DOUBLE) AS number FROM field_rows"
_INSTANTS = "CREATE OR REPLACE TEMP VIEW field_numbers AS SELECT epoch(CAST(value AS TIMESTAMP)) AS number FROM field_rows"


@dataclass(frozen=True)
class FieldValues:
    """What a field holds.

    people    the living people with it; of events those who have one that carries it
    rows      the values: one a person for an attribute, one an event for a property
    newest    when the latest came (naive UTC); None when no time is known
    values    its commonest values: as written, people, rows
    bins      for numbers and days: from, to, rows; days as seconds since 1970
    middle    the median of these
    """

    people: int
    rows: int
    newest: dt.datetime | None
    values: list[tuple[str, int, int]]
    bins: list[tuple[float, float, int]]
    middle: float | None


def of_attribute(cursor: DuckDBPyConnection, attribute: Attribute, as_of: dt.datetime) -> FieldValues:
    """What the living people's attribute was at an instant; a trait is of the temporary table `trait_rfm`, which the caller has made."""
    if attribute.trait:
        cursor.execute(render(_OF_TRAIT, {"__value": attribute.name}), [naive(as_of)])
    else:
        names = {"__table": attribute.table, "__fold": "fold" if attribute.type in TEXTUAL else "value"}
        cursor.execute(render(_OF_PEOPLE, names), [naive(as_of), naive(as_of)])
    return _found(cursor, attribute.type, FEW_PEOPLE)


def of_property(cursor: DuckDBPyConnection, event: EventType, item: Property, as_of: dt.datetime) -> FieldValues:
    """What the events of living people before an instant carry."""
    names = {"__table": event.table, "__value": item.column, "__fold": item.fold_column if item.type in TEXTUAL else item.column}
    cursor.execute(render(_OF_EVENTS, names), [naive(as_of)])
    return _found(cursor, item.type, 1)


def events(cursor: DuckDBPyConnection, event: EventType, as_of: dt.datetime) -> int:
    """How many events of living people there are before an instant."""
    return int(cursor.execute(render(_ALL_EVENTS, {"__table": event.table}), [naive(as_of)]).fetchall()[0][0])


def _found(cursor: DuckDBPyConnection, kind: str, few: int) -> FieldValues:
    people, rows, newest = cursor.execute(_SUMS).fetchall()[0]
    listed = cursor.execute(_VALUES_OF_SETS if kind == "text_set" else _VALUES, [few]).fetchall()
    view = _NUMBERS if kind in NUMERIC else _INSTANTS if kind in TEMPORAL else None
    bins, middle = ([], None) if view is None or not rows else _bins(cursor, view)
    return FieldValues(people, rows, newest, listed, bins, middle)


def _bins(cursor: DuckDBPyConnection, view: str) -> tuple[list[tuple[float, float, int]], float]:
    """Equal parts from the first to the last hundredth; what lies beyond is in the outermost."""
    cursor.execute(view)
    low, high, middle = map(float, cursor.execute(_EDGES).fetchall()[0])
    width = (high - low) / BINS
    if width <= 0:
        (rows,) = cursor.execute("SELECT count(*) FROM field_rows").fetchall()[0]
        return [(low, high, int(rows))], middle
    counts = dict(cursor.execute(_BINS, [BINS, low, width]).fetchall())
    return [(low + n * width, low + (n + 1) * width, int(counts.get(n, 0))) for n in range(BINS)], middle
