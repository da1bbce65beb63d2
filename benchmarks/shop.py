"""A shop of any size, written straight into the tables of the analytical store with DuckDB.

No import happens: state gets the schema, the store gets the rows, as a loader
would have left them. Everything follows from the row's number by hashing, so two
runs make the same shop. A few customers have most of the orders; many have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot.expressions import alias_

from lohko.engine.sql import expression, render
from lohko.engine.store import new_store
from lohko.engine.tables import BEGINNING, END, shape
from lohko.model.orders import DERIVED
from lohko.model.schema import Schema, Type
from lohko.starter import segments_text
from lohko.state import schema as kept
from lohko.state.workspace import Settings, create, open_workspace
from lohko.steps import segments
from lohko.steps.work import silent
from lohko.wiring import open_work

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from sqlalchemy import Connection

SETTINGS = Settings("Europe/Helsinki", "EUR", "FI")
DAYS = 730
LAST_DAY = "2025-12-01"
TODAY, TOMORROW = "2025-12-01", "2025-12-02"


@dataclass(frozen=True)
class Size:
    """How many of everything."""

    customers: int
    orders: int
    lines_per_order: float
    views: int
    carts: int
    received: int
    opened: int
    clicked: int
    refunds: int

    def events(self) -> int:
        """How many events there are in all, about."""
        lines = int(self.orders * self.lines_per_order)
        return self.orders + lines + self.views + self.carts + self.received + self.opened + self.clicked + self.refunds


SIZES = {
    "small": Size(5_000, 15_000, 2.2, 40_000, 6_000, 15_000, 6_000, 1_000, 500),
    "1m": Size(1_000_000, 150_000, 2.2, 325_000, 40_000, 100_000, 40_000, 10_000, 5_000),
    "5m": Size(1_000_000, 750_000, 2.2, 1_625_000, 200_000, 500_000, 200_000, 50_000, 25_000),
    "full": Size(1_000_000, 3_000_000, 2.2, 6_500_000, 800_000, 2_000_000, 800_000, 200_000, 100_000),
    "100m": Size(1_000_000, 14_400_000, 2.2, 31_100_000, 3_800_000, 9_600_000, 3_800_000, 960_000, 480_000),
}
"""By name; 1m, 5m, full and 100m have about 1, 5, 20 and 100 million events of a million customers."""

_EVENTS: dict[str, dict[str, Type]] = {
    **DERIVED,
    "product_view": {"product_id": "text", "brand": "text"},
    "add_to_cart": {"product_id": "text"},
    "email_received": {"campaign": "text"},
    "email_opened": {"campaign": "text"},
    "email_clicked": {"campaign": "text"},
}

# What is known of a customer, from hash(customer, name); one in ten has no value.
_PROFILE: dict[str, tuple[Type, str]] = {
    "city": ("text", "'city ' || CAST(floor(60 * power((h % 1000003) / 1000003.0, 2)) AS INTEGER)"),
    "language": ("text", "CASE WHEN h % 10 < 6 THEN 'fi' WHEN h % 10 < 8 THEN 'sv' ELSE 'en' END"),
    "points": ("integer", "CAST(floor(5000 * power((h % 1000003) / 1000003.0, 3)) AS BIGINT)"),
    "joined": ("date", "DATE '2025-11-30' - CAST(h % 3000 AS INTEGER)"),
    "born": ("date", "DATE '2007-12-31' - CAST(h % 25000 AS INTEGER)"),
    "first_name": ("text", "'Name' || CAST(h % 997 AS VARCHAR)"),
    "last_name": ("text", "'Family' || CAST(h % 9973 AS VARCHAR)"),
    "email": ("text", "'c' || person || '@example.test'"),
}
_HELD = """
INSERT INTO __table (person, node, value, fold, valid_from, valid_to, assumed, source, batch)
SELECT person, person, value, CASE WHEN $text THEN lower(CAST(value AS VARCHAR)) END, CAST($beginning AS TIMESTAMP), CAST($end AS TIMESTAMP), true, 'shop', 1
FROM (SELECT person, h, __value FROM (SELECT person, hash(person, CAST($name AS VARCHAR)) AS h FROM person)) WHERE h % 10 <> 7
"""

# Each draw of row i is hash(i, salt) as a share of 1. Customer = N x draw^2.2: the first tenth has a third of the orders.
_ROWS = """
CREATE OR REPLACE TEMP TABLE made AS
WITH drawn AS (
    SELECT i, hash(i, CAST($salt AS VARCHAR)) AS h1, hash(i, CAST($salt AS VARCHAR) || 'when') AS h2, hash(i, CAST($salt AS VARCHAR) || 'what') AS h3
    FROM range(CAST($rows AS BIGINT)) AS t(i)
)
SELECT i, 1 + CAST(floor(CAST($customers AS DOUBLE) * power((h1 % 4294967296) / 4294967296.0, 2.2)) AS INTEGER) AS person,
    CAST($end AS TIMESTAMP) - to_seconds(CAST(h2 % CAST($seconds AS BIGINT) AS BIGINT)) AS "at", h3 AS draw
FROM drawn
"""

_PERSON = "INSERT INTO person SELECT i, uuid_of, true, 'c' || i FROM (SELECT i, CAST(md5('person' || i) AS UUID)::VARCHAR AS uuid_of FROM range(1, CAST(? AS BIGINT) + 1) AS t(i))"
_CONSENT = """
INSERT INTO consent (person, node, purpose, given, effective_at, dated, basis, batch, source)
SELECT person, person, 'email_marketing', hash(person, 'consent') % 10 < 6, TIMESTAMP '2023-01-01', true, 'consent', 1, 'shop' FROM person
"""
_NODE = "INSERT INTO node SELECT person, person, 'shop', 'customer_id', label, person FROM person"

_INSERT = """
INSERT INTO __table (person, node, "at", local_day, local_hour, batch, record, source, order_key, __columns)
SELECT m.person, m.person, m."at", CAST(m."at" + to_seconds(z.seconds) AS DATE), hour(m."at" + to_seconds(z.seconds)),
    1, m.i, 'shop', __key, __values
FROM made AS m ASOF JOIN local_offset AS z ON m."at" >= z.from_utc
"""

_LINES = """
CREATE OR REPLACE TEMP TABLE made AS
SELECT m.i * 10 + n AS i, m.i AS order_number, m.person, m."at", hash(m.i, n) AS draw
FROM made AS m, range(8) AS t(n) WHERE n <= CASE m.draw % 10 WHEN 0 THEN 4 WHEN 1 THEN 3 WHEN 2 THEN 2 WHEN 3 THEN 2 WHEN 4 THEN 1 ELSE CAST(m.draw % 10 < 8 AS INTEGER) END
"""

_VALUES: dict[str, dict[str, str]] = {
    "order": {
        "order_id": "'A' || m.i",
        "total": "CASE WHEN m.draw % 100 = 0 THEN 0 ELSE CAST(5 + (m.draw % 40000) / 100.0 * ((m.draw // 7) % 3) AS DECIMAL(18,4)) END",
        "quantity": "1 + m.draw % 6",
        "lines": "1 + m.draw % 4",
        "discount": "CASE WHEN m.draw % 6 = 0 THEN CAST((m.draw % 1000) / 100.0 AS DECIMAL(18,4)) ELSE 0 END",
        "currency": "'EUR'",
    },
    "order_line": {
        "order_id": "'A' || m.order_number",
        "quantity": "1 + m.draw % 4",
        "total": "CAST(1 + (m.draw % 9000) / 100.0 AS DECIMAL(18,4))",
    },
    "refund": {"order_id": "'A' || m.i", "total": "CAST(5 + (m.draw % 5000) / 100.0 AS DECIMAL(18,4))"},
    "product_view": {"product_id": "'P' || m.draw % 5000", "brand": "'brand ' || m.draw % 60"},
    "add_to_cart": {"product_id": "'P' || m.draw % 5000"},
    "email_received": {"campaign": "'week ' || m.draw % 104"},
    "email_opened": {"campaign": "'week ' || m.draw % 104"},
    "email_clicked": {"campaign": "'week ' || m.draw % 104"},
}


def make_shop(path: Path, size: Size, last_day: str = LAST_DAY) -> int:
    """A workspace whose store holds the shop up to a day, with the ready-made segments applied; how many events it has."""
    folder = create(path, SETTINGS)
    _, state, _ = open_workspace(path)
    with state.begin() as connection:
        schema = _schema(connection)
    state.dispose()
    with new_store(folder.store, [folder.landing, folder.ledger], SETTINGS.zone) as store:
        shape(store, schema)
        store.execute(_PERSON, [size.customers])
        store.execute(_NODE)
        store.execute(_CONSENT)
        for name, (kind, text) in _PROFILE.items():
            held = render(_HELD, {"__table": schema.attribute(name).table}, {"__value": [alias_(expression(text), "value")]})
            store.execute(held, {"name": name, "text": kind == "text", "beginning": BEGINNING, "end": END})
        _fill(store, schema, size, last_day)
        counts = [store.table(event.table).count("*").fetchall()[0][0] for event in schema.events.values()]
    with open_work(path, silent) as work:
        segments.apply(work, silent, files={name: text for name, text, _ in segments_text()})
    return sum(counts)


def _schema(connection: Connection) -> Schema:
    for name, properties in _EVENTS.items():
        number, _ = kept.ensure_event(connection, name)
        for item, kind in properties.items():
            kept.ensure_property(connection, number, item, kind)
    for name, (kind, _) in _PROFILE.items():
        kept.ensure_attribute(connection, name, kind)
    return kept.read_schema(connection)


def _fill(store: DuckDBPyConnection, schema: Schema, size: Size, last_day: str) -> None:
    plan = {
        "order": size.orders,
        "refund": size.refunds,
        "product_view": size.views,
        "add_to_cart": size.carts,
        "email_received": size.received,
        "email_opened": size.opened,
        "email_clicked": size.clicked,
    }
    for name, rows in plan.items():
        _make(store, name, rows, size.customers, last_day)
        _insert(store, schema, name)
        if name == "order":
            store.execute(_LINES)
            _insert(store, schema, "order_line")
    store.execute("DROP TABLE made")


def _make(store: DuckDBPyConnection, name: str, rows: int, customers: int, last_day: str) -> None:
    end = f"{last_day} 21:59:59"  # the end of the last day in Helsinki
    store.execute(_ROWS, {"salt": name, "rows": rows, "customers": customers, "end": end, "seconds": DAYS * 86400})


def _insert(store: DuckDBPyConnection, schema: Schema, name: str) -> None:
    from lohko.engine.sql import column

    event, columns, values = schema.event(name), [], []
    for item, text in _VALUES[name].items():
        found = event.property(item)
        columns.append(column(found.column))
        values.append(expression(text))
        if found.type == "text":
            columns.append(column(found.fold_column))
            values.append(expression(f"lower({text})"))
    key = expression("NULL" if name.startswith(("product", "add", "email")) else "'i' || m.i")
    store.execute(render(_INSERT, {"__table": event.table}, {"__columns": columns, "__values": values, "__key": [key]}))
