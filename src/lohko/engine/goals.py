"""What a set of people bought in a stretch of time: the numbers that goals are measured by.

What is counted are orders with a total above 0; refunds are those made in the same time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from duckdb import DuckDBPyConnection
from pyroaring import BitMap

from lohko.base.times import naive
from lohko.engine.figures import take_members
from lohko.engine.sql import render
from lohko.model.orders import ORDER, REFUND
from lohko.model.schema import Schema

_ORDERED = """
SELECT count(*), coalesce(sum(n), 0), count(*) FILTER (WHERE n >= 2), coalesce(sum(amount), 0) FROM (
    SELECT count(*) AS n, sum(e.__total) AS amount FROM __event AS e JOIN member AS m ON m.person = e.person
    WHERE e.__total > 0 AND e."at" >= CAST(? AS TIMESTAMP) AND e."at" < CAST(? AS TIMESTAMP) GROUP BY e.person
) AS bought
"""
_REFUNDED = """
SELECT coalesce(sum(e.__total), 0) FROM __event AS e JOIN member AS m ON m.person = e.person
WHERE e."at" >= CAST(? AS TIMESTAMP) AND e."at" < CAST(? AS TIMESTAMP)
"""


@dataclass(frozen=True)
class Bought:
    """Of some people: how many bought, how many orders, how many bought at least twice, and the money of their orders and refunds."""

    buyers: int
    orders: int
    repeated: int
    ordered: Decimal
    refunded: Decimal


def bought(cursor: DuckDBPyConnection, schema: Schema, people: BitMap, since: dt.datetime, until: dt.datetime) -> Bought | None:
    """What these people bought in `[since, until)`; None where the data knows no orders."""
    if ORDER not in schema.events:
        return None
    take_members(cursor, people)
    span = [naive(since), naive(until)]
    order = schema.event(ORDER)
    sql = render(_ORDERED, {"__event": order.table, "__total": order.property("total").column})
    buyers, orders, repeated, ordered = cursor.execute(sql, span).fetchall()[0]
    refunded = Decimal(0)
    if REFUND in schema.events:
        refund = schema.event(REFUND)
        names = {"__event": refund.table, "__total": refund.property("total").column}
        refunded = cursor.execute(render(_REFUNDED, names), span).fetchall()[0][0]
    return Bought(buyers, orders, repeated, ordered, refunded)
