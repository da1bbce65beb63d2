"""One round of refreshing while the server runs: whatever has changed since the last one, and nothing when nothing has.

A round asks the people who may have moved (`steps/refresh_few.py`) about every
segment that they alone decide. Where that is not enough (a rule was edited, the
schema has changed, a large import came) everyone is asked about the segments
concerned, at once. Segments that others' data or time itself decides (ranks, RFM
scores, days since an event) move all the time: everyone is asked about them once
an hour, at midnight, and when their rule is edited.

When nobody has moved, no run is written; only where the next round begins moves on.
The changes of a small run are rows of `state`, on disk before the store or anybody
is told of them; `steps/roll_up.py` makes files of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pyroaring import BitMap

from lohko.base.errors import InputError, LohkoError
from lohko.base.times import local_day
from lohko.engine.crossings import Between, swept
from lohko.engine.membership import load_changes, load_run, moves_of
from lohko.engine.sharing import shared_leaves
from lohko.state import live, runs
from lohko.state import segments as kept
from lohko.steps.load import load_lacking
from lohko.steps.question import ask
from lohko.steps.refresh import Decided, changes_by_cause, decided, decided_by, record, run_of, said_of
from lohko.steps.refresh_few import Few, Moves, asked_alone, basis_of, decided_few, few_of
from lohko.steps.work import Progress, Work, silent

if TYPE_CHECKING:
    from lohko.steps.question import Question

EVERYONE_AFTER = dt.timedelta(hours=1)
"""How often everyone is asked about segments that move all the time."""
MOST_AS_ROWS = 50_000
"""A run of at most so many changes keeps them as rows of `state`."""
_QUIET = dt.timedelta(minutes=1)
"""How long nothing is written down when nobody moves and no data comes: the next round looks at so much more of time."""


def refresh_live(work: Work, progress: Progress = silent) -> int | None:
    """Do one round; how many changes it found, None when there was nothing to write."""
    with work.guard:
        load_lacking(work)
        question = ask(work)
        with work.state.connect() as connection:
            before, last, versions = runs.last_refreshes(connection), runs.last_run(connection), kept.versions(connection)
        if not question.segments:
            return None
        if last is not None and question.as_of < dt.datetime.fromisoformat(last.as_of):
            _refuse_set_back(dt.datetime.fromisoformat(last.as_of) - question.as_of)
            return None
        names = sorted(question.segments)
        basis = basis_of(work, question)
        few = few_of(work, question, names, before, basis)
        moves = {} if few is None else decided_few(work, question, few) if few.people else _as_they_were(work, question, few)
        moves |= decided(question, _whole(work, question, [name for name in names if name not in moves], before, basis, few), progress)
        told = [Decided(name, versions[name], question.rule(name), answer) for name, answer in moves.items()]
        _name_untold(work, told, names)
        return _write(work, question, told, before, basis)


def _refuse_set_back(by: dt.timedelta) -> None:
    """The clock was set back: it will be later again, but whoever looks is to know when that takes long."""
    if by > _QUIET:
        raise InputError(
            "clock_set_back",
            f"The last refresh is {by.total_seconds():.0f} seconds ahead of the clock.",
            hint="look at the machine's clock.",
        )


def _name_untold(work: Work, told: list[Decided], names: list[str]) -> None:
    """Keep for `lohko live`, and for those who wait for all segments, which could not be told, and why; and which wait for the hour to be over."""
    untold = {item.segment: item.answer.code for item in told if isinstance(item.answer, LohkoError)}
    asked = {item.segment for item in told}
    with work.state.connect() as connection:
        before = live.read_told(connection)
    earlier = dict(before.get("untold", {}))
    now_untold = {name: code for name, code in earlier.items() if name not in asked} | untold
    hourly = [name for name in names if name not in asked]
    if (now_untold, hourly) != (earlier, before.get("hourly", [])):
        with work.state.begin() as connection:
            live.tell(connection, untold=now_untold, hourly=hourly)


def _as_they_were(work: Work, question: Question, few: Few) -> dict[str, Moves | LohkoError]:
    """Nobody may have moved. Who is in which segment, and which rows are asked for, is found out meanwhile, so that the first events after a start do not wait for it."""
    work.members.of(work.store, question.engine.cursor, few.last)
    if not work.rows.is_of(work.store):
        with asked_alone(work, question, few):
            pass
    return {name: Moves(BitMap(), BitMap(), last.size) for name, last in few.last.items()}


def _whole(
    work: Work, question: Question, names: list[str], before: Mapping[str, runs.LastRefresh], basis: str, few: Few | None
) -> list[str]:
    """About which of the other segments everyone has to be asked now."""
    zone, found = work.settings.zone, []
    today = local_day(question.as_of, zone)
    for name in names:
        last = before.get(name)
        same = last is not None and last.basis == basis and last.rule == question.rule(name)
        if last is None or not same or local_day(last.as_of, zone) != today or question.as_of - last.as_of >= EVERYONE_AFTER:
            due = True
        else:
            due = (few is None or last.as_of != few.as_of) and not _moves_all_the_time(work, question, name, last)
        if due:
            found.append(name)
    return found


def _moves_all_the_time(work: Work, question: Question, name: str, last: runs.LastRefresh) -> bool:
    """Whether others' data, or how long ago something was, decides a segment or one that it refers to."""
    if question.catalogue.reaches_everyone(name):
        return True
    between = Between(question.schema, work.settings.zone, last.as_of, max(question.as_of, last.as_of + dt.timedelta(seconds=1)))
    try:
        leaves = shared_leaves(question.catalogue, [name]).users
        return swept(leaves, between) is None
    except LohkoError:
        return False


def _write(work: Work, question: Question, told: list[Decided], before: dict[str, runs.LastRefresh], basis: str) -> int | None:
    """Write what there is to say; None when there is nothing."""
    noted = [item for item in told if _is_news(work, question, item, before.get(item.segment))]
    if not noted:
        _go_on(work, question, told, before, basis)
        return None
    changes = changes_by_cause(work, question, noted, before)
    with work.state.connect() as connection:
        number, last = runs.next_number(connection), runs.last_number(connection)
    if sum(len(change.people) for change in changes) > MOST_AS_ROWS:
        run, _ = record(work, question, noted, changes, basis)
        with work.state.begin() as connection:
            runs.decided(connection, decided_by(question, run.number, told, basis))
        load_run(work.store, run.number, run.sha256, work.folder.ledger / run.file)
        work.members.moved(last, run.number, changes)
        return run.changes
    run = run_of(question, number, sum(len(change.people) for change in changes))
    moves = moves_of(question.engine.cursor, number, changes)
    with work.state.begin() as connection:
        runs.register(connection, run, [said_of(work, question, run, item) for item in noted])
        live.add(connection, moves)
        runs.decided(connection, decided_by(question, run.number, told, basis))
    load_changes(work.store, number, question.as_of, changes)
    work.members.moved(last, number, changes)
    return run.changes


def _is_news(work: Work, question: Question, item: Decided, last: runs.LastRefresh | None) -> bool:
    """Whether a run says something of a segment: somebody moved, its size or rule is another one, or it is the first of the day."""
    if isinstance(item.answer, LohkoError):
        return False
    zone, moves = work.settings.zone, item.answer
    if last is None or last.rule != item.rule or last.version != item.version or last.size != moves.size:
        return True
    return bool(moves.came or moves.went) or local_day(last.as_of, zone) != local_day(question.as_of, zone)


def _go_on(work: Work, question: Question, told: list[Decided], before: Mapping[str, runs.LastRefresh], basis: str) -> None:
    """Nobody moved: remember that so much was looked at, where that is worth a trip to the disk."""
    found = [item for item in told if isinstance(item.answer, Moves)]
    since = [before[item.segment] for item in found]
    if any(last.data_version != question.data_version or question.as_of - last.as_of >= _QUIET or last.basis != basis for last in since):
        with work.state.begin() as connection:
            number = runs.last_number(connection)
            runs.decided(connection, decided_by(question, number, found, basis))
