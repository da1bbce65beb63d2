"""Order rows become orders, order lines, refunds and cancelled orders.

`line_row` and `header_row` hold every accepted row; the four event tables are
derived from them for the orders that a batch touched. What belongs to one order
is (source, order id, customer); rows without an order id are grouped by the
customer's instant. An order with a header row takes its total and time from it.
"""

from __future__ import annotations

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.margins import set_margins
from lohko.engine.sql import column, expression, query, render
from lohko.model.orders import CANCELLED_ORDER, DERIVED, OF_WHOLE_ORDER, ORDER, ORDER_LINE, REFUND, SETS
from lohko.model.schema import EventType, Schema

# A sum that no money holds is not known: it must not keep the batch, which counts already, from being loaded.
# Discounts are negative lines beside positive ones, and what lines state as theirs; negative lines without any positive are a refund.
_TOTALS = """
CREATE OR REPLACE TEMP TABLE order_total AS
WITH line AS (
    SELECT order_key, node, min(source) AS source, min(order_id) AS order_id, min(order_fold) AS order_fold, min(at) AS at,
        count(*) FILTER (WHERE NOT cancelled) AS kept,
        sum(amount) FILTER (WHERE NOT cancelled) AS total,
        sum(quantity) FILTER (WHERE NOT cancelled AND quantity > 0 AND amount >= 0) AS quantity,
        coalesce(-sum(amount) FILTER (WHERE NOT cancelled AND amount < 0), 0)
            + coalesce(sum(abs(stated)) FILTER (WHERE NOT cancelled), 0) AS discount,
        coalesce(bool_or(amount > 0) FILTER (WHERE NOT cancelled), false) AS positive,
        coalesce(bool_or(amount < 0 OR (amount = 0 AND quantity < 0)) FILTER (WHERE NOT cancelled), false) AS negative,
        sum(amount) AS total_with_cancelled,
        sum(refunded) AS refunded, max(batch) AS batch, min(record) AS record
    FROM (SELECT *, __stated FROM line_row WHERE order_key IN (SELECT order_key FROM touched)) AS r GROUP BY order_key, node
), header AS (
    SELECT * FROM header_row WHERE order_key IN (SELECT order_key FROM touched)
)
SELECT coalesce(h.order_key, l.order_key) AS order_key, coalesce(h.node, l.node) AS node,
    coalesce(h.source, l.source) AS source, coalesce(h.order_id, l.order_id) AS order_id, coalesce(h.order_fold, l.order_fold) AS order_fold,
    coalesce(h.at, l.at) AS at, l.kept AS lines, TRY_CAST(coalesce(l.quantity, h.quantity) AS DECIMAL(28,10)) AS quantity,
    TRY_CAST(CASE WHEN l.positive THEN coalesce(l.discount, 0) END AS DECIMAL(18,4)) AS discount,
    CASE
        WHEN h.order_key IS NOT NULL AND h.cancelled THEN 'cancelled_order'
        WHEN h.order_key IS NOT NULL AND h.amount < 0 THEN 'refund'
        WHEN h.order_key IS NOT NULL THEN 'order'
        WHEN l.kept = 0 THEN 'cancelled_order'
        WHEN l.negative AND NOT l.positive THEN 'refund'
        ELSE 'order'
    END AS kind,
    TRY_CAST(coalesce(h.amount, l.total, l.total_with_cancelled) AS DECIMAL(18,4)) AS total,
    TRY_CAST(coalesce(h.refunded, l.refunded) AS DECIMAL(18,4)) AS refunded,
    greatest(h.batch, l.batch) AS batch, coalesce(h.record, l.record) AS record
FROM header AS h FULL JOIN line AS l ON h.order_key = l.order_key AND coalesce(h.node, 0) = coalesce(l.node, 0)
"""

_FORGET = "DELETE FROM __table WHERE order_key IN (SELECT order_key FROM touched)"

# Offsets are found once per distinct instant: an ordered join of wide rows would sort them all.
_MOMENTS = """
CREATE OR REPLACE TEMP TABLE moment AS SELECT m."at", z.seconds
FROM (SELECT DISTINCT "at" FROM line_row WHERE order_key IN (SELECT order_key FROM touched) UNION SELECT DISTINCT "at" FROM order_total) AS m
ASOF LEFT JOIN local_offset AS z ON m."at" >= z.from_utc
"""

_FROM_TOTALS = """
INSERT INTO __table (person, node, at, local_day, local_hour, batch, record, source, order_key, __columns)
SELECT n.person, t.node, t.at, CAST(t.at + to_seconds(z.seconds) AS DATE), hour(t.at + to_seconds(z.seconds)),
    t.batch, t.record, t.source, t.order_key, __values
FROM order_total AS t LEFT JOIN node AS n ON n.node = t.node
LEFT JOIN order_set AS s ON s.order_key = t.order_key AND coalesce(s.node, 0) = coalesce(t.node, 0)
LEFT JOIN header_row AS h ON h.order_key = t.order_key AND coalesce(h.node, 0) = coalesce(t.node, 0)
LEFT JOIN moment AS z ON z."at" = t.at
WHERE CASE WHEN ? = 'stated' THEN t.kind = 'order' AND t.refunded > 0 ELSE t.kind = ? END
"""

_LINES = """
INSERT INTO __table (person, node, at, local_day, local_hour, batch, record, source, order_key, __columns)
SELECT n.person, l.node, l.at, CAST(l.at + to_seconds(z.seconds) AS DATE), hour(l.at + to_seconds(z.seconds)),
    l.batch, l.record, l.source, l.order_key, __values
FROM line_row AS l
JOIN order_total AS t ON t.order_key = l.order_key AND coalesce(t.node, 0) = coalesce(l.node, 0)
LEFT JOIN node AS n ON n.node = l.node
LEFT JOIN moment AS z ON z."at" = l.at
WHERE t.kind = 'order' AND NOT l.cancelled
"""


def derive(cursor: DuckDBPyConnection, schema: Schema, currency: str) -> None:
    """Make the order events again for the order keys in the temporary table `touched`."""
    order, line = schema.event(ORDER), schema.event(ORDER_LINE)
    discount = line.properties.get("discount")
    stated = exp.cast(column(discount.column) if discount else exp.Null(), "DECIMAL(18,4)")
    cursor.execute(render(_TOTALS, lists={"__stated": [exp.alias_(stated, "stated", quoted=True)]}))
    cursor.execute(_MOMENTS)
    for name in DERIVED:
        cursor.execute(render(_FORGET, {"__table": schema.event(name).table}))
    _collect_sets(cursor, order, line)
    _insert(cursor, order, _order_values(order, line, currency), ORDER)
    refund = schema.event(REFUND)
    _insert(cursor, refund, _money_values(refund, "-t.total"), REFUND)
    _insert(cursor, refund, _money_values(refund, "t.refunded"), "stated")
    cancelled = schema.event(CANCELLED_ORDER)
    _insert(cursor, cancelled, _money_values(cancelled, "t.total"), CANCELLED_ORDER)
    _insert_lines(cursor, line)
    set_margins(cursor, schema)


def _insert(cursor: DuckDBPyConnection, event: EventType, values: dict[str, exp.Expr], kind: str) -> None:
    lists = {"__columns": [column(name) for name in values], "__values": list(values.values())}
    cursor.execute(render(_FROM_TOTALS, {"__table": event.table}, lists), [kind, kind])


def _money_values(event: EventType, total: str) -> dict[str, exp.Expr]:
    return {
        **_order_id(event, "t"),
        event.property("total").column: expression(total),
    }


def _order_id(event: EventType, table: str) -> dict[str, exp.Expr]:
    item = event.property("order_id")
    return {item.column: column("order_id", table), item.fold_column: column("order_fold", table)}


def _order_values(order: EventType, line: EventType, currency: str) -> dict[str, exp.Expr]:
    values = _order_id(order, "t")
    for name in ("total", "quantity", "lines"):
        values[order.property(name).column] = column(name, "t")
    money = order.property("currency")
    values[money.column] = exp.Literal.string(currency)
    values[money.fold_column] = exp.Literal.string(currency.lower())
    discount = order.property("discount").column
    values[discount] = exp.func("coalesce", column("discount", "t"), column(discount, "h"))
    for item in order.properties.values():
        if item.column in values:
            continue
        of_line = line.properties.get(item.name.casefold())
        for part in (item.column, item.fold_column) if item.type in ("text", "text_set") else (item.column,):
            from_header = column(part, "h")
            if of_line is None or item.name not in (*SETS, *OF_WHOLE_ORDER):
                values[part] = from_header
            else:
                values[part] = exp.func("coalesce", from_header, column(part, "s"))
    return values


# Lists of numbers are gathered, sorted and made different in a fraction of the time that lists of texts take: so each different
# text has a number, in the order of the texts, and becomes a text again in the end. Where folds have the order of their texts, as they
# do unless case alone tells some apart, one list of numbers stands for both.
_NUMBERED = """
CREATE OR REPLACE TEMP TABLE __numbered AS
SELECT value, fold, CAST(dense_rank() OVER (ORDER BY value) AS INTEGER) AS of_value,
    CASE WHEN NOT fold IS NULL THEN CAST(dense_rank() OVER (ORDER BY fold) AS INTEGER) END AS of_fold
FROM (SELECT DISTINCT __value AS value, __fold AS fold FROM line_row
    WHERE NOT __value IS NULL AND NOT cancelled AND order_key IN (SELECT order_key FROM touched))
"""
_ALIKE = "SELECT bool_and(of_value IS NOT DISTINCT FROM of_fold) FROM __numbered"
_GATHERED = "list(__number) FILTER (WHERE NOT __number IS NULL)"
_SORTED = "list_sort(list_distinct(__list))"
_AS_TEXTS = """
CASE WHEN NOT __list IS NULL THEN list_select((SELECT list(DISTINCT __part ORDER BY __part) FROM __numbered), __list) END
"""
_GATHER = """
SELECT l.order_key, l.node FROM line_row AS l
WHERE NOT l.cancelled AND l.order_key IN (SELECT order_key FROM touched) GROUP BY l.order_key, l.node
"""
_SETS = "CREATE OR REPLACE TEMP TABLE order_set AS SELECT * FROM __sets AS s"


def _collect_sets(cursor: DuckDBPyConnection, order: EventType, line: EventType) -> None:
    """The temporary table `order_set`: per order, the sets and whole-order texts of its lines."""
    gathered: dict[str, exp.Expr] = {}  # from the lines
    ordered: dict[str, exp.Expr] = {}  # each once, in their order
    made: dict[str, exp.Expr] = {}  # as texts again
    rows = query(_GATHER)
    for name in (*SETS, *OF_WHOLE_ORDER):
        ours, theirs = order.properties.get(name), line.properties.get(name)
        if ours is None or theirs is None:
            continue
        if ours.type != "text_set":
            for target, value in ((ours.column, theirs.column), (ours.fold_column, theirs.fold_column)):
                gathered[target] = expression("min(__value)", nodes={"__value": column(value, "l")})
                ordered[target] = made[target] = column(target)
            continue
        numbered = f"numbered_{name}"
        cursor.execute(render(_NUMBERED, {"__numbered": numbered, "__value": theirs.column, "__fold": theirs.fold_column}))
        on = exp.EQ(this=column("value", numbered), expression=column(theirs.column, "l"))
        rows = rows.join(exp.table_(numbered, quoted=True), on=on, join_type="left", copy=False)
        alike = cursor.execute(render(_ALIKE, {"__numbered": numbered})).fetchall()[0][0]
        for part, target in (("value", ours.column), ("fold", ours.fold_column)):
            listed = ours.column if alike else target
            gathered[listed] = expression(_GATHERED, nodes={"__number": column("of_value" if alike else f"of_{part}", numbered)})
            ordered[listed] = expression(_SORTED, {"__list": listed})
            made[target] = expression(_AS_TEXTS, {"__part": part, "__numbered": numbered, "__list": listed})
    for layer in (ordered, made):
        rows = query("SELECT order_key, node FROM __rows AS g", nodes={"__rows": rows.select(*_named(gathered), copy=False)})
        gathered = layer
    cursor.execute(expression(_SETS, nodes={"__sets": rows.select(*_named(made), copy=False)}).sql(dialect="duckdb"))


def _named(values: dict[str, exp.Expr]) -> list[exp.Expr]:
    return [exp.alias_(value.copy(), name, quoted=True) for name, value in values.items()]


def _insert_lines(cursor: DuckDBPyConnection, line: EventType) -> None:
    values = {
        **_order_id(line, "l"),
        line.property("quantity").column: column("quantity", "l"),
        line.property("total").column: column("amount", "l"),
    }
    for item in line.properties.values():
        if item.column not in values:
            values[item.column] = column(item.column, "l")
            if item.type == "text":
                values[item.fold_column] = column(item.fold_column, "l")
    lists = {"__columns": [column(name) for name in values], "__values": list(values.values())}
    cursor.execute(render(_LINES, {"__table": line.table}, lists))
