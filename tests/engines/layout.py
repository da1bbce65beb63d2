"""Reference people written into the tables of the analytical store, so that both engines see the same data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from duckdb import DuckDBPyConnection

from lohko.base.text import fold
from lohko.base.times import to_local_offsets, zone
from lohko.engine.reference import Event, Person
from lohko.engine.sql import columns, render
from lohko.engine.tables import FIXED, shape
from lohko.model.schema import EventType, Schema, Type

HELSINKI = zone("Europe/Helsinki")


def store_of(people: Sequence[Person], schema: Schema, zone: ZoneInfo = HELSINKI, gone: Sequence[Person] = ()) -> DuckDBPyConnection:
    """An analytical store in memory that holds these people, with keys from 1, and after them those who live no more."""
    connection = empty_store(schema, zone)
    fill(connection, people, schema, zone)
    fill(connection, gone, schema, zone, first=len(people) + 1, living=False)
    return connection


@contextmanager
def lent_store(
    people: Sequence[Person], schema: Schema, zone: ZoneInfo = HELSINKI, gone: Sequence[Person] = ()
) -> Iterator[DuckDBPyConnection]:
    """The same, but in a transaction of one kept store that is never committed: quicker. Ask through the connection itself."""
    store = _kept_store(schema, zone)
    store.execute("BEGIN")
    try:
        fill(store, people, schema, zone)
        fill(store, gone, schema, zone, first=len(people) + 1, living=False)
        yield store
    finally:
        store.execute("ROLLBACK")


_kept: dict[tuple[int, str], DuckDBPyConnection] = {}


def _kept_store(schema: Schema, zone: ZoneInfo) -> DuckDBPyConnection:
    key = (id(schema), zone.key)
    if key not in _kept:
        _kept[key] = empty_store(schema, zone)
    return _kept[key]


def empty_store(schema: Schema, zone: ZoneInfo = HELSINKI) -> DuckDBPyConnection:
    """An analytical store in memory without anyone."""
    connection = duckdb.connect()
    connection.execute(_tables(schema))
    connection.execute("INSERT INTO local_offset SELECT unnest(CAST(? AS TIMESTAMP[])), unnest(CAST(? AS INTEGER[]))", _offsets(zone))
    return connection


_shaped: dict[int, tuple[Schema, str]] = {}
"""By the schema's id, which is its own for as long as it is held here."""


def _tables(schema: Schema) -> str:
    """What makes the tables as they are in the end, as the store itself tells it: a property needs hundreds of stores, and column by column they take three times as long."""
    if id(schema) not in _shaped:
        with duckdb.connect() as first:
            for statement in FIXED:
                first.execute(statement)
            shape(first, schema)
            made = first.execute("SELECT string_agg(sql, '' ORDER BY table_oid) FROM duckdb_tables() WHERE NOT internal").fetchall()
            assert not any(count for (count,) in first.execute(_BESIDE_TABLES).fetchall()), "all that a store has is told by its tables"
        _shaped[id(schema)] = schema, f"BEGIN;{made[0][0]}COMMIT"
    return _shaped[id(schema)][1]


_BESIDE_TABLES = """
SELECT count(*) FROM duckdb_views() WHERE NOT internal
UNION ALL SELECT count(*) FROM duckdb_indexes()
UNION ALL SELECT count(*) FROM duckdb_sequences()
UNION ALL SELECT sum(estimated_size) FROM duckdb_tables() WHERE NOT internal
"""


@lru_cache(maxsize=8)
def _offsets(zone: ZoneInfo) -> list[list[Any]]:
    rows = to_local_offsets(zone, 1970, 2100)
    return [[dt.datetime(1, 1, 1), *(row.start for row in rows)], [rows[0].seconds, *(row.seconds for row in rows)]]


def fill(
    connection: DuckDBPyConnection,
    people: Sequence[Person],
    schema: Schema,
    zone: ZoneInfo = HELSINKI,
    *,
    first: int = 1,
    living: bool = True,
) -> None:
    """Write the people, with keys from 1."""
    rows = [
        ("person", {"person": key, "person_id": one.person_id or str(key), "living": living, "label": str(key)})
        for key, one in enumerate(people, first)
    ]
    for key, person in enumerate(people, start=first):
        for name, held in person.attributes.items():
            attribute = schema.attribute(name)
            for item in held:
                row = {"person": key, "value": naive(item.value), "fold": folded(item.value, attribute.type), "assumed": item.assumed}
                rows.append((attribute.table, row | {"valid_from": naive(item.valid_from), "valid_to": naive(item.valid_to)}))
        for name, events in person.events.items():
            rows += [event_row(key, schema.event(name), event, zone) for event in events]
        for record in person.consents:
            row = {"person": key, "purpose": record.purpose, "given": record.given, "dated": record.dated, "basis": record.basis}
            capacity = record.capacity
            row |= {"role": capacity and capacity.role, "account": capacity and capacity.account, "places": list(record.places)}
            rows.append(("consent", row | {"effective_at": naive(record.effective_at)}))
        for segment, moves in person.moves.items():
            for run, move in enumerate(moves, start=1):
                row = {"run": run, "segment": segment, "person": key, "entered": move.entered, "at": naive(move.at)}
                rows.append(("membership_change", row))
    insert(connection, rows)


Row = tuple[str, dict[str, Any]]
"""A table and what one row of it has."""


def event_row(key: int | None, kind: EventType, event: Event, zone: ZoneInfo = HELSINKI) -> Row:
    """An event as a row; without a key it is nobody's."""
    local = event.at.astimezone(zone)
    row: dict[str, Any] = {"person": key, "at": naive(event.at), "local_day": local.date(), "local_hour": local.hour}
    for found in kind.properties.values():
        given = event.properties.get(found.name)
        row[found.column] = naive(given)
        if found.type in ("text", "text_set"):
            row[found.fold_column] = folded(given, found.type)
    return kind.table, row


def write_event(connection: DuckDBPyConnection, key: int | None, kind: EventType, event: Event, zone: ZoneInfo = HELSINKI) -> None:
    """Write one event; without a key it is nobody's."""
    insert(connection, [event_row(key, kind, event, zone)])


def folded(value: Any, kind: Type) -> Any:
    """The fold of a text, or of each text of a set; None of everything else."""
    if value is None or kind not in ("text", "text_set"):
        return None
    return fold(value) if kind == "text" else [fold(item) for item in value]


def insert(connection: DuckDBPyConnection, rows: Iterable[Row]) -> None:
    """Write rows, those of one table with the same columns at once."""
    alike: dict[tuple[str, tuple[str, ...]], list[list[Any]]] = {}
    for table, row in rows:
        alike.setdefault((table, tuple(row)), []).append(list(row.values()))
    for (table, names), values in alike.items():
        places = ", ".join([f"({', '.join('?' * len(names))})"] * len(values))
        connection.execute(_into(table, names) + places, [value for row in values for value in row])


@lru_cache(maxsize=1000)
def _into(table: str, names: tuple[str, ...]) -> str:
    return render("INSERT INTO __t (__c) VALUES (1)", {"__t": table}, {"__c": columns(*names)}).removesuffix("(1)")


def naive(value: Any) -> Any:
    return value.astimezone(dt.UTC).replace(tzinfo=None) if isinstance(value, dt.datetime) else value
