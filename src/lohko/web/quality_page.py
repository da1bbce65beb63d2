"""The page about the data itself: its quality, its books, and what to mend first."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lohko.steps.books import books
from lohko.steps.quality import quality
from lohko.steps.work import Work, silent
from lohko.web.render import Pages


def router(work: Work, pages: Pages) -> APIRouter:
    """The page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/quality")
    def page(request: Request, segment: str | None = None, as_of: str | None = None) -> Response:
        found = quality(work, silent, segment=segment or None, as_of=as_of or None)
        return pages.answer(request, "quality.html", data=found, books=books(work, silent))

    return routes
