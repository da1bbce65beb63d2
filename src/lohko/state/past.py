"""Which files of filled-in days count: at most one per segment, replaced as a whole."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, func, insert, select

from lohko.state.tables import reconstructed_past, run, run_segment


@dataclass(frozen=True)
class Past:
    """The days filled in for one segment: the ledger's file, empty when nobody moved."""

    segment: str
    number: int
    file: str
    sha256: str


def pasts(connection: Connection) -> list[Past]:
    """Every file of filled-in days that counts."""
    return [Past(**row._mapping) for row in connection.execute(select(reconstructed_past).order_by(reconstructed_past.c.segment))]


def next_number(connection: Connection) -> int:
    """The number of the next file, which no other has."""
    return 1 + (connection.execute(select(func.max(reconstructed_past.c.number))).scalar() or 0)


def replace(connection: Connection, segment: str, past: Past | None) -> None:
    """Make a file count instead of the one before it, or none, when the caller's transaction commits."""
    connection.execute(delete(reconstructed_past).where(reconstructed_past.c.segment == segment))
    if past is not None:
        connection.execute(insert(reconstructed_past).values(**asdict(past)))


def first_refreshes(connection: Connection) -> dict[str, str]:
    """Per segment, the instant that its first refresh was about."""
    first = select(run_segment.c.segment, func.min(run_segment.c.run).label("run")).where(run_segment.c.size.is_not(None))
    found = first.group_by(run_segment.c.segment).subquery()
    rows = connection.execute(select(found.c.segment, run.c.as_of).join(run, run.c.number == found.c.run))
    return {row.segment: row.as_of for row in rows}
