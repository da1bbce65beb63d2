"""What goes on while the server runs: each a thread of its own, from `start` to `close`."""

from __future__ import annotations

import os
import sys
import threading

from lohko.steps.work import Work

_NICENESS = 5
"""As `nice` counts: with a third of the processor's time of whoever waits for an answer, when there is not enough for all."""


class GoingOn:
    """A thread that does its rounds (`_run`) until `_over` is set."""

    name: str

    def __init__(self, work: Work) -> None:
        self._work, self._over = work, threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._give_way, name=f"lohko-{self.name}", daemon=True)
        self._thread.start()

    def close(self, wait_seconds: float = 20.0) -> None:
        """End, after the round that is under way."""
        self._over.set()
        self._rouse()
        if self._thread is not None:
            self._thread.join(wait_seconds)

    def _give_way(self) -> None:
        """Begin the rounds, after everything for whose answer somebody waits: pages, and the process beside that takes events and answers look-ups."""
        if sys.platform == "linux":  # where a thread has a priority of its own
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + _NICENESS)
        self._run()

    def _rouse(self) -> None:
        """End a rest that waits for something else than the end."""

    def _run(self) -> None:
        raise NotImplementedError
