"""Starting victims and killing them: at a random moment, at a point, or inside one."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crash.road import Step

_TESTS = Path(__file__).resolve().parents[1]


@dataclass
class Ended:
    """How a victim ended, and the last it said."""

    status: int
    stage: str = "opening"
    point: str = ""
    report: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    trace: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    stderr: str = ""

    @property
    def killed(self) -> bool:
        """Whether it died by SIGKILL."""
        return self.status == -signal.SIGKILL


def start(workspace: Path, step: Step, plan: dict[str, Any]) -> subprocess.Popen[bytes]:
    """A victim, spawned as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "crash.victim", str(workspace), step.as_text(), json.dumps(plan)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(_TESTS), os.environ.get("PYTHONPATH", "")])},
    )


def follow(victim: subprocess.Popen[bytes], *, kill_after: float | None = None) -> Ended:
    """Listen to a victim until it ends; when told, kill it that long after it is ready."""
    assert victim.stdout and victim.stderr
    began, ended, timer = time.perf_counter(), Ended(0), None
    for raw in victim.stdout:
        what, _, text = raw.decode().rstrip("\n").partition(" ")
        if what == "ready":
            began = time.perf_counter()
            if kill_after is not None:
                timer = threading.Timer(kill_after, victim.kill)
                timer.start()
        elif what == "at":
            ended.stage = _stage(text)
        elif what == "killed":
            ended.point = text
        elif what == "did":
            ended.report = json.loads(text)
        elif what == "refused":
            ended.error = json.loads(text)
        elif what == "trace":
            ended.trace = json.loads(text)
    ended.stderr = victim.stderr.read().decode()
    ended.status = victim.wait()
    ended.seconds = time.perf_counter() - began
    if timer:
        timer.cancel()
    for stream in (victim.stdin, victim.stdout, victim.stderr):
        if stream:
            stream.close()
    return ended


def run(workspace: Path, step: Step, plan: dict[str, Any] | None = None, *, kill_after: float | None = None) -> Ended:
    """Start a victim and follow it to its end."""
    return follow(start(workspace, step, plan or {}), kill_after=kill_after)


def _stage(text: str) -> str:
    """A stage's name without what varies: `loading june.csv` is `loading`."""
    return "making the store again" if "made again" in text else " ".join(text.split()[:1])


@dataclass(frozen=True)
class Shape:
    """What an undisturbed run of a step looks like: how long it takes and which points it has."""

    seconds: float
    points: list[dict[str, Any]]


@dataclass(frozen=True)
class Blow:
    """One way to kill: how it is called, the victim's plan, and the delay of a kill from outside."""

    how: str
    plan: dict[str, Any]
    kill_after: float | None = None


def choose(dice: random.Random, shape: Shape) -> Blow:
    """A random blow: anywhere in time, just before a point, or inside a long one."""
    draw = dice.random()
    if draw < 0.4 or not shape.points:
        return Blow("at a random moment", {}, dice.uniform(0, shape.seconds * 1.05))
    if draw < 0.75:
        # Kinds of point first, so that the many statements do not hide the few renames and commits.
        kind = dice.choice(sorted({point["kind"] for point in shape.points}))
        number = dice.choice([i for i, point in enumerate(shape.points, start=1) if point["kind"] == kind])
        return Blow("before a point", {"point": number})
    long = [i for i, point in enumerate(shape.points, start=1) if point["seconds"] > 0.0005]
    # Half of these go where whole files change: commits, checkpoints and closing.
    heavy = [i for i in long if shape.points[i - 1]["what"].split(" ")[0] in ("COMMIT", "CHECKPOINT", "close", "write")]
    number = dice.choice(heavy if heavy and dice.random() < 0.5 else long)
    return Blow("inside a point", {"point": number, "after": dice.uniform(0.00005, shape.points[number - 1]["seconds"])})
