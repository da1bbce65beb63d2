"""Why somebody should be called: customers who are later than they usually are, the best who are slipping away, who just came into a segment, deals gone quiet.

Customers are those in the temporary table `member` (`figures.take_members`). Times are naive UTC; what is counted are orders with a total above 0.
Of each reason the most money at stake comes first, and beside it stands how many have the reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from duckdb import DuckDBPyConnection
from pyroaring import BitMap

from lohko.engine.accounts import schema_of_accounts
from lohko.engine.bitmaps import people_of
from lohko.engine.sql import render
from lohko.model.account import DEAL
from lohko.model.orders import ORDER
from lohko.model.schema import EventType, Schema

FEWEST_ORDERS = 3
"""Of fewer orders there is no usual time between them."""
LATE, LOST = 1.5, 3.0
"""Somebody is late when so many times their usual time has passed, and hardly waits for a call any more after so many."""
SLIPPING = (2, 3)
"""Recency scores of those who are slipping away: not among the latest two fifths of buyers, and not yet among the last."""

_BUYING = """
CREATE OR REPLACE TEMP TABLE call_buying AS
SELECT e.person, count(*) AS n, max("at") AS last_at, avg(e.__total) AS usual, coalesce(sum(e.__total) FILTER (WHERE "at" >= CAST($year AS TIMESTAMP)), 0) AS in_year,
    epoch(CAST($now AS TIMESTAMP) - max("at")) / 86400 AS days, epoch(max("at") - min("at")) / 86400 / greatest(count(*) - 1, 1) AS gap
FROM __event AS e JOIN member AS m ON m.person = e.person WHERE e.__total > 0 AND e."at" < CAST($now AS TIMESTAMP) GROUP BY e.person
"""
_NO_BUYING = """
CREATE OR REPLACE TEMP TABLE call_buying AS SELECT CAST(NULL AS INTEGER) AS person, 0 AS n, CAST(NULL AS TIMESTAMP) AS last_at,
    CAST(NULL AS DOUBLE) AS usual, CAST(NULL AS DOUBLE) AS in_year, CAST(NULL AS DOUBLE) AS days, CAST(NULL AS DOUBLE) AS gap WHERE false
"""
_LATE = """
SELECT b.person, b.usual, b.days, b.gap, b.n, count(*) OVER () AS others FROM call_buying AS b
WHERE b.n >= CAST($fewest AS BIGINT) AND b.gap >= 1 AND b.days >= b.gap * CAST($late AS DOUBLE) AND b.days < b.gap * CAST($lost AS DOUBLE)
ORDER BY b.usual DESC, b.person LIMIT CAST($most AS BIGINT)
"""
_SLIPPING = """
SELECT b.person, least(b.in_year, t.monetary) AS stake, b.days, t.monetary, b.n, count(*) OVER () AS others
FROM call_buying AS b JOIN trait_rfm AS t ON t.person = b.person AND t.rfm_m = 5 AND t.rfm_r >= CAST($low AS BIGINT) AND t.rfm_r <= CAST($high AS BIGINT)
WHERE stake > 0 ORDER BY stake DESC, b.person LIMIT CAST($most AS BIGINT)
"""
_CAME = """
WITH latest AS (
    SELECT c.person, c.segment, c.entered, c.cause, c."at" FROM membership_change AS c JOIN member AS m ON m.person = c.person
    WHERE c.segment = CAST($segment AS VARCHAR) AND c."at" < CAST($now AS TIMESTAMP)
    QUALIFY row_number() OVER (PARTITION BY c.person ORDER BY c.run DESC, c."at" DESC) = 1
)
SELECT l.person, coalesce(b.usual, 0), epoch(CAST($now AS TIMESTAMP) - l."at") / 86400, 0, coalesce(b.n, 0), count(*) OVER () AS others
FROM latest AS l LEFT JOIN call_buying AS b ON b.person = l.person
WHERE l.entered AND l."at" >= CAST($since AS TIMESTAMP) AND l.cause IN ('data', 'time', 'others')
ORDER BY 2 DESC, l.person LIMIT CAST($most AS BIGINT)
"""
_DEALS = """
SELECT person, order_key, "at", __id, __title, __status, __stage, __value, __owner FROM __table WHERE NOT person IS NULL AND "at" < CAST(? AS TIMESTAMP)
QUALIFY row_number() OVER (PARTITION BY order_key ORDER BY "at" DESC, CASE WHEN __status = 'open' THEN 1 ELSE 0 END, batch DESC, record DESC) = 1
"""
_SAID = "SELECT DISTINCT person FROM consent WHERE purpose = ? AND effective_at < CAST(? AS TIMESTAMP)"
_TOUCHED = """
SELECT b.account, max(e."at") FROM __event AS e JOIN belonging AS b ON b.person = e.person WHERE e."at" < CAST(? AS TIMESTAMP) GROUP BY b.account
"""
_OF_NODES = "SELECT node, person FROM node WHERE node IN (SELECT unnest(CAST(? AS INTEGER[])))"
_FIRST_NODE = "SELECT min(node) FROM node WHERE person = ?"


@dataclass(frozen=True)
class Reason:
    """Why one customer should be called: what is at stake, days since, and beside it what the reason is told with.

    other    of who is late, their usual days between orders; of who is slipping, the money they ever spent
    orders   how many orders they have made
    """

    person: int
    stake: float
    days: float
    other: float
    orders: int


def take_buying(cursor: DuckDBPyConnection, schema: Schema, now: dt.datetime, year: dt.datetime) -> None:
    """Make the temporary table of how the members buy: what the reasons below are told by."""
    if ORDER not in schema.events:
        cursor.execute(_NO_BUYING)
        return
    order = schema.event(ORDER)
    cursor.execute(render(_BUYING, {"__event": order.table, "__total": order.property("total").column}), {"now": now, "year": year})


def late(cursor: DuckDBPyConnection, most: int) -> tuple[list[Reason], int]:
    """Those whose usual time between orders has passed, but not long ago; at stake is one order of theirs. Needs `take_buying`."""
    return _told(cursor.execute(_LATE, {"fewest": FEWEST_ORDERS, "late": LATE, "lost": LOST, "most": most}).fetchall())


def slipping(cursor: DuckDBPyConnection, most: int) -> tuple[list[Reason], int]:
    """The best fifth by money who are slipping away; at stake is what they spent in a year. Needs `take_buying` and `trait_rfm`."""
    low, high = SLIPPING
    return _told(cursor.execute(_SLIPPING, {"low": low, "high": high, "most": most}).fetchall())


def came(cursor: DuckDBPyConnection, segment: str, since: dt.datetime, now: dt.datetime, most: int) -> tuple[list[Reason], int]:
    """Those who by what they did, or by time, came into a segment since an instant and, as recorded, are in it; at stake is one order of theirs."""
    return _told(cursor.execute(_CAME, {"segment": segment, "since": since, "now": now, "most": most}).fetchall())


def _told(rows: Sequence[tuple[Any, ...]]) -> tuple[list[Reason], int]:
    found = [Reason(person, float(stake or 0), float(days), float(other or 0), orders) for person, stake, days, other, orders, _ in rows]
    return found, rows[0][5] if rows else 0


# --- deals ---------------------------------------------------------------------------------


@dataclass
class Deal:
    """A deal as it stands: of which account and of which person (None where that is not told), and when it last changed."""

    key: str
    at: dt.datetime
    number: str
    title: str | None
    status: str
    stage: str | None
    value: Decimal | None
    owner: str | None
    account: int | None = None
    person: int | None = None


def deals(cursor: DuckDBPyConnection, schema: Schema, now: dt.datetime) -> list[Deal]:
    """Every deal of an account or a person that is known at an instant."""
    own, found = schema_of_accounts(cursor, schema), dict[str, Deal]()
    if DEAL in own.events:
        for row, account in _latest(cursor, own.event(DEAL), now):
            row.account = account
            found[row.key] = row
    if DEAL in schema.events:
        for row, person in _latest(cursor, schema.event(DEAL), now):
            found.setdefault(row.key, row).person = person
    return sorted(found.values(), key=lambda deal: deal.key)


def _latest(cursor: DuckDBPyConnection, event: EventType, now: dt.datetime) -> list[tuple[Deal, int]]:
    names = {f"__{name}": event.property(name).column for name in ("title", "status", "stage", "value", "owner")}
    sql = render(_DEALS, {**names, "__id": event.property("deal_id").column, "__table": event.table})
    return [(Deal(*row), whose) for whose, *row in cursor.execute(sql, [now]).fetchall()]


def touched(cursor: DuckDBPyConnection, schema: Schema, now: dt.datetime) -> dict[int, dt.datetime]:
    """When a contact of each account last did anything; needs the temporary table `belonging`."""
    found: dict[int, dt.datetime] = {}
    for event in schema.events.values():
        for account, at in cursor.execute(render(_TOUCHED, {"__event": event.table}), [now]).fetchall():
            found[account] = max(at, found.get(account, at))
    return found


# --- who said what of calls ----------------------------------------------------------------


def said_of(cursor: DuckDBPyConnection, purpose: str, now: dt.datetime) -> BitMap:
    """The people who ever said anything, yes or no, about a purpose until an instant."""
    return people_of(cursor.execute(_SAID, [purpose, now]))


def people_of_nodes(cursor: DuckDBPyConnection, nodes: Sequence[int]) -> dict[int, int]:
    """Whose each record is by now."""
    return dict(cursor.execute(_OF_NODES, [list(nodes)]).fetchall())


def first_node(cursor: DuckDBPyConnection, person: int) -> int:
    """The first record of a person: it stays theirs through merges."""
    return int(cursor.execute(_FIRST_NODE, [person]).fetchall()[0][0])
