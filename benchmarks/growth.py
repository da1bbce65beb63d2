"""How the cost of deciding segments grows: with their number, their distinct leaves, and the events; and the memory it takes."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import mixed
from benchmarks.leaves import took
from benchmarks.segments import forget_refreshes, open_shop, prepare
from benchmarks.shop import TODAY
from lohko.base.errors import LohkoError
from lohko.engine.leaf_cache import LeafCache
from lohko.engine.plan import evaluate_all
from lohko.model.catalogue import Catalogue
from lohko.model.definition import Definition
from lohko.steps.question import ask
from lohko.steps.refresh import refresh
from lohko.steps.work import Work, silent

SEGMENTS = (1, 10, 100, 1000)
LARGEST = "100m"
"""The shop that is measured at one point only: a hundred segments."""


@dataclass(frozen=True)
class Point:
    """One run: how much there was, and the seconds."""

    events: int
    segments: int
    leaves: int
    wall: float
    cpu: float


def measure_growth(folder: Path, sizes: list[str], times: int, most: int = SEGMENTS[-1]) -> list[Point]:
    """1 to 1,000 segments, with three uses of each leaf, decided over shops of several sizes; 1 is three leaves."""
    found = []
    for size in sizes:
        path, _ = prepare(folder, size)
        with open_shop(path) as work:
            events = sum(work.store.table(event.table).count("*").fetchall()[0][0] for event in work.schema().events.values())
            for number in SEGMENTS if size != LARGEST else (100,):
                if number <= most:
                    found.append(_decided(work, events, number, times))
                    print(f"  {found[-1]}", file=sys.stderr, flush=True)
    return found


def _decided(work: Work, events: int, number: int, times: int) -> Point:
    segments = mixed.segments(number, 3 if number >= 10 else 1)
    definitions = {item.name: Definition(item.where) for item in segments}
    runs = [took(lambda: decide(work, definitions)) for _ in range(times)]
    spent = min(runs, key=lambda run: run.wall)
    return Point(events, number, len({part.said for item in segments for part in item.parts}), spent.wall, spent.cpu)


def decide(work: Work, definitions: dict[str, Definition]) -> None:
    """The members of every segment, with nothing known from before; LohkoError when one cannot be told."""
    work.leaves = LeafCache()
    question = ask(work, TODAY)
    for answer in evaluate_all(question.engine, Catalogue(question.schema, definitions)).values():
        if isinstance(answer, LohkoError):
            raise answer


def shown_growth(points: list[Point]) -> str:
    """The runs as text, with what one leaf costs per million events."""
    lines = [
        "\nDeciding mixed segments, three uses of a leaf",
        "     events   segments   leaves   seconds (of all processors)   ms of them a leaf   and million events",
    ]
    for point in points:
        each = 1000 * point.cpu / point.leaves
        lines.append(
            f"{point.events:>11,}   {point.segments:>8,}   {point.leaves:>6,}   {point.wall:>8.2f} ({point.cpu:.2f})".ljust(68)
            + f"{each:>12.1f}   {each / (point.events / 1e6):>18.2f}"
        )
    return "\n".join(lines)


# --- memory ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Memory:
    """The most that one process held: of that, what the store may use for itself is set beforehand."""

    events: int
    most_gb: float
    decided_s: float
    refreshed_s: float
    changes: int


def measure_memory(path: Path, store_memory: str) -> Memory:
    """A process of its own decides a hundred mixed segments and refreshes the ready-made ones, for the first time, into the ledger."""
    command = [sys.executable, "-m", "benchmarks.growth", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LOHKO_MEMORY": store_memory}, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Memory(**json.loads(done.stdout))


def _in_this_process(path: Path) -> Memory:
    with open_shop(path) as work:
        events = sum(work.store.table(event.table).count("*").fetchall()[0][0] for event in work.schema().events.values())
        definitions = {item.name: Definition(item.where) for item in mixed.segments(100, 3)}
        decided = took(lambda: decide(work, definitions))
        forget_refreshes(work)
        report: dict[str, int] = {}
        refreshed = took(lambda: report.update(refresh(work, silent, as_of=TODAY)))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    return Memory(events, round(most, 2), round(decided.wall, 1), round(refreshed.wall, 1), report["changes"])


def shown_memory(found: Memory, store_memory: str) -> str:
    """The run as text."""
    return (
        f"\nMemory: {found.events:,} events, the store limited to {store_memory}: at most {found.most_gb:.2f} GB in the process; "
        f"100 mixed segments decided in {found.decided_s:.1f} s, the ready-made ones refreshed in {found.refreshed_s:.1f} s ({found.changes:,} entries)"
    )


if __name__ == "__main__":
    print(json.dumps(asdict(_in_this_process(Path(sys.argv[1])))))
