"""Events over HTTP against `lohko serve`: so many a second for so long, then a burst; what was acknowledged is counted in the end.

    python -m benchmarks.events WORKSPACE [--rate 2000] [--seconds 120] [--burst 10000] [--burst-seconds 30]

The workspace is written to: give it a copy. The sender is a process of its own, whose
work is told apart. `lag` is from the answer to when the batch counts, sampled ten times a second.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import queue
import random
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

_SENDERS = 4
_COMMAND = [sys.executable, "-m", "lohko.cli.main"]


def come_first() -> bool:
    """Get a processor before everybody else, where that is allowed: who asks and sends is not what is measured, so neither is its waiting."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except (AttributeError, PermissionError):
        return False
    return True


def send(port: int, key: str, rate: int, seconds: float, answers: multiprocessing.Queue[Any]) -> None:
    """Send batches of 50 to 100 from some threads, as fast as the rate says and the answers allow; tell each answer, then the work it was."""
    come_first()
    until, told, lock = time.monotonic() + seconds, [0], threading.Lock()
    began = time.monotonic()

    def one(seed: int) -> None:
        dice = random.Random(seed)  # noqa: S311 - made-up events
        with httpx2.Client(auth=(key, "")) as client:
            while (now := time.monotonic()) < until:
                with lock:
                    early = told[0] / rate - (now - began)
                    size = dice.randint(50, 100)
                    if early <= 0:
                        told[0] += size
                if early > 0:
                    time.sleep(min(early, 0.05))
                    continue
                batch = [_event(dice) for _ in range(size)]
                sent = time.monotonic()
                answer = client.post(f"http://127.0.0.1:{port}/v1/batch", json={"batch": batch}, timeout=30)
                answers.put((answer.status_code, size, sent, time.monotonic()))
                if answer.status_code == 429:
                    time.sleep(int(answer.headers["retry-after"]))

    threads = [threading.Thread(target=one, args=(seed,)) for seed in range(_SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.put(("cpu", time.process_time(), 0, 0))


def _event(dice: random.Random) -> dict[str, Any]:
    goods = {"product_id": f"p{dice.randrange(3000)}", "price": dice.randrange(9000) / 100, "category": f"c{dice.randrange(20)}"}
    body = {"type": "track", "event": "Product Viewed", "userId": f"u{dice.randrange(100_000)}", "properties": goods}
    return body | {"messageId": uuid.uuid4().hex}


@contextlib.contextmanager
def serving(workspace: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    """`lohko serve` of a workspace that has a write key: its process, its port and that of events."""
    port = _free_port()
    with subprocess.Popen(  # noqa: S603 - our own command
        [*_COMMAND, "serve", "--no-browser", "--port", str(port), *more], env=_in(workspace), stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        events_port = next(int(line.split()[-1].rstrip(".")) for line in server.stdout if line.startswith("Events"))
        try:
            yield server, port, events_port
        finally:
            server.terminate()


def _in(workspace: Path) -> dict[str, str]:
    return {**os.environ, "LOHKO_WORKSPACE": str(workspace)}


def measure(workspace: Path, rate: int, seconds: float) -> dict[str, Any]:
    """Serve the workspace, send to it, and count."""
    key = subprocess.run(  # noqa: S603 - our own command
        [*_COMMAND, "events", "key-add", "bench"], env=_in(workspace), capture_output=True, text=True, check=True
    ).stdout.strip()
    before = _stored(workspace)
    with serving(workspace) as (server, _, events_port):
        return _sent(workspace, events_port, key, rate, seconds, server.pid, before)


def _sent(workspace: Path, port: int, key: str, rate: int, seconds: float, server: int, before: int) -> dict[str, Any]:
    answers: multiprocessing.Queue[Any] = multiprocessing.get_context("spawn").Queue()
    sender = multiprocessing.get_context("spawn").Process(target=send, args=(port, key, rate, seconds, answers))
    memory, worked = [_memory(server)], _worked(server)
    sender.start()
    done: list[tuple[float, int]] = []  # when, and how many were acknowledged by then
    waits: list[float] = []
    acknowledged = told_to_wait = 0
    cpu, seen, lags = None, 0, list[float]()
    deadline = time.monotonic() + seconds + 120
    while time.monotonic() < deadline and (cpu is None or seen < acknowledged):
        with contextlib.suppress(queue.Empty):
            while True:
                status, size, began, ended = answers.get_nowait()
                if status == "cpu":
                    cpu = size
                elif status == 200:
                    acknowledged += size
                    waits.append(ended - began)
                    done.append((ended, acknowledged))
                else:
                    told_to_wait += 1
        now, stored = time.monotonic(), _stored(workspace) - before
        while done and done[0][1] <= stored:
            lags.append(now - done.pop(0)[0])
        seen = stored
        memory.append(_memory(server))
        time.sleep(0.1)
    sender.join()
    return {
        "rate": rate,
        "seconds": seconds,
        "acknowledged": acknowledged,
        "stored": seen,
        "told_to_wait": told_to_wait,
        "answer_ms": {"p50": _at(waits, 0.5) * 1000, "p99": _at(waits, 0.99) * 1000},
        "lag_s": {"p50": _at(lags, 0.5), "p99": _at(lags, 0.99)},
        "server_mb": {"before": memory[0], "most": max(memory), "after": memory[-1]},
        "server_cpu_s": round(_worked(server) - worked, 1),
        "sender_cpu_s": cpu,
    }


def _at(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else float("nan")


def _stored(workspace: Path) -> int:
    with contextlib.closing(sqlite3.connect(f"file:{workspace / 'state.sqlite'}?mode=ro", uri=True)) as state:
        return int(state.execute("SELECT coalesce(sum(accepted), 0) FROM batch WHERE kind = 'messages' AND source = 'bench'").fetchone()[0])


def _memory(process: int) -> int:
    """The resident memory of a process and its children, in megabytes."""
    children = _children(process)
    found = 0
    for one in (process, *map(int, children)):
        status = Path(f"/proc/{one}/status").read_text()
        found += next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return found // 1024


def _children(process: int) -> list[str]:
    """The processes that any thread of one has started."""
    return [one for thread in Path(f"/proc/{process}/task").iterdir() for one in (thread / "children").read_text().split()]


def _worked(process: int) -> float:
    """How long a process and its children have worked, in seconds: on a busy machine that says more than how long it took."""
    children = _children(process)
    ticks = sum(
        sum(map(int, Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[11:13])) for one in (process, *map(int, children))
    )
    return ticks / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    """A port after which there is another free one."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def main() -> int:
    """Run what the arguments ask for; 1 when something that was acknowledged is not stored."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("workspace", type=Path)
    options.add_argument("--rate", type=int, default=2000)
    options.add_argument("--seconds", type=float, default=120)
    options.add_argument("--burst", type=int, default=10_000)
    options.add_argument("--burst-seconds", type=float, default=30)
    asked = options.parse_args()
    lost = False
    for rate, seconds in ((asked.rate, asked.seconds), (asked.burst, asked.burst_seconds)):
        if seconds:
            found = measure(asked.workspace, rate, seconds)
            lost = lost or found["stored"] != found["acknowledged"]
            print(json.dumps(found, indent=1), flush=True)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
