"""What `trait_rfm` says, as lists: customers, groups, and the cells of recency by frequency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from duckdb import DuckDBPyConnection

_CUSTOMERS = """
SELECT p.label, t.recency_days, t.frequency, t.monetary, t.rfm_r, t.rfm_f, t.rfm_m, t.rfm_group
FROM trait_rfm AS t JOIN person AS p ON p.person = t.person ORDER BY p.label, p.person
"""
_GROUPS = "SELECT rfm_group, count(*), sum(monetary) FROM trait_rfm GROUP BY rfm_group"
_CELLS = """
SELECT rfm_r, rfm_f, count(*), sum(monetary) FROM trait_rfm WHERE rfm_r IS NOT NULL GROUP BY ALL ORDER BY rfm_r DESC, rfm_f DESC
"""


def customers(cursor: DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """Everyone by label: label, recency_days, frequency, monetary, r, f, m, group; prospects have only the group."""
    return cursor.execute(_CUSTOMERS).fetchall()


def groups(cursor: DuckDBPyConnection) -> dict[str, tuple[int, Decimal | None]]:
    """Per group, how many people and their monetary value together."""
    return {name: (size, revenue) for name, size, revenue in cursor.execute(_GROUPS).fetchall()}


def cells(cursor: DuckDBPyConnection) -> list[tuple[int, int, int, Decimal]]:
    """Per recency and frequency score, how many people and their monetary value together; empty cells are left out."""
    return cursor.execute(_CELLS).fetchall()
