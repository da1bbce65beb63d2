"""Where the columns of a staged file go, and what the schema needs for them that it has not yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from lohko.engine.latest import ALWAYS
from lohko.formats.fields import EVENT_OF
from lohko.model.account import DEAL, DEAL_PROPERTIES, FROM_DEALS
from lohko.model.orders import CANCELLED_ORDER, DERIVED, OF_WHOLE_ORDER, ORDER, ORDER_LINE, REFUND, SETS
from lohko.state import schema

NEW_COLUMN = "new_column"
"""The code of the note that rows which are in already do not get a column that their source's files had not yet."""


def new_columns(before: Iterable[Mapping[str, Any]], report: Mapping[str, Any], source: str, kind: str) -> list[dict[str, str]]:
    """A note for each property of a file of orders that none of its source's files `before` had, as their rows stay without it."""
    plans = [row["plan"] for row in before if row["source"] == source and row["kind"] == kind]
    had = {item["name"] for plan in plans for item in plan}
    told = "is new: rows that are in already stay without it. Where this file is the newer one, bring it in with --replace."
    return [
        {"code": NEW_COLUMN, "message": f"Column {item['label']!r} {told}", "column": item["label"]}
        for item in (report["columns"] if plans and kind in ("orders", "order-lines") else ())
        if item["role"] == "property" and item["name"] not in had and not item["label"].startswith("(")  # such are made, and no columns
    ]


def widen(connection: Connection, report: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Where every staged column goes; the schema is widened by what is new."""
    columns = [dict(item) for item in report["columns"]]
    for item in columns:
        if item["role"] == "attribute":
            if kind == "survey":
                item["name"] = schema.name_beside(connection, item["name"], item["type"])
            item["name"] = schema.ensure_attribute(connection, item["name"], item["type"], item["codes"]).name
        elif item["role"] == "account":
            item["name"] = schema.ensure_attribute(connection, item["name"], item["type"], item["codes"]).name
    if kind == "deals":
        _ensure_deals(connection, columns)
    if kind in ("orders", "order-lines"):
        _ensure_orders(connection, columns, kind)
    if kind == "events" or kind in EVENT_OF:
        for event, staged in report["events"].items():
            number, _ = schema.ensure_event(connection, event)
            for name, type_ in ALWAYS.get(kind, {}).items():
                schema.ensure_property(connection, number, name, type_)
            for item in columns:
                if item["role"] == "property" and item["column"] in staged:
                    schema.ensure_property(connection, number, item["name"], item["type"], item["codes"])
                    item.setdefault("events", []).append(event)
    schema.ensure_of_accounts(connection)
    schema.ensure_margins(connection, kind)
    return columns


def _ensure_deals(connection: Connection, columns: list[dict[str, Any]]) -> None:
    """The event of a deal with what it always has and what the file adds, and what accounts have of their deals."""
    number, _ = schema.ensure_event(connection, DEAL)
    for name, type_ in DEAL_PROPERTIES.items():
        schema.ensure_property(connection, number, name, type_)
    for item in columns:
        if item["role"] == "property":
            schema.ensure_property(connection, number, item["name"], item["type"], item["codes"])
    for name, type_ in FROM_DEALS.items():
        schema.ensure_attribute(connection, name, type_)
    schema.ensure_attribute(connection, "company", "text")


def _ensure_orders(connection: Connection, columns: list[dict[str, Any]], kind: str) -> None:
    numbers = {}
    for event in (ORDER, ORDER_LINE, REFUND, CANCELLED_ORDER):
        numbers[event], _ = schema.ensure_event(connection, event)
        for name, type_ in DERIVED[event].items():
            schema.ensure_property(connection, numbers[event], name, type_)
    target = ORDER_LINE if kind == "order-lines" else ORDER
    for item in columns:
        if item["role"] != "property" or item["name"] in DERIVED[target]:
            continue
        schema.ensure_property(connection, numbers[target], item["name"], item["type"], item["codes"])
        if kind == "order-lines" and item["name"] in SETS:
            schema.ensure_property(connection, numbers[ORDER], item["name"], "text_set")
        elif kind == "order-lines" and item["name"] in OF_WHOLE_ORDER:
            schema.ensure_property(connection, numbers[ORDER], item["name"], "text")
