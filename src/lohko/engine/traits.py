"""RFM as a table of the run: `trait_rfm(person, recency_days, frequency, monetary, rfm_r, rfm_f, rfm_m, rfm_score, rfm_group)`.

Of earlier instants that rules ask about, the same stands in `trait_rfm_past`, with its `moment`.

Score = 1 + (5 x number strictly worse) // n, in integers: equal values always
score equal, whatever the order of the rows. `maths/rfm.py` says the same in Python.
By the rules the monetary value is revenue or margin. By margin it is the sum of the known ones, and who has none has no row at all.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection

from lohko.base.errors import InputError
from lohko.base.times import back, naive
from lohko.engine.sql import render
from lohko.model.orders import MARGIN, ORDER, REFUND
from lohko.model.schema import NUMERIC, EventType, Schema
from lohko.state.rfm_rules import RfmRules

_SCORES = ("recency_days", "frequency", "monetary")

_EMPTY = """
CREATE OR REPLACE TEMP TABLE __made AS SELECT person, CAST(NULL AS BIGINT) AS recency_days, CAST(NULL AS BIGINT) AS frequency,
    CAST(NULL AS DECIMAL(18,4)) AS monetary, CAST(NULL AS BIGINT) AS rfm_r, CAST(NULL AS BIGINT) AS rfm_f, CAST(NULL AS BIGINT) AS rfm_m,
    CAST(NULL AS VARCHAR) AS rfm_score, 'prospects' AS rfm_group FROM person WHERE living
    AND NOT person IN (SELECT person FROM flagged WHERE flag IN ('no_profiling', 'no_marketing'))
"""

_BUYERS = """
CREATE OR REPLACE TEMP TABLE buyer AS
WITH bought AS (
    SELECT o.person, max("at") AS last_at, count(*) AS frequency, sum(o.__amount) AS amount
    FROM __order AS o
    WHERE NOT o.person IS NULL AND NOT o.person IN (SELECT person FROM person WHERE NOT living)
        AND NOT o.person IN (SELECT person FROM flagged WHERE flag IN ('no_profiling', 'no_marketing')) AND o.__total > 0 AND "at" < CAST($as_of AS TIMESTAMP) AND "at" >= CAST($since AS TIMESTAMP) GROUP BY o.person
), returned AS (
    SELECT person, sum(__refunded) AS amount FROM __refund
    WHERE NOT person IS NULL AND "at" < CAST($as_of AS TIMESTAMP) AND "at" >= CAST($since AS TIMESTAMP) GROUP BY person
)
SELECT b.person, epoch_us(CAST($as_of AS TIMESTAMP) - b.last_at) // 86400000000 AS recency_days, b.frequency,
    CAST(b.amount - CASE WHEN $net THEN coalesce(r.amount, 0) ELSE 0 END AS DECIMAL(18,4)) AS monetary
FROM bought AS b LEFT JOIN returned AS r ON r.person = b.person
"""

# Those whose worth is known: all of them, unless it is counted by margin and no order of theirs has one.
_WORTH = "CREATE OR REPLACE TEMP TABLE worth AS SELECT * FROM buyer WHERE NOT monetary IS NULL"

# Relative scores: by value and running sums, so that equal values share one score.
_RELATIVE = """
CREATE OR REPLACE TEMP TABLE scored AS
WITH n AS (SELECT count(*) AS n FROM worth),
r AS (SELECT recency_days AS v, 1 + (5 * (sum(count(*)) OVER (ORDER BY recency_days DESC) - count(*))) // (SELECT n FROM n) AS score FROM worth GROUP BY recency_days),
f AS (SELECT frequency AS v, 1 + (5 * (sum(count(*)) OVER (ORDER BY frequency) - count(*))) // (SELECT n FROM n) AS score FROM worth GROUP BY frequency),
m AS (SELECT monetary AS v, 1 + (5 * (sum(count(*)) OVER (ORDER BY monetary) - count(*))) // (SELECT n FROM n) AS score FROM worth GROUP BY monetary)
SELECT b.*, r.score AS r, f.score AS f, m.score AS m
FROM worth AS b JOIN r ON r.v = b.recency_days JOIN f ON f.v = b.frequency JOIN m ON m.v = b.monetary
"""

_BY_CUTS = """
CREATE OR REPLACE TEMP TABLE scored AS
SELECT *, 5 - len(list_filter(CAST($recency_days AS DECIMAL(38,10)[]), lambda x: x <= recency_days)) AS r,
    1 + len(list_filter(CAST($frequency AS DECIMAL(38,10)[]), lambda x: x <= frequency)) AS f,
    1 + len(list_filter(CAST($monetary AS DECIMAL(38,10)[]), lambda x: x <= monetary)) AS m FROM worth
"""

_GROUPED = """
CREATE OR REPLACE TEMP TABLE __made AS
WITH cell AS (SELECT unnest(CAST($cells AS VARCHAR[])) AS score, unnest(CAST($groups AS VARCHAR[])) AS name)
SELECT s.person, CAST(s.recency_days AS BIGINT) AS recency_days, CAST(s.frequency AS BIGINT) AS frequency, s.monetary,
    CAST(s.r AS BIGINT) AS rfm_r, CAST(s.f AS BIGINT) AS rfm_f, CAST(s.m AS BIGINT) AS rfm_m, c.score AS rfm_score, c.name AS rfm_group
FROM scored AS s LEFT JOIN cell AS c ON CAST(c.score AS INTEGER) = CAST(100 * s.r + 10 * s.f + s.m AS INTEGER)
UNION ALL BY NAME SELECT person, 'prospects' AS rfm_group FROM person WHERE living AND NOT person IN (SELECT person FROM buyer)
    AND NOT person IN (SELECT person FROM flagged WHERE flag IN ('no_profiling', 'no_marketing'))
"""


_PAST = "CREATE TEMP TABLE IF NOT EXISTS trait_rfm_past AS SELECT CAST(NULL AS TIMESTAMP) AS moment, m.* FROM trait_rfm_made AS m LIMIT 0"
_KEEP = "INSERT INTO trait_rfm_past SELECT CAST(? AS TIMESTAMP), m.* FROM trait_rfm_made AS m"


def forget_past_rfm(cursor: DuckDBPyConnection) -> None:
    """Drop what an earlier run with the same connection made of earlier instants."""
    cursor.execute("DROP TABLE IF EXISTS temp.trait_rfm_past")


def make_past_rfm(cursor: DuckDBPyConnection, schema: Schema, moment: dt.datetime, zone: ZoneInfo, rules: RfmRules) -> None:
    """Add RFM as it was at an earlier instant to the temporary table `trait_rfm_past`."""
    make_rfm(cursor, schema, moment, zone, rules, table="trait_rfm_made")
    cursor.execute(_PAST)
    cursor.execute(_KEEP, [naive(moment)])


def make_rfm(
    cursor: DuckDBPyConnection, schema: Schema, as_of: dt.datetime, zone: ZoneInfo, rules: RfmRules, *, table: str = "trait_rfm"
) -> None:
    """Fill the temporary table `trait_rfm` for an instant."""
    if ORDER not in schema.events:
        cursor.execute(render(_EMPTY, {"__made": table}))
        return
    order, refund = schema.event(ORDER), schema.event(REFUND)
    since = naive(back(as_of, rules.window.n, rules.window.unit, zone)) if rules.window else dt.datetime(1, 1, 1)
    names = {"__order": order.table, "__refund": refund.table, "__total": order.property("total").column}
    names |= {"__amount": _worth_of(order, rules), "__refunded": _worth_of(refund, rules)}
    cursor.execute(render(_BUYERS, names), {"as_of": naive(as_of), "since": since, "net": rules.refunds == "net"})
    cursor.execute(_WORTH)
    if rules.cuts is None:
        cursor.execute(_RELATIVE)
    else:
        cursor.execute(_BY_CUTS, {name: [Decimal(str(limit)) for limit in getattr(rules.cuts, name)] for name in _SCORES})
    cursor.execute(render(_GROUPED, {"__made": table}), {"cells": list(rules.cells), "groups": list(rules.cells.values())})


def _worth_of(event: EventType, rules: RfmRules) -> str:
    """The column of what an order, or a refund, is worth by the rules; InputError where nothing tells margins."""
    if rules.value == "revenue":
        return event.property("total").column
    found = event.properties.get(MARGIN)
    if found is None or found.type not in NUMERIC:
        raise InputError(
            "no_margins",
            "Value is counted by margin, and nothing tells what goods cost.",
            hint="import products with their cost, or order lines with a unit cost; or count it by revenue.",
        )
    return found.column
