"""Which staged rows are new, and which say again what is known already.

Lines of an order are a multiset: each distinct line is kept as often as in the
file that has it most. So equal lines in one file stay, and overlapping exports
and re-saved copies add nothing. Rows of a known customer without an order id are
treated the same, by customer and time; anonymous ones are repeats only by file.
"""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from lohko.engine.accounts import judge_rows
from lohko.engine.latest import LATEST
from lohko.engine.listed import KEYS, KNOWN_ROWS
from lohko.engine.sql import render
from lohko.model.schema import Schema

# Only rows that are known at all are counted off against those that are kept: of a first export that is none.
_LINES = """
CREATE OR REPLACE TEMP TABLE verdict AS
WITH kept AS (
    SELECT digest, count(*) AS times FROM line_row WHERE source = ? AND digest IN (SELECT digest FROM incoming) GROUP BY digest
), known AS (
    SELECT s.record, row_number() OVER (PARTITION BY s.digest ORDER BY s.record) <= k.times AS again
    FROM incoming AS s JOIN kept AS k ON k.digest = s.digest WHERE NOT (s.order_id IS NULL AND s.node_value IS NULL)
)
SELECT record, 'duplicate' AS what FROM known WHERE again
"""

_HEADERS = """
CREATE OR REPLACE TEMP TABLE verdict AS
WITH row AS (
    SELECT record, digest, order_id, node_value,
        first_value(digest) OVER (PARTITION BY order_id ORDER BY record) AS first_digest,
        row_number() OVER (PARTITION BY order_id ORDER BY record) AS nth,
        row_number() OVER (PARTITION BY digest ORDER BY record) AS nth_equal
    FROM incoming
), kept AS (
    SELECT order_id, min(digest) AS digest FROM header_row
    WHERE source = ? AND order_id IN (SELECT order_id FROM incoming) GROUP BY order_id
), loose AS (
    SELECT digest, count(*) AS times FROM header_row WHERE source = ? AND order_id IS NULL GROUP BY digest
)
SELECT r.record, CASE
    WHEN r.order_id IS NULL AND r.node_value IS NULL THEN 'new'
    WHEN r.order_id IS NULL THEN CASE WHEN r.nth_equal <= coalesce(l.times, 0) THEN 'duplicate' ELSE 'new' END
    WHEN k.digest IS NOT NULL THEN CASE WHEN k.digest = r.digest THEN 'duplicate' ELSE 'changed_order' END
    WHEN r.nth = 1 THEN 'new'
    WHEN r.first_digest = r.digest THEN 'duplicate' ELSE 'changed_order' END AS what
FROM row AS r LEFT JOIN kept AS k ON k.order_id = r.order_id LEFT JOIN loose AS l ON l.digest = r.digest
"""

_CUSTOMERS = """
CREATE OR REPLACE TEMP TABLE verdict AS
WITH latest AS (
    SELECT n.kind, n.value, max_by(c.digest, c.batch * 1000000000000 + c.record) AS digest
    FROM customer_row AS c JOIN node AS n ON n.node = c.node WHERE n.source = ? GROUP BY n.kind, n.value
)
SELECT s.record, CASE
    WHEN l.digest = s.digest OR row_number() OVER (PARTITION BY s.node_kind, s.node_value, s.digest ORDER BY s.record) > 1
    THEN 'duplicate' ELSE 'new' END AS what
FROM incoming AS s LEFT JOIN latest AS l ON l.kind = s.node_kind AND l.value = s.node_value
"""

_EVENTS = """
CREATE OR REPLACE TEMP TABLE verdict AS
WITH row AS (
    SELECT record, digest, message_id, node_value,
        first_value(digest) OVER (PARTITION BY message_id ORDER BY record) AS first_digest,
        row_number() OVER (PARTITION BY message_id ORDER BY record) AS nth,
        row_number() OVER (PARTITION BY digest ORDER BY record) AS nth_equal
    FROM incoming
), by_id AS (SELECT message_id, min(digest) AS digest FROM known_event WHERE NOT message_id IS NULL GROUP BY message_id
), loose AS (SELECT digest, count(*) AS times FROM known_event WHERE message_id IS NULL GROUP BY digest)
SELECT r.record, CASE
    WHEN r.message_id IS NULL AND r.node_value IS NULL THEN 'new'
    WHEN r.message_id IS NULL THEN CASE WHEN r.nth_equal <= coalesce(l.times, 0) THEN 'duplicate' ELSE 'new' END
    WHEN k.digest IS NOT NULL THEN CASE WHEN k.digest = r.digest THEN 'duplicate' ELSE 'changed_message' END
    WHEN r.nth = 1 THEN 'new'
    WHEN r.first_digest = r.digest THEN 'duplicate' ELSE 'changed_message' END AS what
FROM row AS r LEFT JOIN by_id AS k ON k.message_id = r.message_id LEFT JOIN loose AS l ON l.digest = r.digest
"""

_ALL_NEW = "CREATE OR REPLACE TEMP TABLE verdict (record BIGINT, what VARCHAR)"
_NOT_NEW = "DELETE FROM verdict WHERE what = 'new'"
_ANY_LINE = "SELECT 1 FROM line_row WHERE source = ? LIMIT 1"


def judge(cursor: DuckDBPyConnection, kind: str, source: str, schema: Schema, *, replaces: bool) -> None:
    """Say of the rows of the temporary table `incoming` that are not new what they are, in the temporary table `verdict`."""
    if replaces and kind in ("orders", "order-lines"):
        cursor.execute(_ALL_NEW)
    elif kind == "order-lines":
        known = cursor.execute(_ANY_LINE, [source]).fetchall()
        cursor.execute(*(_LINES, [source]) if known else (_ALL_NEW,))
    elif kind == "orders":
        cursor.execute(_HEADERS, [source, source])
    elif kind == "customers":
        cursor.execute(_CUSTOMERS, [source])
    elif kind in ("accounts", "deals"):
        judge_rows(cursor, "account_row" if kind == "accounts" else "deal_row", "account_key", source)
    elif kind in KEYS:
        table, key = KEYS[kind]
        cursor.execute(render(KNOWN_ROWS, {"__table": table, "__key": key}), [source])
    else:
        _known_events(cursor, source, schema)
        if kind == "survey":
            cursor.execute("INSERT INTO known_event SELECT NULL, digest FROM undated_answer WHERE source = ?", [source])
        cursor.execute(LATEST if kind in ("bookings", "tickets") else _EVENTS)
    cursor.execute(_NOT_NEW)


def _known_events(cursor: DuckDBPyConnection, source: str, schema: Schema) -> None:
    cursor.execute("CREATE OR REPLACE TEMP TABLE known_event (message_id VARCHAR, digest VARCHAR)")
    for event in schema.events.values():
        cursor.execute(
            render(
                "INSERT INTO known_event SELECT message_id, digest FROM __t WHERE source = ? AND NOT digest IS NULL AND order_key IS NULL",
                {"__t": event.table},
            ),
            [source],
        )
