"""A clock that goes when it is told, and what was published by then."""

from __future__ import annotations

import datetime as dt
import sys

import pytest

from intake.posting import send
from lohko.base import clock
from lohko.steps.feed import changes_after
from lohko.steps.work import Work, silent

NOON = dt.datetime(2026, 11, 28, 12, 0, tzinfo=dt.UTC)
RULES = """
- id: viewers
  where: did looked in last 2 days
- id: often
  where: did looked at least 2 times in last 30 days
- id: gold
  where: plan is gold
- id: most
  where: is in the top 1 by count of looked
"""


class Clock:
    """What every module reads instead of the clock."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.at = NOON
        real = clock.now
        for name, module in list(sys.modules.items()):
            if name.startswith("lohko") and getattr(module, "now", None) is real:
                patch.setattr(module, "now", lambda: self.at)

    def goes(self, **by: float) -> None:
        self.at += dt.timedelta(**by)


def seen(work: Work, after: str | None = None) -> list[tuple[str, str, bool, str]]:
    return [
        (item["segment"], item["customer"], item["entered"], item["cause"]) for item in changes_after(work, silent, after=after)["changes"]
    ]


def comes(work: Work, time_of: Clock, *messages: dict) -> None:
    """Messages come in, and a moment later a round is due."""
    send(work, *messages, at=time_of.at)
    time_of.goes(seconds=1)
