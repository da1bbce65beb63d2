"""A second table below the first on one sheet, and headers that are repeated: rows that are none of the first table's.

They are told by a row that says nothing but headers. Only files of a few rows are looked at, as sheets that people keep by hand are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from duckdb import DuckDBPyConnection

from lohko.engine.sql import columns, render
from lohko.formats.fields import FIELDS, key

_ROWS = "SELECT record, __cells FROM raw ORDER BY record"
_LEAST = 2
"""So many cells a row of headers has."""


def rows_of_others(connection: DuckDBPyConnection, cells: Sequence[str], labels: Sequence[str]) -> list[int]:
    """The records that repeat the headers, and those from another table's headers on, with the title above them."""
    rows = [
        (record, [(text or "").strip() for text in texts])
        for record, *texts in connection.execute(render(_ROWS, lists={"__cells": columns(*cells)})).fetchall()
    ]
    own = {key(label) for label in labels}
    repeated: list[int] = []
    for place, (record, texts) in enumerate(rows):
        said = {key(text) for text in texts if text}
        if len(said) < _LEAST or not said <= _headers() | own or len(said) < sum(map(bool, texts)):
            continue
        if said <= own:
            repeated.append(record)
            continue
        has_title = place > 0 and sum(map(bool, rows[place - 1][1])) == 1
        return [*repeated, *(item for item, _ in rows[place - has_title :])]
    return repeated


@cache
def _headers() -> frozenset[str]:
    return frozenset().union(*(field.keys for field in FIELDS))
