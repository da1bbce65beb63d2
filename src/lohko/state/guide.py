"""What a user of the guide has ticked off by hand, since nothing in the workspace tells it."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from lohko.base.clock import now
from lohko.state.report_tables import guide_mark


def marks(connection: Connection) -> dict[str, str]:
    """The steps that are ticked off, each with when."""
    return {row.step: row.at for row in connection.execute(select(guide_mark))}


def mark(connection: Connection, step: str, done: bool) -> None:
    """Tick a step off, or take that back."""
    connection.execute(delete(guide_mark).where(guide_mark.c.step == step))
    if done:
        connection.execute(insert(guide_mark).values(step=step, at=now().isoformat()))
