"""What goes on while the server runs: each a thread of its own, from `start` to `close`."""

from __future__ import annotations

import threading

from lohko.steps.work import Work


class GoingOn:
    """A thread that does its rounds (`_run`) until `_over` is set."""

    name: str

    def __init__(self, work: Work) -> None:
        self._work, self._over = work, threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name=f"lohko-{self.name}", daemon=True)
        self._thread.start()

    def close(self, wait_seconds: float = 20.0) -> None:
        """End, after the round that is under way."""
        self._over.set()
        self._rouse()
        if self._thread is not None:
            self._thread.join(wait_seconds)

    def _rouse(self) -> None:
        """End a rest that waits for something else than the end."""

    def _run(self) -> None:
        raise NotImplementedError
