"""Work that outlives a request: imports and refreshes, each in a thread of its own, watched from a page.

Jobs are kept in memory only: an import that a crash cuts short left either
nothing or everything (the log sees to that), so there is nothing to resume.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
import traceback
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lohko.base.clock import now
from lohko.base.errors import InputError, LohkoError, StoreError

State = Literal["waiting", "running", "done", "failed", "cancelled"]
Task = Callable[[Callable[[float, str], None]], dict[str, Any]]

_KEPT_HOURS = 12
IMPORT_SHARE = 0.9
"""How much of an import's bar is the import itself; the rest is the refresh after it."""
_LAST_CHANCE = 0.79 * IMPORT_SHARE
"""From here on an import counts (its step is at 0.8 when it has been registered), so it is brought to its end."""
_log = logging.getLogger("lohko.web")


class Cancelled(Exception):
    """The user stopped the job."""


@dataclass
class Upload:
    """A file that has arrived and waits in the workspace's own scratch folder."""

    path: Path
    name: str
    kind: str
    """What its rows are; empty while its headers have not told."""
    sha256: str
    size: int
    folder: Path
    format: str | None = None
    """The key of the export that it was recognised as."""


@dataclass
class Job:
    """One piece of work and how far it is."""

    id: str
    kind: Literal["import", "refresh"]
    state: State = "waiting"
    phase: str = ""
    done: float = 0.0
    what: str = ""
    upload: Upload | None = None
    preview: dict[str, Any] | None = None
    choices: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] | None = None
    error: LohkoError | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    began: Any = field(default_factory=now)

    @property
    def stoppable(self) -> bool:
        """Whether it can still be stopped without leaving anything."""
        return self.state == "running" and self.done < _LAST_CHANCE and not self.cancelled.is_set()

    def as_json(self) -> dict[str, Any]:
        """What a page that watches needs; nothing of the file's contents."""
        return {
            "id": self.id,
            "state": self.state,
            "phase": self.phase,
            "done": round(self.done, 3),
            "what": self.what,
            "stoppable": self.stoppable,
        }


class Jobs:
    """The jobs of one running app."""

    def __init__(self, blame: Callable[[BaseException], StoreError | None] = lambda _error: None) -> None:
        self._blame = blame
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def new(self, kind: Literal["import", "refresh"], upload: Upload | None = None) -> Job:
        """A job that has not begun; those that are long over are forgotten."""
        job = Job(secrets.token_urlsafe(9), kind, upload=upload)
        with self._lock:
            for old in [item for item in self._jobs.values() if (job.began - item.began).total_seconds() > _KEPT_HOURS * 3600]:
                if old.state != "running":
                    self._jobs.pop(old.id)
                    remove_upload(old)
            self._jobs[job.id] = job
        return job

    def get(self, name: str) -> Job:
        """The job of that id; InputError when there is none."""
        job = self._jobs.get(name)
        if job is None:
            raise InputError(
                "unknown_job", "This import is over, or was never begun.", hint="begin a new one, or look at the list of imports."
            )
        return job

    def start(self, job: Job, phase: str, task: Task, then: State = "done") -> None:
        """Run a task in a thread; the job's state says how it went. A job that runs is not started again."""
        with self._lock:
            if job.state == "running":
                raise InputError("busy", "This is being done already.")
            job.state, job.phase, job.done, job.what, job.error = "running", phase, 0.0, "", None
            job.cancelled.clear()
        # The job is done by whoever asked for it: the audit says so.
        whose = copy_context()
        job.thread = threading.Thread(target=whose.run, args=(self._run, job, task, then), name=f"lohko-{phase}", daemon=True)
        job.thread.start()

    def _run(self, job: Job, task: Task, then: State) -> None:
        def progress(done: float, what: str) -> None:
            if job.cancelled.is_set() and done < _LAST_CHANCE:
                raise Cancelled
            job.done, job.what = done, what

        ended: State = then
        try:
            job.result = task(progress)
        except Cancelled:
            ended = "cancelled"
        except LohkoError as error:
            job.error, ended = error, "failed"
        except Exception as error:
            _log.error("a %s failed: %s", job.phase, kind_of(error))
            job.error, ended = self._blame(error) or failed(), "failed"
        with self._lock:
            job.state = "cancelled" if job.cancelled.is_set() and ended in ("waiting", "failed") else ended
        if job.state == "cancelled":
            remove_upload(job)

    def stop(self, job: Job) -> None:
        """Ask a job to stop, or throw away an upload that waits."""
        with self._lock:
            job.cancelled.set()
            if job.state in ("waiting", "failed"):
                job.state = "cancelled"
        if job.state == "cancelled":
            remove_upload(job)

    def close(self, wait_seconds: float = 20.0) -> None:
        """Stop everything; work that already counts is brought to its end first."""
        for job in list(self._jobs.values()):
            job.cancelled.set()
        for job in list(self._jobs.values()):
            if job.thread is not None:
                job.thread.join(wait_seconds)
            remove_upload(job)


def failed() -> StoreError:
    """What a user reads when Lohko itself failed."""
    return StoreError(
        "failed", "Lohko itself failed. Nothing half-done was kept.", hint="try again; if it comes back, report it with the log."
    )


def kind_of(error: BaseException) -> str:
    """What the log may hold of a failure: its kind and its place in the code, not its text, which may hold a customer's data."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "lohko" in Path(frame.filename).parts] or frames
    place = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return type(error).__name__ + place


def remove_upload(job: Job) -> None:
    """Remove a job's uploaded file."""
    if job.upload is not None:
        shutil.rmtree(job.upload.folder, ignore_errors=True)
