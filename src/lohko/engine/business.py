"""How the business does over stretches of time, for the page of management: orders, money and customers of each, and what each person spent.

What is counted are orders with a total above 0 of living people; refunds are
taken off in the stretch in which they were made. Times are naive UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from lohko.engine.sql import render
from lohko.model.orders import ORDER, REFUND
from lohko.model.schema import Schema

_SPANS = 'CREATE OR REPLACE TEMP TABLE asked_span (span INTEGER, "since" TIMESTAMP, "until" TIMESTAMP)'
_SPAN = "INSERT INTO asked_span VALUES (CAST(? AS INTEGER), CAST(? AS TIMESTAMP), CAST(? AS TIMESTAMP))"
_BOUGHT = """
WITH bought AS (
    SELECT e.person, e."at", e.__total AS total FROM __event AS e JOIN person AS p ON p.person = e.person AND p.living WHERE e.__total > 0
), begun AS (SELECT person, min("at") AS first_at FROM bought GROUP BY person
), own AS (
    SELECT s.span, s."since", b.person, count(*) AS n, sum(b.total) AS amount
    FROM bought AS b JOIN asked_span AS s ON b."at" >= s."since" AND b."at" < s."until" GROUP BY s.span, s."since", b.person
)
SELECT o.span, count(*), CAST(sum(o.n) AS BIGINT), sum(o.amount), count(*) FILTER (WHERE f.first_at >= o."since")
FROM own AS o JOIN begun AS f ON f.person = o.person GROUP BY o.span
"""
_RETURNED = """
SELECT s.span, sum(e.__total) FROM __event AS e JOIN person AS p ON p.person = e.person AND p.living
JOIN asked_span AS s ON e."at" >= s."since" AND e."at" < s."until" WHERE e.__total > 0 GROUP BY s.span
"""
_SPENT = """
SELECT e.person, CAST(sum(e.__total) * 10000 AS BIGINT) AS amount FROM __event AS e JOIN person AS p ON p.person = e.person AND p.living
WHERE e.__total > 0 AND e."at" >= CAST(? AS TIMESTAMP) AND e."at" < CAST(? AS TIMESTAMP) GROUP BY e.person
"""
PARTS = 10_000
"""What each person spent is in ten-thousandths, so that sums are exact."""


@dataclass(frozen=True)
class Span:
    """What was bought in a stretch of time: customers who bought, those of them who never had before, orders, revenue without refunds."""

    buyers: int = 0
    new: int = 0
    orders: int = 0
    revenue: Decimal = Decimal(0)


def over(cursor: DuckDBPyConnection, schema: Schema, spans: Sequence[tuple[dt.datetime, dt.datetime]]) -> list[Span]:
    """What was bought in each `[since, until)`, in their order; they may overlap."""
    if ORDER not in schema.events:
        return [Span() for _ in spans]
    cursor.execute(_SPANS)
    for place, (since, until) in enumerate(spans):
        cursor.execute(_SPAN, [place, since, until])
    found = {span: Span(buyers, new, orders, revenue) for span, buyers, orders, revenue, new in _of_event(cursor, schema, ORDER, _BOUGHT)}
    back: dict[int, Decimal] = dict(_of_event(cursor, schema, REFUND, _RETURNED)) if REFUND in schema.events else {}
    made = []
    for place in range(len(spans)):
        item = found.get(place, Span())
        made.append(Span(item.buyers, item.new, item.orders, item.revenue - back.get(place, Decimal(0))))
    return made


def _of_event(cursor: DuckDBPyConnection, schema: Schema, name: str, template: str) -> list[Any]:
    event = schema.event(name)
    return cursor.execute(render(template, {"__event": event.table, "__total": event.property("total").column})).fetchall()


def spent(cursor: DuckDBPyConnection, schema: Schema, since: dt.datetime, until: dt.datetime) -> NDArray[np.int64]:
    """What each person spent in `[since, until)` without refunds, in ten-thousandths, by the person's key."""
    [(most,)] = cursor.execute("SELECT coalesce(max(person), 0) FROM person").fetchall()
    amounts = np.zeros(most + 1, dtype=np.int64)
    for name, sign in ((ORDER, 1), (REFUND, -1)):
        if name not in schema.events:
            continue
        event = schema.event(name)
        sql = render(_SPENT, {"__event": event.table, "__total": event.property("total").column})
        found = cursor.execute(sql, [since, until]).fetchnumpy()
        amounts[found["person"]] += sign * found["amount"].astype(np.int64)
    return amounts
