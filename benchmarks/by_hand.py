"""The hand-written queries, and the views that give the store's tables the names an analyst would use."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection
from pyroaring import BitMap
from sqlglot.expressions import alias_

from lohko.base.times import midnight
from lohko.engine.sql import column, columns, render
from lohko.model.rfm_map import DEFAULT_MAP
from lohko.model.schema import Schema

_HEAD = re.compile(r"^-- (segment|rule|explain): (.+)$", re.MULTILINE)
_VIEWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "orders": ("order", ("total", "discount")),
    "lines": ("order_line", ("total",)),
    "refunds": ("refund", ("total",)),
    "product_views": ("product_view", ("product_id", "brand")),
    "carts": ("add_to_cart", ("product_id",)),
    "received": ("email_received", ()),
    "opened": ("email_opened", ("campaign",)),
    "clicked": ("email_clicked", ()),
}


@dataclass(frozen=True)
class Query:
    """One hand-written query: for a segment, for a rule that is not saved, or to explain."""

    kind: str
    name: str
    sql: str


def queries() -> list[Query]:
    """Every query of `handwritten.sql`, in order."""
    text = Path(__file__).with_name("handwritten.sql").read_text(encoding="utf-8")
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [Query(head[1], head[2], text[head.end() : end].strip().rstrip(";")) for head, end in zip(heads, ends, strict=True)]


def make_views(cursor: DuckDBPyConnection, schema: Schema) -> None:
    """The names that the queries use."""
    cursor.execute("CREATE OR REPLACE TEMP VIEW customers AS SELECT person, label FROM person WHERE living")
    for view, (name, properties) in _VIEWS.items():
        event = schema.event(name)
        renamed = [alias_(column(event.property(item).column), item, quoted=True) for item in properties]
        made = render(
            "CREATE OR REPLACE TEMP VIEW __view AS SELECT __columns FROM __table",
            {"__view": view, "__table": event.table},
            {"__columns": [*columns("person", "at", "local_day"), *renamed]},
        )
        cursor.execute(made)
    for name, attribute in schema.attributes.items():
        if not attribute.trait:
            made = render(
                "CREATE OR REPLACE TEMP VIEW __view AS SELECT person, value FROM __table", {"__view": name, "__table": attribute.table}
            )
            cursor.execute(made)


def parameters(query: Query, day: str, zone: ZoneInfo) -> dict[str, Any]:
    """The values that a query asks for, as asked on the first instant of a day."""
    today = dt.date.fromisoformat(day)
    cells: dict[str, list[str]] = {}
    for cell, group in DEFAULT_MAP.items():
        cells.setdefault(group, []).append(cell)
    values = {
        "today": today,
        "now": midnight(today, zone).astimezone(dt.UTC).replace(tzinfo=None),
        "champions": cells["champions"],
        "worth_saving": [*cells["cannot_lose_them"], *cells["at_risk"]],
        "customer": "c17",
    }
    return {name: value for name, value in values.items() if re.search(rf"\${name}\b", query.sql)}


def answer(cursor: DuckDBPyConnection, query: Query, values: dict[str, Any]) -> None:
    """Keep the query's people in the temporary table `answer`, as a segment has to be kept to be used."""
    # The queries are fixed text of this folder: nothing a user wrote comes in here.
    cursor.execute("CREATE OR REPLACE TEMP TABLE answer AS " + query.sql, values)


def people(cursor: DuckDBPyConnection) -> BitMap:
    """The people in the table `answer`; AssertionError when one is there twice."""
    found = cursor.execute("SELECT person FROM answer").fetchnumpy()["person"]
    made = BitMap(found)
    assert len(made) == len(found), "a hand-written query names someone twice"
    return made
