"""One person of the copy on a cluster: found there, and their own rows brought into a store in memory, where the reference engine reads them.

Only rows of this one person come here. What depends on others is asked of the cluster.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import duckdb
from duckdb import DuckDBPyConnection

from lohko.base.errors import InputError
from lohko.base.text import fold
from lohko.engine.asked import Query
from lohko.engine.spark import SparkEngine
from lohko.engine.sql import query, render
from lohko.engine.store import fill_local_offsets
from lohko.engine.tables import FIXED, shape
from lohko.model.schema import Schema

_CALLED = "SELECT person, label, person_id FROM person WHERE living AND (label = $1 OR person_id = $1)"
_WITH_EMAIL = """
SELECT p.person, p.label, p.person_id FROM person AS p
WHERE p.living AND p.person IN (SELECT person FROM __email WHERE fold = $1 AND valid_to >= CAST($2 AS TIMESTAMP))
"""
_ROWS = "SELECT t.* FROM __table AS t WHERE t.person = CAST($1 AS INTEGER)"
_PUT = "INSERT INTO __table BY NAME SELECT * FROM brought"
_MAKE = "CREATE TEMP TABLE __table AS SELECT * FROM brought"
_ALWAYS = ("person", "consent", "flagged", "membership_change")
_FOREVER = dt.datetime(9999, 12, 31)


def find_there(engine: SparkEngine, text: str) -> tuple[int, str, str]:
    """The one living person whom a label, a public id or an e-mail address means: key, label, public id. InputError when nobody is, or several are."""
    wanted, email = text.strip(), engine.schema.attributes.get("email")
    rows = engine.rows(Query(_CALLED, (wanted,)))
    if not rows and email is not None and "@" in wanted:
        rows = engine.rows(Query(render(_WITH_EMAIL, {"__email": email.table}), (fold(wanted), _FOREVER)))
    if not rows:
        raise InputError(
            "unknown_customer", "No customer is called that.", hint="give the label, the public id or the e-mail address of one."
        )
    if len(rows) > 1:
        ids = ", ".join(sorted(row["person_id"] for row in rows)[:5])
        raise InputError("ambiguous_customer", f"{len(rows)} customers are called that.", hint=f"name one by its id: {ids}")
    return rows[0]["person"], rows[0]["label"], rows[0]["person_id"]


@contextmanager
def brought_here(
    engine: SparkEngine, key: int, attributes: Collection[str], events: Collection[str], moments: Collection[dt.datetime] | None
) -> Iterator[DuckDBPyConnection]:
    """A store in memory with a person's rows of these attributes and events; with their scores, and those of earlier moments, unless these are None."""
    schema = engine.schema
    store = duckdb.connect()
    try:
        for statement in FIXED:
            store.execute(statement)
        fill_local_offsets(store, engine.zone)
        shape(store, schema)
        for table in _tables(schema, attributes, events):
            _bring(store, engine, key, table, _PUT)
        if moments is not None:
            engine.need_traits()
            _bring(store, engine, key, "trait_rfm", _MAKE)
            for moment in moments:
                engine.need_past_traits(moment)
            if moments:
                _bring(store, engine, key, "trait_rfm_past", _MAKE)
        yield store
    finally:
        store.close()


def _tables(schema: Schema, attributes: Collection[str], events: Collection[str]) -> Iterator[str]:
    yield from _ALWAYS
    yield from (schema.attribute(name).table for name in attributes if not schema.attribute(name).trait)
    yield from (schema.event(name).table for name in events)


def _bring(store: DuckDBPyConnection, engine: SparkEngine, key: int, table: str, put: str) -> None:
    rows = engine.of_store(Query(query(_ROWS, {"__table": table}).sql("duckdb"), (key,)))
    store.register("brought", engine.session.table(engine.statement(rows)))
    store.execute(render(put, {"__table": table}))
    store.unregister("brought")
