"""The page on which a segment becomes an audience: who would be in the file, who is left out and why, and the file itself."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lohko.destinations.registry import DESTINATIONS
from lohko.model.schema import PURPOSES
from lohko.steps.activate import audience, audience_plan
from lohko.steps.question import ask
from lohko.steps.segment_about import segment_about
from lohko.steps.work import Work, silent
from lohko.web.posted import Posted, text
from lohko.web.render import Pages

PLATFORMS = {"google-ads": "Google Ads", "meta": "Meta"}
"""What each destination is called."""


def router(work: Work, pages: Pages) -> APIRouter:
    """The page, and its file. Looking writes nothing; a file that is taken leaves a receipt, whoever takes it."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/segments/{segment}/audience")
    def page(request: Request, segment: str, purpose: str = "ads", as_of: str | None = None) -> Response:
        question = ask(work, as_of)
        found = question.segment(segment)
        plans = [audience_plan(work, silent, segment=segment, to=to, purpose=purpose, as_of=as_of) for to in DESTINATIONS]
        data = {"id": found.id, "title": dict(found.title), "description": {}, **question.stamp()}
        return pages.answer(
            request, "segment_audience.html", view="audience", data=data, about=segment_about(work, silent, segment=segment),
            plans=plans, platforms=PLATFORMS, purposes=PURPOSES, purpose=purpose,
        )  # fmt: skip

    @routes.post("/segments/{segment}/audience")
    def file(form: Posted, segment: str) -> Response:
        to = text(form, "to")
        found = audience(work, silent, segment=segment, to=to, purpose=text(form, "purpose") or "ads", as_of=text(form, "as_of") or None)
        named = {"content-disposition": f'attachment; filename="{segment}-{to}.csv"', "cache-control": "no-store"}
        return Response(found["csv"], media_type="text/csv; charset=utf-8", headers=named)

    return routes
