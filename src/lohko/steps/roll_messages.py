"""Small batches of messages rolled up: while the server runs there is one every second, and an hour of them becomes one.

Only what nobody asks for one by one any more is rolled up: batches of one source that
every refresh, every joining of records and every publication has seen, with nothing
between them but batches of other sources' messages and the joinings that followed.
The one that stays has the number of the first; so the newest batch, which is the
data's version, stays as it is, and what is made again from the archive is the same.

The order is that of everything in the log: the files are brought to disk, while events
come in as ever, then counted in one transaction, and only then the store is told. Cut short before, nothing
has happened; after it, the store is told when the workspace is next opened.
"""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lohko.base.text import fold
from lohko.engine.rolled import Rolled, renumber, together, write_together
from lohko.engine.served import newest as newest_served
from lohko.landing import log
from lohko.state import batches, runs, segments
from lohko.state.identity_rules import read_through
from lohko.state.inbox import read_vouched
from lohko.state.workspace import note
from lohko.steps.load import load_lacking
from lohko.steps.special import refused_by_category
from lohko.steps.taking import COUNTED, KIND
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

MOST_MESSAGES = 1_000_000
"""A batch of so many is not added to."""
MOST_AT_ONCE = 100
"""So many batches become one in one step, and what became of them in the next."""
_SUMS = ("erased", "retired", "new_customers")
_BETWEEN = frozenset({KIND, "links"})


def events_roll_up(work: Work, progress: Progress, *, due: bool = False) -> dict[str, Any]:
    """Make one batch of each row of small ones; how many there are fewer, and how many are left.

    With `due` only where so many have gathered that it is worth it. Others get their turn between two of them.
    """
    gone = 0
    while not due or _many(work):
        with work.guard:
            load_lacking(work)
            group = next((group for group in _rollable(work) if not due or len(group) > MOST_AT_ONCE // 2), None)
        if group is None:
            break
        gone += _roll(work, group)
        progress(0.5, "rolling up")
    with work.state.connect() as connection:
        left = batches.count(connection, KIND)
    progress(1.0, "done")
    return {"rolled_up": gone, "batches": left, "data_version": work.data_version()}


def _rollable(work: Work) -> list[list[dict[str, Any]]]:
    with work.state.connect() as connection:
        return _groups(batches.batches(connection), _seen_by_all(work, connection))


def _many(work: Work) -> bool:
    with work.state.connect() as connection:
        return batches.count(connection, KIND, small=True) >= MOST_AT_ONCE


def _seen_by_all(work: Work, connection: Connection) -> int:
    """The last batch that nobody will ask for what came after an earlier one than it."""
    told = runs.last_refreshes(connection)
    current = {name: item.definition for name, item in segments.current(connection).items()}
    refused = refused_by_category(connection, current)  # which is told anew, of everyone, once it may be
    seen = [told[name].data_version for name in current if name in told and name not in refused]
    return min([*_unchanging(work), read_vouched(connection), read_through(connection), *seen])


def _unchanging(work: Work) -> list[int]:
    """Up to where the data's own version stays what it is, and what is published knows whom batches were about."""
    newest = work.data_version() - 1
    if work.served is not None:
        return [newest, work.served.head.data_version]
    return [0] if newest_served(work.folder.served) else [newest]  # where another process publishes, it alone knows what it has asked for


def _groups(rows: Sequence[dict[str, Any]], until: int) -> list[list[dict[str, Any]]]:
    """The batches that can be one, those of two or more."""
    named = {int(number) for row in rows for number in row["report"].get("resolved", {})}
    open_groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    done: list[list[dict[str, Any]]] = []
    for row in rows:
        if row["number"] > until or row["kind"] not in _BETWEEN:
            done += open_groups.values()
            open_groups.clear()
        if row["number"] > until:
            break
        if row["kind"] != KIND:
            continue
        group = open_groups[row["source"]]
        alone = row["number"] in named or "resolved" in row["report"] or not _is_plain(row["plan"])
        if group and (alone or not _fits(group, row)):
            done.append(open_groups.pop(row["source"]))
            group = open_groups[row["source"]]
        if not alone:
            group.append(row)
    done += open_groups.values()
    return [group for group in map(_without_the_large, done) if len(group) > 1]


def _without_the_large(group: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The group without those at its beginning that are larger than all after them: so a row is written again only when its batch doubles."""
    while len(group) > 1 and _records(group[0]) > sum(map(_records, group[1:])):
        group = group[1:]
    return group


def _is_plain(plan: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no two columns are the same one but for how it is written."""
    return max(Counter((item["role"], fold(item["name"])) for item in plan).values(), default=1) == 1


def _fits(group: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> bool:
    """Whether a batch has the columns of the others under the same names and types, and there is room for it."""
    if len(group) == MOST_AT_ONCE or sum(_records(item) for item in group) + _records(row) > MOST_MESSAGES:
        return False
    known = {(item["role"], fold(item["name"])): _kept_as(item) for one in group for item in one["plan"]}
    return all(known.get((item["role"], fold(item["name"])), _kept_as(item)) == _kept_as(item) for item in row["plan"])


def _kept_as(item: Mapping[str, Any]) -> tuple[Any, ...]:
    return item["name"], item["type"], item.get("codes")


def _records(row: Mapping[str, Any]) -> int:
    """More than the highest record of a batch: its messages are counted from 0, whatever became of them."""
    return int(row["report"].get("records", row["report"]["received"]))


def _roll(work: Work, group: Sequence[dict[str, Any]]) -> int:
    """Make one batch of several; how many there are fewer. None are when they changed meanwhile, as by an erasure: they are looked at again."""
    scratch = log.scratch_folder(work.folder.scratch)
    try:
        try:
            whole = _write(work, group, scratch / "batch")  # without the guard: events come in meanwhile
        except Exception:
            with work.guard:
                if _still(work, group):
                    raise
            return 0
        with work.guard:
            load_lacking(work)
            if not _still(work, group):
                return 0
            _count(work, group, whole, scratch / "batch")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return len(group) - 1


def _still(work: Work, group: Sequence[dict[str, Any]]) -> bool:
    """Whether the batches are as they were, and can be one."""
    size = len(group)
    return any(group == now[place : place + size] for now in _rollable(work) for place in range(len(now) - size + 1))


def _write(work: Work, group: Sequence[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """Bring the files of all of them to disk as those of one; what its row says."""
    parts = list[Rolled]()
    for row in group:
        log.check(work.folder.landing / row["folder"], row["manifest_sha256"])
        before = sum(_records(item) for item in group[: len(parts)])
        parts.append(Rolled(row["number"], work.folder.landing / row["folder"], row["plan"], before))
    plan, first = together(parts), group[0]
    folder.mkdir()
    cursor = work.store.cursor()
    write_together(cursor, parts, plan, folder)
    cursor.close()
    report = _report(group, {part.number: part.before for part in parts})
    body = {"batch": first["number"], "source": first["source"], "kind": KIND, "sha256": "", "plan": plan, "report": report}
    return {
        "folder": f"batch-{first['number']:06}-to-{group[-1]['number']:06}",
        "manifest_sha256": log.write_manifest(folder, body),
        "plan": plan,
        "report": report,
        **{name: sum(row[name] for row in group) for name in ("received", "accepted", "duplicate", "rejected")},
    }


def _count(work: Work, group: Sequence[dict[str, Any]], whole: dict[str, Any], folder: Path) -> None:
    """Let what was written count instead of the batches; call it with the guard held."""
    log.publish(folder, work.folder.landing, whole["folder"])
    before = {int(number): moved for number, moved in whole["report"]["rolled"].items()}
    with work.state.begin() as connection:
        batches.roll_up(connection, list(before), whole)
        note(connection, "events_rolled_up", {"batch": group[0]["number"], "batches": len(group), "source": group[0]["source"]})
    renumber(work.store, before, whole["manifest_sha256"])
    for row in group:
        shutil.rmtree(work.folder.landing / row["folder"], ignore_errors=True)


def _report(group: Sequence[Mapping[str, Any]], before: Mapping[int, int]) -> dict[str, Any]:
    """What is said of all of them: sums, by hour and reason too; and of which batches they were, for a store that was not told."""
    hours: dict[str, Counter[str]] = defaultdict(Counter)
    reasons, totals = Counter[str](), Counter[str]()
    for row in group:
        report = row["report"]
        for hour, counts in report["hours"].items():
            hours[hour].update({name: counts[name] for name in COUNTED})
        reasons.update(report["rejected_by_reason"])
        totals.update({name: report.get(name, 0) for name in (*COUNTED, *_SUMS)})
    return {
        **group[0]["report"],
        **{name: totals[name] for name in COUNTED},
        **{name: totals[name] for name in _SUMS if totals[name] or name == "new_customers"},
        "hours": {hour: {name: counts[name] for name in COUNTED} for hour, counts in sorted(hours.items())},
        "rejected_by_reason": dict(sorted(reasons.items())),
        "records": sum(map(_records, group)),
        "rolled": {str(number): moved for number, moved in before.items()},
    }
