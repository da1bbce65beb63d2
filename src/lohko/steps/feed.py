"""Changes as they are published: every entering and leaving with its cause, from a position on; and what refreshing says of itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, replace
from typing import Any

from lohko.base.clock import now
from lohko.base.errors import InputError, did_you_mean
from lohko.base.times import naive
from lohko.engine.feed import Of, Position, end, is_older, page
from lohko.landing.delivery import Delivery
from lohko.landing.inbox import Position as Place
from lohko.landing.inbox import oldest, waiting_bytes
from lohko.state import batches, live, runs
from lohko.state import segments as kept
from lohko.state.inbox import read_through
from lohko.state.privacy import special_attributes
from lohko.state.workspace import note
from lohko.steps.question import iso
from lohko.steps.special import refused_by_category, refused_versions
from lohko.steps.work import Progress, Work

END = "end"
"""Instead of a position: behind the last change."""
MOST = 10_000
_FIRST_LINE = 1000
"""Bytes in which a delivery has said when it came."""


def changes_after(
    work: Work, progress: Progress, *, after: str | None = None, limit: int = 1000, segment: str | None = None
) -> dict[str, Any]:
    """The next changes after a position, oldest first: from the oldest that is served when it is left out.

    `next` is where to go on, also when there was nothing new. Each change is told at
    least once, always with the same id; the changes of one person come in their order.
    InputError `changes_gone` when some after the position are too old to be served, and
    `unknown_position` when it is none of this workspace.
    """
    if not 1 <= limit <= MOST:
        raise InputError("bad_limit", f"A limit is a number from 1 to {MOST}.")
    with work.state.connect() as connection:
        settings, names, gaps = live.read_settings(connection), kept.versions(connection), runs.leaps(connection)
        current = {name: item.definition for name, item in kept.current(connection).items()} if special_attributes(connection) else {}
        without = refused_by_category(connection, current)
        of = Of(segment, without, refused_versions(connection, current))
    if segment is not None and segment not in names:
        raise InputError("unknown_segment", f"No segment is called {segment!r}.", hint=did_you_mean(segment, names))
    if segment in without:
        raise without[segment]
    cursor = work.store.cursor()
    try:
        since = naive(now() - dt.timedelta(days=settings.changes_days))
        last = end(cursor)
        here = _position(after, last, gaps)
        if after is not None and after != END and is_older(cursor, here, since, of):
            raise InputError(
                "changes_gone",
                f"Changes after this position are older than the {settings.changes_days} days for which they are served.",
                place=after[:80],
                hint="read the members of your segments anew, and go on from `after=end` as it was before that.",
            )
        found = page(cursor, here, since, limit, of)
    finally:
        cursor.close()
    # Whoever has seen all that concerns them stands behind the last run, so that what is not theirs never makes their position an old one.
    behind = found[-1].position if len(found) == limit else max([here, last, *(item.position for item in found)])
    return {
        "changes": [
            {
                "id": item.id,
                "position": str(item.position),
                "at": iso(item.at.replace(tzinfo=dt.UTC)),
                "segment": item.position.segment,
                "version": item.version,
                "customer": item.label,
                "person_id": item.person_id,
                "entered": item.entered,
                "cause": item.cause,
            }
            for item in found
        ],
        "next": str(behind),
        "more": len(found) == limit,
    }


def _position(after: str | None, last: Position, gaps: list[tuple[int, int]]) -> Position:
    if after == END:
        return last
    here = Position() if after is None else Position.read(after)
    if here is None or here.run > last.run or any(before < here.run < first for before, first in gaps):
        raise InputError(
            "unknown_position",
            "This is no position in the changes of this workspace.",
            place=str(after)[:80],
            hint="give `next` of an earlier answer, or `position` of a change; after a restore read the members anew and go on from `end`.",
        )
    return here


def latest_run(work: Work) -> int:
    """The number of the last run that can be read: when it has not moved, there is nothing new."""
    cursor = work.store.cursor()
    try:
        return end(cursor).run
    finally:
        cursor.close()


def live_status(work: Work, progress: Progress) -> dict[str, Any]:
    """How current segments are: the last refresh, what it has not seen yet, whether it fails, and what the last check found.

    `hourly` are those of which everyone is asked once an hour: they have not seen the newest data, and are not behind by that.
    """
    with work.state.connect() as connection:
        settings, told = live.read_settings(connection), live.read_told(connection) | work.refreshing_fails
        decided, last = runs.last_refreshes(connection), runs.last_run(connection)
        names, place = kept.current(connection), Place(*read_through(connection))
        newest = batches.next_number(connection) - 1
    untold = {name: code for name, code in told.get("untold", {}).items() if name in names}
    mine = [item for name, item in decided.items() if name in names]
    current = [item for item in mine if item.segment not in untold]
    hourly = [item for item in current if settings.on and item.segment in told.get("hourly", ())]
    seen = min((item.data_version for item in current if item not in hourly or len(hourly) == len(current)), default=0)
    as_of = max((item.as_of for item in mine), default=None)
    return {
        **asdict(settings),
        "segments": len(names),
        "decided": len(mine),
        "as_of": iso(as_of) if as_of is not None else None,
        "data_version": seen,
        "behind": max(newest - seen, 0) if names else 0,
        "lag_seconds": max(_lag(work, seen), _wait(work, place)) if names else 0.0,
        "inbox_bytes": waiting_bytes(work.folder.inbox, place) if work.folder.inbox.exists() else 0,
        "events_error": work.taking_fails,
        "last_run": None if last is None else {"number": last.number, "as_of": last.as_of, "changes": last.changes},
        "untold": untold,
        "hourly": {"segments": [item.segment for item in hourly], "as_of": iso(min(item.as_of for item in hourly))} if hourly else None,
        "error": told.get("error"),
        "tries": told.get("tries", 0),
        "failed_at": told.get("failed_at"),
        "check": told.get("check"),
    }


def _lag(work: Work, seen: int) -> float:
    """For how long the oldest data that no refresh has seen has been here."""
    with work.state.connect() as connection:
        since = live.received_after(connection, seen)
    return 0.0 if since is None else round(max((now() - dt.datetime.fromisoformat(since)).total_seconds(), 0.0), 1)


def _wait(work: Work, place: Place) -> float:
    """For how long the oldest event has waited to be taken: what no batch holds yet is in no segment either."""
    beginning = oldest(work.folder.inbox, place, _FIRST_LINE)
    came = None if beginning is None else Delivery.came_at(beginning)
    return 0.0 if came is None else round(max((now() - came).total_seconds(), 0.0), 1)


def live_set(
    work: Work,
    progress: Progress,
    *,
    on: bool | None = None,
    pause_seconds: float | None = None,
    nightly_check: bool | None = None,
    changes_days: int | None = None,
) -> dict[str, Any]:
    """Change how the server refreshes; what is left out stays."""
    if pause_seconds is not None and not 0.05 <= pause_seconds <= 86_400:
        raise InputError("bad_pause", f"{pause_seconds} is no pause.", hint="from 0.05 to 86400 seconds.")
    if changes_days is not None and not 1 <= changes_days <= 36_500:
        raise InputError("bad_days", f"{changes_days} is no number of days.", hint="from 1 to 36500.")
    given = {"on": on, "pause_seconds": pause_seconds, "nightly_check": nightly_check, "changes_days": changes_days}
    asked: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if asked:
        with work.state.begin() as connection:
            live.save_settings(connection, replace(live.read_settings(connection), **asked))
            note(connection, "live_set", asked)
    return live_status(work, progress)
