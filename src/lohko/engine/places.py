"""Postcodes in the analytical store: the table of places, and the municipality and region of people whose source tells none."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from duckdb import DuckDBPyConnection

from lohko.engine.sql import query, render
from lohko.engine.tables import observed_table
from lohko.model.schema import Schema

if TYPE_CHECKING:
    from lohko.engine.load import Batch

_TAKE = """
INSERT INTO place SELECT postcode, name, municipality_code, municipality, municipality_f, municipality_sv, region, region_f FROM staged
"""
_FOR_LANDING = "SELECT postcode, municipality, municipality_f, region, region_f FROM place"
# Observations of a Finnish postcode, those of people whose source says their municipality or region itself left out.
_OPEN = """
SELECT o.node, o."at", o.timeless, p.municipality, p.municipality_f, p.region, p.region_f,
    row_number() OVER (PARTITION BY o.node ORDER BY o."at" DESC, o.batch DESC) = 1 AS latest
FROM __postcodes AS o JOIN place AS p ON p.postcode = o.value
WHERE NOT o.node IN (SELECT node FROM said_itself) AND NOT o.node IN (SELECT node FROM abroad)
"""
_WANTED = """
SELECT o.node, o."at", o.timeless, o.municipality, o.municipality_f, o.region, o.region_f, d.value FROM __open AS o
LEFT JOIN derived_before AS d ON d.node = o.node
WHERE d.node IS NULL OR (o.latest AND d.value IS DISTINCT FROM o.municipality)
ORDER BY o.node, o."at"
"""


def load_postcodes(cursor: DuckDBPyConnection, _batch: Batch, _schema: Schema, _currency: str) -> None:
    """The table of places as of this batch, in place of the one before."""
    cursor.execute("DELETE FROM place")
    cursor.execute(_TAKE)


def load_places(_cursor: DuckDBPyConnection, _batch: Batch, _schema: Schema, _currency: str) -> None:
    """Rows that say nothing but attributes of people, which are loaded for every kind."""


def write_places(cursor: DuckDBPyConnection, path: Path) -> bool:
    """The table for landing, as a file; nothing when there is none."""
    if not cursor.execute("SELECT EXISTS (SELECT 1 FROM place)").fetchall()[0][0]:
        return False
    cursor.sql(_FOR_LANDING).write_parquet(str(path))
    return True


def find_place(cursor: DuckDBPyConnection, postcode: str) -> tuple[str, ...] | None:
    """A postcode's row; None when the table has none."""
    sql = "SELECT postcode, name, municipality_code, municipality, municipality_sv, region FROM place WHERE postcode = ?"
    found = cursor.execute(sql, [postcode]).fetchall()
    return found[0] if found else None


def places_to_derive(cursor: DuckDBPyConnection, schema: Schema, derived: Collection[int]) -> dict[str, np.ndarray[Any, Any]]:
    """Columns of what the table says of people whose source says nothing: node, since when, municipality, region and their folds.

    `derived` are the batches whose municipalities came from postcodes. Who has such a one already gets another only where
    the table says another by now, and then from now on.
    """
    postcode = schema.attributes.get("postcode")
    names = ("node", "at", "p0", "p0_f", "p1", "p1_f")
    if postcode is None:
        return {name: np.array([], dtype=object) for name in names}
    _temporary(cursor, schema, derived)
    tree = query(_WANTED, nodes={"__open": query(_OPEN, {"__postcodes": observed_table(postcode)})})
    rows = cursor.execute(tree.sql("duckdb")).fetchall()
    picked = [
        (node, None if timeless or before is not None else at, municipality, municipality_f, region, region_f)
        for node, at, timeless, municipality, municipality_f, region, region_f, before in rows
    ]
    columns = list(zip(*picked, strict=True)) or [()] * len(names)
    kinds: tuple[Any, ...] = (np.int32, "datetime64[us]", object, object, object, object)
    return {name: np.array(values, dtype=kind) for name, values, kind in zip(names, columns, kinds, strict=True)}


def _temporary(cursor: DuckDBPyConnection, schema: Schema, derived: Collection[int]) -> None:
    """The temporary tables `said_itself`, `derived_before` and `abroad`."""
    for statement in _TEMPORARY:
        cursor.execute(statement)
    numbers = sorted(derived)
    for name in ("municipality", "region"):
        attribute = schema.attributes.get(name)
        if attribute is not None and not attribute.trait:
            table = {"__o": observed_table(attribute)}
            own = "INSERT INTO said_itself SELECT DISTINCT node FROM __o WHERE NOT value IS NULL AND NOT list_contains(CAST(? AS INTEGER[]), batch)"
            cursor.execute(render(own, table), [numbers])
    municipality, country = schema.attributes.get("municipality"), schema.attributes.get("country")
    if municipality is not None:
        before = 'INSERT INTO derived_before SELECT node, arg_max(value, ROW("at", batch)) FROM __o WHERE list_contains(CAST(? AS INTEGER[]), batch) GROUP BY node'
        cursor.execute(render(before, {"__o": observed_table(municipality)}), [numbers])
    if country is not None:
        abroad = "INSERT INTO abroad SELECT node FROM __o GROUP BY node HAVING arg_max(value, ROW(\"at\", batch)) <> 'FI'"
        cursor.execute(render(abroad, {"__o": observed_table(country)}))


_TEMPORARY = (
    "CREATE OR REPLACE TEMP TABLE said_itself (node INTEGER)",
    "CREATE OR REPLACE TEMP TABLE derived_before (node INTEGER, value VARCHAR)",
    "CREATE OR REPLACE TEMP TABLE abroad (node INTEGER)",
)
