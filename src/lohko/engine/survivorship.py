"""Whose value is a merged person's: rules per attribute, as batches of kind `survivorship`.

most recent       what was said last (when nothing else is chosen)
source priority   of the source that stands first in a list; sources that are not in it come last
most complete     the longest

A rule has one row in the store; the intervals of people with several records follow it at once, in all their past.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from duckdb import DuckDBPyConnection

from lohko.engine.intervals import make_intervals
from lohko.engine.tables import observed_table
from lohko.model.schema import Schema

if TYPE_CHECKING:
    from lohko.engine.load import Batch

Survivor = Literal["most recent", "source priority", "most complete"]
SURVIVORS: tuple[Survivor, ...] = ("most recent", "source priority", "most complete")

_MERGED = """
CREATE OR REPLACE TEMP TABLE merged_node AS
SELECT node FROM node QUALIFY count(*) OVER (PARTITION BY person) > 1
"""
_BATCH = "INSERT INTO batch_person SELECT DISTINCT CAST(? AS INTEGER), person FROM node WHERE node IN (SELECT node FROM merged_node)"
_FORGET = "DELETE FROM survivorship WHERE attribute = ?"
_INSERT = "INSERT INTO survivorship SELECT CAST(? AS VARCHAR), rule, sources, CAST(? AS INTEGER) FROM staged WHERE attribute = ?"


def load_survivorship(cursor: DuckDBPyConnection, batch: Batch, schema: Schema, _currency: str) -> None:
    """Keep the rules of a batch, and make the values of merged people by them."""
    cursor.execute(_MERGED)
    for (name,) in cursor.execute("SELECT DISTINCT attribute FROM staged ORDER BY 1").fetchall():
        attribute = schema.attribute(name)
        cursor.execute(_FORGET, [attribute.table])
        cursor.execute(_INSERT, [attribute.table, batch.number, name])
        make_intervals(cursor, observed_table(attribute), attribute.table, "merged_node")
    cursor.execute(_BATCH, [batch.number])


def survivors(cursor: DuckDBPyConnection) -> dict[str, tuple[Survivor, list[str]]]:
    """The rules that were chosen, by the attribute's table."""
    rows = cursor.execute("SELECT attribute, rule, sources FROM survivorship").fetchall()
    return {table: (rule, list(sources or ())) for table, rule, sources in rows}
