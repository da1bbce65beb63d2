"""A burst beyond what the server keeps up with: what is too much is told to wait, and sent again as a client would; all of it is counted in the end.

    python -m benchmarks.live --seconds 0 [--burst 10000] [--burst-seconds 30] [--room 8]

The events come from a process of its own, in batches of 50 to 100, at the rate until all
of them have been acknowledged. Each keeps its `messageId` however often it is sent.
What is lost and what is doubled is counted in the archive, by these numbers.
"""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import duckdb
import httpx2

from benchmarks.events import _at, _event, come_first, serving
from lohko.landing.inbox import Position, waiting_bytes
from lohko.state.inbox import read_through
from lohko.state.workspace import open_workspace

_SENDERS = 4
_TO_WAIT = (429, 503)
_AGAIN_SECONDS = 0.2
_PATIENCE_SECONDS = 600


def send_until_taken(
    port: int, key: str, rate: int, seconds: float, prefix: str, longest_wait: float = 60, waits_first: threading.Event | None = None
) -> dict[str, Any]:
    """Send so many events at that rate, each batch until it is acknowledged; what was answered, and how long acknowledging took.

    `waits_first` is set when a batch has been told to wait for the first time.
    """
    whole, made, lock, began = int(rate * seconds), [0], threading.Lock(), time.monotonic()
    told: dict[str, Any] = {"acknowledged": 0, "told_to_wait": 0, "not_answered": 0, "other_answers": 0, "retry_after": set()}
    waits: list[float] = []

    def next_batch(dice: random.Random) -> list[dict[str, Any]] | None:
        """The next one when its time has come; none when all were sent."""
        while True:
            with lock:
                size, early = min(dice.randint(50, 100), whole - made[0]), made[0] / rate - (time.monotonic() - began)
                if size <= 0:
                    return None
                if early <= 0:
                    first, made[0] = made[0], made[0] + size
                    return [{**_event(dice), "messageId": f"{prefix}{first + place}"} for place in range(size)]
            time.sleep(min(early, 0.05))

    def one(seed: int) -> None:
        dice = random.Random(seed)  # noqa: S311 - made-up events
        with httpx2.Client(auth=(key, ""), timeout=30) as client:
            while (batch := next_batch(dice)) is not None:
                pause: float | None = 0.0
                while pause is not None:
                    time.sleep(pause)
                    pause = _sent(client, port, batch, longest_wait)

    def _sent(client: httpx2.Client, port: int, batch: list[dict[str, Any]], longest_wait: float) -> float | None:
        """None when it is acknowledged; else for how long to wait before it is sent again."""
        at = time.monotonic()
        try:
            answer = client.post(f"http://127.0.0.1:{port}/v1/batch", json={"batch": batch})
        except httpx2.HTTPError:
            with lock:
                told["not_answered"] += 1
            return _AGAIN_SECONDS
        with lock:
            if answer.status_code == 200:
                told["acknowledged"] += len(batch)
                waits.append(time.monotonic() - at)
                return None
            if answer.status_code in _TO_WAIT:
                told["told_to_wait"] += 1
                if waits_first:
                    waits_first.set()
                told["retry_after"].add(answer.headers["retry-after"])
                return min(float(answer.headers["retry-after"]), longest_wait)
            told["other_answers"] += 1
            return None

    threads = [threading.Thread(target=one, args=(seed,)) for seed in range(_SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    return {
        **told,
        "retry_after": sorted(told["retry_after"]),
        "sent": whole,
        "taken_after_s": round(took, 1),
        "answer_ms": {"p50": round(_at(waits, 0.5) * 1000, 1), "p99": round(_at(waits, 0.99) * 1000, 1)},
    }


def stored(path: Path, prefix: str) -> tuple[int, int]:
    """How many messages with such numbers are in the archive, and how many different ones."""
    rows = duckdb.execute(
        "SELECT count(*), count(DISTINCT message_id) FROM read_parquet(?, union_by_name => true) WHERE starts_with(message_id, ?)",
        [str(path / "landing" / "batch-*" / "accepted.parquet"), prefix],
    ).fetchall()
    return int(rows[0][0]), int(rows[0][1])


def accounts(path: Path, prefix: str, sent: dict[str, Any]) -> dict[str, Any]:
    """What was answered beside what lies in the archive; nobody may have it open."""
    rows, different = stored(path, prefix)
    return {**sent, "stored": different, "lost": sent["acknowledged"] - different, "doubled": rows - different}


def measure(path: Path, key: str, rate: int, seconds: float, room: int) -> dict[str, Any]:
    """Serve the workspace with room for so many megabytes of events that wait, send, wait until all is read, and count."""
    prefix = f"burst-{uuid.uuid4().hex[:8]}-"
    with serving(path, "--events-room", str(room)) as (server, _, events_port):
        with multiprocessing.get_context("spawn").Pool(1, come_first) as sender:
            sent = sender.apply(send_until_taken, (events_port, key, rate, seconds, prefix))
        began = time.monotonic()
        while _waiting(path) and time.monotonic() - began < _PATIENCE_SECONDS:
            time.sleep(0.2)
        read = round(time.monotonic() - began, 1)
        server.terminate()
        server.wait()
    return {"rate": rate, "seconds": seconds, "room_mb": room, **accounts(path, prefix, sent), "read_after_s": read}


def _waiting(path: Path) -> int:
    folder, state, _ = open_workspace(path)
    with state.connect() as connection:
        position = Position(*read_through(connection))
    state.dispose()
    return waiting_bytes(folder.inbox, position)
