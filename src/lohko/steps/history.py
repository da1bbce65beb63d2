"""Sizes over time: what each refresh said, day by day, and the days before that, filled in afterwards and marked so."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from lohko.base.clock import now
from lohko.base.errors import InputError, LohkoError, did_you_mean
from lohko.base.times import local_day, next_midnight
from lohko.engine.plan import evaluate_all
from lohko.engine.profiles import first_day
from lohko.state import runs
from lohko.state import segments as kept
from lohko.steps.question import ask
from lohko.steps.work import Progress, Work

MOST_DAYS = 1100


def history(work: Work, progress: Progress, *, segment: str) -> dict[str, Any]:
    """A segment's size at the end of each day that is known, and how many entered and left on it.

    `recorded` days are what Lohko said when it refreshed; `reconstructed` days were
    computed afterwards, by today's rule, for the time before the first refresh.
    """
    with work.state.connect() as connection:
        names, found = kept.versions(connection), runs.days(connection, segment)
    if segment not in names:
        raise InputError("unknown_segment", f"No segment is called {segment!r}.", hint=did_you_mean(segment, names))
    return {"segment": segment, "data_version": work.data_version(), "days": [asdict(day) for day in found.get(segment, [])]}


def sizes(work: Work) -> dict[str, list[dict[str, Any]]]:
    """The same days for every segment at once."""
    with work.state.connect() as connection:
        return {name: [asdict(day) for day in days] for name, days in runs.days(connection).items()}


def reconstruct(work: Work, progress: Progress, *, days: int = 60, segments: list[str] | None = None) -> dict[str, Any]:
    """Fill in up to `days` days before the first refresh of each segment, by its present rule and today's data."""
    if not 1 <= days <= MOST_DAYS:
        raise InputError("bad_days", f"{days} is no number of days to fill in.", hint=f"from 1 to {MOST_DAYS}.")
    with work.state.connect() as connection:
        versions, known = kept.versions(connection), runs.days(connection)
    for name in segments or ():
        if name not in versions:
            raise InputError("unknown_segment", f"No segment is called {name!r}.", hint=did_you_mean(name, versions))
    names = segments or sorted(versions)
    zone = work.settings.zone
    today = local_day(now(), zone)
    until = {name: _first_recorded(known.get(name, []), today) for name in names}
    cursor, _, schema = work.snapshot()
    begin = first_day(cursor, schema)
    if not names or begin is None:
        return {"days": 0, "segments": names}
    first = max(min(until.values()) - dt.timedelta(days=days), begin)
    span = [first + dt.timedelta(days=n) for n in range((max(until.values()) - first).days)]
    found: dict[str, list[runs.SizeOfDay]] = {name: [] for name in names}
    before: dict[str, Any] = {}
    for place, day in enumerate([first - dt.timedelta(days=1), *span]):
        progress(place / (len(span) + 1), "filling in the past")
        question = ask(work, next_midnight(day, zone))
        answers = evaluate_all(question.engine, question.catalogue, names)
        for name in names:
            answer = answers[name]
            if isinstance(answer, LohkoError):
                continue
            came, went = question.engine.diff(before.get(name, answer), answer)
            before[name] = answer
            if max(first, until[name] - dt.timedelta(days=days)) <= day < until[name]:
                found[name].append(runs.SizeOfDay(day.isoformat(), len(answer), len(came), len(went), "reconstructed"))
    with work.guard, work.state.begin() as connection:
        for name in names:
            runs.fill_in(connection, name, versions[name], found[name])
    progress(1.0, "done")
    return {"days": len(span), "segments": names}


def _first_recorded(known: list[runs.SizeOfDay], today: dt.date) -> dt.date:
    return next((dt.date.fromisoformat(day.day) for day in known if day.kind == "recorded"), today)
