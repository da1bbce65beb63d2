"""The only place where a workspace is put together: state, lock, store, and what a crash left behind."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lohko.base.errors import InputError, StoreError
from lohko.engine.store import StoreBroken, is_damage, move_aside, new_store, open_store, take_lock
from lohko.landing import log
from lohko.state.batches import batches
from lohko.state.erasures import unfinished
from lohko.state.live import ensure_together
from lohko.state.past import pasts
from lohko.state.runs import ensure_decided, runs
from lohko.state.schema import ensure_margins, ensure_of_accounts
from lohko.state.workspace import Folder, Settings, open_workspace
from lohko.steps.load import Behind, catch_up
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from sqlalchemy import Engine

_WAIT_SECONDS = 20.0


@contextmanager
def open_work(path: Path, progress: Progress, *, again: bool = False, wait_seconds: float = _WAIT_SECONDS) -> Iterator[Work]:
    """The workspace at `path`, whole and up to date, for this process alone; the store is made anew when `again`.

    StoreError when there is no workspace, when another process holds it for longer
    than `wait_seconds`, or when the archive itself is damaged.
    """
    folder, state, settings = open_workspace(path)
    lock = _lock(folder, wait_seconds)
    try:
        with state.begin() as connection:
            ensure_of_accounts(connection)
            ensure_margins(connection)
            ensure_decided(connection)
            ensure_together(connection)
            registered, ledger = (
                {row["folder"] for row in batches(connection)},
                {run.file for run in runs(connection)} | {past.file for past in pasts(connection)},
            )
        log.sweep(folder.landing, folder.scratch, registered)
        log.sweep_files(folder.ledger, ledger)
        store = None if again else _open(folder, state, settings, progress)
        if store is None:
            readable = [folder.landing, folder.ledger]
            with new_store(folder.store, readable, settings.zone, _memory()) as made:
                catch_up(made, state, folder, settings.currency, progress)
            store = open_store(folder.store, readable, _memory())
        work = Work(folder, settings, state, store, memory=_memory())
        try:
            work.expect(work.data_version())
            _finish_erasures(work, progress)
            yield work
        except Exception as error:
            if (damage := work.blame(error)) is None:
                raise
            raise damage from error
        finally:
            work.close_store()
            if work.damaged:
                move_aside(folder.store, folder.broken)
    finally:
        os.close(lock)
        state.dispose()


def _memory() -> str | None:
    """How much memory the store may take, from the environment variable LOHKO_MEMORY; InputError when it is no size."""
    given = os.environ.get("LOHKO_MEMORY")
    if given and not re.fullmatch(r"[1-9]\d*(\.\d+)?\s?[KMGT]B", given):
        raise InputError("bad_memory", f"LOHKO_MEMORY is {given!r}, which is no size.", hint="such as 2GB.")
    return given or None


def _finish_erasures(work: Work, progress: Progress) -> None:
    """Finish what was cut short; what that takes is loaded only then, as every command would wait for it."""
    with work.state.connect() as connection:
        waiting = unfinished(connection)
    if waiting:
        from lohko.steps.person_erase import finish_erasures

        finish_erasures(work, progress)


def _lock(folder: Folder, wait_seconds: float) -> int:
    waited = 0.0
    while (lock := take_lock(folder.lock)) is None:
        if waited >= wait_seconds:
            raise StoreError(
                "in_use",
                "Another Lohko is using this workspace.",
                place=str(folder.path),
                hint="wait until it is done, or stop it.",
            )
        time.sleep(0.2)
        waited += 0.2
    return lock


def _open(folder: Folder, state: Engine, settings: Settings, progress: Progress) -> DuckDBPyConnection | None:
    """The store as it is, caught up; None when there is none or it has to be made again."""
    if not folder.store.exists():
        return None
    try:
        store = open_store(folder.store, [folder.landing, folder.ledger], _memory())
    except StoreBroken:
        _aside(folder, progress)
        return None
    try:
        catch_up(store, state, folder, settings.currency, progress)
    except Behind:
        store.close()
        progress(0.0, "the store is older than the archive and is being made again")
        return None
    except BaseException as error:
        store.close()
        if not is_damage(error):
            raise
        _aside(folder, progress)
        return None
    return store


def _aside(folder: Folder, progress: Progress) -> None:
    aside = move_aside(folder.store, folder.broken)
    progress(0.0, f"the store would not open; it is now {aside.relative_to(folder.path)} and is being made again")
