"""Reports: as files, the links by which one can be read, when which is sent; and the page that such a link opens, which shows no person."""

from __future__ import annotations

import base64
from typing import Any, cast

from fastapi import APIRouter, Form
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.base.errors import InputError
from lohko.base.text import Language
from lohko.reports.content import Chart, Report
from lohko.reports.making import FORMS
from lohko.state.reports import open_link
from lohko.state.segments import current
from lohko.steps.reports import (
    report,
    report_link_add,
    report_link_revoke,
    report_links,
    report_mail_add,
    report_mail_list,
    report_mail_remove,
    report_of,
    report_take_over,
)
from lohko.steps.work import Work, silent
from lohko.web import explore_charts
from lohko.web.charts import nice_ticks
from lohko.web.explore_charts import Series
from lohko.web.language import N_, language_of
from lohko.web.proxied import absolute
from lohko.web.render import Pages
from lohko.web.who import asking

_PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex, nofollow", "referrer-policy": "no-referrer"}
TIMES = {"0 7 * * 1": N_("Mondays at 7"), "0 7 1 * *": N_("The first of the month at 7"), "0 7 * * *": N_("Every day at 7")}


def router(work: Work, pages: Pages) -> APIRouter:
    """The page of reports, the files, and what a link opens."""
    routes = APIRouter(include_in_schema=False)

    def titles() -> dict[str, dict[str, str]]:
        with work.state.connect() as connection:
            return {name: dict(item.title) for name, item in current(connection).items()}

    def page(request: Request, made: str | None = None, refused: InputError | None = None, receivers: str = "") -> Response:
        kept: dict[str, Any] = {}
        if asking(request).may("reports"):  # who made them and where they go is for those who look after them
            kept = {"links": report_links(work, silent)["links"], "schedules": report_mail_list(work, silent)["schedules"]}
        shown = {"segments": titles(), "made": made, "forms": list(FORMS), "times": TIMES, "refused": refused, "receivers": receivers}
        return pages.answer(request, "reports.html", 200 if refused is None else 400, of_users=True, **shown, **kept)

    @routes.get("/reports")
    def reports(request: Request) -> Response:
        return page(request)

    @routes.get("/reports/file")
    def file(request: Request, form: str = "pdf", segment: str | None = None, as_of: str | None = None) -> Response:
        found = report(work, silent, segment=segment or None, form=form, language=language_of(request), as_of=as_of or None)
        named = {"content-disposition": f'attachment; filename="{found["name"]}"'}
        return Response(base64.b64decode(found["content"]), media_type=found["media_type"], headers=named)

    @routes.post("/reports/links")
    def add_link(request: Request, segment: str = Form(""), language: str = Form("en"), days: int = Form(30)) -> Response:
        found = report_link_add(work, silent, segment=segment or None, language=language, days=days)
        # Shown once, in the answer itself: an address that holds a secret is not put into the history of the browser.
        return page(request, made=absolute(request, found["path"]))

    @routes.post("/reports/links/{link}/revoke")
    def revoke(link: str) -> Response:
        report_link_revoke(work, silent, link=link)
        return RedirectResponse("/reports", 303)

    @routes.post("/reports/taken-over/{item}")
    def take(item: str) -> Response:
        report_take_over(work, silent, item=item)
        return RedirectResponse("/reports", 303)

    @routes.post("/reports/schedules")
    def add_schedule(
        request: Request,
        receivers: str = Form(""),
        schedule: str = Form(""),
        segment: str = Form(""),
        form: str = Form("pdf"),
        language: str = Form("en"),
    ) -> Response:
        given = [item for item in receivers.replace(";", ",").replace("\n", ",").split(",") if item.strip()]
        try:
            report_mail_add(work, silent, receivers=given, schedule=schedule, segment=segment or None, form=form, language=language)
        except InputError as refused:
            return page(request, refused=refused, receivers=receivers)
        return RedirectResponse("/reports", 303)

    @routes.post("/reports/schedules/{schedule}/remove")
    def remove(schedule: str) -> Response:
        report_mail_remove(work, silent, schedule=schedule)
        return RedirectResponse("/reports", 303)

    @routes.get("/shared/{secret}")
    def shared(request: Request, secret: str) -> Response:
        with work.state.connect() as connection:
            link = open_link(connection, secret)
        if link is None:
            raise InputError("link_over", "This link opens nothing: it is over, or was revoked.", hint="ask whoever sent it for a new one.")
        language = cast(Language, link["language"])
        found = report_of(work, segment=link["segment"], language=language)
        pictures = [None if part.chart is None else picture(found, part.chart, f"shared-{n}") for n, part in enumerate(found.sections)]
        answer = pages.answer(request, "shared.html", report=found, pictures=pictures, until=link["expires_at"], spoken=language)
        answer.headers.update(_PRIVATE)
        return answer

    return routes


def picture(found: Report, chart: Chart, name: str) -> Markup:
    """A report's picture as the pages draw them."""
    series = [
        Series(
            title,
            values,
            [f"{label}: {found.shown(value, chart.values)}" for label, value in zip(chart.labels, values, strict=True)],
            chart.open_last,
        )
        for title, values in chart.series
    ]
    title, desc, width = " · ".join(title for title, _ in chart.series), ", ".join(chart.labels[:40]), 900
    if chart.kind == "bars":
        shown = [[found.shown(value, chart.values) for value in values] for _, values in chart.series]
        return explore_charts.bars(name, chart.labels, series, shown, title=title, desc=desc, width=width)
    most = max((value or 0 for _, values in chart.series for value in values), default=0)
    scale = 100 if chart.values == "percent" else 1
    ticks = [(tick / scale, found.shown(tick / scale, chart.values)) for tick in nice_ticks(most * scale)]
    if chart.kind == "line":
        return explore_charts.lines(name, chart.labels, series, ticks, title=title, desc=desc, width=width, height=300)
    return explore_charts.columns(
        name, chart.labels, series, ticks, title=title, desc=desc, hidden=found.shown(None, chart.values), width=width, height=300
    )
