"""Rows on their way in, held against the contract of their source and kind.

Works on the temporary tables of `incoming.py`: only rows that are new are looked
at. A row that breaks a rule which rejects gets the verdict
`contract:<field>:<rule>`, after its first such rule; what only warns is counted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.base.text import fold
from lohko.engine.numbers import number, written
from lohko.engine.sql import column, expression, render
from lohko.engine.tables import SQL_TYPES, cast, observed_table
from lohko.model.contract import REASON, Bound, Contract, FieldRules, Rule
from lohko.model.orders import ORDER, ORDER_LINE
from lohko.model.schema import NUMERIC, TEMPORAL, TEXTUAL, Schema, Type
from lohko.state.schema import wider


@dataclass(frozen=True)
class Cell:
    """Where the rows of a file hold a field: a column of the staged table, as what, and its fold and header where it has them."""

    value: str
    type: Type
    fold: str | None = None
    label: str | None = None


_FIXED: dict[str, dict[str, tuple[str, Type]]] = {
    "customers": {"customer_id": ("node_value", "text"), "updated_at": ("at", "time")},
    "orders": {
        "customer_id": ("node_value", "text"),
        "ordered_at": ("at", "time"),
        "total": ("amount", "money"),
        "quantity": ("quantity", "decimal"),
        "refunded": ("refunded", "money"),
    },
    "order-lines": {
        "customer_id": ("node_value", "text"),
        "ordered_at": ("at", "time"),
        "line_total": ("amount", "money"),
        "quantity": ("quantity", "decimal"),
        "refunded": ("refunded", "money"),
    },
    "events": {
        "customer_id": ("node_value", "text"),
        "occurred_at": ("at", "time"),
        "event": ("event", "text"),
        "message_id": ("message_id", "text"),
    },
}
"""What rows of each kind hold besides the columns of their plan."""


def cells(kind: str, plan: Iterable[Mapping[str, Any]]) -> dict[str, Cell]:
    """The fields that the rows of a file hold, by the names that contracts call them; consents are `consent_<purpose>`."""
    found = {name: Cell(value, type_) for name, (value, type_) in _FIXED.get(kind, {}).items()}
    for item in plan:
        name = f"consent_{item['name']}" if item["role"] == "consent" else item["name"]
        textual = item["type"] in TEXTUAL and item["role"] != "consent"
        # What says several stays the text that came until it is loaded.
        type_: Type = "text" if item["type"] == "text_set" else item["type"]
        found[name] = Cell(item["column"], type_, f"{item['column']}_f" if textual else None, item.get("label"))
    return found


_BREACHES = "CREATE OR REPLACE TEMP TABLE breach (record BIGINT, place INTEGER)"
_ASKED = "CREATE OR REPLACE TEMP TABLE asked (place INTEGER, field VARCHAR, rule VARCHAR, rejects BOOLEAN)"
# Most rows break nothing: one flat call finds those that do, and only they are asked for all that they break.
_ROW_BY_ROW = """
INSERT INTO breach SELECT record, unnest(list_filter([__broken], lambda x: NOT x IS NULL))
FROM (SELECT s.* FROM incoming AS s WHERE NOT s.record IN (SELECT record FROM verdict)) AS s
WHERE NOT coalesce(NULL, __broken) IS NULL
"""
_KNOWN = "CREATE OR REPLACE TEMP TABLE known_value (said VARCHAR, owner VARCHAR)"
_KNOWN_OF_PEOPLE = """
INSERT INTO known_value SELECT CAST(arg_max(o.__said, o."at") AS VARCHAR), n.value
FROM __table AS o JOIN node AS n ON n.node = o.node WHERE n.source = ? GROUP BY o.node, n.value
"""
_KNOWN_OF_ORDERS = "INSERT INTO known_value SELECT DISTINCT CAST(__said AS VARCHAR), order_id FROM header_row WHERE source = ?"
_KNOWN_OF_ROWS = "INSERT INTO known_value SELECT DISTINCT CAST(__said AS VARCHAR), NULL FROM __table WHERE source = ?"
_TWICE = """
INSERT INTO breach
WITH fresh AS (
    SELECT s.record, __value AS said, __owner AS owner FROM incoming AS s
    WHERE NOT s.record IN (SELECT record FROM verdict) AND NOT __value IS NULL
)
SELECT record, CAST(? AS INTEGER) FROM (
    SELECT record, said, owner, first_value(owner) OVER (PARTITION BY said ORDER BY record) AS first_owner FROM fresh
) AS f
WHERE owner <> first_owner OR EXISTS (SELECT 1 FROM known_value AS k WHERE k.said = f.said AND k.owner IS DISTINCT FROM f.owner)
"""
_STRANGERS = """
INSERT INTO breach SELECT s.record, CAST(? AS INTEGER) FROM incoming AS s
WHERE NOT s.record IN (SELECT record FROM verdict) AND NOT __value IS NULL AND NOT EXISTS (SELECT 1 FROM known_value AS k WHERE k.said = CAST(__value AS VARCHAR))
"""
_CUSTOMERS = """
INSERT INTO known_value SELECT n.value, NULL FROM node AS n WHERE n.source = ? AND n.node IN (SELECT node FROM customer_row)
"""
_ORDERS = """
INSERT INTO known_value SELECT order_id, NULL FROM header_row WHERE source = ?
UNION SELECT order_id, NULL FROM line_row WHERE source = ?
"""
_JUDGE = """
INSERT INTO verdict SELECT breach.record, arg_min(concat_ws(':', CAST(? AS VARCHAR), asked.field, asked.rule), asked.place)
FROM breach JOIN asked ON asked.place = breach.place
WHERE asked.rejects AND NOT breach.record IN (SELECT record FROM verdict) GROUP BY breach.record
"""
_WARNED = """
SELECT a.field, a.rule, count(DISTINCT b.record) FROM breach AS b JOIN asked AS a ON a.place = b.place
WHERE NOT b.record IN (SELECT record FROM verdict) GROUP BY a.place, a.field, a.rule ORDER BY a.place
"""


def judge_by_contract(
    cursor: DuckDBPyConnection, contract: Contract, plan: Iterable[Mapping[str, Any]], schema: Schema, today: dt.date
) -> dict[str, int]:
    """Reject or count the new rows of `incoming` that break a rule; `field:rule` to how many were accepted all the same.

    `today` is what a range means by it. A file that lacks a column which its contract
    requires breaks that rule in every row.
    """
    there = cells(contract.kind, plan)
    asked = [(name, rule) for name, rules in contract.fields.items() for rule in rules.rules()]
    if not asked:
        return {}
    cursor.execute(_BREACHES)
    cursor.execute(_ASKED)
    marks = [(place, name, rule, contract.rejects(name, rule)) for place, (name, rule) in enumerate(asked)]
    cursor.executemany("INSERT INTO asked VALUES (?, ?, ?, ?)", marks)
    broken: list[exp.Expr] = []
    for place, (name, rule) in enumerate(asked):
        cell, rules = there.get(name), contract.fields[name]
        if rule in ("unique", "references") and cell is not None:
            if rule == "unique":
                _twice(cursor, contract, name, cell, place, schema)
            else:
                _strangers(cursor, contract, rules, cell, place)
        else:
            broken += [_case(condition, place) for condition in _breaks(rules, rule, cell, today)]
    if broken:
        cursor.execute(render(_ROW_BY_ROW, lists={"__broken": broken}))
    cursor.execute(_JUDGE, [REASON])
    return {f"{name}:{rule}": n for name, rule, n in cursor.execute(_WARNED).fetchall()}


def _case(condition: exp.Expr, place: int) -> exp.Expr:
    return exp.Case().when(condition, exp.Literal.number(place))


# --- one row by itself -----------------------------------------------------------------


def _breaks(rules: FieldRules, rule: Rule, cell: Cell | None, today: dt.date) -> Iterator[exp.Expr]:
    """The conditions under which a row breaks a rule."""
    if cell is None:
        if rule == "required":
            yield exp.true()
        return
    unfit = _unfit(cell)
    match rule:
        case "required":
            yield expression("__v IS NULL AND NOT __unfit", nodes={"__v": column(cell.value), "__unfit": exp.paren(unfit)})
        case "type":
            yield unfit
            if rules.type is not None and (unread := _unread(cell, rules.type)) is not None:
                yield unread
        case "range":
            for bound, sign in ((rules.low, "<"), (rules.high, ">")):
                if bound is not None and (value := _comparable(cell, bound)) is not None:
                    template = "__v < __b" if sign == "<" else "__v > __b"
                    yield expression(template, nodes={"__v": value, "__b": _literal(bound, today)})
        case "allowed":
            folds = exp.Array(expressions=[exp.Literal.string(fold(text)) for text in rules.allowed])
            yield expression("NOT list_contains(__all, __said)", nodes={"__all": folds, "__said": _said(cell)})


def _unfit(cell: Cell) -> exp.Expr:
    """Whether the row's text did not fit its column, and is kept as it came."""
    if cell.label is None:
        return exp.false()
    pointer = "/" + cell.label.replace("~", "~0").replace("/", "~1")
    return expression("coalesce(json_exists(extra, __p), false)", nodes={"__p": exp.Literal.string(pointer)})


def _text(cell: Cell) -> exp.Expr:
    return cast(column(cell.value), SQL_TYPES[cell.type], "VARCHAR")


def _said(cell: Cell) -> exp.Expr:
    """The value as a text that does not depend on how it was spelt."""
    return column(cell.fold) if cell.fold is not None else exp.func("lower", _text(cell))


_READ: dict[Type, str] = {
    "boolean": "list_contains(['yes', 'no', 'true', 'false', 'kyllä', 'ei', '1', '0'], lower(__t))",
    "date": "NOT try_strptime(regexp_extract(__t, '^[0-9./-]+'), ['%Y-%m-%d', '%d.%m.%Y', '%d/%m/%Y', '%m/%d/%Y']) IS NULL",
}


def _unread(cell: Cell, wanted: Type) -> exp.Expr | None:
    """Whether a value cannot be read as a type that the file's own column is not; None when every value can."""
    if wider(cell.type, wanted) == wanted or wanted in TEXTUAL:
        return None
    if wanted == "integer":
        template = "__n IS NULL OR __n <> trunc(__n)"
    elif wanted in NUMERIC:
        template = "__n IS NULL"
    else:
        template = f"NOT ({_READ['date' if wanted in TEMPORAL else 'boolean']})"
    nodes = {"__v": column(cell.value), "__t": _text(cell), "__n": _number(_text(cell))}
    return expression(f"NOT __v IS NULL AND ({template})", nodes={name: node for name, node in nodes.items() if name in f"__v{template}"})


def _number(text: exp.Expr) -> exp.Expr:
    """The number that a text says, as landing reads it where a column does not tell its marks."""
    return number(written(text), False, "DECIMAL(38,10)")


def _comparable(cell: Cell, bound: Bound) -> exp.Expr | None:
    """The value as what the bound is; None when the column can hold nothing of that sort."""
    if isinstance(bound, Decimal):
        if cell.type in NUMERIC:
            return column(cell.value)
        return _number(column(cell.value)) if cell.type == "text" else None
    if cell.type in TEMPORAL:
        return exp.cast(column(cell.value), "DATE")
    return expression("TRY_CAST(__t AS DATE)", nodes={"__t": column(cell.value)}) if cell.type == "text" else None


def _literal(bound: Bound, today: dt.date) -> exp.Expr:
    if isinstance(bound, Decimal):
        return exp.cast(exp.Literal.string(format(bound, "f")), "DECIMAL(38,10)", dialect="duckdb")
    return exp.cast(exp.Literal.string((today if isinstance(bound, str) else bound).isoformat()), "DATE")


# --- a row beside others ---------------------------------------------------------------

_OWNERS = {"customers": "s.node_value", "orders": "coalesce(s.order_id, concat('record ', s.record))"}


def _twice(cursor: DuckDBPyConnection, contract: Contract, name: str, cell: Cell, place: int, schema: Schema) -> None:
    """Note the rows whose value another customer, order or row of the source has already; of those in one file, all but the first's."""
    cursor.execute(_KNOWN)
    for sql in _known(contract.kind, name, schema):
        cursor.execute(sql, [contract.source])
    owner = expression(_OWNERS.get(contract.kind, "CAST(s.record AS VARCHAR)"))
    nodes = {"__value": _said(cell), "__owner": owner}
    cursor.execute(expression(_TWICE, nodes=nodes).sql("duckdb"), [place])


def _known(kind: str, name: str, schema: Schema) -> Iterator[str]:
    """The queries that tell what the source is known to have of a field."""
    if kind == "customers":
        attribute = schema.attributes.get(name.casefold())
        if attribute is not None and not attribute.trait and attribute.type != "text_set":
            said = "fold" if attribute.type == "text" else "value"
            yield render(_KNOWN_OF_PEOPLE, {"__table": observed_table(attribute), "__said": said})
        return
    for event in schema.events.values():
        item = event.properties.get(name.casefold())
        if item is None or item.type == "text_set":
            continue
        said = item.fold_column if item.type == "text" else item.column
        if kind == "orders" and event.name == ORDER:
            yield render(_KNOWN_OF_ORDERS, {"__said": said})
        elif kind == "order-lines" and event.name == ORDER_LINE:
            yield render(_KNOWN_OF_ROWS, {"__said": said, "__table": "line_row"})
        elif kind == "events":
            yield render(_KNOWN_OF_ROWS, {"__said": said, "__table": event.table})


def _strangers(cursor: DuckDBPyConnection, contract: Contract, rules: FieldRules, cell: Cell, place: int) -> None:
    """Note the rows that name a customer, or an order, of which the source is not known to have told."""
    cursor.execute(_KNOWN)
    if rules.references == "customers":
        cursor.execute(_CUSTOMERS, [contract.source])
    else:
        cursor.execute(_ORDERS, [contract.source, contract.source])
    cursor.execute(expression(_STRANGERS, nodes={"__value": column(cell.value, "s")}).sql("duckdb"), [place])
