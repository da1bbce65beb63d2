"""Bringing a file in: choosing it, saying what its columns are, watching it come in, reading what came of it.

The file waits in the workspace's scratch folder between the steps. Reading it
and importing it are jobs in threads, so that each page answers at once.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.base.errors import InputError, LohkoError
from lohko.formats.fields import KINDS, REQUIRED, fields_of
from lohko.landing import log
from lohko.landing.request import Request as FileRequest
from lohko.state.segments import current
from lohko.steps.archives import preview_any, take_one
from lohko.steps.books import books
from lohko.steps.ingest import ingest
from lohko.steps.read import status
from lohko.steps.rejected import rejected
from lohko.steps.work import Work, silent
from lohko.web.data_words import show
from lohko.web.jobs import IMPORT_SHARE, Job, Jobs, Upload, remove_upload, unknown_job
from lohko.web.render import Pages
from lohko.web.segment_pages import offered, refresh_with_past
from lohko.web.upload import receive

_ROWS_SHOWN = 200
_NOTHING_CHOSEN = {"timezone": "", "currency": "", "date_order": "", "event": "", "replace": False, "without_ids": False}
KNOWN_BY = frozenset({"customer_id", "email", "phone", "anonymous_id"})
"""The fields by which a row says who it is about."""
ZONES = ("Europe/Helsinki", "Europe/Stockholm", "Europe/Tallinn", "Europe/London", "Europe/Berlin", "America/New_York", "UTC")


def router(work: Work, pages: Pages, jobs: Jobs) -> APIRouter:
    """The pages of an import."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/import")
    def begin(request: Request) -> Response:
        kept, said = books(work, silent), {row["batch"]: row["received_at"] for row in status(work, silent)["imports"]}
        imports = [{**row, "received_at": said.get(row["batch"])} for row in kept["imports"][::-1]]
        return show(pages, request, "import.html", kinds=KINDS, imports=imports, total=kept["total"], error=None)

    @routes.post("/import")
    async def take(request: Request) -> Response:
        folder = log.scratch_folder(work.folder.uploads)
        try:
            upload = await _received(request, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        job = jobs.new("import", upload)
        look_at(work, jobs, job)
        return RedirectResponse(f"/import/{job.id}", 303)

    @routes.get("/import/{name}")
    def follow(request: Request, name: str) -> Response:
        job = jobs.get(name)
        if job.state == "done":
            told = "import_archive_done.html" if "files" in (job.result or {}) else "import_done.html"
            return show(pages, request, told, **_outcome(work, job))
        if job.state == "cancelled":
            return pages.answer(request, "import_cancelled.html", job=job)
        if job.state == "running":
            return pages.answer(request, "job.html", job=job, watch=f"/import/{name}/state")
        if job.preview is not None and "files" in job.preview:
            return pages.answer(
                request, "import_archive.html", 200 if job.error is None else 400, job=job, archive=job.preview, kinds=KINDS
            )
        return pages.answer(request, "import_columns.html", 200 if job.error is None else 400, **_columns(work, job))

    @routes.get("/import/{name}/state")
    def state(name: str) -> dict[str, Any]:
        return jobs.get(name).as_json()

    @routes.post("/import/{name}/kind")
    async def again(request: Request, name: str) -> Response:
        job, form = jobs.get(name), await request.form()
        kind, sheet = _text(form, "kind"), _text(form, "sheet")  # of another sheet its headers tell
        if job.upload is not None and (kind in KINDS or (sheet and not kind)) and job.state in ("waiting", "failed"):
            job.upload.kind, job.upload.format, job.choices = kind, None, {}
            job.upload.sheet = sheet or job.upload.sheet
            look_at(work, jobs, job)
        return RedirectResponse(f"/import/{name}", 303)

    @routes.post("/import/{name}/file")
    async def one_file(request: Request, name: str) -> Response:
        job, wanted = jobs.get(name), _text(await request.form(), "file")
        if job.upload is None or job.state not in ("waiting", "failed"):
            return RedirectResponse(f"/import/{name}", 303)
        one = jobs.new("import", await run_in_threadpool(_of_archive, work, job.upload, wanted))
        look_at(work, jobs, one)
        return RedirectResponse(f"/import/{one.id}", 303)

    @routes.post("/import/{name}/start")
    async def start(request: Request, name: str) -> Response:
        job, form = jobs.get(name), await request.form()
        if job.upload is None or job.preview is None or job.state not in ("waiting", "failed"):
            return RedirectResponse(f"/import/{name}", 303)
        if "files" in job.preview:  # each is read as its headers tell, or as the kind that was chosen for all
            job.choices, job.error = {}, None
            bring_in(work, jobs, job)
            return RedirectResponse(f"/import/{name}", 303)
        if not job.upload.kind:
            return RedirectResponse(f"/import/{name}", 303)
        job.choices = _choices(form, job.preview["headers"])
        job.error = wrong_choice(job.upload.kind, job.choices)
        if job.error is None:
            bring_in(work, jobs, job)
        return RedirectResponse(f"/import/{name}", 303)

    @routes.post("/import/{name}/stop")
    def stop(name: str) -> Response:
        jobs.stop(jobs.get(name))
        return RedirectResponse(f"/import/{name}", 303)

    return routes


async def _received(request: Request, folder: Path) -> Upload:
    form = await receive(request, folder / "received")
    kind = form.texts.get("kind", "")
    if not form.file_name or not form.size:
        empty = bool(form.file_name)
        raise InputError(
            "empty_file" if empty else "no_file",
            "The file is empty." if empty else "No file was chosen.",
            hint="choose a file and try again.",
        )
    if kind and kind not in KINDS:
        raise InputError("unknown_kind", "There are no such rows.", hint="choose what the rows are, or let the headers tell.")
    name = plain_name(form.file_name)
    return Upload(folder / "received", name, kind, form.sha256, form.size, folder)


def _of_archive(work: Work, archive: Upload, name: str) -> Upload:
    """One file of an archive as an upload of its own, whose columns can be chosen; the archive waits where it is."""
    folder = log.scratch_folder(work.folder.uploads)
    try:
        one = take_one(archive.path, archive.name, name, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Upload(one.path, name, "", one.sha256, one.size, folder)


def plain_name(given: str) -> str:
    """A file's name as its owner knows it: without folders, and with what browsers escape put back.

    >>> plain_name("C:\\\\shop\\\\orders.csv"), plain_name("a%22b.csv"), plain_name("../")
    ('orders.csv', 'a"b.csv', 'file')
    """
    name = given.replace("%22", '"').replace("\\", "/").rstrip("/").rpartition("/")[2]
    return "".join(letter for letter in name if letter.isprintable()).strip(". ")[:200] or "file"


def look_at(work: Work, jobs: Jobs, job: Job) -> None:
    """Read the file in the background to say what it is and what its columns are taken to be."""

    def task(progress: Callable[[float, str], None]) -> dict[str, Any]:
        progress(0.1, "reading")
        assert job.upload is not None
        job.preview = None
        request = FileRequest(
            file=str(job.upload.path),
            kind=job.upload.kind or None,  # type: ignore[arg-type]
            sheet=job.upload.sheet,
            file_zone=work.settings.timezone,
            currency=work.settings.currency,
            workspace_currency=work.settings.currency,
            country=work.settings.country,
            out=str(job.upload.folder),
        )
        job.preview = preview_any(request, job.upload.name)
        if "files" not in job.preview:
            job.upload.kind, job.upload.format = job.preview["kind"] or "", job.preview["format"]
        progress(0.75, "reading")
        return {}

    jobs.start(job, "reading", task, then="waiting")


def _columns(work: Work, job: Job) -> dict[str, Any]:
    """What the page of columns shows: each column with samples and what it is taken to be."""
    assert job.upload is not None
    kind: Any = job.upload.kind
    found = job.preview or {"headers": [], "sample": [], "guess": {}, "detected": {}, "received": 0}
    by_header = {item["column"]: name for name, item in found["guess"].items()}
    chosen = job.choices.get("fields", by_header)
    groups = REQUIRED[kind] if kind else ()
    required = {name for group in groups for name in group} | ({"event"} if kind == "events" else set())
    known = list(fields_of(kind)) if kind else []
    return {
        "job": job,
        "upload": job.upload,
        "readable": job.preview is not None and bool(kind),
        "candidates": found.get("candidates", []),
        "format_title": found.get("format_title"),
        "recognised": found.get("recognised"),
        "kinds": KINDS,
        "columns": [
            {
                "place": place,
                "header": header,
                "samples": _samples(row[place] for row in found["sample"]),
                "field": chosen.get(header, ""),
                "guessed": header in by_header,
            }
            for place, header in enumerate(found["headers"])
        ],
        "needed": [name for name in known if name in required],
        "others": [name for name in known if name not in required],
        "groups": [(group, any(name in chosen.values() for name in group)) for group in groups],
        "nobody": any(KNOWN_BY.issuperset(group) and not any(name in chosen.values() for name in group) for group in groups),
        "detected": found["detected"],
        "received": found["received"],
        "zones": [work.settings.timezone, *(item for item in ZONES if item != work.settings.timezone)],
        "choices": _NOTHING_CHOSEN | job.choices,
        "error": job.error,
    }


def _samples(cells: Any) -> list[str]:
    return [text if len(text) <= 32 else text[:31] + "…" for text in list(dict.fromkeys(str(cell) for cell in cells if cell))[:3]]


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _choices(form: FormData, headers: list[str]) -> dict[str, Any]:
    """What was chosen on the page of columns; columns go by their place, because headers can hold anything."""
    return {
        "fields": {header: field for place, header in enumerate(headers) if (field := _text(form, f"column-{place}"))},
        "timezone": _text(form, "timezone"),
        "currency": _text(form, "currency").upper(),
        "date_order": _text(form, "date_order"),
        "event": _text(form, "event"),
        "replace": _text(form, "replace") == "yes",
        "without_ids": _text(form, "without_ids") == "yes",
    }


def wrong_choice(kind: str, choices: Mapping[str, Any]) -> InputError | None:
    """What is missing from or double in the chosen columns; None when they will do."""
    fields = list(choices["fields"].values())
    twice = sorted({name for name in fields if fields.count(name) > 1})
    if twice:
        return InputError("field_twice", "Two columns have been given the same meaning.", place=", ".join(twice))
    groups = [group for group in REQUIRED[kind] if not (choices.get("without_ids") and KNOWN_BY.issuperset(group))]  # type: ignore[index]
    lacking = [group for group in groups if not any(name in fields for name in group)]
    if kind == "events" and "event" not in fields and not choices["event"]:
        lacking.append(("event",))
    if lacking:
        return InputError("missing_field", "A column that is needed has not been chosen.", place=", ".join(group[0] for group in lacking))
    return None


def bring_in(work: Work, jobs: Jobs, job: Job) -> None:
    """Import the file in the background, with what was chosen of its columns."""
    jobs.start(job, "import", lambda progress: _bring_in(work, job, progress))


def _bring_in(work: Work, job: Job, progress: Callable[[float, str], None]) -> dict[str, Any]:
    """Import the file; when there are segments, refresh them too."""
    upload, choices = job.upload, job.choices
    if upload is None or not upload.path.exists():  # people were erased meanwhile, and with them what may hold them
        raise unknown_job()
    with upload.path.open("rb") as stream:
        found = ingest(
            work,
            lambda done, what: progress(done * IMPORT_SHARE, what),
            stream=stream,
            name=upload.name,
            kind=upload.kind or None,
            file_format=upload.format,
            sheet=upload.sheet,
            **_chosen(upload.kind, choices),
        )
    remove_upload(job)
    with work.state.connect() as connection:
        names = current(connection)
    found["refreshed"] = found["refresh_error"] = None
    if names:
        try:
            found["refreshed"] = len(
                refresh_with_past(work, lambda done, what: progress(IMPORT_SHARE + done * (1 - IMPORT_SHARE), what))["segments"]
            )
        except LohkoError as error:
            found["refresh_error"] = error
    return found


def _chosen(kind: str, choices: Mapping[str, Any]) -> dict[str, Any]:
    """What was chosen of the columns, as the import takes it; nothing was where the file is an archive."""
    if not choices:
        return {}
    unused = {name: "" for name in fields_of(kind) if name not in choices["fields"].values()}
    return {
        "columns": {field: header for header, field in choices["fields"].items()} | unused,
        "event": choices["event"] or None,
        "timezone": choices["timezone"] or None,
        "currency": choices["currency"] or None,
        "date_order": choices["date_order"] or None,
        "replace": choices["replace"],
        "without_ids": choices["without_ids"],
    }


def _outcome(work: Work, job: Job) -> dict[str, Any]:
    found = job.result or {}
    of_one = found.get("rejected") and "files" not in found
    kept = rejected(work, silent, batch=found["batch"], limit=_ROWS_SHOWN) if of_one else None
    with work.state.connect() as connection:
        names = current(connection)
    return {
        "job": job,
        "data": found,
        "refused": kept,
        "most": _ROWS_SHOWN,
        "segments": len(names),
        "offered": 0 if names else len(offered(work)),
    }
