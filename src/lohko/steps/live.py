"""Events brought in while the server runs: what was acknowledged is in the store about half a second later."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from lohko.landing.inbox import Position, waiting_bytes
from lohko.state.inbox import read_through
from lohko.steps.intake import MOST_BYTES, finish_joining, take_some
from lohko.steps.taking import look_back
from lohko.steps.threads import GoingOn
from lohko.steps.work import Work

_LOOK_SECONDS = 0.05
EVERY_SECONDS = 0.4
"""So often at most a batch is made: what comes meanwhile comes in together."""
_AFTER_FAILURE_SECONDS = 5.0
_log = logging.getLogger("lohko.events")


class Taking(GoingOn):
    """The batch that is being made at the end is made; what waits then waits in the inbox."""

    name = "events"

    def __init__(self, work: Work, told: Callable[[], None] = lambda: None) -> None:
        """`told` is called when something has come in."""
        super().__init__(work)
        self._told = told

    def _run(self) -> None:
        wait = 0.0
        while not self._over.wait(wait):
            try:
                look_back(self._work)
                finish_joining(self._work)
                self._take_on()
            except Exception as error:
                # It goes on: nothing that was acknowledged is lost, and the next round may find the disk well again.
                self._work.taking_fails = self._work.code_of(error)
                _log.error("events: %s", self._work.taking_fails)
            wait = _AFTER_FAILURE_SECONDS

    def _take_on(self) -> None:
        """Take what comes, until this is over or something fails."""
        position, wait = Position(), _LOOK_SECONDS
        while not self._over.wait(wait):
            wait = _LOOK_SECONDS
            waiting = waiting_bytes(self._work.folder.inbox, position)
            if waiting:
                began = time.monotonic()
                took_any = take_some(self._work) is not None
                self._work.taking_fails = None
                with self._work.state.connect() as connection:
                    position = Position(*read_through(connection))
                if took_any:
                    self._told()
                # Between two batches the refresh and others get their turn, however much comes in.
                if waiting < MOST_BYTES:
                    wait = max(EVERY_SECONDS - (time.monotonic() - began), _LOOK_SECONDS)
