"""What a page is counting just now: so that it can be said, and stopped when nobody waits any more."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Counted:
    """Something that is being counted, on so many snapshots of the store."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self.began = time.monotonic()
        self._cursors: list[DuckDBPyConnection] = []

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """What is asked of the store in this block can be stopped."""
        token = _running.set(self)
        try:
            yield
        finally:
            _running.reset(token)
            self._cursors.clear()

    def on(self, cursor: DuckDBPyConnection) -> None:
        """It is counted on this snapshot, among others."""
        if self.stopped.is_set():
            raise duckdb.InterruptException("INTERRUPT Error: nobody waits any more")
        self._cursors.append(cursor)

    def stop(self) -> None:
        """Stop it. What is between two queries just now is stopped at the next snapshot, or when this is called again."""
        self.stopped.set()
        for cursor in list(self._cursors):
            with contextlib.suppress(duckdb.Error):  # it may be closed already
                cursor.interrupt()


_running: ContextVar[Counted | None] = ContextVar("running", default=None)


def counted_on(cursor: DuckDBPyConnection) -> None:
    """Remember a snapshot for what is being counted in this context, if anything is."""
    found = _running.get()
    if found is not None:
        found.on(cursor)
