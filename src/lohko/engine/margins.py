"""What orders brought beyond what their goods cost: the property `margin` of order lines, orders and refunds.

line    its own total less cost times pieces: by the cost that its row states, else by the product's cost at the time of the order, which
        is that of the same source's list of products, else of any other's. A discount among the lines costs nothing, so it is all margin
order   its total less what its lines cost; known only when the cost of every line is. `costed_lines` says of how many it is known
refund  what was given back of the margin: of goods that came back, their lines' margin; of an amount, the order's margin in its proportion

An unknown cost is no cost of nothing: the margin is then not known, and a sum of margins is of the known ones. All of it is net.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.sql import column, expression, render
from lohko.engine.tables import SQL_TYPES, cast
from lohko.model.orders import MARGIN, ORDER, ORDER_LINE, REFUND
from lohko.model.schema import NUMERIC, EventType, Schema

_MONEY = "DECIMAL(18,4)"
_TOUCHED_LINES = """
CREATE OR REPLACE TEMP TABLE costed AS
SELECT l.order_key, l.node, l.source, l."at", l.amount, l.quantity, l.batch, l.record, __own AS own, __product AS product
FROM line_row AS l WHERE NOT l.cancelled AND l.order_key IN (SELECT order_key FROM touched)
"""
# The last row counts of those of one product and instant.
_COSTS = """
CREATE OR REPLACE TEMP TABLE product_cost AS
SELECT source, sku_fold AS product, valid_from, arg_max(cost, batch * 1000000000000 + record) AS cost
FROM product_row WHERE NOT cost IS NULL GROUP BY source, sku_fold, valid_from
"""
_COSTS_OF_ANY = """
CREATE OR REPLACE TEMP TABLE any_cost AS
SELECT sku_fold AS product, valid_from, arg_max(cost, batch * 1000000000000 + record) AS cost
FROM product_row WHERE NOT cost IS NULL GROUP BY sku_fold, valid_from
"""
# `goods` is what the pieces cost, less than 0 where they came back. What no money holds (a barcode among the quantities) is not known.
_MARGINS = """
CREATE OR REPLACE TEMP TABLE line_margin AS
WITH known AS (
    SELECT c.*, t.kind, coalesce(p.cost, q.cost) AS cost FROM costed AS c
    JOIN order_total AS t ON t.order_key = c.order_key AND coalesce(t.node, 0) = coalesce(c.node, 0)
    ASOF LEFT JOIN product_cost AS p ON p.product = c.product AND p.source = c.source AND c."at" >= p.valid_from
    ASOF LEFT JOIN any_cost AS q ON q.product = c.product AND c."at" >= q.valid_from
), priced AS (
    SELECT *, CASE
        WHEN kind = 'order' AND amount < 0 AND coalesce(quantity, 0) >= 0 THEN 0
        WHEN amount < 0 THEN TRY(-cost * abs(coalesce(quantity, 1)))
        ELSE TRY(cost * coalesce(quantity, 1)) END AS goods FROM known
)
SELECT order_key, node, batch, record, amount, kind, TRY_CAST(coalesce(own, TRY(amount - goods)) AS DECIMAL(18,4)) AS margin FROM priced
"""
_OF_ORDERS = """
CREATE OR REPLACE TEMP TABLE order_margin AS
SELECT order_key, node, any_value(kind) AS kind, count(margin) AS costed,
    CASE WHEN count(*) = count(margin) THEN sum(amount) - sum(margin) END AS cost,
    CASE WHEN count(*) = count(margin) THEN sum(margin) END AS margin
FROM line_margin GROUP BY order_key, node
"""
_SET_LINES = """
UPDATE __table SET __margin = __value FROM line_margin AS m
WHERE __table.order_key = m.order_key AND __table.batch = m.batch AND __table.record = m.record AND NOT m.margin IS NULL
"""
_SET_ORDERS = """
UPDATE __table SET __margin = __value FROM order_margin AS m
WHERE __table.order_key = m.order_key AND coalesce(__table.node, 0) = coalesce(m.node, 0) AND __table.__margin IS NULL AND NOT m.cost IS NULL
"""
_COUNT_LINES = """
UPDATE __table SET __costed = m.costed FROM order_margin AS m
WHERE __table.order_key = m.order_key AND coalesce(__table.node, 0) = coalesce(m.node, 0)
"""
# Also of orders from before anything cost was known: as they would be told if it had been known from the beginning.
_NONE_COSTED = "UPDATE __table SET __costed = 0 WHERE __costed IS NULL AND __lines > 0"
# A refund of its own, by its lines.
_SET_REFUNDS = """
UPDATE __table SET __margin = __value FROM order_margin AS m
WHERE __table.order_key = m.order_key AND coalesce(__table.node, 0) = coalesce(m.node, 0) AND m.kind = 'refund' AND NOT m.margin IS NULL
"""
# An amount that the order itself says was given back.
_SET_STATED = """
UPDATE __table SET __margin = __value FROM __orders AS m
WHERE __table.order_key = m.order_key AND coalesce(__table.node, 0) = coalesce(m.node, 0) AND m.__order_total > 0 AND NOT m.__order_margin IS NULL
"""


def set_margins(cursor: DuckDBPyConnection, schema: Schema) -> None:
    """Fill the margins of the orders in the temporary table `touched`, whose events were made just now; nothing where no margin is known of."""
    line, order, refund = (schema.events.get(name) for name in (ORDER_LINE, ORDER, REFUND))
    if line is None or order is None or refund is None or not all(_is_money(event) for event in (line, order, refund)):
        return
    own = cast(column(line.property(MARGIN).column, "l"), SQL_TYPES[line.property(MARGIN).type], _MONEY)
    named = line.properties.get("product_id")
    product = column(named.fold_column, "l") if named is not None and named.type == "text" else exp.cast(exp.Null(), "VARCHAR")
    cursor.execute(expression(_TOUCHED_LINES, nodes={"__own": own, "__product": product}).sql("duckdb"))
    for statement in (_COSTS, _COSTS_OF_ANY, _MARGINS, _OF_ORDERS):
        cursor.execute(statement)
    _set(cursor, _SET_LINES, line, expression("m.margin"))
    _set(cursor, _SET_ORDERS, order, expression("__t.__total - m.cost", {"__t": order.table, "__total": order.property("total").column}))
    if "costed_lines" in order.properties:
        counted = {"__table": order.table, "__costed": order.property("costed_lines").column}
        cursor.execute(render(_COUNT_LINES, counted))
        cursor.execute(render(_NONE_COSTED, counted | {"__lines": order.property("lines").column}))
    of_order = {"__orders": order.table, "__order_total": order.property("total").column, "__order_margin": order.property(MARGIN).column}
    share = {"__t": refund.table, "__total": refund.property("total").column, **of_order}
    _set(cursor, _SET_STATED, refund, expression("__t.__total * CAST(m.__order_margin AS DOUBLE) / m.__order_total", share), of_order)
    _set(cursor, _SET_REFUNDS, refund, expression("-m.margin"))


_COVERAGE = """
SELECT l.lines, l.costed_lines, o.orders, o.costed_orders, o.revenue, o.costed_revenue, o.margin FROM (
    SELECT count(*) AS lines, count(__line_margin) AS costed_lines FROM __lines WHERE "at" < CAST($1 AS TIMESTAMP)
) AS l, (
    SELECT count(*) AS orders, count(__margin) AS costed_orders, coalesce(sum(__total), 0) AS revenue,
        coalesce(sum(__total) FILTER (WHERE NOT __margin IS NULL), 0) AS costed_revenue, coalesce(sum(__margin), 0) AS margin
    FROM __orders WHERE "at" < CAST($1 AS TIMESTAMP)
) AS o
"""


def coverage(cursor: DuckDBPyConnection, schema: Schema, at: dt.datetime) -> dict[str, Any] | None:
    """Of how many order lines and orders before a (naive UTC) instant the cost is known, and what these orders were worth and left."""
    line, order = (schema.events.get(name) for name in (ORDER_LINE, ORDER))
    if line is None or order is None or not (_is_money(line) and _is_money(order)):
        return None
    names = {"__lines": line.table, "__line_margin": line.property(MARGIN).column, "__orders": order.table}
    names |= {"__margin": order.property(MARGIN).column, "__total": order.property("total").column}
    found = cursor.execute(render(_COVERAGE, names), [at])
    return dict(zip((item[0] for item in found.description or ()), found.fetchall()[0], strict=True))


def _is_money(event: EventType) -> bool:
    return MARGIN in event.properties and event.property(MARGIN).type in NUMERIC


def _set(cursor: DuckDBPyConnection, template: str, event: EventType, value: exp.Expr, names: Mapping[str, str] | None = None) -> None:
    """Write a margin into the events of a kind."""
    item = event.property(MARGIN)
    places = {"__table": event.table, "__margin": item.column, **(names or {})}
    made = cast(exp.TryCast(this=value, to=exp.DataType.build(_MONEY, "duckdb")), _MONEY, SQL_TYPES[item.type])
    cursor.execute(expression(template, places, {"__value": made}).sql("duckdb"))
