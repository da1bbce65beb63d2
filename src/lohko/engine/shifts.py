"""The values of a column in the latest file and in those before it, counted in the same bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from lohko.engine.contracts import Cell
from lohko.engine.sql import render
from lohko.model.schema import NUMERIC

FEWEST = 50
"""Of fewer rows no distribution is told."""
_MOST_VALUES = 20
_TENTHS = [n / 10 for n in range(1, 10)]
_NUMBERS = "CREATE OR REPLACE TEMP TABLE compared (v DOUBLE, later BOOLEAN)"
_TEXTS = "CREATE OR REPLACE TEMP TABLE compared (v VARCHAR, later BOOLEAN)"
_TAKE = "INSERT INTO compared SELECT __v, CAST(? AS BOOLEAN) FROM read_parquet(?)"
_CUTS = "SELECT list_distinct(quantile_cont(v, CAST(? AS DOUBLE[]))) FROM compared WHERE NOT later AND NOT v IS NULL"
_BY_NUMBER = """
SELECT count(*) FILTER (WHERE NOT later), count(*) FILTER (WHERE later)
FROM (SELECT later, CASE WHEN v IS NULL THEN -1 ELSE len(list_filter(CAST(? AS DOUBLE[]), lambda c: c < v)) END AS bin FROM compared) AS b
GROUP BY bin ORDER BY bin
"""
_OFTEN = "SELECT v, count(*) AS n FROM compared WHERE NOT later AND NOT v IS NULL GROUP BY v ORDER BY n DESC, v LIMIT CAST(? AS BIGINT)"
_DIFFERENT = "SELECT count(DISTINCT v), count(v) FROM compared WHERE NOT later"
_BY_TEXT = """
SELECT count(*) FILTER (WHERE NOT later), count(*) FILTER (WHERE later)
FROM (SELECT later, CASE WHEN v IS NULL THEN 'missing' WHEN list_contains(CAST(? AS VARCHAR[]), v) THEN concat('=', v) ELSE 'other' END AS bin FROM compared) AS b
GROUP BY bin ORDER BY bin
"""


@dataclass(frozen=True)
class Column:
    """A column of one file of the archive."""

    path: Path
    cell: Cell


def counts(cursor: DuckDBPyConnection, earlier: Sequence[Column], latest: Column) -> tuple[list[int], list[int]] | None:
    """How often each bin was met in the earlier files and in the latest: tenths of the earlier numbers, the most frequent texts, the rest, and nothing.

    None for what tells single rows apart, such as names, and for times.
    """
    numeric = latest.cell.type in NUMERIC and all(item.cell.type in NUMERIC for item in earlier)
    if not numeric and any(item.cell.type not in ("text", "boolean") for item in (*earlier, latest)):
        return None
    cursor.execute(_NUMBERS if numeric else _TEXTS)
    for item in (*earlier, latest):
        value = item.cell.value if numeric else item.cell.fold or item.cell.value
        cursor.execute(render(_TAKE, {"__v": value}), [item is latest, str(item.path)])
    if numeric:
        cuts = cursor.execute(_CUTS, [_TENTHS]).fetchall()[0][0] or []
        return _two(cursor.execute(_BY_NUMBER, [cuts]).fetchall())
    different, filled = cursor.execute(_DIFFERENT).fetchall()[0]
    if different > filled / 2:
        return None
    often = [value for value, _ in cursor.execute(_OFTEN, [_MOST_VALUES]).fetchall()]
    return _two(cursor.execute(_BY_TEXT, [often]).fetchall())


def _two(rows: list[tuple[int, int]]) -> tuple[list[int], list[int]] | None:
    before, after = [row[0] for row in rows], [row[1] for row in rows]
    return None if sum(before) < FEWEST or sum(after) < FEWEST else (before, after)
