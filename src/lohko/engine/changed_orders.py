"""Orders that their source has changed since they came in: rejected as `changed_order`, until a file is said to replace them.

What Lohko has of an order's changed rows is set against what these say now. Both are
worth what they are to who counts VAT, shipping, charges, refunds and cancelled orders
in or not. Of an order that is told by its lines only those that changed are rejected,
so they are set against the known lines of the same product; where there are not as
many of them, it is not known which it was, and nothing is said of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from decimal import Decimal

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.reconciling import Rejected, cell
from lohko.engine.sql import column, expression, render
from lohko.model.orders import CANCELLED_STATES, ORDER, ORDER_LINE
from lohko.model.schema import Schema

_TABLE = """
CREATE OR REPLACE TEMP TABLE order_said (known BOOLEAN, of_line BOOLEAN, key VARCHAR, batch INTEGER, product VARCHAR, cancelled BOOLEAN, "at" TIMESTAMP,
    net DECIMAL(18,4), gross DECIMAL(18,4), sent DECIMAL(18,4), charges DECIMAL(18,4), own DECIMAL(18,4), refunded DECIMAL(18,4))
"""
# Such a row is kept as it was understood: its sums are net, with a point, under the headers of their fields.
_CHANGED = """
INSERT INTO order_said SELECT false, CAST(? AS BOOLEAN), __key, CAST(? AS INTEGER), coalesce(__product, nfc_normalize(__name)),
    coalesce(list_contains(__states, lower(__status)), false), NULL, TRY_CAST(__net AS DECIMAL(18,4)), TRY_CAST(__gross AS DECIMAL(18,4)),
    TRY_CAST(__sent AS DECIMAL(18,4)), TRY_CAST(__charges AS DECIMAL(18,4)), TRY_CAST(__own AS DECIMAL(18,4)), TRY_CAST(__refunded AS DECIMAL(18,4))
FROM read_parquet(?) WHERE reason = 'changed_order'
"""
_KNOWN = """
INSERT INTO order_said SELECT true, CAST(? AS BOOLEAN), order_id, batch, coalesce(__product, nfc_normalize(__name)), cancelled, "at",
    amount, __gross, __sent, __charges, __own, refunded
FROM __table WHERE source = ? AND order_id IN (SELECT key FROM order_said WHERE NOT known)
"""
# What is paid back is in the proportion of what it was paid for, and a sum of cents if it can be one.
_COMPARED = """
WITH worth AS (
    SELECT *, CASE WHEN CAST(? AS BOOLEAN) THEN coalesce(gross, net) ELSE net END AS goods,
        CASE WHEN NOT CAST(? AS BOOLEAN) THEN -coalesce(own, 0) WHEN CAST(? AS BOOLEAN) OR coalesce(gross, 0) = 0 THEN coalesce(sent, 0)
            ELSE CAST(CAST(sent AS DOUBLE) * CAST(net AS DOUBLE) / CAST(gross AS DOUBLE) AS DECIMAL(18,4)) END AS way,
        CASE WHEN CAST(? AS BOOLEAN) THEN coalesce(charges, 0) ELSE 0 END AS more
    FROM order_said
), said AS (
    SELECT *, CASE WHEN cancelled AND NOT CAST(? AS BOOLEAN) THEN 0 ELSE goods + way + more
        - CASE WHEN CAST(? AS BOOLEAN) OR cancelled OR coalesce(refunded, 0) = 0 OR net = 0 THEN 0
            ELSE CAST(round(CAST(goods + way + more AS DOUBLE) * CAST(refunded AS DOUBLE) / CAST(net AS DOUBLE), 2) AS DECIMAL(18,4)) END END AS value
    FROM worth
), one AS (
    SELECT key, of_line, min("at") AS "at", max(batch) AS batch, count(*) AS lines, bool_and(cancelled) AS cancelled FROM said WHERE known
    GROUP BY key, of_line
), come AS (
    SELECT s.*, o.lines, o.cancelled AS was_cancelled FROM said AS s JOIN one AS o ON o.key = s.key AND o.of_line = s.of_line
    WHERE NOT s.known AND s.batch = (SELECT max(l.batch) FROM order_said AS l WHERE NOT l.known AND l.key = s.key AND l.of_line = s.of_line)
        AND o.batch < s.batch AND NOT (s.of_line AND EXISTS (SELECT 1 FROM one AS h WHERE h.key = s.key AND NOT h.of_line))
        AND o."at" >= CAST(? AS TIMESTAMP) AND o."at" < CAST(? AS TIMESTAMP)
), now AS (
    SELECT key, of_line, product, count(*) AS n, sum(value) AS value FROM come GROUP BY key, of_line, product
), before AS (
    SELECT key, of_line, product, count(*) AS n, sum(value) AS value FROM said WHERE known GROUP BY key, of_line, product
), turned AS (
    SELECT CAST(bool_and(cancelled) AS INTEGER) - CAST(bool_and(was_cancelled) AS INTEGER) AS by FROM come GROUP BY key, of_line HAVING count(*) = max(lines)
)
SELECT coalesce((SELECT sum(by) FROM turned), 0), coalesce((SELECT sum(coalesce(b.value, 0) - n.value) FROM now AS n
    LEFT JOIN before AS b ON b.key = n.key AND b.of_line = n.of_line AND b.product IS NOT DISTINCT FROM n.product WHERE b.n IS NULL OR b.n = n.n), 0)
"""
_MADE = {"__gross": "(price with VAT)", "__sent": "(share of the order's shipping, with VAT)"}
_CHARGES = "(tips, duties and other charges of the order)"


def changed_orders(
    cursor: DuckDBPyConnection,
    schema: Schema,
    files: Iterable[Rejected],
    source: str,
    since: dt.datetime,
    until: dt.datetime,
    told: Collection[str],
) -> tuple[int, Decimal]:
    """How many more orders, and how much more, Lohko has of a source's changed orders than the source does; `told` is what its totals hold."""
    cursor.execute(_TABLE)
    for file in files:
        cursor.execute(*_changed(file))
    for table, name in (("line_row", ORDER_LINE), ("header_row", ORDER)):
        known = expression(_KNOWN, {"__table": table}, _columns(schema, name)).sql("duckdb")
        cursor.execute(known, [name == ORDER_LINE, source])
    vat, shipping, charges, cancelled, refunds = (what in told for what in ("vat", "shipping", "charges", "cancelled", "refunds"))
    given = [vat, shipping, vat, charges, cancelled, refunds, since, until]
    orders, value = cursor.execute(render(_COMPARED), given).fetchall()[0]
    return int(orders) if not cancelled else 0, Decimal(value)


def _changed(file: Rejected) -> tuple[str, list[object]]:
    def said(name: str) -> exp.Expr:
        return cell(file.labels.get(name, name))

    total = "line_total" if file.of_line else "total"
    nodes = {
        "__key": said("order_id"),
        "__product": said("product_id") if file.of_line else exp.Null(),
        "__name": said("product_name") if file.of_line else exp.Null(),
        "__status": said("status"),
        "__states": exp.Array(expressions=[exp.Literal.string(state) for state in CANCELLED_STATES]),
        "__net": said(total),
        **{place: cell(label) for place, label in _MADE.items()},
        "__charges": cell(_CHARGES),
        "__own": exp.Null() if file.of_line else said("shipping"),
        "__refunded": said("refunded"),
    }
    return expression(_CHANGED, nodes=nodes).sql("duckdb"), [file.of_line, file.batch, str(file.path)]


def _columns(schema: Schema, name: str) -> dict[str, exp.Expr]:
    """Where the known rows have what is set against the changed ones."""
    there = schema.events[name].properties if name in schema.events else {}
    of_line = name == ORDER_LINE

    def of(wanted: str, *types: str) -> exp.Expr:
        found = there.get(wanted)
        return column(found.column) if found is not None and found.type in types else exp.Null()

    money = ("money", "decimal", "integer")
    return {
        "__product": of("product_id", "text") if of_line else exp.Null(),
        "__name": exp.cast(of("product_name", "text"), "VARCHAR", dialect="duckdb") if of_line else exp.cast(exp.Null(), "VARCHAR"),
        "__gross": of("gross", *money),
        "__sent": of("shipping", *money) if of_line else exp.Null(),
        "__charges": of("charges", *money),
        "__own": exp.Null() if of_line else of("shipping", *money),
    }
