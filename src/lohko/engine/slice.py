"""A few people's rows beside the store, so that the same queries answer for them alone.

A slice is a cursor of its own in which temporary tables stand before those of the
same name: they hold the rows of the people that are asked about and of nobody
else. What is compiled for everyone runs there unchanged. Only leaves whose answer
about a person follows from that person's own rows may be asked there
(`model.dependencies.reaches_everyone`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
from duckdb import DuckDBPyConnection
from pyroaring import BitMap

from lohko.engine.kept_rows import KeptRows
from lohko.engine.sql import column, render

_COLUMNS = """
SELECT table_name, map(list(column_name ORDER BY column_index), list(data_type ORDER BY column_index)) FROM duckdb_columns()
WHERE NOT internal AND database_name <> 'temp' GROUP BY table_name HAVING list_contains(list(column_name), 'person')
"""
_PEOPLE = "CREATE OR REPLACE TEMP TABLE slice_of AS SELECT person FROM slice_keys"
MANY = 20_000
"""Of more people than so many, what is quicker for many is done: here an inner join, for each of them stands in `slice_of` once."""
_ROWS = "CREATE OR REPLACE TEMP TABLE __table AS SELECT __columns FROM __table AS t WHERE t.person IN (SELECT person FROM slice_of)"
_ROWS_OF_MANY = "CREATE OR REPLACE TEMP TABLE __table AS SELECT __columns FROM __table AS t JOIN slice_of AS s ON s.person = t.person"


@contextmanager
def slice_of(
    store: DuckDBPyConnection, people: BitMap, read: Collection[str], kept: KeptRows | None = None
) -> Iterator[DuckDBPyConnection]:
    """A cursor on which queries with these words see the rows of the people alone, found in what is kept of long tables; it goes with the block."""
    cursor = store.cursor()
    try:
        cursor.register("slice_keys", {"person": np.asarray(people, dtype=np.int32) if people else np.empty(0, np.int32)})
        cursor.execute(_PEOPLE)
        cursor.unregister("slice_keys")
        for table, columns in cursor.execute(_COLUMNS).fetchall():
            if table not in read:
                continue
            names = tuple(name for name in columns if name in read and name != "person")
            if len(people) > MANY:
                cursor.execute(_rows(_ROWS_OF_MANY, table, names))
            elif kept is None or not kept.fill(cursor, table, columns, names):
                cursor.execute(_rows(_ROWS, table, names))
        yield cursor
    finally:
        cursor.close()


@lru_cache(maxsize=512)
def _rows(template: str, table: str, columns: tuple[str, ...]) -> str:
    return render(template, {"__table": table}, {"__columns": [column(name, "t") for name in ("person", *columns)]})
