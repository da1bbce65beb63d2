"""What groups of people bought, had and did: numbers per group, for comparing them.

The groups may overlap. Each person has a mask, bit n for the n-th group; what is
counted is counted once per mask, and every union, intersection or difference of
the groups is a sum over masks.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray
from pyroaring import BitMap

from lohko.base.times import naive
from lohko.engine.asked import Query
from lohko.engine.sql import render
from lohko.maths.intervals import Moments
from lohko.model.orders import ORDER, REFUND
from lohko.model.schema import Attribute, Property, Schema

Part = Collection[int]
"""The masks that belong to a part: those of a group, of what two share, of one without another."""
ByMask = Mapping[int, int]
"""How many people, by mask."""


@dataclass(frozen=True)
class Groups:
    """Everyone who is in a group, by key, with their masks."""

    keys: NDArray[np.int32]
    masks: NDArray[np.int64]

    @property
    def sizes(self) -> ByMask:
        """How many people there are."""
        return _counted(self.masks)

    def within(self, people: BitMap) -> ByMask:
        """How many of them are in a set of people."""
        there = people & BitMap(self.keys)
        return _counted(self.masks[np.searchsorted(self.keys, np.asarray(there.to_array(), dtype=np.int32))])


def _counted(masks: NDArray[np.int64]) -> ByMask:
    found, counts = np.unique(masks, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def take_groups(cursor: DuckDBPyConnection, groups: Sequence[BitMap]) -> Groups:
    """The groups as masks, also as the temporary table `grouped(person, mask)`."""
    keys = np.asarray(BitMap().union(*groups).to_array(), dtype=np.int32)
    masks = np.zeros(len(keys), dtype=np.int64)
    for bit, group in enumerate(groups):
        masks[np.searchsorted(keys, np.asarray(group.to_array(), dtype=np.int32))] |= 1 << bit
    cursor.register("grouped_rows", {"person": keys, "mask": masks})
    cursor.execute("CREATE OR REPLACE TEMP TABLE grouped AS SELECT person, mask FROM grouped_rows")
    cursor.unregister("grouped_rows")
    return Groups(keys, masks)


# --- money ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bought:
    """One row per person of `grouped` with an order or a refund in the time: mask, counted orders, what they came to, that less refunds,
    and whole days since the last of them (-1: none)."""

    mask: NDArray[np.int64]
    orders: NDArray[np.float64]
    gross: NDArray[np.float64]
    net: NDArray[np.float64]
    recency_days: NDArray[np.float64]

    def of(self, part: Part) -> Bought:
        """The rows of a part."""
        return self._kept(np.isin(self.mask, list(part)))

    @property
    def sizes(self) -> ByMask:
        """How many people stand behind it, by mask."""
        return _counted(self.mask)

    @property
    def buyers(self) -> Bought:
        """The rows of those who ordered."""
        return self._kept(self.orders > 0)

    def _kept(self, rows: NDArray[np.bool_]) -> Bought:
        return Bought(self.mask[rows], self.orders[rows], self.gross[rows], self.net[rows], self.recency_days[rows])


# Counted as RFM counts: orders with a total above 0; refunds in the time they occurred.
_BOUGHT = """
WITH bought AS (
    SELECT e.person, count(*) AS orders, sum(e.__total) AS amount, max(e."at") AS last_at FROM __order AS e
    WHERE e.__total > 0 AND e."at" >= CAST($since AS TIMESTAMP) AND e."at" < CAST($until AS TIMESTAMP) GROUP BY e.person
), returned AS (
    SELECT e.person, sum(e.__refunded) AS amount FROM __refund AS e
    WHERE e.__refunded > 0 AND e."at" >= CAST($since AS TIMESTAMP) AND e."at" < CAST($until AS TIMESTAMP) GROUP BY e.person
)
SELECT g.mask, CAST(coalesce(b.orders, 0) AS DOUBLE) AS orders, CAST(coalesce(b.amount, 0) AS DOUBLE) AS gross,
    CAST(coalesce(b.amount, 0) - coalesce(r.amount, 0) AS DOUBLE) AS net,
    CAST(coalesce(epoch_us(CAST($until AS TIMESTAMP) - b.last_at) // 86400000000, -1) AS DOUBLE) AS recency_days
FROM grouped AS g LEFT JOIN bought AS b ON b.person = g.person LEFT JOIN returned AS r ON r.person = g.person
WHERE NOT b.person IS NULL OR NOT r.person IS NULL ORDER BY g.person
"""
_COLUMNS = ("mask", "orders", "gross", "net", "recency_days")


def bought(cursor: DuckDBPyConnection, schema: Schema, since: dt.datetime, until: dt.datetime) -> Bought:
    """What the people of `grouped` bought in `[since, until)`."""
    if ORDER not in schema.events:
        none = np.empty(0, np.float64)
        return Bought(np.empty(0, np.int64), none, none, none, none)
    found = cursor.execute(render(_BOUGHT, _money(schema)), {"since": naive(since), "until": naive(until)}).fetchnumpy()
    return Bought(*(np.asarray(found[name]) for name in _COLUMNS))


# What each person of a mask bought less what came back, as `bought` counts it: how many people, the sum, and the moments of Moments.
_SPENT = """
WITH bought AS (
    SELECT e.person, sum(e.__total) AS amount FROM __order AS e
    WHERE e.__total > 0 AND e."at" >= CAST($1 AS TIMESTAMP) AND e."at" < CAST($2 AS TIMESTAMP) GROUP BY e.person
), returned AS (
    SELECT e.person, sum(e.__refunded) AS amount FROM __refund AS e
    WHERE e.__refunded > 0 AND e."at" >= CAST($1 AS TIMESTAMP) AND e."at" < CAST($2 AS TIMESTAMP) GROUP BY e.person
), spent AS (
    SELECT g.mask, CAST(coalesce(b.amount, 0) - coalesce(r.amount, 0) AS DECIMAL(38, 4)) AS net
    FROM grouped AS g LEFT JOIN bought AS b ON b.person = g.person LEFT JOIN returned AS r ON r.person = g.person
    WHERE NOT b.person IS NULL OR NOT r.person IS NULL
), middle AS (
    SELECT mask, count(*) AS people, CAST(sum(net) AS DOUBLE) AS total,
        CASE WHEN min(net) = max(net) THEN CAST(min(net) AS DOUBLE) ELSE avg(CAST(net AS DOUBLE)) END AS mean
    FROM spent GROUP BY mask
)
SELECT m.mask, m.people, m.total, m.mean,
    sum(pow(CAST(s.net AS DOUBLE) - m.mean, 2)) AS squares, sum(pow(CAST(s.net AS DOUBLE) - m.mean, 3)) AS cubes
FROM middle AS m JOIN spent AS s ON s.mask = m.mask GROUP BY m.mask, m.people, m.total, m.mean
"""


MASKED = "SELECT person, CAST(name AS BIGINT) AS mask FROM given"
"""`grouped` from people under the numbers of their groups, each in one alone."""


@dataclass(frozen=True)
class Spent:
    """What the people of a mask bought less what came back: how many have any of either, the sum, and its moments."""

    people: int
    total: float
    moments: Moments


def spent_asked(schema: Schema, since: dt.datetime, until: dt.datetime) -> Query | None:
    """What the people of `grouped` spent in `[since, until)`, as a query; None where there are no orders."""
    if ORDER not in schema.events:
        return None
    return Query(render(_SPENT, _money(schema)), (naive(since), naive(until)))


def spent_of(rows: Iterable[Sequence[Any]]) -> dict[int, Spent]:
    """The rows of `spent_asked`, by mask."""
    return {
        int(mask): Spent(int(people), float(total), Moments(int(people), float(mean), float(squares), float(cubes)))
        for mask, people, total, mean, squares, cubes in rows
    }


def spent(cursor: DuckDBPyConnection, schema: Schema, since: dt.datetime, until: dt.datetime) -> dict[int, Spent]:
    """What the people of `grouped` spent in `[since, until)`, by mask; no mask of which nobody spent anything."""
    asked = spent_asked(schema, since, until)
    return {} if asked is None else spent_of(cursor.execute(asked.sql, asked.parameters).fetchall())


def _money(schema: Schema) -> dict[str, str]:
    order, refund = schema.event(ORDER), schema.event(REFUND)
    return {
        "__order": order.table,
        "__refund": refund.table,
        "__total": order.property("total").column,
        "__refunded": refund.property("total").column,
    }


# --- places, channels ---------------------------------------------------------------------


@dataclass(frozen=True)
class Spread:
    """How many people have each value of something, by mask; and how many have any."""

    values: Mapping[str, ByMask]
    known: ByMask

    def most(self, n: int) -> list[str]:
        """The values that most people have, the first of them first."""
        totals = Counter({value: sum(masks.values()) for value, masks in self.values.items()})
        return [value for value, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:n]]


_HELD = """
SELECT mode(a.value), a.fold, g.mask, count(DISTINCT a.person) FROM __table AS a JOIN grouped AS g ON g.person = a.person
WHERE a.valid_from < CAST(? AS TIMESTAMP) AND a.valid_to >= CAST(? AS TIMESTAMP) GROUP BY a.fold, g.mask ORDER BY 2, 3
"""
_HELD_ANY = """
SELECT g.mask, count(DISTINCT a.person) FROM __table AS a JOIN grouped AS g ON g.person = a.person
WHERE a.valid_from < CAST(? AS TIMESTAMP) AND a.valid_to >= CAST(? AS TIMESTAMP) GROUP BY g.mask
"""


def spread_of_attribute(cursor: DuckDBPyConnection, attribute: Attribute, as_of: dt.datetime) -> Spread:
    """The values of a text attribute at an instant."""
    edges = [naive(as_of), naive(as_of)]
    rows = cursor.execute(render(_HELD, {"__table": attribute.table}), edges).fetchall()
    return _spread(rows, cursor.execute(render(_HELD_ANY, {"__table": attribute.table}), edges).fetchall())


_ORDERED = """
SELECT mode(e.__value), e.__fold, g.mask, count(DISTINCT e.person) FROM __order AS e JOIN grouped AS g ON g.person = e.person
WHERE e.__total > 0 AND NOT e.__fold IS NULL AND e."at" < CAST(? AS TIMESTAMP) GROUP BY e.__fold, g.mask ORDER BY 2, 3
"""
_ORDERED_ANY = """
SELECT g.mask, count(DISTINCT e.person) FROM __order AS e JOIN grouped AS g ON g.person = e.person
WHERE e.__total > 0 AND NOT e.__fold IS NULL AND e."at" < CAST(? AS TIMESTAMP) GROUP BY g.mask
"""


def spread_of_orders(cursor: DuckDBPyConnection, schema: Schema, item: Property, as_of: dt.datetime) -> Spread:
    """Who ordered at least once with each value of a text property of orders: one person may have several."""
    order = schema.event(ORDER)
    names = {"__order": order.table, "__total": order.property("total").column, "__value": item.column, "__fold": item.fold_column}
    rows = cursor.execute(render(_ORDERED, names), [naive(as_of)]).fetchall()
    return _spread(rows, cursor.execute(render(_ORDERED_ANY, names), [naive(as_of)]).fetchall())


def _spread(rows: Sequence[Any], known: Sequence[Any]) -> Spread:
    shown: dict[str, Counter[str]] = {}
    masks: dict[str, dict[int, int]] = {}
    for value, fold, mask, people in rows:
        shown.setdefault(fold, Counter())[value] += people
        masks.setdefault(fold, {})[mask] = people
    spelt = {fold: min(values.items(), key=lambda item: (-item[1], item[0]))[0] for fold, values in shown.items()}
    return Spread({spelt[fold]: found for fold, found in masks.items()}, dict(known))


_PURPOSES = "SELECT DISTINCT purpose FROM consent WHERE effective_at < CAST(? AS TIMESTAMP) ORDER BY purpose"


def purposes_asked(cursor: DuckDBPyConnection, as_of: dt.datetime) -> list[str]:
    """The purposes for which anyone had given or withdrawn consent before an instant."""
    return [purpose for (purpose,) in cursor.execute(_PURPOSES, [naive(as_of)]).fetchall()]
