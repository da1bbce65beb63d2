"""Rows that could not be used: by reason, with samples as they came; what can be mended here, and reading them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.base.errors import InputError, LohkoError
from lohko.formats.fields import REQUIRED, fields_of
from lohko.steps.rejected import rejected
from lohko.steps.retry import retry
from lohko.steps.work import Work, silent
from lohko.web.data_words import show
from lohko.web.jobs import Job, Jobs
from lohko.web.posted import text
from lohko.web.render import Pages
from lohko.web.waiting import soon

ROWS_SHOWN = 200
_EACH = 3


def router(work: Work, pages: Pages, jobs: Jobs) -> APIRouter:
    """The page of rejected rows."""
    routes = APIRouter(include_in_schema=False)
    latest: dict[int, Job] = {}

    @routes.get("/imports/{batch}/rejected")
    def refused(request: Request, batch: int, reason: str = "") -> Response:
        return _page(request, work, pages, batch, latest.get(batch), None, reason)

    @routes.post("/imports/{batch}/retry")
    async def once_more(request: Request, batch: int) -> Response:
        form, found = await request.form(), rejected(work, silent, batch=batch, limit=1)
        said: dict[str, Any] = {
            "columns": chosen_columns(form, found),
            **{name: text(form, name) or None for name in ("timezone", "currency", "date_order", "event")},
        }
        if batch not in latest or latest[batch].state != "running":
            latest[batch] = jobs.new("import")
            jobs.start(latest[batch], "retrying", lambda progress: retry(work, progress, batch=batch, **said))
            await soon(latest[batch])
        return RedirectResponse(f"/imports/{batch}/rejected", 303)

    @routes.post("/imports/{batch}/stop")
    def stop(batch: int) -> Response:
        if batch in latest:
            jobs.stop(latest[batch])
        return RedirectResponse(f"/imports/{batch}/rejected", 303)

    return routes


def _page(request: Request, work: Work, pages: Pages, batch: int, job: Job | None, error: LohkoError | None, reason: str) -> Response:
    found = rejected(work, silent, batch=batch, limit=ROWS_SHOWN, **({"reason": reason} if reason else {"each": _EACH}))
    kind = found["kind"]
    known = list(fields_of(kind))
    groups = [name for group in REQUIRED[kind] for name in group]
    by_header = {header: name for name, header in found["mapping"].items()}
    return show(
        pages,
        request,
        "rejected.html",
        data=found,
        reason=reason,
        most=ROWS_SHOWN,
        job=job,
        error=error or (job.error if job is not None else None),
        groups=[
            (name, n, [row for row in found["rows"] if row["reason"] == name])
            for name, n in sorted(found["by_reason"].items(), key=lambda item: -item[1])
        ],
        columns=[(place, header, by_header.get(header, "")) for place, header in enumerate(found["headers"])],
        needed=groups,
        others=[name for name in known if name not in groups],
        rule=_rule(reason),
    )


def _rule(reason: str) -> str:
    """The rule of the contract that a reason is of; empty when it is of none."""
    return reason.removeprefix("contract:") if reason.startswith("contract:") else ""


def chosen_columns(form: FormData, found: Mapping[str, Any]) -> dict[str, str]:
    """What was chosen otherwise than the file was read: header by field, empty for a field that is in no column any more.

    InputError when one meaning was given to two columns.
    """
    before = dict(found["mapping"])
    chosen: dict[str, str] = {}
    if not any(name.startswith("column-") for name in form):
        return {}
    for place, header in enumerate(found["headers"]):
        field = text(form, f"column-{place}")
        if field and field in chosen:
            raise InputError("field_twice", "Two columns have been given the same meaning.", place=field)
        if field:
            chosen[field] = header
    gone = {field: "" for field in before if field not in chosen}
    return gone | {field: header for field, header in chosen.items() if before.get(field) != header}
