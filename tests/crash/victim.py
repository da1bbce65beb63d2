"""The process that is killed. It does one step and, if its plan says so, kills itself at the N-th file operation.

    python -m crash.victim WORKSPACE STEP PLAN

A *point* is a moment that Python can see: a file opened for writing, made, renamed
or removed, an fsync, a statement or commit of the state, a statement of DuckDB.
Points are numbered from 1. The plan is JSON:

    {}                              say where you are, wait for the killer or the end
    {"trace": true}                 write down every point
    {"point": N}                    SIGKILL just before point N happens
    {"point": N, "after": seconds}  SIGKILL that long after point N began, inside it where it is a long one

Lines on standard output: `ready`, `at STAGE`, `killed POINT`, `did RESULT`, `refused ERROR`, `trace POINTS`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy.engine.default import DefaultDialect

from crash.road import Step, perform, stopped_clock
from lohko.base.errors import LohkoError

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def say(what: str, text: str = "") -> None:
    """One line to the killer, there at once."""
    os.write(1, f"{what} {text}\n".encode())


class Points:
    """Counts what happens to the workspace's files, and kills at the point that the plan names."""

    def __init__(self, workspace: str, plan: dict[str, Any]) -> None:
        self._workspace, self._plan = workspace, plan
        self._count = 0
        self._open = False
        self.trace: list[dict[str, Any]] = []

    def start(self) -> None:
        """From here on, points count."""
        self._watch_files()
        _around(os, "fsync", lambda _fd: self.reach("fsync", ""), self._done)
        _around(DefaultDialect, "do_commit", lambda *_: self.reach("state", "COMMIT"), self._done)
        for name in ("do_execute", "do_executemany"):
            _around(DefaultDialect, name, lambda _self, _cursor, sql, *_: self.reach("state", _head(sql)), self._done)
        _around(duckdb.DuckDBPyConnection, "execute", lambda _self, sql, *_: self.reach("store", _head(sql)), self._done)
        _around(duckdb.DuckDBPyConnection, "close", lambda _self: self.reach("store", "close"), self._done)
        _around(duckdb.DuckDBPyRelation, "write_parquet", lambda *_a, **_k: self.reach("archive", "write"), self._done)
        self._open = True

    def stop(self) -> None:
        """From here on, nothing counts."""
        self._open = False

    def reach(self, kind: str, what: str) -> None:
        """A point is about to happen; questions change nothing and are none."""
        if not self._open or what.startswith(("SELECT", "PRAGMA", "SET ")):
            return
        self._count += 1
        if self._plan.get("trace"):
            self.trace.append({"kind": kind, "what": what, "began": time.perf_counter(), "seconds": 0.0})
        elif self._count == self._plan.get("point"):
            wait = self._plan.get("after", 0.0)
            if wait:
                threading.Thread(target=lambda: (time.sleep(wait), self._die(kind, what)), daemon=True).start()
            else:
                self._die(kind, what)

    def _die(self, kind: str, what: str) -> None:
        say("killed", f"{kind}: {what}")
        os.kill(os.getpid(), signal.SIGKILL)

    def _done(self) -> None:
        if self._open and self.trace and not self.trace[-1]["seconds"]:
            self.trace[-1]["seconds"] = time.perf_counter() - self.trace[-1]["began"]

    def _watch_files(self) -> None:
        names = {"os.rename": "rename", "os.remove": "remove", "os.rmdir": "rmdir", "os.mkdir": "mkdir", "sqlite3.connect": "connect"}

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            if not self._open:
                return
            if event == "open":
                path, mode, flags = arguments
                if isinstance(path, str | bytes) and (flags & _WRITING if mode is None else set(str(mode)) & set("wxa+")):
                    self._on_file("open", os.fsdecode(path))
            elif event in names:
                self._on_file(names[event], os.fsdecode(arguments[0]))
            elif event == "subprocess.Popen":
                self.reach("parser", "start")

        sys.addaudithook(hook)

    def _on_file(self, what: str, path: str) -> None:
        if path.startswith(self._workspace):
            self.reach("file", f"{what} {_anonymous(Path(path).name)}")


def _anonymous(name: str) -> str:
    return "scratch" if len(name) == 32 and name.isalnum() else name


def _head(sql: Any) -> str:
    return " ".join(str(sql).split()[:6])


def _around(owner: Any, name: str, before: Callable[..., None], after: Callable[[], None]) -> None:
    real = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        before(*arguments, **named)
        try:
            return real(*arguments, **named)
        finally:
            after()

    setattr(owner, name, wrapped)


def main() -> None:
    """Do the step under the plan."""
    workspace, step, plan = Path(sys.argv[1]), Step.from_text(sys.argv[2]), json.loads(sys.argv[3])
    if step.verb == "refresh":
        import lohko.steps.refresh  # noqa: F401 - before the clock is stopped
    points = Points(str(workspace), plan)
    say("ready")
    if plan.get("wait"):
        sys.stdin.readline()
    points.start()
    try:
        with stopped_clock():
            report = perform(workspace, step, lambda _done, what: say("at", what), wait_seconds=plan.get("wait_seconds", 20.0))
    except LohkoError as error:
        say("refused", json.dumps(error.as_json()))
        sys.exit(error.exit_status)
    points.stop()
    if plan.get("trace"):
        say("trace", json.dumps(points.trace))
    say("did", json.dumps(report, default=str))


if __name__ == "__main__":
    main()
