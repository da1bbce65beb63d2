"""How many rows of a batch the archive and the store hold."""

from __future__ import annotations

from pathlib import Path

from duckdb import DuckDBPyConnection

from lohko.engine.sql import render
from lohko.model.schema import Schema

_TABLES = {"customers": "customer_row", "orders": "header_row", "order-lines": "line_row"}
_OF_BATCH = "SELECT count(*) FROM __table WHERE batch = ?"
_EVENTS_OF_BATCH = "SELECT count(*) FROM __table WHERE batch = ? AND order_key IS NULL"


def rows_in_archive(cursor: DuckDBPyConnection, path: Path) -> int:
    """The rows of a file of the archive."""
    return int(cursor.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchall()[0][0])


def rows_in_store(cursor: DuckDBPyConnection, schema: Schema, kind: str, batch: int) -> int | None:
    """The rows that the store holds of a batch; None for kinds whose rows become something else than rows."""
    if kind == "events":
        asked = [render(_EVENTS_OF_BATCH, {"__table": event.table}) for event in schema.events.values()]
        return sum(int(cursor.execute(sql, [batch]).fetchall()[0][0]) for sql in asked)
    if kind not in _TABLES:
        return None
    return int(cursor.execute(render(_OF_BATCH, {"__table": _TABLES[kind]}), [batch]).fetchall()[0][0])
