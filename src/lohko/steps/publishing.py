"""Publishing while the server runs: whatever changes what look-ups are answered from is published within a second, whoever changed it."""

from __future__ import annotations

import logging
import threading

from lohko.base.errors import LohkoError
from lohko.steps.publish import is_due, publish
from lohko.steps.work import Work

_EVERY_SECONDS = 0.5
_AFTER_FAILURE_SECONDS = 5.0
_log = logging.getLogger("lohko.lookups")


class Publishing:
    """A thread of its own, from `start` to `close`."""

    def __init__(self, work: Work) -> None:
        self._work, self._over = work, threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="lohko-publishing", daemon=True)
        self._thread.start()

    def close(self, wait_seconds: float = 20.0) -> None:
        """End, after the publication that is being made."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(wait_seconds)

    def _run(self) -> None:
        wait = 0.0
        while not self._over.wait(wait):
            wait = _EVERY_SECONDS
            try:
                if is_due(self._work):
                    publish(self._work)
            except LohkoError as error:
                _log.error("publishing: %s", error.code)
                wait = _AFTER_FAILURE_SECONDS
            except Exception as error:
                # The last publication stands, and the next round may find the disk well again.
                _log.error("publishing: %s", type(error).__name__)
                wait = _AFTER_FAILURE_SECONDS
