"""Reference people written into the tables of the analytical store, so that both engines see the same data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from lohko.base.text import fold
from lohko.engine.reference import Person
from lohko.engine.sql import column, render
from lohko.engine.tables import FIXED, shape
from lohko.model.schema import Schema


def store_of(people: Sequence[Person], schema: Schema) -> DuckDBPyConnection:
    """An analytical store in memory that holds these people, with keys from 1."""
    connection = empty_store(schema)
    fill(connection, people, schema)
    return connection


def empty_store(schema: Schema) -> DuckDBPyConnection:
    """An analytical store in memory without anyone."""
    connection = duckdb.connect()
    for statement in FIXED:
        connection.execute(statement)
    shape(connection, schema)
    return connection


def fill(connection: DuckDBPyConnection, people: Sequence[Person], schema: Schema) -> None:
    """Write the people, with keys from 1."""
    for key, person in enumerate(people, start=1):
        connection.execute("INSERT INTO person VALUES (?, ?, true, ?)", [key, str(key), str(key)])
        for name, held in person.attributes.items():
            table = schema.attribute(name).table
            for item in held:
                text = fold(item.value) if isinstance(item.value, str) else None
                connection.execute(
                    render("INSERT INTO __t (person, value, fold, valid_from, valid_to) VALUES (?, ?, ?, ?, ?)", {"__t": table}),
                    [key, naive(item.value), text, naive(item.valid_from), naive(item.valid_to)],
                )
        for name, events in person.events.items():
            kind = schema.event(name)
            for event in events:
                row: dict[str, Any] = {"person": key, "at": naive(event.at)}
                for found in kind.properties.values():
                    given = event.properties.get(found.name)
                    row[found.column] = naive(given)
                    if found.type == "text":
                        row[found.fold_column] = None if given is None else fold(given)
                    elif found.type == "text_set":
                        row[found.fold_column] = None if given is None else [fold(item) for item in given]
                places = [column("?")] * len(row)
                sql = render("INSERT INTO __t (__c) VALUES (__v)", {"__t": kind.table}, {"__c": [column(c) for c in row], "__v": places})
                connection.execute(sql.replace('"?"', "?"), list(row.values()))


def naive(value: Any) -> Any:
    return value.astimezone(dt.UTC).replace(tzinfo=None) if isinstance(value, dt.datetime) else value
