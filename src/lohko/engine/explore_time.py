"""Orders along time: cohorts by first purchase, and measures per day, week, month, quarter or year.

What is counted are orders with a total above 0 before an instant, of the people in
the temporary table `member`; days are those of the workspace. Revenue is net of the refunds of its time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from duckdb import DuckDBPyConnection

from lohko.base.times import naive
from lohko.engine.sql import render
from lohko.model.orders import ORDER, REFUND
from lohko.model.schema import Schema

Unit = Literal["day", "week", "month", "quarter", "year"]

_BOUGHT = """
CREATE OR REPLACE TEMP TABLE explore_bought AS
SELECT o.person, CAST(date_trunc(CAST(? AS VARCHAR), o.local_day) AS DATE) AS period, count(*) AS orders, sum(o.__total) AS amount
FROM __order AS o JOIN member AS m ON m.person = o.person WHERE o.__total > 0 AND o."at" < CAST(? AS TIMESTAMP) GROUP BY 1, 2
"""
_COHORTS = """
WITH first AS (SELECT person, min(period) AS cohort FROM explore_bought GROUP BY person)
SELECT f.cohort, b.period, count(*) FROM explore_bought AS b JOIN first AS f ON f.person = b.person GROUP BY 1, 2
"""
_TREND = """
WITH first AS (SELECT person, min(period) AS cohort FROM explore_bought GROUP BY person)
SELECT b.period, CAST(sum(b.orders) AS BIGINT), count(*), count(*) FILTER (WHERE f.cohort = b.period), sum(b.amount)
FROM explore_bought AS b JOIN first AS f ON f.person = b.person GROUP BY 1
"""
_RETURNED = """
SELECT CAST(date_trunc(CAST(? AS VARCHAR), r.local_day) AS DATE), sum(r.__total) FROM __refund AS r JOIN member AS m ON m.person = r.person
WHERE r.__total > 0 AND r."at" < CAST(? AS TIMESTAMP) GROUP BY 1
"""


@dataclass(frozen=True)
class Bought:
    """One period: orders, those who bought, those of them who never had before, and revenue."""

    orders: int = 0
    buyers: int = 0
    new: int = 0
    revenue: Decimal = Decimal(0)


def take_bought(cursor: DuckDBPyConnection, schema: Schema, as_of: dt.datetime, unit: Unit) -> bool:
    """Make the temporary table of who bought in which period; False when the workspace knows no orders."""
    if ORDER not in schema.events:
        return False
    order = schema.event(ORDER)
    names = {"__order": order.table, "__total": order.property("total").column}
    cursor.execute(render(_BOUGHT, names), [unit, naive(as_of)])
    return True


def cohorts(cursor: DuckDBPyConnection) -> dict[tuple[dt.date, dt.date], int]:
    """How many people whose first purchase was in one period bought in another. Needs `take_bought`."""
    return {(cohort, period): people for cohort, period, people in cursor.execute(_COHORTS).fetchall()}


def bought_by_period(cursor: DuckDBPyConnection, schema: Schema, as_of: dt.datetime, unit: Unit) -> dict[dt.date, Bought]:
    """Every period that has any. Needs `take_bought`."""
    found = {period: Bought(orders, buyers, new, amount) for period, orders, buyers, new, amount in cursor.execute(_TREND).fetchall()}
    if REFUND not in schema.events:
        return found
    refund = schema.event(REFUND)
    sql = render(_RETURNED, {"__refund": refund.table, "__total": refund.property("total").column})
    for period, amount in cursor.execute(sql, [unit, naive(as_of)]).fetchall():
        had = found.get(period, Bought())
        found[period] = Bought(had.orders, had.buyers, had.new, had.revenue - amount)
    return found
