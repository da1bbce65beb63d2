"""Opening the analytical store: one DuckDB file, used by one process, made again when it breaks.

Nothing in it is the only copy. A store is made under a temporary name, closed,
brought to disk and renamed, so a half-made one is never opened by its name.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from lohko.base.errors import StoreError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class StoreBroken(StoreError):
    """The file is there but cannot be used: it is moved aside and made again."""


def is_damage(error: BaseException) -> bool:
    """Whether an error of the engine says that the store's file itself is damaged."""
    return any(sign in str(error) for sign in ("Corrupt database file", "does not match stored checksum"))


def take_lock(path: Path) -> int | None:
    """The open descriptor that holds the store's lock, or None while another process holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def open_store(path: Path, readable: Sequence[Path], memory: str | None = None) -> DuckDBPyConnection:
    """The store at `path`, locked down to reading the given folders; StoreBroken when it will not open.

    It takes at most `memory` (such as 2GB) for itself, and writes what does not fit to disk; four fifths of the machine's when left out.
    """
    import duckdb

    try:
        connection = _connect(path, readable, memory)
        for table in ("loaded_batch", "loaded_run", "loaded_past", "person", "local_offset"):
            connection.table(table).limit(1).fetchall()
    except (duckdb.Error, OSError) as error:
        raise StoreBroken(
            "store_broken",
            "The analytical store will not open.",
            place=str(path),
            hint="it is made again from the archive; if this comes back, look at the disk.",
        ) from error
    return connection


def snapshot(connection: DuckDBPyConnection) -> DuckDBPyConnection:
    """A cursor that sees the store as it is now for as long as it is used, whatever is loaded meanwhile."""
    cursor = connection.cursor()
    cursor.execute("BEGIN")
    return cursor


@contextmanager
def whole(connection: DuckDBPyConnection) -> Iterator[DuckDBPyConnection]:
    """A cursor on which all happens or nothing."""
    cursor = connection.cursor()
    cursor.execute("BEGIN")
    try:
        yield cursor
        cursor.execute("COMMIT")
    except BaseException:
        cursor.execute("ROLLBACK")
        raise
    finally:
        cursor.close()


def stored_version(cursor: DuckDBPyConnection) -> int:
    """The number of the last batch that the store holds; 0 when there is none."""
    return int(cursor.execute("SELECT coalesce(max(batch), 0) FROM loaded_batch").fetchall()[0][0])


_HELD = """
SELECT (SELECT coalesce(max(batch), 0) FROM loaded_batch), (SELECT max(run) FROM loaded_run), (SELECT string_agg(segment || ' ' || sha256, ',' ORDER BY segment) FROM loaded_past)
"""


def held(cursor: DuckDBPyConnection) -> tuple[int, int | None, str | None]:
    """What the store holds: its last batch, its last run, and which pasts were filled in."""
    batch, run, pasts = cursor.execute(_HELD).fetchall()[0]
    return batch, run, pasts


def is_of_this_lohko(connection: DuckDBPyConnection) -> bool:
    """Whether the store has the fixed tables that this version of Lohko makes."""
    import duckdb

    from lohko.engine.tables import LAYOUT

    try:
        return connection.cursor().execute("SELECT layout FROM store_layout").fetchall() == [(LAYOUT,)]
    except duckdb.CatalogException:
        return False


def _connect(path: Path, readable: Sequence[Path], memory: str | None) -> DuckDBPyConnection:
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {"checkpoint_threshold": "256MB", "python_enable_replacements": "false"}
    if memory is not None:
        config["memory_limit"] = memory
    connection = duckdb.connect(str(path), config=config)
    scratch = path.parent / "landing" / "unfinished" / "spill"
    for name, value in (
        ("autoinstall_known_extensions", False),
        ("autoload_known_extensions", False),
        ("preserve_insertion_order", False),
        ("enable_progress_bar", False),
        ("TimeZone", "UTC"),
        # A filter on a skewed column is taken to leave a few rows, for which ordered joins would become loops that never end.
        ("asof_loop_join_threshold", 0),
        ("temp_directory", str(scratch)),
        ("allowed_directories", [str(folder) for folder in readable]),
        ("enable_external_access", False),
        ("lock_configuration", True),
    ):
        connection.execute(_SETTINGS[name], [value])
    return connection


_SETTINGS = {
    name: f"SET {name} = ?"
    for name in (
        "autoinstall_known_extensions",
        "autoload_known_extensions",
        "preserve_insertion_order",
        "enable_progress_bar",
        "TimeZone",
        "asof_loop_join_threshold",
        "temp_directory",
        "allowed_directories",
        "enable_external_access",
        "lock_configuration",
    )
}


@contextmanager
def new_store(path: Path, readable: Sequence[Path], zone: ZoneInfo, memory: str | None = None) -> Iterator[DuckDBPyConnection]:
    """A new, empty store to fill; it takes its place at `path` only when the block ends well."""
    from lohko.engine.tables import FIXED, LAYOUT

    unfinished = path.with_name("engine.duckdb.new")
    _remove(unfinished)
    connection = _connect(unfinished, readable, memory)
    unfinished.chmod(0o600)
    try:
        for statement in FIXED:
            connection.execute(statement)
        connection.execute("INSERT INTO store_layout VALUES (?)", [LAYOUT])
        fill_local_offsets(connection, zone)
        yield connection
        connection.execute("CHECKPOINT")
    except BaseException:
        connection.close()
        _remove(unfinished)
        raise
    connection.close()
    sync(unfinished)
    _remove(path)
    unfinished.rename(path)
    sync(path.parent)


_OFFSETS = "INSERT INTO local_offset SELECT unnest(CAST(? AS TIMESTAMP[])), unnest(CAST(? AS INTEGER[]))"


def fill_local_offsets(connection: DuckDBPyConnection, zone: ZoneInfo) -> None:
    """The table by which an instant finds its local day and hour, so that no engine converts zones."""
    from lohko.base.times import to_local_offsets

    rows = [(item.start, item.seconds) for item in to_local_offsets(zone, 1970, 2100)]
    first = rows[0][1] if rows else 0
    starts, offsets = zip((dt.datetime(1, 1, 1), first), *rows, strict=True)
    connection.execute(_OFFSETS, [list(starts), list(offsets)])


def move_aside(path: Path, broken: Path) -> Path:
    """Put a store that will not open where it disturbs nobody, with its write-ahead log."""
    broken.mkdir(exist_ok=True, mode=0o700)
    number = 1 + len(list(broken.glob("engine-*.duckdb")))
    target = broken / f"engine-{number:03}.duckdb"
    for source, goal in ((path, target), (_wal(path), _wal(target))):
        if source.exists():
            shutil.move(source, goal)
    return target


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _remove(path: Path) -> None:
    for item in (path, _wal(path)):
        item.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Bring a file, or a folder's list of names, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fingerprint(connection: DuckDBPyConnection) -> dict[str, str]:
    """Per table, the number of its rows and a hash that does not depend on their order."""
    from lohko.engine.sql import render

    cursor = connection.cursor()
    tables = cursor.execute(
        "SELECT table_name FROM duckdb_tables() WHERE NOT internal AND database_name = current_database() ORDER BY table_name"
    ).fetchall()
    found = {}
    for (table,) in tables:
        rows = cursor.execute(
            render("SELECT count(*), coalesce(sum(hash(t)::HUGEINT), 0) FROM __table AS t", {"__table": table})
        ).fetchall()
        found[table] = f"{rows[0][0]}:{rows[0][1]}"
    return found
