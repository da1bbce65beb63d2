"""Kills along the whole live path: the inbox, the loader, the store's checkpoint, refresh, roll-up and publishing.

    PYTHONPATH=tests python -m crash.live --kills 300 [--seed 1]

One workspace lives through all of them. A child, forked so that Lohko is loaded already, takes
messages into the inbox and writes down what it acknowledged, brings them in, refreshes, rolls up,
and hands what is published to one who follows, who keeps each change and then the position. It is
killed at a random point or moment, and the next one goes on. What counts in the end:

    lost       acknowledged messages that are not stored        doubled    messages that are stored twice
    missing    changes of the ledger that were never handed on  other ids  changes that were told under two ids
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crash.road import SETTINGS, create
from crash.victim import Points
from lohko.base.clock import now
from lohko.engine.membership import public_ids, recorded
from lohko.landing.delivery import delivery_of
from lohko.landing.inbox import Writer
from lohko.state import write_keys
from lohko.state.inbox import read_through
from lohko.state.workspace import open_workspace
from lohko.steps.event_books import events_books
from lohko.steps.feed import changes_after
from lohko.steps.intake import events_take
from lohko.steps.refresh_live import refresh_live
from lohko.steps.renew import renew
from lohko.steps.roll_up import roll_up
from lohko.steps.segments import apply
from lohko.steps.work import Work, silent
from lohko.wiring import open_work

RULES = """
- id: gold
  where: plan is gold
- id: often
  where: did looked at least 3 times in last 30 days
- id: both
  where: in segment gold and in segment often
- id: unplanned
  where: did looked and not plan is gold
"""
_ROUNDS = 3
_PEOPLE = 12


@dataclass
class Outcome:
    """What was counted in the end."""

    kills: int
    where: Counter[str]
    acknowledged: int
    published: int
    problems: dict[str, int] = field(default_factory=dict)

    @property
    def wrong(self) -> int:
        """How much of it is wrong."""
        return sum(self.problems.values())

    def told(self) -> str:
        """As text."""
        places = ", ".join(f"{name} {count}" for name, count in self.where.most_common())
        wrong = ", ".join(f"{name} {count}" for name, count in self.problems.items())
        return (
            f"Live: {self.kills} kills ({places}); {self.acknowledged} messages acknowledged, {self.published} changes published; {wrong}."
        )


class Life:
    """A workspace that is killed again and again, and the one who follows it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._dice, self.workspace = random.Random(seed), folder / "shop"
        self._sent, self._heard, self._position = folder / "acknowledged", folder / "heard", folder / "position"
        create(self.workspace, SETTINGS)
        _, state, _ = open_workspace(self.workspace)
        with state.begin() as connection:
            write_keys.add(connection, "web", "server", new_names=True)
        state.dispose()
        with open_work(self.workspace, silent) as work:
            self._arrive(work, 0)
            events_take(work, silent)
            apply(work, silent, files={"rules.yaml": RULES})
        self._points, self._seconds = self._undisturbed()

    def _undisturbed(self) -> tuple[int, float]:
        """How many points a child passes, and how long it takes."""
        counted = self.workspace.with_name("points")
        began = time.perf_counter()
        self._child({}, 1, counted)
        return int(counted.read_text()), time.perf_counter() - began

    def kill(self) -> str | None:
        """Let a child begin and kill it; where, or None when it came to its end."""
        draw, said = self._dice.random(), self.workspace.with_name("where")
        said.unlink(missing_ok=True)
        plan: dict[str, Any] = {}
        after = None
        if draw < 0.3:
            after = self._dice.uniform(0, self._seconds)
        else:
            plan = {"point": self._dice.randint(1, self._points), "after": self._dice.choice((0.0, 0.0, self._dice.uniform(0.0001, 0.01)))}
        ended = self._child(plan, self._dice.randrange(1 << 30), said, after)
        if ended != -signal.SIGKILL:
            if ended:
                raise RuntimeError("a child failed: " + said.read_text())
            return None
        return said.read_text() if said.exists() and after is None else "at a moment"

    def _child(self, plan: dict[str, Any], seed: int, said: Path, after: float | None = None) -> int:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                self._live(plan, random.Random(seed), said)
                status = 0
            except BaseException as error:
                said.write_text(f"{type(error).__name__}: {error}")
            finally:
                os._exit(status)
        timer = threading.Timer(after, os.kill, (child, signal.SIGKILL)) if after is not None else None
        if timer:
            timer.start()
        _, status = os.waitpid(child, 0)
        if timer:
            timer.cancel()
            timer.join()
        return os.waitstatus_to_exitcode(status)

    def _live(self, plan: dict[str, Any], dice: random.Random, said: Path) -> None:
        points = _Telling(str(self.workspace), plan, said)
        points.start()
        with open_work(self.workspace, silent) as work:
            for number in range(_ROUNDS):
                points.stage = "inbox"
                self._arrive(work, dice.randrange(1, 1 << 30), dice)
                points.stage = "loader"
                events_take(work, silent)
                points.stage = "refresh"
                refresh_live(work)
                points.stage = "publish"
                self._hear(work)
                points.stage = "checkpoint"
                if number == 1:
                    work.store.execute("CHECKPOINT")
                elif number == _ROUNDS - 1:
                    points.stage = "roll-up"
                    roll_up(work, now())
        points.stop()
        if not plan:
            said.write_text(str(points.count))

    def _arrive(self, work: Work, begin: int, dice: random.Random | None = None) -> None:
        """Messages to the inbox; only when they are on disk it is written down that they were acknowledged."""
        dice = dice or random.Random(0)
        with work.state.connect() as connection:
            key, after = write_keys.write_keys(connection)[0], read_through(connection)[0]
        batch = []
        for number in range(6):
            who = {"userId": f"u{dice.randrange(_PEOPLE)}", "messageId": f"m{begin}-{number}"}
            if number % 2 or begin == 0:
                batch.append(who | {"type": "identify", "traits": {"plan": dice.choice(("gold", "basic"))}})
            else:
                batch.append(who | {"type": "track", "event": "looked", "properties": {}})
        if begin == 0:
            batch.append({"type": "track", "event": "looked", "userId": "u0", "messageId": "m0-track", "properties": {}})
        writer = Writer(work.folder.inbox, after)
        writer.append([delivery_of({"batch": batch}, key.id, now(), None).pack()])
        _add(self._sent, "".join(f"{item['messageId']}\n" for item in batch))
        writer.close()

    def _hear(self, work: Work) -> None:
        """One who follows: each change is kept, then the position; a kill in between makes the change come again."""
        while True:
            after = self._position.read_text() if self._position.exists() else None
            found = changes_after(work, silent, after=after or None, limit=7)
            _add(self._heard, "".join(json.dumps(item) + "\n" for item in found["changes"]))
            beside = self._position.with_suffix(".new")
            beside.write_text(found["next"])
            beside.rename(self._position)
            if not found["more"]:
                return

    def end(self, kills: int, where: Counter[str]) -> Outcome:
        """Let everything come to its end, and count."""
        with open_work(self.workspace, silent) as work:
            events_take(work, silent)
            time.sleep(0.01)
            refresh_live(work)
            self._hear(work)
            sent = Counter(self._sent.read_text().split())
            stored = _stored(work)
            heard = [json.loads(line) for line in self._heard.read_text().splitlines()]
            ledger = _whole(work)
            problems = {
                "lost": len(sent.keys() - stored.keys()),
                "doubled": sum(count - 1 for count in stored.values()),
                "missing": len({item["id"] for item in ledger} - {item["id"] for item in heard}),
                "unknown": len({item["id"] for item in heard} - {item["id"] for item in ledger}),
                "other ids": _other_ids(heard),
                "wrong members": _wrong_members(work, heard),
                "unbalanced": 0 if events_books(work, silent, recount=True)["total"]["balanced"] else 1,
            }
            renew(work, silent)
            problems["other after a rebuild"] = int(_whole(work) != ledger)
        return Outcome(kills, where, len(sent), len(ledger), problems)


class _Telling(Points):
    """Points that also say in which part of the path they are."""

    def __init__(self, workspace: str, plan: dict[str, Any], said: Path) -> None:
        super().__init__(workspace, plan)
        self.stage, self._said = "opening", said

    @property
    def count(self) -> int:
        return self._count

    def _die(self, kind: str, what: str) -> None:
        descriptor = os.open(self._said, os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(descriptor, self.stage.encode())
        os.kill(os.getpid(), signal.SIGKILL)


def _add(path: Path, text: str) -> None:
    """Add to a file beside the workspace in one write, which a kill does not part."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, text.encode())
    os.close(descriptor)


def _stored(work: Work) -> Counter[str]:
    table = work.schema().event("looked").table
    cursor = work.store.cursor()
    rows = cursor.sql(f"SELECT message_id FROM {table} UNION ALL SELECT message_id FROM message_row").fetchall()
    return Counter(number for (number,) in rows)


def _whole(work: Work) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = None
    while (page := changes_after(work, silent, after=after))["changes"]:
        found, after = found + page["changes"], page["next"]
    return found


def _key(item: dict[str, Any]) -> tuple[Any, ...]:
    return item["position"].split(".")[0], item["segment"], item["person_id"], item["entered"]


def _other_ids(heard: list[dict[str, Any]]) -> int:
    """How many changes came under two ids, or ids with two changes."""
    ids: dict[Any, set[Any]] = defaultdict(set)
    for item in heard:
        ids[_key(item)].add(item["id"])
        ids[item["id"]].add(json.dumps({name: value for name, value in item.items() if name != "customer"}, sort_keys=True))
    return sum(len(several) - 1 for several in ids.values())


def _wrong_members(work: Work, heard: list[dict[str, Any]]) -> int:
    """How many people one who follows has in a segment, or not in it, other than the ledger says; each change counted once, in its order."""
    said, members = set(), defaultdict(set)
    wrong = 0
    for item in heard:
        if item["id"] in said:
            continue
        said.add(item["id"])
        inside = item["person_id"] in members[item["segment"]]
        wrong += inside == item["entered"]  # entered twice, or left without having entered
        (members[item["segment"]].add if item["entered"] else members[item["segment"]].discard)(item["person_id"])
    cursor = work.store.cursor()
    for name in ("gold", "often", "both", "unplanned"):
        wrong += len(members[name] ^ set(public_ids(cursor, recorded(cursor, name))))
    return wrong


def live(folder: Path, seed: int, kills: int) -> Outcome:
    """Kill so many times, and count."""
    folder.mkdir(parents=True, exist_ok=True)
    life, done, where = Life(folder, seed), 0, Counter[str]()
    while done < kills:
        if (at := life.kill()) is not None:
            done += 1
            where[at] += 1
            if done % 25 == 0:
                print(f"{done} kills", file=sys.stderr, flush=True)
    return life.end(done, where)


def main() -> int:
    """Kill as the arguments ask; 1 when anything is wrong."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = live(Path(scratch), asked.seed, asked.kills)
    print(found.told())
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
