"""How current everything is: what comes in over HTTP and what became of it, whether segments keep up, and the keys by which events come."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.base import formats
from lohko.base.clock import now
from lohko.base.errors import InputError, LohkoError
from lohko.steps.event_books import events_books
from lohko.steps.feed import live_set, live_status
from lohko.steps.intake import events_rejected, events_retry
from lohko.steps.work import Work, silent
from lohko.steps.write_keys import event_key_add, event_key_allow, event_key_list, event_key_revoke
from lohko.web import charts
from lohko.web.data_words import show
from lohko.web.downloads import SVG, download
from lohko.web.explore_charts import alone
from lohko.web.explore_words import Picture, View
from lohko.web.jobs import Job, Jobs
from lohko.web.language import language_of, texts
from lohko.web.posted import Posted, text
from lohko.web.proxied import absolute
from lohko.web.render import Pages
from lohko.web.visitor_script import PATH
from lohko.web.waiting import soon

HOURS = 24
"""So many hours are drawn, the present one among them."""
_WIDE, _NARROW = 720, 340


def router(work: Work, pages: Pages, jobs: Jobs) -> APIRouter:
    """The page and its forms. A server's key is shown once, in the answer that made it, and stands in no address."""
    routes = APIRouter(include_in_schema=False)
    latest: dict[str, Job] = {}

    def page(request: Request, error: LohkoError | None = None, made: Mapping[str, Any] | None = None) -> Response:
        books = events_books(work, silent)
        reasons = events_rejected(work, silent, limit=0)["by_reason"] if books["total"]["rejected"] else {}
        hours = _last_hours(books["hours"], now())
        return show(
            pages,
            request,
            "live.html",
            200 if error is None else 400,
            live=live_status(work, silent),
            books=books,
            sources=_by_source(books["hours"]),
            reasons=reasons,
            hours=hours,
            picture=_view(hours, request, work).pictures[0] if books["hours"] else None,
            keys=event_key_list(work, silent)["keys"],
            made=made,
            script=absolute(request, PATH),
            job=latest.get("retry"),
            error=error,
        )

    @routes.get("/live")
    def how(request: Request) -> Response:
        return page(request)

    def drawn(request: Request) -> View:
        return _view(_last_hours(events_books(work, silent)["hours"], now()), request, work)

    @routes.get("/live/hours.csv")
    def numbers(request: Request) -> Response:
        return drawn(request).file("events-hours.csv")

    @routes.get("/live/hours.svg")
    def picture(request: Request) -> Response:
        return download(alone(drawn(request).pictures[0].wide), "events-hours.svg", SVG)

    @routes.post("/live")
    def switch(form: Posted) -> Response:
        live_set(work, silent, on=text(form, "on") == "yes")
        return RedirectResponse("/live", 303)

    @routes.post("/live/check")
    def check(form: Posted) -> Response:
        live_set(work, silent, nightly_check=text(form, "nightly") == "yes")
        return RedirectResponse("/live", 303)

    @routes.post("/live/retry")
    async def once_more() -> Response:
        if "retry" not in latest or latest["retry"].state != "running":
            latest["retry"] = jobs.new("import")
            jobs.start(latest["retry"], "retrying", lambda progress: events_retry(work, progress))
            await soon(latest["retry"])
        return RedirectResponse("/live", 303)

    @routes.post("/live/retry/stop")
    def stop() -> Response:
        if "retry" in latest:
            jobs.stop(latest["retry"])
        return RedirectResponse("/live", 303)

    @routes.post("/live/keys")
    async def add(request: Request) -> Response:
        form = await request.form()

        def done() -> Response:
            try:
                made = event_key_add(work, silent, source=text(form, "source"), kind=text(form, "kind"))
            except InputError as error:
                return page(request, error)
            return page(request, made=made)

        return await run_in_threadpool(done)

    @routes.post("/live/keys/{key}/names")
    def names(key: str, form: Posted) -> Response:
        event_key_allow(work, silent, key=key, new_names=text(form, "new") == "yes")
        return RedirectResponse("/live#keys-h", 303)

    @routes.post("/live/keys/{key}/revoke")
    def revoke(key: str) -> Response:
        event_key_revoke(work, silent, key=key)
        return RedirectResponse("/live", 303)

    return routes


def _by_source(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What became of each source's messages, ever."""
    found: dict[str, Counter[str]] = {}
    for line in lines:
        counts = {name: number for name, number in line.items() if name not in ("source", "hour", "balanced")}
        found.setdefault(line["source"], Counter()).update(counts)
    return [{"source": name, **counts} for name, counts in sorted(found.items())]


def _last_hours(lines: Sequence[Mapping[str, Any]], at: dt.datetime) -> list[dict[str, Any]]:
    """The last hours, the first of them first: what was received in each, and rejected."""
    this = at.replace(minute=0, second=0, microsecond=0)
    found = {this - dt.timedelta(hours=n): Counter[str]() for n in range(HOURS - 1, -1, -1)}
    for line in lines:
        hour = dt.datetime.fromisoformat(line["hour"].replace("Z", "+00:00"))
        if hour in found:
            found[hour].update({name: line[name] for name in ("received", "rejected")})
    return [{"at": hour, "received": counts["received"], "rejected": counts["rejected"]} for hour, counts in found.items()]


def _view(hours: Sequence[Mapping[str, Any]], request: Request, work: Work) -> View:
    """Messages by the hour of their arrival, in local time: the picture, and its numbers for programs."""
    language = language_of(request)
    said = texts(language)
    ticks = [(value, formats.number(value, language)) for value in charts.nice_ticks(max(hour["received"] for hour in hours), 3)]
    items = []
    for place, hour in enumerate(hours):
        local = hour["at"].astimezone(work.settings.zone)
        tip = said.gettext("%(hour)s: %(n)s received, %(rejected)s rejected") % {
            "hour": f"{local:%H}.00" if language == "fi" else f"{local:%H}:00",
            "n": formats.number(hour["received"], language),
            "rejected": formats.number(hour["rejected"], language),
        }
        label = f"{local:%H}" if place % 3 == (len(hours) - 1) % 3 else ""
        items.append(charts.Bar(hour["received"], label, tip, place < len(hours) - 1))
    title, total = said.gettext("Events of the last 24 hours"), sum(hour["received"] for hour in hours)
    desc = said.gettext("%(n)s were received.") % {"n": formats.number(total, language)}
    wide, narrow = (
        charts.bars(f"hours-{width}", items, ticks, title=title, desc=desc, width=width, height=190) for width in (_WIDE, _NARROW)
    )
    columns = [(said.gettext("Hour"), False), (said.gettext("Received"), True), (said.gettext("Rejected"), True)]
    raw = [(hour["at"].astimezone(work.settings.zone).isoformat(), hour["received"], hour["rejected"]) for hour in hours]
    return View(title, columns, (), raw, [Picture(title, wide, narrow)])
