"""What the store has of one source, sorted by whether it counts and why not: people, orders, refunds, and rows that never came in.

Times are naive UTC; a window is `[since, until)`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.numbers import number, written
from lohko.engine.sql import column, expression
from lohko.model.orders import ORDER, ORDER_LINE, REFUND
from lohko.model.schema import EventType, Schema

_ASIDE = """
CREATE OR REPLACE TEMP TABLE aside AS SELECT n.person, min(coalesce(a.reason, a.why)) AS reason
FROM set_aside AS a JOIN node AS n ON n.node = a.node GROUP BY n.person
"""
_PEOPLE = """
SELECT count(*), count(DISTINCT n.person),
    count(*) FILTER (WHERE NOT n.node IN (SELECT node FROM customer_row)),
    count(DISTINCT n.person) FILTER (WHERE p.living)
FROM node AS n JOIN person AS p ON p.person = n.person WHERE n.source = ?
"""
_PEOPLE_ASIDE = """
SELECT a.reason, count(DISTINCT a.person) FROM aside AS a JOIN node AS n ON n.person = a.person WHERE n.source = ? GROUP BY a.reason ORDER BY a.reason
"""
# What an order's rows say beside its total: its VAT, its shipping with VAT and its charges, which are not in the total. A header goes before lines.
_BESIDE = """
CREATE OR REPLACE TEMP TABLE beside AS
WITH said AS (
    SELECT order_key, coalesce(node, 0) AS node, false AS of_line, cancelled, amount, __header_gross AS gross, NULL AS sent, NULL AS charges
    FROM header_row WHERE source = ?
    UNION ALL SELECT order_key, coalesce(node, 0), true, cancelled, amount, __line_gross, __line_shipping, __line_charges FROM line_row WHERE source = ?
), counts AS (
    SELECT *, of_line AND cancelled AND NOT bool_and(cancelled) OVER (PARTITION BY order_key, node, of_line) AS left_out FROM said
), summed AS (
    SELECT order_key, node, of_line, sum(amount) AS net, CAST(sum(gross - amount) AS DECIMAL(18,4)) AS vat, CAST(sum(sent) AS DECIMAL(18,4)) AS sent,
        CAST(sum(charges) AS DECIMAL(18,4)) AS charges
    FROM counts WHERE NOT left_out GROUP BY order_key, node, of_line
), one AS (
    SELECT order_key, node, coalesce(arg_min(net, of_line) FILTER (WHERE NOT vat IS NULL), min(net)) AS net,
        coalesce(arg_min(vat, of_line) FILTER (WHERE NOT vat IS NULL), 0) AS vat, coalesce(max(sent), 0) AS sent, coalesce(max(charges), 0) AS charges
    FROM summed GROUP BY order_key, node
)
SELECT order_key, node, net, vat, sent, charges,
    CASE WHEN net + vat = 0 THEN 0 ELSE CAST(CAST(sent AS DOUBLE) * CAST(vat AS DOUBLE) / CAST(net + vat AS DOUBLE) AS DECIMAL(18,4)) END AS sent_vat
FROM one
"""
# Of a refund these are in the proportion of what it takes back; what was paid back is a sum of cents, if it can be one.
_ORDERS = """
WITH event AS (
    SELECT CASE WHEN e.person IS NULL THEN 'anonymous' WHEN NOT a.reason IS NULL THEN concat('aside:', a.reason) WHEN NOT p.living THEN 'not_living'
        WHEN e.__total <= 0 THEN 'free' ELSE 'counted' END AS class,
        e.__total AS total, __own AS own, b.vat, b.sent, b.sent_vat, b.charges,
        CASE WHEN CAST(? AS BOOLEAN) AND b.net <> 0 THEN CAST(e.__total AS DOUBLE) / CAST(abs(b.net) AS DOUBLE) END AS part,
        CASE WHEN CAST(? AS BOOLEAN) AND b.net <> 0 THEN abs(b.net + b.vat + b.sent + b.charges) * CAST(e.__total AS DOUBLE) / CAST(abs(b.net) AS DOUBLE) END AS back
    FROM __event AS e LEFT JOIN person AS p ON p.person = e.person LEFT JOIN aside AS a ON a.person = e.person
    LEFT JOIN beside AS b ON b.order_key = e.order_key AND b.node = coalesce(e.node, 0)
    WHERE e.source = ? AND e."at" >= CAST(? AS TIMESTAMP) AND e."at" < CAST(? AS TIMESTAMP)
), parted AS (
    SELECT class, total, own, coalesce(sent * part, sent, 0) AS sent, coalesce(sent_vat * part, sent_vat, 0) AS sent_vat,
        coalesce(charges * part, charges, 0) AS charges,
        CASE WHEN back IS NULL THEN coalesce(vat, 0)
            ELSE CASE WHEN abs(back - round(back, 2)) < 0.001 THEN round(back, 2) ELSE back END - total - sent * part - charges * part END AS vat
    FROM event
)
SELECT class, count(*), sum(total), CAST(sum(CAST(vat AS DECIMAL(18,4))) AS DECIMAL(38,4)),
    CAST(sum(CAST(sent AS DECIMAL(18,4)) - CAST(sent_vat AS DECIMAL(18,4))) AS DECIMAL(38,4)),
    CAST(sum(CAST(sent_vat AS DECIMAL(18,4))) AS DECIMAL(38,4)), CAST(coalesce(sum(own), 0) AS DECIMAL(38,4)),
    CAST(sum(CAST(charges AS DECIMAL(18,4))) AS DECIMAL(38,4))
FROM parted GROUP BY class
"""
_GIFT_CARDS = r"(gift ?-?card|gift ?voucher|lahja ?-?kortti|presentkort)"
_LINES = """
SELECT coalesce(sum(__value), 0) FROM __event AS e JOIN person AS p ON p.person = e.person AND p.living
WHERE e.source = ? AND e."at" >= CAST(? AS TIMESTAMP) AND e."at" < CAST(? AS TIMESTAMP) AND __which
"""
_KEPT_OUT = "CREATE OR REPLACE TEMP TABLE kept_out (key VARCHAR, email VARCHAR, batch INTEGER, foreign_money BOOLEAN, worth DECIMAL(38,4), whole DECIMAL(38,4), said TIMESTAMP)"
_KEEP_OUT = """
INSERT INTO kept_out SELECT coalesce(__key, __email, concat('row ', CAST(? AS VARCHAR), ' ', record)), __email, CAST(? AS INTEGER), reason = 'no_rate',
    __amount, __whole, __at FROM read_parquet(?) WHERE NOT reason IN ('empty_row', 'totals_row', 'remark_row', 'other_table', 'further_line', 'changed_order')
"""
# A row that is rejected in file after file is one; what it says last counts. What it says of the whole order goes before its lines.
_ORDERS_OUT = """
SELECT foreign_money, count(*), coalesce(sum(worth), 0) FROM (
SELECT k.foreign_money, coalesce(max(k.whole), sum(k.worth)) AS worth FROM kept_out AS k
WHERE k.batch = (SELECT max(o.batch) FROM kept_out AS o WHERE o.key = k.key)
    AND NOT k.key IN (SELECT o.order_id FROM header_row AS o WHERE o.source = ? AND NOT o.order_id IS NULL
        UNION ALL SELECT l.order_id FROM line_row AS l WHERE l.source = ? AND NOT l.order_id IS NULL)
    AND (CAST(? AS BOOLEAN) OR k.said >= CAST(? AS TIMESTAMP) AND k.said < CAST(? AS TIMESTAMP))
GROUP BY k.foreign_money, k.key) AS o GROUP BY 1
"""
# Of an order that is told by its lines alone, and is in with others of them. What came after a row was rejected may be that row, mended.
_LINES_OUT = """
SELECT coalesce(sum(k.worth), 0) FROM kept_out AS k JOIN (
    SELECT order_id, min("at") AS "at", max(batch) AS batch, bool_and(cancelled) AS cancelled FROM line_row
    WHERE source = ? AND NOT order_id IN (SELECT h.order_id FROM header_row AS h WHERE h.source = ? AND NOT h.order_id IS NULL)
    GROUP BY order_id
) AS o ON o.order_id = k.key
WHERE k.batch = (SELECT max(l.batch) FROM kept_out AS l WHERE l.key = k.key) AND o.batch <= k.batch AND NOT k.foreign_money
    AND (CAST(? AS BOOLEAN) OR NOT o.cancelled)
    AND (CAST(? AS BOOLEAN) OR o."at" >= CAST(? AS TIMESTAMP) AND o."at" < CAST(? AS TIMESTAMP))
"""
_PEOPLE_OUT = """
SELECT count(DISTINCT k.key) FROM kept_out AS k
WHERE NOT EXISTS (SELECT 1 FROM node AS n WHERE n.source = ? AND (n.value = k.key OR n.kind = 'email' AND n.value = k.email))
"""


@dataclass(frozen=True)
class Rejected:
    """The rejected rows of an import: where they are, the headers of its fields, and whether its numbers have decimal commas."""

    batch: int
    path: Path
    labels: Mapping[str, str]
    comma: bool
    of_line: bool = False
    """Whether each is a line of an order."""


@dataclass(frozen=True)
class People:
    """A source's records of people: how many, of how many persons, how many of them only ordered, and how many persons count; set aside by reason."""

    records: int
    persons: int
    guests: int
    living: int
    aside: Mapping[str, int]


@dataclass(frozen=True)
class Money:
    """So many orders, what they are worth net; beside it their VAT, their shipping and its VAT, as far as these are known.

    `own` is shipping that the orders' totals hold, as they say it themselves; `charges` what they paid besides, such as tips and duties.
    """

    orders: int = 0
    net: Decimal = Decimal(0)
    vat: Decimal = Decimal(0)
    shipping: Decimal = Decimal(0)
    shipping_vat: Decimal = Decimal(0)
    own: Decimal = Decimal(0)
    charges: Decimal = Decimal(0)

    def worth(self, *, vat: bool, shipping: bool, charges: bool) -> Decimal:
        """What they are worth to who counts VAT, shipping or charges in."""
        return self.net + vat * self.vat + shipping * (self.shipping + vat * self.shipping_vat) + charges * self.charges


def people(cursor: DuckDBPyConnection, source: str) -> People:
    """The people of a source. Fills the table `aside`, which the other functions need."""
    cursor.execute(_ASIDE)
    records, persons, guests, living = cursor.execute(_PEOPLE, [source]).fetchall()[0]
    return People(records, persons, guests, living, dict(cursor.execute(_PEOPLE_ASIDE, [source]).fetchall()))


def look_beside(cursor: DuckDBPyConnection, schema: Schema, source: str) -> None:
    """Fill the table `beside`, which `orders` needs: what a source's orders say beside their totals."""
    nothing = exp.cast(exp.Null(), "DECIMAL(18,4)", dialect="duckdb")

    def said(event: str, name: str) -> exp.Expr:
        item = schema.events[event].properties.get(name) if event in schema.events else None
        return column(item.column) if item is not None and item.type == "money" else nothing.copy()

    nodes = {
        "__header_gross": said(ORDER, "gross"),
        "__line_gross": said(ORDER_LINE, "gross"),
        "__line_shipping": said(ORDER_LINE, "shipping"),
        "__line_charges": said(ORDER_LINE, "charges"),
    }
    cursor.execute(expression(_BESIDE, nodes=nodes).sql("duckdb"), [source, source])


def orders(cursor: DuckDBPyConnection, schema: Schema, name: str, source: str, since: dt.datetime, until: dt.datetime) -> dict[str, Money]:
    """A source's orders (or refunds, or cancelled orders): those that count, and the others by why they do not."""
    event = schema.events.get(name)
    if event is None:
        return {}
    own = _own_shipping(event)
    sql = expression(
        _ORDERS,
        {"__event": event.table, "__total": event.property("total").column},
        {"__own": column(own, "e") if own else exp.Literal.number(0)},
    ).sql("duckdb")
    back = name == REFUND
    rows = cursor.execute(sql, [back, back, source, since, until]).fetchall()
    return {kind: Money(n, *(value or Decimal(0) for value in values)) for kind, n, *values in rows}


def _own_shipping(event: EventType) -> str | None:
    """The column in which orders say what of their total is shipping."""
    found = next((event.properties[name] for name in ("shipping", "shipping_cost", "delivery_fee") if name in event.properties), None)
    return found.column if found is not None and event.name == ORDER and found.type in ("money", "decimal", "integer") else None


def gift_cards(cursor: DuckDBPyConnection, schema: Schema, source: str, since: dt.datetime, until: dt.datetime, *, vat: bool) -> Decimal:
    """What people who count paid for gift cards, told by the names of the products; with the VAT that their order shares out to them, or without."""
    event = schema.events.get(ORDER_LINE)
    name = None if event is None else event.properties.get("product_name")
    if event is None or name is None or name.type != "text":
        return Decimal(0)
    which = expression("regexp_matches(e.__n, __p)", {"__n": name.fold_column}, {"__p": exp.Literal.string(_GIFT_CARDS)})
    gross, value = event.properties.get("gross"), column(event.property("total").column, "e")
    if vat and gross is not None and gross.type == "money":
        value = exp.func("coalesce", column(gross.column, "e"), value)
    sql = expression(_LINES, {"__event": event.table}, {"__value": value, "__which": which}).sql("duckdb")
    return Decimal(cursor.execute(sql, [source, since, until]).fetchall()[0][0])


def rejected_people(cursor: DuckDBPyConnection, files: Iterable[Rejected], source: str) -> int:
    """How many customers a source's lists told of in rows that are rejected, and no other row brought in."""
    _keep_out(cursor, files, "customer_id")
    return int(cursor.execute(_PEOPLE_OUT, [source]).fetchall()[0][0])


def rejected_orders(
    cursor: DuckDBPyConnection,
    files: Iterable[Rejected],
    source: str,
    since: dt.datetime | None,
    until: dt.datetime,
    less: Collection[str] = (),
) -> tuple[Money, Money]:
    """The orders of rejected rows that are not in by another row: those in another currency, and the others.

    Their worth is as the rows say it, where it can be read; in another currency it is not added up. `less` are the fields
    to take off the total of a whole order. Without `since` rows count whatever their time is.
    """
    _keep_out(cursor, files, "order_id", less)
    rows = cursor.execute(_ORDERS_OUT, [source, source, since is None, since or until, until]).fetchall()
    found = {foreign: Money(n, Decimal(0) if foreign else Decimal(worth)) for foreign, n, worth in rows}
    return found.get(True, Money()), found.get(False, Money())


def rejected_lines(cursor: DuckDBPyConnection, source: str, since: dt.datetime | None, until: dt.datetime, *, cancelled: bool) -> Decimal:
    """What rejected lines are worth, as they say it, of orders that are in with other lines; of the rows that `rejected_orders` looked at.

    With `cancelled` also those of orders that are cancelled. Without `since` whenever the order was.
    """
    found = cursor.execute(_LINES_OUT, [source, source, cancelled, since is None, since or until, until]).fetchall()[0][0]
    return Decimal(found)


_PARTS = ("order_tax", "order_shipping", "refunded")


def _keep_out(cursor: DuckDBPyConnection, files: Iterable[Rejected], key: str, less: Collection[str] = ()) -> None:
    """Fill the table `kept_out` with what rejected rows say."""
    cursor.execute(_KEPT_OUT)
    for file in files:
        raw = {
            name: cell(file.labels.get(name))
            for name in (key, "email", "total", "line_total", "unit_price", "quantity", "ordered_at", "order_id", "order_total", *_PARTS)
        }
        numbers = {
            place: number(written(raw[name]), file.comma, "DECIMAL(18,4)")
            for place, name in (
                ("__a", "total"), ("__b", "line_total"), ("__p", "unit_price"), ("__q", "quantity"), ("__t", "order_total"),
                *((f"__{name}", name) for name in _PARTS),
            )
        }  # fmt: skip
        for name in _PARTS:
            numbers[f"__{name}"] = (
                expression("coalesce(__n, 0)", nodes={"__n": numbers[f"__{name}"]}) if name in less else exp.Literal.number(0)
            )
        nodes = {
            "__key": raw[key],
            "__email": exp.func("lower", raw["email"]) if key == "customer_id" else exp.cast(exp.Null(), "VARCHAR"),
            "__amount": expression("coalesce(__a, __b, __p * coalesce(__q, 1))", nodes=numbers),
            "__whole": expression("__t - __order_tax - __order_shipping - __refunded", nodes=numbers),
            "__at": expression(_TIME, nodes={"__t": raw["ordered_at"]}),
        }
        cursor.execute(expression(_KEEP_OUT, nodes=nodes).sql("duckdb"), [file.batch, file.batch, str(file.path)])


_TIME = """
coalesce(TRY_CAST(__t AS TIMESTAMP), try_strptime(regexp_extract(__t, '^[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}'), '%d.%m.%Y'))
"""


def cell(label: str | None) -> exp.Expr:
    """A cell of a rejected row by its header; nothing where the row could not be cut into cells."""
    if label is None:
        return exp.cast(exp.Null(), "VARCHAR")
    pointer = "/" + label.replace("~", "~0").replace("/", "~1")
    return expression(
        "CASE WHEN json_valid(raw) THEN nullif(trim(json_extract_string(raw, __p)), '') END", nodes={"__p": exp.Literal.string(pointer)}
    )
