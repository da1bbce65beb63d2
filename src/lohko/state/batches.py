"""Which imports and decisions count: a batch exists once its row is here. A decision is a batch that came from no file."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, insert, select

from lohko.state.tables import batch


def next_number(connection: Connection) -> int:
    """The number of the next batch."""
    return 1 + (connection.execute(select(func.max(batch.c.number))).scalar() or 0)


def register(connection: Connection, row: dict[str, Any]) -> None:
    """Make a batch count, when the caller's transaction commits."""
    connection.execute(insert(batch).values(**row))


def batches(connection: Connection) -> list[dict[str, Any]]:
    """Every batch that counts, in order."""
    return [dict(row._mapping) for row in connection.execute(select(batch).order_by(batch.c.number))]


def imports(connection: Connection) -> list[dict[str, Any]]:
    """The batches that came from files, in order."""
    return [row for row in batches(connection) if row["sha256"]]


def same_file(connection: Connection, source: str, kind: str, sha256: str) -> dict[str, Any] | None:
    """The latest batch that this very file already made, or None."""
    row = connection.execute(
        select(batch).where(batch.c.source == source, batch.c.kind == kind, batch.c.sha256 == sha256).order_by(batch.c.number.desc())
    ).first()
    return dict(row._mapping) if row else None
