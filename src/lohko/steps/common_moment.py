"""The "now" that pages are of: one instant for all who look, until the data or the day is another, at most six hours.

So the numbers of two pages agree, what was counted for one is told to all, and a figure does not change between two looks
because a minute has gone by. Every page says which instant it is of. Programs and commands are answered of the very instant.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING

from lohko.base.clock import now
from lohko.base.times import local_day

if TYPE_CHECKING:
    from lohko.steps.work import Work

MOST_AGE = dt.timedelta(hours=6)
"""Windows of days begin at a midnight, so within a day and without new data only hours and the recency of RFM move on."""
_looking: ContextVar[bool] = ContextVar("looking", default=False)
_CONTENT = """
SELECT (SELECT max(batch) FROM loaded_batch), (SELECT max(run) FROM loaded_run), (SELECT string_agg(segment || ' ' || sha256, ',' ORDER BY segment) FROM loaded_past)
"""


@contextlib.contextmanager
def looking() -> Iterator[None]:
    """What is asked about now within this block is of the common moment."""
    token = _looking.set(True)
    try:
        yield
    finally:
        _looking.reset(token)


def is_looking() -> bool:
    """Whether a page is being made."""
    return _looking.get()


def content(work: Work) -> str:
    """Which data the store holds now: its last batch, its last run, and the pasts that were filled in."""
    found = work.store.cursor().execute(_CONTENT).fetchall()[0]
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


def common_moment(work: Work) -> dt.datetime:
    """The instant that pages are of; it outlives a restart."""
    of, present = content(work), now()
    with work.at_common:
        kept = work.common or _read(work)
        if kept is not None and kept[0] == of and _holds(kept[1], present, work):
            work.common = kept
            return kept[1]
        work.common = of, present
        _write(work, of, present)
        return present


def _holds(at: dt.datetime, present: dt.datetime, work: Work) -> bool:
    zone = work.settings.zone
    return dt.timedelta(0) <= present - at <= MOST_AGE and local_day(at, zone) == local_day(present, zone)


def _read(work: Work) -> tuple[str, dt.datetime] | None:
    with contextlib.suppress(OSError, ValueError):
        of, _, at = work.folder.moment.read_text(encoding="ascii").partition(" ")
        return of, dt.datetime.fromisoformat(at)
    return None


def _write(work: Work, of: str, at: dt.datetime) -> None:
    with contextlib.suppress(OSError):
        work.folder.moment.write_text(f"{of} {at.isoformat()}", encoding="ascii")
