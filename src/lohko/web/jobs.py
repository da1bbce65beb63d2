"""Work that outlives a request: imports and refreshes, each in a thread of its own, watched from a page.

A job outlives the server too: how it went is kept in state, and one that the end of the server cut short is begun
again when there is a server again. An import that was cut short left either nothing or everything (the log sees to
that), and a file that is in already adds nothing, so beginning again is always right.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import shutil
import threading
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lohko.base.clock import now
from lohko.base.errors import InputError, LohkoError, StoreError
from lohko.base.failures import kind_of
from lohko.landing.sought import GONE
from lohko.state.acting import acting, actor
from lohko.state.jobs import OVER, forget_job, keep_job, kept_jobs

if TYPE_CHECKING:
    from sqlalchemy import Engine

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
    sheet: str | None = None
    """The sheet of a workbook that was chosen."""


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
    by: str | None = None
    """Who asked for it."""
    bereft: bool = False
    """People were erased while it ran: its file is gone, and nothing that it read of it stays."""

    @property
    def stoppable(self) -> bool:
        """Whether it can still be stopped without leaving anything."""
        return self.state == "running" and self.done < _LAST_CHANCE and not self.cancelled.is_set()

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Job:
        """A job as it was kept."""
        asked = row["asked"] or {}
        upload = asked.get("upload")
        return cls(
            row["id"],
            row["kind"],
            state=row["state"],
            phase=row["phase"],
            done=row["done"],
            what=row["what"],
            upload=None if upload is None else Upload(**{**upload, "path": Path(upload["path"]), "folder": Path(upload["folder"])}),
            choices=asked.get("choices", {}),
            result=row["result"],
            error=row["error"],
            began=dt.datetime.fromisoformat(row["began"]),
            by=row["by"],
        )

    def as_row(self) -> dict[str, Any]:
        """What is kept of it: nothing of the file's contents."""
        return {
            "id": self.id,
            "kind": self.kind,
            "phase": self.phase,
            "state": self.state,
            "done": self.done,
            "what": self.what,
            "began": self.began.isoformat(),
            "by": self.by,
            "asked": {"upload": None if self.upload is None else asdict(self.upload), "choices": self.choices},
            "result": self.result,
            "error": self.error,
        }

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

    def __init__(self, blame: Callable[[BaseException], StoreError | None] = lambda _error: None, state: Engine | None = None) -> None:
        self._blame, self._state, self._closing = blame, state, False
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
                    self._forget(old)
            self._jobs[job.id] = job
        return job

    def resume(self, makers: Mapping[str, Callable[[Job], None]], uploads: Path) -> None:
        """Know the jobs of before, and begin those again that were cut short, each by the maker of its phase.

        What waits for somebody waits again. Uploads of which nobody knows are removed.
        """
        if self._state is None:
            return
        with self._state.connect() as connection:
            rows = kept_jobs(connection)
        for row in rows:
            job = Job.from_row(row)
            self._jobs[job.id] = job
            gone = not job.upload.path.exists() if job.upload is not None else job.kind == "import"
            begin = makers.get(job.phase)
            if job.state == "waiting" or (job.state == "running" and begin is not None and not gone):
                job.state = "failed"  # until it is begun again
                phase = makers["reading"] if row["state"] == "waiting" else begin
                if not gone and phase is not None:
                    with acting(row["by"]):
                        phase(job)
                    continue
            elif job.state != "running":
                continue
            job.state, job.error = "failed", cut_short()
            self._remember(job)
        known = {job.upload.folder.name for job in self._jobs.values() if job.upload is not None}
        for item in uploads.glob("*"):
            if item.name not in known:
                shutil.rmtree(item, ignore_errors=True)

    def let_go(self) -> None:
        """People were erased: nothing is known any more of jobs that do not run, nor of the files of those that do."""
        with self._lock:
            for job in list(self._jobs.values()):
                if job.state != "running":
                    del self._jobs[job.id]
                    remove_upload(job)
                elif job.upload is not None:
                    job.bereft = True
                    _forget_file(job)

    def _remember(self, job: Job) -> None:
        """Keep it, unless it was let go of meanwhile."""
        if self._state is not None:
            with self._lock:
                if job.id in self._jobs:
                    with self._state.begin() as connection:
                        keep_job(connection, job.as_row())

    def _forget(self, job: Job) -> None:
        if self._state is not None:
            with self._state.begin() as connection:
                forget_job(connection, job.id)

    def get(self, name: str) -> Job:
        """The job of that id; InputError when there is none."""
        job = self._jobs.get(name)
        if job is None:
            raise unknown_job()
        return job

    def start(self, job: Job, phase: str, task: Task, then: State = "done") -> None:
        """Run a task in a thread; the job's state says how it went. A job that runs is not started again."""
        with self._lock:
            if job.state == "running":
                raise InputError("busy", "This is being done already.")
            job.state, job.phase, job.done, job.what, job.error = "running", phase, 0.0, "", None
            job.cancelled.clear()
        job.by = actor()
        self._remember(job)
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
        if self._closing and self._state is not None and ended == "cancelled":
            return  # it is begun again by the next server
        with self._lock:
            if job.bereft:
                _forget_file(job)
                if ended == "waiting":
                    ended, job.error = "failed", unknown_job()
            job.state = "cancelled" if job.cancelled.is_set() and ended in ("waiting", "failed") and not self._closing else ended
        if job.state == "cancelled":
            remove_upload(job)
        self._remember(job)

    def stop(self, job: Job) -> None:
        """Ask a job to stop, or throw away an upload that waits."""
        with self._lock:
            job.cancelled.set()
            if job.state in ("waiting", "failed"):
                job.state = "cancelled"
        if job.state == "cancelled":
            remove_upload(job)
            self._remember(job)

    def close(self, wait_seconds: float = 20.0) -> None:
        """Stop everything; work that already counts is brought to its end first. What is cut short is begun again by the next server."""
        self._closing = True
        for job in list(self._jobs.values()):
            job.cancelled.set()
        for job in list(self._jobs.values()):
            if job.thread is not None:
                job.thread.join(wait_seconds)
            if self._state is None or job.state in OVER:
                remove_upload(job)


def failed() -> StoreError:
    """What a user reads when Lohko itself failed."""
    return StoreError(
        "failed", "Lohko itself failed. Nothing half-done was kept.", hint="try again; if it comes back, report it with the log."
    )


def unknown_job() -> InputError:
    """What a user reads of a job that is not known, or whose file is not here."""
    return InputError("unknown_job", "This import is over, or was never begun.", hint="begin a new one, or look at the list of imports.")


def cut_short() -> InputError:
    """What a user reads of work that the end of the server cut short and that is not begun again by itself."""
    return InputError("cut_short", "The server was ended while this was being done. Nothing half-done was kept.", hint="begin it again.")


def _forget_file(job: Job) -> None:
    """Nothing stays of what its file held, not even its name."""
    job.preview, job.choices = None, {}
    if job.upload is not None:
        job.upload.name = GONE


def remove_upload(job: Job) -> None:
    """Remove a job's uploaded file."""
    if job.upload is not None:
        shutil.rmtree(job.upload.folder, ignore_errors=True)
