"""Sources kept up with while the server runs: those whose time has come are synced, what webhooks brought is taken, reports are sent, once a day what was kept long enough goes, and small batches of events, and small runs of refreshes, become one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial

from lohko.base.errors import LohkoError
from lohko.steps.reports import report_send
from lohko.steps.retention import retention_run
from lohko.steps.roll_messages import events_roll_up
from lohko.steps.roll_up import roll_up_due
from lohko.steps.sources import source_sync, take_waiting
from lohko.steps.threads import GoingOn
from lohko.steps.work import Work, silent

_EVERY_SECONDS = 20.0
_ROLL_UP_EVERY = 6
"""In so many rounds it is looked whether small batches have gathered."""
_A_MOMENT = 1.0
"""Webhooks come in flocks: what comes within a moment is brought in together."""
_log = logging.getLogger("lohko.sources")


class Keeping(GoingOn):
    """What is being brought in at the end is brought in whole."""

    name = "sources"

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self._told = threading.Event()

    def told(self) -> None:
        """A webhook has brought something."""
        self._told.set()

    def _rouse(self) -> None:
        self._told.set()

    def _run(self) -> None:
        rounds = 0
        while not self._over.is_set():
            rounds += 1
            told = self._told.wait(_EVERY_SECONDS)
            if told and self._over.wait(_A_MOMENT):
                return
            self._told.clear()
            for step in self._due(rounds):
                self._try(step)

    def _due(self, rounds: int) -> list[Callable[[], object]]:
        work = self._work
        small = [partial(events_roll_up, work, silent, due=True)] if rounds % _ROLL_UP_EVERY == 0 else []
        return [
            partial(take_waiting, work, silent),
            partial(source_sync, work, silent, due=True),
            partial(retention_run, work, silent, only_when_due=True),
            partial(roll_up_due, work),
            lambda: work.rows.keep(work.store),
            *small,
            partial(report_send, work, silent, due=True),
        ]

    def _try(self, step: Callable[[], object]) -> None:
        """One of them; that it failed keeps none of the others, and the next round may find the disk or the database well again."""
        try:
            step()
        except LohkoError as error:
            _log.warning("sources: %s", error.code)
        except Exception as error:
            _log.error("sources: %s", type(error).__name__)
