"""Which imports and decisions count: a batch exists once its row is here. A decision is a batch that came from no file."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from lohko.state.tables import batch, node

MESSAGES = "messages"
"""The kind of the batches that events come in as while they happen."""


def next_number(connection: Connection) -> int:
    """The number of the next batch."""
    return 1 + (connection.execute(select(func.max(batch.c.number))).scalar() or 0)


def register(connection: Connection, row: dict[str, Any]) -> None:
    """Make a batch count, when the caller's transaction commits."""
    connection.execute(insert(batch).values(**row))


def batches(connection: Connection, after: int = 0, *, messages: bool = True) -> list[dict[str, Any]]:
    """Every batch that counts, in order; those after a number alone, and without those of messages where they are not wanted, of which there are many."""
    wanted = select(batch).where(batch.c.number > after).order_by(batch.c.number)
    wanted = wanted if messages else wanted.where(batch.c.kind != MESSAGES)
    return [dict(row._mapping) for row in connection.execute(wanted)]


def count(connection: Connection, kind: str, *, small: bool = False) -> int:
    """How many batches of a kind there are; with `small` those alone that do not stand for several."""
    which = (batch.c.kind == kind) & (batch.c.folder.not_like("%-to-%") if small else True)
    return int(connection.execute(select(func.count()).where(which)).scalar() or 0)


def imports(connection: Connection) -> list[dict[str, Any]]:
    """The batches that came from files, in order."""
    return [row for row in batches(connection) if row["sha256"]]


def kinds_after(connection: Connection, number: int) -> set[str]:
    """The kinds of the batches after one."""
    return set(connection.execute(select(batch.c.kind).where(batch.c.number > number).distinct()).scalars())


def last_but(connection: Connection, kind: str, until: int) -> int:
    """The last batch of another kind, among those up to a number; 0 when there is none."""
    return connection.execute(select(func.max(batch.c.number)).where(batch.c.kind != kind, batch.c.number <= until)).scalar() or 0


def retries(connection: Connection) -> dict[int, list[dict[str, Any]]]:
    """Per import, the batches that brought in what was rejected of it at first, in order; each holds what is rejected still."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in batches(connection):
        if row["report"].get("retries") is not None:
            found.setdefault(row["report"]["retries"], []).append(row)
    return found


def same_file(connection: Connection, source: str | None, kind: str | None, sha256: str) -> dict[str, Any] | None:
    """The latest batch that this very file already made, as this kind and from this source where they are said; or None."""
    said = [column == value for column, value in ((batch.c.source, source), (batch.c.kind, kind)) if value is not None]
    row = connection.execute(select(batch).where(batch.c.sha256 == sha256, *said).order_by(batch.c.number.desc())).first()
    return dict(row._mapping) if row else None


def roll_up(connection: Connection, numbers: list[int], values: dict[str, Any]) -> None:
    """Let the first of these batches stand for all of them, and be that of which the others' records of people came."""
    first = min(numbers)
    others = [number for number in numbers if number != first]
    connection.execute(update(node).where(node.c.batch.in_(others)).values(batch=first))
    connection.execute(delete(batch).where(batch.c.number.in_(others)))
    connection.execute(update(batch).where(batch.c.number == first).values(**values))


def rewrite(connection: Connection, number: int, values: dict[str, Any]) -> None:
    """Make a batch count as it was written anew without people who were erased, or rows that were kept long enough."""
    connection.execute(update(batch).where(batch.c.number == number).values(**values))
