"""Kills along the road of events: while the inbox takes them, and while they are taken from it into the log and the store.

What counts is what was acknowledged: each such message is stored once in the end,
whatever was killed and however often, and everything is as if nothing had been.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from crash import checking, killing
from crash.road import INSTANT, SETTINGS, Step, create, perform, stopped_clock
from lohko.landing.delivery import delivery_of
from lohko.landing.inbox import Writer
from lohko.state import write_keys
from lohko.state.inbox import read_through
from lohko.state.workspace import open_workspace
from lohko.steps.event_books import events_books
from lohko.steps.work import silent
from lohko.wiring import open_work

TAKE = Step("take events", "take")
_SENDERS = 3


@dataclass
class Hit:
    """One killed workspace, and what was wrong with it afterwards."""

    where: str
    kills: int
    problems: list[str] = field(default_factory=list)


def new_shop(path: Path) -> dict[str, str]:
    """A workspace with keys of two sources: their texts by source and kind."""
    create(path, SETTINGS)
    _, state, _ = open_workspace(path)
    with stopped_clock(), state.begin() as connection:
        made = {
            f"{source} {kind}": write_keys.add(connection, source, kind, new_names=kind == "server")[0]
            for source in ("web", "app")
            for kind in write_keys.KINDS
        }
    state.dispose()
    return made


def fill(path: Path, dice: random.Random, messages: int) -> None:
    """Deliveries in the inbox: events, traits, claims, vouching, companies, repeats, and what cannot be used."""
    folder, state, _ = open_workspace(path)
    with state.connect() as connection:
        keys, after = write_keys.write_keys(connection), read_through(connection)[0]
    writer = Writer(folder.inbox, after)
    numbers = iter(range(messages))
    while left := [number for _, number in zip(range(20), numbers, strict=False)]:
        key = dice.choice(keys)
        batch = [_message(dice, number) for number in left]
        writer.append([delivery_of({"batch": [*batch, dice.choice(batch)]}, key.id, INSTANT, None).pack()])
    writer.close()
    state.dispose()


def _message(dice: random.Random, number: int) -> Any:
    user, browser = f"u{dice.randrange(9)}", f"b{dice.randrange(9)}"
    body = {"messageId": f"m{number - (number % 17 == 0)}", "timestamp": f"2025-11-{dice.randrange(1, 28):02}T10:{number % 60:02}:00Z"}
    draw = dice.random()
    if draw < 0.02:
        return "junk"
    if draw < 0.6:
        said = {"price": dice.randrange(900) / 10, "name": dice.choice(("Tuote ä", "x"))}
        return body | {"type": "track", "event": dice.choice(("Product Viewed", "Own Event")), "anonymousId": browser, "properties": said}
    if draw < 0.7:
        return body | {"type": "page", "userId": user, "anonymousId": browser}
    if draw < 0.9:
        return body | {
            "type": "identify",
            "userId": user,
            "anonymousId": browser,
            "traits": {"plan": dice.choice("abc"), "email": f"{user}@example.fi"},
        }
    if draw < 0.95:
        return body | {"type": "group", "userId": user, "groupId": "acme", "traits": {"employees": number}}
    return body | {"type": "alias", "userId": user, "previousId": browser}


class Taken:
    """An inbox that is taken, undisturbed once and killed again and again."""

    def __init__(self, folder: Path, *, messages: int, seed: int) -> None:
        self._folder, self._dice = folder, random.Random(seed)
        new_shop(folder / "filled")
        fill(folder / "filled", self._dice, messages)
        ended = killing.run(self._copy("undisturbed"), TAKE, {"trace": True})
        if ended.status:
            raise RuntimeError(f"taking fails without being killed: {ended.error or ended.stderr}")
        self._shape = killing.Shape(ended.seconds, ended.trace)
        self._wanted = checking.look(folder / "undisturbed")

    def _copy(self, name: str) -> Path:
        target = self._folder / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self._folder / "filled", target)
        return target

    def kill(self, *, with_rebuild: bool = True) -> Hit:
        """Kill the taking at a random place, sometimes again, then let it end; everything has to be as if it had not been killed."""
        workspace, blow = self._copy("killed"), killing.choose(self._dice, self._shape)
        ended = killing.run(workspace, TAKE, blow.plan, kill_after=blow.kill_after)
        hit = Hit(f"take, {blow.how}, {ended.point or ended.stage}", 0)
        while ended.killed:
            hit.kills += 1
            if hit.kills == 3 or self._dice.random() > 0.3:
                break
            again = killing.choose(self._dice, self._shape)
            ended = killing.run(workspace, TAKE, again.plan, kill_after=again.kill_after)
        try:
            with stopped_clock():
                perform(workspace, TAKE)
            found = checking.look(workspace)
            difference = checking.compare(found.content, self._wanted.content)
            if difference:
                hit.problems.append(f"{difference}")
            if found.left_over:
                hit.problems.append(f"left over {found.left_over}")
            if with_rebuild and checking.look(workspace, again=True).exact != found.exact:
                hit.problems.append("a rebuild differs")
            hit.problems += _unbalanced(workspace)
        except Exception as error:  # whatever it is, it is told where
            hit.problems.append(f"cannot be used: {type(error).__name__}: {error}")
        return hit


def _unbalanced(workspace: Path) -> list[str]:
    with open_work(workspace, silent) as work:
        total = events_books(work, silent, recount=True)["total"]
    return [] if total["balanced"] else [f"the books do not balance: {total}"]


class Sending:
    """Senders that go on while what takes their events is killed: they send again under the same number until they are answered."""

    def __init__(self, workspace: Path, key: str, seed: int) -> None:
        self.workspace, self._key, self._dice = workspace, key, random.Random(seed)
        self.sent, self.acknowledged = 0, set[str]()
        self._lock, self._again = threading.Lock(), list[str]()

    def round(self, seconds: float) -> None:
        """Start the intake, send to it, and kill it so long after its first answer."""
        command = [sys.executable, "-m", "lohko.intake.process", str(self.workspace), "127.0.0.1", "0"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
            assert started.stdout and started.stdin
            port, over = int(started.stdout.readline().split()[1]), threading.Event()
            senders = [threading.Thread(target=self._send, args=(port, over)) for _ in range(_SENDERS)]
            for sender in senders:
                sender.start()
            before, until = len(self.acknowledged), time.monotonic() + 30
            while len(self.acknowledged) == before and time.monotonic() < until:
                time.sleep(0.005)
            time.sleep(seconds)
            os.kill(started.pid, signal.SIGKILL)
            over.set()
            for sender in senders:
                sender.join()

    def _send(self, port: int, over: threading.Event) -> None:
        with httpx2.Client(auth=(self._key, "")) as client:
            while not over.is_set():
                numbers = self._numbers()
                batch = [{"type": "track", "event": "Sent", "userId": "u1", "messageId": number} for number in numbers]
                try:
                    done = client.post(f"http://127.0.0.1:{port}/v1/batch", json={"batch": batch}).status_code == 200
                except httpx2.HTTPError:
                    done = False
                with self._lock:
                    if done:
                        self.acknowledged.update(numbers)
                    else:
                        self._again += numbers

    def _numbers(self) -> list[str]:
        with self._lock:
            if self._again:
                found, self._again = self._again[:5], self._again[5:]
                return found
            self.sent += 5
            return [f"s{number}" for number in range(self.sent - 5, self.sent)]

    def problems(self) -> list[str]:
        """What is wrong when all that was kept has been taken."""
        perform(self.workspace, TAKE)
        with open_work(self.workspace, silent) as work:
            cursor = work.store.cursor()
            table = work.schema().event("Sent").table
            stored = [number for (number,) in cursor.sql(f"SELECT message_id FROM {table}").fetchall()]
        lost = self.acknowledged - set(stored)
        found = [f"{len(lost)} acknowledged messages are lost"] if lost else []
        if len(stored) != len(set(stored)):
            found.append(f"{len(stored) - len(set(stored))} messages are doubled")
        return found + _unbalanced(self.workspace)


def kill_intake(folder: Path, dice: random.Random, times: int) -> Hit:
    """Kill the process that takes events so many times while they are sent to it."""
    key = new_shop(folder)["web server"]
    sending = Sending(folder, key, dice.randrange(1 << 30))
    for _ in range(times):
        sending.round(dice.uniform(0, 0.3))
    hit = Hit(f"intake, {len(sending.acknowledged)} messages acknowledged", times)
    hit.problems = sending.problems() if sending.acknowledged else ["nothing was acknowledged"]
    return hit


def told(hits: list[Hit]) -> str:
    """What was killed, as text."""
    lines = [f"{hit.where}: {hit.kills} kills{': ' + json.dumps(hit.problems) if hit.problems else ''}" for hit in hits]
    return "\n".join(lines)
