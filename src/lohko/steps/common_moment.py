"""The "now" that pages are of: one instant for all who look, until the data or the day is another, at most six hours.

So the numbers of two pages agree, what was counted for one is told to all, and a figure does not change between two looks
because a minute has gone by. Every page says which instant it is of. Programs and commands are answered of the very instant.

While events come in, and live refresh moves people, the data is another one every second. What a page shows would then never be
kept, so such changes alone make another moment only after a while: the longer, the longer it takes to make scores of everyone. What
somebody brought in, decided or refreshed is on the next page at once.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lohko.base.clock import now
from lohko.base.times import local_day
from lohko.engine.store import held
from lohko.state.batches import MESSAGES, last_but

if TYPE_CHECKING:
    from lohko.steps.work import Work

MOST_AGE = dt.timedelta(hours=6)
"""Windows of days begin at a midnight, so within a day and without new data only hours and the recency of RFM move on."""
_HELD_FOR = 0.1
"""Seconds for which one page takes what the store holds to be as it was: a page asks that for each of its figures."""
_HOLDS = 100
"""While events come in, a moment holds for so many times as long as scores of everyone took to make, so that these take a hundredth of the time."""
_LONGEST = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Common:
    """The instant that pages are of; of which data; and what of that somebody brought in or decided, rather than events and time."""

    at: dt.datetime
    content: str
    settled: str


@dataclass
class _Page:
    """What a page that is being made saw last of the moment, of which workspace, and when."""

    of: Work | None = None
    common: Common | None = None
    seen: float = 0.0


_looking: ContextVar[_Page | None] = ContextVar("looking", default=None)


@contextlib.contextmanager
def looking() -> Iterator[None]:
    """What is asked about now within this block is of the common moment."""
    token = _looking.set(_Page())
    try:
        yield
    finally:
        _looking.reset(token)


def is_looking() -> bool:
    """Whether a page is being made."""
    return _looking.get() is not None


def common_moment(work: Work) -> dt.datetime:
    """The instant that pages are of; it outlives a restart."""
    return _common(work).at


def content(work: Work) -> str:
    """A word for the data of the moment that pages are of."""
    return _common(work).content


def end_moment(work: Work) -> None:
    """Somebody refreshed, and wants to see it: the next page is of another moment."""
    page = _looking.get()
    if page is not None:
        page.common = None
    with work.at_common:
        work.common = None
        with contextlib.suppress(OSError):
            work.folder.moment.unlink(missing_ok=True)


def _common(work: Work) -> Common:
    page = _looking.get()
    if page is None:
        return _common_now(work)
    found, seen = page.common, time.monotonic()
    if found is None or page.of is not work or seen - page.seen > _HELD_FOR:
        found = _common_now(work)
        page.of, page.common, page.seen = work, found, seen
    return found


def _common_now(work: Work) -> Common:
    found, present = _seen(work, now()), now()
    with work.at_common:
        kept = work.common or _read(work)
        if kept is not None and _holds(kept, found, present, work):
            work.common = kept
            return kept
        work.common = replace(found, at=present)
        _write(work, work.common)
        return work.common


def _seen(work: Work, present: dt.datetime) -> Common:
    """What the store holds now: its last batch, its last run, and the pasts that were filled in."""
    cursor = work.store.cursor()
    batch, run, pasts = held(cursor)
    cursor.close()
    with work.state.connect() as connection:
        brought = last_but(connection, MESSAGES, batch)
    return Common(present, _word(batch, run, pasts), _word(brought, pasts))


def _word(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _holds(kept: Common, found: Common, present: dt.datetime, work: Work) -> bool:
    zone, age = work.settings.zone, present - kept.at
    if kept.settled != found.settled or not dt.timedelta(0) <= age <= MOST_AGE or local_day(kept.at, zone) != local_day(present, zone):
        return False
    return kept.content == found.content or age < min(_HOLDS * dt.timedelta(seconds=work.kept_tables.seconds), _LONGEST)


def _read(work: Work) -> Common | None:
    with contextlib.suppress(OSError, ValueError):
        settled, content, at = work.folder.moment.read_text(encoding="ascii").split(" ")
        return Common(dt.datetime.fromisoformat(at), content, settled)
    return None


def _write(work: Work, common: Common) -> None:
    with contextlib.suppress(OSError):
        work.folder.moment.write_text(f"{common.settled} {common.content} {common.at.isoformat()}", encoding="ascii")
