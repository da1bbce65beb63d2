"""What must hold after a kill: what a workspace contains, and how it differs from what it should contain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from lohko.engine.sql import render
from lohko.engine.store import fingerprint
from lohko.state import tables
from lohko.state.batches import batches
from lohko.steps.work import Work
from lohko.wiring import open_work

Content = dict[str, str]
"""Per table, `rows:hash`, without what is drawn at random for each workspace (public ids of people, and files that hold them)."""

_PEOPLE = "SELECT count(*), coalesce(sum(hash(person, living, label)::HUGEINT), 0) FROM person"
_RANDOM_BY_DESIGN = ("person", "loaded_run")
_ORDERS = "SELECT count(*), sum(__total) FROM __order"


@dataclass
class Found:
    """A workspace as it was found when it was opened."""

    content: Content
    exact: Content
    books: list[dict[str, Any]]
    runs: int
    people: dict[tuple[str, str], tuple[int, str]]
    rebuilt: bool
    left_over: list[str] = field(default_factory=list)


@contextmanager
def _opened(path: Path, *, again: bool) -> Iterator[tuple[Work, list[str]]]:
    said: list[str] = []
    with open_work(path, lambda _done, what: said.append(what), again=again) as work:
        yield work, said


def look(path: Path, *, again: bool = False) -> Found:
    """Open the workspace as any command does, and say what is in it; made again from the truth when `again`."""
    with _opened(path, again=again) as (work, said):
        exact = fingerprint(work.store)
        cursor = work.store.cursor()
        rows, digest = cursor.execute(_PEOPLE).fetchall()[0]
        content = {name: mark for name, mark in exact.items() if name not in _RANDOM_BY_DESIGN} | {"person": f"{rows}:{digest}"}
        order = work.schema().events.get("order")
        if order is not None:
            sql = render(_ORDERS, {"__order": order.table, "__total": order.property("total").column})
            content["order totals"] = ":".join(map(str, cursor.execute(sql).fetchall()[0]))
        with work.state.connect() as connection:
            books = batches(connection)
            runs = [row.file for row in connection.execute(select(tables.run.c.file).order_by(tables.run.c.number))]
            people = {
                (row.source, row.value): (row.person, row.person_id)
                for row in connection.execute(
                    select(tables.node.c.source, tables.node.c.value, tables.person.c.person, tables.person.c.person_id).join(
                        tables.person, tables.person.c.person == tables.node.c.person
                    )
                )
            }
        left_over = _left_over(work, {row["folder"] for row in books}, set(runs))
    return Found(content, exact, [_book(row) for row in books], len(runs), people, any("made again" in text for text in said), left_over)


def _book(row: dict[str, Any]) -> dict[str, Any]:
    keys = ("number", "source", "kind", "file_name", "sha256", "replaces", "received", "accepted", "duplicate", "rejected", "anonymous")
    return {key: row[key] for key in keys} | {"report": row["report"]}


def _left_over(work: Work, folders: set[str], runs: set[str]) -> list[str]:
    """Files that no register knows; there are none once a workspace is open."""
    known_here = {"unfinished"} | folders
    found = [f"landing/{item.name}" for item in work.folder.landing.iterdir() if item.name not in known_here]
    found += [f"landing/{item}" for item in folders if not (work.folder.landing / item).is_dir()]
    if work.folder.scratch.exists():
        found += [f"unfinished/{item.name}" for item in work.folder.scratch.iterdir() if item.name != "spill"]
    in_ledger = {str(item.relative_to(work.folder.ledger)) for item in work.folder.ledger.rglob("*") if item.is_file()}
    known = {Path(name).name for name in runs if name}
    found += [f"ledger/{name}" for name in in_ledger if Path(name).name not in known]
    if work.folder.store.with_name("engine.duckdb.new").exists():
        found.append("engine.duckdb.new")
    return found


@dataclass(frozen=True)
class Difference:
    """Rows that are missing, rows that are too many, and tables whose rows differ though their number does not."""

    lost: int
    doubled: int
    changed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.lost or self.doubled or self.changed)


def compare(have: Content, want: Content) -> Difference:
    """How one content differs from another."""
    lost = doubled = 0
    changed = []
    for name in sorted(have.keys() | want.keys()):
        mine, theirs = have.get(name, "0:0"), want.get(name, "0:0")
        if mine == theirs:
            continue
        surplus = int(mine.split(":")[0]) - int(theirs.split(":")[0])
        lost, doubled = lost + max(0, -surplus), doubled + max(0, surplus)
        if surplus == 0:
            changed.append(name)
    return Difference(lost, doubled, tuple(changed))


def replayed(path: Path) -> dict[str, set[str]]:
    """Who is in which segment by reading the ledger's files alone, by the customers' own ids."""
    import duckdb

    with _opened(path, again=False) as (work, _):
        with work.state.connect() as connection:
            files = [row.file for row in connection.execute(select(tables.run.c.file).order_by(tables.run.c.number)) if row.file]
            label = dict(
                connection.execute(
                    select(tables.person.c.person_id, tables.node.c.value).join(tables.node, tables.node.c.person == tables.person.c.person)
                ).all()
            )
        found: dict[str, set[str]] = {}
        reader = duckdb.connect()
        for name in files:
            for segment, person_id, entered in (
                reader.read_parquet(str(work.folder.ledger / name)).project("segment, person_id, entered").fetchall()
            ):
                members = found.setdefault(segment, set())
                who = label[person_id]
                if entered == (who in members):
                    raise AssertionError(f"run {name} says twice that someone {'entered' if entered else 'left'} {segment}")
                members.symmetric_difference_update({who})
        reader.close()
    return found


def same_reports(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> bool:
    """Whether two workspaces keep the same books."""
    return json.dumps(one, sort_keys=True, default=str) == json.dumps(other, sort_keys=True, default=str)
