"""The catalogue of needs and all its versions; the latest version of each need counts."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select

from lohko.base.clock import now
from lohko.model.need import Need, need_from_json, need_to_json
from lohko.state.tables import need_version


def current(connection: Connection) -> dict[str, Need]:
    """The needs that count, by id."""
    latest = select(need_version.c.need, func.max(need_version.c.version).label("version")).group_by(need_version.c.need).subquery()
    rows = connection.execute(
        select(need_version.c.need, need_version.c.definition)
        .join(latest, (latest.c.need == need_version.c.need) & (latest.c.version == need_version.c.version))
        .order_by(need_version.c.need)
    )
    return {row.need: need_from_json(row.definition) for row in rows if row.definition is not None}


def save(connection: Connection, need: Need) -> int:
    """Keep a need as its next version; the version's number."""
    last = connection.execute(select(func.max(need_version.c.version)).where(need_version.c.need == need.id)).scalar() or 0
    connection.execute(
        insert(need_version).values(need=need.id, version=last + 1, definition=need_to_json(need), created_at=now().isoformat())
    )
    return last + 1
