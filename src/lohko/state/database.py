"""Opening `state`: SQLite with a write-ahead log, every commit on disk before it counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool

from lohko.base.errors import StoreError
from lohko.base.failures import disk_full
from lohko.state import about_tables as about_tables  # so that its tables are made too
from lohko.state import call_tables as call_tables
from lohko.state import draft_tables as draft_tables
from lohko.state import event_tables as event_tables
from lohko.state import job_tables as job_tables
from lohko.state import live_tables as live_tables
from lohko.state import report_tables as report_tables
from lohko.state import user_tables as user_tables
from lohko.state.tables import metadata

_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CORRUPT_INDEX")


def open_database(path: Path, *, create: bool = False) -> Engine:
    """The database at `path`, with its tables; StoreError when it is missing or damaged."""
    if not create and not path.is_file():
        raise StoreError(
            "no_state",
            "The workspace has no state database.",
            place=str(path),
            hint="restore it from a backup, or make a new workspace with `lohko init`.",
        )
    # Opening a connection takes longer than most questions; those that are idle hold no lock.
    engine = create_engine(f"sqlite:///{path}", poolclass=QueuePool, pool_size=8, max_overflow=-1)
    event.listen(engine, "connect", _configure)
    try:
        _make_missing(engine)
    except DatabaseError as error:
        raise disk_full(error) or _unusable(path, error) from error
    path.chmod(0o600)
    return engine


def _unusable(path: Path, error: DatabaseError) -> StoreError:
    """Only of a file that is no database, or a torn one, is it said that a backup is needed: else one that is well would be overwritten with an old one."""
    if getattr(error.orig, "sqlite_errorname", None) in _DAMAGED:
        return StoreError(
            "state_damaged",
            "The workspace's state database cannot be read.",
            place=str(path),
            hint="restore this file from a backup; the analytical store is made again from it.",
        )
    return StoreError(
        "state_unusable",
        f"The workspace's state database cannot be used just now: {error.orig}.",
        place=str(path),
        hint="look at the disk, and whether this user may write to the file and its folder. The file itself need not be damaged.",
    )


def _make_missing(engine: Engine) -> None:
    """Make the tables that are not there; to ask for each by itself would take most of the time of an opening."""
    with engine.connect() as connection:
        there = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())
    if missing := [table for table in metadata.sorted_tables if table.name not in there]:
        metadata.create_all(engine, tables=missing)


def _configure(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "PRAGMA secure_delete=ON",
        "PRAGMA foreign_keys=ON",
        "PRAGMA busy_timeout=10000",
        "PRAGMA cache_size=-32768",  # kibibytes: with its usual two million bytes a transaction of many new people takes half as long again
    ):
        cursor.execute(pragma)
    cursor.close()
