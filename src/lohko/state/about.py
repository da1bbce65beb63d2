"""What people say about segments besides their rules: whether one is a draft, live or archived, notes, and comments."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, insert, select

from lohko.base.clock import now
from lohko.state.about_tables import segment_about, segment_comment

STATUSES = ("draft", "live", "archived")
USUAL = "live"
"""The status of a segment of which nobody said anything."""


def about(connection: Connection) -> dict[str, dict[str, Any]]:
    """Status, notes and who changed them when, by segment; only of those of which something was said."""
    return {row.segment: dict(row._mapping) for row in connection.execute(select(segment_about))}


def say(connection: Connection, segment: str, status: str, notes: str, by: str) -> None:
    """Put a segment's status and notes in the place of the earlier ones."""
    connection.execute(delete(segment_about).where(segment_about.c.segment == segment))
    row = {"segment": segment, "status": status, "notes": notes, "changed_at": now().isoformat(), "changed_by": by}
    connection.execute(insert(segment_about).values(row))


def comments(connection: Connection, segment: str) -> list[dict[str, Any]]:
    """The comments on a segment, the newest first."""
    rows = connection.execute(select(segment_comment).where(segment_comment.c.segment == segment).order_by(segment_comment.c.id.desc()))
    return [dict(row._mapping) for row in rows]


def comment(connection: Connection, segment: str, text: str, by: str) -> None:
    """Add a comment."""
    connection.execute(insert(segment_comment).values(segment=segment, author=by, text=text, at=now().isoformat()))
