"""How far the inbox has been read: moved in the transaction in which what was read counts."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from lohko.state.event_tables import inbox_read


def read_through(connection: Connection) -> tuple[int, int]:
    """The number of a file of the inbox and how many of its bytes have been read; everything before it too."""
    row = connection.execute(select(inbox_read)).first()
    return (row.file, row.offset) if row is not None else (0, 0)


def save_through(connection: Connection, file: int, offset: int) -> None:
    """Move the position, when the caller's transaction commits."""
    connection.execute(delete(inbox_read))
    connection.execute(insert(inbox_read).values(id=1, file=file, offset=offset))
