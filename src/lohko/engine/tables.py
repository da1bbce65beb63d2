"""The tables of the analytical store: the fixed ones, and those that follow the schema.

Times are naive UTC. Sentinels stand for "since ever" and "until further notice".
"""

from __future__ import annotations

import hashlib

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.intervals import make_intervals
from lohko.engine.sql import column, expression, render
from lohko.engine.text_sets import cut_texts
from lohko.model.account import DEAL, FROM_DEALS
from lohko.model.orders import ORDER, ORDER_LINE
from lohko.model.schema import TEXTUAL, Attribute, EventType, Property, Schema, Type

BEGINNING = "0001-01-01 00:00:00"
END = "9999-12-31 00:00:00"

SQL_TYPES: dict[Type, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(28,10)",
    "money": "DECIMAL(18,4)",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIMESTAMP",
    "text_set": "VARCHAR[]",
}

_ROW_COLUMNS = """order_key VARCHAR, source VARCHAR, order_id VARCHAR, order_fold VARCHAR, node INTEGER,
    "at" TIMESTAMP, digest UUID,
    amount DECIMAL(18,4), quantity DECIMAL(28,10), cancelled BOOLEAN, refunded DECIMAL(18,4), batch INTEGER, record BIGINT"""

FIXED = (
    "CREATE TABLE store_layout (layout VARCHAR)",
    "CREATE TABLE loaded_batch (batch INTEGER, manifest VARCHAR)",
    "CREATE TABLE loaded_run (run INTEGER, sha256 VARCHAR)",
    "CREATE TABLE loaded_past (segment VARCHAR, sha256 VARCHAR)",
    "CREATE TABLE person (person INTEGER, person_id VARCHAR, living BOOLEAN, label VARCHAR)",
    # `own` is the person that was allocated with the node, `person` the one that it belongs to by now.
    "CREATE TABLE node (node INTEGER, person INTEGER, source VARCHAR, kind VARCHAR, value VARCHAR, own INTEGER)",
    """CREATE TABLE link (node INTEGER, person INTEGER, before INTEGER, cause VARCHAR, how VARCHAR, "by" VARCHAR, other INTEGER,
        batch INTEGER)""",
    "CREATE TABLE survivorship (attribute VARCHAR, rule VARCHAR, sources VARCHAR[], batch INTEGER)",
    "CREATE TABLE local_offset (from_utc TIMESTAMP, seconds INTEGER)",
    "CREATE TABLE batch_person (batch INTEGER, person INTEGER)",
    "CREATE TABLE customer_row (node INTEGER, digest VARCHAR, batch INTEGER, record BIGINT)",
    """CREATE TABLE place (postcode VARCHAR, name VARCHAR, municipality_code VARCHAR, municipality VARCHAR, municipality_f VARCHAR,
        municipality_sv VARCHAR, region VARCHAR, region_f VARCHAR)""",
    "CREATE TABLE account (account INTEGER, name VARCHAR, batch INTEGER)",
    # What accounts bear, as folds: ids (of a source), business ids, domains, names.
    "CREATE TABLE account_name (account INTEGER, kind VARCHAR, source VARCHAR, value VARCHAR, fold VARCHAR)",
    "CREATE TABLE account_row (account INTEGER, source VARCHAR, account_key VARCHAR, digest VARCHAR, batch INTEGER, record BIGINT)",
    """CREATE TABLE deal_row (deal_key VARCHAR, source VARCHAR, account_key VARCHAR, account INTEGER, node INTEGER, created TIMESTAMP,
        closed TIMESTAMP, said TIMESTAMP, digest VARCHAR, batch INTEGER, record BIGINT)""",
    # The list of those who are no customers, and the records that are set aside: whose people do not live (engine/not_customers.py).
    "CREATE TABLE not_customer (kind VARCHAR, value VARCHAR, source VARCHAR, reason VARCHAR, batch INTEGER)",
    "CREATE TABLE set_aside (node INTEGER, why VARCHAR, reason VARCHAR)",
    f"CREATE TABLE line_row ({_ROW_COLUMNS})",
    f"CREATE TABLE header_row ({_ROW_COLUMNS})",
    # `whole` is what is about the person as such; from `role` on it follows from what the record and the accounts are (engine/consents.py), and
    # `dated` from `date_of` (the statement's own date, that of its row, none) and from all that the record said of the purpose.
    """CREATE TABLE consent (person INTEGER, node INTEGER, purpose VARCHAR, given BOOLEAN, effective_at TIMESTAMP,
        dated BOOLEAN, basis VARCHAR, batch INTEGER, source VARCHAR, wording VARCHAR, proof VARCHAR, whole BOOLEAN,
        role VARCHAR, account INTEGER, places VARCHAR[], date_of VARCHAR)""",
    # Files that are about no person: products as they were from when, and what advertising cost by day and campaign (engine/listed.py).
    """CREATE TABLE product_row (source VARCHAR, sku VARCHAR, sku_fold VARCHAR, name VARCHAR, category VARCHAR, brand VARCHAR,
        supplier VARCHAR, unit VARCHAR, cost DECIMAL(18,4), price DECIMAL(18,4), vat_rate DECIMAL(28,10), valid_from TIMESTAMP,
        extra VARCHAR, digest VARCHAR, batch INTEGER, record BIGINT)""",
    """CREATE TABLE spend_row (source VARCHAR, row_key VARCHAR, "day" DATE, spend DECIMAL(18,4), platform VARCHAR, account VARCHAR,
        campaign_id VARCHAR, campaign VARCHAR, ad_group VARCHAR, ad VARCHAR, impressions BIGINT, clicks BIGINT, leads DECIMAL(28,10),
        conversions DECIMAL(28,10), conversion_value DECIMAL(18,4), extra VARCHAR, digest VARCHAR, batch INTEGER, record BIGINT)""",
    # Survey rows without a date are no events; they are remembered, so that they are known the next time (engine/latest.py).
    "CREATE TABLE undated_answer (source VARCHAR, node INTEGER, digest VARCHAR, batch INTEGER, record BIGINT)",
    # Rights of people (engine/rights.py): flags as they were set and lifted, those that hold, and what was corrected by hand.
    'CREATE TABLE person_flag (node INTEGER, flag VARCHAR, holds BOOLEAN, "at" TIMESTAMP, reason VARCHAR, batch INTEGER)',
    "CREATE TABLE flagged (person INTEGER, node INTEGER, flag VARCHAR)",
    'CREATE TABLE corrected (node INTEGER, attribute VARCHAR, was VARCHAR, "at" TIMESTAMP, batch INTEGER)',
    # Messages that are no events or that vouch for whose an id is, and what pages claimed of their visitors (engine/messages.py).
    """CREATE TABLE message_row (person INTEGER, node INTEGER, other INTEGER, previous INTEGER, former INTEGER, "at" TIMESTAMP,
        message_id VARCHAR, digest VARCHAR, source VARCHAR, batch INTEGER, record BIGINT)""",
    'CREATE TABLE claim (person INTEGER, node INTEGER, claimed VARCHAR, "at" TIMESTAMP, batch INTEGER, record BIGINT)',
    """CREATE TABLE membership_change (run INTEGER, segment VARCHAR, version INTEGER, person INTEGER, entered BOOLEAN,
        "at" TIMESTAMP, cause VARCHAR)""",
)

LAYOUT = hashlib.sha256("\n".join((*FIXED, *FROM_DEALS)).encode()).hexdigest()
"""What a store of these tables, and of these figures of deals, is marked with: one that was made for others is made again."""

_EVENT = """CREATE TABLE IF NOT EXISTS __table (person INTEGER, node INTEGER, "at" TIMESTAMP, local_day DATE,
    local_hour TINYINT, batch INTEGER, record BIGINT, source VARCHAR, message_id VARCHAR, digest VARCHAR, order_key VARCHAR)"""
_OBSERVED = """CREATE TABLE IF NOT EXISTS __table (node INTEGER, value VARCHAR, fold VARCHAR, "at" TIMESTAMP,
    timeless BOOLEAN, batch INTEGER)"""
_INTERVALS = """CREATE TABLE IF NOT EXISTS __table (person INTEGER, node INTEGER, value VARCHAR, fold VARCHAR,
    valid_from TIMESTAMP, valid_to TIMESTAMP, assumed BOOLEAN, source VARCHAR, batch INTEGER)"""


def observed_table(attribute: Attribute) -> str:
    """Where the values of an attribute stand as they were seen; the attribute's own table is made from it."""
    return f"o_{attribute.table}"


def shape(cursor: DuckDBPyConnection, schema: Schema) -> None:
    """Make tables and columns follow the schema: new ones added, narrower ones widened."""
    have = _columns(cursor)
    there = {table for table, _ in have}
    for event in schema.events.values():
        if event.table not in there:
            cursor.execute(render(_EVENT, {"__table": event.table}))
        _shape_columns(cursor, event.table, event, have)
    for base, name in (("line_row", ORDER_LINE), ("header_row", ORDER), ("deal_row", DEAL)):
        if name in schema.events:
            _shape_columns(cursor, base, schema.events[name], have)
    for attribute in schema.attributes.values():
        if not attribute.trait:
            _shape_attribute(cursor, attribute, have)


def _columns(cursor: DuckDBPyConnection) -> dict[tuple[str, str], str]:
    rows = cursor.execute("SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal").fetchall()
    return {(table, name): kind for table, name, kind in rows}


def _shape_columns(cursor: DuckDBPyConnection, table: str, event: EventType, have: dict[tuple[str, str], str]) -> None:
    for item in event.properties.values():
        wished = SQL_TYPES[item.type]
        if (table, item.column) not in have:
            _add(cursor, table, item.column, wished)
        elif have[table, item.column] != wished:
            retype(cursor, table, item.column, have[table, item.column], wished)
        if item.type not in TEXTUAL:
            continue
        if (table, item.fold_column) not in have:
            _add(cursor, table, item.fold_column, wished)
            if (table, item.column) in have:
                _fill_fold(cursor, table, item)
        elif have[table, item.fold_column] != wished:
            retype(cursor, table, item.fold_column, have[table, item.fold_column], wished)


def _add(cursor: DuckDBPyConnection, table: str, name: str, kind: str) -> None:
    tree = exp.Alter(
        this=exp.Table(this=exp.to_identifier(table, quoted=True)),
        kind="TABLE",
        actions=[exp.ColumnDef(this=exp.to_identifier(name, quoted=True), kind=exp.DataType.build(kind, "duckdb"))],
    )
    cursor.execute(tree.sql("duckdb"))


def retype(cursor: DuckDBPyConnection, table: str, name: str, before: str, after: str) -> None:
    """Make a column another type, its values with it."""
    action = exp.AlterColumn(
        this=column(name),
        dtype=exp.DataType.build(after, "duckdb"),
        using=cast(column(name), before, after),
    )
    tree = exp.Alter(this=exp.Table(this=exp.to_identifier(table, quoted=True)), kind="TABLE", actions=[action])
    cursor.execute(tree.sql("duckdb"))


def _fill_fold(cursor: DuckDBPyConnection, table: str, item: Property) -> None:
    # What had no fold was no text, so that its letters are plain ones.
    template = "UPDATE __table SET __fold = lower(__value)"
    if item.type == "text_set":
        template = "UPDATE __table SET __fold = list_transform(__value, lambda x: lower(x))"
    cursor.execute(render(template, {"__table": table, "__fold": item.fold_column, "__value": item.column}))


def _shape_attribute(cursor: DuckDBPyConnection, attribute: Attribute, have: dict[tuple[str, str], str]) -> None:
    wished, observed = SQL_TYPES[attribute.type], observed_table(attribute)
    found = have.get((attribute.table, "value"))
    if found is None:
        _make(cursor, observed, _OBSERVED, attribute)
        _make(cursor, attribute.table, _INTERVALS, attribute)
    elif found != wished and attribute.type == "text_set":
        _become_set(cursor, attribute, found)
    elif found != wished:
        for table in (observed, attribute.table):
            retype(cursor, table, "value", found, wished)
            if attribute.type == "text":
                cursor.execute(render("UPDATE __table SET fold = lower(value)", {"__table": table}))


def _make(cursor: DuckDBPyConnection, table: str, template: str, attribute: Attribute) -> None:
    """Make an attribute's table; the fold of a set of texts is a list beside the list."""
    tree = expression(template, {"__table": table})
    types = {"value": SQL_TYPES[attribute.type], "fold": "VARCHAR[]" if attribute.type == "text_set" else "VARCHAR"}
    for item in tree.find_all(exp.ColumnDef):
        if item.name in types:
            item.set("kind", exp.DataType.build(types[item.name], "duckdb"))
    cursor.execute(tree.sql("duckdb"))


_SEEN_SO_FAR = "CREATE OR REPLACE TEMP TABLE seen_so_far AS SELECT node, __text, at, timeless, batch FROM __observed"
_SEEN_AS_SETS = "INSERT INTO __observed SELECT DISTINCT node, __value, __fold, at, timeless, batch FROM seen_so_far"
# As the loader would have: a blank counts only in a list of customers, and only after a value that was known.
_DROP_BLANKS = """
DELETE FROM __observed WHERE value IS NULL AND (batch NOT IN (SELECT batch FROM customer_row UNION SELECT batch FROM corrected) OR NOT EXISTS
    (SELECT 1 FROM __observed AS o WHERE o.node = __observed.node AND o.value IS NOT NULL AND o.batch < __observed.batch))
"""


def _become_set(cursor: DuckDBPyConnection, attribute: Attribute, before: str) -> None:
    """Cut what was seen of an attribute into sets, and make its intervals again: the same as if it had always been one."""
    observed = observed_table(attribute)
    text = cast(column("value"), before, "VARCHAR").as_("said", quoted=True)
    cursor.execute(render(_SEEN_SO_FAR, {"__observed": observed}, {"__text": [text]}))
    for table, template in ((observed, _OBSERVED), (attribute.table, _INTERVALS)):
        cursor.execute(render("DROP TABLE __table", {"__table": table}))
        _make(cursor, table, template, attribute)
    value, folded = cut_texts(cursor, "seen_so_far", column("said"))
    cursor.execute(render(_SEEN_AS_SETS, {"__observed": observed}, {"__value": [value], "__fold": [folded]}))
    cursor.execute(render(_DROP_BLANKS, {"__observed": observed}))
    make_intervals(cursor, [(observed, attribute.table)], observed)


def cast(value: exp.Expr, before: str, after: str) -> exp.Expr:
    """A value as another SQL type; decimals become text as people write them: 5, not 5.0000000000. A list is of the one value."""
    if before == after:
        return value
    if after == "VARCHAR[]":
        return expression(
            "CASE WHEN NOT __value IS NULL THEN [__text] END", nodes={"__value": value, "__text": cast(value, before, "VARCHAR")}
        )
    if after == "VARCHAR" and before.startswith("DECIMAL"):
        return expression("rtrim(rtrim(CAST(__value AS VARCHAR), '0'), '.')", nodes={"__value": value})
    return exp.cast(value.copy(), after, dialect="duckdb")
