"""What the page of a segment asks of the store: by which values members and everyone did something, when, how RFM moved, and who is on a page of members.

Fixed SQL over the temporary table `member` (figures.take_members); of living people only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from lohko.base.times import local_day, naive
from lohko.engine.sql import render
from lohko.model.schema import Attribute, EventType, Property

_DID = """
SELECT fold, mode(said), count(*) FILTER (WHERE inside) AS inside, count(*) AS everywhere FROM (
    SELECT lower(CAST(e.__value AS VARCHAR)) AS fold, mode(CAST(e.__value AS VARCHAR)) AS said, e.person, NOT any_value(m.person) IS NULL AS inside
    FROM __event AS e JOIN person AS p ON p.person = e.person AND p.living LEFT JOIN member AS m ON m.person = e.person
    WHERE NOT e.__value IS NULL AND e."at" < CAST(? AS TIMESTAMP) GROUP BY fold, e.person
) AS each GROUP BY fold ORDER BY inside DESC, everywhere DESC, fold LIMIT ?
"""
_KNOWN = """
SELECT count(DISTINCT e.person) FILTER (WHERE NOT m.person IS NULL), count(DISTINCT e.person)
FROM __event AS e JOIN person AS p ON p.person = e.person AND p.living LEFT JOIN member AS m ON m.person = e.person
WHERE NOT e.__value IS NULL AND e."at" < CAST(? AS TIMESTAMP)
"""
_WEEK = """
SELECT isodow(e.local_day) - 1, CAST(e.local_hour AS INTEGER), count(*), count(DISTINCT e.person)
FROM __event AS e JOIN person AS p ON p.person = e.person AND p.living JOIN member AS m ON m.person = e.person
WHERE e."at" < CAST(? AS TIMESTAMP) GROUP BY 1, 2
"""
_AGES = """
SELECT CAST(floor(extract('year' FROM age(CAST(? AS TIMESTAMP), CAST(a.value AS TIMESTAMP))) / 10) * 10 AS INTEGER) AS decade,
    count(*) FILTER (WHERE NOT m.person IS NULL), count(*)
FROM __attribute AS a JOIN person AS p ON p.person = a.person AND p.living LEFT JOIN member AS m ON m.person = a.person
WHERE a.valid_from < CAST(? AS TIMESTAMP) AND a.valid_to >= CAST(? AS TIMESTAMP) AND a.value <= CAST(? AS TIMESTAMP) GROUP BY decade ORDER BY decade
"""
_FLOW = """
SELECT CAST(CAST(c."at" AS DATE) AS VARCHAR), c.entered, CASE WHEN c.cause = 'known' THEN 'first' ELSE c.cause END, count(*)
FROM membership_change AS c JOIN person AS p ON p.person = c.person AND p.living
WHERE c.segment = ? AND c.cause <> 'reconstructed' GROUP BY 1, 2, 3
"""
_KEEP_GROUPS = (
    "CREATE OR REPLACE TEMP TABLE group_then AS SELECT t.person, t.rfm_group FROM trait_rfm AS t JOIN member AS m ON m.person = t.person"
)
_MOVED = """
SELECT b.rfm_group, t.rfm_group, count(*) FROM trait_rfm AS t JOIN group_then AS b ON b.person = t.person GROUP BY 1, 2
"""
_CELLS = """
SELECT t.rfm_r, t.rfm_f, count(*), coalesce(sum(t.monetary), 0) FROM trait_rfm AS t JOIN member AS m ON m.person = t.person
WHERE NOT t.rfm_r IS NULL GROUP BY 1, 2
"""
SORTS = ("customer", "orders", "revenue", "recency_days")
"""What members can be sorted by."""
_SORTED = {
    "customer": "p.label {way}",
    "orders": "t.frequency {way} NULLS LAST",
    "revenue": "t.monetary {way} NULLS LAST",
    "recency_days": "t.recency_days {way} NULLS LAST",
}
_PAGE = """
SELECT p.person FROM member AS m JOIN person AS p ON p.person = m.person LEFT JOIN trait_rfm AS t ON t.person = m.person
ORDER BY {order}, p.label, p.person LIMIT CAST(? AS BIGINT) OFFSET CAST(? AS BIGINT)
"""
_PAGES = {
    (name, down): _PAGE.format(order=order.format(way="DESC" if down else "ASC"))
    for name, order in _SORTED.items()
    for down in (False, True)
}
"""Every order as a whole query, so that none is made of what somebody sends."""


def did(
    cursor: DuckDBPyConnection, event: EventType, item: Property, as_of: dt.datetime, most: int
) -> tuple[list[tuple[str, int, int]], int, int]:
    """The commonest values of a property among members: members and everyone who did it with that value; and how many of each did it with any."""
    names = {"__event": event.table, "__value": item.column}
    rows = cursor.execute(render(_DID, names), [naive(as_of), most]).fetchall()
    inside, everywhere = cursor.execute(render(_KNOWN, names), [naive(as_of)]).fetchall()[0]
    return [(said, ours, all_) for _, said, ours, all_ in rows], inside, everywhere


def ages(cursor: DuckDBPyConnection, born: Attribute, as_of: dt.datetime, zone: ZoneInfo) -> list[tuple[int, int, int]]:
    """By ten years of age (the first of them), how many members and how many of everyone; of those whose birthday is known."""
    today, instant = dt.datetime.combine(local_day(as_of, zone), dt.time()), naive(as_of)
    rows = cursor.execute(render(_AGES, {"__attribute": born.table}), [today, instant, instant, today]).fetchall()
    return [(decade, ours, all_) for decade, ours, all_ in rows]


def week(cursor: DuckDBPyConnection, event: EventType, as_of: dt.datetime) -> dict[tuple[int, int], tuple[int, int]]:
    """Events of the members by day of the week (0 is Monday) and local hour: how many, and by how many people."""
    rows = cursor.execute(render(_WEEK, {"__event": event.table}), [naive(as_of)]).fetchall()
    return {(day, hour): (n, people) for day, hour, n, people in rows if hour is not None}


def flow(cursor: DuckDBPyConnection, segment: str) -> list[tuple[str, bool, str, int]]:
    """How many entered and left, by day (UTC) and cause, as refreshes said."""
    return sorted(cursor.execute(_FLOW, [segment]).fetchall())


def keep_groups(cursor: DuckDBPyConnection) -> None:
    """Remember the members' RFM groups of the instant that `trait_rfm` is of."""
    cursor.execute(_KEEP_GROUPS)


def moved(cursor: DuckDBPyConnection) -> dict[tuple[str, str], int]:
    """How many members went from which RFM group to which since `keep_groups`."""
    return {(before, after): n for before, after, n in cursor.execute(_MOVED).fetchall()}


def cells(cursor: DuckDBPyConnection) -> dict[tuple[int, int], tuple[int, Any]]:
    """Members and their money by recency and frequency score."""
    return {(r, f): (n, money) for r, f, n, money in cursor.execute(_CELLS).fetchall()}


_EVERYONE = """
SELECT p.person FROM person AS p LEFT JOIN trait_rfm AS t ON t.person = p.person WHERE p.living ORDER BY {order}, p.label, p.person
"""
_ORDERS = {
    (name, down): _EVERYONE.format(order=order.format(way="DESC" if down else "ASC"))
    for name, order in _SORTED.items()
    for down in (False, True)
}


def everyone_sorted(cursor: DuckDBPyConnection, sort: str, *, down: bool) -> NDArray[np.int32]:
    """Everyone's keys in an order of SORTS; needs `trait_rfm`."""
    return np.asarray(cursor.execute(_ORDERS[sort, down]).fetchnumpy()["person"], dtype=np.int32)


def page(cursor: DuckDBPyConnection, sort: str, *, down: bool, first: int, most: int) -> Sequence[int]:
    """The members of one page, in an order of SORTS; needs `trait_rfm`."""
    return [person for (person,) in cursor.execute(_PAGES[sort, down], [most, first]).fetchall()]
