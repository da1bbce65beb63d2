"""How much of what happens on a site is known to be somebody's: what was not tracked is not "did not"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from duckdb import DuckDBPyConnection

from lohko.engine.sql import render
from lohko.model.schema import EventType

_SESSIONS = ("session_id", "session", "ga_session_id")
# A person whom only a device or a browser is known of is no known customer.
_JOINED = """
WITH known AS (SELECT DISTINCT person FROM node WHERE NOT kind IN ('anonymous', 'row'))
SELECT count(*), count(k.person), count(DISTINCT __session), count(DISTINCT __session) FILTER (WHERE NOT k.person IS NULL)
FROM __event AS e LEFT JOIN known AS k ON k.person = e.person WHERE e.order_key IS NULL
"""
_SOURCES = "SELECT DISTINCT source FROM __event"


@dataclass(frozen=True)
class Tracked:
    """How many events of a kind there are and how many join a known customer; the same of sessions, 0 where they are not told."""

    event: str
    events: int
    joined: int
    sessions: int
    joined_sessions: int

    @property
    def wholly(self) -> bool:
        """Whether all of it is somebody's."""
        return self.joined == self.events

    def as_json(self) -> dict[str, Any]:
        """As steps give it; the share is of sessions where there are any, else of events."""
        share = self.joined_sessions / self.sessions if self.sessions else self.joined / self.events if self.events else 1.0
        sessions = {"sessions": self.sessions or None, "joined_sessions": self.joined_sessions if self.sessions else None}
        return {"event": self.event, "events": self.events, "joined": self.joined, **sessions, "share": round(share, 6)}


def tracked(cursor: DuckDBPyConnection, event: EventType) -> Tracked:
    """How much of an event is known to be somebody's."""
    session = next((event.properties[name] for name in _SESSIONS if name in event.properties), None)
    name = "record" if session is None else session.column
    events, joined, sessions, joined_sessions = cursor.execute(render(_JOINED, {"__event": event.table, "__session": name})).fetchall()[0]
    return Tracked(event.name, events, joined, *((sessions, joined_sessions) if session is not None else (0, 0)))


def sources_of(cursor: DuckDBPyConnection, table: str) -> set[str]:
    """The sources that events of a table came from."""
    return {source for (source,) in cursor.execute(render(_SOURCES, {"__event": table})).fetchall()}
