"""From what was seen of an attribute to the intervals of each person's value.

Two values of one instant are settled by the greater one, so the order of arrival does not matter.
"""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from lohko.engine.sql import render

_FORGET = "DELETE FROM __table WHERE node IN (SELECT node FROM __touched)"

_INTERVALS = """
INSERT INTO __table (person, node, value, fold, valid_from, valid_to, assumed, source, batch)
WITH seen AS (
    SELECT node, value, fold, at, timeless, batch FROM __observed
    WHERE node IN (SELECT node FROM __touched)
    QUALIFY row_number() OVER (PARTITION BY node, at ORDER BY value IS NULL, value DESC, batch) = 1
), assumed AS (
    SELECT node, value, fold, TIMESTAMP '0001-01-01 00:00:00' AS at, batch FROM seen
    WHERE timeless AND value IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY node ORDER BY at) = 1
), line AS (
    SELECT node, value, fold, at, batch, false AS assumed FROM seen
    UNION ALL SELECT node, value, fold, at, batch, true FROM assumed
), change AS (
    SELECT *, lag(value) OVER past AS value_before, lag(assumed) OVER past AS assumed_before FROM line
    WINDOW past AS (PARTITION BY node ORDER BY at)
    QUALIFY assumed_before IS NULL OR value IS DISTINCT FROM value_before OR assumed <> assumed_before
), span AS (
    SELECT *, lead(at, 1, TIMESTAMP '9999-12-31 00:00:00') OVER (PARTITION BY node ORDER BY at) AS valid_to FROM change
)
SELECT n.person, s.node, s.value, s.fold, s.at, s.valid_to, s.assumed, n.source, s.batch
FROM span AS s JOIN node AS n ON n.node = s.node WHERE s.value IS NOT NULL
"""


def make_intervals(cursor: DuckDBPyConnection, observed: str, table: str, touched: str) -> None:
    """Make the intervals of the nodes in `touched` again."""
    names = {"__observed": observed, "__table": table, "__touched": touched}
    cursor.execute(render(_FORGET, names))
    cursor.execute(render(_INTERVALS, names))
