"""The sources a workspace is fed from: added, listed, tested, synced, removed.

What a source gives goes through the ordinary import, in files of its own name, so
books, repeats and consents are as for files. A stream's cursor moves only after its
rows count: a crash in between brings the same rows again, which changes nothing.
"""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from lohko.base.clock import now
from lohko.base.errors import InputError, LohkoError, PartialError, did_you_mean
from lohko.landing import log
from lohko.outgoing import Limits, Outgoing
from lohko.sources.kind import Arrived, Cursor, Kind, Page, Reach, Stream, checked_settings, left_out
from lohko.sources.registry import KINDS
from lohko.state import sources as kept
from lohko.state.workspace import note
from lohko.steps.hooks import take_hooks
from lohko.steps.ingest import ingest
from lohko.steps.schedule import check_schedule, is_due, judge
from lohko.steps.work import Progress, Work

MOST_ROWS = 20_000
"""After so many rows they are brought in, and the cursor moves."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_ASKED_ONCE = Limits(seconds=20.0, attempts=2)
"""A test is somebody waiting for an answer; a sync has more patience."""
_busy: set[tuple[Path, str]] = set()
_busy_lock = threading.Lock()


def source_add(
    work: Work, progress: Progress, *, name: str, kind: str, settings: dict[str, str] | None = None, schedule: str = ""
) -> dict[str, Any]:
    """Keep a new source. Nothing is asked of it yet."""
    if not _NAME.fullmatch(name):
        raise InputError(
            "bad_source_name", f"{name!r} is no name of a source.", hint="small letters a to z, digits, - and _, such as web-shop."
        )
    found = checked_settings(kind_of(kind), settings or {})
    check_schedule(schedule)
    with work.guard, work.state.begin() as connection:
        kept.add(connection, name, kind, found, schedule)
        note(connection, "source_added", {"source": name, "kind": kind})
    return {"name": name, "kind": kind, "settings": found, "schedule": schedule}


def kind_of(key: str) -> Kind:
    """The kind of that key; InputError when there is none."""
    if key not in KINDS:
        raise InputError("unknown_source_kind", f"There is no kind of source {key!r}.", hint=did_you_mean(key, KINDS))
    return KINDS[key]


def source_list(work: Work, progress: Progress) -> dict[str, Any]:
    """Every source with where it is: its state, last success, rows, lag, and the last error."""
    with work.state.connect() as connection:
        rows, waiting = kept.sources(connection), kept.waiting_hooks(connection)
    return {"as_of": now().isoformat(), "sources": [_described(work, row, waiting.get(row["name"], 0)) for row in rows]}


def _described(work: Work, row: Mapping[str, Any], waiting: int) -> dict[str, Any]:
    keys = ("name", "kind", "settings", "schedule", "added_at", "last_attempt", "last_success", "last_error", *kept.COUNTS)
    return {
        **{key: row[key] for key in keys},
        **judge(row, work.settings.zone, now()),
        "waiting": waiting,
        "left_out": left_out(row["cursor"]),
    }


def source_kinds(work: Work, progress: Progress) -> dict[str, Any]:
    """Every kind of source: what it is told, what it gives, and the smallest rights that its key needs."""
    return {
        "kinds": [
            {
                "kind": kind.key,
                "title": kind.title,
                "settings": [asdict(item) for item in kind.settings],
                "gives": [{"name": item.name, "what": item.what} for item in kind.streams],
                "scopes": kind.scopes,
            }
            for kind in KINDS.values()
        ]
    }


def source_schedule(work: Work, progress: Progress, *, name: str, schedule: str) -> dict[str, Any]:
    """Say when a source is asked by itself, as cron; the empty text is only by hand."""
    check_schedule(schedule)
    with work.guard, work.state.begin() as connection:
        kept.reschedule(connection, name, schedule)
        note(connection, "source_scheduled", {"source": name, "schedule": schedule})
    return {"name": name, "schedule": schedule}


def source_remove(work: Work, progress: Progress, *, name: str) -> dict[str, Any]:
    """Forget a source. What came from it stays."""
    with work.guard, work.state.begin() as connection:
        kept.remove(connection, name)
        note(connection, "source_removed", {"source": name})
    return {"name": name, "removed": True}


def source_test(work: Work, progress: Progress, *, name: str | None = None) -> dict[str, Any]:
    """Ask each source one small thing; which answered, what to do about those that did not, and which have stopped by themselves."""
    with work.state.connect() as connection:
        rows = kept.sources(connection) if name is None else [kept.find(connection, name)]
    found = []
    for row in rows:
        try:
            with _reach(work, row, _ASKED_ONCE) as reach:
                answer: dict[str, Any] = {"ok": True, "found": kind_of(row["kind"]).check(reach), "error": None}
        except LohkoError as error:
            answer = {"ok": False, "found": None, "error": error.as_json()}
        except Exception as problem:
            answer = {"ok": False, "found": None, "error": (work.blame(problem) or odd(problem)).as_json()}
        found.append({"name": row["name"], "kind": row["kind"], **answer, **judge(row, work.settings.zone, now())})
    return {"tested": found, "ok": all(item["ok"] and item["state"] != "late" for item in found)}


def source_sync(work: Work, progress: Progress, *, name: str | None = None, due: bool = False, again: bool = False) -> dict[str, Any]:
    """Bring in what is new: of one source, of all, or of those whose time has come. `again` begins from the first row.

    One that fails does not keep the others; each says how it went, and which files it left out, now or before.
    """
    with work.state.connect() as connection:
        rows = kept.sources(connection) if name is None else [kept.find(connection, name)]
    if due:
        rows = [row for row in rows if is_due(row, work.settings.zone, now())]
    done = [_synced(work, progress, row, again) for row in rows]
    return {"synced": done, "ok": all(item["error"] is None and not item["left_out"] for item in done), "data_version": work.data_version()}


def take_waiting(work: Work, progress: Progress) -> list[dict[str, Any]]:
    """Bring in what webhooks have brought, without asking anyone."""
    with work.state.connect() as connection:
        rows = [kept.find(connection, name) for name in kept.waiting_hooks(connection)]
    return [_synced(work, progress, row, again=False, asks=False) for row in rows]


def _synced(work: Work, progress: Progress, row: Mapping[str, Any], again: bool, asks: bool = True) -> dict[str, Any]:
    sums = dict.fromkeys(kept.COUNTS, 0)
    error: LohkoError | None = None
    name, stopped = row["name"], list[Exception]()

    def watched(done: float, what: str) -> None:
        try:
            progress(done, what)
        except Exception as stop:
            stopped.append(stop)
            raise

    with _alone(work, name):
        with work.guard, work.state.begin() as connection:
            if asks:
                kept.begun(connection, name)
            if again:
                kept.forget_cursor(connection, name)
                row = kept.find(connection, name)
        try:
            _sync(work, watched, row, sums, asks)
        except LohkoError as problem:
            error = problem
        except Exception as problem:
            if problem in stopped:  # whoever watches stopped it: that is no fault of the source, and what came in stays
                with work.guard, work.state.begin() as connection:
                    note(connection, "source_synced", {"source": name, **sums, "error": "stopped"})
                raise
            # Whatever a source answers, the others go on; the class says enough and holds nobody's data.
            error = work.blame(problem) or odd(problem)
        with work.guard, work.state.begin() as connection:
            if asks or error or not row["schedule"]:  # what a webhook brought says nothing of whether the source still answers
                kept.ended(connection, name, error.as_json() if error else None)
            note(connection, "source_synced", {"source": name, **sums, "error": error.code if error else None})
            out = left_out(kept.find(connection, name)["cursor"])
    return {"name": name, **sums, "error": error.as_json() if error else None, "left_out": out}


@contextmanager
def _alone(work: Work, name: str) -> Iterator[None]:
    """One sync of a source at a time."""
    key = (work.folder.path.resolve(), name)
    with _busy_lock:
        if key in _busy:
            raise InputError("busy", f"The source {name} is being synced already.")
        _busy.add(key)
    try:
        yield
    finally:
        with _busy_lock:
            _busy.discard(key)


def odd(problem: Exception) -> LohkoError:
    """What is said when a source fails in a way that nobody foresaw: what kind of fault it was, and nothing of what it answered."""
    if isinstance(problem, (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)):
        return PartialError(
            "source_answer",
            f"The source answered with something else than it should ({type(problem).__name__}).",
            hint="is its address that of the system's API, and of the version named? If so, report it with the log.",
        )
    return PartialError(
        "source_failed",
        f"The source could not be read ({type(problem).__name__}).",
        hint="look at its settings and whether it can be reached from here; if both are right, report it with the log.",
    )


@contextmanager
def _reach(work: Work, row: Mapping[str, Any], limits: Limits | None = None) -> Iterator[Reach]:
    scratch = log.scratch_folder(work.folder.scratch)
    try:
        with Outgoing(limits=limits) as client:
            yield Reach(row["settings"], client, now(), scratch, row["cursor"])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _sync(work: Work, progress: Progress, row: Mapping[str, Any], sums: dict[str, int], asks: bool) -> None:
    refused: list[str] = []
    with _reach(work, row) as reach:
        intake = Intake(work, progress, row["name"], reach.scratch, sums)
        for item in kind_of(row["kind"]).pull(reach) if asks else ():
            if isinstance(item, Page):
                intake.take(item)
            else:
                refused += _take_file(intake, item)
        intake.flush()
        take_hooks(work, intake, row)
    if refused:
        raise PartialError(
            "files_refused",
            f"{len(refused)} of its files could not be used: {', '.join(refused[:5])}{' ...' if len(refused) > 5 else ''}.",
            hint="`lohko import FILE` says why; a file is tried again when it has changed.",
        )


def _take_file(intake: Intake, item: Arrived) -> list[str]:
    """What of a file could not be used: all of it, which is left behind when its source can go on without it, or files of an archive."""
    intake.flush()
    try:
        with item.path.open("rb") as stream:
            found = intake.bring(item.stream, stream, item.file_name, item.cursor)
    except InputError:
        if item.refused is None:
            raise
        refused = [item.file_name]
    else:
        refused = [part["file"] for part in found.get("refused", ())]
    if refused and item.refused is not None:
        item.left_out = True
        intake.advance(item.stream, item.refused, {})
    return refused


@dataclass
class Intake:
    """Rows of a source on their way into the import: collected in a file, brought in by many, and only then the cursor moves."""

    work: Work
    progress: Progress
    source: str
    scratch: Path
    sums: dict[str, int]
    _stream: Stream | None = None
    _cursor: Cursor = field(default_factory=dict)
    _rows: int = 0
    _deleted: int = 0
    _file: TextIO | None = None

    def take(self, page: Page) -> None:
        """Add a page's rows; what was collected is brought in when it is enough, or when another stream begins."""
        if self._stream is not None and self._stream != page.stream:
            self.flush()
        self._stream, self._cursor = page.stream, page.cursor
        if page.rows and self._file is None:
            self._file = (self.scratch / "rows.ndjson").open("w", encoding="utf-8")
        for row in page.rows:
            assert self._file is not None
            self._file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
        self._rows += len(page.rows)
        self._deleted += page.deleted
        if self._rows >= MOST_ROWS:
            self.flush()

    def flush(self) -> None:
        """Bring in what was collected."""
        stream, rows, deleted = self._stream, self._rows, self._deleted
        self._stream, self._rows, self._deleted = None, 0, 0
        if stream is None:
            return
        if self._file is None:
            self.advance(stream, self._cursor, {})
            return
        self._file.close()
        path, self._file = Path(self._file.name), None
        with path.open("rb") as written:
            self.bring(stream, written, f"{self.source}-{stream.name}-{rows}.ndjson", self._cursor, deleted)
        path.unlink()

    def bring(self, stream: Stream, written: Any, name: str, cursor: Cursor, deleted: int = 0) -> dict[str, Any]:
        """Import one file, and then move the cursor; what came of the import."""
        found = ingest(
            self.work,
            self.progress,
            stream=written,
            name=name,
            kind=stream.kind,
            columns=dict(stream.columns),
            source=self.source,
            event=stream.event,
            timezone=stream.timezone,
            currency=stream.currency,
            date_order=stream.date_order,
            replace=stream.replace,
            sheet=stream.sheet,
        )
        self.advance(stream, cursor, {**{key: found[key] for key in kept.COUNTS if key in found}, "deleted": deleted})
        return found

    def advance(self, stream: Stream, cursor: Cursor, counts: Mapping[str, int]) -> None:
        """Remember that everything before the cursor counts."""
        with self.work.guard, self.work.state.begin() as connection:
            kept.advance(connection, self.source, stream.name, cursor, counts)
        for key, n in counts.items():
            self.sums[key] += n
