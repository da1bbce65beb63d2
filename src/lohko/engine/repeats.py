"""Which staged rows are new, and which say again what is known already.

Lines of an order are a multiset: each distinct line is kept as often as in the
file that has it most. So equal lines in one file stay, and overlapping exports
and re-saved copies add nothing. Rows of a known customer without an order id are
treated the same, by customer and time; anonymous ones are repeats only by file.

A line whose product is only spelt with other code points than before (a name saved in NFD,
as some systems do with files, and then in NFC) is the line that was there.

A line that was not there before, while a line of the same order, time and product is
not there any more, is that line with another content (given back, cancelled, another
sum): its order has changed, and counts as it was until the file is said to replace.
"""

from __future__ import annotations

from collections.abc import Mapping

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.accounts import judge_rows
from lohko.engine.latest import LATEST
from lohko.engine.listed import KEYS, KNOWN_ROWS
from lohko.engine.sql import column, expression, render
from lohko.model.orders import ORDER_LINE
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

# What is not a repeat on either side. Numbers of orders may begin anew in each till, so an order of somebody else is another one; a
# line that gives something back is no other content of the line that sold it.
_CHANGED = """
INSERT INTO verdict
WITH repeated AS (
    SELECT s.digest, count(*) AS times FROM incoming AS s JOIN verdict AS v ON v.record = s.record GROUP BY s.digest
), unseen AS (
    SELECT s.record, s.order_id, s.node_kind, s.node_value, s."at", s.amount, s.quantity, s.cancelled, s.refunded,
        s.amount < 0 OR coalesce(s.quantity, 0) < 0 AS back, CAST(__id AS VARCHAR) AS product, nfc_normalize(CAST(__name AS VARCHAR)) AS called
    FROM incoming AS s WHERE NOT s.order_id IS NULL AND NOT s.record IN (SELECT record FROM verdict)
), had AS (
    SELECT l.*, row_number() OVER (PARTITION BY l.digest) AS nth FROM line_row AS l
    WHERE l.source = ? AND l.order_id IN (SELECT order_id FROM unseen)
), left_over AS (
    SELECT h.order_id, n.kind, n.value, h."at", h.amount, h.quantity, h.cancelled, h.refunded,
        h.amount < 0 OR coalesce(h.quantity, 0) < 0 AS back, CAST(__known_id AS VARCHAR) AS product,
        nfc_normalize(CAST(__known_name AS VARCHAR)) AS called
    FROM had AS h LEFT JOIN repeated AS r ON r.digest = h.digest LEFT JOIN node AS n ON n.node = h.node
    WHERE h.nth > coalesce(r.times, 0)
), come_told AS (
    SELECT *, hash(order_id, node_kind, node_value, "at", CAST(amount AS DECIMAL(18,4)), CAST(quantity AS DECIMAL(18,4)), cancelled,
        coalesce(CAST(refunded AS DECIMAL(18,4)), 0), product, called) AS told FROM unseen
), had_told AS (
    SELECT *, hash(order_id, kind, value, "at", CAST(amount AS DECIMAL(18,4)), CAST(quantity AS DECIMAL(18,4)), cancelled,
        coalesce(CAST(refunded AS DECIMAL(18,4)), 0), product, called) AS told FROM left_over
), come_nth AS (
    SELECT *, row_number() OVER (PARTITION BY told ORDER BY record) AS nth FROM come_told
), had_nth AS (
    SELECT *, row_number() OVER (PARTITION BY told) AS nth FROM had_told
), respelt AS (
    SELECT c.record, c.told, c.nth FROM come_nth AS c JOIN had_nth AS h ON h.told = c.told AND h.nth = c.nth WHERE NOT c.called IS NULL
), come AS (
    SELECT * FROM come_nth WHERE NOT record IN (SELECT record FROM respelt)
), gone AS (
    SELECT h.* FROM had_nth AS h WHERE NOT EXISTS (SELECT 1 FROM respelt AS r WHERE r.told = h.told AND r.nth = h.nth)
), changed AS (
    SELECT DISTINCT c.order_id, c.node_kind, c.node_value FROM come AS c JOIN gone AS g ON g.order_id = c.order_id AND g."at" = c."at" AND g.back = c.back
    WHERE c.record >= 0
        AND (c.node_value IS NULL OR g.value IS NULL OR (c.node_value = g.value AND c.node_kind = g.kind))
        AND CASE WHEN NOT c.product IS NULL AND NOT g.product IS NULL THEN c.product = g.product
            WHEN NOT c.called IS NULL AND NOT g.called IS NULL THEN c.called = g.called
            ELSE c.amount = g.amount AND c.quantity IS NOT DISTINCT FROM g.quantity END
)
SELECT record, 'duplicate' FROM respelt
UNION ALL SELECT c.record, 'changed_order' FROM come AS c JOIN changed AS o
    ON o.order_id = c.order_id AND o.node_kind IS NOT DISTINCT FROM c.node_kind AND o.node_value IS NOT DISTINCT FROM c.node_value
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


def judge(
    cursor: DuckDBPyConnection, kind: str, source: str, schema: Schema, *, replaces: bool, staged: Mapping[str, str] | None = None
) -> None:
    """Say of the rows of the temporary table `incoming` that are not new what they are, in the temporary table `verdict`.

    `staged` is where the fields of the file stand in it.
    """
    if replaces and kind in ("orders", "order-lines"):
        cursor.execute(_ALL_NEW)
    elif kind == "order-lines":
        known = cursor.execute(_ANY_LINE, [source]).fetchall()
        cursor.execute(*(_LINES, [source]) if known else (_ALL_NEW,))
        if known:
            cursor.execute(_changed(schema, staged or {}), [source])
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


def _changed(schema: Schema, staged: Mapping[str, str]) -> str:
    kept = schema.events[ORDER_LINE].properties if ORDER_LINE in schema.events else {}
    places: dict[str, exp.Expr] = {}
    for place, name in (("id", "product_id"), ("name", "product_name")):
        known = kept.get(name)
        places[f"__{place}"] = column(staged[name], "s") if name in staged else exp.Null()
        places[f"__known_{place}"] = column(known.column, "h") if known is not None else exp.Null()
    return expression(_CHANGED, nodes=places).sql(dialect="duckdb")


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
