"""Segments of one visitor, asked of `lohko serve` so many times a second, alone and with events coming in beside it; and what is published, at size.

    python -m benchmarks.lookups WORKSPACE [--rate 500] [--seconds 30] [--events 2000]
    python -m benchmarks.lookups --published 1000000 [--segments 100]

The workspace is written to: give it a copy of one with segments. Who asks is a process of
its own, whose work is told apart. Times are from when a question was due, so that a
server that stands still is not asked less; `sent` are those from when it was sent. Who asks and
sends goes before everybody else, where that is allowed (root), as its own waiting is not the server's.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.events import _at, _free_port, _memory, _worked, come_first, send

_ASKERS = 4
_LONGEST_WAIT = 120.0


def ask(port: int, key: str, paths: list[str], rate: int, seconds: float, answers: multiprocessing.Queue[Any]) -> None:
    """Ask from some threads, each question when it is due; tell the times, and the work that asking was."""
    come_first()
    began = time.monotonic() + 0.2
    lock, number = threading.Lock(), [0]
    due_ms, sent_ms, failed, known = list[float](), list[float](), [0], [0]

    def one() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        headers = {"authorization": f"Bearer {key}"}
        while True:
            with lock:
                mine, number[0] = number[0], number[0] + 1
            due = began + mine / rate
            if due > began + seconds:
                return
            time.sleep(max(0.0, due - time.monotonic()))
            sent = time.monotonic()
            connection.request("GET", paths[mine % len(paths)], headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            ended = time.monotonic()
            failed[0] += answer.status != 200
            known[0] += b'"known":true' in body
            due_ms.append((ended - due) * 1000)
            sent_ms.append((ended - sent) * 1000)

    threads = [threading.Thread(target=one) for _ in range(_ASKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.put((due_ms, sent_ms, failed[0], known[0], time.process_time()))


def measure(workspace: Path, rate: int, seconds: float, events: int) -> dict[str, Any]:
    """Serve the workspace and ask, first alone, then beside events."""
    environment = {**os.environ, "LOHKO_WORKSPACE": str(workspace)}
    command, port = [sys.executable, "-m", "lohko.cli.main"], _free_port()

    def made(*arguments: str) -> str:
        done = subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - our own command
        return done.stdout.splitlines()[0].strip()

    key, writing = made("key", "add", "bench", "--scope", "lookup"), made("events", "key-add", "bench")
    paths = _paths(workspace)
    with subprocess.Popen(  # noqa: S603 - our own command
        [*command, "serve", "--no-browser", "--port", str(port)], env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        events_port = next(int(line.split()[-1].rstrip(".")) for line in server.stdout if line.startswith("Events"))
        try:
            _until_published(events_port, key, paths[0])
            alone = _asked(server.pid, events_port, key, paths, rate, seconds)
            beside = _beside(server.pid, events_port, key, writing, paths, rate, seconds, events) if events else None
        finally:
            server.terminate()
    return {"rate": rate, "seconds": seconds, "events": events, "alone": alone, "beside_events": beside}


def _paths(workspace: Path) -> list[str]:
    """Whom is asked about: customers by their number, in no order, and one in ten who is unknown."""
    with closing(sqlite3.connect(f"file:{workspace / 'state.sqlite'}?mode=ro", uri=True)) as state:
        rows = state.execute("SELECT value FROM node WHERE kind = 'id' ORDER BY node LIMIT 100000").fetchall()
    found = [value for (value,) in rows]
    dice = random.Random(5)  # noqa: S311 - whom is asked about
    dice.shuffle(found)
    return [f"/api/v1/people/user_id:{'nobody-' if n % 10 == 9 else ''}{value}/segments" for n, value in enumerate(found)]


def _until_published(port: int, key: str, path: str) -> None:
    until = time.monotonic() + _LONGEST_WAIT
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", path, headers={"authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        if answer.status == 200 and json.loads(answer.read())["known"]:
            return
        time.sleep(0.2)
    raise SystemExit("nothing was published")


def _beside(server: int, port: int, key: str, writing: str, paths: list[str], rate: int, seconds: float, events: int) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[Any] = context.Queue()
    sender = context.Process(target=send, args=(port, writing, events, seconds + 3, answers))
    sender.start()
    time.sleep(1.5)
    found = _asked(server, port, key, paths, rate, seconds)
    statuses = []
    while (answer := answers.get(timeout=60))[0] != "cpu":
        statuses.append(answer)
    sender.join()
    taken = sum(size for status, size, _, _ in statuses if status == 200)
    return {**found, "events_per_second": round(taken / (seconds + 3)), "sender_cpu_s": round(answer[1], 1)}


def _asked(server: int, port: int, key: str, paths: list[str], rate: int, seconds: float) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[Any] = context.Queue()
    asker = context.Process(target=ask, args=(port, key, paths, rate, seconds, answers))
    worked = _worked(server)
    asker.start()
    due, sent, failed, known, cpu = answers.get(timeout=seconds + 120)
    asker.join()
    return {
        "asked": len(due),
        "failed": failed,
        "known": known,
        "ms": {"p50": round(_at(due, 0.5), 2), "p99": round(_at(due, 0.99), 2), "most": round(max(due), 1)},
        "sent_ms": {"p50": round(_at(sent, 0.5), 2), "p99": round(_at(sent, 0.99), 2)},
        "asker_cpu_s": round(cpu, 1),
        "server_cpu_s": round(_worked(server) - worked, 1),
        "server_mb": _memory(server),
    }


# --- what is published, at size --------------------------------------------------------------


def published(people: int, segments: int) -> dict[str, Any]:
    """Files, memory and seconds of so many people with three identifiers each, in segments of 1 to 50 % of them."""
    import numpy as np

    from lohko.engine import served
    from lohko.engine.bitmaps import bitmap
    from lohko.engine.served import Head, Marks, Part

    dice, marks = np.random.default_rng(7), Marks(b"k" * 32)
    names = [f"segment-{n}" for n in range(segments)]
    head = Head("2026-11-28T12:00:00+00:00", 1, 1, dict.fromkeys(names, True), ("shop",), marks.check)
    began = time.monotonic()
    hashes = np.array([marks.mark(kind, source, f"{n}") for n in range(people) for kind, source in _KINDS], np.uint64)
    whose = np.repeat(np.arange(1, people + 1, dtype=np.int32), len(_KINDS))
    hashed = time.monotonic() - began
    members = {
        name: bitmap(np.flatnonzero(dice.random(people + 1) < share).astype(np.int32))
        for name, share in zip(names, _shares(segments), strict=True)
    }
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "served"
        began = time.monotonic()
        part = Part(head, *served.sorted_by_hash(hashes, whose), {name: (who, type(who)()) for name, who in members.items()})
        served.write_base(folder, part)
        written = time.monotonic() - began
        size = sum(path.stat().st_size for path in folder.iterdir())
        del part, hashes, whose, members
        before, began = _resident(), time.monotonic()
        found = served.read_served(folder, marks.check)
        read = time.monotonic() - began
        assert found is not None
        few = Part(
            head,
            np.array([5], np.uint64),
            np.array([7], np.int32),
            {names[0]: (bitmap(np.arange(10, dtype=np.int32)), bitmap(np.arange(0, dtype=np.int32)))},
        )
        began = time.monotonic()
        served.append(found, few)
        appended = time.monotonic() - began
        added = sum(path.stat().st_size for path in folder.iterdir()) - size
        began = time.monotonic()
        for n in range(10_000):
            found.found([marks.mark("id", "shop", str(n * 7 % people))])
        asked = (time.monotonic() - began) / 10_000
        memory = _resident() - before
        began = time.monotonic()
        served.write_base(folder, found.whole())
        anew = time.monotonic() - began
    return {
        "people": people,
        "segments": segments,
        "identifiers": people * len(_KINDS),
        "file_mb": round(size / 1e6, 1),
        "hash_s": round(hashed, 2),
        "write_s": round(written, 2),
        "read_s": round(read, 3),
        "reader_mb": memory,
        "ten_people_moved": {"bytes": added, "ms": round(appended * 1000, 2)},
        "new_base_s": round(anew, 2),
        "look_up_us": round(asked * 1e6, 1),
    }


_KINDS = (("id", "shop"), ("email", ""), ("person", ""))


def _shares(segments: int) -> list[float]:
    return [0.01 + 0.49 * n / max(segments - 1, 1) for n in range(segments)]


def _resident() -> int:
    with Path("/proc/self/statm").open() as stream:
        return int(stream.read().split()[1]) * resource.getpagesize() // 1_000_000


def main() -> None:
    """Measure, and print what was found as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path, nargs="?")
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--events", type=int, default=2000, help="events a second beside the questions; 0 for none")
    parser.add_argument("--published", type=int, help="measure the files of so many people instead")
    parser.add_argument("--segments", type=int, default=100)
    given = parser.parse_args()
    if given.published:
        found = published(given.published, given.segments)
    elif given.workspace is not None:
        found = measure(given.workspace, given.rate, given.seconds, given.events)
    else:
        parser.error("name a workspace, or --published N")
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
