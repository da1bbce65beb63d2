"""Figures for pages: totals, months, places, people found by a word, and what one person did.

Fixed SQL over the tables of the store; times are naive UTC. What is counted are
orders with a total above 0, of living people. RFM is in `scores.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection
from pyroaring import BitMap

from lohko.engine.consents import capacity_from
from lohko.engine.person import ConsentRecord
from lohko.engine.sql import column, expression, render
from lohko.model.consent import stands
from lohko.model.orders import ORDER, REFUND
from lohko.model.schema import Attribute, EventType, Schema

_TOTALS = """
SELECT count(*), count(DISTINCT e.person), coalesce(sum(e.__total), 0), min(e."at"), max(e."at") FROM __event AS e JOIN person AS p ON p.person = e.person AND p.living
WHERE e.__total > 0 AND e."at" >= CAST(? AS TIMESTAMP) AND e."at" < CAST(? AS TIMESTAMP)
"""

_MONTHS = """
SELECT CAST(date_trunc('month', e.local_day) AS DATE) AS month, count(*), coalesce(sum(e.__total), 0), count(DISTINCT e.person) FROM __event AS e JOIN person AS p ON p.person = e.person AND p.living
WHERE e.__total > 0 AND e."at" >= CAST(? AS TIMESTAMP) AND e."at" < CAST(? AS TIMESTAMP) GROUP BY 1 ORDER BY 1
"""

_ANONYMOUS = """
SELECT count(*) FROM __event AS e WHERE e.person IS NULL AND e."at" >= CAST(? AS TIMESTAMP) AND e."at" < CAST(? AS TIMESTAMP)
"""


@dataclass(frozen=True)
class Totals:
    """Orders and money of known customers between two instants."""

    orders: int
    buyers: int
    revenue: Decimal
    first_at: dt.datetime | None
    last_at: dt.datetime | None


@dataclass(frozen=True)
class Month:
    """Orders and money of one calendar month of the workspace, and of how many people they are at least."""

    month: dt.date
    orders: int
    revenue: Decimal
    people: int


def totals(cursor: DuckDBPyConnection, schema: Schema, since: dt.datetime, until: dt.datetime) -> Totals:
    """Counted orders in `[since, until)`, refunds of that time taken off the revenue."""
    if ORDER not in schema.events:
        return Totals(0, 0, Decimal(0), None, None)
    orders, buyers, revenue, first, last = _of_event(cursor, schema, ORDER, _TOTALS, since, until)[0]
    refunded = _of_event(cursor, schema, REFUND, _TOTALS, since, until)[0][2]
    return Totals(orders, buyers, revenue - refunded, first, last)


def months(cursor: DuckDBPyConnection, schema: Schema, since: dt.datetime, until: dt.datetime) -> list[Month]:
    """Per calendar month that has any, counted orders and revenue net of the month's refunds."""
    if ORDER not in schema.events:
        return []
    bought = {month: tuple(row) for month, *row in _of_event(cursor, schema, ORDER, _MONTHS, since, until)}
    returned = {month: tuple(row) for month, *row in _of_event(cursor, schema, REFUND, _MONTHS, since, until)}
    found, nothing = [], (0, Decimal(0), 0)
    for month in sorted(bought | returned):
        (orders, money, buyers), (_, back, returning) = bought.get(month, nothing), returned.get(month, nothing)
        found.append(Month(month, orders, money - back, max(buyers, returning)))
    return found


def anonymous_orders(cursor: DuckDBPyConnection, schema: Schema, since: dt.datetime, until: dt.datetime) -> int:
    """Orders in `[since, until)` that no customer is known of."""
    if ORDER not in schema.events:
        return 0
    found = cursor.execute(render(_ANONYMOUS, {"__event": schema.event(ORDER).table}), [since, until]).fetchall()
    return int(found[0][0])


def _of_event(cursor: DuckDBPyConnection, schema: Schema, name: str, template: str, since: dt.datetime, until: dt.datetime) -> list[Any]:
    event = schema.event(name)
    sql = render(template, {"__event": event.table, "__total": event.property("total").column})
    return cursor.execute(sql, [since, until]).fetchall()


# --- RFM as the run's table `trait_rfm` has it ---------------------------------------------


_REPEATED = """
SELECT count(*), count(*) FILTER (WHERE n >= 2) FROM (
    SELECT count(*) AS n FROM __event AS e JOIN person AS p ON p.person = e.person AND p.living WHERE e.__total > 0 AND e."at" < CAST(? AS TIMESTAMP) GROUP BY e.person
) AS counted
"""


def repeat_buyers(cursor: DuckDBPyConnection, schema: Schema, until: dt.datetime) -> tuple[int, int]:
    """How many customers have bought before an instant, and how many of them at least twice."""
    if ORDER not in schema.events:
        return 0, 0
    order = schema.event(ORDER)
    sql = render(_REPEATED, {"__event": order.table, "__total": order.property("total").column})
    bought, repeated = cursor.execute(sql, [until]).fetchall()[0]
    return bought, repeated


# --- a set of people against everyone -----------------------------------------------------


@dataclass(frozen=True)
class Buying:
    """How a set of people buys. What needs buyers is None when there are none."""

    people: int
    buyers: int
    orders: int
    revenue: Decimal
    recency_days: float | None


_BUYING = """
SELECT count(*), count(t.frequency), coalesce(sum(t.frequency), 0), coalesce(sum(t.monetary), 0), median(t.recency_days)
FROM trait_rfm AS t WHERE CAST(? AS BOOLEAN) OR t.person IN (SELECT person FROM member)
"""

_PLACES = """
SELECT a.fold, mode(a.value), count(*) FILTER (WHERE NOT m.person IS NULL) AS inside, count(*) AS everywhere
FROM __attribute AS a JOIN person AS p ON p.person = a.person AND p.living LEFT JOIN member AS m ON m.person = a.person
WHERE a.valid_from < CAST(? AS TIMESTAMP) AND a.valid_to >= CAST(? AS TIMESTAMP)
GROUP BY a.fold ORDER BY inside DESC, a.fold
"""

_SAMPLE = "SELECT p.person FROM person AS p JOIN member AS m ON m.person = p.person ORDER BY md5(p.person_id) LIMIT ?"


def take_members(cursor: DuckDBPyConnection, people: BitMap) -> None:
    """Make the temporary table `member` of a set of people."""
    cursor.execute("CREATE OR REPLACE TEMP TABLE member (person INTEGER)")
    cursor.register("member_rows", {"person": np.array(people.to_array(), dtype=np.int32)})
    cursor.execute("INSERT INTO member SELECT person FROM member_rows")
    cursor.unregister("member_rows")


def buying(cursor: DuckDBPyConnection, *, everyone: bool) -> Buying:
    """How everyone buys, or the people in `member`; over `trait_rfm`."""
    return Buying(*cursor.execute(_BUYING, [everyone]).fetchall()[0])


@dataclass(frozen=True)
class Place:
    """A town or country: how many of the set and of everyone are known to be there."""

    value: str
    inside: int
    everywhere: int


def places(cursor: DuckDBPyConnection, attribute: Attribute, as_of: dt.datetime) -> list[Place]:
    """The values of an attribute at an instant, those most common in `member` first."""
    rows = cursor.execute(render(_PLACES, {"__attribute": attribute.table}), [as_of, as_of]).fetchall()
    return [Place(value, inside, everywhere) for _, value, inside, everywhere in rows]


def member_groups(cursor: DuckDBPyConnection) -> dict[str, int]:
    """Per RFM group, how many people of `member` are in it."""
    rows = cursor.execute("SELECT t.rfm_group, count(*) FROM trait_rfm AS t JOIN member AS m ON m.person = t.person GROUP BY 1").fetchall()
    return dict(rows)


def sample(cursor: DuckDBPyConnection, most: int) -> list[int]:
    """Some people of `member`: the same ones each time, and not the first to come."""
    return [person for (person,) in cursor.execute(_SAMPLE, [most]).fetchall()]


# --- people ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Person:
    """Who someone is to the store."""

    person: int
    person_id: str
    label: str


def find_person(cursor: DuckDBPyConnection, person_id: str) -> Person | None:
    """The living person of that public id."""
    rows = cursor.execute("SELECT person, person_id, label FROM person WHERE living AND person_id = ?", [person_id]).fetchall()
    return Person(*rows[0]) if rows else None


def people_of(cursor: DuckDBPyConnection, keys: Iterable[int]) -> dict[int, Person]:
    """The people of those keys."""
    rows = cursor.execute("SELECT person, person_id, label FROM person WHERE person IN (SELECT unnest(?))", [list(keys)]).fetchall()
    return {row[0]: Person(*row) for row in rows}


_BY_LABEL = "SELECT person FROM person WHERE living AND (contains(lower(label), ?) OR person_id = ?)"
_BY_VALUE = """
SELECT person FROM __attribute WHERE contains(fold, ?) AND valid_from < CAST(? AS TIMESTAMP) AND valid_to >= CAST(? AS TIMESTAMP)
"""


def people_with(cursor: DuckDBPyConnection, attributes: Sequence[Attribute], folded: str, as_of: dt.datetime) -> BitMap:
    """The living whose label, or one of whose texts at an instant, contains a folded word."""
    found = BitMap(cursor.execute(_BY_LABEL, [folded, folded]).fetchnumpy()["person"])
    for attribute in attributes:
        sql = render(_BY_VALUE, {"__attribute": attribute.table})
        found |= BitMap(cursor.execute(sql, [folded, as_of, as_of]).fetchnumpy()["person"])
    return found & living(cursor)


def living(cursor: DuckDBPyConnection) -> BitMap:
    """Everyone who is not erased or merged away."""
    return BitMap(cursor.execute("SELECT person FROM person WHERE living").fetchnumpy()["person"])


_LATEST = """
SELECT e.person FROM __event AS e JOIN person AS p ON p.person = e.person AND p.living WHERE e."at" < CAST(? AS TIMESTAMP)
GROUP BY e.person ORDER BY max(e."at") DESC, e.person LIMIT ?
"""
_FIRST = "SELECT person FROM person WHERE living ORDER BY label, person LIMIT ?"


def latest_buyers(cursor: DuckDBPyConnection, schema: Schema, as_of: dt.datetime, most: int) -> list[int]:
    """Those who ordered last, the latest first; where there are no orders, the first by label."""
    if ORDER in schema.events:
        rows = cursor.execute(render(_LATEST, {"__event": schema.event(ORDER).table}), [as_of, most]).fetchall()
        if rows:
            return [person for (person,) in rows]
    return [person for (person,) in cursor.execute(_FIRST, [most]).fetchall()]


_VALUES = """
SELECT person, __said, valid_from, assumed, source FROM __attribute
WHERE person IN (SELECT unnest(?)) AND valid_from < CAST(? AS TIMESTAMP) AND valid_to >= CAST(? AS TIMESTAMP)
"""
_SAID = {True: "CAST(to_json(value) AS VARCHAR)", False: "CAST(value AS VARCHAR)"}


@dataclass(frozen=True)
class Value:
    """A person's value of an attribute (of a set of texts: as a JSON list), since when (None: since ever), and where it is from."""

    text: str
    since: dt.datetime | None
    assumed: bool
    source: str


def values_of(cursor: DuckDBPyConnection, attribute: Attribute, keys: Iterable[int], as_of: dt.datetime) -> dict[int, Value]:
    """What is known at an instant, by person."""
    told = expression(_SAID[attribute.type == "text_set"])
    rows = cursor.execute(render(_VALUES, {"__attribute": attribute.table}, {"__said": [told]}), [list(keys), as_of, as_of]).fetchall()
    return {person: Value(text, None if since.year == 1 else since, assumed, source) for person, text, since, assumed, source in rows}


_CONSENTS = """
SELECT purpose, given, effective_at, dated, basis, role, account, places FROM consent WHERE person = ? AND effective_at < CAST(? AS TIMESTAMP)
ORDER BY purpose
"""


@dataclass(frozen=True)
class Consent:
    """Whether a purpose's consent stands, and since the last record of it; an undated one is as old as its import."""

    purpose: str
    given: bool
    since: dt.datetime
    dated: bool


def consents_of(cursor: DuckDBPyConnection, person: int, as_of: dt.datetime) -> list[Consent]:
    """What one person has consented to at an instant, by purpose."""
    said: dict[str, list[ConsentRecord]] = {}
    for purpose, given, at, dated, basis, role, account, places in cursor.execute(_CONSENTS, [person, as_of]).fetchall():
        record = ConsentRecord(purpose, given, at, dated, basis, capacity_from(role, account), tuple(places or ()))
        said.setdefault(purpose, []).append(record)
    return [
        Consent(purpose, stands(records, as_of), max(item.effective_at for item in records), any(item.dated for item in records))
        for purpose, records in said.items()
    ]


# --- what one person did ----------------------------------------------------------------------


@dataclass(frozen=True)
class Happening:
    """One event of a person with its properties by name."""

    event: str
    at: dt.datetime
    day: dt.date
    order_key: str | None
    properties: dict[str, Any]


_HAPPENED = """
SELECT "at", local_day, order_key, __columns FROM __event WHERE person = ? AND "at" < CAST(? AS TIMESTAMP)
ORDER BY "at" DESC, batch DESC, record DESC LIMIT ?
"""
_LINES = 'SELECT order_key, __columns FROM __event WHERE person = ? AND order_key IN (SELECT unnest(?)) ORDER BY "at", batch, record'


def happenings(cursor: DuckDBPyConnection, event: EventType, person: int, as_of: dt.datetime, most: int) -> list[Happening]:
    """The last events of one type of a person before an instant."""
    properties = list(event.properties.values())
    columns = [column(item.column) for item in properties]
    template = _HAPPENED if columns else _HAPPENED.replace(", __columns", "")
    rows = cursor.execute(render(template, {"__event": event.table}, {"__columns": columns}), [person, as_of, most]).fetchall()
    return [Happening(event.name, at, day, key, _named(properties, values)) for at, day, key, *values in rows]


def lines_of(cursor: DuckDBPyConnection, line: EventType, person: int, order_keys: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The lines of some orders of a person, by order."""
    properties = list(line.properties.values())
    sql = render(_LINES, {"__event": line.table}, {"__columns": [column(item.column) for item in properties]})
    found: dict[str, list[dict[str, Any]]] = {}
    for key, *values in cursor.execute(sql, [person, list(order_keys)]).fetchall():
        found.setdefault(key, []).append(_named(properties, values))
    return found


def _named(properties: Sequence[Any], values: Sequence[Any]) -> dict[str, Any]:
    return {item.name: value for item, value in zip(properties, values, strict=True) if value is not None}
