"""Files that are about no person: products, and what advertising cost per day and campaign.

A product's row holds from its date until a later row of the same number. Where the file has no
date, the first row of a product holds from ever, and a later one from when it was received; an advertising row takes the place of the earlier one of the same day and
campaign, since platforms correct their figures for some days.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.orders import derive
from lohko.engine.sql import column, expression, render
from lohko.engine.tables import SQL_TYPES, cast
from lohko.model.orders import ORDER_LINE
from lohko.model.schema import Type

if TYPE_CHECKING:
    from lohko.engine.load import Batch, StagedColumn
    from lohko.model.schema import Schema

PRODUCT: dict[str, Type] = {
    "name": "text", "category": "text", "brand": "text", "supplier": "text", "unit": "text", "cost": "money", "price": "money", "vat_rate": "decimal",
}  # fmt: skip
"""What is known of a product beside its number (`sku`): the columns of the table `product_row`."""
SPEND: dict[str, Type] = {
    "platform": "text", "account": "text", "campaign_id": "text", "campaign": "text", "ad_group": "text", "ad": "text",
    "impressions": "integer", "clicks": "integer", "leads": "decimal", "conversions": "decimal", "conversion_value": "money",
}  # fmt: skip
"""What is known of an advertising row beside its day and what was spent: the columns of the table `spend_row`."""

KNOWN_ROWS = """
CREATE OR REPLACE TEMP TABLE verdict AS
WITH known AS (
    SELECT __key AS k, max_by(digest, batch * 1000000000000 + record) AS digest FROM __table WHERE source = ? GROUP BY __key
)
SELECT s.record, CASE
    WHEN k.digest = s.digest OR row_number() OVER (PARTITION BY s.message_id, s.digest ORDER BY s.record) > 1 THEN 'duplicate' ELSE 'new'
    END AS what
FROM incoming AS s LEFT JOIN known AS k ON k.k = s.message_id
"""
"""Which rows say something new: of one number (or day and campaign) the last row known is what counts."""
KEYS = {"products": ("product_row", "sku"), "ad-spend": ("spend_row", "row_key")}
"""By kind of file: its table, and the column that says which rows are about the same thing."""

_PRODUCTS = """
INSERT INTO product_row (source, sku, sku_fold, valid_from, extra, digest, batch, record, __columns)
SELECT CAST(? AS VARCHAR), message_id, __fold, coalesce("at", k.received, TIMESTAMP '0001-01-01 00:00:00'), __extra, digest, CAST(? AS INTEGER), record, __values
FROM staged LEFT JOIN (SELECT sku AS k, CAST(? AS TIMESTAMP) AS received FROM product_row WHERE source = ? GROUP BY sku) AS k ON k.k = message_id
"""
_REPLACED = "DELETE FROM spend_row WHERE source = ? AND row_key IN (SELECT message_id FROM staged)"
_SPEND = """
INSERT INTO spend_row (source, row_key, "day", spend, extra, digest, batch, record, __columns)
SELECT CAST(? AS VARCHAR), s.message_id, CAST(s.at + to_seconds(z.seconds) AS DATE), s.amount, __extra, s.digest, CAST(? AS INTEGER), s.record, __values
FROM staged AS s ASOF LEFT JOIN local_offset AS z ON s.at >= z.from_utc
"""


_TOUCHED = """
CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT order_key FROM line_row
WHERE __product IN (SELECT sku_fold FROM product_row WHERE batch = CAST(? AS INTEGER) AND NOT cost IS NULL)
"""
_PEOPLE_TOUCHED = """
INSERT INTO batch_person SELECT DISTINCT CAST(? AS INTEGER), n.person FROM line_row AS l JOIN node AS n ON n.node = l.node
WHERE l.order_key IN (SELECT order_key FROM touched)
"""


def load_products(cursor: DuckDBPyConnection, batch: Batch, schema: Schema, currency: str) -> None:
    """Every row of a product is kept, so that what it cost then is not lost; orders of it get their margins by what it cost at their time."""
    columns, values, extra = _given(batch, PRODUCT)
    fold = next((column(item.fold_column) for item in batch.columns if item.name == "sku"), expression("lower(message_id)"))
    sql = render(_PRODUCTS, lists={"__columns": columns, "__values": values, "__extra": [extra], "__fold": [fold]})
    received = batch.received_at.astimezone(dt.UTC).replace(tzinfo=None)
    cursor.execute(sql, [batch.source, batch.number, received, batch.source])
    line = schema.events.get(ORDER_LINE)
    product = line.properties.get("product_id") if line is not None else None
    if product is not None and product.type == "text":
        cursor.execute(render(_TOUCHED, {"__product": product.fold_column}), [batch.number])
        cursor.execute(_PEOPLE_TOUCHED, [batch.number])
        derive(cursor, schema, currency)


def load_spend(cursor: DuckDBPyConnection, batch: Batch, _schema: Schema, _currency: str) -> None:
    """The file's rows take the place of those of the same day, campaign and breakdown."""
    cursor.execute(_REPLACED, [batch.source])
    columns, values, extra = _given(batch, SPEND)
    sql = render(_SPEND, lists={"__columns": columns, "__values": values, "__extra": [extra]})
    cursor.execute(sql, [batch.source, batch.number])


def _given(batch: Batch, types: dict[str, Type]) -> tuple[list[exp.Expr], list[exp.Expr], exp.Expr]:
    """The table's columns that the file has, their values, and a JSON object of the columns that the table lacks."""
    columns: list[exp.Expr] = []
    values: list[exp.Expr] = []
    others: list[StagedColumn] = []
    for item in batch.columns:
        if item.name in types and item.role != "consent":
            columns.append(column(item.name))
            values.append(cast(column(item.column), item.sql_type, SQL_TYPES[types[item.name]]))
        elif item.name != "sku":
            others.append(item)
    return columns, values, _as_json(others)


def _as_json(others: list[StagedColumn]) -> exp.Expr:
    if not others:
        return exp.cast(exp.Null(), "VARCHAR")
    parts: list[exp.Expr] = []
    for item in others:
        parts += [exp.Literal.string(item.name), cast(column(item.column), item.sql_type, "VARCHAR")]
    return exp.cast(exp.Anonymous(this="json_object", expressions=parts), "VARCHAR")


_LATEST = """
SELECT * FROM product_row WHERE valid_from < CAST(? AS TIMESTAMP)
QUALIFY row_number() OVER (PARTITION BY source, sku_fold ORDER BY valid_from DESC, batch DESC, record DESC) = 1 ORDER BY source, sku
"""


def products_at(cursor: DuckDBPyConnection, instant: Any) -> list[dict[str, Any]]:
    """The products as they were at a (naive UTC) instant, one row a source and number."""
    return _rows(cursor.execute(_LATEST, [instant]))


_TOTALS = """
SELECT __by, count(DISTINCT "day") AS days, sum(spend) AS spend, sum(impressions) AS impressions, sum(clicks) AS clicks,
    sum(leads) AS leads, sum(conversions) AS conversions, sum(conversion_value) AS conversion_value
FROM spend_row WHERE ("day" >= CAST($since AS DATE) OR $since IS NULL) AND ("day" <= CAST($until AS DATE) OR $until IS NULL)
GROUP BY 1 ORDER BY 1
"""
_GROUPS = {
    "platform": "coalesce(platform, source)",
    "campaign": "coalesce(campaign, campaign_id, '')",
    "month": "strftime(\"day\", '%Y-%m')",
    "day": 'CAST("day" AS VARCHAR)',
}
GROUPS = tuple(_GROUPS)
"""By what advertising can be added up."""


def spend_totals(cursor: DuckDBPyConnection, by: str, since: Any, until: Any) -> list[dict[str, Any]]:
    """What was spent between two days, both included, by one of `GROUPS`."""
    sql = render(_TOTALS, lists={"__by": [expression(_GROUPS[by]).as_("group", quoted=True)]})
    return _rows(cursor.execute(sql, {"since": since, "until": until}))


def _rows(found: DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [item[0] for item in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
