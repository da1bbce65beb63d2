"""When a source is due, and whether it has stopped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from lohko.base.clock import now
from lohko.base.errors import InputError


def check_schedule(text: str) -> None:
    """InputError when a schedule is no cron text, or never comes; the empty one is only asked by hand."""
    if not text:
        return
    try:
        next(CronSim(text, now()))
    except (CronSimError, StopIteration) as error:
        raise InputError(
            "bad_schedule", f"{text!r} is no schedule.", hint="five fields of cron: minute hour day month weekday, such as */15 * * * *."
        ) from error


def last_times(text: str, zone: ZoneInfo, at: dt.datetime, n: int) -> list[dt.datetime]:
    """The last `n` times that a schedule came until an instant, the latest first."""
    times = CronSim(text, at.astimezone(zone) + dt.timedelta(minutes=1), reverse=True)
    found = []
    for time in times:
        if time <= at:
            found.append(time)
        if len(found) == n:
            break
    return found


def is_due(row: Mapping[str, Any], zone: ZoneInfo, at: dt.datetime) -> bool:
    """Whether a source's time has come since it was last asked."""
    if not row["schedule"]:
        return False
    since = dt.datetime.fromisoformat(row["last_attempt"] or row["added_at"])
    return last_times(row["schedule"], zone, at, 1)[0] > since


def judge(row: Mapping[str, Any], zone: ZoneInfo, at: dt.datetime) -> dict[str, Any]:
    """The state of a source: `new`, `ok`, `failing` (the last sync went wrong), or `late` (it should have succeeded twice since); and its lag.

    The lag is how many seconds ago everything the source had was in; null when that never was.
    """
    success = None if row["last_success"] is None else dt.datetime.fromisoformat(row["last_success"])
    lag = None if success is None else round((at - success).total_seconds())
    state = "failing" if row["last_error"] else "new" if success is None else "ok"
    if row["schedule"]:
        reference = success or dt.datetime.fromisoformat(row["added_at"])
        if reference < last_times(row["schedule"], zone, at, 2)[-1]:
            state = "late"
    return {"state": state, "lag_seconds": lag}
