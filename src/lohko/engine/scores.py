"""What `trait_rfm` says: of customers, of groups, and of the cells of recency by frequency."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from duckdb import DuckDBPyConnection

_CUSTOMERS = """
SELECT p.label, t.recency_days, t.frequency, t.monetary, t.rfm_r, t.rfm_f, t.rfm_m, t.rfm_group
FROM trait_rfm AS t JOIN person AS p ON p.person = t.person ORDER BY p.label, p.person
"""


def customers(cursor: DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """Everyone by label: label, recency_days, frequency, monetary, r, f, m, group; prospects have only the group."""
    return cursor.execute(_CUSTOMERS).fetchall()


@dataclass(frozen=True)
class Rfm:
    """The customers of one group or cell and their money."""

    customers: int
    revenue: Decimal | None


def rfm_groups(cursor: DuckDBPyConnection) -> dict[str, Rfm]:
    """Per RFM group that has anyone, how many and how much."""
    rows = cursor.execute("SELECT rfm_group, count(*), sum(monetary) FROM trait_rfm GROUP BY rfm_group").fetchall()
    return {name: Rfm(n, money) for name, n, money in rows}


def rfm_cells(cursor: DuckDBPyConnection) -> dict[tuple[int, int], Rfm]:
    """Per recency and frequency score that has anyone, how many and how much."""
    rows = cursor.execute("SELECT rfm_r, rfm_f, count(*), sum(monetary) FROM trait_rfm WHERE rfm_r IS NOT NULL GROUP BY ALL").fetchall()
    return {(r, f): Rfm(n, money) for r, f, n, money in rows}


def rfm_parts(cursor: DuckDBPyConnection) -> dict[tuple[int | None, int | None, str], int]:
    """How many are of each recency score, frequency score and group together: of such parts cells and groups are made."""
    rows = cursor.execute("SELECT rfm_r, rfm_f, rfm_group, count(*) FROM trait_rfm GROUP BY ALL").fetchall()
    return {(r, f, group): n for r, f, group, n in rows}


_RFM_OF = """
SELECT person, recency_days, frequency, monetary, rfm_r, rfm_f, rfm_m, rfm_group FROM trait_rfm WHERE person IN (SELECT unnest(?))
"""


@dataclass(frozen=True)
class Scores:
    """One person's RFM; everything but the group is None for someone who has not bought."""

    recency_days: int | None
    frequency: int | None
    monetary: Decimal | None
    r: int | None
    f: int | None
    m: int | None
    group: str


def scores_of(cursor: DuckDBPyConnection, keys: Iterable[int]) -> dict[int, Scores]:
    """RFM by person, from `trait_rfm`."""
    return {row[0]: Scores(*row[1:]) for row in cursor.execute(_RFM_OF, [list(keys)]).fetchall()}
