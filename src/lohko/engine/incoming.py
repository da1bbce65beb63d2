"""The rows of a file on their way into the archive: compared with what is known, given their nodes, written, counted.

All of it happens in temporary tables and views of one cursor: `incoming` (the staged
file), `verdict` (new, duplicate or why not), `fresh` (nodes made for this file),
`kept` (the archive's file) and `refused`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection

from lohko.engine.repeats import judge
from lohko.engine.sql import view_of_file
from lohko.model.schema import Schema
from lohko.state.people import Node

_NEW_IDENTITIES = """
SELECT DISTINCT s.node_kind, s.node_value FROM incoming AS s JOIN verdict AS v ON v.record = s.record
WHERE v.what = 'new' AND s.node_value IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM node AS n WHERE n.source = ? AND n.kind = s.node_kind AND n.value = s.node_value)
ORDER BY s.node_kind, s.node_value
"""

_KEPT = """
SELECT s.* EXCLUDE (node_kind, node_value), coalesce(f.node, n.node)::INTEGER AS node
FROM incoming AS s JOIN verdict AS v ON v.record = s.record AND v.what = 'new'
LEFT JOIN fresh AS f ON f.kind = s.node_kind AND f.value = s.node_value
LEFT JOIN node AS n ON n.source = $source AND n.kind = s.node_kind AND n.value = s.node_value
ORDER BY node, "at", s.record
"""

_REFUSED = """
INSERT INTO refused SELECT s.record, v.what, CASE v.what WHEN 'changed_order' THEN 'order_id' ELSE 'message_id' END,
    coalesce(s.order_id, s.message_id)
FROM incoming AS s JOIN verdict AS v ON v.record = s.record WHERE v.what NOT IN ('new', 'duplicate')
"""

_COUNTS = 'SELECT count(*), count(*) FILTER (WHERE node IS NULL), count(DISTINCT node), min("at"), max("at") FROM kept'

# What the accepted rows of known customers are: lines of orders, of refunds, or cancelled.
_ACCOUNTED = """
WITH sign AS (
    SELECT node, cancelled, coalesce(order_id, concat(node, epoch_us("at"), CASE WHEN ? = 'orders' THEN record END)) AS k,
        amount > 0 AS positive, amount < 0 OR (amount = 0 AND coalesce(quantity, 0) < 0) AS negative FROM kept
), judged AS (
    SELECT *, bool_or(positive AND NOT cancelled) OVER (PARTITION BY node, k) AS bought,
        bool_or(negative AND NOT cancelled) OVER (PARTITION BY node, k) AS gave_back FROM sign
)
SELECT count(*) FILTER (WHERE node IS NOT NULL AND NOT cancelled AND gave_back AND NOT bought),
    count(*) FILTER (WHERE node IS NOT NULL AND cancelled),
    count(*) FILTER (WHERE node IS NOT NULL AND NOT cancelled AND (bought OR NOT gave_back)) FROM judged
"""


def compare(cursor: DuckDBPyConnection, staged: Path, kind: str, source: str, schema: Schema, *, replaces: bool) -> dict[str, int]:
    """Say of every staged row what it is; how many there are of each verdict."""
    cursor.execute(view_of_file("incoming", str(staged)))
    judge(cursor, kind, source, schema, replaces=replaces)
    return dict(cursor.execute("SELECT what, count(*) FROM verdict GROUP BY what").fetchall())


def new_identities(cursor: DuckDBPyConnection, source: str) -> list[tuple[str, str]]:
    """The (kind, value) of customers seen for the first time, in the order of their values."""
    return cursor.execute(_NEW_IDENTITIES, [source]).fetchall()


def take_nodes(cursor: DuckDBPyConnection, nodes: Sequence[Node]) -> None:
    """Remember the nodes that `state` gave the new identities."""
    cursor.execute("CREATE OR REPLACE TEMP TABLE fresh (node INTEGER, kind VARCHAR, value VARCHAR)")
    if not nodes:
        return
    arrays: dict[str, Any] = {
        "node": np.array([n.node for n in nodes], dtype=np.int32),
        "kind": np.array([n.kind for n in nodes], dtype=object),
        "value": np.array([n.value for n in nodes], dtype=object),
    }
    cursor.register("fresh_rows", arrays)
    cursor.execute("INSERT INTO fresh SELECT node, kind, value FROM fresh_rows")
    cursor.unregister("fresh_rows")


def write_archive(cursor: DuckDBPyConnection, source: str, staged_rejects: Path, accepted: Path, rejected: Path) -> None:
    """Write the new rows, with their nodes, and the rejected ones."""
    cursor.sql(_KEPT, params={"source": source}).write_parquet(str(accepted), compression="zstd")
    cursor.execute(view_of_file("kept", str(accepted)))
    cursor.execute("CREATE OR REPLACE TEMP TABLE refused AS SELECT * FROM read_parquet(?)", [str(staged_rejects)])
    cursor.execute(_REFUSED)
    cursor.sql("SELECT * FROM refused ORDER BY record").write_parquet(str(rejected), compression="zstd")


def counts(cursor: DuckDBPyConnection, kind: str) -> dict[str, Any]:
    """What is in `kept`: rows, those without a customer, customers; for orders also what the rows are."""
    accepted, anonymous, customers, first, last = cursor.execute(_COUNTS).fetchall()[0]
    found = {"accepted": accepted, "anonymous": anonymous, "customers": customers}
    found |= {name: None if at is None else at.isoformat(timespec="seconds") + "Z" for name, at in (("first_at", first), ("last_at", last))}
    if kind in ("orders", "order-lines"):
        refunds, cancelled, used = cursor.execute(_ACCOUNTED, [kind]).fetchall()[0]
        found |= {"refunds": refunds, "cancelled": cancelled, "used": used}
    return found


def read_rejected(cursor: DuckDBPyConnection, path: Path, limit: int) -> list[dict[str, Any]]:
    """Rejected rows of an archive, in the order of the file: record number, reason, field, and the row as it came."""
    sql = "SELECT record, reason, field, raw FROM read_parquet(?) ORDER BY record LIMIT CAST(? AS BIGINT)"
    return [
        {"record": record, "reason": reason, "field": field, "raw": _opened(raw)}
        for record, reason, field, raw in cursor.execute(sql, [str(path), limit]).fetchall()
    ]


def _opened(raw: str | None) -> Any:
    """A row that was kept as JSON by header, as an object; text that is none stays text."""
    try:
        body = json.loads(raw or "null")
    except ValueError:
        return raw
    return {label: cell for label, cell in body.items() if cell not in (None, "")} if isinstance(body, dict) else raw
