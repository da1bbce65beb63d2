"""How far the inbox has been read: moved in the transaction in which what was read counts. And through which batch its messages have joined people."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from lohko.state.event_tables import inbox_read
from lohko.state.tables import setting

_VOUCHED = "vouched_through"


def read_through(connection: Connection) -> tuple[int, int]:
    """The number of a file of the inbox and how many of its bytes have been read; everything before it too."""
    row = connection.execute(select(inbox_read)).first()
    return (row.file, row.offset) if row is not None else (0, 0)


def save_through(connection: Connection, file: int, offset: int) -> None:
    """Move the position, when the caller's transaction commits."""
    connection.execute(delete(inbox_read))
    connection.execute(insert(inbox_read).values(id=1, file=file, offset=offset))


def read_vouched(connection: Connection) -> int:
    """The last batch whose messages have joined the people they vouch for; 0 before the first."""
    return int(connection.execute(select(setting.c.value).where(setting.c.name == _VOUCHED)).scalar() or 0)


def save_vouched(connection: Connection, batch: int) -> None:
    """Move it."""
    connection.execute(delete(setting).where(setting.c.name == _VOUCHED))
    connection.execute(insert(setting).values(name=_VOUCHED, value=batch))
