"""Refreshing all the time while the server runs: a thread that does one round after another (`steps/refresh_live.py`).

It rests between rounds for as long as is set, and at least for half as long as the last
round took (a second at most), so that others get their turn. New events wake it; without any it looks
for itself, rarely enough to need a small part of the processor. A round that fails
is said and tried again later, each time after a longer rest; events come in meanwhile.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from typing import Any

from lohko.base.clock import now
from lohko.base.times import local_day
from lohko.state import live
from lohko.steps.question import iso
from lohko.steps.refresh import refresh
from lohko.steps.refresh_live import refresh_live
from lohko.steps.threads import GoingOn
from lohko.steps.work import Progress, Work, silent

_LEAST_REST, _ENOUGH_REST = 0.5, 1.0
"""Others get their turn for so much of the time that the last round took, at least, and for so many seconds at most: what came in during a long round has waited for it."""
_REST_SHARE, _LONGEST_REST = 10, 10.0
"""Without new events it rests so many times as long as the last round took, and not longer than so many seconds."""
_FIRST_RETRY, _LAST_RETRY = 2.0, 300.0
_CHECK_HOUR = 3
"""The local hour from which on a night's check is made."""
_log = logging.getLogger("lohko.refresh")


class _Over(Exception):
    """The server ends."""


class Refreshing(GoingOn):
    """One round after another. At the end a round that is under way ends at its next step and leaves nothing half-done."""

    name = "refresh"

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self._woken = threading.Event()
        self._failed = 0

    def wake(self) -> None:
        """Something has come in."""
        self._woken.set()

    def _rouse(self) -> None:
        self._woken.set()

    def _run(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            self._woken.clear()
            pause = self._round()
            took = time.monotonic() - began
            if self._over.wait(max(pause, min(took * _LEAST_REST, _ENOUGH_REST))):
                return
            self._woken.wait(0.0 if self._failed else min(took * _REST_SHARE, _LONGEST_REST))

    def _round(self) -> float:
        """One round; how long to rest after it at least."""
        try:
            with self._work.state.connect() as connection:
                settings = live.read_settings(connection)
            if settings.on:
                refresh_live(self._work, self._go_on)
                self._work.rows.keep(self._work.store, first=True)
                if settings.nightly_check:
                    self._check()
            if self._failed:
                self._tell(error=None, tries=0)
            self._failed = 0
            return settings.pause_seconds
        except _Over:
            return 0.0
        except Exception as error:
            # It goes on: the next round may find the disk or the store well again.
            return self._after_failure(self._work.code_of(error))

    def _go_on(self, _done: float, _what: str) -> None:
        if self._over.is_set():
            raise _Over

    def _after_failure(self, what: str) -> float:
        self._failed += 1
        _log.error("refresh: %s (%s times)", what, self._failed)
        self._tell(error=what, tries=self._failed, failed_at=iso(now()))
        return float(min(_FIRST_RETRY * 2 ** (self._failed - 1), _LAST_RETRY))

    def _tell(self, **said: Any) -> None:
        self._work.refreshing_fails = said
        try:
            with self._work.state.begin() as connection:
                live.tell(connection, **said)
        except Exception as error:
            _log.error("refresh: %s", self._work.code_of(error))

    def _check(self) -> None:
        """Once a night: everyone is asked as well, and who differs is told."""
        with self._work.state.connect() as connection:
            checked = live.read_told(connection).get("check", {}).get("day")
        at = now()
        today, zone = local_day(at, self._work.settings.zone), self._work.settings.zone
        if checked != today.isoformat() and at.astimezone(zone).hour >= _CHECK_HOUR:
            check_live(self._work, at, self._go_on)


def check_live(work: Work, at: dt.datetime | None = None, progress: Progress = silent) -> dict[str, Any]:
    """Refresh both ways, and keep what differs where the operator sees it (`lohko live`)."""
    at = at or now()
    found = refresh(work, progress, check=True)
    said = {
        "at": iso(at),
        "day": local_day(at, work.settings.zone).isoformat(),
        "asked_again": found["asked_again"],
        "differences": found["differences"],
    }
    for item in said["differences"]:
        _log.error("refresh: asking few and asking everyone differ in segment %s, about %s people", item["segment"], item["people"])
    with work.state.begin() as connection:
        live.tell(connection, check=said)
    return said
