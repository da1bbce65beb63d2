"""From an event to the change that is published: `lohko serve` with a hundred live segments, so many events a second for so long, then a burst.

    python -m benchmarks.live --size small|full [--rate 2000] [--seconds 120] [--burst 10000] [--burst-seconds 30] [--room 8] [--keep FOLDER]

The events come from a process of its own (benchmarks/events.py), whose work is told
apart. Beside them somebody new is made a member twice a second by an `identify`; from
just before it is sent until its change arrives by the stream of server-sent events is
what is measured. In the end every one of them has to have come once, and every
acknowledged event has to be stored. The burst is benchmarks/burst.py.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import queue
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

from benchmarks import burst
from benchmarks.events import _at, _memory, _stored, _worked, send, serving
from lohko.base.clock import now
from lohko.state.workspace import Settings, create
from lohko.steps.ingest import ingest
from lohko.steps.segments import apply
from lohko.steps.work import silent
from lohko.steps.write_keys import event_key_add
from lohko.wiring import open_work

SIZES = {"small": (500, 2_000, 10), "middle": (100_000, 1_000_000, 100), "full": (1_000_000, 20_000_000, 100)}
"""Customers, events, segments."""
_EVERY_SECONDS = 0.5
_DAYS = (1, 3, 7, 14, 30, 60, 90, 180, 365, 700)


def prepare(path: Path, size: str) -> str:
    """A workspace with customers, what they looked at over two years, and segments of it; the server key."""
    customers, events, segments = SIZES[size]
    create(path, Settings("Europe/Helsinki", "EUR", "FI"))
    with open_work(path, silent) as work:
        for begin in range(0, events, 5_000_000):
            text = _history(random.Random(begin), customers, min(events - begin, 5_000_000), begin)  # noqa: S311 - made-up events
            ingest(work, silent, stream=io.BytesIO(text.encode()), name=f"events-{begin}.csv", kind="events", source="bench")
        key = event_key_add(work, silent, source="bench", kind="server")["key"]
        apply(work, silent, files={"live.yaml": "\n---\n".join(_rules(segments))})
    return str(key)


def _history(dice: random.Random, customers: int, events: int, begin: int) -> str:
    present = now().timestamp()
    lines = ["customer_id,event,at,message_id,price,category,product_id\n"]
    if not begin:
        lines.append("u0,Probed,2020-01-01 10:00:00,p0,,,\n")  # so that there may be a rule about it
    for number in range(events):
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(present - 700 * 86_400 * dice.random() ** 2))
        who, price, category = dice.randrange(customers), dice.randrange(9000) / 100, dice.randrange(20)
        lines.append(f"u{who},Product Viewed,{at},h{begin + number},{price},c{category},p{who % 3000}\n")
    return "".join(lines)


def _rules(segments: int) -> Iterator[str]:
    """Different questions about counts, sums, kinds and windows, and the one that is measured."""
    yield "id: probe\nwhere: did Probed"
    for number in range(segments - 1):
        days, least = _DAYS[number % len(_DAYS)], 1 + number // len(_DAYS)
        rule = (
            f"did `Product Viewed` at least {least} times in last {days} days",
            f"sum of price of `Product Viewed` in last {days} days >= {50 * least}",
            f"did `Product Viewed` where category is c{number % 20} in last {days} days",
            f"did `Product Viewed` in last {days} days and not (did `Product Viewed` where price >= {least * 9} in last {days} days)",
        )[number % 4]
        yield f"id: s{number}\nwhere: '{rule}'"


def measure(path: Path, key: str, rate: int, seconds: float) -> dict[str, Any]:
    """Serve the workspace, send to it, follow, and count."""
    before = _stored(path)
    with serving(path) as (server, port, events_port):
        _until_current(port)
        return _measured(path, (port, events_port), key, rate, seconds, server.pid, before)


def _until_current(port: int) -> None:
    """The first refresh of all is not what is measured."""
    while True:
        with contextlib.suppress(httpx2.HTTPError):
            found = httpx2.get(f"http://127.0.0.1:{port}/api/v1/live", timeout=60).json()
            if found["decided"] == found["segments"] and not found["behind"]:
                return
        time.sleep(0.5)


def _measured(path: Path, ports: tuple[int, int], key: str, rate: int, seconds: float, server: int, before: int) -> dict[str, Any]:
    answers: multiprocessing.Queue[Any] = multiprocessing.get_context("spawn").Queue()
    sender = multiprocessing.get_context("spawn").Process(target=send, args=(ports[1], key, rate, seconds, answers))
    heard: dict[str, list[float]] = {}
    listening = threading.Thread(target=_listen, args=(ports[0], heard), daemon=True)
    listening.start()
    time.sleep(1.0)
    _warm_up(ports[1], key, heard)
    before += 1
    memory, worked, began = [_memory(server)], _worked(server), time.monotonic()
    sender.start()
    probes, events = _probe(ports[1], key, seconds, server, memory)
    acknowledged = told_to_wait = 0
    cpu = None
    deadline = time.monotonic() + seconds + 120
    while time.monotonic() < deadline:
        with contextlib.suppress(queue.Empty):
            while True:
                status, size, _, _ = answers.get_nowait()
                cpu, acknowledged, told_to_wait = (
                    (size, acknowledged, told_to_wait)
                    if status == "cpu"
                    else (cpu, acknowledged + size, told_to_wait)
                    if status == 200
                    else (cpu, acknowledged, told_to_wait + 1)
                )
        if cpu is not None and probes.keys() <= heard.keys() and _stored(path) - before >= acknowledged + events:
            break
        time.sleep(0.2)
    sender.join()
    waits = [heard[name][0] - sent for name, sent in probes.items() if name in heard]
    return {
        "rate": rate,
        "seconds": seconds,
        "acknowledged": acknowledged,
        "not_stored": acknowledged + events - (_stored(path) - before),
        "told_to_wait": told_to_wait,
        "changes": len(probes),
        "changes_missing": len(probes.keys() - heard.keys()),
        "changes_told_twice": sum(len(times) - 1 for name, times in heard.items() if name in probes),
        "event_to_change_s": {"p50": round(_at(waits, 0.5), 2), "p99": round(_at(waits, 0.99), 2)},
        "server_mb": {"before": memory[0], "most": max(memory), "after": _memory(server)},
        "server_cpu_s": round(_worked(server) - worked, 1),
        "sender_cpu_s": None if cpu is None else round(cpu, 1),
        "took_s": round(time.monotonic() - began, 1),
    }


def _warm_up(port: int, key: str, heard: dict[str, list[float]]) -> None:
    """What a server reads when it starts, which messages it knows and who is in which segment, is not what is measured: wait for one change."""
    name = f"first-{os.getpid()}-{time.monotonic():.3f}"
    httpx2.post(
        f"http://127.0.0.1:{port}/v1/track", json={"userId": name, "event": "Probed", "messageId": name}, auth=(key, ""), timeout=30
    ).raise_for_status()
    while name not in heard:
        time.sleep(0.1)


def _probe(port: int, key: str, seconds: float, server: int, memory: list[int]) -> tuple[dict[str, float], int]:
    """Make somebody a member now and then; when each was sent, and how many events that was."""
    sent: dict[str, float] = {}
    until = time.monotonic() + seconds
    with httpx2.Client(auth=(key, "")) as client:
        while (moment := time.monotonic()) < until:
            name = f"probe-{os.getpid()}-{moment:.3f}"
            body = {"userId": name, "event": "Probed", "messageId": name}
            if client.post(f"http://127.0.0.1:{port}/v1/track", json=body, timeout=30).status_code == 200:
                sent[name] = moment
            memory.append(_memory(server))
            time.sleep(_EVERY_SECONDS)
    return sent, len(sent)


def _listen(port: int, heard: dict[str, list[float]]) -> None:
    """Follow the changes of the segment; begin again where it was when the stream ends, as one has to."""
    at: dict[str, str] = {}
    while True:
        with (
            contextlib.suppress(httpx2.HTTPError),
            httpx2.stream("GET", f"http://127.0.0.1:{port}/api/v1/changes/stream?segment=probe", headers=at, timeout=60) as answer,
        ):
            for line in answer.iter_lines():
                if line.startswith("id: "):
                    at["last-event-id"] = line[4:]
                elif line.startswith("data: "):
                    heard.setdefault(json.loads(line[6:])["customer"], []).append(time.monotonic())
        time.sleep(0.2)


def main() -> int:
    """Run what the arguments ask for; 1 when something that was acknowledged is not stored, or a change is missing or came twice."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--size", choices=SIZES, default="small")
    options.add_argument("--rate", type=int, default=2000)
    options.add_argument("--seconds", type=float, default=120)
    options.add_argument("--burst", type=int, default=10_000)
    options.add_argument("--burst-seconds", type=float, default=30)
    options.add_argument(
        "--room", type=int, default=8, help="in the burst, megabytes of events that may wait before senders are told to wait"
    )
    options.add_argument("--keep", type=Path, help="a folder where the workspace is kept, and used again the next time")
    asked = options.parse_args()
    wrong = False
    with tempfile.TemporaryDirectory() as scratch:
        path = (asked.keep or Path(scratch)) / asked.size
        path.parent.mkdir(exist_ok=True)
        began, held = time.monotonic(), path.with_name(f"{path.name}.key")
        if not held.exists():
            held.write_text(prepare(path, asked.size))
            print(
                f"{SIZES[asked.size][0]:,} customers, {SIZES[asked.size][1]:,} events, made in {time.monotonic() - began:.0f} s", flush=True
            )
        key = held.read_text()
        if asked.seconds:
            found = measure(path, key, asked.rate, asked.seconds)
            wrong = wrong or bool(found["not_stored"] or found["changes_missing"] or found["changes_told_twice"])
            print(json.dumps(found, indent=1), flush=True)
        if asked.burst_seconds:
            found = burst.measure(path, key, asked.burst, asked.burst_seconds, asked.room)
            wrong = wrong or bool(found["lost"] or found["doubled"] or found["other_answers"])
            print(json.dumps(found, indent=1), flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
