"""The sources that a workspace is fed from: their settings, where each is, and what its webhooks have brought that is not taken yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from lohko.base.clock import now
from lohko.base.errors import InputError, did_you_mean
from lohko.state.tables import hook, hook_record, source, source_suppressed

_COLUMNS = ("received", "accepted", "duplicate", "rejected", "deleted")
COUNTS = (*_COLUMNS, "suppressed")
"""What is added up of a source: received = accepted + duplicate + rejected + suppressed, which are of people who were erased."""
_WITH_SUMS = select(source, func.coalesce(source_suppressed.c.suppressed, 0).label("suppressed")).join_from(
    source, source_suppressed, source_suppressed.c.name == source.c.name, isouter=True
)


def sources(connection: Connection) -> list[dict[str, Any]]:
    """Every source, by name."""
    return [dict(row._mapping) for row in connection.execute(_WITH_SUMS.order_by(source.c.name))]


def find(connection: Connection, name: str) -> dict[str, Any]:
    """The source of that name; InputError when there is none."""
    row = connection.execute(_WITH_SUMS.where(source.c.name == name)).first()
    if row is None:
        known = [item for (item,) in connection.execute(select(source.c.name))]
        raise InputError(
            "unknown_source", f"There is no source {name!r}.", hint=did_you_mean(name, known) or "`lohko source add` makes one."
        )
    return dict(row._mapping)


def add(connection: Connection, name: str, kind: str, settings: Mapping[str, str], schedule: str) -> None:
    """Keep a new source; InputError when the name is taken."""
    if connection.execute(select(source.c.name).where(source.c.name == name)).first():
        raise InputError("source_exists", f"There is a source {name!r} already.", hint="remove it first, or choose another name.")
    connection.execute(
        insert(source).values(
            name=name,
            kind=kind,
            settings=dict(settings),
            schedule=schedule,
            added_at=now().isoformat(),
            cursor={},
            **dict.fromkeys(_COLUMNS, 0),
        )
    )


def remove(connection: Connection, name: str) -> None:
    """Forget a source, where it was, and what its webhooks brought and was not taken."""
    find(connection, name)
    for table, column in (
        (hook, hook.c.source), (hook_record, hook_record.c.source), (source_suppressed, source_suppressed.c.name), (source, source.c.name),
    ):  # fmt: skip
        connection.execute(delete(table).where(column == name))


def reschedule(connection: Connection, name: str, schedule: str) -> None:
    """Change when a source is asked by itself."""
    find(connection, name)
    connection.execute(update(source).where(source.c.name == name).values(schedule=schedule))


def advance(connection: Connection, name: str, stream: str, cursor: Mapping[str, Any], counts: Mapping[str, int]) -> None:
    """Move a stream's cursor to what counts now, and add up the rows."""
    row = find(connection, name)
    values: dict[str, Any] = {item: row[item] + counts.get(item, 0) for item in _COLUMNS}
    connection.execute(update(source).where(source.c.name == name).values(cursor={**row["cursor"], stream: dict(cursor)}, **values))
    if counts.get("suppressed"):
        sum_now = insert_or(source_suppressed).values(name=name, suppressed=row["suppressed"] + counts["suppressed"])
        connection.execute(sum_now.on_conflict_do_update(index_elements=["name"], set_={"suppressed": sum_now.excluded.suppressed}))


def forget_cursor(connection: Connection, name: str) -> None:
    """Begin again from the very first row."""
    connection.execute(update(source).where(source.c.name == name).values(cursor={}))


def begun(connection: Connection, name: str) -> None:
    """Note that a sync began."""
    connection.execute(update(source).where(source.c.name == name).values(last_attempt=now().isoformat()))


def ended(connection: Connection, name: str, error: Mapping[str, Any] | None) -> None:
    """Note how a sync ended: with nothing wrong, or with what was."""
    values: dict[str, Any] = {"last_error": dict(error) if error else None}
    if error is None:
        values["last_success"] = now().isoformat()
    connection.execute(update(source).where(source.c.name == name).values(**values))


# --- webhooks -----------------------------------------------------------------------------


def keep_hook(connection: Connection, name: str, delivery: str, topic: str, body: bytes) -> bool:
    """Keep what a webhook brought, before it is answered; False when this delivery is kept already."""
    row = insert_or(hook).values(source=name, delivery=delivery, topic=topic, body=body, received_at=now().isoformat())
    return connection.execute(row.on_conflict_do_nothing()).rowcount == 1


def hooks(connection: Connection, name: str, limit: int) -> list[dict[str, Any]]:
    """What webhooks brought and is not taken yet, in the order of arrival."""
    rows = connection.execute(select(hook).where(hook.c.source == name, hook.c.body.is_not(None)).order_by(hook.c.id).limit(limit))
    return [dict(row._mapping) for row in rows]


def waiting_hooks(connection: Connection) -> dict[str, int]:
    """How much waits, by source."""
    rows = connection.execute(select(hook.c.source, func.count()).where(hook.c.body.is_not(None)).group_by(hook.c.source))
    return {str(name): int(n) for name, n in rows}


def hooks_taken(connection: Connection, ids: Sequence[int]) -> None:
    """Blank what counts now. The delivery's own id stays, so that the same delivery again is known."""
    for start in range(0, len(ids), 500):
        connection.execute(update(hook).where(hook.c.id.in_(ids[start : start + 500])).values(body=None))


def forget_old_hooks(connection: Connection, before: str) -> None:
    """Forget the ids of deliveries that were taken long ago."""
    connection.execute(delete(hook).where(hook.c.body.is_(None), hook.c.received_at < before))


def known_changes(connection: Connection, name: str, keys: Sequence[str]) -> dict[str, str]:
    """When records that webhooks told of were last changed, by key."""
    found: dict[str, str] = {}
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        rows = connection.execute(
            select(hook_record.c.record, hook_record.c.changed).where(hook_record.c.source == name, hook_record.c.record.in_(part))
        )
        found.update((str(record), str(changed)) for record, changed in rows)
    return found


def keep_changes(connection: Connection, name: str, changes: Mapping[str, str]) -> None:
    """Remember when records were last changed."""
    for record, changed in changes.items():
        row = insert_or(hook_record).values(source=name, record=record, changed=changed)
        connection.execute(row.on_conflict_do_update(index_elements=["source", "record"], set_={"changed": changed}))
