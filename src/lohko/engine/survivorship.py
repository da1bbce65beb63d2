"""Whose value is a merged person's: rules per attribute, as batches of kind `survivorship`.

most recent       what was said last (when nothing else is chosen)
source priority   of the source that stands first in a list; sources that are not in it come last
most complete     the longest

A rule has one row in the store; the intervals of people with several records follow it at once, in all their past.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.intervals import make_intervals, rank_held
from lohko.engine.sql import column, expression, render
from lohko.engine.tables import observed_table
from lohko.model.schema import Attribute, Schema

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
        make_intervals(cursor, [(observed_table(attribute), attribute.table)], "merged_node")
    cursor.execute(_BATCH, [batch.number])


def survivors(cursor: DuckDBPyConnection) -> dict[str, tuple[Survivor, list[str]]]:
    """The rules that were chosen, by the attribute's table."""
    rows = cursor.execute("SELECT attribute, rule, sources FROM survivorship").fetchall()
    return {table: (rule, list(sources or ())) for table, rule, sources in rows}


_TRIED = "INSERT INTO survivorship SELECT CAST(? AS VARCHAR), CAST(? AS VARCHAR), CAST(? AS VARCHAR[]), 0"
_HELD_AT = """
CREATE OR REPLACE TEMP TABLE __made AS
SELECT person, value, source FROM ranked_held WHERE rank = 1 AND start < CAST(? AS TIMESTAMP) AND until >= CAST(? AS TIMESTAMP)
"""
# Whose value it is now, and whose it would be, for people with several records.
_WOULD_BE = """
SELECT b.source AS before, a.source AS after, count(*) AS people,
    count(*) FILTER (WHERE __before IS DISTINCT FROM __after) AS other
FROM (SELECT DISTINCT n.person FROM node AS n JOIN merged_node AS m ON m.node = n.node) AS p
LEFT JOIN held_now AS b ON b.person = p.person LEFT JOIN held_then AS a ON a.person = p.person
WHERE NOT (b.source IS NULL AND a.source IS NULL) GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True)
class WouldBe:
    """What a rule would do: of how many people with several records the value is known, how many get another, and by source, how many values come from it now and then."""

    people: int
    other: int
    sources: dict[str, tuple[int, int]]


def would_be(cursor: DuckDBPyConnection, attribute: Attribute, rule: Survivor, sources: Sequence[str], at: dt.datetime) -> WouldBe:
    """What another rule would do at a (naive UTC) instant. It is tried in a transaction that is taken back; nobody else may be writing."""
    cursor.execute("BEGIN")
    try:
        cursor.execute(_MERGED)
        for name in ("held_now", "held_then"):
            rank_held(cursor, observed_table(attribute), attribute.table, "merged_node")
            cursor.execute(render(_HELD_AT, {"__made": name}), [at, at])
            cursor.execute(_FORGET, [attribute.table])
            cursor.execute(_TRIED, [attribute.table, rule, list(sources)])
        both = {"__before": column("value", "b"), "__after": column("value", "a")}
        rows = cursor.execute(expression(_WOULD_BE, nodes=both).sql("duckdb")).fetchall()
    finally:
        cursor.execute("ROLLBACK")
    found: dict[str, tuple[int, int]] = {}
    for before, after, people, _other in rows:
        for place, source in enumerate((before, after)):
            if source is not None:
                now, then = found.get(source, (0, 0))
                found[source] = (now + people, then) if place == 0 else (now, then + people)
    return WouldBe(sum(row[2] for row in rows), sum(row[3] for row in rows), dict(sorted(found.items())))


_RECORDS = "CREATE OR REPLACE TEMP TABLE own_record AS SELECT node FROM node WHERE person = ?"
_CURRENT = """
SELECT source, node, __said, "at", assumed FROM ranked_held
WHERE start < CAST($at AS TIMESTAMP) AND until >= CAST($at AS TIMESTAMP) ORDER BY rank
"""


def values_at(
    cursor: DuckDBPyConnection, attribute: Attribute, person: int, at: dt.datetime
) -> list[tuple[str, int, str, dt.datetime, bool]]:
    """What a person's records say of an attribute at an instant (naive UTC), the value that counts first: source, record, value, since, assumed."""
    cursor.execute(_RECORDS, [person])
    rank_held(cursor, observed_table(attribute), attribute.table, "own_record")
    shown = exp.func("to_json", column("value")) if attribute.type == "text_set" else exp.cast(column("value"), "VARCHAR")
    return cursor.execute(expression(_CURRENT, nodes={"__said": shown}).sql("duckdb"), {"at": at}).fetchall()
