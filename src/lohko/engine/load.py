"""The one loader: an archived batch becomes rows of the analytical store, in one transaction.

What it makes depends on nothing but the archive, the state and the batches
before it, so loading again gives the same tables.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import cast as typed

import numpy as np
from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine import consents
from lohko.engine.accounts import follow_schema, load_accounts
from lohko.engine.attributes import any_corrected, see_attribute
from lohko.engine.deals import load_deals
from lohko.engine.intervals import make_intervals
from lohko.engine.latest import replacing, surveyed
from lohko.engine.links import load_links
from lohko.engine.listed import load_products, load_spend
from lohko.engine.messages import load_told
from lohko.engine.not_customers import load_not_customers, settle
from lohko.engine.orders import derive
from lohko.engine.places import load_places, load_postcodes
from lohko.engine.rights import load_correction, load_flags, load_nothing
from lohko.engine.sql import column, expression, render, view_of_file
from lohko.engine.store import whole
from lohko.engine.survivorship import load_survivorship
from lohko.engine.tables import SQL_TYPES, cast, observed_table, shape
from lohko.engine.text_sets import cut_texts
from lohko.model.orders import DERIVED, ORDER, ORDER_LINE
from lohko.model.schema import TEXTUAL, Attribute, EventType, Schema, Type
from lohko.state.people import Node, NodeRow


@dataclass(frozen=True)
class StagedColumn:
    """One column of the archive: where it goes, and as what."""

    column: str
    name: str
    role: str
    type: Type
    events: tuple[str, ...] = ()
    whole: bool = False
    """Of a consent, whether a no is of the person as such."""

    @property
    def fold_column(self) -> str:
        """Where a text's fold is in the archive."""
        return f"{self.column}_f"

    @property
    def sql_type(self) -> str:
        """What it is in the archive, which keeps a set of texts as the text that came."""
        return SQL_TYPES["text" if self.type == "text_set" else self.type]


@dataclass(frozen=True)
class Batch:
    """What the loader needs to know of a registered import."""

    number: int
    source: str
    kind: str
    received_at: dt.datetime
    replaces: bool
    columns: tuple[StagedColumn, ...]
    accepted: Path
    manifest: str
    rolled: bool = False
    """Whether it stands for several, which all who ask who was touched since have seen."""


# Rows of one order share a key: by id, else by the customer's instant, else alone.
_KEY = """CASE
    WHEN order_id IS NOT NULL THEN concat('i', chr(31), CAST(? AS VARCHAR), chr(31), order_id)
    WHEN node IS NOT NULL AND CAST(? AS VARCHAR) = 'order-lines' THEN concat('n', chr(31), node, chr(31), epoch_us("at"))
    ELSE concat('r', chr(31), CAST(? AS INTEGER), chr(31), record) END"""

_TOUCHED = "CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT __key FROM staged"

# Whose order it was before has changed too, when it is another person's now.
_OF_WHOM = """
INSERT INTO batch_person SELECT DISTINCT CAST(? AS INTEGER), n.person FROM __table AS r JOIN node AS n ON n.node = r.node
WHERE r.order_key IN (SELECT order_key FROM touched)
"""

_ROWS = """
INSERT INTO __table (order_key, source, order_id, order_fold, node, at, digest, amount, quantity, cancelled, refunded,
    batch, record, __columns)
SELECT __key, CAST(? AS VARCHAR), order_id, __order_fold, node, at, CAST(digest AS UUID), amount, quantity, cancelled, refunded,
    CAST(? AS INTEGER), record, __values
FROM staged
"""

# Offsets are found once per distinct instant: an ordered join of wide rows would sort them all.
_MOMENTS = """
CREATE OR REPLACE TEMP TABLE moment AS SELECT m."at", z.seconds FROM (SELECT DISTINCT "at" FROM staged) AS m
ASOF LEFT JOIN local_offset AS z ON m."at" >= z.from_utc
"""

_EVENTS = """
INSERT INTO __table (person, node, at, local_day, local_hour, batch, record, source, message_id, digest, __columns)
SELECT n.person, s.node, s.at, CAST(s.at + to_seconds(z.seconds) AS DATE), hour(s.at + to_seconds(z.seconds)),
    CAST(? AS INTEGER), s.record, CAST(? AS VARCHAR), s.message_id, s.digest, __values
FROM staged AS s LEFT JOIN node AS n ON n.node = s.node
LEFT JOIN moment AS z ON z."at" = s.at
WHERE s.event = ?
"""


def load_batch(connection: DuckDBPyConnection, batch: Batch, nodes: Iterable[Sequence[NodeRow]], schema: Schema, currency: str) -> None:
    """Bring one batch in. All of it or, when anything fails, nothing."""
    with whole(connection) as cursor:
        shape(cursor, schema)
        follow_schema(cursor, schema)
        cursor.execute(view_of_file("staged", str(batch.accepted)))
        _add_people(cursor, nodes)
        consents.begin(cursor)
        LOADERS[batch.kind](cursor, batch, schema, currency)
        _load_people_columns(cursor, batch, schema)
        if not batch.rolled:
            cursor.execute(
                "INSERT INTO batch_person SELECT DISTINCT CAST(? AS INTEGER), n.person FROM staged AS s JOIN node AS n ON n.node = s.node",
                [batch.number],
            )
        settle(cursor, batch.number, schema)
        cursor.execute("INSERT INTO loaded_batch VALUES (?, ?)", [batch.number, batch.manifest])
        cursor.execute("DROP VIEW staged")


def loaded_batches(connection: DuckDBPyConnection) -> dict[int, str]:
    """The batches that the store holds, in order, with the checksums of their manifests."""
    return dict(connection.cursor().execute("SELECT batch, manifest FROM loaded_batch ORDER BY batch").fetchall())


_NODE_COLUMNS = Node._fields


def _add_people(cursor: DuckDBPyConnection, nodes: Iterable[Sequence[NodeRow]]) -> None:
    for part in nodes:
        node, person, *texts = zip(*part, strict=True)
        arrays: list[Any] = [
            *(np.array(keys, dtype=np.int32) for keys in (node, person)),
            *(np.array(said, dtype=object) for said in texts),
        ]
        cursor.register("new_node", dict(zip(_NODE_COLUMNS, arrays, strict=True)))
        cursor.execute("INSERT INTO node SELECT node, person, source, kind, value, person FROM new_node")
        cursor.execute("INSERT INTO person SELECT person, person_id, true, value FROM new_node")
        cursor.unregister("new_node")


def _load_orders(cursor: DuckDBPyConnection, batch: Batch, schema: Schema, currency: str) -> None:
    key = [batch.source, batch.kind, batch.number]
    cursor.execute(render(_TOUCHED, lists={"__key": [expression(_KEY).as_("order_key")]}), key)
    if batch.replaces:
        for table in ("line_row", "header_row"):
            cursor.execute(render(_OF_WHOM, {"__table": table}), [batch.number])
            cursor.execute(render("DELETE FROM __table WHERE order_key IN (SELECT order_key FROM touched)", {"__table": table}))
    lines = batch.kind == "order-lines"
    event = schema.event(ORDER_LINE if lines else ORDER)
    always = DERIVED[ORDER_LINE if lines else ORDER]
    given = [c for c in batch.columns if (c.role == "property" and c.name not in always) or (c.name == "discount" and not lines)]
    values = _values(cursor, given, event)
    fold = next((c.fold_column for c in batch.columns if c.name == "order_id" and c.type == "text"), None)
    cursor.execute(
        render(
            _ROWS,
            {
                "__table": "line_row" if lines else "header_row",
            },
            {
                "__key": [expression(_KEY)],
                "__columns": [column(name) for name in values],
                "__values": list(values.values()),
                "__order_fold": [column(fold) if fold else exp.Null()],
            },
        ),
        [*key, batch.source, batch.number],
    )
    for _ in pieces_of_touched(cursor):
        derive(cursor, schema, currency)


_MANY_LINES = 4_000_000
_ALL_TOUCHED = "CREATE OR REPLACE TEMP TABLE all_touched AS SELECT * FROM touched"
_PIECE = "CREATE OR REPLACE TEMP TABLE touched AS SELECT * FROM all_touched WHERE hash(order_key) % CAST(? AS UBIGINT) = CAST(? AS UBIGINT)"


def pieces_of_touched(cursor: DuckDBPyConnection) -> Iterator[None]:
    """Leave in `touched` the orders of so many staged rows as can be gathered at once, piece by piece; mostly all of them."""
    many = -(-cursor.execute("SELECT count(*) FROM staged").fetchall()[0][0] // _MANY_LINES)
    if many > 1:
        cursor.execute(_ALL_TOUCHED)
    for place in range(max(many, 1)):
        if many > 1:
            cursor.execute(_PIECE, [many, place])
        yield


def _load_customers(cursor: DuckDBPyConnection, batch: Batch, _schema: Schema, _currency: str) -> None:
    cursor.execute("INSERT INTO customer_row SELECT node, digest, CAST(? AS INTEGER), record FROM staged", [batch.number])


def _load_events(cursor: DuckDBPyConnection, batch: Batch, schema: Schema, _currency: str) -> None:
    cursor.execute(_MOMENTS)
    names = cursor.execute("SELECT DISTINCT event FROM staged WHERE NOT event IS NULL ORDER BY event").fetchall()
    for (name,) in names:
        event = schema.event(name)
        given = [c for c in batch.columns if c.role == "property" and name in c.events]
        values = _values(cursor, given, event)
        cursor.execute(
            render(
                _EVENTS,
                {"__table": event.table},
                {"__columns": [column(target) for target in values], "__values": list(values.values())},
            ),
            [batch.number, batch.source, name],
        )


def _load_messages(cursor: DuckDBPyConnection, batch: Batch, schema: Schema, currency: str) -> None:
    _load_events(cursor, batch, schema, currency)
    load_told(cursor, batch)


def _load_consents(cursor: DuckDBPyConnection, batch: Batch, _schema: Schema, _currency: str) -> None:
    consents.say_by_hand(cursor, batch.number)


Loader = Callable[[DuckDBPyConnection, Batch, Schema, str], None]

LOADERS: dict[str, Loader] = {
    "order-lines": _load_orders,
    "orders": _load_orders,
    "events": _load_events,
    "messages": _load_messages,
    "customers": _load_customers,
    "consent": _load_consents,
    "flags": load_flags,
    "correction": load_correction,
    "erasure": load_nothing,
    "retention": load_nothing,
    "accounts": load_accounts,
    "deals": load_deals,
    "postcodes": load_postcodes,
    "places": load_places,
    "links": load_links,
    "survivorship": load_survivorship,
    "not-customers": load_not_customers,
    "survey": surveyed(_load_events),
    "bookings": replacing(_load_events),
    "tickets": replacing(_load_events),
    "notes": _load_events,
    "leads": _load_events,
    "products": load_products,
    "ad-spend": load_spend,
}
"""What the rows of a batch become, by its kind. A decision by a person or a rule is a batch like a file: data versions, rebuild and caches follow."""


def _values(cursor: DuckDBPyConnection, given: Sequence[StagedColumn], event: EventType) -> dict[str, exp.Expr]:
    """Target column to staged value, cast to the type that the property has by now."""
    values: dict[str, exp.Expr] = {}
    for staged in given:
        target = event.property(staged.name)
        if staged.type == "text_set":
            both = cut_texts(cursor, "staged", column(staged.column), named=f"cut_{staged.column}")
            values[target.column], values[target.fold_column] = both
            continue
        # What a row of events says is one text, whatever signs stand in it: a set of them has that one.
        values[target.column] = cast(column(staged.column), staged.sql_type, SQL_TYPES[target.type])
        if target.type in TEXTUAL:
            values[target.fold_column] = cast(_fold_of(staged), "VARCHAR", SQL_TYPES[target.type])
    return values


def _fold_of(staged: StagedColumn) -> exp.Expr:
    """A staged value's fold; what is no text has plain letters only."""
    if staged.type in TEXTUAL:
        return column(staged.fold_column)
    return exp.func("lower", cast(column(staged.column), staged.sql_type, "VARCHAR"))


def _load_people_columns(cursor: DuckDBPyConnection, batch: Batch, schema: Schema) -> None:
    seen: dict[str, str] = {}
    corrected = any_corrected(cursor)
    for staged in batch.columns:
        if staged.role == "attribute":
            attribute = schema.attribute(staged.name)
            seen[observed_table(attribute)] = attribute.table
            value, fold = _held_as(cursor, staged, attribute)
            see_attribute(
                cursor,
                attribute,
                value,
                fold,
                number=batch.number,
                received_at=batch.received_at,
                says_nothing_by_blank=batch.kind not in ("customers", "correction"),
                corrected=corrected,
            )
        elif staged.role == "consent":
            changed = batch.kind == "customers"
            consents.say(cursor, staged.name, staged.column, batch.number, batch.received_at, whole=staged.whole, when_changed=changed)
    make_intervals(cursor, seen.items(), "staged")
    touched = any(staged.role == "attribute" and staged.name in consents.RELIED_ON for staged in batch.columns)
    consents.write(cursor, schema, touched=touched, all_again=batch.kind in ("accounts", "deals"))


def _held_as(cursor: DuckDBPyConnection, staged: StagedColumn, attribute: Attribute) -> tuple[exp.Expr, exp.Expr]:
    """A staged value as the attribute holds it by now, and its fold."""
    given = column(staged.column)
    if attribute.type == "text_set":
        return cut_texts(cursor, "staged", cast(given, staged.sql_type, "VARCHAR"))
    value = cast(given, staged.sql_type, SQL_TYPES[attribute.type])
    if attribute.type != "text":
        return value, exp.cast(exp.Null(), "VARCHAR")
    return value, _fold_of(staged)


def staged_columns(plan: Iterable[dict[str, Any]]) -> tuple[StagedColumn, ...]:
    """The columns of a batch as its register in `state` describes them."""
    items = list(plan)
    # A header that takes several consents back at once, such as *suoramarkkinointikielto*, prohibits marketing to the person.
    labels = Counter(item.get("label") for item in items if item["role"] == "consent")
    return tuple(
        StagedColumn(
            item["column"],
            item["name"],
            item["role"],
            typed(Type, item["type"]),
            tuple(item.get("events", ())),
            item["role"] == "consent" and item.get("label") is not None and labels[item["label"]] > 1,
        )
        for item in items
    )
