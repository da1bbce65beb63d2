"""Small runs rolled up: the runs of an hour become one, with one file of the ledger, in which each change stays as it was.

So neither the list of runs nor what is said of segments grows with how often the
server looks. Changes keep the number of their own run, and with it their id.
Whatever happens in between, `state` says what counts: a store that was not told is
told when it is opened (`steps/load.py`).
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections import defaultdict
from dataclasses import replace

from lohko.base.clock import now
from lohko.base.times import local_day
from lohko.engine.membership import rolled, write_rolled
from lohko.landing import log
from lohko.state import live, runs
from lohko.state.runs import Run, RunSegment
from lohko.steps.question import iso
from lohko.steps.work import Work

MANY = 100_000
"""So many changes become a file before the hour is over, and no file has many more than so many in one step."""


def roll_up_due(work: Work) -> int:
    """Roll up the runs of earlier hours, and those of this one when they have many changes; how many became one."""
    at = now()
    with work.state.connect() as connection:
        found, first = live.without_file(connection, iso(at)), live.first_runs(connection)
    many = sum(run.changes for run in found if run.number not in first) > MANY
    return roll_up(work, at if many else None)


def roll_up(work: Work, before: dt.datetime | None = None) -> int:
    """Roll up the small runs about instants before one, the beginning of this hour when it is left out; how many became one."""
    until = before or now().replace(minute=0, second=0, microsecond=0)
    with work.guard:
        with work.state.connect() as connection:
            found, first = live.without_file(connection, iso(until)), live.first_runs(connection)
        spans = _spans(work, [run for run in found if run.number not in first])
    return sum(len(span) for span in spans if _roll(work, span))


def _spans(work: Work, found: list[Run]) -> list[list[Run]]:
    """The runs of an hour and a local day, up to many changes; such as have no other kind of run between them."""
    with work.state.connect() as connection:
        others = sorted({run.number for run in runs.runs(connection)} - {run.number for run in found})
    spans: dict[tuple[dt.date, str, int, int], list[Run]] = defaultdict(list)
    changes = 0
    for run in found:
        at = dt.datetime.fromisoformat(run.as_of)
        between = sum(number < run.number for number in others)
        spans[local_day(at, work.settings.zone), iso(at)[:13], between, changes // MANY].append(run)
        changes += run.changes
    return list(spans.values())


def _roll(work: Work, span: list[Run]) -> bool:
    """Make one run of several; False when somebody of theirs was erased meanwhile, and they are left for the next time."""
    first, last = span[0].number, span[-1].number
    scratch = log.scratch_folder(work.folder.scratch)
    made = scratch / f"run-{first:06}-to-{last:06}.parquet"
    try:
        with work.state.connect() as connection:
            extent, moves = live.extent_of(connection, first, last), live.moves_of(connection, first, last)
        cursor = work.store.cursor()
        write_rolled(cursor, moves, {run.number: dt.datetime.fromisoformat(run.as_of) for run in span}, made)
        cursor.close()
        with work.guard:  # not while the file is written: events come in meanwhile
            with work.state.connect() as connection:
                if live.extent_of(connection, first, last) != extent:
                    return False
                said = live.said_of(connection, first, last)
            digest = log.publish_file(made, work.folder.ledger)
            whole = replace(span[-1], changes=sum(len(move.person_ids) for move in moves), file=made.name, sha256=digest)
            with work.state.begin() as connection:  # not for as long as the disk takes: whoever signs in waits for it
                live.roll_up(connection, first, whole, _together(said, last))
            rolled(work.store, first, last, digest)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return True


def _together(said: list[RunSegment], run: int) -> list[RunSegment]:
    """What several runs said of each segment: the last of it, with all who entered and left."""
    found: dict[str, RunSegment] = {}
    for item in said:
        before = found.get(item.segment)
        came, went = ((before.entered or 0), (before.left or 0)) if before is not None else (0, 0)
        found[item.segment] = replace(item, run=run, entered=came + (item.entered or 0), left=went + (item.left or 0))
    return [found[name] for name in sorted(found)]
