"""Events whose row changes after they happened: bookings, which are cancelled, and support tickets, which are solved.

The latest row of a booking's or ticket's number counts and takes the place of the
earlier one. Surveys stand here too: their answers are an event where they have a date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

from lohko.engine.sql import render
from lohko.model.schema import EventType, Schema, Type

if TYPE_CHECKING:
    from lohko.engine.load import Batch, Loader

ALWAYS: dict[str, dict[str, Type]] = {
    "bookings": {
        "arrival": "date", "departure": "date", "nights": "integer", "guests": "integer", "adults": "integer", "children": "integer",
        "lead_days": "integer", "cancelled": "boolean", "no_show": "boolean", "status": "text",
    },
    "tickets": {"solved_at": "time", "resolution_hours": "decimal", "status": "text"},
}  # fmt: skip
"""The properties that the events of a kind have whatever the file's columns are, and their types."""

LATEST = """
CREATE OR REPLACE TEMP TABLE verdict AS
WITH by_id AS (SELECT message_id, min(digest) AS digest FROM known_event WHERE NOT message_id IS NULL GROUP BY message_id
), loose AS (SELECT digest, count(*) AS times FROM known_event WHERE message_id IS NULL GROUP BY digest
), row AS (
    SELECT record, digest, message_id, node_value, row_number() OVER (PARTITION BY digest ORDER BY record) AS nth_equal,
        row_number() OVER (PARTITION BY message_id ORDER BY record DESC) AS from_last
    FROM incoming
)
SELECT r.record, CASE
    WHEN r.message_id IS NULL AND r.node_value IS NULL THEN 'new'
    WHEN r.message_id IS NULL THEN CASE WHEN r.nth_equal <= coalesce(l.times, 0) THEN 'duplicate' ELSE 'new' END
    WHEN k.digest = r.digest OR r.from_last > 1 THEN 'duplicate' ELSE 'new' END AS what
FROM row AS r LEFT JOIN by_id AS k ON k.message_id = r.message_id LEFT JOIN loose AS l ON l.digest = r.digest
"""
"""Which rows say something new: a known number with another content is new, and replaces; of rows of one number in a file the last counts."""

# Whose booking it was before has changed too, when it is another person's now.
_TOUCHED = """
INSERT INTO batch_person SELECT DISTINCT CAST(? AS INTEGER), person FROM __table
WHERE source = ? AND NOT person IS NULL AND message_id IN (SELECT message_id FROM staged)
"""
_REPLACED = "DELETE FROM __table WHERE source = ? AND message_id IN (SELECT message_id FROM staged)"

_STAY = r"""
UPDATE __table SET
    __nights = coalesce(__nights, date_diff('day', __arrival, __departure)),
    __guests = coalesce(__guests, __adults + coalesce(__children, 0)),
    __lead_days = date_diff('day', local_day, __arrival),
    __cancelled = coalesce(s.cancelled, false) OR coalesce(regexp_matches(__status, '^(cancel|void|peru|annull|avbok)'), false),
    __no_show = coalesce(__no_show, regexp_matches(__status, 'no.?show|ei saapunut|saapumatta|ei tullut'), false)
FROM staged AS s WHERE __table.batch = CAST(? AS INTEGER) AND __table.record = s.record
"""
_SOLVED = """
UPDATE __table SET __resolution_hours = CAST(date_diff('second', "at", __solved_at) AS DECIMAL(28,10)) / 3600
WHERE batch = CAST(? AS INTEGER) AND __solved_at >= "at"
"""
_UNDATED = """
INSERT INTO undated_answer SELECT CAST(? AS VARCHAR), node, digest, CAST(? AS INTEGER), record FROM staged WHERE "at" IS NULL
"""


def replacing(load_events: Loader) -> Loader:
    """A loader of events whose later row of one number takes the place of the earlier."""

    def load(cursor: DuckDBPyConnection, batch: Batch, schema: Schema, currency: str) -> None:
        names = [name for (name,) in cursor.execute("SELECT DISTINCT event FROM staged ORDER BY event").fetchall()]
        for name in names:
            table = {"__table": schema.event(name).table}
            cursor.execute(render(_TOUCHED, table), [batch.number, batch.source])
            cursor.execute(render(_REPLACED, table), [batch.source])
        load_events(cursor, batch, schema, currency)
        for name in names:
            _derive(cursor, batch, schema.event(name))

    return load


def _derive(cursor: DuckDBPyConnection, batch: Batch, event: EventType) -> None:
    """What follows from the others: how long before it was booked, how long it took to solve."""
    named = {f"__{name}": event.property(name).column for name in ALWAYS[batch.kind]}
    names = {"__table": event.table, **named}
    if batch.kind == "bookings":
        status = event.property("status")
        cursor.execute(render(_STAY, {**names, "__status": status.fold_column}), [batch.number])
    elif batch.kind == "tickets":
        cursor.execute(render(_SOLVED, names), [batch.number])


def surveyed(load_events: Loader) -> Loader:
    """A loader of survey answers: those with a date are events; the others are remembered, so that they are known the next time."""

    def load(cursor: DuckDBPyConnection, batch: Batch, schema: Schema, currency: str) -> None:
        load_events(cursor, batch, schema, currency)
        cursor.execute(_UNDATED, [batch.source, batch.number])

    return load
