"""Refreshing segments: who is in now, who entered and left since the last time, and why; written to the ledger.

The order is what makes a crash harmless: the ledger's file is brought to disk,
then registered in `state`, and only then does the store change. A file that was
not registered is swept; a registered run that the store lacks is loaded when the
workspace is next opened.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pyroaring import BitMap

from lohko.base.clock import now
from lohko.base.errors import InputError, LohkoError, did_you_mean
from lohko.base.times import local_day
from lohko.engine.links import linked_since
from lohko.engine.membership import Cause, Change, load_run, public_ids, recorded, touched_since, write_changes
from lohko.engine.plan import evaluate_all
from lohko.engine.sharing import shared_leaves
from lohko.engine.turns import InTurn
from lohko.landing import log
from lohko.model.labels import labelled
from lohko.model.sentence import sentence
from lohko.state import runs
from lohko.state import segments as kept
from lohko.steps.common_moment import end_moment
from lohko.steps.load import load_lacking
from lohko.steps.question import Question, ask, iso
from lohko.steps.refresh_few import Few, Moves, asked_alone, basis_of, decided_few, few_of
from lohko.steps.retention import retention_run
from lohko.steps.work import Progress, Work

_SHOWN = 20
"""Of how many people the public ids are told where two ways of refreshing differ."""


@dataclass(frozen=True)
class Decided:
    """One segment of a run: its definition, and who moved or why that cannot be told."""

    segment: str
    version: int
    rule: str
    answer: Moves | LohkoError


def refresh(
    work: Work, progress: Progress, *, segments: list[str] | None = None, as_of: str | None = None, check: bool = False
) -> dict[str, Any]:
    """Decide segments anew, all of them or those named, and write what changed to the ledger.

    Where only a few people may have moved since the last refresh, only they are asked (`steps/refresh_few.py`). With `check` everyone is
    asked too and what everyone's answers say is written; `differences` then names the segments and people for whom the two ways differed.

    Once a day what has been kept long enough is taken out first (`steps/retention.py`).
    """
    with work.guard:
        load_lacking(work)
        retention_run(work, progress, only_when_due=True)
        question = ask(work, as_of)
        names = names_of(question, segments)
        with work.state.connect() as connection:
            last, before = runs.last_run(connection), runs.last_refreshes(connection)
            versions = kept.versions(connection)
        if question.as_of > now():
            raise InputError(
                "in_the_future",
                f"{iso(question.as_of)} is still to come: nobody has entered or left anything then.",
                hint="who would be in is asked with `members SEGMENT --as-of DAY`; nothing is recorded for it.",
            )
        if last is not None and question.as_of < dt.datetime.fromisoformat(last.as_of):
            raise InputError(
                "before_last_refresh",
                f"The last refresh was about {last.as_of}, which is later.",
                hint="what was true of an earlier day is asked with `members SEGMENT --as-of DAY`; nothing is recorded for it.",
            )
        basis = basis_of(work, question)
        few = few_of(work, question, names, before, basis)
        moves = {} if few is None else decided_few(work, question, few)
        progress(0.1, "asking")
        whole = decided(question, names if check else [name for name in names if name not in moves], progress)
        differences = [] if few is None else _differences(work, question, few, moves, whole) if check else []
        moves |= whole
        told = [Decided(name, versions[name], question.rule(name), moves[name]) for name in names]
        progress(0.7, "comparing")
        changes = changes_by_cause(work, question, told, before)
        progress(0.8, "writing the ledger")
        run, said = record(work, question, told, changes, basis)
        load_run(work.store, run.number, run.sha256, work.folder.ledger / run.file if run.file else None)
        end_moment(work)
        progress(1.0, "done")
    return {
        "run": run.number,
        "changes": run.changes,
        **question.stamp(),
        "asked_again": None if few is None else {"people": len(few.people), "segments": len(few.last)},
        **({"differences": differences} if check else {}),
        "segments": [_shown(question, item) for item in said],
    }


def names_of(question: Question, segments: list[str] | None) -> list[str]:
    """The segments that are meant: those named, or all; InputError when there is none of that name, or none at all."""
    if not question.segments:
        raise InputError("no_segments", "There are no segments yet.", hint="`lohko apply --starter` takes the ready-made ones.")
    for name in segments or ():
        if name not in question.segments:
            raise InputError("unknown_segment", f"No segment is called {name!r}.", hint=did_you_mean(name, question.segments))
    return sorted(segments or question.segments)


def decided(question: Question, names: list[str], progress: Progress) -> dict[str, Moves | LohkoError]:
    """Who moved, asked of everyone, or why it cannot be told: leaf by leaf, so that it can be watched, and ended between two of them."""
    total = len(shared_leaves(question.catalogue, names).users)
    turns = InTurn(question.engine, lambda done, _: progress(0.1 + 0.6 * done / total, f"asking condition {done + 1} of {total}"))
    found: dict[str, Moves | LohkoError] = {}
    answers = evaluate_all(turns, question.catalogue, names)
    for name in names:
        answer = answers[name]
        if isinstance(answer, LohkoError):
            found[name] = answer
        else:
            came, went = question.engine.diff(recorded(question.engine.cursor, name), answer)
            found[name] = Moves(came, went, question.engine.size(answer))
    return found


def _differences(
    work: Work, question: Question, few: Few, alone: Mapping[str, Moves | LohkoError], whole: Mapping[str, Moves | LohkoError]
) -> list[dict[str, Any]]:
    """Where asking those who may have moved said something else than asking everyone: the segment, how many people, some of them, which conditions."""
    found = []
    for name in few.last:
        one, other = alone[name], whole[name]
        if isinstance(one, LohkoError) or isinstance(other, LohkoError):
            people, same = BitMap(), isinstance(one, LohkoError) and isinstance(other, LohkoError)
        else:
            people = (one.came ^ other.came) | (one.went ^ other.went)
            same = not people and one.size == other.size
        if not same:
            found.append({"segment": name, "people": len(people), **_who_differs(work, question, few, name, people)})
    return found


def _who_differs(work: Work, question: Question, few: Few, name: str, people: BitMap) -> dict[str, Any]:
    some = people[:_SHOWN]
    with asked_alone(work, question, few) as engine:
        leaves = [
            leaf for leaf in shared_leaves(question.catalogue, [name]).users if (engine.ask(leaf) ^ question.engine.ask(leaf)) & few.people
        ]
    return {
        "person_ids": sorted(public_ids(question.engine.cursor, some)),
        "not_asked": len(people - few.people),
        "conditions": [sentence(labelled(leaf, question.schema, "en")) for leaf in leaves],
    }


def changes_by_cause(work: Work, question: Question, told: list[Decided], before: dict[str, runs.LastRefresh]) -> list[Change]:
    """Who entered and who left each segment since it was decided last, by why they did."""
    changes = []
    since = _Since(work, question)
    for item in told:
        if isinstance(item.answer, LohkoError):
            continue
        for entered, people in ((True, item.answer.came), (False, item.answer.went)):
            for cause, part in _causes(since, item, people, before.get(item.segment)):
                changes.append(Change(item.segment, item.version, entered, cause, part))
    return changes


class _Since:
    """What has happened since an earlier refresh, asked once for all segments that were decided by it."""

    def __init__(self, work: Work, question: Question) -> None:
        self.work, self.question = work, question
        self.earlier: dict[str, Question] = {}
        self._known: dict[tuple[str, int], BitMap] = {}

    def linked(self, version: int, cause: Literal["merge", "unmerge"]) -> BitMap:
        """Who was joined with, or parted from, another."""
        return self._once(cause, version, lambda: linked_since(self.question.engine.cursor, version, cause))

    def touched(self, version: int) -> BitMap:
        """Who has new data."""
        return self._once("data", version, lambda: touched_since(self.question.engine.cursor, version))

    def _once(self, what: str, version: int, find: Callable[[], BitMap]) -> BitMap:
        if (what, version) not in self._known:
            self._known[what, version] = find()
        return self._known[what, version]


def _causes(since: _Since, item: Decided, people: BitMap, last: runs.LastRefresh | None) -> list[tuple[Cause, BitMap]]:
    """The people who moved, by why they did."""
    if not people:
        return []
    if last is None:
        return [("first", people)]
    if last.rule != item.rule:
        return [("rule", people)]
    parted = people & since.linked(last.data_version, "unmerge")
    merged = people & since.linked(last.data_version, "merge") - parted
    rest = people - parted - merged
    touched = rest & since.touched(last.data_version)
    rest = rest - touched
    by_others = rest & _moved_by_others(since, item, rest, last)
    found: list[tuple[Cause, BitMap]] = [
        ("merge", merged),
        ("unmerge", parted),
        ("data", touched),
        ("others", by_others),
        ("time", rest - by_others),
    ]
    return [(cause, part) for cause, part in found if part]


def _moved_by_others(since: _Since, item: Decided, people: BitMap, last: runs.LastRefresh) -> BitMap:
    """Those of `people` whose membership was already other at the last refresh's instant, with the data of now.

    Only where the segment is relative to others, by a score, a rank, a limit or an account: otherwise nobody moves by others' data.
    """
    question, earlier = since.question, since.earlier
    relative = question.catalogue.reaches_everyone(item.segment)
    if not people or not relative or last.data_version == question.data_version:
        return people - people
    key = iso(last.as_of)
    if key not in earlier:
        earlier[key] = ask(since.work, last.as_of)
    moved_in, moved_out = question.engine.diff(recorded(question.engine.cursor, item.segment), earlier[key].people(item.segment))
    return moved_in | moved_out


def record(
    work: Work, question: Question, told: list[Decided], changes: list[Change], basis: str
) -> tuple[runs.Run, list[runs.RunSegment]]:
    """Bring the run's file to disk and register it; from then on the run counts."""
    scratch = log.scratch_folder(work.folder.scratch)
    with work.state.begin() as connection:
        number = runs.next_number(connection)
        made = scratch / f"run-{number:06}.parquet"
        count = write_changes(question.engine.cursor, number, question.as_of, changes, made)
        digest = log.publish_file(made, work.folder.ledger) if count else ""
        run = run_of(question, number, count, made.name if count else "", digest)
        said = [said_of(work, question, run, item) for item in told]
        runs.register(connection, run, said)
        runs.decided(connection, decided_by(question, run.number, told, basis))
    scratch.rmdir()
    return run, said


def run_of(question: Question, number: int, changes: int, file: str = "", sha256: str = "") -> runs.Run:
    """A run of that number: the instant and the data of the question, recorded now."""
    return runs.Run(number, iso(question.as_of), question.data_version, now().isoformat(), changes, file, sha256)


def decided_by(question: Question, run: int, told: list[Decided], basis: str) -> list[runs.LastRefresh]:
    """What is remembered of the segments that could be told: where the next refresh begins."""
    at = now().isoformat()
    return [
        runs.LastRefresh(item.segment, run, item.version, item.rule, item.answer.size, question.as_of, question.data_version, at, basis)
        for item in told
        if not isinstance(item.answer, LohkoError)
    ]


def said_of(work: Work, question: Question, run: runs.Run, item: Decided) -> runs.RunSegment:
    """What a run says of one segment."""
    day = local_day(question.as_of, work.settings.zone).isoformat()
    if isinstance(item.answer, LohkoError):
        return runs.RunSegment(run.number, item.segment, item.version, item.rule, day, None, None, None, item.answer.as_json())
    moves = item.answer
    return runs.RunSegment(run.number, item.segment, item.version, item.rule, day, moves.size, len(moves.came), len(moves.went))


def _shown(question: Question, item: runs.RunSegment) -> dict[str, Any]:
    return {
        "id": item.segment,
        "title": dict(question.segments[item.segment].title),
        "size": item.size,
        "share": question.share(item.size),
        "entered": item.entered,
        "left": item.left,
        "error": item.error,
    }
