"""What the store has of one source, sorted by whether it counts and why not: people, orders, refunds, and rows that never came in.

Times are naive UTC; a window is `[since, until)`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.sql import column, expression
from lohko.model.orders import ORDER, ORDER_LINE
from lohko.model.schema import Schema

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
_ORDERS = """
SELECT CASE WHEN e.person IS NULL THEN 'anonymous' WHEN NOT a.reason IS NULL THEN concat('aside:', a.reason) WHEN NOT p.living THEN 'not_living'
    WHEN e.__total <= 0 THEN 'free' ELSE 'counted' END AS class, count(*), sum(e.__total), sum(__vat)
FROM __event AS e LEFT JOIN person AS p ON p.person = e.person LEFT JOIN aside AS a ON a.person = e.person
WHERE e.source = ? AND e."at" >= CAST(? AS TIMESTAMP) AND e."at" < CAST(? AS TIMESTAMP) GROUP BY class
"""
_GIFT_CARDS = r"(gift ?-?card|gift ?voucher|lahja ?-?kortti|presentkort)"
_LINES = """
SELECT coalesce(sum(__value), 0) FROM __event AS e JOIN person AS p ON p.person = e.person AND p.living
WHERE e.source = ? AND e."at" >= CAST(? AS TIMESTAMP) AND e."at" < CAST(? AS TIMESTAMP) AND __which
"""
_REJECTED = """
SELECT reason = 'no_rate', count(DISTINCT coalesce(__order, CAST(record AS VARCHAR))), coalesce(sum(__amount), 0)
FROM read_parquet(?) WHERE NOT reason IN ('empty_row', 'totals_row', 'further_line', 'changed_order')
    AND (__order IS NULL OR NOT __order IN (SELECT o.order_id FROM header_row AS o WHERE o.source = ? AND NOT o.order_id IS NULL
        UNION ALL SELECT l.order_id FROM line_row AS l WHERE l.source = ? AND NOT l.order_id IS NULL))
    AND (CAST(? AS BOOLEAN) OR TRY_CAST(__at AS TIMESTAMP) >= CAST(? AS TIMESTAMP) AND TRY_CAST(__at AS TIMESTAMP) < CAST(? AS TIMESTAMP))
GROUP BY 1
"""


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
    """So many orders, what they are worth net, and the VAT beside it as far as it is known."""

    orders: int = 0
    net: Decimal = Decimal(0)
    vat: Decimal = Decimal(0)


def people(cursor: DuckDBPyConnection, source: str) -> People:
    """The people of a source. Fills the table `aside`, which the other functions need."""
    cursor.execute(_ASIDE)
    records, persons, guests, living = cursor.execute(_PEOPLE, [source]).fetchall()[0]
    return People(records, persons, guests, living, dict(cursor.execute(_PEOPLE_ASIDE, [source]).fetchall()))


def orders(cursor: DuckDBPyConnection, schema: Schema, name: str, source: str, since: dt.datetime, until: dt.datetime) -> dict[str, Money]:
    """A source's orders (or refunds, or cancelled orders): those that count, and the others by why they do not."""
    event = schema.events.get(name)
    if event is None:
        return {}
    gross = event.properties.get("gross")
    total = event.property("total").column
    nodes = {
        "__vat": expression("coalesce(e.__g - e.__total, 0)", {"__g": gross.column, "__total": total}) if gross else exp.Literal.number(0)
    }
    sql = expression(_ORDERS, {"__event": event.table, "__total": total}, nodes).sql("duckdb")
    rows = cursor.execute(sql, [source, since, until]).fetchall()
    return {kind: Money(n, net or Decimal(0), vat or Decimal(0)) for kind, n, net, vat in rows}


def vat_of_lines(cursor: DuckDBPyConnection, schema: Schema, source: str, since: dt.datetime, until: dt.datetime) -> Decimal:
    """The VAT of lines that say what they were with it, of people who count."""
    event = schema.events.get(ORDER_LINE)
    gross = None if event is None else event.properties.get("gross")
    if event is None or gross is None:
        return Decimal(0)
    names = {"__event": event.table}
    value = expression("e.__g - e.__t", {"__g": gross.column, "__t": event.property("total").column})
    return _sum(cursor, names, value, expression("NOT e.__g IS NULL", {"__g": gross.column}), source, since, until)


def shipping(cursor: DuckDBPyConnection, schema: Schema, source: str, since: dt.datetime, until: dt.datetime) -> Decimal | None:
    """What orders of people who count say of their shipping; None when none says it."""
    event = schema.events.get(ORDER)
    found = (
        None
        if event is None
        else next((event.properties[name] for name in ("shipping", "shipping_cost", "delivery_fee") if name in event.properties), None)
    )
    if event is None or found is None or found.type not in ("money", "decimal", "integer"):
        return None
    names = {"__event": event.table}
    return _sum(cursor, names, column(found.column, "e"), exp.true(), source, since, until)


def gift_cards(cursor: DuckDBPyConnection, schema: Schema, source: str, since: dt.datetime, until: dt.datetime) -> Decimal:
    """What people who count paid for gift cards, told by the names of the products."""
    event = schema.events.get(ORDER_LINE)
    name = None if event is None else event.properties.get("product_name")
    if event is None or name is None or name.type != "text":
        return Decimal(0)
    which = expression("regexp_matches(e.__n, __p)", {"__n": name.fold_column}, {"__p": exp.Literal.string(_GIFT_CARDS)})
    return _sum(cursor, {"__event": event.table}, column(event.property("total").column, "e"), which, source, since, until)


def _sum(
    cursor: DuckDBPyConnection,
    names: dict[str, str],
    value: exp.Expr,
    which: exp.Expr,
    source: str,
    since: dt.datetime,
    until: dt.datetime,
) -> Decimal:
    sql = expression(_LINES, names, {"__value": value, "__which": which}).sql("duckdb")
    return Decimal(cursor.execute(sql, [source, since, until]).fetchall()[0][0])


def rejected_orders(
    cursor: DuckDBPyConnection,
    path: Path,
    labels: Mapping[str, str],
    source: str,
    since: dt.datetime | None,
    until: dt.datetime,
) -> tuple[Money, Money]:
    """The orders of an import's rejected rows that are not in by another row: those in another currency, and the others.

    Their worth is as the rows say it, where it can be read; in another currency it is not added up. `labels` are the headers of the fields.
    Without `since` rows count whatever their time is.
    """
    raw = {name: _cell(labels.get(name)) for name in ("order_id", "total", "line_total", "unit_price", "quantity", "ordered_at")}
    amount = expression(
        "coalesce(__a, __b, __p * coalesce(__q, 1))",
        nodes={
            "__a": _number(raw["total"]),
            "__b": _number(raw["line_total"]),
            "__p": _number(raw["unit_price"]),
            "__q": _number(raw["quantity"]),
        },
    )
    nodes = {"__order": raw["order_id"], "__amount": amount, "__at": raw["ordered_at"]}
    sql = expression(_REJECTED, nodes=nodes).sql("duckdb")
    rows = cursor.execute(sql, [str(path), source, source, since is None, since or until, until]).fetchall()
    found = {foreign: Money(n, Decimal(0) if foreign else Decimal(worth)) for foreign, n, worth in rows}
    return found.get(True, Money()), found.get(False, Money())


def _cell(label: str | None) -> exp.Expr:
    """A cell of a rejected row by its header; nothing where the row could not be cut into cells."""
    if label is None:
        return exp.cast(exp.Null(), "VARCHAR")
    pointer = "/" + label.replace("~", "~0").replace("/", "~1")
    return expression(
        "CASE WHEN json_valid(raw) THEN nullif(trim(json_extract_string(raw, __p)), '') END", nodes={"__p": exp.Literal.string(pointer)}
    )


def _number(text: exp.Expr) -> exp.Expr:
    return expression("TRY_CAST(replace(replace(__t, ' ', ''), ',', '.') AS DECIMAL(18,4))", nodes={"__t": text})
