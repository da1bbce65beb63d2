"""RFM as a table of the run: `trait_rfm(person, recency_days, frequency, monetary, rfm_r, rfm_f, rfm_m, rfm_score, rfm_group)`.

Score = 1 + (5 x number strictly worse) // n, in integers, by value and running
sums: equal values always score equal, whatever the order of the rows.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection

from lohko.base.times import back
from lohko.engine.compile import naive
from lohko.engine.sql import render
from lohko.model.condition import Span
from lohko.model.orders import ORDER, REFUND
from lohko.model.rfm_map import DEFAULT_MAP
from lohko.model.schema import Schema

Refunds = Literal["net", "ignore"]


@dataclass(frozen=True)
class RfmOptions:
    """How RFM is counted: refunds taken off or not, and over which time (None: ever)."""

    refunds: Refunds = "net"
    window: Span | None = None


_EMPTY = """
CREATE OR REPLACE TEMP TABLE trait_rfm AS SELECT person, CAST(NULL AS BIGINT) AS recency_days, CAST(NULL AS BIGINT) AS frequency,
    CAST(NULL AS DECIMAL(18,4)) AS monetary, CAST(NULL AS BIGINT) AS rfm_r, CAST(NULL AS BIGINT) AS rfm_f, CAST(NULL AS BIGINT) AS rfm_m,
    CAST(NULL AS VARCHAR) AS rfm_score, 'prospects' AS rfm_group FROM person WHERE living
"""

_BUYERS = """
CREATE OR REPLACE TEMP TABLE buyer AS
WITH bought AS (
    SELECT o.person, max("at") AS last_at, count(*) AS frequency, sum(o.__total) AS amount
    FROM __order AS o JOIN person AS p ON p.person = o.person AND p.living
    WHERE o.__total > 0 AND "at" < CAST($as_of AS TIMESTAMP) AND "at" >= CAST($since AS TIMESTAMP) GROUP BY o.person
), returned AS (
    SELECT person, sum(__refunded) AS amount FROM __refund
    WHERE NOT person IS NULL AND "at" < CAST($as_of AS TIMESTAMP) AND "at" >= CAST($since AS TIMESTAMP) GROUP BY person
)
SELECT b.person, epoch_us(CAST($as_of AS TIMESTAMP) - b.last_at) // 86400000000 AS recency_days, b.frequency,
    CAST(b.amount - CASE WHEN $net THEN coalesce(r.amount, 0) ELSE 0 END AS DECIMAL(18,4)) AS monetary
FROM bought AS b LEFT JOIN returned AS r ON r.person = b.person
"""

_SCORED = """
CREATE OR REPLACE TEMP TABLE trait_rfm AS
WITH n AS (SELECT count(*) AS n FROM buyer),
r AS (SELECT recency_days AS v, 1 + (5 * (sum(count(*)) OVER (ORDER BY recency_days DESC) - count(*))) // (SELECT n FROM n) AS score FROM buyer GROUP BY recency_days),
f AS (SELECT frequency AS v, 1 + (5 * (sum(count(*)) OVER (ORDER BY frequency) - count(*))) // (SELECT n FROM n) AS score FROM buyer GROUP BY frequency),
m AS (SELECT monetary AS v, 1 + (5 * (sum(count(*)) OVER (ORDER BY monetary) - count(*))) // (SELECT n FROM n) AS score FROM buyer GROUP BY monetary),
scored AS (
    SELECT b.person, CAST(b.recency_days AS BIGINT) AS recency_days, CAST(b.frequency AS BIGINT) AS frequency, b.monetary,
        CAST(r.score AS BIGINT) AS rfm_r, CAST(f.score AS BIGINT) AS rfm_f, CAST(m.score AS BIGINT) AS rfm_m
    FROM buyer AS b JOIN r ON r.v = b.recency_days JOIN f ON f.v = b.frequency JOIN m ON m.v = b.monetary
)
SELECT s.*, concat(s.rfm_r, s.rfm_f, s.rfm_m) AS rfm_score, CAST($groups AS VARCHAR[])[list_position(CAST($cells AS VARCHAR[]), concat(s.rfm_r, s.rfm_f, s.rfm_m))] AS rfm_group FROM scored AS s
UNION ALL BY NAME SELECT person, 'prospects' AS rfm_group FROM person WHERE living AND NOT person IN (SELECT person FROM buyer)
"""


def make_rfm(cursor: DuckDBPyConnection, schema: Schema, as_of: dt.datetime, zone: ZoneInfo, options: RfmOptions) -> None:
    """Fill the temporary table `trait_rfm` for an instant."""
    if ORDER not in schema.events:
        cursor.execute(render(_EMPTY))
        return
    order, refund = schema.event(ORDER), schema.event(REFUND)
    since = naive(back(as_of, options.window.n, options.window.unit, zone)) if options.window else dt.datetime(1, 1, 1)
    names = {
        "__order": order.table,
        "__refund": refund.table,
        "__total": order.property("total").column,
        "__refunded": refund.property("total").column,
    }
    cursor.execute(render(_BUYERS, names), {"as_of": naive(as_of), "since": since, "net": options.refunds == "net"})
    cursor.execute(_SCORED, {"cells": list(DEFAULT_MAP), "groups": list(DEFAULT_MAP.values())})
