"""A page that was being read while the store was replaced is read again from the new one.

The store is closed for a moment when a new one takes its place (at the end of an erasure, of retention, of a rebuild), and
with it everything that reads it. Nobody who only looks is told of that: they wait until the new one is there.
"""

from __future__ import annotations

import duckdb
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lohko.steps.work import Work

_LOOKS = ("GET", "HEAD")
_TRIES = 3


class Replaced:
    """Asks again what only looks; what changes something is answered with an error that says so (`Work.blame`)."""

    def __init__(self, app: ASGIApp, work: Work) -> None:
        self.app, self.work = app, work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        for rest in reversed(range(_TRIES)):
            try:
                await self.app(scope, receive, watched)
                return
            except duckdb.ConnectionException:
                await run_in_threadpool(self._wait)
                if begun or not rest or scope["method"] not in _LOOKS:
                    raise

    def _wait(self) -> None:
        self.work.guard.acquire()  # whoever replaces the store holds it
        self.work.guard.release()
