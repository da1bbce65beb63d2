"""Many requests, one trip to the disk: what waits when the disk is ready goes there together."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass

from lohko.landing.inbox import Writer

_IDLE_SECONDS = 0.2


@dataclass(frozen=True)
class _Waiting:
    delivery: bytes
    done: asyncio.Future[None]


class Committer:
    """A thread that owns the inbox's writer. `keep` returns when a delivery is on disk, and raises OSError when it is not."""

    def __init__(self, writer: Writer) -> None:
        self._writer, self._waiting, self._over = writer, list[_Waiting](), False
        self._told = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="lohko-inbox", daemon=True)
        self._thread.start()

    async def keep(self, delivery: bytes) -> None:
        """Bring a delivery to disk."""
        item = _Waiting(delivery, asyncio.get_running_loop().create_future())
        with self._told:
            self._waiting.append(item)
            self._told.notify()
        await item.done

    def close(self) -> None:
        """End, after what waits is on disk."""
        with self._told:
            self._over = True
            self._told.notify()
        self._thread.join()
        self._writer.close()

    def _run(self) -> None:
        while True:
            with self._told:
                if not self._waiting and not self._over:
                    self._told.wait(_IDLE_SECONDS)
                together, self._waiting = self._waiting, []
                over = self._over
            if together:
                self._commit(together)
                self._turn()
            elif over:
                return
            else:
                self._turn()

    def _turn(self) -> None:
        with suppress(OSError):  # the next delivery meets it again, and is told
            self._writer.turn_if_old()

    def _commit(self, together: list[_Waiting]) -> None:
        error: OSError | None = None
        try:
            self._writer.append([item.delivery for item in together])
        except OSError as problem:
            error = problem
        loop = together[0].done.get_loop()
        loop.call_soon_threadsafe(_tell, together, error)


def _tell(together: list[_Waiting], error: OSError | None) -> None:
    for item in together:
        if item.done.done():  # whoever sent it has gone
            continue
        if error is None:
            item.done.set_result(None)
        else:
            item.done.set_exception(OSError(error.errno, error.strerror))
