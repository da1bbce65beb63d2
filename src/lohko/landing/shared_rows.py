"""Exports that say what rows share on the first of them only: it is written on all, so that each row stands for itself."""

from __future__ import annotations

from collections.abc import Mapping

from duckdb import DuckDBPyConnection

from lohko.engine.sql import column, expression, render

_OF_ROW = ("lineitem", "vendor")
_SUMS = ("subtotal", "shipping", "taxes", "total", "discount amount", "refunded amount", "outstanding balance")
_FILLED = """
CASE WHEN NULLIF(__c, '') IS NULL AND NOT NULLIF(__k, '') IS NULL
    THEN min_by(__c, record) FILTER (WHERE NOT NULLIF(__c, '') IS NULL) OVER (PARTITION BY __k) ELSE __c END
"""


def share_down(connection: DuckDBPyConnection, source: Mapping[str, str], once_per: str) -> None:
    """Fill the blanks of rows that have one value of `once_per`; sums stay on the row that has them."""
    by = source[once_per]
    texts = []
    for label, cell in source.items():
        if label == once_per or label.casefold() in _SUMS or label.casefold().startswith(_OF_ROW):
            texts.append(column(cell))
            continue
        filled = expression(_FILLED, {"__c": cell, "__k": by})
        texts.append(filled.as_(cell, quoted=True))
    connection.execute(render("CREATE OR REPLACE TABLE shared AS SELECT record, __texts FROM raw", lists={"__texts": texts}))
    connection.execute("DROP VIEW raw")
    connection.execute("DROP TABLE texts")
    connection.execute("ALTER TABLE shared RENAME TO texts")
    connection.execute("CREATE VIEW raw AS SELECT * FROM texts")
