"""Exports that say what rows share on the first of them only: it is written on all, so that each row stands for itself."""

from __future__ import annotations

from collections.abc import Mapping

from duckdb import DuckDBPyConnection

from lohko.engine.sql import column, expression, render

_OF_ROW = ("lineitem", "vendor")
_SUMS = ("subtotal", "shipping", "taxes", "total", "discount amount", "refunded amount", "outstanding balance")


def share_down(connection: DuckDBPyConnection, source: Mapping[str, str], once_per: str) -> None:
    """Fill the blanks of rows that have one value of `once_per`; sums stay on the row that has them."""
    by = source[once_per]
    texts = []
    for label, cell in source.items():
        if label == once_per or label.casefold() in _SUMS or label.casefold().startswith(_OF_ROW):
            texts.append(column(cell))
            continue
        filled = expression(
            "coalesce(NULLIF(__c, ''), first(NULLIF(__c, '') ORDER BY record) FILTER (WHERE NULLIF(__c, '') IS NOT NULL) OVER (PARTITION BY __k))",
            {"__c": cell, "__k": by},
        )
        texts.append(filled.as_(cell, quoted=True))
    connection.execute(render("CREATE OR REPLACE TABLE shared AS SELECT record, __texts FROM raw", lists={"__texts": texts}))
    connection.execute("DROP VIEW raw")
    connection.execute("DROP TABLE texts")
    connection.execute("ALTER TABLE shared RENAME TO texts")
    connection.execute("CREATE VIEW raw AS SELECT * FROM texts")
