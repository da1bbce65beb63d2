"""Definitions of segments and all their versions; the latest version of each counts."""

from __future__ import annotations

import json
from functools import lru_cache

from sqlalchemy import Connection, String, func, insert, select, type_coerce

from lohko.base.clock import now
from lohko.model.segment import Segment, segment_from_json, segment_to_json
from lohko.state.acting import actor
from lohko.state.drafts import note_author
from lohko.state.notices import tell
from lohko.state.tables import segment_version
from lohko.state.users import any_user


def current(connection: Connection) -> dict[str, Segment]:
    """The definitions that count, by id."""
    latest = (
        select(segment_version.c.segment, func.max(segment_version.c.version).label("version"))
        .group_by(segment_version.c.segment)
        .subquery()
    )
    rows = connection.execute(
        select(segment_version.c.segment, type_coerce(segment_version.c.definition, String).label("definition"))
        .join(latest, (latest.c.segment == segment_version.c.segment) & (latest.c.version == segment_version.c.version))
        .order_by(segment_version.c.segment)
    )
    return {row.segment: read for row in rows if row.definition is not None and (read := _read(row.definition)) is not None}


@lru_cache(maxsize=4096)
def _read(text: str) -> Segment | None:
    """A definition as it is kept: every page needs all of them, and reading one takes most of a millisecond."""
    found = json.loads(text)
    return None if found is None else segment_from_json(found)


def versions(connection: Connection) -> dict[str, int]:
    """The number of the version that counts, by segment."""
    rows = connection.execute(select(segment_version.c.segment, func.max(segment_version.c.version)).group_by(segment_version.c.segment))
    return {row[0]: row[1] for row in rows}


def version(connection: Connection, segment: str, number: int) -> Segment | None:
    """One version of a definition; None when there is no such version."""
    asked = (segment_version.c.segment == segment) & (segment_version.c.version == number)
    found = connection.execute(select(segment_version.c.definition).where(asked)).scalar()
    return None if found is None else segment_from_json(found)


def all_versions(connection: Connection, segment: str) -> list[tuple[int, str, Segment | None]]:
    """Every version of a definition, the first one first: its number, when it was made, and what it was; None where it was taken away."""
    rows = connection.execute(select(segment_version).where(segment_version.c.segment == segment).order_by(segment_version.c.version))
    return [(row.version, row.created_at, None if row.definition is None else segment_from_json(row.definition)) for row in rows]


def save(connection: Connection, segment: Segment) -> int:
    """Keep a definition as its next version, and tell those who use it when it is not the first; the version's number."""
    last = connection.execute(select(func.max(segment_version.c.version)).where(segment_version.c.segment == segment.id)).scalar() or 0
    connection.execute(
        insert(segment_version).values(
            segment=segment.id, version=last + 1, definition=segment_to_json(segment), created_at=now().isoformat()
        )
    )
    note_author(connection, segment.id, last + 1, actor())
    if last and any_user(connection):
        tell(connection, current(connection), segment.id, last + 1)
    return last + 1
