"""Data with rows left out, for questions about what came after an instant or about what is known for sure.

A cut puts a temporary view of the same name before a table, so every query asks
the rows that remain, whatever kind of condition it is made of. Nobody else sees
it: temporary views belong to the cursor. Answers asked within a cut are not
those of the whole data: an engine asked within one is used for nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlglot import exp

from lohko.base.times import naive
from lohko.engine.bitmaps import bitmap
from lohko.engine.sql import column, expression, render
from lohko.model.orders import ORDER_LINE
from lohko.model.schema import Attribute, Schema

JOINED = "joined"
"""The attribute that says since when someone is a customer."""


@contextmanager
def only_since(cursor: DuckDBPyConnection, schema: Schema, since: dt.datetime) -> Iterator[None]:
    """Events, entering and leaving before an instant do not exist; attributes and consents are as they are."""
    with _cut(cursor, of_time(schema), since_then(since)):
        yield


@contextmanager
def without_assumed(cursor: DuckDBPyConnection, schema: Schema) -> Iterator[None]:
    """Values of attributes hold only from the time that is known of them: the time before the first one is unknown."""
    with _cut(cursor, of_values(schema), known_for_sure()):
        yield


def of_time(schema: Schema) -> list[str]:
    """The tables of which rows are left out by their time."""
    return [*(event.table for event in schema.events.values()), "membership_change"]


def of_values(schema: Schema) -> list[str]:
    """Those of which values are left out whose time is assumed."""
    return [attribute.table for attribute in _kept(schema)]


def since_then(since: dt.datetime) -> exp.Expr:
    """Which rows are left of what came from an instant on; the instant is a literal, for a view cannot have parameters."""
    return exp.GTE(this=column("at"), expression=exp.cast(exp.Literal.string(naive(since).isoformat(" ")), "TIMESTAMP"))


def known_for_sure() -> exp.Expr:
    """Which rows are left of values that hold from a time that is known of them."""
    return expression("NOT assumed")


@contextmanager
def _cut(cursor: DuckDBPyConnection, tables: Sequence[str], kept: exp.Expr) -> Iterator[None]:
    [(catalog,)] = cursor.execute("SELECT current_database()").fetchall()
    made: list[str] = []
    try:
        for name in tables:
            cursor.execute(_view(name, catalog, kept).sql(dialect="duckdb"))
            made.append(name)
        yield
    finally:
        for name in made:
            cursor.execute(render("DROP VIEW temp.main.__view", {"__view": name}))


def _view(name: str, catalog: str, kept: exp.Expr) -> exp.Create:
    return exp.Create(
        this=exp.Table(this=exp.to_identifier(name, quoted=True)),
        kind="VIEW",
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        expression=exp.select("*").from_(_table(name, catalog)).where(kept.copy()),
    )


def _table(name: str, catalog: str) -> exp.Table:
    this, db, catalogue = (exp.to_identifier(part, quoted=True) for part in (name, "main", catalog))
    return exp.Table(this=this, db=db, catalog=catalogue)


def _kept(schema: Schema) -> list[Attribute]:
    return [attribute for attribute in schema.attributes.values() if not attribute.trait]


# --- what was known when --------------------------------------------------------------------

_DID = 'SELECT person, min("at") AS first FROM __table WHERE NOT person IS NULL GROUP BY person'
_HAD = "SELECT person, min(valid_from) AS first FROM __table WHERE NOT assumed AND NOT person IS NULL GROUP BY person"
_SAID = "SELECT person, min(effective_at) AS first FROM consent WHERE NOT person IS NULL GROUP BY person"
_JOINED = "SELECT person, min(value) AS first FROM __table WHERE NOT person IS NULL AND NOT value IS NULL GROUP BY person"
SEEN = "SELECT person, min(first) AS first FROM given GROUP BY person"
"""When each person was first seen, of the rows of `seen_asked` together."""
SEEN_BEFORE = "SELECT person FROM given WHERE first < CAST($1 AS TIMESTAMP)"
"""Of these, who was seen before an instant."""
_NEVER = np.datetime64("9999-12-31", "us")


@dataclass(frozen=True)
class FirstSeen:
    """When anything was first known of each person, by key; worked out once for any number of instants."""

    at: NDArray[np.datetime64]

    def before(self, instant: dt.datetime) -> BitMap:
        """The people of whom anything was known before an instant, living or not."""
        return bitmap(np.flatnonzero(self.at < np.datetime64(naive(instant), "us")).astype(np.int32))


def first_seen(cursor: DuckDBPyConnection, schema: Schema) -> FirstSeen:
    """Of each person the first of: an event of any type, a value of an attribute from a time that is known of it,
    a consent given or withdrawn, and the time of joining.

    A first value without a time of its own, which holds for all earlier instants too, makes nobody known.
    """
    first = np.full(_people(cursor), _NEVER)
    for sql in seen_asked(schema):
        found = cursor.execute(sql).fetchnumpy()
        keys = found["person"]
        first[keys] = np.minimum(first[keys], found["first"].astype("datetime64[us]"))
    return FirstSeen(first)


def seen_asked(schema: Schema) -> list[str]:
    """The queries of `person` and `first`, of which the earliest is when a person was first seen."""
    # A line's order is there too, and not later.
    asked = [render(_DID, {"__table": event.table}) for event in schema.events.values() if event.name != ORDER_LINE]
    asked += [render(_HAD, {"__table": attribute.table}) for attribute in _kept(schema)]
    joined = schema.attributes.get(JOINED)
    if joined is not None and joined.type == "time":
        asked.append(render(_JOINED, {"__table": joined.table}))
    return [*asked, _SAID]


def _people(cursor: DuckDBPyConnection) -> int:
    [(most,)] = cursor.execute("SELECT coalesce(max(person), 0) FROM person").fetchall()
    return int(most) + 1


def last_event(cursor: DuckDBPyConnection, schema: Schema, before: dt.datetime) -> dt.datetime | None:
    """The instant of the last event of any type before an instant; None when there is none."""
    found = [at for sql in last_asked(schema) for (at,) in cursor.execute(sql, [naive(before)]).fetchall() if at is not None]
    return max(found).replace(tzinfo=dt.UTC) if found else None


def any_assumed(cursor: DuckDBPyConnection, schema: Schema) -> bool:
    """Whether any value holds for a time that is not known of it."""
    return any(cursor.execute(sql).fetchall()[0][0] for sql in assumed_asked(schema))


def last_asked(schema: Schema) -> list[str]:
    """The queries of the last event of each type before an instant."""
    text = 'SELECT max("at") AS last FROM __table WHERE "at" < CAST($1 AS TIMESTAMP)'
    return [render(text, {"__table": event.table}) for event in schema.events.values()]


def assumed_asked(schema: Schema) -> list[str]:
    """The queries of how many values of each attribute are assumed."""
    return [render("SELECT count(*) AS n FROM __table WHERE assumed", {"__table": table}) for table in of_values(schema)]
