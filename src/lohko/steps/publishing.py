"""Publishing while the server runs: whatever changes what look-ups are answered from is published within a second, whoever changed it."""

from __future__ import annotations

import logging

from lohko.steps.publish import is_due, publish
from lohko.steps.threads import GoingOn

_EVERY_SECONDS = 0.5
_AFTER_FAILURE_SECONDS = 5.0
_log = logging.getLogger("lohko.lookups")


class Publishing(GoingOn):
    """The publication that is being made at the end is made."""

    name = "publishing"

    def _run(self) -> None:
        wait = 0.0
        while not self._over.wait(wait):
            wait = _EVERY_SECONDS
            try:
                if is_due(self._work):
                    publish(self._work)
            except Exception as error:
                # The last publication stands, and the next round may find the disk well again.
                _log.error("publishing: %s", self._work.code_of(error))
                wait = _AFTER_FAILURE_SECONDS
