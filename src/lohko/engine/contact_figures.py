"""What the contacts of each account come to together (`model.account.FROM_PEOPLE`), as temporary tables shaped like attributes.

Each figure has a table of people, one row a contact, and one of accounts, so that a leaf inside an account condition is
asked of them as it is of any attribute. They are of one instant: from ever, until further notice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Literal
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection

from lohko.base.times import naive
from lohko.engine.asked import Asked
from lohko.engine.compile_sets import keep_contacts
from lohko.engine.sql import column, expression, render
from lohko.engine.tables import SQL_TYPES, cast
from lohko.model.account import FROM_PEOPLE
from lohko.model.condition import Leaf
from lohko.model.orders import ORDER, REFUND
from lohko.model.schema import Schema
from lohko.model.walk import attribute_names

_NOTHING = "CREATE OR REPLACE TEMP TABLE __t AS SELECT CAST(NULL AS VARCHAR) AS fold, 0 AS n, CAST(0 AS DECIMAL(38,4)) AS total LIMIT 0"
_ADDED = """
CREATE OR REPLACE TEMP TABLE __t AS SELECT b.fold, count(*) AS n, coalesce(sum(e.__total), 0) AS total
FROM __events AS e JOIN contact AS b ON b.person = e.person WHERE e."at" < CAST($1 AS TIMESTAMP) GROUP BY b.fold
"""
_FIGURES = """
CREATE OR REPLACE TEMP TABLE contact_figure AS
SELECT b.fold, count(*) AS contact_count, coalesce(any_value(o.n), 0) AS contact_orders,
    coalesce(any_value(o.total), 0) - coalesce(any_value(r.total), 0) AS contact_revenue
FROM contact AS b LEFT JOIN bought_together AS o ON o.fold = b.fold LEFT JOIN refunded_together AS r ON r.fold = b.fold GROUP BY b.fold
"""
# The columns of an attribute's own table.
_HELD = """
CREATE OR REPLACE TEMP TABLE __made AS
SELECT h.__key AS person, CAST(NULL AS INTEGER) AS node, __value AS value, CAST(NULL AS VARCHAR) AS fold, TIMESTAMP '0001-01-01 00:00:00' AS valid_from,
    TIMESTAMP '9999-12-31 00:00:00' AS valid_to, false AS assumed, CAST(NULL AS VARCHAR) AS source, CAST(NULL AS INTEGER) AS batch
FROM contact_figure AS f JOIN (SELECT DISTINCT __key, fold FROM contact WHERE NOT __key IS NULL) AS h ON h.fold = f.fold
"""
_MARK = "contact_figure_at_"
_MARKS = "SELECT table_name FROM duckdb_tables() WHERE temporary AND starts_with(table_name, CAST(? AS VARCHAR))"
_SUMMED = {"contact_count": "BIGINT", "contact_orders": "BIGINT", "contact_revenue": "DECIMAL(38,4)"}
Key = Literal["person", "account"]
"""Whose figures a table holds."""


def asks_contact_figures(leaf: Leaf) -> bool:
    """Whether a leaf asks for what an account's contacts come to together."""
    return not FROM_PEOPLE.keys().isdisjoint(name.casefold() for name in attribute_names(leaf))


def make_contact_figures(cursor: DuckDBPyConnection, schema: Schema, as_of: dt.datetime, zone: ZoneInfo, *, known: bool) -> None:
    """Make the tables of an instant, in the place of those of another; `known` when there are accounts."""
    for text, parameters in contact_figure_statements(schema, as_of, zone, known=known):
        cursor.execute(text, parameters)
    for (other,) in cursor.execute(_MARKS, [_MARK]).fetchall():
        cursor.execute(render("DROP TABLE __t", {"__t": other}))
    cursor.execute(render("CREATE TEMP TABLE __t (made BOOLEAN)", {"__t": _mark(as_of)}))


def contact_figure_statements(schema: Schema, as_of: dt.datetime, zone: ZoneInfo, *, known: bool) -> Iterator[tuple[str, list[Any]]]:
    """The statements that make them, each with what it is bound to."""
    query = keep_contacts(Asked(schema, as_of, zone), known=known)
    yield query.sql, list(query.parameters)
    for event, table in ((ORDER, "bought_together"), (REFUND, "refunded_together")):
        kind = schema.events.get(event)
        if kind is None:
            yield render(_NOTHING, {"__t": table}), []
        else:
            names = {"__t": table, "__events": kind.table, "__total": kind.property("total").column}
            yield render(_ADDED, names), [naive(as_of)]
    yield _FIGURES, []


def is_made_of(cursor: DuckDBPyConnection, as_of: dt.datetime) -> bool:
    """Whether the tables are those of an instant: engines of several instants may share a cursor."""
    return cursor.execute(_MARKS, [_MARK]).fetchall() == [(_mark(as_of),)]


def _mark(as_of: dt.datetime) -> str:
    return f"{_MARK}{naive(as_of).isoformat()}"


def with_contact_figures(make: Callable[[str], object], schema: Schema, key: Key) -> Schema:
    """The schema of people, or of accounts, with the figures in tables of their own; `make` gets the statement of each."""
    made = {}
    for name, kind in _SUMMED.items():
        attribute = schema.attributes.get(name)
        if attribute is None:
            continue
        table = f"figure_of_{key}_{name}"
        value = cast(column(name, "f"), kind, SQL_TYPES[attribute.type])
        make(expression(_HELD, {"__made": table, "__key": key}, {"__value": value}).sql("duckdb"))
        made[name] = replace(attribute, table=table)
    return replace(schema, attributes={**schema.attributes, **made})
