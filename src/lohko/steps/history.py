"""Sizes over time: what each refresh said, day by day, and the days before that, filled in afterwards and marked so.

What was once said stays. Filled-in days are told of the end of each day, by the present rule and the data of now; for segments that have been
refreshed their members are kept too (`engine/past.py`), so that `entered`, `left` and `was in` can be asked of that time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from lohko.base.clock import now
from lohko.base.errors import InputError, LohkoError, did_you_mean
from lohko.base.times import local_day, next_midnight, parse_as_of
from lohko.engine.membership import recorded
from lohko.engine.past import PastChange, load_past, write_past
from lohko.engine.plan import evaluate_all
from lohko.engine.profiles import first_day
from lohko.landing import log
from lohko.state import past as kept_pasts
from lohko.state import runs
from lohko.state import segments as kept
from lohko.steps.differences import differences
from lohko.steps.question import ask
from lohko.steps.special import refuse_special, refused_by_category
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from pyroaring import BitMap

MOST_DAYS = 4000


def history(work: Work, progress: Progress, *, segment: str, recompute: bool = False) -> dict[str, Any]:
    """A segment's size at the end of each day that is known, and how many entered and left on it.

    `recorded` days are what Lohko said when it refreshed; `reconstructed` days were
    computed afterwards, by today's rule, for the time before the first refresh. With
    `recompute` every recorded day is decided again, and where it differs, by whom and why.
    """
    with work.state.connect() as connection:
        names, found = kept.versions(connection), runs.days(connection, segment)
        refuse_special(connection, segment)
    if segment not in names:
        raise InputError("unknown_segment", f"No segment is called {segment!r}.", hint=did_you_mean(segment, names))
    days = [asdict(day) for day in found.get(segment, [])]
    if recompute:
        again = differences(work, progress, segment)
        days = [day | again.get(day["day"], {"recomputed": None, "differs": []}) for day in days]
    return {"segment": segment, "data_version": work.data_version(), "days": days}


def sizes(work: Work) -> dict[str, list[dict[str, Any]]]:
    """The same days for every segment at once, but for those that are refused for a special category."""
    with work.state.connect() as connection:
        untold = refused_by_category(connection, {name: item.definition for name, item in kept.current(connection).items()})
        return {name: [dict(vars(day)) for day in days] for name, days in runs.days(connection).items() if name not in untold}


@dataclass
class _Filled:
    """What is filled in for one segment while the days go by, from `first` up to, not including, `until`."""

    first: dt.date
    until: dt.date
    before: BitMap | None = None
    days: list[runs.SizeOfDay] = field(default_factory=list)
    changes: list[PastChange] = field(default_factory=list)


def reconstruct(
    work: Work, progress: Progress, *, days: int = 60, since: str | None = None, segments: list[str] | None = None
) -> dict[str, Any]:
    """Fill in the days before the first refresh of each segment, by its present rule and today's data: so many, or from the day `since`.

    Never more than from the first day of data. The days filled in before are replaced; nothing is kept when it is ended before its end.
    """
    if not 1 <= days <= MOST_DAYS:
        raise InputError("bad_days", f"{days} is no number of days to fill in.", hint=f"from 1 to {MOST_DAYS}.")
    with work.state.connect() as connection:
        versions, known, first_at = kept.versions(connection), runs.days(connection), kept_pasts.first_refreshes(connection)
        refused = refused_by_category(connection, {name: item.definition for name, item in kept.current(connection).items()})
    for name in segments or ():
        if name not in versions:
            raise InputError("unknown_segment", f"No segment is called {name!r}.", hint=did_you_mean(name, versions))
        if name in refused:
            raise refused[name]
    names = segments or [name for name in sorted(versions) if name not in refused]
    zone = work.settings.zone
    today = local_day(now(), zone)
    cursor, _, schema = work.snapshot()
    begin = first_day(cursor, schema)
    if not names or begin is None:
        return {"days": 0, "segments": names, "members_kept": []}
    wanted = None if since is None else local_day(parse_as_of(since, zone), zone)
    filled = {}
    for name in names:
        until = _first_recorded(known.get(name, []), today)
        filled[name] = _Filled(max(begin, until - dt.timedelta(days=days) if wanted is None else wanted), until)
    _check_length(filled)
    _fill(work, progress, filled)
    _close(work, filled, first_at)
    kept_of = [name for name in names if name in first_at]
    _keep(work, filled, versions, kept_of)
    progress(1.0, "done")
    return {"days": max(len(item.days) for item in filled.values()), "segments": names, "members_kept": kept_of}


def _first_recorded(known: list[runs.SizeOfDay], today: dt.date) -> dt.date:
    return next((dt.date.fromisoformat(day.day) for day in known if day.kind == "recorded"), today)


def _check_length(filled: dict[str, _Filled]) -> None:
    longest = max((item.until - item.first).days for item in filled.values())
    if longest > MOST_DAYS:
        raise InputError("bad_days", f"{longest:,} days are more than can be filled in at once.", hint=f"at most {MOST_DAYS:,}.")


def _fill(work: Work, progress: Progress, filled: dict[str, _Filled]) -> None:
    """Ask each day's end of all segments of which that day is wanted, and the state in which the first day begins."""
    zone = work.settings.zone
    start, end = min(item.first for item in filled.values()), max(item.until for item in filled.values())
    total = (end - start).days
    for place in range(total + 1):
        day = start + dt.timedelta(days=place - 1)
        wanted = {name: item for name, item in filled.items() if item.first - dt.timedelta(days=1) <= day < item.until}
        if not wanted:
            continue
        progress(place / (total + 1), "filling in the past")
        at = next_midnight(day, zone)
        question = ask(work, at)
        answers = evaluate_all(question.engine, question.catalogue, wanted)
        for name, item in wanted.items():
            answer = answers[name]
            if not isinstance(answer, LohkoError):
                _add(item, day, at, answer)


def _add(item: _Filled, day: dt.date, at: dt.datetime, answer: BitMap) -> None:
    before = item.before
    came, went = (answer, answer - answer) if before is None else (answer - before, before - answer)
    item.changes += [PastChange(at, entered, people) for entered, people in ((True, came), (False, went)) if people]
    if day >= item.first:
        counted = (0, 0) if before is None else (len(came), len(went))
        item.days.append(runs.SizeOfDay(day.isoformat(), len(answer), *counted, "reconstructed"))
    item.before = answer


def _close(work: Work, filled: dict[str, _Filled], first_at: dict[str, str]) -> None:
    """Whoever was in on the last filled-in day, and was not found by the first refresh, left then."""
    cursor = work.store.cursor()
    for name, item in filled.items():
        if name in first_at and item.before is not None:
            at = dt.datetime.fromisoformat(first_at[name])
            gone = item.before - recorded(cursor, name, at)
            if gone:
                item.changes.append(PastChange(at, False, gone))


def _keep(work: Work, filled: dict[str, _Filled], versions: dict[str, int], kept_of: list[str]) -> None:
    """Bring the files to disk, register them with the sizes, load them, and remove those they replace."""
    scratch = log.scratch_folder(work.folder.scratch)
    with work.guard:
        cursor = work.store.cursor()
        with work.state.begin() as connection:
            old = {past.segment: past for past in kept_pasts.pasts(connection)}
            new: dict[str, kept_pasts.Past | None] = {}
            for name, item in filled.items():
                runs.fill_in(connection, name, versions[name], item.days)
                new[name] = None
                if name in kept_of:
                    number = kept_pasts.next_number(connection)
                    made = scratch / f"past-{number:06}.parquet"
                    count = write_past(cursor, name, versions[name], item.changes, made)
                    digest = log.publish_file(made, work.folder.ledger) if count else ""
                    new[name] = kept_pasts.Past(name, number, made.name if count else "", digest)
                kept_pasts.replace(connection, name, new[name])
        for name, past in new.items():
            if past is not None:
                load_past(work.store, name, past.sha256, work.folder.ledger / past.file if past.file else None)
            before = old.get(name)
            if before is not None and before.file:
                (work.folder.ledger / before.file).unlink(missing_ok=True)
    scratch.rmdir()
