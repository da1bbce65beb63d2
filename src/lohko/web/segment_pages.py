"""Segments: the list with sizes over time, one segment against everyone, and asking for a refresh."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.base.times import local_day
from lohko.starter import usable
from lohko.state.runs import last_refreshes
from lohko.steps import figures
from lohko.steps.history import history, reconstruct, sizes
from lohko.steps.question import moment
from lohko.steps.refresh import refresh
from lohko.steps.segments import apply, segments
from lohko.steps.work import Work, silent
from lohko.web.jobs import Jobs
from lohko.web.language import language_of
from lohko.web.render import Pages

DAYS_BACK = 90


def router(work: Work, pages: Pages, jobs: Jobs) -> APIRouter:
    """The pages of segments."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/segments")
    def every(request: Request, as_of: str | None = None) -> Response:
        found = rows(work, as_of or None)
        return pages.answer(request, "segments.html", segments=found, offered=len(offered(work)) if not found else 0)

    @routes.get("/segments/{segment}")
    def one(request: Request, segment: str, as_of: str | None = None) -> Response:
        days = history(work, silent, segment=segment)["days"]
        found = figures.segment(work, silent, segment=segment, as_of=as_of or None, language=language_of(request))
        with work.state.connect() as connection:
            last = last_refreshes(connection).get(segment)
        return pages.answer(request, "segment.html", data=found, days=days, refreshed=last.recorded_at if last else None)

    @routes.post("/segments/refresh")
    def refresh_all() -> Response:
        job = jobs.new("refresh")
        jobs.start(job, "refresh", lambda progress: refresh_with_past(work, progress))
        return RedirectResponse(f"/jobs/{job.id}", 303)

    @routes.post("/segments/{segment}/refresh")
    def refresh_one(segment: str) -> Response:
        refresh(work, silent, segments=[segment])
        return RedirectResponse(f"/segments/{segment}", 303)

    @routes.post("/segments/starter")
    def starter() -> Response:
        apply(work, silent, files=dict(offered(work)))
        return refresh_all()

    @routes.get("/jobs/{name}")
    def job(request: Request, name: str) -> Response:
        found = jobs.get(name)
        if found.state == "done":
            return RedirectResponse("/segments", 303)
        if found.error is not None:
            raise found.error
        return pages.answer(request, "job.html", job=found, watch=f"/jobs/{name}/state")

    @routes.get("/jobs/{name}/state")
    def state(name: str) -> dict[str, Any]:
        return jobs.get(name).as_json()

    return routes


def offered(work: Work) -> list[tuple[str, str]]:
    """The ready-made segments that the workspace's events can answer."""
    return usable(work.schema().events)


def refresh_with_past(work: Work, progress: Callable[[float, str], None]) -> dict[str, Any]:
    """Refresh every segment; where one has no past yet, fill it in, so that its chart does not begin today."""
    found = refresh(work, lambda done, _what: progress(done * 0.5, "refreshing"))
    young = [name for name, days in sizes(work).items() if not any(day["kind"] == "reconstructed" for day in days)]
    if young:
        reconstruct(work, lambda done, _what: progress(0.5 + done * 0.5, "filling in the past"), days=DAYS_BACK, segments=young)
    return found


def rows(work: Work, as_of: str | None) -> list[dict[str, Any]]:
    """Every segment as a list shows it: its size as last recorded, or at the day asked about, and its days."""
    known, until = sizes(work), local_day(moment(work, as_of), work.settings.zone).isoformat()
    with work.state.connect() as connection:
        last = last_refreshes(connection)
    found = []
    for item in segments(work, silent, as_of=as_of)["segments"]:
        days = [day for day in known.get(item["id"], []) if day["day"] <= until][-DAYS_BACK:]
        found.append(
            {
                **item,
                "days": days,
                "change": days[-1]["size"] - days[0]["size"] if len(days) > 1 else None,
                "refreshed": last[item["id"]].recorded_at if item["id"] in last else None,
            }
        )
    return sorted(found, key=lambda item: (item["size"] is None, -(item["size"] or 0), item["id"]))
