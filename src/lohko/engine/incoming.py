"""The rows of a file on their way into the archive: compared with what is known, given their nodes, written, counted.

All of it happens in temporary tables and views of one cursor: `incoming` (the staged
file), `verdict` (of the rows that are not new: duplicate, or why not), `fresh` (nodes
made for this file), `kept` (the archive's file) and `refused`.

Before it is written, a staged file may be told the keys that its people have or would
get. When nothing came between and every row of it is new, as in nearly all imports of
fresh exports, the file is the archive's as it stands; else it is written again without
the rows that are not. Both ways tell the same of every row (tests/landing/test_same_either_way.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.contracts import Cell
from lohko.engine.listed import KEYS
from lohko.engine.repeats import judge
from lohko.engine.sql import column, copy_to_file, expression, render, view_of_file
from lohko.model.schema import Schema
from lohko.state.people import NodeRow

_NEW_IDENTITIES = """
SELECT DISTINCT s.node_kind AS kind, s.node_value AS value, true AS fresh, 0 AS node FROM incoming AS s
WHERE NOT s.record IN (SELECT record FROM verdict) AND s.node_value IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM node AS n WHERE n.source = $source AND n.kind = s.node_kind AND n.value = s.node_value)
"""

_PROPOSED = """
SELECT p.kind, p.value, n.node IS NULL AS fresh,
    CAST(coalesce(n.node, $first - 1 + row_number() OVER (PARTITION BY n.node IS NULL ORDER BY p.kind, p.value)) AS INTEGER) AS node
FROM read_parquet($path) AS p LEFT JOIN node AS n ON n.source = $source AND n.kind = p.kind AND n.value = p.value
"""
_FRESH = "SELECT kind, value FROM read_parquet(?) WHERE fresh ORDER BY kind, value"
_MANY = 50_000

_KEPT = """
SELECT s.* EXCLUDE (node), coalesce(f.node, n.node)::INTEGER AS node FROM incoming AS s
LEFT JOIN fresh AS f ON f.kind = s.node_kind AND f.value = s.node_value
LEFT JOIN node AS n ON n.source = $source AND n.kind = s.node_kind AND n.value = s.node_value
WHERE NOT s.record IN (SELECT record FROM verdict)
"""

_REFUSED = """
INSERT INTO refused SELECT s.record, v.what, CASE v.what
    WHEN 'changed_order' THEN 'order_id' WHEN 'changed_message' THEN 'message_id' ELSE regexp_extract(v.what, '^contract:(.*):[a-z]+$', 1) END,
    json_merge_patch(__raw, coalesce(s.extra, '{}'))
FROM incoming AS s JOIN verdict AS v ON v.record = s.record WHERE v.what <> 'duplicate'
"""

# Of a file that is retried all rows are compared, so that equal ones are counted as in the file; those
# that came in before stand first, under numbers that no record has, and are then left out.
_AGAIN = "CREATE OR REPLACE TEMP TABLE again AS SELECT record FROM read_parquet(?)"
_RETRIED = """
CREATE OR REPLACE TEMP VIEW incoming AS SELECT * REPLACE (
    CASE WHEN record IN (SELECT record FROM again) THEN record ELSE record - 1000000000000000 END AS record
) FROM whole
"""
_ONLY_AGAIN = (
    "DELETE FROM verdict WHERE record < 0",
    "CREATE OR REPLACE TEMP VIEW incoming AS SELECT * FROM whole WHERE record IN (SELECT record FROM again)",
)
_STAGED_REJECTS = "CREATE OR REPLACE TEMP TABLE refused AS SELECT * FROM read_parquet(?)"

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


def compare(
    cursor: DuckDBPyConnection,
    staged: Path,
    kind: str,
    source: str,
    schema: Schema,
    *,
    replaces: bool,
    again: Path | None = None,
    cells: Mapping[str, Cell] | None = None,
) -> dict[str, int]:
    """Say of every staged row what it is; how many there are of each verdict. `cells` is where the file's fields stand.

    With `again`, a file of rejected rows, only the records in it are told of.
    """
    if again is None:
        cursor.execute(view_of_file("incoming", str(staged)))
    else:
        cursor.execute(_AGAIN, [str(again)])
        cursor.execute(view_of_file("whole", str(staged)))
        cursor.execute(_RETRIED)
    judge(cursor, kind, source, schema, replaces=replaces, staged={name: cell.value for name, cell in (cells or {}).items()})
    if again is not None:
        for statement in _ONLY_AGAIN:
            cursor.execute(statement)
    return verdicts(cursor)


def verdicts(cursor: DuckDBPyConnection) -> dict[str, int]:
    """How many rows there are of each verdict, those that are new among them."""
    found: dict[str, int] = dict(cursor.execute("SELECT what, count(*) FROM verdict GROUP BY what").fetchall())
    new = cursor.execute("SELECT count(*) FROM incoming").fetchall()[0][0] - sum(found.values())
    return {**found, "new": new} if new else found


def propose_nodes(cursor: DuckDBPyConnection, source: str, found: Path, told: Path, first: int) -> None:
    """Write the identities of a file with the keys that they have in a source, new ones with those they would get from `first` on."""
    cursor.execute(copy_to_file(_PROPOSED, str(told)), {"source": source, "path": str(found), "first": first})


def take_archive(cursor: DuckDBPyConnection, accepted: Path) -> None:
    """The staged file is the archive's: make the view `kept` of it."""
    cursor.execute(view_of_file("kept", str(accepted)))


def find_new(cursor: DuckDBPyConnection, source: str, told: Path) -> None:
    """Write the identities of the new rows that have no key in the source yet."""
    cursor.execute(copy_to_file(_NEW_IDENTITIES, str(told)), {"source": source})


def new_identities(cursor: DuckDBPyConnection, told: Path) -> Iterator[tuple[str, str]]:
    """The (kind, value) of customers seen for the first time, as a file tells them, in the order of their values."""
    own = cursor.cursor()
    answer = own.execute(_FRESH, [str(told)])
    while rows := answer.fetchmany(_MANY):
        yield from rows
    own.close()


def forget_nodes(cursor: DuckDBPyConnection) -> None:
    """Begin with no nodes for the new identities."""
    cursor.execute("CREATE OR REPLACE TEMP TABLE fresh (node INTEGER, kind VARCHAR, value VARCHAR)")


def take_nodes(cursor: DuckDBPyConnection, nodes: Sequence[NodeRow]) -> None:
    """Remember nodes that `state` gave new identities."""
    keys, _people, _ids, _sources, kinds, values = zip(*nodes, strict=True)
    arrays: dict[str, Any] = {
        "node": np.array(keys, dtype=np.int32),
        "kind": np.array(kinds, dtype=object),
        "value": np.array(values, dtype=object),
    }
    cursor.register("fresh_rows", arrays)
    cursor.execute("INSERT INTO fresh SELECT node, kind, value FROM fresh_rows")
    cursor.unregister("fresh_rows")


def write_archive(
    cursor: DuckDBPyConnection,
    source: str,
    as_read: Mapping[str, Cell],
    staged_rejects: Path,
    accepted: Path,
    rejected: Path,
) -> None:
    """Write the new rows, with their nodes, and the rejected ones: those of `staged_rejects`, and those that a verdict refuses.

    Of the latter the text is not there any more, so they are kept as they were read: `as_read` is where each of their headers stands.
    """
    cursor.execute(copy_to_file(_KEPT, str(accepted)), {"source": source})
    cursor.execute(view_of_file("kept", str(accepted)))
    cursor.execute(_STAGED_REJECTS, [str(staged_rejects)])
    cursor.execute(render(_REFUSED, lists={"__raw": [_as_json(as_read)]}))
    cursor.sql("SELECT * FROM refused ORDER BY record").write_parquet(str(rejected), compression="zstd")


def _as_json(as_read: Mapping[str, Cell]) -> exp.Expr:
    parts: list[exp.Expr] = []
    for label, cell in as_read.items():
        parts += [exp.Literal.string(label), expression("CAST(__v AS VARCHAR)", nodes={"__v": column(cell.value, "s")})]
    return exp.Anonymous(this="json_object", expressions=parts)


def counts(cursor: DuckDBPyConnection, kind: str) -> dict[str, Any]:
    """What is in `kept`: rows, those without a customer, customers; for orders also what the rows are."""
    accepted, anonymous, customers, first, last = cursor.execute(_COUNTS).fetchall()[0]
    found = {"accepted": accepted, "anonymous": 0 if kind in KEYS else anonymous, "customers": customers}
    found |= {name: None if at is None else at.isoformat(timespec="seconds") + "Z" for name, at in (("first_at", first), ("last_at", last))}
    if kind in ("orders", "order-lines"):
        refunds, cancelled, used = cursor.execute(_ACCOUNTED, [kind]).fetchall()[0]
        found |= {"refunds": refunds, "cancelled": cancelled, "used": used}
    return found


_REJECTED = """
SELECT record, reason, field, raw FROM read_parquet($path) WHERE record > CAST($after AS BIGINT) AND ($reason IS NULL OR reason = $reason)
ORDER BY record LIMIT CAST($limit AS BIGINT)
"""
_SAMPLED = """
SELECT record, reason, field, raw FROM read_parquet($path)
QUALIFY row_number() OVER (PARTITION BY reason ORDER BY record) <= CAST($each AS BIGINT) ORDER BY record
"""


def read_rejected(
    cursor: DuckDBPyConnection, path: Path, limit: int, reason: str | None = None, *, after: int = -1
) -> list[dict[str, Any]]:
    """Rejected rows of an archive, of one reason where it is said, in the order of the file: record number, reason, field, and the row as it came.

    Those after a record alone, where that is said: so that they can be read some at a time.
    """
    return _told(cursor.execute(_REJECTED, {"path": str(path), "reason": reason, "limit": limit, "after": after}).fetchall())


def sample_rejected(cursor: DuckDBPyConnection, path: Path, each: int) -> list[dict[str, Any]]:
    """The first rejected rows of each reason, so many of each."""
    return _told(cursor.execute(_SAMPLED, {"path": str(path), "each": each}).fetchall())


def _told(rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [{"record": record, "reason": reason, "field": field, "raw": _opened(raw)} for record, reason, field, raw in rows]


def _opened(raw: str | None) -> Any:
    """A row that was kept as JSON by header, as an object; text that is none stays text."""
    try:
        body = json.loads(raw or "null")
    except ValueError:
        return raw
    return {label: cell for label, cell in body.items() if cell not in (None, "")} if isinstance(body, dict) else raw


# --- pieces of files in the making --------------------------------------------------------------


def write_columns(cursor: DuckDBPyConnection, columns: Mapping[str, np.ndarray[Any, Any]], path: Path) -> int:
    """Write arrays of one length as the columns of a Parquet file; how many rows."""
    cursor.register("columns_made", dict(columns))
    cursor.sql("SELECT * FROM columns_made").write_parquet(str(path), compression="zstd")
    cursor.unregister("columns_made")
    return len(next(iter(columns.values())))


_STILL = "SELECT r.* FROM read_parquet(?) AS r JOIN read_parquet(?) AS a ON a.record = r.record ORDER BY r.record"
_REASONS = "SELECT reason, count(*) FROM read_parquet(?) GROUP BY reason"


def still_rejected(cursor: DuckDBPyConnection, now_rejected: Path, before: Path, path: Path) -> tuple[dict[str, int], int]:
    """Write to `path` those of the records rejected before that are rejected again; how many by reason, and how many there were before."""
    cursor.sql(_STILL, params=[str(now_rejected), str(before)]).write_parquet(str(path))
    reasons = dict(cursor.execute(_REASONS, [str(path)]).fetchall())
    return reasons, count_rows(cursor, before)


def count_rows(cursor: DuckDBPyConnection, path: Path) -> int:
    """The rows of a Parquet file."""
    return int(cursor.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchall()[0][0])


_LISTS = """
SELECT name, count(*) FROM (SELECT unnest(from_json(__lists, '["VARCHAR"]')) AS name FROM read_parquet(?) WHERE json_valid(__lists))
GROUP BY name ORDER BY 2 DESC, name LIMIT ?
"""


def lists_in(cursor: DuckDBPyConnection, accepted: Path, staged: str, most: int) -> list[str]:
    """The lists that a column of an archive names, the largest first, at most so many."""
    return [name for name, _ in cursor.execute(render(_LISTS, {"__lists": staged}), [str(accepted), most]).fetchall()]
